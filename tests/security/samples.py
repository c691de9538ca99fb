"""A right request to every route that writes: what it sends, what it records, and which tables it is about."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final

from tests.security.installed import SOME_DAY
from tests.security.objects import TAG
from tests.security.sample import _SELLS, _VENDOR, Asker, Fields, Make, Sample, _is
from tests.security.samples_attributed import ATTRIBUTED

COMPANY: Final = {"legal_name": "Novum GmbH", "country": "DE", "currency": "EUR", "kinds": ["reseller"]}
CUSTOMER: Final = {"legal_name": "Kaltenberg AG", "country": "DE"}
NEW_DEAL: Final = {"currency": "EUR", "customer": "Kaltenberg AG", "card": "new", "country": "DE"}
_DRAFT: Final = ("card.created", "deal.drafted")
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
    **ATTRIBUTED,
}


def samples_of(route: str) -> Iterable[Sample | None]:
    """The right requests of a route; one None for a route that only reads."""
    return SAMPLES.get(route, (None,))
