"""Where notices are found: one's own list and choices, and the page behind a link that acts."""

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from litestar import Controller, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from portal.core import clock, formats, i18n
from portal.core.actor import Actor
from portal.core.errors import Conflict, NotAllowed, NotFound, TributaryError
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission
from portal.core.web import navigation
from portal.core.web.forms import Typed, empty_form, typed_form
from portal.core.web.guard import PUBLIC
from portal.core.web.pages import Page, Redirect
from portal.core.web.shell import LOCALE_COOKIE
from portal.core.web.site import site_of
from portal.core.web.visit import AnyRequest, visit_of
from portal.identity.rules import ATTEMPT_WINDOW
from portal.notices import acting, queries, service
from portal.notices.acting import OpenLink
from portal.notices.brake import Brake
from portal.notices.kinds import MAIL_LABELS
from portal.notices.queries import Told
from portal.notices.schemas import ActForm, ChoicesBody, ChoicesForm, ReadBody, ReadForm

INDEX: Final = "portal/notices/pages/index.html"
CHOICES: Final = "portal/notices/pages/choices.html"
ACT: Final = "portal/notices/pages/act.html"
# The address is a secret: it stands in no Referer, not even in one to ourselves. `no-referrer` would do the same, but
# make browsers send `Origin: null` with the form.
_SECRET: Final = {"Referrer-Policy": "strict-origin"}
_BRAKE: Final = Brake(ATTEMPT_WINDOW)

navigation.rings(queries.unread_count)


def _by_day(notices: tuple[Told, ...]) -> list[tuple[date, str, list[Told]]]:
    """The notices of each of the vendor's days, with its name."""
    zone = formats.time_zone().key
    today = clock.day_of(clock.now(), zone)
    days: dict[date, list[Told]] = {}
    for one in notices:
        days.setdefault(clock.day_of(one.made_at, zone), []).append(one)
    names = {0: _("Today"), 1: _("Yesterday")}
    return [(day, names.get((today - day).days) or formats.date(day), found) for day, found in days.items()]


def _before(request: AnyRequest) -> UUID | None:
    """After which notice the page begins. Raises NotFound for what is no id."""
    text = request.query_params.get("before", "")
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise NotFound from error


