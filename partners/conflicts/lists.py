"""The list of conflicts, declared once for page, export and API. Vendor-only."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from partners.conflicts.queries import MINE, UNASKED
from partners.conflicts.rules import GROUND_LABELS, STATE_LABELS, ConflictState
from partners.contacts.queries import chosen_account
from portal.core import db
from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.permissions import Permission
from portal.core.web.lists import Choice, Column, Filter, Kind, ListSpec, Search, Sort, State, Tab, vendor_rows

STATES: Final = {
    ConflictState.OPEN.value: State(STATE_LABELS[ConflictState.OPEN], "us", "gavel"),
    ConflictState.DECIDED.value: State(STATE_LABELS[ConflictState.DECIDED], "good", "circle-check"),
    ConflictState.APPEALED.value: State(STATE_LABELS[ConflictState.APPEALED], "you", "refresh"),
    ConflictState.CLOSED.value: State(STATE_LABELS[ConflictState.CLOSED], "draft", "circle-minus"),
}
_WHO: Final = (
    "(SELECT string_agg(coalesce(p.legal_name, k.label), ', ' ORDER BY k.claimed_at, k.id)"
    " FROM partners_conflict_claim k LEFT JOIN partners_company p ON p.id = k.partner_id WHERE k.conflict = t.id)"
)
_GROUPS: Final = (
    "(SELECT string_agg(g.name, ', ' ORDER BY g.name) FROM partners_product_group g WHERE g.id = any(t.product_groups))"
)
_WINNER: Final = (
    "(SELECT coalesce(p.legal_name, k.label) FROM partners_conflict_claim k"
    " LEFT JOIN partners_company p ON p.id = k.partner_id WHERE k.id = t.winner)"
)
_ASKED_AT: Final = (
    "(SELECT w.requested_at FROM partners_conflict_award w WHERE w.conflict = t.id AND w.state = 'pending')"
)
_WINNER_IS: Final = "EXISTS (SELECT FROM partners_conflict_claim k WHERE k.id = t.winner AND k.kind = '{kind}')"


async def _partner(actor: Actor, chosen: str | None) -> Sequence[Choice]:
    """The partner that a link has set."""
    if not chosen:
        return []
    async with db.transaction(actor):
        name = await db.sql_value("SELECT legal_name FROM partners_company WHERE id = $1", UUID(chosen))
    return [Choice(value=chosen, label=str(name or ""))]


def _of_partner(key: str, label: str, condition: str) -> Filter:
    """Conflicts in which a partner's claim is or became this; set by links only."""
    claim = f"k.conflict = t.id AND k.partner_id = {{value}} AND {condition}"
    return Filter(
        key=key, label=label, type="uuid", choices=_partner, probes=True,
        sql=f"EXISTS (SELECT FROM partners_conflict_claim k WHERE {claim})",
    )  # fmt: skip


def _decides(actor: Actor) -> bool:
    return actor.may(Permission.DEALS_DECIDE) or actor.may(Permission.OPPORTUNITIES_WRITE)


CONFLICTS: Final = ListSpec(
    name="conflicts",
    title=N_("Conflicts"),
    path="/partners/conflicts",
    table="partners_conflict",
    visible=vendor_rows,
    columns=(
        Column(key="customer", label=N_("Customer"), sql="t.account_name"),
        Column(key="who", label=N_("Who claims it"), sql=_WHO),
        Column(key="groups", label=N_("Product groups"), sql=_GROUPS),
        Column(key="state", label=N_("State"), sql="t.state", kind=Kind.STATE, states=STATES),
        Column(key="ground", label=N_("Settled by"), sql="nullif(t.ground, '')", labels=GROUND_LABELS),
        Column(key="winner", label=N_("Who goes on"), sql=_WINNER),
        Column(key="found", label=N_("Found"), sql="t.found_at", kind=Kind.DATETIME),
        Column(key="decided", label=N_("Settled"), sql="t.decided_at", kind=Kind.DATETIME, in_table=False),
        Column(key="asked", label=N_("Second person asked"), sql=_ASKED_AT, kind=Kind.DATETIME, in_table=False),
        Column(key="appealed", label=N_("Appealed"), sql="t.appealed_at", kind=Kind.DATETIME, in_table=False),
        Column(key="changed", label=N_("Changed"), sql="t.changed_at", kind=Kind.DATETIME, in_table=False),
    ),
    sorts=(
        Sort(key="found", column="found_at", type="timestamptz", descending=True),
        Sort(key="changed", column="changed_at", type="timestamptz", descending=True),
    ),
    filters=(
        Filter(
            key="state", label=N_("State"), sql="t.state = {value}",
            choices=tuple(Choice(value=str(state), label=label) for state, label in STATE_LABELS.items()),
        ),
        Filter(
            key="ground", label=N_("Settled by"), sql="t.ground = {value}",
            choices=tuple(Choice(value=str(ground), label=label) for ground, label in GROUND_LABELS.items()),
        ),
        Filter(
            key="proposal", label=N_("The rules’ proposal"),
            choices=(
                Choice(value="followed", label=N_("Followed"), sql="t.followed"),
                Choice(value="other", label=N_("Decided otherwise"), sql="NOT t.followed"),
            ),
        ),
        Filter(
            key="second", label=N_("Second person"),
            choices=(Choice(value="asked", label=N_("Waits for a second person"), sql=f"NOT {UNASKED}"),),
        ),
        Filter(
            key="direct", label=N_("Direct against partner"),
            choices=(
                Choice(value="any", label=N_("A direct sale is among them"), sql="t.is_direct"),
                Choice(
                    value="won", label=N_("The direct sale went on"),
                    sql=f"t.is_direct AND {_WINNER_IS.format(kind='opportunity')}",
                ),
                Choice(
                    value="lost", label=N_("A partner went on"),
                    sql=f"t.is_direct AND {_WINNER_IS.format(kind='registration')}",
                ),
            ),
        ),
        _of_partner("partner", N_("Partner"), "true"),
        _of_partner("won_by", N_("Went on"), "k.result = 'won'"),
        _of_partner("shared_by", N_("Joined as co-sell"), "k.result = 'shared'"),
        _of_partner("lost_by", N_("Decided against"), "k.result = 'lost'"),
        Filter(
            key="account", label=N_("Customer"), type="uuid", choices=chosen_account,
            sql="t.account = any(partners_accounts_of({value}))",
        ),
    ),
    tabs=(
        Tab(
            key="mine", label=N_("Waits for me"), when=_decides, narrow=True,
            sql=f"t.state IN ('open', 'appealed') AND {UNASKED} AND {MINE}",
        ),
        Tab(key="open", label=N_("To be settled"), sql="t.state IN ('open', 'appealed')", narrow=True),
        Tab(key="decided", label=N_("Settled"), sql="t.state = 'decided'", counted=False),
        Tab(key="all", label=N_("All"), counted=False),
    ),
    search=Search(column="t.search", placeholder=N_("Find by customer, partner or number")),
    row_href="/partners/conflicts/{id}",
)  # fmt: skip
