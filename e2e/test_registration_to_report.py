"""One deal from its registration to the exported commission, by everybody who has a part in it."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import Final

import pytest

from e2e import files, world
from e2e.browsing import Window
from e2e.conftest import Person
from e2e.files import PART, RATE, REFUND, REST
from e2e.server import Site
from e2e.words import WORDS, Words


@dataclass(frozen=True)
class Run:
    """How the story is played once; `number` keeps the runs apart."""

    number: int
    locale: str
    phone: bool = False
    javascript: bool = True

    def __str__(self) -> str:
        """As the test is called."""
        where = "phone" if self.phone else "desk"
        return f"{self.locale}-{where}{'' if self.javascript else '-without-javascript'}"


RUNS: Final = (
    Run(1, "en"),
    Run(2, "zh_CN"),
    Run(3, "en", phone=True),
    Run(4, "zh_CN", phone=True),
    Run(5, "en", javascript=False),
)
QUESTION: Final = "How many of them work in the dairy?"
ANSWER: Final = "Thirty in the dairy, eight in the office. 三十八人。"
REFUSAL: Final = "Please call me about this one."


@dataclass
class Story:
    """One run. Everybody has a window of the run's kind, opened when they first come in."""

    site: Site
    person: Person
    run: Run
    deal: str = ""
    rival: str = ""
    windows: dict[str, Window] = field(default_factory=dict)

    @property
    def words(self) -> Words:
        """The words of the run's language."""
        return WORDS[self.run.locale]

    @cached_property
    def customer(self) -> str:
        """The customer of this run."""
        return world.story_customer(world.STORIES[self.run.number - 1])

    def of(self, key: str) -> Window:
        """Somebody's window."""
        if key not in self.windows:
            self.windows[key] = self._open(key)
        return self.windows[key]

    def _open(self, key: str) -> Window:
        return self.person(key, self.run.locale, phone=self.run.phone, javascript=self.run.javascript)

    def open_from_home(self, key: str, words: str) -> Window:
        """Open what waits for somebody, from the home page."""
        window = self.of(key)
        window.open("/")
        window.sees(self.words.waits_for_you)
        waiting = window.page.locator(".wait").filter(has_text=self.customer).filter(has_text=words)
        window.follow(waiting.get_by_role("link"))
        return window


@pytest.mark.parametrize("run", RUNS, ids=str)
def test_from_registration_to_report(site: Site, person: Person, run: Run) -> None:
    story = Story(site, person, run)
    register(story)
    register_as_rival(story)
    ask(story)
    answer(story)
    settle_the_conflict(story)
    approve(story)
    win(story)
    bring_revenue(story)
    see_why(story)
    report(story)
    close_a_month(story)


def register(story: Story) -> None:
    """The partner writes down a new customer and two products on one page, and submits."""
    words, pia = story.words, story.of("pia")
    pia.follow(words.register)
    pia.type(words.customer, story.customer)
    for number, (sku, quantity, price) in enumerate((("INS-S", "38", ""), ("FLO-S", "10", "76.50")), 1):
        pia.type(f"{words.product} {number}", sku)
        pia.type(words.quantity, quantity, nth=number - 1)
        pia.type(words.price, price, nth=number - 1)
    pia.unfold(words.below_list)
    pia.type(words.price_reason, "A tender with a price limit.")
    pia.type(words.wanted_until, (world.today() + timedelta(days=40)).isoformat())
    pia.send(words.add_line)
    assert pia.page.get_by_label(f"{words.product} 4").is_visible()
    pia.type(words.expected_close, (world.today() + timedelta(days=40)).isoformat())
    pia.unfold(words.more)
    pia.type(words.contact, "Hanna Berg")
    pia.send(words.submit)
    pia.sees(words.submitted, story.customer, "Hanna Berg", "€4,560.00", "€765.00", "€5,325.00")
    story.deal = pia.path


