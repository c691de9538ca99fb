"""Right requests about what follows from sales, and about products, calendars and policies."""

from typing import Any, Final

from partners.companies.entitlements import DEFAULT as TIERS
from tests.security.installed import SOME_DAY
from tests.security.sample import _SELLS, _VENDOR, Asker, Fields, Make, Sample, _is

_POLICIES: Final = ("policies_version",)
_CALENDARS: Final = ("calendars_calendar", "calendars_day")
CALENDAR_CHANGE: Final = {"name": "Munich", "country": "DE", "mon": "09:00-12:30, 13:30-18:00"}
CALENDAR: Final = CALENDAR_CHANGE | {"code": "munich"}


def _kind_of_file(asker: Asker) -> str:
    return {"FINANCE": "revenue", "ADMIN": "companies"}.get(asker.role, "accounts")


def _file(asker: Asker) -> Fields:
    return {"kind": _kind_of_file(asker), "source_system": "crm", "text": "Account ID,Company,Country\nA-9,Acme,DE\n"}


def _tiers_form() -> dict[str, Any]:
    fields: dict[str, Any] = {"effective_from": SOME_DAY.isoformat(), "note": "Better"}
    for number, one in enumerate(TIERS.model_dump(mode="json")["tiers"]):
        fields |= {f"tiers.{number}.{name}": value for name, value in one.items()}
    return fields


TIERS_FORM: Final = _tiers_form()
TIERS_BODY: Final = {"body": TIERS.model_dump(mode="json"), "effective_from": SOME_DAY.isoformat(), "note": "Better"}
MAPPING: Final = {"columns": {"source_id": "Account ID", "legal_name": "Company", "country": "Country"}}
MAPPING_FORM: Final = {f"column-{name}": column for name, column in MAPPING["columns"].items()} | {"do": "check"}
PRODUCT: Final = {"sku": "N-1", "name": "Novum", "list_price": "10", "list_price_currency": "EUR", "active": "yes"}
GROUP: Final = {"code": "novum", "name": "Novum"}


def _product(asker: Asker) -> Fields:
    return PRODUCT | {"group": asker.ids["a_group"]}


def _product_body(asker: Asker) -> Fields:
    price = {"minor": 1000, "currency": "EUR"}
    return {"sku": "N-1", "name": "Novum", "list_price": price, "group": asker.ids["a_group"]}


def _decision(asker: Asker) -> Fields:
    return {"verb": "approve", "content_sha256": asker.ids.get(f"digest_{asker.owner}", "0" * 64)}


_CLAIMS: Final = ("attribution_claim",)
_SOURCES: Final = ("attribution_source_node",)
_VISITOR_LINKS: Final = ("attribution_visitor_link",)


def _claim_move(verb: str, event: str, roles: frozenset[str], on: str, **more: Any) -> Sample:
    return Sample(_is(verb=verb, **more), (event,), _CLAIMS, roles, on, name=verb)


CLAIM_MOVES: Final = (
    _claim_move("submit", "claim.submitted", _SELLS, "claim_draft"),
    _claim_move("withdraw", "claim.withdrawn", _SELLS, "claim"),
    _claim_move("take", "claim.taken", _VENDOR, "claim"),
    _claim_move("approve", "claim.approved", _VENDOR, "claim_review"),
    _claim_move("ask", "claim.asked", _VENDOR, "claim_review", note="Who was there?"),
    _claim_move("reject", "claim.rejected", _VENDOR, "claim_review", code="no_evidence", note="No trace of it."),
    _claim_move("answer", "claim.answered", _SELLS, "claim_asked", note="Dr. Huber."),
)


def _claim(**more: Any) -> Make:
    fields = {"motion": "build", "kind": "training", "occurred_on": "2026-11-01", **more}
    return lambda asker: {**fields, "card": asker.ids["card"]}


