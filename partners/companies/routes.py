"""Where partner companies are found: the vendor's pages, a partner's own, and the API."""

from datetime import date
from typing import Any, Final
from uuid import UUID

from litestar import Controller, Request, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.response import Stream

from partners.companies import queries, service
from partners.companies.entitlements import TIERS
from partners.companies.lists import COMPANIES
from partners.companies.rules import KIND_LABELS, STATUS_LABELS, TIER_LABELS, PartnerKind
from partners.companies.schemas import CompanyBody, CompanyForm, OwnProfileForm, ParentForm, StatusForm
from portal.core import clock, formats
from portal.core.actor import Actor
from portal.core.asking import ask_by_name, ask_together
from portal.core.errors import NotFound
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission, Side
from portal.core.web import navigation
from portal.core.web.export import FileType, export_list
from portal.core.web.forms import Typed, empty_form, typed_form
from portal.core.web.lists import ItemPage, list_items, list_page
from portal.core.web.pages import Page, Redirect
from portal.history import queries as history
from portal.history.queries import Subject, Wording, knows, tells
from portal.identity import queries as people
from portal.policies.queries import holds_on

AnyRequest = Request[Any, Any, Any]
LIST: Final = "partners/companies/pages/list.html"
SHOW: Final = "partners/companies/pages/show.html"
EDIT: Final = "partners/companies/pages/edit.html"
OWN: Final = "partners/companies/pages/own.html"

navigation.register(
    "companies", label=N_("Partners"), icon="users-group", href="/partners/companies", order=20,
    permission=Permission.COMPANIES_READ, side=Side.STAFF,
)  # fmt: skip
navigation.register(
    "company", label=N_("Company"), icon="building", href="/company", order=80,
    permission=Permission.COMPANY_READ, side=Side.PARTNER,
)  # fmt: skip
tells(
    company__created=Wording(N_("took the partner into the programme"), "plus", "good"),
    company__changed=Wording(N_("changed the profile of the company"), "pencil"),
    company__parent_set=Wording(N_("set the distributor above"), "sitemap"),
    company__status_set=Wording(N_("changed the status"), "player-pause", "you"),
)
knows(
    company=Subject(
        N_("Partners"),
        "/partners/companies/{id}",
        frozenset({Permission.COMPANIES_READ}),
        "users-group",
        table="partners_company",
        name="coalesce(nullif(local_name, ''), legal_name)",
        fields={
            "legal_name": N_("Legal name"),
            "local_name": N_("Name in the local language"),
            "domain": N_("Website"),
            "country": N_("Country"),
            "region": N_("Region"),
            "city": N_("City"),
            "phone": N_("Phone"),
            "registry_id": N_("Registry id"),
            "kinds": N_("Kinds"),
            "tier": N_("Tier"),
            "currency": N_("Currency"),
            "languages": N_("Languages"),
            "manager": N_("Partner manager"),
            "status": N_("Status"),
            "parent": N_("Distributor"),
            "since": N_("Since"),
        },
        words={str(key): word for labels in (KIND_LABELS, TIER_LABELS, STATUS_LABELS) for key, word in labels.items()},
    ),
)


def _today() -> date:
    return clock.day_of(clock.now(), formats.time_zone().key)


async def _record(actor: Actor, company_id: UUID) -> dict[str, Any]:
    """All that the page of a company shows. Raises NotFound."""
    company = await queries.get_company(actor, company_id)
    beside = await ask_by_name(actor, {
        "manager": people.name_behind(company["manager"]),
        "territories": queries.territories_of(actor, company_id),
        "parents": queries.parents_of(actor, company_id),
        "children": queries.children_of(actor, company_id, _today()),
        "members": people.members_of(actor, company_id),
        "tiers_version": holds_on(TIERS.key, _today()),
        "timeline": history.timeline_of(company_id),
    })  # fmt: skip
    tiers = beside["tiers_version"]
    return beside | {
        "company": company,
        "manager": beside["manager"] or "",
        "entitlement": tiers.body.of(company["tier"]) if tiers else None,
        "tier_labels": TIER_LABELS,
        "kind_words": lambda kinds: ", ".join(_(KIND_LABELS[PartnerKind(kind)]) for kind in kinds),
        "status_labels": STATUS_LABELS,
        "role_labels": people.ROLE_LABELS,
    }


async def _choices(actor: Actor) -> dict[str, Any]:
    """What the company form lets one choose from."""
    managers = await queries.list_managers(actor)
    return {
        "kinds": [(kind.value, _(label)) for kind, label in KIND_LABELS.items()],
        "tiers": [(tier.value, _(label)) for tier, label in TIER_LABELS.items()],
        "managers": [(str(key), name) for key, name in managers],
    }


