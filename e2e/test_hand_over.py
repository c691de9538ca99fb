"""An approved deal is protected longer, and then handed over to another partner by two people: neither meets the other."""

import re
from dataclasses import dataclass
from typing import Any, Final

import pytest

from e2e import world
from e2e.browsing import Window
from e2e.conftest import Person
from e2e.places import run
from e2e.server import Site
from portal.core import clock

BUDGET: Final = "Their budget comes in January."
TO_GIVER: Final = "The customer wants somebody nearer. 客户希望就近服务。"
TO_TAKER: Final = "Please call their head of IT this week. 请本周联系对方。"
GIVER: Final = ("Alpha", "Pia Lund", BUDGET, TO_GIVER)
TAKER: Final = ("Omega", "Otto Brandt", TO_TAKER)
_LINKED: Final = "SELECT l.card FROM partners_deal d JOIN partners_card_link l ON l.card = d.card WHERE d.id = $1::uuid"
_OF_OMEGA: Final = (
    "SELECT d.id FROM partners_deal d JOIN partners_company c ON c.id = d.partner_id"
    " WHERE c.legal_name = 'Omega IT AG' AND d.customer_name = $1"
)
_PROTECTED: Final = (
    "SELECT c.legal_name, x.protected_until AS until FROM partners_deal_protection x"
    " JOIN partners_company c ON c.id = x.partner_id JOIN partners_account a ON a.id = x.account"
    " WHERE a.legal_name = $1 ORDER BY x.protected_from"
)


@dataclass(frozen=True)
class Words:
    """What is pressed and read, in one language."""

    take: str
    approve: str
    longer: str
    why: str
    asked: str
    grant: str
    hand_over: str
    taker: str
    reason: str
    because: str
    giver_words: str
    taker_words: str
    ask: str
    waits: str
    revoked: str
    handed: str


WORDS: Final = {
    "en": Words(
        "Start the review", "Approve", "Ask for a longer protection", "Why the sale takes longer",
        "A longer protection is asked for", "Grant", "Hand over", "Partner that takes it over", "Reason",
        "The customer asked for another partner", "Words to the one who gives it", "Words to the one who takes it",
        "Ask a second person", "Somebody else has to agree", "Revoked", "Handed over to you by the vendor",
    ),
    "zh_CN": Words(
        "开始审核", "批准", "申请保护期延期", "需要更长时间的原因", "保护期延期申请", "同意", "转交", "接手的伙伴", "原因",
        "客户要求更换伙伴", "给交出方的话", "给接手方的话", "请另一人复核", "需另一人同意", "已撤销", "厂商转交给您",
    ),
}  # fmt: skip


@dataclass
class Story:
    """One run of it."""

    site: Site
    words: Words
    customer: str
    windows: dict[str, Window]
    deal: str

    def rows(self, query: str) -> list[dict[str, Any]]:
        """Rows about the customer, `$1` its name."""
        return self.site.sql(query, self.customer)


@pytest.mark.parametrize(("place", "locale"), [*zip(world.HANDOVERS, WORDS, strict=True)], ids=("desk", "phone"))
def test_a_deal_goes_from_one_partner_to_another(site: Site, person: Person, place: str, locale: str) -> None:
    customer = world.story_customer(place)
    deal = run(world.registered(site.database, customer, "FLO-S", clock.now()))
    windows = {key: person(key, locale, phone=locale != "en") for key in ("pia", "otto", "vera", "vito")}
    story = Story(site, WORDS[locale], customer, windows, f"/partners/deals/{deal}")
    be_approved(story)
    be_protected_longer(story)
    ask_to_hand_over(story)
    agree(story)
    read_it_as_the_giver(story)
    read_it_as_the_taker(story)


def be_approved(story: Story) -> None:
    """The manager takes it and approves it."""
    vera = story.windows["vera"]
    key = story.deal.rpartition("/")[2]
    vera.until(lambda: bool(story.site.sql(_LINKED, key)))
    vera.open(story.deal)
    vera.send(story.words.take)
    vera.send(story.words.approve, inside=vera.unfold(story.words.approve))


def be_protected_longer(story: Story) -> None:
    """The partner asks for more time on the deal's page, and the manager grants it there."""
    words, pia, vera = story.words, story.windows["pia"], story.windows["vera"]
    pia.open(story.deal)
    form = pia.unfold(words.longer)
    pia.type(words.why, BUDGET, inside=form)
    pia.send(words.longer, inside=form)
    pia.sees(words.asked)
    vera.open(story.deal)
    vera.sees(words.asked, BUDGET)
    form = vera.unfold(words.grant)
    vera.send(words.grant, inside=form)
    pia.open(story.deal)
    pia.sees_nothing_of(*TAKER)


def ask_to_hand_over(story: Story) -> None:
    """The manager says to whom, why, and what each side reads; words that name the other are refused, and kept."""
    words, vera = story.words, story.windows["vera"]
    vera.open(story.deal)
    vera.follow(words.hand_over)
    vera.type(words.taker, "Omega IT AG")
    vera.page.get_by_label(words.reason, exact=False).first.select_option(label=words.because)
    vera.type(words.giver_words, "Omega takes it.")
    vera.type(words.taker_words, TO_TAKER)
    with vera.refused(422):
        vera.send(words.ask)
    vera.sees("Omega")
    assert vera.page.get_by_label(words.taker_words).input_value() == TO_TAKER
    vera.type(words.giver_words, TO_GIVER)
    vera.send(words.ask)
    vera.sees(words.waits)
    assert [row["legal_name"] for row in story.rows(_PROTECTED)] == ["Alpha Systemhaus GmbH"]


def agree(story: Story) -> None:
    """A colleague reads the whole of it and agrees; what is protected goes over with the same end."""
    words, vito = story.words, story.windows["vito"]
    until = story.rows(_PROTECTED)[0]["until"]
    vito.open(story.deal)
    vito.follow(vito.page.locator("main a[href^='/approvals/']").first)
    vito.sees("Alpha Systemhaus GmbH", "Omega IT AG", TO_GIVER, TO_TAKER)
    vito.send(words.approve)
    given, taken = story.rows(_PROTECTED)
    assert (given["legal_name"], taken["legal_name"]) == ("Alpha Systemhaus GmbH", "Omega IT AG")
    assert taken["until"] == until
    assert given["until"] <= clock.now()


def read_it_as_the_giver(story: Story) -> None:
    """Its deal was revoked, with these words, and nothing says who has the customer now."""
    pia = story.windows["pia"]
    pia.open(story.deal)
    pia.sees(story.words.revoked, TO_GIVER)
    for path in (story.deal, "/", "/partners/deals?tab=all", "/news", "/notices"):
        pia.open(path)
        pia.sees_nothing_of(*TAKER)


def read_it_as_the_taker(story: Story) -> None:
    """It has a deal of its own, approved and protected, with the words for it and nothing of whoever had it."""
    otto = story.windows["otto"]
    mine = f"/partners/deals/{story.rows(_OF_OMEGA)[0]['id']}"
    otto.open(mine)
    otto.sees(story.words.handed, TO_TAKER)
    for path in (mine, "/", "/partners/deals?tab=all", "/news", "/notices", "/partners/cards"):
        otto.open(path)
        otto.sees_nothing_of(*GIVER)
    assert not re.search(r"\bAS-\d{4}-\d+", otto.read())
