"""What the supervisor of the embedded PostgreSQL raises."""


class PostgresError(RuntimeError):
    """The embedded PostgreSQL cannot be used; the message says why and what to do about it."""
