"""A right request to every route that writes: what it sends, what it records, and which tables it is about."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from partners.companies.entitlements import DEFAULT as TIERS
from tests.security.objects import SOME_DAY, TAG, Ids
from tests.security.policy import SELLS, who


@dataclass(frozen=True, slots=True)
class Asker:
    """For whom a request is made out, and about whose object."""

    role: str
    ids: Ids
    owner: str

    @property
    def is_partner(self) -> bool:
        """Whether it is a partner's person."""
        return self.role.islower()


Fields = Mapping[str, Any]
Make = Callable[[Asker], Fields]


@dataclass(frozen=True, slots=True)
class Sample:
    """One right request."""

    make: Make
    events: tuple[str, ...] = ()
    """What it records, in order; nothing only where no record changes that has a history."""
    tables: tuple[str, ...] = ()
    """Whose columns it must not let through beyond its own fields."""
    who: frozenset[str] | None = None
    """Who may send exactly this, where the route takes several things that need different rights."""
    on: str = ""
    """The kind of object it can be done to, where it is another than the row's."""
    words: Mapping[str, str] | None = None
    refused: frozenset[str] = frozenset()
    name: str = ""


def _is(**fields: Any) -> Make:
    return lambda _asker: fields


COMPANY: Final = {"legal_name": "Novum GmbH", "country": "DE", "currency": "EUR", "kinds": ["reseller"]}
CUSTOMER: Final = {"legal_name": "Kaltenberg AG", "country": "DE"}
NEW_DEAL: Final = {"currency": "EUR", "customer": "Kaltenberg AG", "card": "new", "country": "DE"}
_DRAFT: Final = ("card.created", "deal.drafted")
_VENDOR, _SELLS = who("MANAGER"), SELLS
_CARDS, _CONTACTS = ("partners_customer_card",), ("partners_card_contact",)
_DEALS: Final = ("partners_deal", "partners_deal_line")
_COMPANIES: Final = ("partners_company",)
_PAIRS, _MERGES = ("partners_account_pair",), ("partners_account_alias",)


def _merging(path: str, verb: str) -> dict[str, tuple["Sample", ...]]:
    """What is sent about accounts that are one customer, the same by page and by API."""
    return {
        f"POST {path}/review/{{pair_id:uuid}}": (
            Sample(_is(verb="different"), ("account.told_apart",), _PAIRS),
            Sample(_is(verb="later"), ("account.put_off",), _PAIRS, name="later"),
            Sample(_is(verb="same"), ("card.linked",), _PAIRS, name="same"),
        ),
        f"POST {path}/merge-requests/{{request_id:uuid}}": (
            Sample(_is(verb="refuse"), ("account.merge_refused",), ("partners_merge_request",)),
            Sample(_is(verb="again"), ("account.merged",), ("partners_merge_request",), name="again"),
        ),
        f"POST {path}/{{account_id:uuid}}/{verb}": (
            Sample(lambda a: {"account": a.ids["an_account"]}, ("account.merged",), _MERGES),
        ),
        f"POST {path}/merges/{{alias_id:uuid}}/undo": (Sample(_is(), ("account.merge_undone",), _MERGES),),
    }


def _tagging(path: str, field: str) -> dict[str, tuple["Sample", ...]]:
    """Tags put on and taken off."""
    return {
        f"POST {path}/{{account_id:uuid}}/tags": (Sample(_is(**{field: "Key account"}), ("account.tagged",), _TAGS),),
        f"POST {path}/{{account_id:uuid}}/tags/remove": (Sample(_is(name=TAG), ("account.untagged",), _TAGS),),
    }


