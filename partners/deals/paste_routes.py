"""Where deals are pasted: a field for rows of a spreadsheet, then a grid that says at each cell what is wrong."""

from collections.abc import Sequence
from typing import Any, Final

from litestar import Controller, get, post
from litestar.di import NamedDependency

from partners.companies.queries import get_company
from partners.deals import paste
from partners.deals.paste import CELLS, MOST_ROWS, PasteForm, Tried
from portal.core import clock
from portal.core.actor import Actor
from portal.core.errors import Invalid, NotAllowed
from portal.core.i18n import gettext as _
from portal.core.i18n import ngettext
from portal.core.permissions import Permission
from portal.core.web.forms import Typed, empty_form, typed_form
from portal.core.web.pages import Page, Redirect
from portal.core.web.visit import AnyRequest

PASTE: Final = "partners/deals/pages/paste.html"


class PastePages(Controller):
    """Many registrations at once, for partners."""

    path = "/partners/deals/paste"

    @get("/", needs=Permission.DEALS_WRITE)
    async def show(self, actor: NamedDependency[Actor]) -> Page:
        """An empty field to paste into."""
        _require_partner(actor)
        return _page(empty_form(PasteForm))

    @post("/", needs=Permission.DEALS_WRITE, status_code=200)
    async def take(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page | Redirect:
        """The pasted text as a grid; then the good rows of the grid as deals, the others again with what is wrong."""
        partner_id = _require_partner(actor)
        form = typed_form(request, PasteForm)
        with form.refusals():
            data = form.data
            if data.do == "read":
                company = await get_company(actor, partner_id)
                defaults = {"country": company["country"], "currency": company["currency"], "quantity": "1"}
                rows = paste.read_pasted(data.text, defaults)
                return _page(form, [Tried(row, None, {}) for row in rows])
            rows = paste.typed_rows(form)
            if not rows:
                raise Invalid({"": _("Fill in at least one row.")})
            tried = await paste.register_rows(actor, rows, now=clock.now())
            return _after(form, tried)
        return _page(form, [Tried(row, None, {}) for row in paste.typed_rows(form)], status_code=422)


def _require_partner(actor: Actor) -> Any:
    """The company of the person. Raises NotAllowed for the vendor's people: they register nothing."""
    if actor.partner_id is None:
        raise NotAllowed
    return actor.partner_id


def _after(form: Typed[Any], tried: Sequence[Tried]) -> Page | Redirect:
    """The list when every row is in; else the rows that are not. Answered with success, so that the good ones stay."""
    done = sum(one.deal_id is not None for one in tried)
    said = ngettext("%(count)s deal is registered.", "%(count)s deals are registered.", done) % {"count": done}
    left = [one for one in tried if one.deal_id is None]
    if not left:
        return Redirect("/partners/deals", said=said)
    return _page(form, left, said=said if done else "")


def _page(form: Typed[Any], rows: Sequence[Tried] = (), *, said: str = "", status_code: int = 200) -> Page:
    """Both steps. The rows are numbered anew; `errors` are by the names of their fields."""
    errors = {
        f"{name or 'customer'}_{number}": message
        for number, one in enumerate(rows, start=1)
        for name, message in one.errors.items()
    }
    return Page(
        PASTE,
        status_code=status_code,
        text=form.value("text") if not rows else "",
        cells=CELLS,
        paste_columns=", ".join(_(cell.label) for cell in CELLS),
        rows=rows,
        most=MOST_ROWS,
        errors=form.errors | errors,
        said_before=said,
    )
