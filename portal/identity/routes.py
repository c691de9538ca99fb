"""Where signing in, one-time links and one's own profile are found."""

from typing import Any, Final
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from portal.core import clock
from portal.core.actor import Actor
from portal.core.errors import NotFound, TooMany
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission
from portal.core.web.forms import Typed, empty_form, typed_form
from portal.core.web.guard import PUBLIC, SIGNED_IN
from portal.core.web.pages import Page, Redirect
from portal.core.web.paths import own_path
from portal.core.web.site import site_of
from portal.core.web.visit import visit_of
from portal.identity import links, queries, service, sessions
from portal.identity.guests import list_guests
from portal.identity.schemas import ForgotForm, ProfileForm, SignInForm, SwitchForm, WelcomeForm

SESSION_COOKIE: Final = "session"
LONGEST_EMAIL: Final = 254
AnyRequest = Request[Any, Any, Any]
SIGN_IN: Final = "portal/identity/pages/sign_in.html"
FORGOT: Final = "portal/identity/pages/forgot.html"
WELCOME: Final = "portal/identity/pages/welcome.html"
PROFILE: Final = "portal/identity/pages/profile.html"


def _device(request: AnyRequest) -> str:
    return request.headers.get("user-agent", "")


def _network(request: AnyRequest) -> str:
    return request.client.host if request.client else ""


def _signed_in(request: AnyRequest, opened: sessions.SignedIn, path: str) -> Redirect:
    cookies = site_of(request).cookies
    return Redirect(path, cookies=[cookies.make(SESSION_COOKIE, opened.token, max_age=14 * 24 * 3600)])


async def _sign_in_page(request: AnyRequest, form: Typed[SignInForm], **more: Any) -> Page:
    """The door; of a demo with the people to try it as."""
    guests = await list_guests(demo=site_of(request).demo)
    filled = guests.password_of(form.value("email"))
    return Page(SIGN_IN, form=form, guests=guests, filled_password=filled, role_labels=queries.ROLE_LABELS, **more)


class DoorPages(Controller):
    """Signing in and out, forgotten passwords, one-time links."""

    path = "/"
    include_in_schema = False

    @get("/sign-in", needs=PUBLIC)
    async def show_sign_in(self, request: AnyRequest, next_path: FromQuery[str | None] = None) -> Page | Redirect:
        """The sign-in form; somebody signed in goes on."""
        if visit_of(request.scope).actor is not None:
            return Redirect("/")
        target = own_path(request.query_params.get("next", next_path or "/"))
        email = request.query_params.get("email", "")[:LONGEST_EMAIL]
        return await _sign_in_page(request, empty_form(SignInForm, next=target, email=email))

    @post("/sign-in", needs=PUBLIC, unit=False)
    async def sign_in(self, request: AnyRequest) -> Page | Redirect:
        """Open a session with a new secret; an old one of this browser ends."""
        form = typed_form(request, SignInForm)
        with form.refusals():
            data = form.data
            try:
                opened = await sessions.sign_in(
                    data.email, data.password, network=_network(request), device=_device(request), now=clock.now()
                )
            except TooMany as refusal:
                headers = {"Retry-After": str(refusal.retry_after)}
                return await _sign_in_page(request, form, status_code=429, too_many=refusal.message, headers=headers)
            await _end_old(request)
            return _signed_in(request, opened, own_path(data.next))
        return await _sign_in_page(request, form, status_code=422)

    @post("/sign-out", needs=SIGNED_IN, unit=False)
    async def sign_out(self, request: AnyRequest) -> Redirect:
        """End this session."""
        await _end_old(request)
        return Redirect("/sign-in", cookies=[site_of(request).cookies.drop(SESSION_COOKIE)])

    @post("/sign-out-everywhere", needs=SIGNED_IN, unit=False)
    async def sign_out_everywhere(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Redirect:
        """End all sessions of this person."""
        await sessions.sign_out_everywhere(actor, clock.now())
        return Redirect("/sign-in", cookies=[site_of(request).cookies.drop(SESSION_COOKIE)])

    @get("/forgot", needs=PUBLIC)
    async def show_forgot(self) -> Page:
        """Ask for a reset."""
        return Page(FORGOT, form=empty_form(ForgotForm), sent=False)

    @post("/forgot", needs=PUBLIC, unit=False)
    async def forgot(self, request: AnyRequest) -> Page:
        """Mail a link, or not; the answer is the same."""
        form = typed_form(request, ForgotForm)
        with form.refusals():
            await service.request_reset(form.data.email, now=clock.now())
            return Page(FORGOT, form=form, sent=True)
        return Page(FORGOT, form=form, sent=False, status_code=422)

    @get("/welcome/{token:str}", needs=PUBLIC, unit=False)
    async def show_welcome(self, token: FromPath[str]) -> Page:
        """What a one-time link opens; only its button acts."""
        link = await links.open_link(token, clock.now())
        return Page(WELCOME, form=empty_form(WelcomeForm), link=link, token=token)

    @post("/welcome/{token:str}", needs=PUBLIC, unit=False)
    async def welcome(self, request: AnyRequest, token: FromPath[str]) -> Page | Redirect:
        """Set the password; then sign in with it."""
        link = await links.open_link(token, clock.now())
        form = typed_form(request, WelcomeForm)
        with form.refusals():
            await links.set_password(token, form.data.password, form.data.again, clock.now())
            return Redirect("/sign-in", said=_("Your password is set. Sign in with it."))
        return Page(WELCOME, form=form, link=link, token=token, status_code=422)


async def _end_old(request: AnyRequest) -> None:
    session_id = visit_of(request.scope).session_id
    if session_id is not None:
        await sessions.sign_out(UUID(session_id), clock.now())


class ProfilePages(Controller):
    """One's own name, language, sessions and memberships."""

    path = "/profile"
    include_in_schema = False

    @get("/", needs=Permission.PROFILE_READ)
    async def show(self, actor: NamedDependency[Actor]) -> Page:
        """The profile."""
        form = empty_form(ProfileForm, name=actor.name, locale=actor.locale)
        return Page(PROFILE, form=form, **await _profile(actor))

    @post("/", needs=Permission.PROFILE_WRITE)
    async def save(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page | Redirect:
        """Save name and language."""
        form = typed_form(request, ProfileForm)
        with form.refusals():
            await service.save_profile(actor, name=form.data.name, locale=form.data.locale, now=clock.now())
            cookie = site_of(request).cookies.drop("locale")
            return Redirect("/profile", said=_("Saved."), cookies=[cookie])
        return Page(PROFILE, form=form, status_code=422, **await _profile(actor))

    @post("/membership", needs=Permission.PROFILE_WRITE, unit=False)
    async def switch(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Redirect:
        """Act for another of one's own memberships."""
        session_id = visit_of(request.scope).session_id
        wanted = typed_form(request, SwitchForm).data.membership
        opened = await sessions.switch_membership(
            actor, UUID(session_id or ""), wanted, device=_device(request), now=clock.now()
        )
        if opened is None:
            raise NotFound
        return _signed_in(request, opened, "/")


async def _profile(actor: Actor) -> dict[str, Any]:
    now = clock.now()
    open_sessions = await queries.sessions_of(actor, now)
    return {"open_sessions": open_sessions, "role_labels": queries.ROLE_LABELS}