def _conflict(path: str, agreed: str, said: str) -> dict[str, tuple["Sample", ...]]:
    """What is sent to decide a conflict; by page some fields are called otherwise."""

    def decision(asker: Asker) -> Fields:
        return {"winner": asker.ids["conflict_claim"], "ground": "judgement", "note": "First.", "words": "Known."}

    def agreement(asker: Asker) -> Fields:
        both = {"lead": asker.ids["conflict_claim"], "joining": asker.ids["conflict_rival"]}
        noted = "note" if agreed == "words" else "agreed_note"
        return both | {"lead_percent": 60, "joining_percent": 40, agreed: "Join.", noted: "By phone."}

    def choice(asker: Asker) -> Fields:
        return {"claim": asker.ids["conflict_claim"], said: "They want this one."}

    return {
        f"POST {path}/{{conflict_id:uuid}}/decision": (
            Sample(decision, ("deal.taken", "deal.rejected", "conflict.decided"), _DECIDED),
        ),
        f"POST {path}/{{conflict_id:uuid}}/agreement": (
            Sample(agreement, ("deal.role_agreed", "conflict.decided"), _AGREED),
        ),
        f"POST {path}/{{conflict_id:uuid}}/choice": (Sample(choice, ("conflict.choice_recorded",), _DECIDED),),
        f"POST {path}/{{conflict_id:uuid}}/withdrawal": (
            Sample(_is(), ("conflict.award_withdrawn",), ("partners_conflict_award",)),
        ),
    }


def _opportunity(asker: Asker) -> Fields:
    return {"account": asker.ids["an_account"], "amount": "100", **_NORTH}


def _opportunity_body(asker: Asker) -> Fields:
    return {"account": asker.ids["an_account"], "product": asker.ids["a_product"], "amount_minor": 100, **_NORTH}


_NORTH: Final = {
    "name": "North", "currency": "EUR", "source": "Fair", "notes": "Two sites.",
    "expected_close_on": SOME_DAY.isoformat(),
}  # fmt: skip


_DIRECT: Final = ("partners_opportunity",)
_DECIDED: Final = ("partners_conflict", "partners_conflict_claim", "partners_conflict_decision")
_AGREED: Final = (*_DECIDED, "partners_conflict_agreement")
_TAGS: Final = ("partners_account_tag", "partners_tag")
ROBOT: Final = {"name": "Team DACH", "kind": "slack", "address": "https://robots.example/x", "events": ["deal.won"]}
_ROBOTS: Final = ("robots_robot",)
_SEGMENTS: Final = ("segments_segment",)
SEGMENT: Final = {"list": "accounts", "name": "Small ones", "query": "size=10-49"}
_POLICIES: Final = ("policies_version",)
_CALENDARS: Final = ("calendars_calendar", "calendars_day")
CALENDAR_CHANGE: Final = {"name": "Munich", "country": "DE", "mon": "09:00-12:30, 13:30-18:00"}
CALENDAR: Final = CALENDAR_CHANGE | {"code": "munich"}


def _person(asker: Asker) -> Fields:
    return {"email": "new@test.example", "name": "Nina New", "locale": "en", "roles": [_role(asker)]}


def _role(asker: Asker) -> str:
    return "partner_marketing" if asker.is_partner else "marketing"


def _roles_of_object(asker: Asker) -> Fields:
    """The person of the sample works for a partner, whoever asks."""
    return {"roles": ["partner_marketing"] if asker.ids else []}


def _edit_draft(asker: Asker) -> Fields:
    return {"do": "save", "currency": "EUR", "card": asker.ids["card"], "customer": "x", "notes": "Two sites."}


def _put_draft(asker: Asker) -> Fields:
    return {"currency": "EUR", "card": asker.ids["card"], "notes": "Two sites."}


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


def _move(verb: str, event: str, roles: frozenset[str], on: str, **more: Any) -> Sample:
    return Sample(_is(verb=verb, **more), (event,), _DEALS, roles, on, name=verb)


MOVES: Final = (
    _move("take", "deal.taken", _VENDOR, "deal"),
    _move("withdraw", "deal.withdrawn", _SELLS, "deal", note="Not now."),
    _move("approve", "deal.approved", _VENDOR, "review"),
    _move("ask", "deal.asked", _VENDOR, "review", note="Who decides?", asked=["contact"]),
    _move("reject", "deal.rejected", _VENDOR, "review", code="duplicate", note="Registered already."),
    _move("answer", "deal.answered", _SELLS, "asked", note="Dr. Huber decides."),
    _move("appeal", "deal.appealed", _SELLS, "rejected", note="Dr. Huber has changed his mind."),
)
_EXTENSIONS: Final = ("partners_deal", "partners_deal_extension")
EXTENSION: Final = (Sample(_is(days=30, note="They decide in March."), ("deal.extension_requested",), _EXTENSIONS),)
EXTENSION_MOVES: Final = (
    Sample(_is(verb="grant"), ("deal.extended",), _EXTENSIONS, _VENDOR, name="grant"),
    Sample(_is(verb="refuse", note="No."), ("deal.extension_refused",), _EXTENSIONS, _VENDOR, name="refuse"),
    Sample(_is(verb="take_back"), ("deal.extension_closed",), _EXTENSIONS, _SELLS, name="take_back"),
)


