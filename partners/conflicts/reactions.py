"""What makes the check run, and notices to those who decide or whose own sale is among the claims."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from partners.conflicts import asking
from partners.conflicts.checking import check_account
from partners.conflicts.evidence import LIVE_DEALS
from partners.conflicts.rules import AwardState
from portal.core import clock, db
from portal.core.events import Recorded, reacts_to
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission
from portal.notices.kinds import notice_kind
from portal.notices.service import tell

_MOST_OF_A_FILE: Final = 2_000
"""Contended customers of one file that are checked, the latest changes first."""


@reacts_to(
    "deal.submitted", "deal.answered", "deal.edited", "deal.approved", "deal.rejected", "deal.withdrawn",
    "deal.expired", "deal.won", "deal.lost", "deal.appealed", "deal.revoked", "deal.amended", "deal.renewed",
    "deal.role_agreed", "deal.taken_over",
)  # fmt: skip
async def check_deal(event: Recorded) -> None:
    """Check the customer of a deal that came in, changed or ended."""
    await _check(
        await db.sql(
            "SELECT l.account FROM partners_deal d JOIN partners_card_link l ON l.card = d.card WHERE d.id = $1"
            " AND d.state <> 'draft' UNION SELECT c.account FROM partners_conflict_claim k JOIN partners_conflict c"
            " ON c.id = k.conflict WHERE k.kind = 'registration' AND k.subject = $1 AND k.result = 'waiting'",
            event.subject_id,
        )
    )


@reacts_to("card.linked", "card.unlinked")
async def check_card(event: Recorded) -> None:
    """Check the customer that a card is now, and the one that its deals were thought to be about."""
    await _check(
        await db.sql(
            "SELECT account FROM partners_card_link WHERE card = $1 UNION SELECT c.account FROM partners_deal d"
            " JOIN partners_conflict_claim k ON k.kind = 'registration' AND k.subject = d.id AND k.result = 'waiting'"
            " JOIN partners_conflict c ON c.id = k.conflict WHERE d.card = $1",
            event.subject_id,
        )
    )


@reacts_to("opportunity.recorded", "opportunity.changed", "opportunity.closed")
async def check_opportunity(event: Recorded) -> None:
    """Check the customer of a direct sale, and the one that it was about before."""
    await _check(
        await db.sql(
            "SELECT account FROM partners_opportunity WHERE id = $1 UNION SELECT c.account FROM"
            " partners_conflict_claim k JOIN partners_conflict c ON c.id = k.conflict WHERE k.kind = 'opportunity'"
            " AND k.subject = $1 AND k.result = 'waiting'",
            event.subject_id,
        )
    )


@reacts_to("account.merged", "account.merge_waits", "account.merge_refused", "account.merge_undone")
async def check_merged(event: Recorded) -> None:
    """Check the customers of accounts that became one, would become one, or are two again."""
    await check_account(event.subject_id, now=clock.now())
    await _check(
        await db.sql(
            "SELECT account FROM partners_account_alias WHERE undone_at = $2 UNION SELECT account FROM"
            " partners_merge_request WHERE decided_at = $2 AND merged_into = $1",
            event.subject_id,
            event.at,
        )
    )


@reacts_to("opportunities.imported", "deals.imported")
async def check_imported(event: Recorded) -> None:
    """Check the customers that a file brought sales for and that more than one claims now, and those it ended."""
    now = clock.now()
    rows = await db.sql(
        "WITH live AS (SELECT partners_canonical_account(l.account) AS account, d.partner_id, d.changed_at"
        " FROM partners_deal d JOIN partners_card_link l ON l.card = d.card"
        f" WHERE {LIVE_DEALS.format(now='$2')} UNION ALL SELECT partners_canonical_account(o.account), NULL,"
        " o.changed_at FROM partners_opportunity o WHERE o.closed_at IS NULL AND o.product IS NOT NULL)"
        " SELECT account FROM live GROUP BY account HAVING count(DISTINCT coalesce(partner_id::text, '')) > 1"
        " AND max(changed_at) >= coalesce((SELECT started_at FROM imports_job WHERE id = $1), $3)"
        " ORDER BY max(changed_at) DESC, account LIMIT $4",
        event.subject_id, now, event.at, _MOST_OF_A_FILE,
    )  # fmt: skip
    ended = await db.sql(
        "SELECT DISTINCT c.account FROM partners_conflict c JOIN partners_conflict_claim k ON k.conflict = c.id"
        " JOIN partners_opportunity o ON o.id = k.subject WHERE k.result = 'waiting' AND k.kind = 'opportunity'"
        " AND o.closed_at IS NOT NULL"
    )
    await _check([*rows, *ended])


@reacts_to("conflict.changed", "conflict.closed", "deal.won")
async def end_what_was_asked(event: Recorded) -> None:
    """End what waits for a second person when the claims are no longer those that it was asked about.

    In a unit of its own, after the check's: it takes the request before the customer, as whoever decides does.
    """
    rows = await db.sql(
        "SELECT w.conflict FROM partners_conflict_award w WHERE w.state = 'pending' AND (w.conflict = $1 OR EXISTS"
        " (SELECT FROM partners_conflict_claim k WHERE k.conflict = w.conflict AND k.subject = $1))"
        " ORDER BY w.conflict",
        event.subject_id,
    )
    for row in rows:
        await asking.lapse(row["conflict"], now=clock.now())


async def _check(rows: Iterable[dict[str, UUID]]) -> None:
    """Check each of these accounts once, in order."""
    for account in sorted({row["account"] for row in rows}):
        await check_account(account, now=clock.now())


CONFLICT: Final = notice_kind(
    "conflict", N_("Several claim one customer"), Permission.CONFLICTS_READ, group=N_("Deals"), icon="gavel", asks=True
)
_TO_ASKER: Final = {
    "conflict.decided": N_("Agreed: who goes on with %(customer)s"),
    "conflict.award_refused": N_("Not agreed: who goes on with %(customer)s"),
    "conflict.award_lapsed": N_("To be decided anew: %(customer)s"),
}
_ASKERS_LINES: Final = {
    "conflict.decided": N_("The second person agreed, and everything that you decided was done."),
    "conflict.award_refused": N_("The second person did not agree, so nothing has changed. The room says why."),
    "conflict.award_lapsed": N_(
        "The claims changed before the second person agreed, so nothing has changed. Look again and decide anew."
    ),
}
_CAME_OF_IT: Final = {
    "conflict.decided": AwardState.AGREED,
    "conflict.award_refused": AwardState.REFUSED,
    "conflict.award_lapsed": AwardState.LAPSED,
}
_SUBJECTS: Final = {
    "conflict.found": N_("Several claim %(customer)s"),
    "conflict.reopened": N_("An appeal about %(customer)s"),
    "conflict.decided": N_("Decided: who goes on with %(customer)s"),
}
_BODIES: Final = {
    "conflict.found": N_("More than one wants to sell %(customer)s the same. Look at the evidence and decide."),
    "conflict.reopened": N_("The decision was appealed. Another person than the first time decides for good."),
    "conflict.decided": N_("Your own sale was among the claims. The room shows who goes on, and why."),
}


@reacts_to("conflict.found", "conflict.reopened", "conflict.decided")
async def tell_those_concerned(event: Recorded) -> None:
    """Tell the managers of the partners and whoever works a direct sale; after a decision only the latter."""
    customer = await db.sql_value("SELECT account_name FROM partners_conflict WHERE id = $1", event.subject_id)
    rows = await db.sql(
        "SELECT DISTINCT CASE WHEN k.kind = 'opportunity' THEN k.owner ELSE c.manager END AS membership, k.kind"
        " FROM partners_conflict_claim k LEFT JOIN partners_company c ON c.id = k.partner_id WHERE k.conflict = $1",
        event.subject_id,
    )
    told = {
        row["membership"]
        for row in rows
        if row["membership"] is not None and (row["kind"] == "opportunity" or event.name != "conflict.decided")
    }

    def compose() -> tuple[str, list[str]]:
        names = {"customer": customer}
        return _(_SUBJECTS[event.name]) % names, [_(_BODIES[event.name]) % names]

    for membership in sorted(told):
        await tell(event, membership, f"/partners/conflicts/{event.subject_id}", compose, kind=CONFLICT)


@reacts_to(*_TO_ASKER)
async def tell_who_asked(event: Recorded) -> None:
    """Tell who asked a second person what came of it."""
    row = await db.sql_one(
        "SELECT c.account_name, w.requested_by FROM partners_conflict_award w JOIN partners_conflict c"
        " ON c.id = w.conflict WHERE w.conflict = $1 AND w.decided_at = $2 AND w.state = $3",
        event.subject_id, event.at, _CAME_OF_IT[event.name].value,
    )  # fmt: skip
    if row is None:
        return

    def compose() -> tuple[str, list[str]]:
        return _(_TO_ASKER[event.name]) % {"customer": row["account_name"]}, [_(_ASKERS_LINES[event.name])]

    await tell(event, row["requested_by"], f"/partners/conflicts/{event.subject_id}", compose, kind=CONFLICT)
