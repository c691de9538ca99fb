"""The roof of the web: every slice's pages and API in one application."""

import contextlib
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final

from litestar import Litestar
from litestar.types import ControllerRouterHandler

from attribution import public as attribution
from attribution.claims import routes as claims
from attribution.commissions import routes as commissions
from attribution.credits import routes as runs
from attribution.health import routes as health
from attribution.lifecycle import routes as lifecycle
from attribution.reports import routes as reports
from attribution.revenue import routes as revenue
from attribution.terms import routes as terms
from attribution.touchpoints import routes as touchpoints
from attribution.value import routes as value
from attribution.visits import routes as visits
from partners import public as partners
from partners.chains import routes as chains
from partners.companies import affiliation
from partners.companies import routes as companies
from partners.conflicts import routes as conflicts
from partners.contacts import routes as contacts
from partners.customers import api as customers_api
from partners.customers import routes as customers
from partners.deals import api as deals_api
from partners.deals import asking_routes as deals_asking
from partners.deals import handing_routes as deals_handing
from partners.deals import paste_routes as paste
from partners.deals import routes as deals
from partners.forecast import routes as forecast
from partners.merging import api as merging_api
from partners.merging import routes as merging
from partners.opportunities import routes as opportunities
from partners.products import routes as products
from partners.response import routes as response
from portal import __version__
from portal.absences import invariants as absence_invariants
from portal.absences import routes as absences
from portal.approvals import routes as approvals
from portal.calendars import routes as calendars
from portal.core import clock, db, jobs, outward, reacting
from portal.core.actor import Actor
from portal.core.logs import configure_logs
from portal.core.settings import Settings
from portal.core.web.build import build_app
from portal.core.web.site import Cookies
from portal.demo import routes as demo
from portal.history import routes as history
from portal.home import account, news, scorecard, search
from portal.home import routes as home
from portal.identity import housekeeping, sessions
from portal.identity import invariants as identity_invariants
from portal.identity import people as people_routes
from portal.identity import routes as identity
from portal.identity import service as people
from portal.imports import invariants as import_invariants
from portal.imports import routes as imports
from portal.mail import routes as mail
from portal.mail import sending
from portal.mail.service import use_address
from portal.notices import digest as notice_digest
from portal.notices import housekeeping as notice_housekeeping
from portal.notices import invariants as notice_invariants
from portal.notices import reactions as notice_reactions
from portal.notices import routes as notices
from portal.policies import api as policies_api
from portal.policies import invariants as policy_invariants
from portal.policies import routes as policies
from portal.rates import routes as rates
from portal.robots import routes as robots
from portal.segments import routes as segments

