"""Where customers are found: a partner's cards, the vendor's accounts, and the link between the two."""

import json
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from partners.customers import doors, linking, queries, service, tags
from partners.customers.lists import ACCOUNTS, CARDS
from partners.customers.queries import Account, Card
from partners.customers.rules import SIZE_BANDS, country_choices, place_of
from partners.customers.schemas import AccountForm, BackForm, CardForm, ContactForm, LinkForm, TagForm, UntagForm
from partners.matching.scoring import REASON_LABELS
from portal.core import clock
from portal.core.actor import Actor
from portal.core.asking import ask_together
from portal.core.errors import Conflict, NotAllowed
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission, Side
from portal.core.web import navigation
from portal.core.web.export import FileType, export_list
from portal.core.web.forms import Typed, empty_form, typed_form
from portal.core.web.lists import list_page, parse
from portal.core.web.pages import Page, Redirect
from portal.core.web.visit import AnyRequest
from portal.history import queries as history
from portal.segments import queries as segments
from portal.segments.service import offer

PAGES: Final = "partners/customers/pages"
CARD_LIST: Final = f"{PAGES}/cards.html"
CARD_SHOW: Final = f"{PAGES}/card.html"
CARD_FORM: Final = f"{PAGES}/card_form.html"
CONTACT_FORM: Final = f"{PAGES}/contact_form.html"
LINK: Final = f"{PAGES}/link.html"
ACCOUNT_LIST: Final = f"{PAGES}/accounts.html"
ACCOUNT_FORM: Final = f"{PAGES}/account_form.html"

navigation.register(
    "customers", label=N_("Customers"), icon="building-store", href="/partners/cards", order=50,
    permission=Permission.CARDS_READ, side=Side.PARTNER,
)  # fmt: skip
navigation.register(
    "customers", label=N_("Customers"), icon="building-store", href="/partners/accounts", order=50,
    permission=Permission.ACCOUNTS_READ, side=Side.STAFF,
)  # fmt: skip

offer(ACCOUNTS, Permission.ACCOUNTS_READ)

history.tells(
    card__created=history.Wording(N_("wrote the customer down"), "plus"),
    card__changed=history.Wording(N_("changed the customer"), "pencil"),
    card__contact_added=history.Wording(N_("added a person"), "user-plus"),
    card__contact_changed=history.Wording(N_("changed a person"), "user"),
    card__contact_removed=history.Wording(N_("removed a person"), "user-x"),
    card__linked=history.Wording(N_("linked the card to an account"), "link"),
    card__unlinked=history.Wording(N_("undid the link to the account"), "unlink"),
    account__created=history.Wording(N_("added the account"), "plus"),
    account__changed=history.Wording(N_("changed the account"), "pencil"),
    account__tagged=history.Wording(
        N_("tagged the account “%(tag)s”"), "tag", fills=lambda changes: {"tag": changes["tag"][1]}
    ),
    account__untagged=history.Wording(
        N_("took the tag “%(tag)s” off the account"), "tag", fills=lambda changes: {"tag": changes["tag"][0]}
    ),
)


