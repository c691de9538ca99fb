"""The list of answers, declared once for page, export and API: what waits, what is late, and what was answered."""

from typing import Final

from partners.response.rules import HELD_SHORT, WHAT_LABELS, Standing, What
from portal.core.actor import SYSTEM, Actor
from portal.core.i18n import N_
from portal.core.web.lists import Choice, Column, Filter, Kind, ListSpec, Sort, State, Tab, staff_only

STANDINGS: Final = {
    Standing.RUNNING.value: State(N_("Clock running"), "us", "clock"),
    Standing.SOON.value: State(N_("Due soon"), "you", "clock"),
    Standing.LATE.value: State(N_("Late"), "bad", "clock-exclamation"),
    Standing.PAUSED.value: State(N_("Paused"), "draft", "player-pause"),
    Standing.IN_TIME.value: State(N_("Answered in time"), "good", "circle-check"),
    Standing.TOO_LATE.value: State(N_("Answered late"), "bad", "circle-check"),
    Standing.DROPPED.value: State(N_("Needed no answer"), "draft", "circle-minus"),
}
STANDING: Final = (
    "CASE WHEN t.ended_at IS NOT NULL THEN CASE WHEN t.answered_at IS NULL THEN 'dropped'"
    " WHEN t.breached_at IS NOT NULL THEN 'too_late' ELSE 'in_time' END WHEN t.paused_at IS NOT NULL THEN 'paused'"
    " WHEN t.due_at <= {now} THEN 'late' WHEN t.warn_at <= {now} THEN 'soon' ELSE 'running' END"
)
"""`rules.standing_of`, for the database."""
RESPONSIBLE: Final = (
    f"CASE WHEN t.what IN ('extension', 'amendment') THEN p.manager ELSE"
    f" coalesce(nullif(d.reviewer, '{SYSTEM.membership_id}'), p.manager) END"
)
"""Who has to answer: the reviewer, or the partner's manager where nobody has begun. A clock is nobody.

What is asked about a running deal is the manager's, whoever approved it.
"""


def held_by(clock: str) -> str:
    """What forbids to approve it by the clock, as it was last tried, as a value; for the vendor's units only.

    `clock` is the name of the clock's row.
    """
    return (
        f"(SELECT CASE WHEN s.outcome <> 'done' THEN s.outcome END FROM partners_response_step s"
        f" WHERE s.response = {clock}.id AND s.does = 'approve' AND {clock}.ended_at IS NULL"
        f" AND {clock}.what = 'registration' ORDER BY s.at DESC, s.id DESC LIMIT 1)"
    )


_WAITS: Final = "t.ended_at IS NULL AND t.paused_at IS NULL"


def _partner_only(actor: Actor) -> bool:
    return actor.is_partner


RESPONSES: Final = ListSpec(
    name="answers",
    title=N_("Answers"),
    path="/partners/response/clocks",
    table="partners_response",
    joins="JOIN partners_deal d ON d.id = t.deal JOIN partners_company p ON p.id = t.partner_id",
    columns=(
        Column(key="customer", label=N_("Customer"), sql="d.customer_name", href="/partners/deals/{deal}"),
        Column(key="number", label=N_("Number"), sql="d.number", in_table=False),
        Column(key="partner", label=N_("Partner"), sql="p.legal_name", when=staff_only),
        Column(key="what", label=N_("What"), sql="t.what", labels=WHAT_LABELS),
        Column(key="standing", label=N_("State"), sql=STANDING, kind=Kind.STATE, states=STANDINGS),
        Column(
            key="due", label=N_("Due"), kind=Kind.DATETIME,
            # While it rests nobody knows: it moves by the pause.
            sql="CASE WHEN t.paused_at IS NULL THEN t.due_at END",
        ),
        Column(
            key="responsible", label=N_("Whose"), when=staff_only,
            sql=f"(SELECT x.name FROM identity_membership m JOIN identity_person x ON x.id = m.person"
            f" WHERE m.id = ({RESPONSIBLE}))",
        ),
        Column(
            key="held", label=N_("Held back by"), sql=held_by("t"), labels=HELD_SHORT, when=staff_only,
        ),
        Column(key="started", label=N_("Clock started"), sql="t.started_at", kind=Kind.DATETIME, when=_partner_only),
        Column(key="answered", label=N_("Answered"), sql="t.answered_at", kind=Kind.DATETIME, in_table=False),
        Column(key="deal", label=N_("Deal"), sql="t.deal", in_table=False, in_export=False),
        Column(
            key="begun", label=N_("Clock started"), sql="t.started_at", kind=Kind.DATETIME, in_table=False,
            when=staff_only,
        ),
        Column(
            key="allowed_minutes", label=N_("Working minutes allowed"), sql="t.allowed_minutes", kind=Kind.NUMBER,
            in_table=False,
        ),
        Column(
            key="worked_minutes", label=N_("Working minutes taken"), sql="t.worked_minutes", kind=Kind.NUMBER,
            in_table=False,
        ),
        Column(
            key="lengthened_days", label=N_("Days protected longer"), sql="t.lengthened_days", kind=Kind.NUMBER,
            in_table=False,
        ),
    ),
    sorts=(
        Sort(key="due", column="due_at", type="timestamptz"),
        Sort(key="started", column="started_at", type="timestamptz", descending=True),
    ),
    filters=(
        Filter(
            key="what", label=N_("What"), sql="t.what = {value}",
            choices=tuple(Choice(value=one.value, label=WHAT_LABELS[one]) for one in What),
        ),
        Filter(key="whose", label=N_("Whose"), type="uuid", sql=f"({RESPONSIBLE}) = {{value}}", when=staff_only),
        Filter(key="partner", label=N_("Partner"), type="uuid", sql="t.partner_id = {value}", when=staff_only),
        Filter(
            key="week", label=N_("Answered in the week from"), type="date",
            sql="t.answered_at >= {value}::timestamp AT TIME ZONE {zone}"
            " AND t.answered_at < ({value} + 7)::timestamp AT TIME ZONE {zone}",
        ),
    ),
    tabs=(
        Tab(key="open", label=N_("Waits for an answer"), sql=_WAITS, narrow=True),
        Tab(
            key="late", label=N_("Late"), narrow=True,
            sql=f"{_WAITS} AND t.due_at <= {{now}}",
        ),
        Tab(
            key="soon", label=N_("Due soon"), narrow=True,
            sql=f"{_WAITS} AND t.due_at > {{now}} AND t.warn_at <= {{now}}",
        ),
        Tab(key="running", label=N_("In time"), sql=f"{_WAITS} AND t.warn_at > {{now}}", narrow=True),
        Tab(key="paused", label=N_("Paused"), narrow=True, sql="t.ended_at IS NULL AND t.paused_at IS NOT NULL"),
        Tab(
            key="held", label=N_("Held back"), narrow=True, when=staff_only,
            sql=f"{_WAITS} AND t.breached_at IS NOT NULL AND {held_by('t')} IS NOT NULL",
        ),
        Tab(key="answered", label=N_("Answered"), sql="t.answered_at IS NOT NULL"),
        Tab(key="all", label=N_("All")),
    ),
    row_href="/partners/deals/{deal}",
)  # fmt: skip