def _absence(last: str, by: int) -> Make:
    """From some day on, for a week, covered by somebody of all roles."""
    end = (SOME_DAY + timedelta(days=by)).isoformat()
    return lambda asker: {"since": SOME_DAY.isoformat(), last: end, "cover": asker.ids["a_colleague_of_all"]}


_ABSENCES: Final = ("absences_absence",)
STEPS: Final = (
    Sample(_is(verb="approve"), ("deal.step_approved",), ("partners_deal_step",), name="agree"),
    Sample(
        _is(verb="reject", code="other", note="Below cost."), ("deal.rejected",), ("partners_deal_step",), name="reject"
    ),
)
_AMENDMENTS: Final = ("partners_deal", "partners_deal_amendment")
AMENDMENT_MOVES: Final = (
    Sample(_is(verb="accept"), ("deal.amended",), _AMENDMENTS, _VENDOR, name="accept"),
    Sample(_is(verb="refuse", note="No."), ("deal.amendment_refused",), _AMENDMENTS, _VENDOR, name="refuse"),
    Sample(_is(verb="take_back"), ("deal.amendment_closed",), _AMENDMENTS, _SELLS, name="take_back"),
)
_PROPOSED: Final = ("deal.amendment_requested",)


def _amend(asker: Asker) -> Fields:
    return {
        "do": "save", "currency": "EUR", "product_1": f"A ({asker.ids['a_sku']})", "quantity_1": "3",
        "expected_close_on": SOME_DAY.isoformat(), "note": "Fewer sites.",
    }  # fmt: skip


def _amend_body(asker: Asker) -> Fields:
    lines = [{"product": asker.ids["product"], "quantity": 3, "unit_price_minor": 10_000}]
    return {"lines": lines, "expected_close_on": SOME_DAY.isoformat(), "note": "Fewer sites."}


CONSENT: Final = (Sample(_is(), ("approval.requested",), ("approvals_request", "partners_deal_price_consent")),)
REVOCATION: Final = (
    Sample(
        _is(code="inactive", note="Nothing was done since May."), ("approval.requested",),
        ("approvals_request", "partners_deal_revocation"),
    ),
)  # fmt: skip


def _hand_over(asker: Asker) -> Fields:
    return {
        "taker": asker.ids["distributor"], "reason": "leaves", "giver_words": "As agreed.", "taker_words": "Call them.",
    }  # fmt: skip


_HANDED: Final = ("approvals_request", "partners_deal_handover")
HANDOVER: Final = (Sample(_hand_over, ("approval.requested",), _HANDED),)
HANDOVER_FORM: Final = (Sample(lambda a: {**_hand_over(a), "taker_text": "Delta"}, ("approval.requested",), _HANDED),)
STAGES: Final = (
    _move("qualify", "deal.stage_moved", _SELLS, "deal"),
    _move("lose", "deal.lost", _SELLS, "deal", code="price"),
    _move("win", "deal.won", _SELLS, "approved"),
)
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
_REGISTER: Final = NEW_DEAL | {"do": "draft"}
_REGISTER_BODY: Final = {"currency": "EUR", "customer": {"name": "Kaltenberg AG", "country": "DE"}}

