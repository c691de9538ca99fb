"""What changed lately in everything that a person may read: in words, by day, with links."""

from datetime import date
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, Request, get
from litestar.di import NamedDependency

from partners.deals.locks import FIELD_LABELS
from partners.deals.rules import (
    LOST_LABELS,
    REJECT_LABELS,
    REVOKED_LABELS,
    ROLE_LABELS,
    SOURCE_LABELS,
    STAGE_LABELS,
    STATE_LABELS,
)
from partners.matching.scoring import REASON_LABELS
from portal.core import clock, formats
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission
from portal.core.web.pages import Page
from portal.history.queries import News, Subject, knows, latest_news, subjects_of
from portal.imports.registry import kinds_read_by

AnyRequest = Request[Any, Any, Any]
MOST: Final = 50
PAGE: Final = "portal/home/pages/news.html"
P = Permission

_DEAL_FIELDS: Final = {
    **FIELD_LABELS,
    "state": N_("State"),
    "stage": N_("Stage"),
    "amount_minor": N_("Value, in the smallest unit"),
    "membership": N_("Owner"),
    "protected_until": N_("Protected until"),
}


def _kinds_of_files(actor: Actor) -> str:
    """Imports of the kinds whose files the actor may look at."""
    return f"kind = any('{{{','.join(kinds_read_by(actor))}}}')"


_NAME: Final = "coalesce(nullif(local_name, ''), legal_name)"
knows(
    deal=Subject(
        N_("Deals"), "/partners/deals/{id}", frozenset({P.DEALS_READ}), "briefcase", table="partners_deal",
        name="customer_name", fields=_DEAL_FIELDS,
        words={
            **STATE_LABELS, **STAGE_LABELS, **ROLE_LABELS, **SOURCE_LABELS, **REJECT_LABELS, **LOST_LABELS,
            **REVOKED_LABELS,
        },
    ),
    card=Subject(
        N_("Customer cards"), "/partners/cards/{id}", frozenset({P.CARDS_READ}), "building-store",
        table="partners_customer_card", name=_NAME, words=REASON_LABELS,
        fields={"account": N_("Account"), "score": N_("Alike, in percent"), "reasons": N_("Because")},
    ),
    account=Subject(
        N_("Customers"), "/partners/accounts/{id}", frozenset({P.ACCOUNTS_READ}), "building",
        table="partners_account", name=_NAME,
    ),
    membership=Subject(
        N_("People"), "/people/{id}", frozenset({P.PEOPLE_READ, P.COLLEAGUES_READ}), "users",
        table="identity_membership", name="(SELECT p.name FROM identity_person p WHERE p.id = person)",
    ),
    period=Subject(N_("Months"), "/commissions/periods", frozenset({P.COMMISSION_REPORT_READ}), "lock"),
    **{"import": Subject(
        N_("Imports"), "/imports/{id}", frozenset({P.IMPORTS_READ}), "file-import", table="imports_job",
        name="file_name", only=_kinds_of_files,
    )},
)  # fmt: skip


async def _news(actor: Actor, request: AnyRequest) -> tuple[list[News], str, str]:
    """A page of news, the kind that was asked for, and the address of what is older. Raises NotFound."""
    kind, before = request.query_params.get("kind", ""), request.query_params.get("before", "")
    if kind and kind not in subjects_of(actor):
        raise NotFound
    try:
        after = UUID(before) if before else None
    except ValueError as error:
        raise NotFound from error
    found = await latest_news(actor, kinds=[kind] if kind else [], before=after, most=MOST + 1)
    older = ""
    if len(found) > MOST:
        query = {"kind": kind} if kind else {}
        older = urlencode(query | {"before": str(found[MOST - 1].happening.id)})
    return found[:MOST], kind, older


def _by_day(news: list[News]) -> list[tuple[date, str, list[News]]]:
    """The news of each of the vendor's days, with its name."""
    zone = formats.time_zone().key
    today = clock.day_of(clock.now(), zone)
    days: dict[date, list[News]] = {}
    for one in news:
        days.setdefault(clock.day_of(one.happening.at, zone), []).append(one)
    names = {0: _("Today"), 1: _("Yesterday")}
    return [(day, names.get((today - day).days) or formats.date(day), found) for day, found in days.items()]


class NewsPages(Controller):
    """What is new in everything a person may read."""

    path = "/news"

    @get("/", needs=Permission.HOME_READ)
    async def show(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page:
        """The latest events, newest first."""
        news, kind, older = await _news(actor, request)
        kinds = [(key, _(one.label), one.icon) for key, one in subjects_of(actor).items()]
        return Page(
            PAGE, days=_by_day(news), chosen=kind, kinds=sorted(kinds, key=lambda one: one[1]), older=older,
            has_earlier="before" in request.query_params,
        )  # fmt: skip


class NewsApi(Controller):
    """The same as JSON."""

    path = "/api/v1/news"
    tags = ("home",)

    @get("/", needs=Permission.HOME_READ)
    async def show(self, request: AnyRequest, actor: NamedDependency[Actor]) -> dict[str, Any]:
        """The latest events, newest first, and the query of what is older."""
        news, _kind, older = await _news(actor, request)
        return {"items": [_public(one) for one in news], "older": older or None}


def _public(one: News) -> dict[str, Any]:
    told = one.happening
    return {
        "name": told.name,
        "at": told.at,
        "actor": told.actor,
        "text": told.text,
        "note": told.quote,
        "subject_type": told.subject_type,
        "subject_id": told.subject_id,
        "subject": one.title or one.kind,
        "path": one.href,
    }
