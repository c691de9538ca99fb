"""What group robots are told of deals: one line each, who, which customer, how much; for the vendor's groups."""

from collections.abc import Mapping
from typing import Final

from portal.core import db, formats
from portal.core.events import Recorded
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.money import Money
from portal.robots.doors import News, Told, announces

LABELS: Final = {
    "deal.submitted": N_("A deal is registered"),
    "deal.answered": N_("A question is answered"),
    "deal.approved": N_("A deal is approved"),
    "deal.rejected": N_("A deal is rejected"),
    "deal.taken_over": N_("A deal is handed over"),
    "deal.appealed": N_("A rejection is appealed"),
    "deal.extension_requested": N_("An extension is asked for"),
    "deal.answer_late": N_("An answer of ours is late"),
    "deal.escalated": N_("A late answer is escalated"),
    "deal.won": N_("A deal is won"),
    "deal.lost": N_("A deal is lost"),
    "deal.expired": N_("A deal expires"),
}
_TITLES: Final[Mapping[str, str]] = {
    "deal.submitted": N_("%(partner)s registered %(customer)s"),
    "deal.answered": N_("%(partner)s answered about %(customer)s"),
    "deal.approved": N_("Approved for %(partner)s: %(customer)s"),
    "deal.rejected": N_("Rejected for %(partner)s: %(customer)s"),
    "deal.taken_over": N_("Handed over to %(partner)s: %(customer)s"),
    "deal.appealed": N_("%(partner)s appeals the rejection of %(customer)s"),
    "deal.extension_requested": N_("%(partner)s asks to extend %(customer)s"),
    "deal.answer_late": N_("%(partner)s waits too long for an answer about %(customer)s"),
    "deal.escalated": N_("Escalated: %(partner)s waits for an answer about %(customer)s"),
    "deal.won": N_("%(partner)s won %(customer)s"),
    "deal.lost": N_("%(partner)s lost %(customer)s"),
    "deal.expired": N_("The protection of %(customer)s for %(partner)s has ended"),
}


async def read_news(event: Recorded) -> News | None:
    """The deal as it is now; None where it is gone."""
    row = await db.sql_one(
        "SELECT d.id, d.number, d.customer_name AS customer, c.legal_name AS partner, d.amount_minor, d.currency,"
        " c.manager FROM partners_deal d JOIN partners_company c ON c.id = d.partner_id WHERE d.id = $1",
        event.subject_id,
    )
    if row is None:
        return None
    amount = Money(row["amount_minor"], row["currency"])

    def compose() -> Told:
        names = {"partner": row["partner"], "customer": row["customer"]}
        about = _("Deal %(number)s, %(amount)s") % {"number": row["number"], "amount": formats.money(amount)}
        return Told(_(_TITLES[event.name]) % names, (about,), f"/partners/deals/{row['id']}")

    return News({row["manager"]} - {None}, compose)


announces(LABELS, read_news)
