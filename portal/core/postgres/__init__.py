"""The PostgreSQL that comes along: started when needed, shared by all processes, stopped by the last."""

from portal.core.postgres.errors import PostgresError
from portal.core.postgres.supervisor import embedded

__all__ = ["PostgresError", "embedded"]
