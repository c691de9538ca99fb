"""Two partners collide over one customer: a late answer, a decision, an appeal, and an approval from a mail."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import pytest

from e2e import world
from e2e.browsing import Window
from e2e.conftest import Person
from e2e.places import run
from e2e.server import Site
from partners.response.watching import watch
from portal.core import clock, db

DAYS_AGO: Final = 12
"""When Alpha registered: its tier is answered within two working days."""
WORDS_TO_RIVAL: Final = "The customer was with us about this before."
APPEAL: Final = "We wrote the concept in spring. 春天的方案出自我们。"
FINAL: Final = "We looked at your concept, and it stays so."
QUESTION: Final = "Who signs the order?"
ANSWER: Final = "Their managing director."
RIVALS_OF_OTTO: Final = ("Alpha", "Pia Lund", QUESTION, ANSWER)
_LINK: Final = re.compile(r"/act/[\w-]+")


@dataclass(frozen=True)
class Words:
    """What is pressed and read, in one language."""

    customer: str
    product: str
    quantity: str
    close: str
    submit: str
    late: str
    take: str
    ask: str
    question: str
    answer: str
    your_answer: str
    claimed: str
    to_losers: str
    decide: str
    decided: str
    rejected: str
    appeal: str
    why: str
    appealed: str
    first: str
    another: str
    no_second: str
    act_as: str
    approve: str
    approved: str
    used: str
    longer: str


WORDS: Final = {
    "en": Words(
        "Customer", "Product", "Quantity", "Expected close", "Submit for review", "The answer was due on",
        "Start the review", "Ask for information", "Your question", "Answer", "Your answer",
        "In conflict with one other", "To those who do not go on", "Decide",
        "Decided. Those who do not go on are told why.", "Rejected", "Appeal", "Why it should be decided otherwise",
        "Your appeal is with the vendor.", "The first decision", "has to decide", "You have appealed against this once",
        "You act as Vera Holm", "Approve", "Approved. The partner is told.", "This link does nothing any more",
        "because the answer came late",
    ),
    "zh_CN": Words(
        "客户", "产品", "数量", "预计成交日期", "提交审核", "答复期限为", "开始审核", "退回补充", "您的问题", "答复", "您的答复",
        "与另外 1 方撞单", "给未获支持方的说明", "裁定", "已裁定。未获支持的伙伴将收到理由。", "已驳回", "申诉", "为什么应当重新决定",
        "您的申诉已提交给厂商", "首次裁定", "裁定", "您已就此申诉过一次", "Vera Holm", "批准", "已批准",
        "此链接已失效", "因答复超时",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Run:
    """How the story is played once; `place` is the customer's."""

    place: str
    locale: str
    phone: bool = False

    def __str__(self) -> str:
        """As the test is called."""
        return f"{self.locale}-{'phone' if self.phone else 'desk'}"


RUNS: Final = (Run(world.COLLISIONS[0], "en"), Run(world.COLLISIONS[1], "zh_CN", phone=True))


@dataclass
class Story:
    """One run of it."""

    site: Site
    words: Words
    customer: str
    windows: dict[str, Window]
    deal: str
    rival: str = ""

    def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        """Rows about the customer's account, `$1` its name."""
        return self.site.sql(query, self.customer, *values)

    def state(self) -> str:
        """Of the conflict."""
        found = self.rows("SELECT state FROM partners_conflict WHERE account_name = $1")
        return str(found[0]["state"]) if found else ""

    @property
    def room(self) -> str:
        """Where the conflict is decided."""
        return f"/partners/conflicts/{self.rows('SELECT id FROM partners_conflict WHERE account_name = $1')[0]['id']}"


@pytest.mark.parametrize("run_", RUNS, ids=str)
def test_a_collision_from_registration_to_approval(site: Site, person: Person, run_: Run) -> None:
    customer = world.story_customer(run_.place)
    deal = run(world.registered(site.database, customer, "INS-S", clock.now() - timedelta(days=DAYS_AGO)))
    windows = {key: person(key, run_.locale, phone=run_.phone) for key in ("pia", "otto", "vera", "vito")}
    story = Story(site, WORDS[run_.locale], customer, windows, f"/partners/deals/{deal}")
    register_as_rival(story)
    be_late(story)
    ask_and_answer(story)
    decide(story)
    appeal(story)
    decide_for_good(story)
    approve_from_the_mail(story)


def register_as_rival(story: Story) -> None:
    """Omega registers the same customer and product group today; the conflict is found by itself."""
    words, otto = story.words, story.windows["otto"]
    otto.open("/partners/deals/new")
    otto.type(words.customer, story.customer)
    otto.type(f"{words.product} 1", "INS-P")
    otto.type(words.quantity, "5")
    otto.type(words.close, (world.today() + timedelta(days=30)).isoformat())
    otto.send(words.submit)
    story.rival = otto.path
    otto.until(lambda: story.state() == "open")