class CompanyPages(Controller):
    """The vendor's pages about partners."""

    path = "/partners/companies"

    @get("/", needs=Permission.COMPANIES_READ)
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page:
        """The list."""
        listing = await list_page(COMPANIES, actor, request.query_params, now=clock.now())
        return Page(LIST, listing=listing)

    @get("/export/{file_type:str}", needs=Permission.COMPANIES_READ)
    async def export(self, request: AnyRequest, actor: NamedDependency[Actor], file_type: FromPath[FileType]) -> Stream:
        """What the list shows, all of it, as a file."""
        return await export_list(COMPANIES, actor, request.query_params, file_type, now=clock.now())

    @get("/new", needs=Permission.COMPANIES_WRITE)
    async def show_new(self, actor: NamedDependency[Actor]) -> Page:
        """An empty company form."""
        return Page(EDIT, form=empty_form(CompanyForm, currency="EUR"), company=None, **await _choices(actor))

    @post("/new", needs=Permission.COMPANIES_WRITE)
    async def create(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page | Redirect:
        """Take a company into the programme."""
        form = typed_form(request, CompanyForm)
        with form.refusals():
            company_id = await service.create_company(actor, form.data.profile(), now=clock.now(), today=_today())
            return Redirect(f"/partners/companies/{company_id}", said=_("The partner is in the programme."))
        return Page(EDIT, form=form, company=None, status_code=422, **await _choices(actor))

    @get("/{company_id:uuid}", needs=Permission.COMPANIES_READ)
    async def show(self, actor: NamedDependency[Actor], company_id: FromPath[UUID]) -> Page:
        """One company."""
        return Page(SHOW, **await _record(actor, company_id))

    @get("/{company_id:uuid}/edit", needs=Permission.COMPANIES_WRITE)
    async def show_edit(self, actor: NamedDependency[Actor], company_id: FromPath[UUID]) -> Page:
        """The form with what stands now."""
        company = await queries.get_company(actor, company_id)
        form = await _filled(actor, company)
        return Page(EDIT, form=form, company=company, **await _choices(actor))

    @post("/{company_id:uuid}/edit", needs=Permission.COMPANIES_WRITE)
    async def change(
        self, request: AnyRequest, actor: NamedDependency[Actor], company_id: FromPath[UUID]
    ) -> Page | Redirect:
        """Write the profile anew."""
        company = await queries.get_company(actor, company_id)
        form = typed_form(request, CompanyForm)
        with form.refusals():
            await service.change_company(actor, company_id, form.data.profile(), now=clock.now())
            return Redirect(f"/partners/companies/{company_id}", said=_("Saved."))
        return Page(EDIT, form=form, company=company, status_code=422, **await _choices(actor))

    @post("/{company_id:uuid}/parent", needs=Permission.COMPANIES_WRITE)
    async def set_parent(
        self, request: AnyRequest, actor: NamedDependency[Actor], company_id: FromPath[UUID]
    ) -> Redirect:
        """Put it under a distributor from a day on."""
        data = typed_form(request, ParentForm).data
        await service.set_parent(actor, company_id, data.parent, since=data.since, now=clock.now())
        return Redirect(f"/partners/companies/{company_id}", said=_("Saved."))

    @post("/{company_id:uuid}/status", needs=Permission.COMPANIES_WRITE)
    async def set_status(
        self, request: AnyRequest, actor: NamedDependency[Actor], company_id: FromPath[UUID]
    ) -> Redirect:
        """Suspend, terminate or take back."""
        data = typed_form(request, StatusForm).data
        await service.set_status(actor, company_id, data.status, note=data.note, now=clock.now())
        return Redirect(f"/partners/companies/{company_id}", said=_("Saved."))


async def _filled(actor: Actor, company: dict[str, Any]) -> Typed[CompanyForm]:
    [territories] = await ask_together(actor, queries.territories_of(actor, company["id"]))
    lines = "\n".join(f"{country}-{region}" if region else country for country, region in territories)
    shown = company | {"languages": ", ".join(company["languages"]), "territories": lines}
    return empty_form(CompanyForm, **{name: shown[name] for name in CompanyForm.model_fields})


class OwnCompanyPages(Controller):
    """A partner's own company."""

    path = "/company"

    @get("/", needs=Permission.COMPANY_READ)
    async def show(self, actor: NamedDependency[Actor]) -> Page:
        """The profile as the programme has it."""
        if actor.partner_id is None:
            raise NotFound
        record = await _record(actor, actor.partner_id)
        return Page(OWN, form=_own_form(record["company"]), **record)

    @post("/", needs=Permission.COMPANY_WRITE)
    async def change(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page | Redirect:
        """Save what is the partner's own to say."""
        if actor.partner_id is None:
            raise NotFound
        form = typed_form(request, OwnProfileForm)
        with form.refusals():
            values = form.data.model_dump() | {"languages": form.data.languages.replace(",", " ").split()}
            await service.change_own_profile(actor, values, now=clock.now())
            return Redirect("/company", said=_("Saved."))
        return Page(OWN, form=form, status_code=422, **await _record(actor, actor.partner_id))


def _own_form(company: dict[str, Any]) -> Typed[OwnProfileForm]:
    return empty_form(
        OwnProfileForm, local_name=company["local_name"], domain=company["domain"], phone=company["phone"],
        languages=", ".join(company["languages"]),
    )  # fmt: skip


class CompanyApi(Controller):
    """Partner companies as JSON."""

    path = "/api/v1/partners/companies"
    tags = ("partners",)

    @get("/", needs=Permission.COMPANIES_READ)
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> ItemPage:
        """A page of companies and the cursor of the next."""
        return await list_items(COMPANIES, actor, request.query_params, now=clock.now())

    @get("/{company_id:uuid}", needs=Permission.COMPANIES_READ)
    async def show(self, actor: NamedDependency[Actor], company_id: FromPath[UUID]) -> dict[str, Any]:
        """One company."""
        return _public(await queries.get_company(actor, company_id))

    @post("/", needs=Permission.COMPANIES_WRITE)
    async def create(self, actor: NamedDependency[Actor], data: JSONBody[CompanyBody]) -> dict[str, Any]:
        """Take a company into the programme."""
        company_id = await service.create_company(actor, data.profile(), now=clock.now(), today=_today())
        return _public(await queries.get_company(actor, company_id))

    @put("/{company_id:uuid}", needs=Permission.COMPANIES_WRITE)
    async def change(
        self, actor: NamedDependency[Actor], company_id: FromPath[UUID], data: JSONBody[CompanyBody]
    ) -> dict[str, Any]:
        """Write the profile anew."""
        await service.change_company(actor, company_id, data.profile(), now=clock.now())
        return _public(await queries.get_company(actor, company_id))


def _public(company: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in company.items() if name not in ("search", "sort_name")}