SAMPLES: Final[dict[str, tuple[Sample, ...]]] = {
    "POST /language": (Sample(_is(locale="en")),),
    "POST /sign-out": (Sample(_is()),),
    "POST /sign-out-everywhere": (Sample(_is()),),
    "POST /sign-in": (Sample(_is(email="pia@test.example", password="four brisk herons")),),
    "POST /forgot": (Sample(_is(email="pia@test.example")),),
    "POST /welcome/{token:str}": (Sample(_is(password="four brisk herons", again="four brisk herons")),),
    "POST /profile": (Sample(_is(name="Other Name", locale="en"), ("profile.changed",), ("identity_person",)),),
    "POST /profile/membership": (Sample(lambda asker: {"membership": asker.ids["self"]}),),
    # People.
    "POST /people/new": (Sample(_person, ("membership.invited",), ("identity_person", "identity_membership")),),
    "POST /people/{membership_id:uuid}/roles": (
        Sample(_roles_of_object, ("membership.roles_changed",), ("identity_membership",)),
    ),
    "POST /people/{membership_id:uuid}/end": (
        Sample(lambda a: {"successor": a.ids["colleague"]}, ("membership.ended",), ("identity_membership",)),
    ),
    "POST /api/v1/people": (Sample(_person, ("membership.invited",), ("identity_person", "identity_membership")),),
    # Companies.
    "POST /partners/companies/new": (Sample(_is(**COMPANY), ("company.created",), _COMPANIES),),
    "POST /partners/companies/{company_id:uuid}/edit": (Sample(_is(**COMPANY), ("company.changed",), _COMPANIES),),
    "POST /partners/companies/{company_id:uuid}/parent": (
        Sample(lambda a: {"parent": a.ids["distributor"], "since": "2026-11-18"}, ("company.parent_set",), _COMPANIES),
    ),
    "POST /partners/companies/{company_id:uuid}/status": (
        Sample(_is(status="suspended", note="Unpaid."), ("company.status_set",), _COMPANIES),
    ),
    "POST /company": (Sample(_is(domain="alpha.example", phone="1"), ("company.changed",), _COMPANIES),),
    "POST /api/v1/partners/companies": (Sample(_is(**COMPANY), ("company.created",), _COMPANIES),),
    "PUT /api/v1/partners/companies/{company_id:uuid}": (Sample(_is(**COMPANY), ("company.changed",), _COMPANIES),),
    # Deals.
    "POST /partners/deals/paste": (Sample(_is(do="read", text="Kaltenberg AG\tDE\tS-1")),),
    "POST /partners/deals/new": (Sample(_is(**_REGISTER), _DRAFT, _DEALS),),
    "POST /partners/deals/{deal_id:uuid}/edit": (Sample(_edit_draft, ("deal.edited",), _DEALS, on="draft"),),
    "POST /partners/deals/{deal_id:uuid}/moves": MOVES,
    "POST /partners/deals/{deal_id:uuid}/stage": STAGES,
    "POST /partners/deals/{deal_id:uuid}/extension": EXTENSION,
    "POST /partners/deals/{deal_id:uuid}/extension/moves": EXTENSION_MOVES,
    "POST /api/v1/partners/deals/{deal_id:uuid}/extension": EXTENSION,
    "POST /api/v1/partners/deals/{deal_id:uuid}/extension/moves": EXTENSION_MOVES,
    "POST /partners/deals/{deal_id:uuid}/amendment": (Sample(_amend, _PROPOSED, _AMENDMENTS),),
    "POST /partners/deals/{deal_id:uuid}/amendment/moves": AMENDMENT_MOVES,
    "POST /api/v1/partners/deals/{deal_id:uuid}/amendment": (Sample(_amend_body, _PROPOSED, _AMENDMENTS),),
    "POST /api/v1/partners/deals/{deal_id:uuid}/amendment/moves": AMENDMENT_MOVES,
    "POST /partners/deals/{deal_id:uuid}/price-consent": CONSENT,
    "POST /api/v1/partners/deals/{deal_id:uuid}/price-consent": CONSENT,
    "POST /partners/deals/{deal_id:uuid}/revocation": REVOCATION,
    "POST /api/v1/partners/deals/{deal_id:uuid}/revocation": REVOCATION,
    "POST /partners/deals/{deal_id:uuid}/handover": HANDOVER_FORM,
    "POST /api/v1/partners/deals/{deal_id:uuid}/handover": HANDOVER,
    "POST /api/v1/partners/deals": (Sample(_is(**_REGISTER_BODY), _DRAFT, _DEALS),),
    "PUT /api/v1/partners/deals/{deal_id:uuid}": (Sample(_put_draft, ("deal.edited",), _DEALS, on="draft"),),
    "POST /api/v1/partners/deals/{deal_id:uuid}/moves": MOVES,
    "POST /partners/deals/{deal_id:uuid}/steps": STEPS,
    "POST /absences": (Sample(_absence("last", 6), ("absence.noted",), _ABSENCES),),
    "POST /api/v1/absences": (Sample(_absence("until", 7), ("absence.noted",), _ABSENCES),),
    "POST /absences/{absence_id:uuid}/end": (Sample(_is(), ("absence.ended",), _ABSENCES),),
    "POST /api/v1/absences/{absence_id:uuid}/end": (Sample(_is(), ("absence.ended",), _ABSENCES),),
    "POST /api/v1/partners/deals/{deal_id:uuid}/steps": STEPS,
    "POST /api/v1/partners/deals/{deal_id:uuid}/stage": STAGES,
    # Customers.
    "POST /partners/cards/new": (Sample(_is(**CUSTOMER), ("card.created",), _CARDS),),
    "POST /partners/cards/{card_id:uuid}/edit": (Sample(_is(**CUSTOMER), ("card.changed",), _CARDS),),
    "POST /partners/cards/{card_id:uuid}/contacts/new": (
        Sample(_is(name="Anke Petersen"), ("card.contact_added",), _CONTACTS),
    ),
    "POST /partners/cards/contacts/{contact_id:uuid}": (
        Sample(_is(name="Anke Paulsen"), ("card.contact_changed",), _CONTACTS),
    ),
    "POST /partners/cards/contacts/{contact_id:uuid}/remove": (Sample(_is(), ("card.contact_removed",), _CONTACTS),),
    "POST /partners/cards/{card_id:uuid}/link": (
        Sample(lambda a: {"account": a.ids["an_account"]}, ("card.linked",), ("partners_card_link",)),
    ),
    "POST /partners/cards/{card_id:uuid}/account": (
        Sample(_is(), ("account.created", "card.linked"), ("partners_card_link", "partners_account")),
    ),
    "POST /partners/cards/{card_id:uuid}/unlink": (
        Sample(_is(), ("card.unlinked",), ("partners_card_link",), on="linked_card"),
    ),
    "POST /partners/accounts/new": (Sample(_is(**CUSTOMER), ("account.created",), ("partners_account",)),),
    "POST /partners/accounts/{account_id:uuid}/edit": (
        Sample(_is(**CUSTOMER), ("account.changed",), ("partners_account",)),
    ),
    "POST /api/v1/partners/cards": (Sample(_is(**CUSTOMER), ("card.created",), _CARDS),),
    "PUT /api/v1/partners/cards/{card_id:uuid}": (Sample(_is(**CUSTOMER), ("card.changed",), _CARDS),),
    "POST /api/v1/partners/cards/{card_id:uuid}/contacts": (
        Sample(_is(name="Anke Petersen"), ("card.contact_added",), _CONTACTS),
    ),
    "PUT /api/v1/partners/cards/contacts/{contact_id:uuid}": (
        Sample(_is(name="Anke Paulsen"), ("card.contact_changed",), _CONTACTS),
    ),
    "DELETE /api/v1/partners/cards/contacts/{contact_id:uuid}": (Sample(_is(), ("card.contact_removed",)),),
    "PUT /api/v1/partners/cards/{card_id:uuid}/link": (
        Sample(lambda a: {"account": a.ids["an_account"]}, ("card.linked",), ("partners_card_link",)),
    ),
    "DELETE /api/v1/partners/cards/{card_id:uuid}/link": (Sample(_is(), ("card.unlinked",), on="linked_card"),),
    "POST /api/v1/partners/cards/{card_id:uuid}/account": (Sample(_is(), ("account.created", "card.linked")),),
    **_merging("/partners/accounts", "merge"),
    **_merging("/api/v1/partners/accounts", "merges"),
    "POST /api/v1/partners/accounts": (Sample(_is(**CUSTOMER), ("account.created",), ("partners_account",)),),
    "PUT /api/v1/partners/accounts/{account_id:uuid}": (
        Sample(_is(**CUSTOMER), ("account.changed",), ("partners_account",)),
    ),
    **_tagging("/partners/accounts", "tag_text"),
    **_tagging("/api/v1/partners/accounts", "name"),
    "POST /notices/read": (Sample(lambda a: {"notice": [a.ids["notice"]]}, tables=("notices_notice",)),),
    "POST /notices/{notice_id:uuid}/open": (Sample(_is(), tables=("notices_notice",)),),
    "POST /notices/{notice_id:uuid}/read": (Sample(_is(), tables=("notices_notice",)),),
    "POST /notices/choices": (Sample(_is(do="asks"), tables=("notices_choice",)),),
    "POST /api/v1/notices/read": (Sample(lambda a: {"ids": [a.ids["notice"]]}, tables=("notices_notice",)),),
    "POST /api/v1/notices/{notice_id:uuid}/read": (Sample(_is(), tables=("notices_notice",)),),
    "PUT /api/v1/notices/choices": (Sample(_is(mail={}), tables=("notices_choice",)),),
    "POST /act/{token:str}": (Sample(_is(note="Yes.")),),
    "POST /partners/opportunities/new": (Sample(_opportunity, ("opportunity.recorded",), _DIRECT),),
    "POST /partners/opportunities/{opportunity_id:uuid}/edit": (
        Sample(_opportunity, ("opportunity.changed",), _DIRECT),
    ),
    "POST /partners/opportunities/{opportunity_id:uuid}/close": (
        Sample(_is(verb="won"), ("opportunity.closed",), _DIRECT),
    ),
    "POST /api/v1/partners/opportunities": (Sample(_opportunity_body, ("opportunity.recorded",), _DIRECT),),
    "PUT /api/v1/partners/opportunities/{opportunity_id:uuid}": (
        Sample(_opportunity_body, ("opportunity.changed",), _DIRECT),
    ),
    "POST /api/v1/partners/opportunities/{opportunity_id:uuid}/close": (
        Sample(_is(verb="won"), ("opportunity.closed",), _DIRECT),
    ),
    **_conflict("/partners/conflicts", "agreed_words", "said"),
    **_conflict("/api/v1/partners/conflicts", "words", "words"),
    "POST /settings/robots/new": (Sample(_is(**ROBOT), ("robot.registered",), _ROBOTS),),
    "POST /settings/robots/{robot_id:uuid}/edit": (Sample(_is(**ROBOT), ("robot.changed",), _ROBOTS),),
    "POST /settings/robots/{robot_id:uuid}/moves": (Sample(_is(verb="pause"), ("robot.paused",), _ROBOTS),),
    "POST /api/v1/settings/robots": (Sample(_is(**ROBOT), ("robot.registered",), _ROBOTS),),
    "PUT /api/v1/settings/robots/{robot_id:uuid}": (Sample(_is(**ROBOT), ("robot.changed",), _ROBOTS),),
    "POST /api/v1/settings/robots/{robot_id:uuid}/moves": (Sample(_is(verb="test"), ("robot.tested",), _ROBOTS),),
    "POST /segments": (Sample(_is(**SEGMENT, shared="yes"), ("segment.saved",), _SEGMENTS),),
    "POST /segments/{segment_id:uuid}/sharing": (Sample(_is(shared="no"), ("segment.unshared",), _SEGMENTS),),
    "POST /segments/{segment_id:uuid}/remove": (Sample(_is(), ("segment.removed",)),),
    "POST /api/v1/segments": (Sample(_is(**SEGMENT), ("segment.saved",), _SEGMENTS),),
    "POST /api/v1/segments/{segment_id:uuid}/sharing": (Sample(_is(shared=False), ("segment.unshared",), _SEGMENTS),),
    "DELETE /api/v1/segments/{segment_id:uuid}": (Sample(_is(), ("segment.removed",)),),
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


def samples_of(route: str) -> Iterable[Sample | None]:
    """The right requests of a route; one None for a route that only reads."""
    return SAMPLES.get(route, (None,))
