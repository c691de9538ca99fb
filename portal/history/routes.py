"""Where the full record of changes is found, for the vendor's people."""

from typing import Any, Final
from uuid import UUID

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from portal.core.actor import Actor
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission
from portal.core.web.pages import Page
from portal.history import queries
from portal.history.queries import Entry

SHOW: Final = "portal/history/pages/show.html"


class HistoryPages(Controller):
    """What happened to one record, with values before and after."""

    path = "/history"

    @get("/{subject_type:str}/{subject_id:uuid}", needs=Permission.HISTORY_READ)
    async def show(
        self, actor: NamedDependency[Actor], subject_type: FromPath[str], subject_id: FromPath[UUID]
    ) -> Page:
        """Every event, newest first."""
        entries = await queries.record_in_full(actor, subject_type, subject_id)
        subject = queries.subjects_of(actor)[subject_type]
        return Page(
            SHOW, entries=entries, label=_(subject.label), name=await queries.name_of(actor, subject_type, subject_id),
            href=subject.href.format(id=subject_id), fields=subject.fields, words=subject.words,
            people=await queries.people_in(actor, entries), most=queries.MOST_IN_FULL,
        )  # fmt: skip


class HistoryApi(Controller):
    """The same as JSON."""

    path = "/api/v1/history"
    tags = ("history",)

    @get("/{subject_type:str}/{subject_id:uuid}", needs=Permission.HISTORY_READ)
    async def show(
        self, actor: NamedDependency[Actor], subject_type: FromPath[str], subject_id: FromPath[UUID]
    ) -> dict[str, Any]:
        """Every event, newest first."""
        return {"items": [_public(one) for one in await queries.record_in_full(actor, subject_type, subject_id)]}


def _public(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.happening.id,
        "name": entry.happening.name,
        "at": entry.happening.at,
        "by": entry.happening.actor,
        "note": entry.happening.quote,
        "shown_to_partner": entry.is_for_partner,
        "changes": {name: {"before": before, "after": after} for name, (before, after) in entry.values.items()},
    }
