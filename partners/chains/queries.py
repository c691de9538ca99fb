"""Reading approval chains: what the rules look at, how a chain stands for each side, and what waits for whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

from partners.chains.rules import Approver, Colleague, Facts, Outcome, Step, Turn, asked_now, find_turn, holders_of
from portal.absences.rules import Absence, covers_on
from portal.core import clock, db, formats
from portal.core.actor import Actor
from portal.core.money import Money
from portal.core.permissions import Permission, Role
from portal.core.questions import Question, row_of, rows_of
from portal.core.tenancy import visible_sql

_NAME_OF: Final = (
    "(SELECT p.name FROM identity_membership m JOIN identity_person p ON p.id = m.person WHERE m.id = {membership})"
)
_FACTS: Final = (
    "SELECT d.amount_minor, d.currency, k.country, k.region, c.tier, array(SELECT DISTINCT g.code"
    " FROM partners_deal_line l JOIN partners_product p ON p.id = l.product"
    ' JOIN partners_product_group g ON g.id = p."group" WHERE l.deal = d.id) AS groups,'
    # Null as soon as one line has no list price in the deal's currency.
    " (SELECT CASE WHEN bool_and(p.currency = d.currency) THEN sum(p.list_price_minor * l.quantity)::bigint END"
    " FROM partners_deal_line l JOIN partners_product p ON p.id = l.product WHERE l.deal = d.id) AS listed"
    " FROM partners_deal d JOIN partners_customer_card k ON k.id = d.card"
    " JOIN partners_company c ON c.id = d.partner_id"
)


async def read_facts(actor: Actor, deal_id: UUID) -> Facts | None:
    """What the rules look at of a deal as it is now; None when the actor may not see it."""
    async with db.transaction(actor):
        found: Facts | None = await db.ask(facts_question(actor, deal_id))
    return found


def facts_question(actor: Actor, deal_id: UUID) -> Question:
    """The question of `read_facts`, for asking beside others."""
    return row_of(f"{_FACTS} WHERE {visible_sql(actor, 'd.partner_id')} AND d.id = $1", deal_id).then(
        lambda row: None if row is None else facts_of(row)
    )


def facts_of(row: Mapping[str, Any]) -> Facts:
    """The facts of one row of the statement above. A deal above its list price is not below it."""
    listed, amount = row["listed"], row["amount_minor"]
    return Facts(
        amount=Money(amount, row["currency"]),
        groups=frozenset(row["groups"]),
        country=row["country"],
        region=row["region"],
        tier=row["tier"],
        below_list=max(Fraction(listed - amount, listed), Fraction()) if listed else None,
    )


@dataclass(frozen=True, slots=True)
class ChainView:
    """A chain as the vendor sees it, with everybody who could be asked."""

    id: UUID
    deal_id: UUID
    version_id: UUID
    version_number: int | None
    facts: Facts
    outcome: Outcome
    made_at: datetime
    ended_at: datetime | None
    steps: tuple[Step, ...]
    names: Mapping[UUID, str]
    """Of everybody who is asked by name, has agreed, or was stood in for."""
    staff: tuple[Colleague, ...]
    manager: UUID | None
    """Who looks after the partner."""
    covers: Mapping[UUID, UUID]
    is_registrants: bool
    """Whether the reader is one of the partner's own people too."""

    def holders(self) -> dict[UUID, frozenset[UUID]]:
        """Who may decide each step by right."""
        return {step.id: holders_of(step, self.steps, self.staff, self.manager) for step in self.steps}

    def asked_now(self) -> dict[UUID, Turn]:
        """Everybody who may decide a step now, and which."""
        if self.outcome is not Outcome.OPEN:
            return {}
        return asked_now(self.steps, self.holders(), self.covers, self.staff)

    def turn_of(self, actor: Actor) -> Turn | None:
        """The step that this actor may decide now."""
        if self.outcome is not Outcome.OPEN or not actor.may(Permission.DEAL_STEPS_DECIDE):
            return None
        return find_turn(
            actor.membership_id, self.steps, self.holders(), self.covers, is_registrants=self.is_registrants
        )