def _unmapped(path: str) -> dict[str, tuple[Sample, ...]]:
    """Saying what words mean and taking it back, the same by page and by API."""
    meaning = {"meaning": "node"}
    return {
        f"POST {path}": (
            Sample(
                lambda a: meaning | {"words": [a.ids["words"]], "target": a.ids["a_source"]},
                ("source.mapped",), _SOURCES,
            ),
        ),
        f"POST {path}/undo": (
            Sample(lambda a: {"words": [a.ids["mapped_words"]]}, ("source.unmapped",), _SOURCES),
        ),
    }  # fmt: skip


def _attach(asker: Asker) -> Fields:
    return {"account": asker.ids["an_account"]}


_ATTACH: Final = (Sample(_attach, ("visitor.attached",), _VISITOR_LINKS),)
_DETACH: Final = (Sample(_is(), ("visitor.detached",), _VISITOR_LINKS),)


ATTRIBUTED: Final[dict[str, tuple[Sample, ...]]] = {
    # Claims, the words of sources, and visitors.
    "POST /claims/new": (Sample(_claim(do="draft"), ("claim.drafted",), _CLAIMS),),
    "POST /claims/{claim_id:uuid}/edit": (Sample(_claim(do="save"), ("claim.edited",), _CLAIMS),),
    "POST /claims/{claim_id:uuid}/moves": CLAIM_MOVES,
    "POST /api/v1/claims": (Sample(_claim(), ("claim.drafted",), _CLAIMS),),
    "PUT /api/v1/claims/{claim_id:uuid}": (Sample(_claim(), ("claim.edited",), _CLAIMS),),
    "POST /api/v1/claims/{claim_id:uuid}/moves": CLAIM_MOVES,
    **_unmapped("/touchpoints/unmapped"),
    **_unmapped("/api/v1/touchpoints/unmapped"),
    "POST /visits": (Sample(_is(visitor="a" * 32, consent="true")),),
    "POST /visits/{visitor_id:uuid}/attach": _ATTACH,
    "POST /visits/{visitor_id:uuid}/detach": _DETACH,
    "PUT /api/v1/visits/{visitor_id:uuid}/account": _ATTACH,
    "DELETE /api/v1/visits/{visitor_id:uuid}/account": _DETACH,
    # Runs.
    "POST /runs": (Sample(_is(), ("run.requested",), ("attribution_run",)),),
    "POST /api/v1/runs": (Sample(_is(), ("run.requested",), ("attribution_run",)),),
    "POST /runs/{run_id:uuid}/reproduce": (Sample(_is(verb="reproduce"), ("run.reproduction_requested",)),),
    "POST /api/v1/runs/{run_id:uuid}/reproduce": (Sample(_is(), ("run.reproduction_requested",)),),
    # The ledger's months.
    "POST /commissions/periods/{month:str}/close": (
        Sample(_is(verb="close"), ("period.closed",), ("ledger_period", "ledger_entry")),
    ),
    "POST /api/v1/commissions/periods/{month:str}/close": (
        Sample(_is(), ("period.closed",), ("ledger_period", "ledger_entry")),
    ),
    "POST /commissions/runs/{run_id:uuid}": (Sample(_is(verb="adopt"), ("run.adopted",), ("core_event",)),),
    "POST /api/v1/commissions/runs/{run_id:uuid}": (Sample(_is(), ("run.adopted",), ("core_event",)),),
    # Imports.
    "POST /imports/new": (Sample(_file, ("import.uploaded",), ("imports_job",)),),
    "POST /imports/{import_id:uuid}/mapping": (Sample(_is(**MAPPING_FORM), ("import.mapped",), ("imports_job",)),),
    "POST /imports/{import_id:uuid}/reading": (Sample(_is(header="yes"), ("import.read_anew",), ("imports_job",)),),
    "POST /imports/{import_id:uuid}/resume": (Sample(_is(), ("import.resumed",), on="running_import"),),
    "POST /api/v1/imports": (Sample(_file, ("import.uploaded",), ("imports_job",)),),
    "PUT /api/v1/imports/{import_id:uuid}/mapping": (Sample(_is(**MAPPING), ("import.mapped",), ("imports_job",)),),
    "POST /api/v1/imports/{import_id:uuid}/start": (Sample(_is(), ("import.started",)),),
    "POST /api/v1/imports/{import_id:uuid}/resume": (Sample(_is(), ("import.resumed",), on="running_import"),),
    # Products.
    "POST /products/new": (Sample(_product, ("product.created",), ("partners_product",)),),
    "POST /products/{product_id:uuid}/edit": (Sample(_product, ("product.changed",), ("partners_product",)),),
    "POST /products/groups/new": (Sample(_is(**GROUP), ("product_group.saved",), ("partners_product_group",)),),
    "POST /products/groups/{group_id:uuid}/edit": (
        Sample(_is(**GROUP), ("product_group.saved",), ("partners_product_group",)),
    ),
    "POST /api/v1/products": (Sample(_product_body, ("product.created",), ("partners_product",)),),
    "PUT /api/v1/products/{product_id:uuid}": (Sample(_product_body, ("product.changed",), ("partners_product",)),),
    "POST /api/v1/products/groups": (Sample(_is(**GROUP), ("product_group.saved",), ("partners_product_group",)),),
    "PUT /api/v1/products/groups/{group_id:uuid}": (
        Sample(_is(**GROUP), ("product_group.saved",), ("partners_product_group",)),
    ),
    # Calendars.
    "POST /settings/calendars/new": (Sample(_is(**CALENDAR), ("calendar.created",), _CALENDARS),),
    "POST /settings/calendars/{calendar_id:uuid}/edit": (
        Sample(_is(**CALENDAR_CHANGE), ("calendar.changed",), _CALENDARS),
    ),
    "POST /settings/calendars/{calendar_id:uuid}/days": (
        Sample(_is(day="2026-12-24", works="no", note="Office closed"), ("calendar.days_set",), _CALENDARS),
    ),
    "POST /settings/calendars/days/{day_id:uuid}/remove": (Sample(_is(), ("calendar.day_removed",)),),
    "POST /api/v1/settings/calendars": (Sample(_is(**CALENDAR), ("calendar.created",), _CALENDARS),),
    "PUT /api/v1/settings/calendars/{calendar_id:uuid}": (
        Sample(_is(**CALENDAR_CHANGE), ("calendar.changed",), _CALENDARS),
    ),
    "POST /api/v1/settings/calendars/{calendar_id:uuid}/days": (
        Sample(_is(day="2026-12-24", works=False, note="Office closed"), ("calendar.days_set",), _CALENDARS),
    ),
    "DELETE /api/v1/settings/calendars/days/{day_id:uuid}": (Sample(_is(), ("calendar.day_removed",)),),
    # Policies and the second person.
    "POST /settings/policies/{key:str}/new": (Sample(_is(**TIERS_FORM), ("policy.drafted",), _POLICIES),),
    "POST /settings/policies/versions/{version_id:uuid}/edit": (
        Sample(_is(**TIERS_FORM), ("policy.changed",), _POLICIES),
    ),
    "POST /settings/policies/versions/{version_id:uuid}/submit": (Sample(_is(), ("approval.requested",)),),
    "POST /settings/policies/versions/{version_id:uuid}/take-back": (Sample(_is(), ("policy.taken_back",)),),
    "POST /api/v1/settings/policies/{key:str}": (Sample(_is(**TIERS_BODY), ("policy.drafted",), _POLICIES),),
    "PUT /api/v1/settings/policies/versions/{version_id:uuid}": (
        Sample(_is(**TIERS_BODY), ("policy.changed",), _POLICIES),
    ),
    "POST /api/v1/settings/policies/versions/{version_id:uuid}/submit": (Sample(_is(), ("approval.requested",)),),
    "POST /api/v1/settings/policies/versions/{version_id:uuid}/take-back": (Sample(_is(), ("policy.taken_back",)),),
    "POST /approvals/{request_id:uuid}": (
        Sample(_decision, ("policy.approved",), ("approvals_request", "policies_version")),
    ),
    "POST /api/v1/approvals/{request_id:uuid}/decision": (
        Sample(_decision, ("policy.approved",), ("approvals_request", "policies_version")),
    ),
}
