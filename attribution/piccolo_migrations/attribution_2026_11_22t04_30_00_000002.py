"""The guards of touchpoints and their sources: the vendor's alone, insert-only touches, the seed of the source tree."""

from uuid import UUID, uuid5

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from portal.core.migrate import run_statements
from portal.core.tenancy import ROLES, Owner, append_only, protect

ID = "2026-11-22T04:30:00:000002"
VERSION = "1.38.0"
DESCRIPTION = "Guards of touchpoints"

INDEXES = (
    "CREATE UNIQUE INDEX attribution_source_node_once ON attribution_source_node (parent, level, key)"
    " NULLS NOT DISTINCT",
    "CREATE INDEX attribution_touchpoint_by_occurred_at ON attribution_touchpoint (occurred_at, id)",
    "CREATE INDEX attribution_touchpoint_account ON attribution_touchpoint (account, occurred_at)",
    "CREATE INDEX attribution_touchpoint_partner ON attribution_touchpoint (partner, occurred_at, id)",
    "CREATE INDEX attribution_touchpoint_node ON attribution_touchpoint (node, occurred_at, id)",
    "CREATE INDEX attribution_touchpoint_visitor ON attribution_touchpoint (visitor) WHERE visitor <> ''",
    "CREATE INDEX attribution_cost_by_starts_on ON attribution_cost (starts_on, id)",
    "CREATE INDEX attribution_cost_by_amount_minor ON attribution_cost (amount_minor, id)",
    "CREATE INDEX attribution_cost_by_changed_at ON attribution_cost (changed_at, id)",
    "CREATE INDEX attribution_cost_node ON attribution_cost (node, starts_on)",
    "CREATE UNIQUE INDEX attribution_cost_source ON attribution_cost (source_system, number)",
)

SEED = (
    ("marketing", "Marketing", "市场", "inbound"),
    ("marketing/website", "Website", "官网", "web;web visit;site;direct traffic;网站"),
    ("marketing/search", "Search", "搜索", "seo;sem;organic search;paid search;搜索引擎;ppc"),
    ("marketing/search/google", "Google", "谷歌", "google ads;adwords;google.com"),
    ("marketing/search/bing", "Bing", "必应", "bing ads;bing.com"),
    ("marketing/search/baidu", "Baidu", "百度", "baidu.com;百度推广"),
    ("marketing/social", "Social media", "社交媒体", "social;paid social;organic social;社媒"),
    ("marketing/social/wechat", "WeChat official account", "微信公众号", "wechat;weixin;微信;公众号"),
    ("marketing/social/wecom", "WeCom", "企业微信", "wechat work;企微"),
    ("marketing/social/channels", "WeChat Channels", "视频号", "wechat video;微信视频号"),
    ("marketing/social/douyin", "Douyin", "抖音", ""),
    ("marketing/social/bilibili", "Bilibili", "B站", "哔哩哔哩;bilibili.com"),
    ("marketing/social/live", "Live stream", "直播", "livestream;live streaming"),
    ("marketing/social/zhihu", "Zhihu", "知乎", "zhihu.com"),
    ("marketing/social/community", "Community", "社群", "forum;user group;社区;微信群"),
    ("marketing/social/linkedin", "LinkedIn", "领英", "linkedin.com;linkedin ads"),
    ("marketing/email", "E-mail", "电子邮件", "email;mail;newsletter;email campaign;edm;邮件"),
    ("marketing/event", "Trade show", "展会", "tradeshow;event;conference;webinar;fair;活动"),
    ("sales", "Direct sales", "直销", "direct;outbound;field sales;sales team"),
    ("sales/call", "Call", "电话", "phone;telephone;phone call;致电"),
    ("sales/cold_call", "Cold call", "陌拜", "cold calling;cold outreach;电话陌拜"),
    ("sales/visit", "Visit", "拜访", "meeting;on-site visit;site visit;上门拜访"),
    ("partner", "Partner", "伙伴", "channel partner;partner referral;reseller;渠道伙伴;合作伙伴"),
    ("unmapped", "Not mapped yet", "待归类", ""),
)
"""Key, name, Chinese name, and what files call it: version 1 of the vocabulary. Those above come first."""
_NAMES = UUID("6f9d8d5e-6a4c-4f43-9a39-6f9c1c0f7a10")
_LEVELS = ("origin", "channel", "platform")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _seed() -> list[str]:
    """One INSERT for each node; its id follows from its key, the same in every installation."""
    paths = {"": ("", "")}
    out = []
    for key, name, name_zh, words in SEED:
        above = key.rpartition("/")[0]
        path, path_zh = (" / ".join(filter(None, pair)) for pair in zip(paths[above], (name, name_zh), strict=True))
        paths[key] = (path, path_zh)
        level = "unmapped" if key == "unmapped" else _LEVELS[key.count("/")]
        known = dict.fromkeys(word.casefold() for word in (name, name_zh, *words.split(";")) if word)
        parent = f"'{uuid5(_NAMES, above)}'" if above else "NULL"
        listed = ", ".join(_quoted(word) for word in known)
        out.append(
            "INSERT INTO attribution_source_node (id, parent, level, key, name, name_zh, words, path, path_zh,"
            f" version, created_at) VALUES ('{uuid5(_NAMES, key)}', {parent}, '{level}', '{key}', {_quoted(name)},"
            f" {_quoted(name_zh)}, ARRAY[{listed}], {_quoted(path)}, {_quoted(path_zh)}, 1, now())"
        )
    return out


def statements() -> list[str]:
    """All of it, in order; the seed before row-level security holds for its owner too."""
    return [
        *INDEXES,
        *_seed(),
        *protect("attribution_source_node", Owner.VENDOR, staff="SELECT, INSERT, UPDATE"),
        *protect("attribution_touchpoint", Owner.VENDOR, staff="SELECT, INSERT"),
        *protect("attribution_cost", Owner.VENDOR, staff="SELECT, INSERT, UPDATE"),
        *append_only("attribution_touchpoint"),
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {', '.join(ROLES)}",
    ]


async def forwards() -> MigrationManager:
    """Add what Piccolo's own migrations cannot say."""
    manager = MigrationManager(migration_id=ID, app_name="attribution", description=DESCRIPTION)

    async def run() -> None:
        await run_statements(statements())

    manager.add_raw(run)
    return manager
