"""Whose rows: `visible` is the first lock, row-level security the second; both are declared once here."""

from enum import StrEnum
from typing import Final
from uuid import UUID

from piccolo import columns
from piccolo.columns.combination import WhereRaw
from piccolo.custom_types import Combinable
from piccolo.table import Table

from portal.core.actor import Actor

PARTNER_ROLE: Final = "tributary_partner"
STAFF_ROLE: Final = "tributary_staff"
AUTH_ROLE: Final = "tributary_auth"
WORKER_ROLE: Final = "tributary_worker"
ROLES: Final = (PARTNER_ROLE, STAFF_ROLE, AUTH_ROLE, WORKER_ROLE)

_READS: Final = "nullif(current_setting('app.partner_ids', true), '')::uuid[]"
_ACTS: Final = "nullif(current_setting('app.partner_id', true), '')::uuid"


class PartnerScoped:
    """Mixed into tables whose rows belong to one partner: `partner_id` is never null."""

    partner_id = columns.UUID(null=False, default=None, index=True)


class Owner(StrEnum):
    """To whom a table's rows belong, which decides its policies."""

    PARTNER = "partner"
    """One partner each: it reads its own (and those below), and writes as itself."""
    VENDOR = "vendor"
    """The vendor: partners have no right on the table at all."""
    SHARED = "shared"
    """Everybody reads (the catalogue); the vendor writes."""


def visible(table: type[Table], actor: Actor, column: str = "partner_id") -> Combinable:
    """The first clause of every query: the rows of `table` that this actor may know of."""
    if not actor.is_partner:
        return WhereRaw("true")
    owner: columns.UUID = getattr(table, column)
    return owner.is_in(list(actor.reads) or [UUID(int=0)])


def visible_sql(actor: Actor, column: str) -> str:
    """The same clause for hand-written SQL; the ids come from the unit's own setting, so there is no parameter."""
    return f"{column} = any({_READS})" if actor.is_partner else "true"


def protect(
    table: str,
    owner: Owner,
    *,
    column: str = "partner_id",
    partner: str = "SELECT, INSERT, UPDATE",
    staff: str = "SELECT, INSERT, UPDATE, DELETE",
    auth: str = "",
    partner_sees: str = "",
) -> list[str]:
    """The statements that put a table under forced row-level security; for migrations.

    `partner`, `staff` and `auth` are the rights granted; `partner_sees` narrows the partner's rows further.
    """
    using = f"{column} = any({_READS})" + (f" AND ({partner_sees})" if partner_sees else "")
    out = [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"GRANT {staff} ON {table} TO {STAFF_ROLE}, {WORKER_ROLE}",
        f"CREATE POLICY staff ON {table} TO {STAFF_ROLE}, {WORKER_ROLE} USING (true) WITH CHECK (true)",
    ]
    if owner == Owner.PARTNER:
        out += [
            f"GRANT {partner} ON {table} TO {PARTNER_ROLE}",
            f"CREATE POLICY partner ON {table} TO {PARTNER_ROLE} USING ({using}) WITH CHECK ({column} = {_ACTS})",
        ]
    if owner == Owner.SHARED:
        out += [
            f"GRANT SELECT ON {table} TO {PARTNER_ROLE}",
            f"CREATE POLICY partner ON {table} FOR SELECT TO {PARTNER_ROLE} USING (true)",
        ]
    if auth:
        out += [
            f"GRANT {auth} ON {table} TO {AUTH_ROLE}",
            f"CREATE POLICY auth ON {table} TO {AUTH_ROLE} USING (true) WITH CHECK (true)",
        ]
    return out


def append_only(table: str) -> list[str]:
    """The statements that make a table insert-only, for its owner too; for migrations."""
    refuse = "EXECUTE FUNCTION core_refuse_change()"
    return [
        f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {', '.join(ROLES)}",
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {refuse}",
        f"CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {refuse}",
    ]


REFUSE_CHANGE: Final = """
CREATE OR REPLACE FUNCTION core_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""


def one_of(column: str, values: type[StrEnum]) -> str:
    """A CHECK condition that repeats the states in the database."""
    listed = ", ".join(f"'{value.value}'" for value in values)
    return f'"{column}" IN ({listed})'