class CardPages(Controller):
    """A partner's customers; the vendor may read them."""

    path = "/partners/cards"

    @get("/", needs=Permission.CARDS_READ)
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page:
        """The list."""
        return Page(CARD_LIST, listing=await list_page(CARDS, actor, request.query_params, now=clock.now()))

    @get("/export/{file_type:str}", needs=Permission.CARDS_READ)
    async def export(self, request: AnyRequest, actor: NamedDependency[Actor], file_type: FromPath[FileType]) -> Stream:
        """What the list shows, all of it, as a file."""
        return await export_list(CARDS, actor, request.query_params, file_type, now=clock.now())

    @get("/new", needs=Permission.CARDS_WRITE)
    async def show_new(self) -> Page:
        """An empty customer form."""
        return _card_form(empty_form(CardForm), None)

    @post("/new", needs=Permission.CARDS_WRITE)
    async def create(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page | Redirect:
        """Write a customer down."""
        form = typed_form(request, CardForm)
        with form.refusals():
            card_id = await service.create_card(actor, form.data.facts(), now=clock.now())
            return Redirect(f"/partners/cards/{card_id}", said=_("Saved."))
        return _card_form(form, None, status_code=422)

    @get("/{card_id:uuid}", needs=Permission.CARDS_READ)
    async def show(self, actor: NamedDependency[Actor], card_id: FromPath[UUID]) -> Page:
        """One customer with its people and deals."""
        card = await queries.get_card(actor, card_id)
        link, deals, timeline = await ask_together(
            actor,
            None if actor.is_partner else queries.link_of(actor, card_id), doors.deals_of(actor, [card_id]),
            history.timeline_of(card_id),
        )  # fmt: skip
        return Page(
            CARD_SHOW,
            card=card,
            place=place_of(card.facts),
            link=link,
            deals=deals or [],
            own=actor.may(Permission.CARDS_WRITE) and card.partner_id == actor.partner_id,
            timeline=timeline,
        )

    @get("/{card_id:uuid}/edit", needs=Permission.CARDS_WRITE)
    async def show_edit(self, actor: NamedDependency[Actor], card_id: FromPath[UUID]) -> Page:
        """The form with what stands now."""
        card = await queries.get_card(actor, card_id)
        _require_own(actor, card)
        return _card_form(empty_form(CardForm, **_values(card)), card)

    @post("/{card_id:uuid}/edit", needs=Permission.CARDS_WRITE)
    async def change(
        self, request: AnyRequest, actor: NamedDependency[Actor], card_id: FromPath[UUID]
    ) -> Page | Redirect:
        """Write it anew."""
        card = await queries.get_card(actor, card_id)
        _require_own(actor, card)
        form = typed_form(request, CardForm)
        with form.refusals():
            try:
                await service.change_card(actor, card_id, form.data.facts(), seen=form.data.seen, now=clock.now())
                return Redirect(f"/partners/cards/{card_id}", said=_("Saved."))
            except Conflict as refusal:
                form.errors[""] = refusal.message
        return _card_form(form, card, status_code=422)

    @get("/{card_id:uuid}/contacts/new", needs=Permission.CARDS_WRITE)
    async def show_new_contact(self, actor: NamedDependency[Actor], card_id: FromPath[UUID]) -> Page:
        """An empty form for a person."""
        card = await queries.get_card(actor, card_id)
        _require_own(actor, card)
        return Page(CONTACT_FORM, form=empty_form(ContactForm), card=card, contact=None)

    @post("/{card_id:uuid}/contacts/new", needs=Permission.CARDS_WRITE)
    async def add_contact(
        self, request: AnyRequest, actor: NamedDependency[Actor], card_id: FromPath[UUID]
    ) -> Page | Redirect:
        """Add a person."""
        card = await queries.get_card(actor, card_id)
        _require_own(actor, card)
        form = typed_form(request, ContactForm)
        with form.refusals():
            await service.add_contact(actor, card_id, form.data.facts(), now=clock.now())
            return Redirect(f"/partners/cards/{card_id}", said=_("Saved."))
        return Page(CONTACT_FORM, form=form, card=card, contact=None, status_code=422)

    @get("/contacts/{contact_id:uuid}", needs=Permission.CARDS_WRITE)
    async def show_contact(self, actor: NamedDependency[Actor], contact_id: FromPath[UUID]) -> Page:
        """The form of a person with what stands now."""
        card, contact = await queries.get_contact(actor, contact_id)
        _require_own(actor, card)
        values = {name: getattr(contact, name) for name in ContactForm.model_fields}
        return Page(CONTACT_FORM, form=empty_form(ContactForm, **values), card=card, contact=contact)

    @post("/contacts/{contact_id:uuid}", needs=Permission.CARDS_WRITE)
    async def change_contact(
        self, request: AnyRequest, actor: NamedDependency[Actor], contact_id: FromPath[UUID]
    ) -> Page | Redirect:
        """Write a person's facts anew."""
        card, contact = await queries.get_contact(actor, contact_id)
        _require_own(actor, card)
        form = typed_form(request, ContactForm)
        with form.refusals():
            await service.change_contact(actor, contact_id, form.data.facts(), now=clock.now())
            return Redirect(f"/partners/cards/{card.id}", said=_("Saved."))
        return Page(CONTACT_FORM, form=form, card=card, contact=contact, status_code=422)

    @post("/contacts/{contact_id:uuid}/remove", needs=Permission.CARDS_WRITE)
    async def remove_contact(self, actor: NamedDependency[Actor], contact_id: FromPath[UUID]) -> Redirect:
        """Take a person off."""
        card_id = await service.remove_contact(actor, contact_id, now=clock.now())
        return Redirect(f"/partners/cards/{card_id}", said=_("Removed."))

    @get("/{card_id:uuid}/link", needs=Permission.DEALS_DECIDE)
    async def show_link(self, request: AnyRequest, actor: NamedDependency[Actor], card_id: FromPath[UUID]) -> Page:
        """Search the account that a card is."""
        card = await queries.get_card(actor, card_id)
        typed = request.query_params.get("q", "")
        link, found = await ask_together(actor, queries.link_of(actor, card_id), queries.accounts_like(actor, typed))
        return Page(
            LINK,
            card=card,
            place=place_of(card.facts),
            link=link,
            typed=typed,
            found=found or [],
            suggestions=await queries.suggest_accounts(actor, card.facts),
            deal=_uuid(request.query_params.get("deal", "")),
            match_labels={key: _(label) for key, label in REASON_LABELS.items()},
        )

    @post("/{card_id:uuid}/link", needs=Permission.DEALS_DECIDE)
    async def link(self, request: AnyRequest, actor: NamedDependency[Actor], card_id: FromPath[UUID]) -> Redirect:
        """Say which account a card is."""
        await queries.get_card(actor, card_id)
        data = typed_form(request, LinkForm).data
        await linking.link_card(actor, card_id, data.account, now=clock.now())
        return Redirect(_back(card_id, data.deal), said=_("Linked. The partner does not see it."))

    @post("/{card_id:uuid}/account", needs=Permission.DEALS_DECIDE)
    async def create_account(
        self, request: AnyRequest, actor: NamedDependency[Actor], card_id: FromPath[UUID]
    ) -> Redirect:
        """Make an account of a card."""
        await queries.get_card(actor, card_id)
        data = typed_form(request, BackForm).data
        await linking.create_account_from_card(actor, card_id, now=clock.now())
        return Redirect(_back(card_id, data.deal), said=_("The account is made and linked."))

    @post("/{card_id:uuid}/unlink", needs=Permission.DEALS_DECIDE)
    async def unlink(self, request: AnyRequest, actor: NamedDependency[Actor], card_id: FromPath[UUID]) -> Redirect:
        """Undo the link."""
        await queries.get_card(actor, card_id)
        data = typed_form(request, BackForm).data
        await linking.unlink_card(actor, card_id, now=clock.now())
        return Redirect(_back(card_id, data.deal), said=_("The link is undone."))


class AccountPages(Controller):
    """The vendor's customers."""

    path = "/partners/accounts"

    @get("/", needs=Permission.ACCOUNTS_READ)
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page:
        """The list."""
        params = request.query_params
        listing = await list_page(ACCOUNTS, actor, params, now=clock.now())
        bar, [names] = await segments.bar_of(actor, ACCOUNTS, params, [tags.NAMES])
        return Page(ACCOUNT_LIST, listing=listing, segment_bar=bar, tag_links=_tag_links(actor, params, names))

    @get("/export/{file_type:str}", needs=Permission.ACCOUNTS_READ)
    async def export(self, request: AnyRequest, actor: NamedDependency[Actor], file_type: FromPath[FileType]) -> Stream:
        """What the list shows, all of it, as a file."""
        return await export_list(ACCOUNTS, actor, request.query_params, file_type, now=clock.now())

    @get("/new", needs=Permission.ACCOUNTS_WRITE)
    async def show_new(self) -> Page:
        """An empty account form."""
        return _account_form(empty_form(AccountForm), None)

    @post("/new", needs=Permission.ACCOUNTS_WRITE)
    async def create(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page | Redirect:
        """Add an account."""
        form = typed_form(request, AccountForm)
        with form.refusals():
            account_id = await linking.create_account(actor, form.data.facts(), now=clock.now())
            return Redirect(f"/partners/accounts/{account_id}", said=_("Saved."))
        return _account_form(form, None, status_code=422)

    @get("/{account_id:uuid}/edit", needs=Permission.ACCOUNTS_WRITE)
    async def show_edit(self, actor: NamedDependency[Actor], account_id: FromPath[UUID]) -> Page:
        """The form with what stands now."""
        account = await queries.get_account(actor, account_id)
        return _account_form(empty_form(AccountForm, **_values(account)), account)

    @post("/{account_id:uuid}/edit", needs=Permission.ACCOUNTS_WRITE)
    async def change(
        self, request: AnyRequest, actor: NamedDependency[Actor], account_id: FromPath[UUID]
    ) -> Page | Redirect:
        """Write it anew."""
        account = await queries.get_account(actor, account_id)
        form = typed_form(request, AccountForm)
        with form.refusals():
            try:
                facts, seen = form.data.facts(), form.data.seen
                await linking.change_account(actor, account_id, facts, seen=seen, now=clock.now())
                return Redirect(f"/partners/accounts/{account_id}", said=_("Saved."))
            except Conflict as refusal:
                form.errors[""] = refusal.message
        return _account_form(form, account, status_code=422)

    @post("/{account_id:uuid}/tags", needs=Permission.ACCOUNTS_WRITE)
    async def tag(self, request: AnyRequest, actor: NamedDependency[Actor], account_id: FromPath[UUID]) -> Redirect:
        """Put a tag on it."""
        data = typed_form(request, TagForm).data
        await tags.tag_account(actor, account_id, data.tag_text or data.tag, now=clock.now())
        return Redirect(f"/partners/accounts/{account_id}", said=_("Saved."))

    @post("/{account_id:uuid}/tags/remove", needs=Permission.ACCOUNTS_WRITE)
    async def untag(self, request: AnyRequest, actor: NamedDependency[Actor], account_id: FromPath[UUID]) -> Redirect:
        """Take a tag off it."""
        data = typed_form(request, UntagForm).data
        await tags.untag_account(actor, account_id, data.name, now=clock.now())
        return Redirect(f"/partners/accounts/{account_id}", said=_("Removed."))


def _tag_links(actor: Actor, params: Mapping[str, str], names: str) -> list[tuple[str, str, str]]:
    """Each tag with the address of the list as it is filtered now and by this tag too, as a menu takes them."""
    query = parse(ACCOUNTS, actor, params)
    return [(name, query.href(ACCOUNTS.path, tag=name), "") for name in json.loads(names)]


def _card_form(form: Typed[CardForm], card: Card | None, *, status_code: int = 200) -> Page:
    return Page(CARD_FORM, form=form, card=card, status_code=status_code, **_choices())


def _account_form(form: Typed[AccountForm], account: Account | None, *, status_code: int = 200) -> Page:
    return Page(ACCOUNT_FORM, form=form, account=account, status_code=status_code, **_choices())


def _choices() -> dict[str, Any]:
    """What the forms of customers let one choose from."""
    return {"countries": country_choices(), "sizes": [(band, band) for band in SIZE_BANDS]}


def _values(found: Card | Account) -> dict[str, Any]:
    """What stands in the form of a customer at first, and when it had last changed."""
    facts = {name: getattr(found.facts, name) for name in found.facts.__dataclass_fields__}
    return facts | {"seen": found.changed_at.isoformat()}


def _require_own(actor: Actor, card: Card) -> None:
    """Raise NotAllowed for the card of a partner below: it is read, not changed."""
    if card.partner_id != actor.partner_id:
        raise NotAllowed(_("This customer belongs to another company; you can read it."), code="other_company")


def _back(card_id: UUID, deal: UUID | None) -> str:
    """The page from which a link was made: the deal's, else the card's."""
    return f"/partners/deals/{deal}" if deal else f"/partners/cards/{card_id}"


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
