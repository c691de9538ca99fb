"""Where the vendor sees one customer from all sides: people, deals of all partners, revenue, contracts, its names."""

from dataclasses import replace
from datetime import date
from typing import Final
from uuid import UUID

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from attribution.health import queries as healths
from attribution.health import showing as health_showing
from attribution.health.settings import settings_of
from attribution.lifecycle.lists import STATES as LIFECYCLE
from attribution.value import queries as values
from partners.contacts.lists import ROLES
from partners.customers import doors
from partners.customers import queries as customers
from partners.customers.rules import country_name, place_of
from partners.deals.rules import STAGE_LABELS
from partners.merging import queries as merging
from portal.core import clock, db, formats
from portal.core.actor import Actor
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission
from portal.core.web.pages import Page, Redirect
from portal.history import queries as history
from portal.home import account_queries as queries
from portal.home import blocks
from portal.home.queries import months_back

SHOW: Final = "portal/home/pages/account.html"
_MONTHS: Final = 12


class AccountPage(Controller):
    """The vendor's 360° view of a customer."""

    path = "/partners/accounts"

    @get("/{account_id:uuid}", needs=Permission.ACCOUNTS_READ)
    async def show(self, actor: NamedDependency[Actor], account_id: FromPath[UUID]) -> Page | Redirect:
        """One customer; an account that was merged leads to the one under which it is found."""
        today = clock.day_of(clock.now(), formats.time_zone().key)
        months = months_back(today, _MONTHS)
        sides = await queries.get_sides(actor, account_id, today=today, since=months[0])
        if sides.canonical != account_id:
            return Redirect(f"/partners/accounts/{sides.canonical}")
        account, names, worth, health, settings = await db.ask_together([
            customers.account_of(actor, account_id),
            merging.other_names_of(actor, account_id),
            values.customer_of(actor, account_id) if actor.may(Permission.REVENUE_READ) else None,
            healths.health_of(actor, account_id) if actor.may(Permission.HEALTH_READ) else None,
            settings_of(today),
        ])  # fmt: skip
        # Which cards and names are its own is known by now.
        found, timeline = await db.ask_together([
            doors.deals_of(actor, [card.id for card in account.cards]),
            history.timeline_of(account_id, also=[one.account_id for one in names]),
        ])  # fmt: skip
        deals = found or []
        return Page(
            SHOW,
            account=account,
            place=place_of(account.facts),
            country=country_name(account.facts.country),
            names=names,
            sides=sides,
            worth=worth,
            health=health_showing.show(health, settings.settings) if health else None,
            roles={key: _(state.label) for key, state in ROLES.items()},
            deals=queries.Some(deals[: queries.SHOWN], len(deals) > queries.SHOWN),
            stages={key: _(label) for key, label in STAGE_LABELS.items()},
            chart=_chart(sides.revenue, months) if sides.revenue else None,
            today=today,
            lifecycle=LIFECYCLE,
            timeline=timeline,
        )


def _chart(revenue: queries.Revenue, months: list[date]) -> blocks.Chart | None:
    """What was invoiced by month in the currency of most; None when it was nothing."""
    if not revenue.totals:
        return None
    currency = revenue.totals[0].invoiced.currency
    chart = blocks.money_chart("revenue", _("Invoiced by month"), currency, months, revenue.months.get(currency, {}))
    if not chart.table["rows"]:
        return None
    return replace(chart, sentence=_("Net of credit notes; the last month still runs."))
