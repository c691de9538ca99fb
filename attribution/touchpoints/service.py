"""What can be done about touchpoints: they are added, once each, never changed, and decided about."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from attribution.touchpoints.rules import Decision, Motion, Told, TouchKind
from attribution.touchpoints.sources import place_sources
from partners.public import NamedAccounts, find_named_accounts
from portal.core import bulk, db
from portal.core.actor import Actor
from portal.core.ids import new_id, new_ids
from portal.core.money import Money
from portal.core.permissions import Permission
from portal.imports.cells import CellError
from portal.imports.states import RowOutcome

RECEIPT: Final = "touchpoints"
"""Under which kind the receipts of touchpoints are kept."""

_STAGED: Final[Mapping[str, str]] = {
    "id": "uuid", "occurred_at": "timestamptz", "precision": "text", "account": "uuid", "contact": "uuid",
    "visitor": "text", "partner": "uuid", "motion": "text", "kind": "text", "node": "uuid", "asset": "text",
    "evidence": "text", "cost_minor": "bigint", "currency": "text", "source_id": "text", "digest": "text",
}  # fmt: skip
"""The columns in which touches wait for the statement that stores them."""


class NewTouch(NamedTuple):
    """A touch as another system tells it, with its ids."""

    source_id: str
    occurred_at: datetime
    precision: str
    kind: TouchKind
    source: Told
    account: str = ""
    contact: str = ""
    visitor: str = ""
    partner: str = ""
    motion: Motion | None = None
    asset: str = ""
    evidence: str = ""
    cost: Money | None = None


class OwnTouch(NamedTuple):
    """A touch that the product itself tells, with our ids."""

    touch: NewTouch
    account: UUID | None = None
    contact: UUID | None = None
    partner: UUID | None = None


@dataclass(frozen=True, slots=True)
class Added:
    """What became of one touch, and every reason why when it was refused."""

    outcome: RowOutcome
    problems: tuple[CellError, ...] = ()


class _Resolved(NamedTuple):
    """A touch on its way in, with our ids."""

    touch: NewTouch
    account: UUID | None
    contact: UUID | None
    partner: UUID | None
    digest: str


@dataclass(frozen=True, slots=True)
class _Known:
    """What touches refer to, by what their file calls it."""

    accounts: NamedAccounts
    contacts: Mapping[str, tuple[UUID, UUID]]
    """Contacts by id or address, with their accounts."""
    partners: Mapping[str, UUID]
    before: Mapping[str, str]
    """The digest of each touch that is here already."""


async def add_touchpoints(
    actor: Actor, touches: Sequence[NewTouch], *, source_system: str, now: datetime
) -> list[Added]:
    """Add touches of one source system; what became of each, in order.

    One that is here already is left as it is: the same again does nothing, other values are refused. The import
    that calls it records the event. Raises NotAllowed.
    """
    actor.require(Permission.TOUCHPOINTS_WRITE)
    async with db.transaction(actor):
        await db.lock_subject(f"{RECEIPT} of {source_system}")
        known = await _look_up(touches, source_system)
        fresh: list[_Resolved] = []
        seen: set[str] = set()
        added = [_take(touch, known, seen, fresh) for touch in touches]
        if fresh:
            await _insert(fresh, source_system, now)
    return added


async def record_touchpoints(touches: Sequence[OwnTouch], *, source_system: str, now: datetime) -> list[UUID]:
    """Keep touches that the product itself tells, on the open unit of the system; their ids, in order.

    One that is here already, by its source id, stays as it is, whatever is told of it now.
    """
    await db.lock_subject(f"{RECEIPT} of {source_system}")
    names = [one.touch.source_id for one in touches]
    before = await _before(names, source_system)
    fresh = {
        one.touch.source_id: _Resolved(*one, _digest(one.touch)) for one in touches if one.touch.source_id not in before
    }
    if fresh:
        await _insert(list(fresh.values()), source_system, now)
    rows = await db.sql(
        "SELECT source_id, target_id FROM imports_source_receipt"
        " WHERE kind = $1 AND source_system = $2 AND source_id = any($3::text[])",
        RECEIPT, source_system, names,
    )  # fmt: skip
    kept = {row["source_id"]: row["target_id"] for row in rows}
    return [kept[name] for name in names]


async def decide_touchpoint(
    touchpoint_id: UUID, decision: Decision, *, reason: str, decided_by: UUID, now: datetime, note: str = ""
) -> bool:
    """Say whether a touch counts, on the open unit of the system; False where the latest decision says so already."""
    await db.lock_subject(f"decision on {touchpoint_id}")
    latest = await db.sql_value(
        "SELECT state FROM attribution_touchpoint_decision WHERE touchpoint = $1 ORDER BY seq DESC LIMIT 1",
        touchpoint_id,
    )
    if latest == decision:
        return False
    await db.sql(
        "INSERT INTO attribution_touchpoint_decision (id, touchpoint, state, reason, note, decided_by, decided_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        new_id(), touchpoint_id, decision, reason, note, decided_by, now,
    )  # fmt: skip
    return True


async def _look_up(touches: Sequence[NewTouch], source_system: str) -> _Known:
    """Five statements, however many touches; fewer where nothing is named."""
    return _Known(
        await find_named_accounts(source_system, {touch.account for touch in touches} - {""}),
        await _contacts({touch.contact for touch in touches} - {""}, source_system),
        await _partners({touch.partner for touch in touches} - {""}, source_system),
        await _before([touch.source_id for touch in touches], source_system),
    )


async def _contacts(told: set[str], source_system: str) -> dict[str, tuple[UUID, UUID]]:
    """By the id in the file's system, or by an address that only one contact has."""
    if not told:
        return {}
    rows = await db.sql(
        "SELECT r.source_id AS told, c.id, c.account FROM imports_source_receipt r"
        " JOIN partners_contact c ON c.id = r.target_id"
        " WHERE r.kind = 'contacts' AND r.source_system = $1 AND r.source_id = any($2::text[])",
        source_system, list(told),
    )  # fmt: skip
    found = {row["told"]: (row["id"], row["account"]) for row in rows}
    addresses = [one for one in told if "@" in one and one not in found]
    if addresses:
        rows = await db.sql(
            "SELECT email AS told, min(id::text)::uuid AS id, min(account::text)::uuid AS account"
            " FROM partners_contact WHERE email = any($1::text[]) GROUP BY email HAVING count(*) = 1",
            addresses,
        )
        found |= {row["told"]: (row["id"], row["account"]) for row in rows}
    return found


