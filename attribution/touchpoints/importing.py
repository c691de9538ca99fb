"""Touchpoints as an import: their fields with the headings that mean them, and how rows become touches."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from attribution.touchpoints import service
from attribution.touchpoints.rules import (
    MOTION_LABELS,
    PROBLEMS,
    TOUCH_KIND_LABELS,
    Motion,
    Told,
    TouchKind,
    fallback_of,
)
from attribution.touchpoints.service import NewTouch
from partners.public import ACCOUNT_PROBLEMS
from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.money import Money
from portal.core.permissions import Permission
from portal.history.queries import Wording, tells
from portal.imports import vocabulary as words
from portal.imports.dates import Moment
from portal.imports.fields import Choice, Field, ImportKind, ValueKind
from portal.imports.registry import Importer, Result, register_importer
from portal.imports.rules import Parsed
from portal.imports.values import Value

tells(touchpoints__imported=Wording(N_("brought touchpoints"), "file-import", "good"))

_KIND_WORDS: Final[Mapping[TouchKind, tuple[str, ...]]] = {
    TouchKind.REGISTRATION: ("deal registration", "registered", "报备"),
    TouchKind.LEAD: (
        "new lead",
        "inquiry",
        "enquiry",
        "form",
        "form submission",
        "contact form",
        "线索",
        "询盘",
        "表单",
    ),
    TouchKind.WEB_VISIT: ("website", "web visit", "page view", "pageview", "visit page", "网站访问", "浏览"),
    TouchKind.ASSET_OPENED: ("download", "asset", "asset opened", "content download", "white paper", "下载", "白皮书"),
    TouchKind.EMAIL: ("e-mail", "mail", "email reply", "email click", "email open", "邮件"),
    TouchKind.SOCIAL: ("social", "post", "comment", "社媒互动"),
    TouchKind.WEBINAR: ("web seminar", "online event", "网络研讨会", "线上研讨会", "直播"),
    TouchKind.EVENT: ("trade show", "tradeshow", "conference", "fair", "展会", "活动", "线下活动"),
    TouchKind.CALL: ("phone", "phone call", "telephone", "cold call", "电话", "通话", "电话沟通"),
    TouchKind.VISIT: ("on-site visit", "site visit", "field visit", "拜访", "上门"),
    TouchKind.MEETING: ("appointment", "online meeting", "会议", "会面"),
    TouchKind.DEMO: ("demo", "product demo", "演示", "产品演示"),
    TouchKind.PROOF_OF_CONCEPT: ("poc", "pilot", "trial", "概念验证", "试点", "试用"),
    TouchKind.TRAINING: ("course", "workshop", "培训", "培训课程"),
    TouchKind.IMPLEMENTATION: ("deployment", "onboarding", "go-live", "实施", "部署"),
    TouchKind.SUPPORT: ("ticket", "case", "service call", "支持", "工单", "客服"),
    TouchKind.HEALTH_CHECK: ("review", "business review", "qbr", "健康检查", "巡检"),
    TouchKind.RENEWAL_TALK: ("renewal", "renewal call", "续约"),
    TouchKind.OTHER: ("task", "activity", "其他"),
}
_MOTION_WORDS: Final[Mapping[Motion, tuple[str, ...]]] = {
    Motion.BUILD: ("built", "solution", "构建"),
    Motion.INFLUENCE: ("influenced", "referral", "refer", "影响"),
    Motion.SELL: ("sold", "resell", "resale", "销售"),
    Motion.SERVICE: ("serviced", "services", "implement", "服务"),
    Motion.MANAGE: ("managed", "managed service", "运营", "托管"),
}


def _text(name: str, label: str, longest: int, *synonyms: str, required: bool = False, help_: str = "") -> Field:
    return Field(name, ValueKind.TEXT, label, required=required, synonyms=synonyms, longest=longest, help=help_)


SOURCE_FIELDS: Final = (
    _text("origin", N_("Origin"), 200, "Source Type", "Lead Origin", "Origin Type", "来源大类", "来源类型"),
    _text(
        "channel", N_("Channel of the source"), 200, "Channel", "Marketing Channel", "utm_medium", "Medium",
        "Lead Source", "Original Source", "Default channel group", "来源渠道", "推广渠道", "渠道", "媒介",
    ),
    _text("platform", N_("Platform"), 200, "utm_source", "Network", "Ad Network", "Site", "平台", "媒体平台"),
    _text("campaign", N_("Campaign"), 200, "Campaign Name", "utm_campaign", "活动", "营销活动", "推广计划"),
    _text("content", N_("Content"), 200, "utm_content", "Creative", "Ad", "Ad Name", "内容", "创意", "素材"),
    _text("keyword", N_("Keyword"), 200, "utm_term", "Search Term", "Search Query", "关键词", "搜索词"),
)  # fmt: skip
"""Where something came from, from the coarse to the fine; for every import that resolves to the source tree."""

KIND: Final = ImportKind(
    name="touchpoints",
    label=N_("Touchpoints"),
    source_id="source_id",
    fields=(
        _text(
            "source_id", N_("Id in the source system"), 120, "Touchpoint ID", "Touch ID", "Activity ID", "Event ID",
            "Engagement ID", "触点编号", "活动编号", *words.SOURCE_ID, required=True,
        ),
        Field(
            "occurred_at", ValueKind.MOMENT, N_("When it happened"), required=True,
            synonyms=(
                "Date", "Time", "Timestamp", "Activity Date", "Event Date", "Touch Date", "Occurred At", "Date/Time",
                "event_time", "时间", "日期", "发生时间", "触点时间", *words.CREATED_AT,
            ),
        ),
        Field(
            "kind", ValueKind.CHOICE, N_("Kind of touch"), required=True,
            synonyms=("Type", "Activity Type", "Touch Type", "Event Type", "Activity", "触点类型", "类型", "互动类型"),
            choices=tuple(
                Choice(kind.value, (label, *_KIND_WORDS[kind])) for kind, label in TOUCH_KIND_LABELS.items()
            ),
        ),
        _text(
            "account", N_("Account"), 200, *words.ACCOUNT_ID, *words.CUSTOMER,
            help_=N_("Its id in the same system, or its name."),
        ),
        _text(
            "contact", N_("Contact"), 254, "Contact ID", "Person", "Person ID", "Lead ID", "联系人编号", "联系人",
            *words.EMAIL, help_=N_("Its id in the same system, or its e-mail address."),
        ),
        _text(
            "visitor", N_("Visitor"), 120, "Visitor ID", "Cookie ID", "Client ID", "Anonymous ID", "访客编号", "访客",
            help_=N_("An id of the website for somebody who is not known yet."),
        ),
        _text("partner_source_id", N_("Partner"), 120, *words.PARTNER),
        Field(
            "motion", ValueKind.CHOICE, N_("What the partner did"), synonyms=("Motion", "Partner Motion", "伙伴动作"),
            choices=tuple(Choice(one.value, (label, *_MOTION_WORDS[one])) for one, label in MOTION_LABELS.items()),
        ),
        *SOURCE_FIELDS,
        _text("asset", N_("Document"), 200, "Asset", "Asset Name", "Page", "Page URL", "Landing Page", "资料", "页面"),
        _text("evidence", N_("Evidence"), 500, "Proof", "Link", "Notes", "证据", "备注"),
        Field("cost", ValueKind.MONEY, N_("Cost"), synonyms=("Spend", "Cost per touch", "费用"), currency="currency"),
        Field("currency", ValueKind.CURRENCY, N_("Currency"), synonyms=words.CURRENCY),
    ),
)  # fmt: skip


async def apply(actor: Actor, rows: Sequence[Parsed], *, source_system: str, now: datetime) -> list[Result]:
    """Rows without errors into touches. Raises NotAllowed."""
    actor.require(Permission.IMPORTS_WRITE)
    touches = [_touch(row.values) for row in rows]
    added = await service.add_touchpoints(actor, touches, source_system=source_system, now=now)
    return [(row.number, one.outcome, list(one.problems)) for row, one in zip(rows, added, strict=True)]


def _touch(values: Mapping[str, Value]) -> NewTouch:
    """The values of a parsed row as a touch; the required ones are there."""
    said = texts(values)
    when, motion, cost = values["occurred_at"], said.get("motion"), values.get("cost")
    if not isinstance(when, Moment):
        message = f"a parsed row has a time, not {when!r}"
        raise TypeError(message)
    kind, partner = TouchKind(said["kind"]), said.get("partner_source_id", "")
    return NewTouch(
        source_id=said.get("source_id", ""),
        occurred_at=when.at,
        precision=when.precision,
        kind=kind,
        source=told_source(said, fallback_of(kind, by_partner=bool(partner))),
        account=said.get("account", ""),
        contact=said.get("contact", ""),
        visitor=said.get("visitor", ""),
        partner=partner,
        motion=Motion(motion) if motion else None,
        asset=said.get("asset", ""),
        evidence=said.get("evidence", ""),
        cost=cost if isinstance(cost, Money) else None,
    )


def told_source(said: Mapping[str, str], fallback: str = "") -> Told:
    """What the texts of a row say about its source."""
    get = said.get
    return Told(
        get("origin", ""), get("channel", ""), get("platform", ""), get("campaign", ""), get("content", ""),
        get("keyword", ""), fallback,
    )  # fmt: skip


def texts(values: Mapping[str, Value]) -> dict[str, str]:
    """The fields of a row that are texts and not blank."""
    return {name: value for name, value in values.items() if isinstance(value, str)}


IMPORTER: Final = register_importer(
    Importer(
        KIND, apply, Permission.TOUCHPOINTS_WRITE, event="touchpoints.imported", order=60,
        about=N_("Who met a customer, when and how: what credit is later given for."), href="/touchpoints", chunk=4_000,
        problems={**ACCOUNT_PROBLEMS, **PROBLEMS},
    )
)  # fmt: skip
