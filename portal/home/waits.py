"""What waits for somebody on the home page: one row for each thing, in words, with where it is decided."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attribution.claims import queries as claims
from attribution.claims.rules import CLAIM_KINDS, ClaimState
from partners.chains import queries as chains
from partners.conflicts import queries as conflicts
from partners.deals import queries as deals
from partners.deals.extending import EXTENSION
from partners.deals.states import DealState
from partners.response import queries as answers
from portal.approvals.queries import title_of
from portal.core import formats
from portal.core.actor import Actor
from portal.core.i18n import N_, ngettext
from portal.core.i18n import gettext as _
from portal.home import queries
from portal.home.blocks import Wait


def waits_of(actor: Actor, told: Mapping[str, Any], now: datetime) -> tuple[list[Wait], list[tuple[str, str]], int]:
    """What waits, where the rest of it stands, and how much it is altogether."""
    overdue, steps, waiting = told["overdue"], told["steps"] or [], told["deals"] or []
    found = [_late_wait(overdue, actor, now)] if overdue else []
    found += [_step_wait(one) for one in steps]
    found += [_deal_wait(one, actor) for one in waiting]
    found += [_conflict_wait(told["conflicts"], now)] if told["conflicts"] else []
    more, hidden = [], 0
    tab = "answer" if actor.is_partner else "waits"
    for rows, href, words in (
        (steps, "/partners/steps", N_("All %(count)s deals with a step of yours")),
        (waiting, f"/partners/deals?tab={tab}", N_("All %(count)s deals that wait for you")),
    ):
        if rows and rows[0].all > len(rows):
            more.append((_(words) % {"count": formats.number(rows[0].all)}, href))
            hidden += rows[0].all - len(rows)
    found += [_claim_wait(one, actor) for one in told["claims"] or []]
    found += [_ending_wait(one) for one in told["endings"] or []]
    for asked in told["approvals"] or []:
        found.append(
            Wait(
                icon="user-check",
                tone="you",
                title=_("A second person is needed"),
                text=title_of(asked),
                action_label=_("Look and decide"),
                action_href=f"/approvals/{asked.id}",
                due=formats.ago_text(asked.requested_at),
                at=asked.requested_at,
            )
        )
    return found, more, len(found) + hidden


def _late_wait(one: answers.Overdue, actor: Actor, now: datetime) -> Wait:
    title = ngettext("%(count)s answer is late", "%(count)s answers are late", one.count)
    return Wait(
        icon="clock-exclamation",
        tone="bad",
        title=title % {"count": formats.number(one.count)},
        text=_("Partners wait longer than they were told."),
        action_label=_("Look and decide"),
        action_href=f"/partners/response/clocks?tab=late&whose={actor.membership_id}",
        due=formats.ago_text(one.since, now),
        due_tone="bad",
        at=one.since,
    )


def _conflict_wait(one: conflicts.WaitingConflicts, now: datetime) -> Wait:
    title = ngettext("%(count)s conflict to decide", "%(count)s conflicts to decide", one.count)
    return Wait(
        icon="gavel",
        tone="us",
        title=title % {"count": formats.number(one.count)},
        text=_("Nobody who claims the customer is approved before."),
        action_label=_("Look and decide"),
        action_href="/partners/conflicts?tab=mine",
        due=formats.ago_text(one.since, now),
        at=one.since,
    )


def _step_wait(one: chains.WaitingStep) -> Wait:
    words = {
        "customer": one.customer_name,
        "number": one.number,
        "amount": formats.money(one.amount),
        "partner": one.partner_name,
        "done": formats.number(one.done),
        "all": formats.number(one.steps),
    }
    return Wait(
        icon="users",
        tone="us",
        title=_("%(customer)s: your step") % words,
        text=_("%(done)s of %(all)s steps agreed. Registered by %(partner)s. %(number)s, %(amount)s") % words,
        action_label=_("Look and agree"),
        action_href=f"/partners/deals/{one.deal_id}#steps",
        due=formats.ago_text(one.since),
        at=one.since,
    )


def _deal_words(one: deals.Waiting, actor: Actor) -> tuple[str, str, str, str]:
    """Icon, title, text and button of what is to be decided or answered about a deal."""
    if actor.is_partner:
        text = _("The review stands still until you answer. %(number)s, %(amount)s")
        return "message-question", _("%(customer)s: a question to answer"), text, _("Answer")
    if one.pending:
        title = _("%(customer)s: an amendment is proposed")
        if one.pending == EXTENSION:
            title = _("%(customer)s: a longer protection is asked for")
        icon = "calendar-due" if one.pending == EXTENSION else "pencil"
        return icon, title, _("%(partner)s waits for your answer. %(number)s, %(amount)s"), _("Look and decide")
    title = _("%(customer)s: take it into review") if one.state is DealState.SUBMITTED else _("%(customer)s: decide")
    return "briefcase", title, _("Registered by %(partner)s. %(number)s, %(amount)s"), _("Open")


def _deal_wait(one: deals.Waiting, actor: Actor) -> Wait:
    icon, title, text, label = _deal_words(one, actor)
    words = {
        "customer": one.customer_name,
        "number": one.number,
        "amount": formats.money(one.amount),
        "partner": one.partner_name,
    }
    return Wait(
        icon=icon,
        tone="you" if actor.is_partner else "us",
        title=title % words,
        text=text % words,
        action_label=label,
        action_href=f"/partners/deals/{one.id}",
        due=formats.ago_text(one.since),
        at=one.since,
    )


def _claim_wait(one: claims.WaitingClaim, actor: Actor) -> Wait:
    asks = one.state is ClaimState.INFO_REQUESTED
    words = {"customer": one.customer_name, "partner": one.partner_name, "kind": _(CLAIM_KINDS[one.kind])}
    title = _("%(customer)s: a question about your claim") if asks else _("%(customer)s: a claim to decide")
    text = _("The review stands still until you answer. %(kind)s") if asks else _("Claimed by %(partner)s. %(kind)s")
    return Wait(
        icon="message-question" if asks else "thumb-up",
        tone="you" if asks else "us",
        title=title % words,
        text=text % words,
        action_label=_("Answer") if actor.is_partner else _("Open"),
        action_href=f"/claims/{one.id}",
        due=formats.ago_text(one.since),
        at=one.since,
    )


def _ending_wait(one: queries.Ending) -> Wait:
    return Wait(
        icon="shield-check",
        tone="safe",
        title=_("Protection ends: %(customer)s") % {"customer": one.customer_name},
        text=formats.money(one.amount),
        action_label=_("Look at the deal"),
        action_href=f"/partners/deals/{one.id}",
        due=formats.ago_text(one.until),
        due_note=formats.date(one.until.astimezone(formats.time_zone()).date()),
        at=one.until,
    )
