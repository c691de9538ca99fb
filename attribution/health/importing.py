"""Signals as imports: product use, tickets and surveys, with the headings that mean their fields."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from attribution.health.rules import SEVERITY_LABELS, Severity
from attribution.health.service import add_signals
from partners.public import ACCOUNT_PROBLEMS, NamedAccounts, find_named_accounts
from portal.core import clock, db, formats
from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.permissions import Permission
from portal.history.queries import Wording, tells
from portal.imports import storing
from portal.imports import vocabulary as words
from portal.imports.cells import CellError
from portal.imports.fields import Choice, Field, ImportKind, ValueKind
from portal.imports.registry import Importer, Result, register_importer
from portal.imports.rules import Parsed
from portal.imports.storing import Told
from portal.imports.values import Value

tells(
    usage__imported=Wording(N_("brought product use"), "file-import", "good"),
    tickets__imported=Wording(N_("brought tickets"), "file-import", "good"),
    surveys__imported=Wording(N_("brought survey answers"), "file-import", "good"),
)
_CHUNK: Final = 4_000
_SEVERITY_WORDS: Final[Mapping[Severity, tuple[str, ...]]] = {
    Severity.LOW: ("P4", "minor", "4", "低"),
    Severity.NORMAL: ("P3", "medium", "moderate", "3", "中", "一般"),
    Severity.HIGH: ("P2", "major", "2", "高", "严重"),
    Severity.CRITICAL: ("P1", "urgent", "blocker", "1", "紧急", "致命"),
}
_SCALES: Final[Mapping[str, tuple[str, ...]]] = {
    "0-10": ("nps", "0 to 10", "net promoter score", "净推荐值"),
    "1-10": ("1 to 10", "十分制"),
    "1-5": ("csat", "stars", "1 to 5", "五分制", "满意度"),
    "1-7": ("ces", "1 to 7", "七分制"),
    "0-100": ("percent", "%", "0 to 100", "百分制"),
}
"""Lowest and highest score, and what files call the scale."""
_CENTS: Final = Decimal("0.01")


def _source_id(*synonyms: str) -> Field:
    return Field(
        "source_id", ValueKind.TEXT, N_("Id in the source system"), required=True, longest=120,
        synonyms=(*synonyms, *words.SOURCE_ID),
    )  # fmt: skip


def _account() -> Field:
    return Field(
        "account", ValueKind.TEXT, N_("Account"), required=True, longest=200,
        synonyms=(*words.ACCOUNT_ID, *words.CUSTOMER), help=N_("Its id in the same system, or its name."),
    )  # fmt: skip


USAGE: Final = ImportKind(
    name="usage",
    label=N_("Product use"),
    source_id="source_id",
    fields=(
        _source_id("Usage ID", "Reading ID", "使用记录编号"),
        _account(),
        Field(
            "product_sku", ValueKind.TEXT, N_("Article number"), synonyms=words.PRODUCT, longest=60,
            help=N_("Without it, the reading is of all that the customer has."),
        ),
        Field(
            "day", ValueKind.DATE, N_("Day of the reading"), required=True,
            synonyms=("Date", "Day", "Period", "Period End", "Month", "日期", "统计日期", "月份"),
        ),
        Field(
            "amount", ValueKind.INTEGER, N_("How much was used"), required=True,
            synonyms=(
                "Amount", "Usage", "Active Users", "Monthly Active Users", "MAU", "DAU", "Units", "Logins", "Users",
                "使用量", "活跃用户", "活跃用户数", "登录次数",
            ),
        ),
        Field(
            "licensed", ValueKind.INTEGER, N_("How much is paid for"),
            synonyms=("Licensed", "Licenses", "Licences", "Seats", "Entitled", "Purchased", "许可数", "席位", "授权数"),
        ),
    ),
)  # fmt: skip
TICKETS: Final = ImportKind(
    name="tickets",
    label=N_("Tickets"),
    source_id="source_id",
    fields=(
        _source_id("Ticket ID", "Case ID", "Case Number", "Ticket", "Issue Key", "工单编号", "工单号"),
        _account(),
        Field(
            "opened_on", ValueKind.DATE, N_("Day it was opened"), required=True,
            synonyms=("Opened", "Date Opened", "Opened Date", "Created", "创建时间", "提交日期", *words.CREATED_AT),
        ),
        Field(
            "closed_on", ValueKind.DATE, N_("Day it was closed"),
            synonyms=("Closed", "Date Closed", "Closed Date", "Resolved", "Solved", "关闭时间", "解决日期"),
            help=N_("Empty while the ticket is open. Bring it again when it is closed."),
        ),
        Field(
            "severity", ValueKind.CHOICE, N_("Severity"),
            synonyms=("Priority", "Urgency", "Impact", "严重程度", "优先级"),
            choices=tuple(
                Choice(one.value, (label, *_SEVERITY_WORDS[one])) for one, label in SEVERITY_LABELS.items()
            ),
            help=N_("Without it, the ticket is a normal one."),
        ),
    ),
)  # fmt: skip
SURVEYS: Final = ImportKind(
    name="surveys",
    label=N_("Survey answers"),
    source_id="source_id",
    fields=(
        _source_id("Response ID", "Survey ID", "Answer ID", "问卷编号", "答卷编号"),
        _account(),
        Field(
            "answered_on", ValueKind.DATE, N_("Answered on"), required=True,
            synonyms=("Date", "Response Date", "Answered", "Submitted", "Completed", "回答日期", "提交时间", "日期"),
        ),
        Field(
            "score", ValueKind.DECIMAL, N_("Score"), required=True,
            synonyms=("Rating", "Answer", "NPS", "CSAT", "NPS Score", "评分", "得分", "分数"),
        ),
        Field(
            "scale", ValueKind.CHOICE, N_("Scale"), required=True, synonyms=("Survey Type", "Metric", "量表", "评分制"),
            choices=tuple(Choice(scale, synonyms) for scale, synonyms in _SCALES.items()),
            help=N_("From the worst to the best answer, such as 0-10. It may be said for the whole file."),
        ),
        Field(
            "comment", ValueKind.TEXT, N_("Comment"), longest=1_000,
            synonyms=("Verbatim", "Feedback", "评论", "意见", *words.NOTES),
        ),
    ),
)  # fmt: skip

PROBLEMS: Final[Mapping[str, str]] = {
    **storing.PROBLEMS,
    **ACCOUNT_PROBLEMS,
    "unknown_product": N_("There is no product with the article number “%(text)s”."),
    "in_future": N_("The day is still to come."),
    "negative_use": N_("The use is negative. It is nothing or more."),
    "no_licence": N_("What is paid for has to be one or more. Leave it empty where it is not known."),
    "closed_before": N_("The ticket is closed before it was opened."),
    "off_scale": N_("The score is not on the scale %(scale)s."),
}
"""A sentence for each reason why a row is refused."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What rows refer to, and the vendor's day."""

    accounts: NamedAccounts
    products: Mapping[str, UUID]
    today: date


