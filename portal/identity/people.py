"""Where people are found: colleagues for a partner, everybody for the vendor."""

from typing import Any, Final
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from portal.core import clock
from portal.core.actor import Actor
from portal.core.i18n import LOCALES, N_
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission, Role, Side
from portal.core.web import navigation
from portal.core.web.forms import empty_form, typed_form
from portal.core.web.pages import Page, Redirect
from portal.history.queries import Wording, tells
from portal.identity import queries, service
from portal.identity.rules import roles_of
from portal.identity.schemas import EndForm, InviteBody, InviteForm, RolesForm
from portal.identity.service import Invitation

AnyRequest = Request[Any, Any, Any]
INDEX: Final = "portal/identity/pages/people.html"
NEW: Final = "portal/identity/pages/invite.html"
SHOW: Final = "portal/identity/pages/person.html"
READS: Final = frozenset({Permission.COLLEAGUES_READ, Permission.PEOPLE_READ})
WRITES: Final = frozenset({Permission.COLLEAGUES_WRITE, Permission.PEOPLE_WRITE})

navigation.register(
    "people", label=N_("People"), icon="users", href="/people", order=90, permission=Permission.PEOPLE_READ,
    side=Side.STAFF,
)  # fmt: skip
tells(
    membership__invited=Wording(N_("invited a person"), "user-plus", "us"),
    membership__roles_changed=Wording(N_("changed the roles"), "key"),
    membership__ended=Wording(N_("ended the access and handed over the work"), "user-off", "bad"),
    profile__changed=Wording(N_("changed the profile"), "user"),
)


def _labels(roles: list[Role]) -> list[tuple[str, str]]:
    return [(role.value, _(queries.ROLE_LABELS[role])) for role in roles]


def _company(actor: Actor, asked: str | None) -> UUID | None:
    """Whose people are meant: a partner's own, or what the vendor asks for (None: its own)."""
    if actor.is_partner:
        return actor.partner_id
    try:
        return UUID(asked) if asked else None
    except ValueError:
        return None


class PeoplePages(Controller):
    """People of the vendor or of one partner."""

    path = "/people"

    @get("/", needs=READS)
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page:
        """Everybody of one company."""
        queries.may_read(actor)
        partner_id = _company(actor, request.query_params.get("partner"))
        members = await queries.list_members(actor, partner_id)
        return Page(INDEX, members=members, partner_id=partner_id, **_page(actor))

    @get("/new", needs=WRITES)
    async def show_new(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page:
        """An empty invitation."""
        partner_id = _company(actor, request.query_params.get("partner"))
        return _invite_page(actor, empty_form(InviteForm, partner=partner_id, locale=actor.locale), partner_id)

    @post("/new", needs=WRITES)
    async def invite(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page | Redirect:
        """Mail an invitation."""
        form = typed_form(request, InviteForm)
        partner_id = _company(actor, form.value("partner"))
        with form.refusals():
            data = form.data
            invitation = Invitation(data.email, data.name, frozenset(data.roles), data.locale, partner_id)
            await service.invite(actor, invitation, now=clock.now())
            back = "/people" if actor.is_partner or partner_id is None else f"/people?partner={partner_id}"
            return Redirect(back, said=_("The invitation is on its way to %(email)s.") % {"email": data.email})
        return _invite_page(actor, form, partner_id, status_code=422)

    @get("/{membership_id:uuid}", needs=READS)
    async def show(self, actor: NamedDependency[Actor], membership_id: FromPath[UUID]) -> Page:
        """One membership."""
        return Page(SHOW, **await _record(actor, membership_id))

    @post("/{membership_id:uuid}/roles", needs=WRITES)
    async def change_roles(
        self, request: AnyRequest, actor: NamedDependency[Actor], membership_id: FromPath[UUID]
    ) -> Page | Redirect:
        """Give other roles."""
        form = typed_form(request, RolesForm)
        with form.refusals():
            await service.change_roles(actor, membership_id, frozenset(form.data.roles), now=clock.now())
            return Redirect(f"/people/{membership_id}", said=_("Saved. All sessions of this person have ended."))
        return Page(SHOW, status_code=422, **await _record(actor, membership_id) | {"errors": form.errors})

    @post("/{membership_id:uuid}/end", needs=WRITES)
    async def end(
        self, request: AnyRequest, actor: NamedDependency[Actor], membership_id: FromPath[UUID]
    ) -> Page | Redirect:
        """End the access and hand over the work."""
        form = typed_form(request, EndForm)
        with form.refusals():
            moved = await service.end_membership(actor, membership_id, form.data.successor, now=clock.now())
            said = _("The access has ended; %(count)s things were handed over.") % {"count": sum(moved.values())}
            return Redirect(f"/people/{membership_id}", said=said)
        return Page(SHOW, status_code=422, **await _record(actor, membership_id) | {"errors": form.errors})


def _page(actor: Actor) -> dict[str, Any]:
    may_write = actor.may(Permission.COLLEAGUES_WRITE if actor.is_partner else Permission.PEOPLE_WRITE)
    return {"may_write": may_write, "roles_text": lambda roles: queries.roles_text(roles, _)}


def _invite_page(actor: Actor, form: Any, partner_id: UUID | None, status_code: int = 200) -> Page:
    roles = roles_of(Side.STAFF if partner_id is None else Side.PARTNER)
    languages = list(LOCALES.items())
    return Page(
        NEW, form=form, partner_id=partner_id, roles=_labels(roles), languages=languages, status_code=status_code,
        **_page(actor),
    )  # fmt: skip


async def _record(actor: Actor, membership_id: UUID) -> dict[str, Any]:
    member = await queries.get_member(actor, membership_id)
    return {
        "member": member,
        "successors": [(str(key), name) for key, name in await queries.colleagues(actor, membership_id)],
        "roles": _labels(roles_of(Side(member["side"]))),
        "errors": {},
        "is_self": membership_id == actor.membership_id,
        **_page(actor),
    }


class PeopleApi(Controller):
    """People as JSON."""

    path = "/api/v1/people"
    tags = ("people",)

    @get("/", needs=READS)
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> dict[str, Any]:
        """Everybody of one company."""
        queries.may_read(actor)
        return {"items": await queries.list_members(actor, _company(actor, request.query_params.get("partner")))}

    @get("/{membership_id:uuid}", needs=READS)
    async def show(self, actor: NamedDependency[Actor], membership_id: FromPath[UUID]) -> dict[str, Any]:
        """One membership."""
        return await queries.get_member(actor, membership_id)

    @post("/", needs=WRITES)
    async def invite(self, actor: NamedDependency[Actor], data: JSONBody[InviteBody]) -> dict[str, Any]:
        """Mail an invitation."""
        partner_id = actor.partner_id if actor.is_partner else data.partner
        invitation = Invitation(data.email, data.name, frozenset(data.roles), data.locale, partner_id)
        return {"id": await service.invite(actor, invitation, now=clock.now())}