def register_as_rival(story: Story) -> None:
    """The rival registers the same customer and product group, and gets the same answer."""
    words, otto = story.words, story.of("otto")
    otto.open("/partners/deals/new")
    otto.type(words.customer, story.customer)
    otto.type(f"{words.product} 1", "INS-P")
    otto.type(words.quantity, "5")
    otto.type(words.expected_close, (world.today() + timedelta(days=30)).isoformat())
    otto.send(words.submit)
    otto.sees(words.submitted, story.customer, "€1,550.00")
    story.rival = otto.path


def ask(story: Story) -> None:
    """The manager finds both on the home page, takes the first one, and asks a question."""
    words = story.words
    vera = story.open_from_home("vera", "Alpha Systemhaus GmbH")
    assert vera.path == story.deal
    vera.send(words.take)
    vera.sees(words.taken, words.in_review)
    form = vera.unfold(words.ask)
    vera.type(words.question, QUESTION, inside=form)
    vera.send(words.ask, inside=form)
    vera.sees(words.asked, QUESTION)


def answer(story: Story) -> None:
    """The partner is told on the home page, and answers."""
    words = story.words
    pia = story.open_from_home("pia", words.to_answer)
    pia.sees(words.asked, QUESTION)
    form = pia.unfold(words.answer)
    pia.type(words.your_answer, ANSWER, inside=form)
    pia.send(words.answer, inside=form)
    pia.sees(words.answered, words.in_review, ANSWER)


def settle_the_conflict(story: Story) -> None:
    """Neither can be approved while both claim the customer: the manager decides in the room, the rival learns why."""
    words, vera, otto = story.words, story.of("vera"), story.of("otto")
    vera.open(story.rival)
    vera.send(words.take)
    vera.sees(words.by_the_system)
    otto.open(story.rival)
    before = otto.read_but_times()
    with vera.refused(409):
        form = vera.unfold(words.approve)
        vera.send(words.approve, inside=form)
    otto.open(story.rival)
    assert otto.read_but_times() == before
    vera.open(story.deal)
    vera.sees(ANSWER, words.account, words.by_the_system, words.conflict)
    vera.follow(words.open_room)
    vera.sees(words.proposed, "Alpha Systemhaus GmbH", "Omega IT AG")
    vera.type(words.to_losers, REFUSAL)
    vera.send(words.decide)
    vera.sees(words.decided)
    otto.open(story.rival)
    otto.sees(words.rejected, REFUSAL)
    own = story.site.sql("SELECT number FROM partners_deal WHERE id = $1::uuid", story.deal.rpartition("/")[2])
    for path in (story.rival, "/", "/partners/deals", "/news", "/notices"):
        otto.open(path)
        otto.sees_nothing_of("Alpha", "Pia Lund", own[0]["number"], QUESTION, ANSWER)


def approve(story: Story) -> None:
    """The room leads to the deal that goes on, which is approved."""
    words, vera = story.words, story.of("vera")
    vera.follow(vera.page.locator(f'main a.button[href="{story.deal}"]'))
    form = vera.unfold(words.approve)
    vera.send(words.approve, inside=form)
    vera.sees(words.approved)


def win(story: Story) -> None:
    """The partner wins the sale."""
    words, pia = story.words, story.of("pia")
    pia.open(story.deal)
    form = pia.unfold(words.win)
    pia.send(words.win, inside=form)
    pia.sees(words.won)


def bring_revenue(story: Story) -> None:
    """Finance brings the file of the accounting system, maps the column that was not known, looks, and imports."""
    words, faye = story.words, story.of("faye")
    faye.open("/imports")
    faye.follow(words.import_file)
    faye.page.get_by_role("radio", name=words.revenue).check()
    faye.type(words.source_system, world.SOURCE)
    faye.page.locator("#f-file").set_input_files(
        {"name": f"{story.customer}.csv", "mimeType": "text/csv", "buffer": files.revenue_file(story.run.number)}
    )
    faye.send(words.look)
    faye.page.locator("details:has(#f-parent_source_id) > summary").click()
    faye.page.get_by_label(words.column_for_invoice).select_option(files.INVOICE_COLUMN)
    if not story.run.javascript:
        faye.send(words.look_again)
    faye.wait_for(words.start)
    faye.look()
    faye.send(words.start)
    faye.wait_for(words.all_in)
    faye.look()