@dataclass(frozen=True, slots=True)
class _Signal:
    """How rows of one kind become rows of one table: columns with their types, and a row's values or problems."""

    table: str
    columns: Mapping[str, str]
    read: Callable[[Mapping[str, Value], _Known], tuple[dict[str, Any], list[CellError]]]

    async def apply(self, actor: Actor, rows: Sequence[Parsed], *, source_system: str, now: datetime) -> list[Result]:
        """Rows without errors into signals. Raises NotAllowed."""
        actor.require(Permission.IMPORTS_WRITE)
        actor.require(Permission.HEALTH_WRITE)
        async with db.transaction(actor):
            known = _Known(
                await find_named_accounts(source_system, {_plain(row.values, "account") for row in rows}),
                await _find_products({_plain(row.values, "product_sku") for row in rows} - {""}),
                clock.day_of(now, formats.time_zone().key),
            )
            told = [self._told(row, known) for row in rows]
            return await add_signals(self.table, {"account": "uuid", **self.columns}, source_system, told, now=now)

    def _told(self, row: Parsed, known: _Known) -> Told:
        account = known.accounts.find(_plain(row.values, "account"), "account")
        columns, problems = self.read(row.values, known)
        if isinstance(account, CellError):
            problems.append(account)
        return Told(row.number, _plain(row.values, "source_id"), {"account": account, **columns}, problems)


async def _find_products(skus: set[str]) -> dict[str, UUID]:
    if not skus:
        return {}
    rows = await db.sql("SELECT sku, id FROM partners_product WHERE sku = any($1::text[])", list(skus))
    return {row["sku"]: row["id"] for row in rows}