def be_late(story: Story) -> None:
    """The clock has passed what Alpha was told; the job says so, and both sides read it."""
    run(_watched(story.site.database))
    late = "SELECT breached_at FROM partners_response WHERE deal = $1::uuid"
    assert story.site.sql(late, story.deal.rpartition("/")[2])[0]["breached_at"] is not None
    for key in ("pia", "vera"):
        story.windows[key].open(story.deal)
        story.windows[key].sees(story.words.late)


async def _watched(database: str) -> None:
    await db.connect(database, pool_size=2)
    try:
        await watch(now=clock.now())
    finally:
        await db.disconnect()


def ask_and_answer(story: Story) -> None:
    """The manager asks, the partner answers; the mail about the answer can approve."""
    words, vera, pia = story.words, story.windows["vera"], story.windows["pia"]
    vera.open(story.deal)
    vera.send(words.take)
    form = vera.unfold(words.ask)
    vera.type(words.question, QUESTION, inside=form)
    vera.send(words.ask, inside=form)
    pia.open(story.deal)
    form = pia.unfold(words.answer)
    pia.type(words.your_answer, ANSWER, inside=form)
    pia.send(words.answer, inside=form)
    vera.until(lambda: bool(_link(story)))


def _link(story: Story) -> str:
    """The path of the newest link by which Vera can approve Alpha's deal; empty while there is none."""
    number = story.site.sql("SELECT number FROM partners_deal WHERE id = $1::uuid", story.deal.rpartition("/")[2])
    rows = story.site.sql(
        "SELECT text FROM mail_message WHERE to_address = $1 AND text LIKE $2 AND text LIKE $3"
        " ORDER BY created_at DESC",
        world.WHO["vera"].email, f"%{number[0]['number']}%", f"%{ANSWER}%",
    )  # fmt: skip
    found = _LINK.search(rows[0]["text"]) if rows else None
    return found[0] if found else ""


def decide(story: Story) -> None:
    """The manager decides in the room for who registered first; the rival reads words, and nothing of the other."""
    words, vera = story.words, story.windows["vera"]
    vera.open(story.deal)
    vera.sees(words.claimed)
    vera.open(story.room)
    vera.sees("Alpha Systemhaus GmbH", "Omega IT AG")
    vera.type(words.to_losers, WORDS_TO_RIVAL)
    vera.send(words.decide)
    vera.sees(words.decided)
    _learns_only(story, WORDS_TO_RIVAL)


def _learns_only(story: Story, said: str) -> None:
    """Otto is rejected with these words, and no page of his says anything of Alpha."""
    otto = story.windows["otto"]
    otto.open(story.rival)
    otto.sees(story.words.rejected, said)
    for path in (story.rival, "/", "/partners/deals?tab=all", "/news", "/notices"):
        otto.open(path)
        otto.sees_nothing_of(*RIVALS_OF_OTTO)


def appeal(story: Story) -> None:
    """The loser appeals, once."""
    words, otto = story.words, story.windows["otto"]
    otto.open(story.rival)
    form = otto.unfold(words.appeal)
    otto.type(words.why, APPEAL, inside=form)
    otto.send(words.appeal, inside=form)
    otto.sees(words.appealed)
    otto.until(lambda: story.state() == "appealed")


def decide_for_good(story: Story) -> None:
    """Whoever decided first cannot decide again; a colleague does, and that stands."""
    words, vera, vito, otto = story.words, *(story.windows[key] for key in ("vera", "vito", "otto"))
    vera.open(story.room)
    assert not vera.page.get_by_role("button", name=words.decide, exact=True).count()
    vito.open(story.room)
    vito.sees(words.first, WORDS_TO_RIVAL)
    vito.type(words.to_losers, FINAL)
    vito.send(words.decide)
    vito.sees(words.decided)
    _learns_only(story, FINAL)
    otto.open(story.rival)
    otto.sees(words.no_second)


def approve_from_the_mail(story: Story) -> None:
    """One press behind the mail's link approves, once; the protection is longer by the delay, and says why."""
    words, vera, pia = story.words, story.windows["vera"], story.windows["pia"]
    link = _link(story)
    vera.open(link)
    vera.sees(words.act_as, story.customer)
    vera.send(words.approve)
    vera.sees(words.approved)
    row = story.site.sql(
        "SELECT state, protected_until - decided_at AS lasts FROM partners_deal WHERE id = $1::uuid",
        story.deal.rpartition("/")[2],
    )[0]
    assert row["state"] == "approved"
    assert row["lasts"] > timedelta(days=90 + 5), "gold is protected for 90 days, and the answer was days late"
    with vera.refused(404):
        vera.page.goto(f"{vera.address}{link}")
    vera.sees(words.used)
    pia.open(story.deal)
    pia.until(lambda: _says(pia, story.deal, words.longer))
    pia.sees_nothing_of("Omega", "Otto Brandt", WORDS_TO_RIVAL, APPEAL)


def _says(window: Window, path: str, words: str) -> bool:
    window.open(path)
    return words in window.read()
