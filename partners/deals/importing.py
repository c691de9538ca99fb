"""Deals as an import: their fields with the headings that mean them, and how rows are read."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

from partners.customers.importing import text
from partners.deals import intake
from partners.deals.historic import PROBLEMS, PastDeal, Problem
from partners.deals.rules import (
    LOST_LABELS,
    REJECT_LABELS,
    ROLE_LABELS,
    STAGE_LABELS,
    STATE_LABELS,
    TYPED_SOURCES,
)
from partners.deals.states import DealRole, DealSource, DealState, Stage
from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.money import Money
from portal.core.permissions import Permission
from portal.history.queries import Wording, tells
from portal.imports import vocabulary as words
from portal.imports.cells import CellError
from portal.imports.dates import Moment
from portal.imports.fields import Choice, Field, ImportKind, ValueKind
from portal.imports.registry import Importer, register_importer
from portal.imports.rules import Parsed
from portal.imports.states import RowOutcome
from portal.imports.values import Value

tells(deals__imported=Wording(N_("brought deals"), "file-import", "good"))


def _choices(labels: Mapping[str, str], **more: tuple[str, ...]) -> tuple[Choice, ...]:
    return tuple(Choice(str(value), (label, *more.get(str(value), ()))) for value, label in labels.items())


def _text(name: str, label: str, longest: int, *synonyms: str, required: bool = False) -> Field:
    return Field(name, ValueKind.TEXT, label, required=required, synonyms=synonyms, longest=longest)


KIND: Final = ImportKind(
    name="deals",
    label=N_("Deals"),
    source_id="source_id",
    fields=(
        _text("source_id", N_("Id in the source system"), 120, *words.DEAL_ID, *words.SOURCE_ID, required=True),
        _text("partner_source_id", N_("Partner"), 120, *words.PARTNER, required=True),
        _text("account_source_id", N_("Account"), 120, *words.ACCOUNT_ID),
        _text("customer_name", N_("Customer"), 200, *words.CUSTOMER, required=True),
        _text("contact_name", N_("Contact"), 120, *words.FULL_NAME),
        Field("contact_email", ValueKind.EMAIL, N_("E-mail of the contact"), synonyms=words.EMAIL),
        _text("contact_phone", N_("Phone of the contact"), 40, *words.PHONE),
        _text("contact_title", N_("Job title of the contact"), 120, *words.JOB_TITLE),
        Field("role", ValueKind.CHOICE, N_("Role"), choices=_choices(ROLE_LABELS), synonyms=("角色", "Partner role")),
        _text("product_sku", N_("Article number"), 60, *words.PRODUCT, required=True),
        Field("quantity", ValueKind.INTEGER, N_("Quantity"), required=True, synonyms=words.QUANTITY),
        Field(
            "unit_price", ValueKind.MONEY, N_("Unit price"), required=True, synonyms=words.UNIT_PRICE,
            currency="currency",
        ),
        Field("currency", ValueKind.CURRENCY, N_("Currency"), synonyms=words.CURRENCY),
        Field(
            "state", ValueKind.CHOICE, N_("State of the registration"), synonyms=words.STATUS,
            choices=_choices(
                STATE_LABELS, approved=("protected", "已批准"), rejected=("refused", "已驳回"),
                submitted=("已提交",), in_review=("under review", "审核中"), draft=("草稿",),
                info_requested=("information requested", "待补充材料"), withdrawn=("已撤回",), expired=("已过期",),
            ),
        ),
        Field(
            "stage", ValueKind.CHOICE, N_("Stage of the sale"), synonyms=words.STAGE,
            choices=_choices(
                STAGE_LABELS, prospect=("1-Qualify", "Prospecting"), qualified=("2-Develop", "Qualification"),
                proposal=("3-Propose", "Quote"), negotiation=("4-Close", "Negotiation/Review"),
                won=("Closed Won", "赢单"), lost=("Closed Lost", "丢单"),
            ),
        ),
        Field("created_at", ValueKind.MOMENT, N_("Registered"), required=True, synonyms=words.CREATED_AT),
        Field("submitted_at", ValueKind.MOMENT, N_("Submitted"), synonyms=("Submitted On", "提交时间")),
        Field("taken_at", ValueKind.MOMENT, N_("Review begun"), synonyms=("Review started", "受理时间")),
        Field("decided_at", ValueKind.MOMENT, N_("Decided"), synonyms=("Approval date", "Decision date", "审批时间")),
        Field("protected_until", ValueKind.MOMENT, N_("Protected until"), synonyms=("Expiration date", "保护期至")),
        Field("expected_close_on", ValueKind.DATE, N_("Expected close"), synonyms=words.CLOSE_DATE),
        Field("closed_at", ValueKind.MOMENT, N_("Closed"), synonyms=("Closed On", "Actual close date", "关闭时间")),
        Field(
            "reject_code", ValueKind.CHOICE, N_("Reason of the rejection"), choices=_choices(REJECT_LABELS),
            synonyms=("Reject reason", "驳回原因"),
        ),
        Field(
            "lost_reason", ValueKind.CHOICE, N_("Reason of the loss"), choices=_choices(LOST_LABELS),
            synonyms=words.LOSS_REASON,
        ),
        _text("question", N_("The vendor's question"), 4000),
        _text("answer", N_("The partner's answer"), 4000),
        Field(
            "registered_by_email", ValueKind.EMAIL, N_("Registered by"), synonyms=words.OWNER,
            help=N_("The address of somebody who works for the partner."),
        ),
        Field(
            "source", ValueKind.CHOICE, N_("Source"), choices=_choices(TYPED_SOURCES), synonyms=words.LEAD_SOURCE
        ),
        _text("competitor", N_("Competitor"), 120, *words.COMPETITOR),
        _text("reference", N_("The partner's own reference"), 60),
        _text("notes", N_("Notes"), 10_000, *words.NOTES),
    ),
)  # fmt: skip


async def apply(
    actor: Actor, rows: Sequence[Parsed], *, source_system: str, now: datetime
) -> list[tuple[int, RowOutcome, list[CellError]]]:
    """Rows without errors into deals with their cards, links and protections. Raises NotAllowed."""
    taken = await intake.take(actor, [past_deal(row.values) for row in rows], source_system=source_system, now=now)
    return [
        (row.number, one.outcome, [_cell_error(problem) for problem in one.problems])
        for row, one in zip(rows, taken, strict=True)
    ]


IMPORTER: Final = register_importer(
    Importer(
        KIND, apply, Permission.DEALS_DECIDE, event="deals.imported", order=40,
        about=N_("Registrations as they stand elsewhere, with their decisions, protection and stage."),
        href="/partners/deals", problems=PROBLEMS,
    )
)  # fmt: skip


def past_deal(values: Mapping[str, Value]) -> PastDeal:
    """The values of a parsed row; the required ones are there. Raises TypeError when they are not."""
    price, quantity, created = values["unit_price"], values["quantity"], values["created_at"]
    if not isinstance(price, Money) or not isinstance(quantity, int) or not isinstance(created, Moment):
        message = f"a parsed row has price, quantity and time, not {price!r}, {quantity!r} and {created!r}"
        raise TypeError(message)
    expected = values.get("expected_close_on")
    return PastDeal(
        source_id=text(values, "source_id"),
        partner=text(values, "partner_source_id"),
        account=text(values, "account_source_id"),
        customer_name=text(values, "customer_name"),
        sku=text(values, "product_sku"),
        quantity=quantity,
        unit_price=price,
        created_at=created.at,
        role=DealRole(text(values, "role") or DealRole.SELL),
        state=DealState(text(values, "state") or DealState.SUBMITTED),
        stage=Stage(text(values, "stage") or Stage.PROSPECT),
        contact_name=text(values, "contact_name"),
        contact_email=text(values, "contact_email"),
        contact_phone=text(values, "contact_phone"),
        contact_title=text(values, "contact_title"),
        submitted_at=_moment(values, "submitted_at"),
        taken_at=_moment(values, "taken_at"),
        decided_at=_moment(values, "decided_at"),
        protected_until=_moment(values, "protected_until"),
        closed_at=_moment(values, "closed_at"),
        expected_close_on=expected if isinstance(expected, date) else None,
        reject_code=text(values, "reject_code"),
        lost_reason=text(values, "lost_reason"),
        question=text(values, "question"),
        answer=text(values, "answer"),
        registered_by=text(values, "registered_by_email"),
        source=DealSource(text(values, "source") or DealSource.PARTNER),
        competitor=text(values, "competitor"),
        reference=text(values, "reference"),
        notes=text(values, "notes"),
    )


def _moment(values: Mapping[str, Value], name: str) -> datetime | None:
    value = values.get(name)
    return value.at if isinstance(value, Moment) else None


def _cell_error(problem: Problem) -> CellError:
    return CellError(problem.code, "", problem.params, problem.field)