def see_why(story: Story) -> None:
    """The commission of each payment appears; the page of the last payment shows steps that add up."""
    words, pia = story.words, story.of("pia")
    expected = {"part": PART * RATE, "rest": REST * RATE, "refund": REFUND * RATE}
    pia.until(lambda: len(story.site.sql(
        "SELECT 1 FROM attribution_commission WHERE customer_name = $1", story.customer)) == len(expected))  # fmt: skip
    pia.open("/")
    pia.go_to(words.earnings)
    rows = pia.page.locator("tbody tr").filter(has_text=story.customer)
    assert rows.count() == len(expected)
    found = {amount for row in rows.all() for amount in files.amounts(row.inner_text())}
    assert found >= set(expected.values()), found
    pia.follow(rows.filter(has_text=f"{expected['rest']:.2f}").get_by_role("link"))
    pia.sees(words.step_by_step, words.how_we_got.format(f"{expected['rest']:.2f}"))
    check_steps(pia, expected["rest"])


def check_steps(window: Window, amount: Decimal) -> None:
    """Each step that names amounts says a sum that is right, and the last is the amount."""
    steps = [step.inner_text() for step in window.page.locator(".calc > li").all()]
    results = [files.amounts(text) for text in window.page.locator(".calc-result").all_inner_texts()]
    assert results[-1] == [amount], steps
    everything = " ".join(steps)
    for known in (PART, REST, PART + REST, (PART + REST) * RATE, PART * RATE):
        assert known in files.amounts(everything), (known, steps)
    assert amount == (PART + REST) * RATE - PART * RATE


def report(story: Story) -> None:
    """Finance opens the running month: its total is the ledger's, on the page, in CSV and in XLSX."""
    words, faye = story.words, story.of("faye")
    month = f"{world.today():%Y-%m}"
    faye.open("/commissions")
    faye.follow(words.months)
    faye.follow(faye.page.locator(f'main a[href$="/periods/{month}"]'))
    faye.sees(words.equals_ledger)
    total = files.amounts(faye.read("tfoot tr:has-text('EUR')"))
    booked = ledger_of(story.site, month)
    assert total[-2:] == [booked, booked]
    for file_type in ("csv", "xlsx"):
        faye.unfold(words.export)
        link = faye.page.get_by_role("link", name=file_type.upper(), exact=True)
        rows = files.read_rows(faye.download(link.click), file_type)
        check_report(story, rows, booked)


def ledger_of(site: Site, month: str) -> Decimal:
    """What the ledger owes partners more after this month, in euro."""
    found = site.sql(
        "SELECT sum(CASE WHEN c.code = 'partner_payable' THEN p.amount_minor ELSE -p.amount_minor END) AS minor"
        " FROM ledger_posting p JOIN ledger_entry e ON e.id = p.entry JOIN ledger_account c ON c.id = p.credit_account"
        " WHERE p.currency = 'EUR' AND to_char(e.period, 'YYYY-MM') = $1",
        month,
    )
    return Decimal(found[0]["minor"]) / 100


def check_report(story: Story, rows: list[list[str]], booked: Decimal) -> None:
    """The last row is the total of the currency, and the rows of this story are in it."""
    assert [row for row in rows if story.customer in row]
    assert any(cell == f"{booked:.2f}" or cell == str(float(booked)) for cell in rows[-1]), rows[-1]


def close_a_month(story: Story) -> None:
    """Finance closes the month that is due: its total stays what it was."""
    words, faye = story.words, story.of("faye")
    faye.open("/commissions/periods")
    faye.follow(faye.page.locator("tbody tr").filter(has_text=words.to_be_closed).get_by_role("link"))
    month = faye.path.rpartition("/")[2]
    before = files.amounts(faye.read("tfoot"))
    form = faye.unfold(words.close_month)
    faye.send(words.close_month, inside=form)
    faye.sees(words.closed)
    assert files.amounts(faye.read("tfoot")) == before
    assert before[-1] == ledger_of(story.site, month)