__all__ = [
    "CONTROLLERS",
    "absence_invariants",
    "affiliation",
    "attribution",
    "create_app",
    "housekeeping",
    "identity_invariants",
    "import_invariants",
    "notice_digest",
    "notice_housekeeping",
    "notice_invariants",
    "notice_reactions",
    "partners",
    "policy_invariants",
    "reacting",
]
NO_JOBS: Final = "TRIBUTARY_NO_JOBS"
"""Set by `tributary serve --no-jobs`: then `tributary worker` has to run beside it."""
CONTROLLERS: Final[Sequence[ControllerRouterHandler]] = (
    home.HomePages,
    home.HomeApi,
    search.SearchPages,
    search.SearchApi,
    news.NewsPages,
    news.NewsApi,
    identity.DoorPages,
    demo.DemoPages,
    identity.ProfilePages,
    people_routes.PeoplePages,
    people_routes.PeopleApi,
    companies.CompanyPages,
    companies.OwnCompanyPages,
    companies.CompanyApi,
    paste.PastePages,
    deals.DealPages,
    deals_api.DealApi,
    deals_asking.AskingPages,
    deals_asking.AskingApi,
    deals_handing.HandingPages,
    deals_handing.HandingApi,
    chains.ChainPages,
    chains.StepPages,
    chains.StepsApi,
    chains.ChainApi,
    chains.TrialPages,
    chains.TrialApi,
    customers.CardPages,
    customers.AccountPages,
    account.AccountPage,
    scorecard.ScorecardPages,
    scorecard.ScorecardApi,
    merging.MergingPages,
    merging_api.MergingApi,
    customers_api.CardApi,
    customers_api.AccountApi,
    contacts.ContactPages,
    contacts.ContactApi,
    conflicts.ConflictPages,
    conflicts.ConflictApi,
    forecast.ForecastPages,
    forecast.ForecastApi,
    response.ResponsePages,
    response.ResponseApi,
    opportunities.OpportunityPages,
    opportunities.OpportunityApi,
    revenue.RevenuePages,
    revenue.RevenueApi,
    health.HealthPages,
    health.HealthApi,
    lifecycle.LifecyclePages,
    lifecycle.LifecycleApi,
    terms.TermPages,
    terms.TermApi,
    touchpoints.TouchpointPages,
    touchpoints.TouchpointApi,
    touchpoints.UnmappedPages,
    touchpoints.UnmappedApi,
    claims.ClaimPages,
    claims.ClaimApi,
    visits.tag,
    visits.take,
    visits.VisitorPages,
    visits.VisitorApi,
    touchpoints.CostPages,
    touchpoints.CostApi,
    value.ValuePages,
    value.ValueApi,
    reports.ReportPages,
    reports.ContributionPages,
    reports.ContributionApi,
    reports.JourneyPages,
    reports.JourneyApi,
    runs.RunPages,
    runs.RunApi,
    commissions.EarningsPages,
    commissions.CommissionPages,
    commissions.CommissionApi,
    products.ProductPages,
    products.GroupPages,
    products.ProductApi,
    history.HistoryPages,
    history.HistoryApi,
    policies.SettingsPages,
    policies.PolicyPages,
    policies_api.PolicyApi,
    calendars.CalendarPages,
    calendars.CalendarApi,
    absences.AbsencePages,
    absences.AbsenceApi,
    rates.RatePages,
    rates.RateApi,
    mail.MailPages,
    mail.MailApi,
    notices.NoticePages,
    notices.NoticeApi,
    notices.ActPages,
    approvals.ApprovalPages,
    approvals.ApprovalApi,
    imports.ImportPages,
    imports.ImportApi,
    robots.RobotPages,
    robots.RobotApi,
    segments.SegmentPages,
    segments.SegmentApi,
)


def create_app(settings: Settings, database_url: str, *, with_jobs: bool) -> Litestar:
    """The application on this database; `with_jobs` also works through the queue in this process."""
    use_address(settings.public_url)
    outward.use_way(settings.outward_ports, settings.outward_private)
    attribution.use_folder(settings.data_dir)
    sending.use_server(settings.smtp_url, settings.public_url, settings.vendor_name)
    cookie = Cookies(settings.public_url.startswith("https://")).name(identity.SESSION_COOKIE)
    stack = contextlib.AsyncExitStack()

    async def resolve(cookies: Mapping[str, str]) -> tuple[Actor, str] | None:
        token = cookies.get(cookie)
        known = await sessions.resolve(token, clock.now()) if token else None
        return (known[0], str(known[1])) if known else None

    async def start() -> None:
        await stack.enter_async_context(_database(database_url))
        if with_jobs:
            await stack.enter_async_context(jobs.running(database_url))

    return build_app(
        controllers=CONTROLLERS,
        resolve=resolve,
        settings=settings,
        remember_locale=people.remember_locale,
        on_startup=[start],
        on_shutdown=[stack.aclose],
        version=__version__,
    )


@contextlib.asynccontextmanager
async def _database(url: str) -> AsyncIterator[None]:
    await db.connect(url)
    try:
        yield
    finally:
        await db.disconnect()


def from_environment() -> Litestar:
    """What the web server's process calls: `tributary serve` has put everything into the environment."""
    configure_logs()
    settings = Settings.from_env()
    if settings.database_url is None:
        message = "DATABASE_URL is not set; start with `tributary serve`"
        raise RuntimeError(message)
    return create_app(settings, settings.database_url, with_jobs=os.environ.get(NO_JOBS) is None)