_STEP: Final = (
    "jsonb_build_object('id', s.id, 'number', s.number, 'approver', s.approver, 'person', s.person, 'rules', s.rules,"
    " 'unsure', s.unsure, 'decided_by', s.decided_by, 'on_behalf_of', s.on_behalf_of, 'decided_at', s.decided_at,"
    f" 'note', s.note, 'person_name', {_NAME_OF.format(membership='s.person')},"
    f" 'decided_name', {_NAME_OF.format(membership='s.decided_by')},"
    f" 'behalf_name', {_NAME_OF.format(membership='s.on_behalf_of')})"
)
_VIEW: Final = (
    "SELECT c.id, c.deal, c.policy_version, v.number AS version_number, c.facts, c.outcome, c.made_at, c.ended_at,"
    f" co.manager, {_NAME_OF.format(membership='co.manager')} AS manager_name,"
    f" (SELECT jsonb_agg({_STEP} ORDER BY s.number, s.approver, s.id) FROM partners_deal_step s"
    " WHERE s.chain = c.id) AS steps,"
    " (SELECT jsonb_agg(jsonb_build_object('id', m.id, 'name', p.name, 'roles', m.roles, 'registrants', EXISTS ("
    "SELECT FROM identity_membership y WHERE y.person = m.person AND y.partner_id = c.partner_id))"
    " ORDER BY p.name, m.id)"
    " FROM identity_membership m JOIN identity_person p ON p.id = m.person WHERE m.side = 'staff'"
    " AND m.ended_at IS NULL AND m.roles && ARRAY['partner_manager', 'finance', 'sales']::varchar[]) AS staff,"
    " (SELECT jsonb_agg(jsonb_build_object('membership', a.membership, 'cover', a.cover, 'since', a.since,"
    " 'until', a.until)) FROM absences_absence a WHERE a.cancelled_at IS NULL AND a.since <= $3 AND a.until > $3)"
    " AS away,"
    " EXISTS (SELECT FROM identity_membership x WHERE x.person = $2 AND x.partner_id = c.partner_id) AS registrants"
    " FROM partners_deal_chain c JOIN partners_company co ON co.id = c.partner_id"
    " LEFT JOIN policies_version v ON v.id = c.policy_version"
)


async def find_chain(actor: Actor, deal_id: UUID, now: datetime, *, running: bool = False) -> ChainView | None:
    """The newest chain of a deal, or only one that still runs; None for a deal that needs none. The vendor's alone."""
    actor.require(Permission.DEALS_READ)
    if actor.is_partner:
        return None
    async with db.transaction(actor):
        found: ChainView | None = await db.ask(chain_of(actor, deal_id, now, running=running))
    return found


def chain_of(actor: Actor, deal_id: UUID, now: datetime, *, running: bool = False) -> Question:
    """The question of `find_chain`, for asking beside others; for the vendor's units only."""
    today = clock.day_of(now, formats.time_zone().key)
    only = " AND c.outcome = 'open'" if running else ""
    return row_of(
        f"{_VIEW} WHERE c.deal = $1{only} ORDER BY c.made_at DESC, c.outcome = 'open' DESC, c.id LIMIT 1",
        deal_id, actor.person_id, today,
        **dict.fromkeys(("id", "deal", "policy_version", "manager"), UUID),
        **dict.fromkeys(("made_at", "ended_at"), datetime.fromisoformat),
    ).then(lambda row: None if row is None else _view(row, today))  # fmt: skip


def _view(row: Mapping[str, Any], today: date) -> ChainView:
    rows = row["steps"]
    staff = tuple(
        Colleague(UUID(one["id"]), one["name"], frozenset(Role(role) for role in one["roles"]), one["registrants"])
        for one in row["staff"] or ()
    )
    names = {one.id: one.name for one in staff}
    if row["manager"] is not None:
        names[row["manager"]] = row["manager_name"] or ""
    for one in rows:
        for key, name in (("person", "person_name"), ("decided_by", "decided_name"), ("on_behalf_of", "behalf_name")):
            if one[key]:
                names[UUID(one[key])] = one[name] or ""
    return ChainView(
        id=row["id"],
        deal_id=row["deal"],
        version_id=row["policy_version"],
        version_number=row["version_number"],
        facts=Facts.from_json(row["facts"]),
        outcome=Outcome(row["outcome"]),
        made_at=row["made_at"],
        ended_at=row["ended_at"],
        steps=tuple(_step(one) for one in rows),
        names=names,
        staff=staff,
        manager=row["manager"],
        covers=covers_on([_absence(one) for one in row["away"] or ()], today),
        is_registrants=row["registrants"],
    )


def _absence(one: Mapping[str, str]) -> Absence:
    since, until = date.fromisoformat(one["since"]), date.fromisoformat(one["until"])
    return Absence(UUID(one["membership"]), UUID(one["cover"]), since, until)


def _step(one: Mapping[str, Any]) -> Step:
    return Step(
        id=UUID(one["id"]),
        number=one["number"],
        approver=Approver(one["approver"]),
        person=UUID(one["person"]) if one["person"] else None,
        rules=tuple(one["rules"]),
        unsure=one["unsure"],
        decided_by=UUID(one["decided_by"]) if one["decided_by"] else None,
        on_behalf_of=UUID(one["on_behalf_of"]) if one["on_behalf_of"] else None,
        decided_at=datetime.fromisoformat(one["decided_at"]) if one["decided_at"] else None,
        note=one["note"],
    )