def _usage(values: Mapping[str, Value], known: _Known) -> tuple[dict[str, Any], list[CellError]]:
    """The columns of a reading, and what is wrong with it."""
    day, amount, licensed = values["day"], values["amount"], values.get("licensed")
    if not isinstance(day, date) or not isinstance(amount, int):
        message = f"a parsed row has a day and an amount, not {day!r} and {amount!r}"
        raise TypeError(message)
    sku, paid = _plain(values, "product_sku"), licensed if isinstance(licensed, int) else None
    problems = _wrong(
        (bool(sku) and sku not in known.products, "unknown_product", "product_sku", {"text": sku}),
        (day > known.today, "in_future", "day", {}),
        (amount < 0, "negative_use", "amount", {}),
        (paid is not None and paid < 1, "no_licence", "licensed", {}),
    )
    return {"product": known.products.get(sku), "day": day, "amount": amount, "licensed": paid}, problems


def _ticket(values: Mapping[str, Value], known: _Known) -> tuple[dict[str, Any], list[CellError]]:
    """The columns of a ticket, and what is wrong with it."""
    opened, closed = values["opened_on"], values.get("closed_on")
    if not isinstance(opened, date):
        message = f"a parsed row has a day, not {opened!r}"
        raise TypeError(message)
    ended = closed if isinstance(closed, date) else None
    problems = _wrong(
        (opened > known.today, "in_future", "opened_on", {}),
        (ended is not None and ended > known.today, "in_future", "closed_on", {}),
        (ended is not None and ended < opened, "closed_before", "closed_on", {}),
    )
    severity = _plain(values, "severity") or Severity.NORMAL.value
    return {"opened_on": opened, "closed_on": ended, "severity": severity}, problems


def _survey(values: Mapping[str, Value], known: _Known) -> tuple[dict[str, Any], list[CellError]]:
    """The columns of an answer, and what is wrong with it."""
    answered, score, scale = values["answered_on"], values["score"], _plain(values, "scale")
    if not isinstance(answered, date) or not isinstance(score, Decimal):
        message = f"a parsed row has a day and a score, not {answered!r} and {score!r}"
        raise TypeError(message)
    lowest, highest = (int(end) for end in scale.split("-"))
    problems = _wrong(
        (answered > known.today, "in_future", "answered_on", {}),
        (not lowest <= score <= highest, "off_scale", "score", {"scale": scale}),
    )
    if not problems:
        score = score.quantize(_CENTS)
    columns = {"answered_on": answered, "score": score, "lowest": lowest, "highest": highest}
    return {**columns, "comment": _plain(values, "comment")}, problems


def _wrong(*checks: tuple[bool, str, str, Mapping[str, str]]) -> list[CellError]:
    return [CellError(code, "", dict(params), name) for is_wrong, code, name, params in checks if is_wrong]


def _plain(values: Mapping[str, Value], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""


_USAGE: Final = _Signal(
    "attribution_usage", {"product": "uuid", "day": "date", "amount": "bigint", "licensed": "bigint"}, _usage
)
_TICKETS: Final = _Signal("attribution_ticket", {"opened_on": "date", "closed_on": "date", "severity": "text"}, _ticket)
_SURVEYS: Final = _Signal(
    "attribution_survey",
    {"answered_on": "date", "score": "numeric", "lowest": "int", "highest": "int", "comment": "text"}, _survey,
)  # fmt: skip


def _importer(kind: ImportKind, signal: _Signal, order: int, about: str) -> Importer:
    return register_importer(
        Importer(
            kind, signal.apply, Permission.HEALTH_WRITE, event=f"{kind.name}.imported", order=order, about=about,
            href="/customer-health", chunk=_CHUNK, problems=PROBLEMS,
        )
    )  # fmt: skip


USAGE_IMPORTER: Final = _importer(USAGE, _USAGE, 66, N_("How much customers use of what they bought, day by day."))
TICKET_IMPORTER: Final = _importer(TICKETS, _TICKETS, 67, N_("Cases that customers opened, and when they were closed."))
SURVEY_IMPORTER: Final = _importer(SURVEYS, _SURVEYS, 68, N_("How satisfied customers said they are."))