class NoticePages(Controller):
    """What is meant for whoever is signed in."""

    path = "/notices"

    @get("/", needs=Permission.PROFILE_READ)
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page:
        """One's own notices, the unread first."""
        before = _before(request)
        found = await queries.list_notices(actor, before=before)
        return Page(INDEX, found=found, days=_by_day(found.read), is_first=before is None)

    @post("/read", needs=Permission.PROFILE_WRITE)
    async def read_all(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Redirect:
        """Mark as read what the person had before their eyes."""
        await service.mark_many_read(actor, typed_form(request, ReadForm).data.notice, now=clock.now())
        return Redirect("/notices", said=_("Marked as read."))

    @post("/{notice_id:uuid}/open", needs=Permission.PROFILE_WRITE)
    async def open_notice(self, actor: NamedDependency[Actor], notice_id: FromPath[UUID]) -> Redirect:
        """Mark it as read, and go where it leads."""
        return Redirect(await service.mark_read(actor, notice_id, now=clock.now()))

    @post("/{notice_id:uuid}/read", needs=Permission.PROFILE_WRITE)
    async def read(self, actor: NamedDependency[Actor], notice_id: FromPath[UUID]) -> Redirect:
        """Mark it as read."""
        await service.mark_read(actor, notice_id, now=clock.now())
        return Redirect("/notices")

    @get("/choices", needs=Permission.PROFILE_READ)
    async def show_choices(self, actor: NamedDependency[Actor]) -> Page:
        """What comes by mail."""
        return await _choices_page(actor, empty_form(ChoicesForm))

    @post("/choices", needs=Permission.PROFILE_WRITE)
    async def save_choices(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page | Redirect:
        """Choose for each kind, or only what asks one to act."""
        form = typed_form(request, ChoicesForm)
        with form.refusals():
            if form.data.do == "asks":
                await service.choose_what_asks(actor, now=clock.now())
            else:
                await service.choose(actor, form.data.wanted(), now=clock.now())
            return Redirect("/notices/choices", said=_("Saved."))
        return await _choices_page(actor, form, status_code=422)


async def _choices_page(actor: Actor, form: Typed[ChoicesForm], *, status_code: int = 200) -> Page:
    choices = await queries.list_choices(actor)
    groups: dict[str, list[Any]] = {}
    for kind, chosen in choices:
        groups.setdefault(_(kind.group), []).append((kind, chosen))
    options = [(mail.value, _(label)) for mail, label in MAIL_LABELS.items()]
    return Page(CHOICES, status_code=status_code, form=form, groups=groups, options=options)


class NoticeApi(Controller):
    """Notices as JSON."""

    path = "/api/v1/notices"
    tags = ("notices",)

    @get("/", needs=Permission.PROFILE_READ)
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> dict[str, Any]:
        """One's own notices, the unread first, and the query of what is older."""
        found = await queries.list_notices(actor, before=_before(request))
        return {
            "items": [_public(one) for one in (*found.unread, *found.read)],
            "has_more_unread": found.has_more_unread,
            "older": f"before={found.older}" if found.older else None,
        }

    @post("/read", needs=Permission.PROFILE_WRITE, status_code=200)
    async def read_all(self, actor: NamedDependency[Actor], data: JSONBody[ReadBody]) -> dict[str, int]:
        """Mark these as read; how many were not yet."""
        return {"read": await service.mark_many_read(actor, data.ids, now=clock.now())}

    @post("/{notice_id:uuid}/read", needs=Permission.PROFILE_WRITE, status_code=200)
    async def read(self, actor: NamedDependency[Actor], notice_id: FromPath[UUID]) -> dict[str, Any]:
        """Mark one as read."""
        await service.mark_read(actor, notice_id, now=clock.now())
        return _public(await queries.get_notice(actor, notice_id))

    @get("/choices", needs=Permission.PROFILE_READ)
    async def show_choices(self, actor: NamedDependency[Actor]) -> dict[str, Any]:
        """What comes by mail, by kind."""
        return await _public_choices(actor)

    @put("/choices", needs=Permission.PROFILE_WRITE)
    async def save_choices(self, actor: NamedDependency[Actor], data: JSONBody[ChoicesBody]) -> dict[str, Any]:
        """Choose for the kinds that are named."""
        await service.choose(actor, data.mail, now=clock.now())
        return await _public_choices(actor)


def _public(one: Told) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind,
        "title": one.title,
        "lines": list(one.lines),
        "path": one.path,
        "made_at": one.made_at,
        "read_at": one.read_at,
    }


async def _public_choices(actor: Actor) -> dict[str, Any]:
    choices = await queries.list_choices(actor)
    return {"items": [{"kind": k.key, "label": _(k.label), "mail": chosen, "fixed": k.fixed} for k, chosen in choices]}


class ActPages(Controller):
    """The page behind a link of a mail: it shows what would be done, and only its button does it."""

    path = "/act"
    include_in_schema = False

    @get("/{token:str}", needs=PUBLIC, unit=False)
    async def show(self, request: AnyRequest, token: FromPath[str]) -> Page:
        """What would be done, and as whom; nothing is changed, however often it is looked at."""
        now = clock.now()
        try:
            link = await _opened(request, token, now)
        except TributaryError as refusal:
            return _refused(refusal)
        try:
            return await _drawn(link, empty_form(ActForm), token, now)
        except TributaryError as refusal:
            return _refused(refusal, link)

    @post("/{token:str}", needs=PUBLIC, unit=False)
    async def act(self, request: AnyRequest, token: FromPath[str]) -> Page:
        """Do it, once, with the rights that the person has now."""
        now = clock.now()
        form = typed_form(request, ActForm)
        try:
            link = await _opened(request, token, now)
        except TributaryError as refusal:
            return _refused(refusal)
        try:
            shown = await acting.describe(link, now)
            with form.refusals():
                said = await acting.perform(link, form.data.note, now)
                return Page(ACT, state="done", done=said, shown=shown, path=link.path, headers=_SECRET)
            return await _drawn(link, form, token, now, status_code=422)
        except TributaryError as refusal:
            return _refused(refusal, link)


async def _opened(request: AnyRequest, token: str, now: datetime) -> OpenLink:
    """The link, and its reader's language from here on. Raises as `acting.open_link`, and TooMany."""
    network = request.client.host if request.client else ""
    _BRAKE.check(network, now)
    try:
        link = await acting.open_link(token, now, visitor=visit_of(request.scope).actor)
    except NotFound:
        _BRAKE.note(network, now)
        raise
    chosen = request.cookies.get(site_of(request).cookies.name(LOCALE_COOKIE))
    i18n.set_locale(i18n.choose_locale(chosen, link.actor.locale, ""))
    return link


async def _drawn(link: OpenLink, form: Typed[ActForm], token: str, now: datetime, *, status_code: int = 200) -> Page:
    shown = await acting.describe(link, now)
    return Page(
        ACT, state="open", form=form, shown=shown, link=link, token=token, status_code=status_code, headers=_SECRET
    )


def _refused(refusal: TributaryError, link: OpenLink | None = None) -> Page:
    """Why nothing was done. What is unknown, used, too old or another's looks the same."""
    path = link.path if link else "/"
    match refusal:
        case Conflict():
            return Page(ACT, state="refused", why=refusal.message, path=path, status_code=409, headers=_SECRET)
        case NotAllowed():
            return Page(ACT, state="ended", why=refusal.message, path=path, status_code=403, headers=_SECRET)
        case NotFound():
            return Page(ACT, state="gone", path="/", status_code=404, headers=_SECRET)
        case _:
            raise refusal