@dataclass(frozen=True, slots=True)
class Progress:
    """A chain as the deal's partner sees it: whose work is asked and how far it is, never who."""

    asks: tuple[tuple[int, Approver], ...]
    done: int
    outcome: Outcome


async def find_progress(actor: Actor, deal_id: UUID) -> Progress | None:
    """How far the newest chain of a deal is; None when it needs none or is not the actor's to see."""
    async with db.transaction(actor):
        found: Progress | None = await db.ask(progress_of(actor, deal_id))
    return found


def progress_of(actor: Actor, deal_id: UUID) -> Question:
    """The question of `find_progress`, for asking beside others."""
    return row_of(
        f"SELECT asks, done, outcome FROM partners_deal_chain WHERE {visible_sql(actor, 'partner_id')}"
        " AND deal = $1 ORDER BY made_at DESC, outcome = 'open' DESC, id LIMIT 1",
        deal_id,
    ).then(lambda row: None if row is None else _progress(row))


def _progress(row: Mapping[str, Any]) -> Progress:
    pairs = (one.split(":", 1) for one in row["asks"])
    asks = tuple((int(number), Approver(approver)) for number, approver in pairs)
    return Progress(asks, row["done"], Outcome(row["outcome"]))


@dataclass(frozen=True, slots=True)
class DealFacts:
    """A deal with what the rules look at."""

    id: UUID
    number: str
    customer_name: str
    partner_name: str
    submitted_at: datetime | None
    facts: Facts


_LISTED: Final = _FACTS.replace(
    "SELECT ", "SELECT d.id, d.number, d.customer_name, c.legal_name AS partner_name, d.submitted_at, ", 1
)
MOST_TRIED: Final = 2_000
"""Deals that a trial of the policy looks at, the newest first."""


async def list_without_chain() -> list[DealFacts]:
    """Deals in review that have no running chain, the longest submitted first; on the open unit of the system."""
    rows = await db.sql(
        f"{_LISTED} WHERE d.state = 'in_review' AND NOT EXISTS (SELECT FROM partners_deal_chain x WHERE x.deal = d.id"
        " AND x.outcome = 'open') ORDER BY d.submitted_at, d.id"
    )
    return [_listed(row) for row in rows]


async def list_submitted(actor: Actor, since: datetime, until: datetime) -> list[DealFacts]:
    """Deals that were submitted in a time, half-open, the newest first, at most `MOST_TRIED`. The vendor's alone."""
    actor.require(Permission.POLICIES_READ)
    async with db.transaction(actor):
        rows = await db.sql(
            f"{_LISTED} WHERE {visible_sql(actor, 'd.partner_id')} AND d.submitted_at >= $1 AND d.submitted_at < $2"
            " ORDER BY d.submitted_at DESC, d.id LIMIT $3",
            since, until, MOST_TRIED,
        )  # fmt: skip
    return [_listed(row) for row in rows]


def _listed(row: Mapping[str, Any]) -> DealFacts:
    return DealFacts(
        row["id"], row["number"], row["customer_name"], row["partner_name"], row["submitted_at"], facts_of(row)
    )


@dataclass(frozen=True, slots=True)
class WaitingStep:
    """A deal whose open step this actor may decide."""

    deal_id: UUID
    number: str
    customer_name: str
    partner_name: str
    amount: Money
    since: datetime
    done: int
    steps: int
    all: int
    """How many deals wait like this altogether."""