async def _partners(told: set[str], source_system: str) -> dict[str, UUID]:
    if not told:
        return {}
    rows = await db.sql(
        "SELECT source_id, target_id FROM imports_source_receipt"
        " WHERE kind = 'companies' AND source_system = $1 AND source_id = any($2::text[])",
        source_system, list(told),
    )  # fmt: skip
    return {row["source_id"]: row["target_id"] for row in rows}


async def _before(source_ids: Sequence[str], source_system: str) -> dict[str, str]:
    rows = await db.sql(
        "SELECT source_id, content_sha256 FROM imports_source_receipt"
        " WHERE kind = $1 AND source_system = $2 AND source_id = any($3::text[])",
        RECEIPT, source_system, list(source_ids),
    )  # fmt: skip
    return {row["source_id"]: row["content_sha256"] for row in rows}


def _take(touch: NewTouch, known: _Known, seen: set[str], fresh: list[_Resolved]) -> Added:
    """One touch checked, resolved, and compared with what is here."""
    problems: list[CellError] = []
    if touch.source_id in seen:
        problems.append(_problem("repeated", "source_id"))
    seen.add(touch.source_id)
    contact, owner = known.contacts.get(touch.contact, (None, None))
    account = _account(touch, known, owner, problems)
    partner = known.partners.get(touch.partner)
    wrong = (
        (bool(touch.contact) and contact is None, "unknown_contact", "contact", touch.contact),
        (bool(touch.partner) and partner is None, "unknown_partner", "partner_source_id", touch.partner),
        (owner is not None and account is not None and owner != account, "other_account", "contact", ""),
        (not (touch.account or touch.contact or touch.visitor), "needs_somebody", "account", ""),
        (touch.motion is not None and not touch.partner, "motion_needs_partner", "motion", ""),
        (touch.cost is not None and touch.cost.minor < 0, "negative_cost", "cost", ""),
    )
    problems += [_problem(code, name, text) for is_wrong, code, name, text in wrong if is_wrong]
    if problems:
        return Added(RowOutcome.REFUSED, tuple(problems))
    digest = _digest(touch)
    before = known.before.get(touch.source_id)
    if before is None:
        fresh.append(_Resolved(touch, account, contact, partner, digest))
        return Added(RowOutcome.IMPORTED)
    if before != digest:
        return Added(RowOutcome.REFUSED, (_problem("changed", "source_id"),))
    return Added(RowOutcome.SAME)


def _account(touch: NewTouch, known: _Known, owner: UUID | None, problems: list[CellError]) -> UUID | None:
    """The customer that is told, else the contact's."""
    if not touch.account:
        return owner
    found = known.accounts.find(touch.account, "account")
    if isinstance(found, CellError):
        problems.append(found)
        return None
    return found


def _problem(code: str, field: str, text: str = "") -> CellError:
    return CellError(code, "", {"text": text} if text else {}, field)


def _digest(touch: NewTouch) -> str:
    """The hash of what a row says, the same for equal rows."""
    cost = f"{touch.cost.minor}{touch.cost.currency}" if touch.cost else ""
    parts = (
        touch.occurred_at.isoformat(), touch.precision, touch.kind, *touch.source, touch.account, touch.contact,
        touch.visitor, touch.partner, touch.motion or "", touch.asset, touch.evidence, cost,
    )  # fmt: skip
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


async def _insert(fresh: Sequence[_Resolved], source_system: str, now: datetime) -> None:
    """The touches in their order, then their receipts."""
    nodes = await place_sources((one.touch.source for one in fresh), now=now)
    rows = [
        (
            target, one.touch.occurred_at, one.touch.precision, one.account, one.contact, one.touch.visitor,
            one.partner, one.touch.motion or "", one.touch.kind, nodes[one.touch.source], one.touch.asset,
            one.touch.evidence, one.touch.cost.minor if one.touch.cost else None,
            one.touch.cost.currency if one.touch.cost else "", one.touch.source_id, one.digest,
        )
        for target, one in zip(new_ids(len(fresh)), fresh, strict=True)
    ]  # fmt: skip
    staged = await bulk.stage(_STAGED, rows)
    stored = ", ".join(name for name in _STAGED if name != "digest")
    await db.sql(
        f"INSERT INTO attribution_touchpoint ({stored}, source_system, recorded_at)"
        f" SELECT {stored}, $1, $2 FROM {staged}",
        source_system, now,
    )  # fmt: skip
    await db.sql(
        "INSERT INTO imports_source_receipt (kind, source_system, source_id, target_id, content_sha256, at)"
        f" SELECT $1, $2, source_id, id, digest, $3 FROM {staged}",
        RECEIPT, source_system, now,
    )  # fmt: skip
