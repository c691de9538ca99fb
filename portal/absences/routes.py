"""Where absences are found: one page for all of the vendor's people, and the same as JSON."""

from typing import Any, Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from portal.absences import queries, rules, service
from portal.absences.rules import Absence
from portal.absences.schemas import AbsenceBody, AbsenceForm
from portal.core import clock
from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission
from portal.core.web.forms import Typed, empty_form, typed_form
from portal.core.web.pages import Page, Redirect
from portal.core.web.visit import AnyRequest
from portal.history.queries import Wording, tells

INDEX: Final = "portal/absences/pages/index.html"
tells(
    absence__noted=Wording(N_("noted an absence with its cover"), "calendar-due"),
    absence__ended=Wording(N_("ended an absence"), "arrow-back-up"),
)


class AbsencePages(Controller):
    """Who of the vendor is away, and who acts for them."""

    path = "/absences"

    @get("/", needs=Permission.ABSENCES_READ)
    async def index(self, actor: NamedDependency[Actor]) -> Page:
        """Who is away now and soon, and the form for the next one."""
        return await _page(actor, empty_form(AbsenceForm, membership=actor.membership_id))

    @post("/", needs=Permission.ABSENCES_WRITE)
    async def note(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page | Redirect:
        """Note an absence."""
        form = typed_form(request, AbsenceForm)
        with form.refusals():
            data = form.data
            wanted = Absence(data.membership or actor.membership_id, data.cover, data.since, rules.after(data.last))
            await service.note_absence(actor, wanted, now=clock.now())
            return Redirect("/absences", said=_("Noted. The cover sees what waits on these days."))
        return await _page(actor, form, 422)

    @post("/{absence_id:uuid}/end", needs=Permission.ABSENCES_WRITE)
    async def end(self, actor: NamedDependency[Actor], absence_id: FromPath[UUID]) -> Redirect:
        """Somebody is back, or does not go."""
        await service.end_absence(actor, absence_id, now=clock.now())
        return Redirect("/absences", said=_("Ended. Nobody covers from today on."))


async def _page(actor: Actor, form: Typed[AbsenceForm], status_code: int = 200) -> Page:
    now = clock.now()
    staff = await queries.list_staff(actor)
    others = service.may_note_for_others(actor)
    roles = {one: theirs for one, _name, theirs in staff}
    covers = (
        [one for one in roles if one != actor.membership_id] if others else rules.sharing(roles, actor.membership_id)
    )
    return Page(
        INDEX,
        status_code=status_code,
        form=form,
        absences=await queries.list_absences(actor, now),
        today=queries.day_of(now),
        people=[(one, name) for one, name, _roles in staff] if others else [],
        covers=[(one, name) for one, name, _roles in staff if one in set(covers)],
        may_write=actor.may(Permission.ABSENCES_WRITE),
        others=others,
        me=actor.membership_id,
    )


class AbsenceApi(Controller):
    """Absences as JSON."""

    path = "/api/v1/absences"
    tags = ("people",)

    @get("/", needs=Permission.ABSENCES_READ)
    async def index(self, actor: NamedDependency[Actor]) -> dict[str, Any]:
        """All that run or come."""
        return {
            "items": [
                {
                    "id": one.id,
                    "membership": one.absence.membership,
                    "name": one.name,
                    "cover": one.absence.cover,
                    "cover_name": one.cover_name,
                    "since": one.absence.since,
                    "until": one.absence.until,
                }
                for one in await queries.list_absences(actor, clock.now())
            ]
        }

    @post("/", needs=Permission.ABSENCES_WRITE)
    async def note(self, actor: NamedDependency[Actor], data: JSONBody[AbsenceBody]) -> dict[str, Any]:
        """Note an absence."""
        wanted = Absence(data.membership or actor.membership_id, data.cover, data.since, data.until)
        return {"id": await service.note_absence(actor, wanted, now=clock.now())}

    @post("/{absence_id:uuid}/end", needs=Permission.ABSENCES_WRITE, status_code=200)
    async def end(self, actor: NamedDependency[Actor], absence_id: FromPath[UUID]) -> dict[str, Any]:
        """Somebody is back, or does not go."""
        await service.end_absence(actor, absence_id, now=clock.now())
        return {"ended": absence_id}