_TURN: Final = (
    # The lowest number at which somebody has not agreed.
    "s.decided_by IS NULL AND s.number = (SELECT min(o.number) FROM partners_deal_step o WHERE o.chain = c.id"
    " AND o.decided_by IS NULL)"
    # Nobody agrees twice in one chain, nor to a deal of their own.
    " AND NOT EXISTS (SELECT FROM partners_deal_step u WHERE u.chain = c.id"
    " AND {membership} IN (u.decided_by, u.on_behalf_of))"
    " AND NOT EXISTS (SELECT FROM identity_membership x WHERE x.person = {me} AND x.partner_id = c.partner_id)"
    " AND CASE WHEN one.id IS NULL THEN CASE WHEN s.approver IN ('own_manager', 'person') THEN 'partner_manager'"
    " ELSE s.approver END = any(array(SELECT unnest(w.roles) FROM identity_membership w WHERE w.id = any(acting.ids)))"
    " ELSE one.id = any(acting.ids) END"
)
WAITING: Final = (
    " FROM (SELECT absences_acts_for({membership}, {today}::date) AS ids) acting, partners_deal_chain c"
    " JOIN partners_deal d ON d.id = c.deal AND d.state = 'in_review'"
    " JOIN partners_company p ON p.id = c.partner_id JOIN partners_deal_step s ON s.chain = c.id"
    # Whoever is asked alone, while there: has access, and has not agreed to another step.
    " LEFT JOIN identity_membership one ON one.ended_at IS NULL"
    " AND one.id = CASE s.approver WHEN 'own_manager' THEN p.manager WHEN 'person' THEN s.person END"
    " AND NOT EXISTS (SELECT FROM partners_deal_step u WHERE u.chain = c.id"
    " AND one.id IN (u.decided_by, u.on_behalf_of))"
    f" WHERE c.outcome = 'open' AND {_TURN}"
)
"""The chains `c` with a step that waits for `{membership}` of the person `{me}`: `find_turn` for the database."""
_WAITING: Final = WAITING.format(membership="$1", me="$2", today="$3")


def _asker(actor: Actor, now: datetime) -> tuple[object, ...]:
    """The values of `_WAITING`."""
    return actor.membership_id, actor.person_id, clock.day_of(now, formats.time_zone().key)


async def list_waiting_steps(actor: Actor, now: datetime, *, most: int = 6) -> list[WaitingStep]:
    """Deals whose open step waits for this actor, or for somebody it acts for, the longest waiting first.

    What `find_turn` says of one chain, for all of them.
    """
    return await db.ask_alone(actor, waiting_steps_of(actor, now, most=most)) or []


def waiting_steps_of(actor: Actor, now: datetime, *, most: int = 6) -> Question | None:
    """The question of `list_waiting_steps`, for asking beside others; None for who agrees to nothing."""
    if actor.is_partner or not actor.may(Permission.DEAL_STEPS_DECIDE):
        return None
    return rows_of(
        "SELECT y.*, count(*) OVER () AS all FROM (SELECT DISTINCT d.id AS deal_id, d.number, d.customer_name,"
        " p.legal_name AS partner_name, d.amount_minor, d.currency, c.done, cardinality(c.asks) AS steps,"
        " greatest(c.made_at, (SELECT max(b.decided_at) FROM partners_deal_step b WHERE b.chain = c.id)) AS since"
        f"{_WAITING}) y ORDER BY y.since, y.deal_id LIMIT $4",
        *_asker(actor, now), most, deal_id=UUID, since=datetime.fromisoformat,
    ).then(
        lambda rows: [WaitingStep(amount=Money(row.pop("amount_minor"), row.pop("currency")), **row) for row in rows]
    )  # fmt: skip


def waiting_count(actor: Actor) -> Question | None:
    """How many deals have a step that waits for this actor: the number in the navigation."""
    if actor.is_partner or not actor.may(Permission.DEAL_STEPS_DECIDE):
        return None
    return Question(f"SELECT count(DISTINCT c.id){_WAITING}", _asker(actor, clock.now()))


async def list_running() -> list[UUID]:
    """The deals in review that are decided in steps, the longest waiting first; on the open unit of the system."""
    rows = await db.sql(
        "SELECT c.deal FROM partners_deal_chain c JOIN partners_deal d ON d.id = c.deal AND d.state = 'in_review'"
        " WHERE c.outcome = 'open' ORDER BY c.made_at, c.id"
    )
    return [row["deal"] for row in rows]


async def count_answers(chain: ChainView) -> int:
    """How often the partner answered a question since the chain was made; on the open unit of the system."""
    count = await db.sql_value(
        "SELECT count(*) FROM core_event WHERE subject_id = $1 AND name = 'deal.answered' AND at > $2",
        chain.deal_id, chain.made_at,
    )  # fmt: skip
    return int(count)


async def count_submissions(partner_id: UUID, since: datetime) -> int:
    """How many registrations the partner has submitted since then; on the open unit."""
    count = await db.sql_value(
        "SELECT count(*) FROM partners_deal WHERE partner_id = $1 AND submitted_at > $2", partner_id, since
    )
    return int(count)


async def find_members(emails: list[str]) -> dict[str, UUID]:
    """Live members of the vendor whose work includes agreeing, by address; on the open unit."""
    rows = await db.sql(
        "SELECT p.email, m.id FROM identity_membership m JOIN identity_person p ON p.id = m.person"
        " WHERE m.side = 'staff' AND m.ended_at IS NULL AND p.email = any($1::text[])"
        " AND m.roles && ARRAY['partner_manager', 'finance', 'sales']::varchar[]",
        emails,
    )
    return {row["email"]: row["id"] for row in rows}
