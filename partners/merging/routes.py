"""Where accounts become one customer: merging by hand, undoing it, and the desk of doubtful pairs."""

from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from partners.customers import queries as customers
from partners.customers.rules import country_name, place_of
from partners.matching.scoring import REASON_LABELS
from partners.merging import pairs, queries, service
from partners.merging.schemas import MergeForm, PairForm, RequestForm
from partners.merging.service import Merged
from portal.core import clock
from portal.core.actor import Actor
from portal.core.errors import Conflict
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission
from portal.core.web.forms import Typed, empty_form, typed_form
from portal.core.web.pages import Page, Redirect
from portal.core.web.visit import AnyRequest
from portal.history import queries as history

PAGES: Final = "partners/merging/pages"
MERGE: Final = f"{PAGES}/merge.html"
REVIEW: Final = f"{PAGES}/review.html"
_DESK: Final = "/partners/accounts/review"
_AT_ONCE: Final = 20

history.tells(
    account__merged=history.Wording(
        N_("merged “%(name)s” into it"), "git-merge", fills=lambda changes: {"name": changes["name"][1]}
    ),
    account__merge_undone=history.Wording(
        N_("made “%(name)s” an account of its own again"), "arrow-back-up", "",
        fills=lambda changes: {"name": changes["name"][1]},
    ),
    account__merge_waits=history.Wording(
        N_("wanted to merge “%(name)s” into it; two protected deals stand in the way"), "clock", "us",
        fills=lambda changes: {"name": changes["name"][1]},
    ),
    account__merge_refused=history.Wording(
        N_("left “%(name)s” apart from it"), "ban", fills=lambda changes: {"name": changes["name"][1]}
    ),
    account__told_apart=history.Wording(N_("said that another one is a different customer"), "circle-x"),
    account__put_off=history.Wording(N_("put off whether another one is the same customer"), "clock"),
)  # fmt: skip


class MergingPages(Controller):
    """Accounts that are one customer. The vendor's alone."""

    path = "/partners/accounts"

    @get("/review", needs=Permission.DEALS_DECIDE)
    async def review(self, actor: NamedDependency[Actor]) -> Page:
        """What a person has to decide: merges that wait, and pairs that may be one."""
        return Page(
            REVIEW,
            waiting=await queries.list_waiting(actor, now=clock.now()),
            pairs=await queries.list_pairs(actor, limit=_AT_ONCE),
            reasons={code: _(label) for code, label in REASON_LABELS.items()},
            country=country_name,
        )

    @post("/review/{pair_id:uuid}", needs=Permission.DEALS_DECIDE)
    async def decide(self, request: AnyRequest, actor: NamedDependency[Actor], pair_id: FromPath[UUID]) -> Redirect:
        """Say what a pair is."""
        data = typed_form(request, PairForm).data
        done = await pairs.decide_pair(actor, pair_id, data.verb, note=data.note, now=clock.now())
        if done is not None:
            return Redirect(_DESK, said=_said(done), kind="good" if done.alias_id else "warning")
        said = {
            "same": _("Linked. The partner does not see it."),
            "different": _("Kept apart. You will not be asked again."),
            "later": _("Put off: it stands at the end now."),
        }
        return Redirect(_DESK, said=said[data.verb])

    @post("/merge-requests/{request_id:uuid}", needs=Permission.DEALS_DECIDE)
    async def decide_request(
        self, request: AnyRequest, actor: NamedDependency[Actor], request_id: FromPath[UUID]
    ) -> Redirect:
        """Try a waiting merge again, or leave the accounts apart."""
        data = typed_form(request, RequestForm).data
        done = await service.decide_request(actor, request_id, data.verb, now=clock.now())
        return Redirect(_DESK, said=_said(done) if done else _("They stay apart."))

    @get("/{account_id:uuid}/merge", needs=Permission.DEALS_DECIDE)
    async def show_merge(self, request: AnyRequest, actor: NamedDependency[Actor], account_id: FromPath[UUID]) -> Page:
        """Search the account that is this one too."""
        return await _merge_page(actor, account_id, request.query_params.get("q", ""), empty_form(MergeForm))

    @post("/{account_id:uuid}/merge", needs=Permission.DEALS_DECIDE)
    async def merge(
        self, request: AnyRequest, actor: NamedDependency[Actor], account_id: FromPath[UUID]
    ) -> Page | Redirect:
        """Merge another account into this one."""
        form = typed_form(request, MergeForm)
        chosen: UUID | None = None
        with form.refusals():
            data = form.data
            chosen = data.account
            try:
                done = await service.merge_accounts(actor, chosen, account_id, note=data.note, now=clock.now())
                where = f"/partners/accounts/{account_id}" if done.alias_id else _DESK
                return Redirect(where, said=_said(done), kind="good" if done.alias_id else "warning")
            except Conflict as refusal:
                form.errors[""] = refusal.message
        return await _merge_page(actor, account_id, "", form, chosen)

    @post("/merges/{alias_id:uuid}/undo", needs=Permission.DEALS_DECIDE)
    async def undo(self, actor: NamedDependency[Actor], alias_id: FromPath[UUID]) -> Redirect:
        """Make an account its own again."""
        account = await service.undo_merge(actor, alias_id, now=clock.now())
        return Redirect(
            f"/partners/accounts/{account}",
            said=_("It is an account of its own again, with all that was recorded for it."),
        )


def _said(done: Merged) -> str:
    """What happened, in a sentence."""
    if done.alias_id:
        return _("Merged. Nothing that was recorded has changed, and it can be undone.")
    return _("Two deals would be protected on one customer, so this merge waits for a decision.")


async def _merge_page(
    actor: Actor, account_id: UUID, typed: str, form: Typed[MergeForm], chosen: UUID | None = None
) -> Page:
    account = await customers.get_account(actor, account_id)
    found = [one for one in await customers.search_accounts(actor, typed) if one.account_id != account_id]
    return Page(
        MERGE,
        account=account,
        place=place_of(account.facts),
        typed=typed,
        found=found,
        form=form,
        chosen=await customers.get_account(actor, chosen) if chosen else None,
        status_code=422 if form.errors else 200,
    )
