"""One customer's life from the first touch to churn, and what everybody's part in it earned, by all who may see it."""

import contextlib
import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import pytest

from attribution.commissions import proof
from e2e import credited_world as lives
from e2e import world
from e2e.browsing import Window
from e2e.conftest import Person
from e2e.crawling import Crawl
from e2e.credited_words import WORDS, Words
from e2e.files import amounts
from e2e.places import run
from e2e.server import ZONE, Site, serving
from portal.core.migrate import migrate
from tests import cluster

RATE: Final = Decimal("0.06")
"""What the plan pays to technology partners and agents on their share."""
WORK: Final = {"tess": "lumen", "nora": "nimbus"}
_PERCENT: Final = re.compile(r"(\d+(?:\.\d)?)%")


@dataclass(frozen=True)
class Run:
    """How the story is played once, with a customer of its own."""

    life: str
    locale: str
    phone: bool = False
    javascript: bool = True

    def __str__(self) -> str:
        """As the test is called."""
        where = "phone" if self.phone else "desk"
        return f"{self.locale}-{where}{'' if self.javascript else '-without-javascript'}"


RUNS: Final = (
    Run(lives.LIVES[0], "en"),
    Run(lives.LIVES[1], "zh_CN", phone=True),
    Run(lives.LIVES[2], "en", javascript=False),
)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the portal keeps what runs have frozen."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def site(seeded: str, data_dir: Path) -> Iterator[Site]:
    """A portal whose plan pays by credit; `seeded` keeps the databases' server."""
    del seeded
    url = cluster.create_database(cluster.migrated_template(migrate))
    try:
        run(lives.build(url))
        with serving(url, data_dir, name="test_touch_to_cent") as running:
            yield running
    finally:
        with contextlib.suppress(OSError):
            cluster.drop_database(url)


@dataclass
class Story:
    """One run of it. Everybody has a window of the run's kind, opened when they first come in."""

    site: Site
    person: Person
    run: Run
    claim: str = ""
    """The address of the claim."""
    runs: list[str] = field(default_factory=list)
    """The attribution runs that were asked for in it."""
    windows: dict[str, Window] = field(default_factory=dict)

    @property
    def words(self) -> Words:
        """The words of the run's language."""
        return WORDS[self.run.locale]

    def of(self, key: str) -> Window:
        """Somebody's window."""
        if key not in self.windows:
            self.windows[key] = self.person(key, self.run.locale, phone=self.run.phone, javascript=self.run.javascript)
        return self.windows[key]

    @cached_property
    def account(self) -> str:
        """The id of the customer's account."""
        return str(self._one("SELECT id FROM partners_account WHERE legal_name = $1", lives.customer(self.run.life)))

    @cached_property
    def events(self) -> dict[str, str]:
        """The ids of the customer's lifecycle events by their kind."""
        rows = self.site.sql("SELECT kind, id FROM attribution_lifecycle_event WHERE account = $1", self.account)
        return {row["kind"]: str(row["id"]) for row in rows}

    def line(self, number: int) -> str:
        """The id of the customer's first or second invoice line."""
        told = f"R-{self.run.life}-{number}"
        return str(self._one("SELECT id FROM attribution_revenue WHERE source_id = $1", told))

    def standing(self, key: str, number: int) -> Decimal:
        """What somebody's company has of an invoice line by the ledger of results, in euro."""
        minor = self._one(
            "SELECT sum(amount_minor) FROM attribution_commission WHERE invoice_id = $1 AND partner_id = $2",
            self.line(number), self.company(key),
        )  # fmt: skip
        return Decimal(minor or 0) / 100

    def result(self, key: str, number: int) -> str:
        """The id of the newest result that somebody's company has of an invoice line."""
        newest = self._one(
            "SELECT id FROM attribution_commission WHERE invoice_id = $1 AND partner_id = $2 ORDER BY seq DESC LIMIT 1",
            self.line(number), self.company(key),
        )  # fmt: skip
        return str(newest)

    def share(self, run_id: str, kind: str, key: str) -> Decimal:
        """The part of an event that a run credits to somebody's company."""
        ppb = self._one(
            "SELECT sum(share_ppb) FROM attribution_run_credit WHERE run = $1 AND event = $2 AND partner = $3",
            run_id, self.events[kind], self.company(key),
        )  # fmt: skip
        return Decimal(ppb or 0) / 1_000_000_000

    def company(self, key: str) -> str:
        """The id of somebody's company."""
        name = next(row["legal_name"] for row in lives.COMPANIES if row["source_id"] == WORK[key])
        return str(self._one("SELECT id FROM partners_company WHERE legal_name = $1", name))

    def secrets(self, key: str) -> list[str]:
        """What somebody of a partner must never read: all of the rival's, and what the vendor alone knows."""
        rival = next(other for other in WORK if other != key)
        name = next(row["legal_name"] for row in lives.COMPANIES if row["source_id"] == WORK[rival])
        results = self.site.sql("SELECT id FROM attribution_commission WHERE partner_id = $1", self.company(rival))
        return [
            name.split()[0], name, world.WHO[rival].name, lives.known_as(WORK[rival], self.run.life),
            lives.EVIDENCE[WORK[rival]], self.company(rival), lives.customer(self.run.life), "GmbH &amp; Co. KG",
            self.account, *self.events.values(), *lives.PEOPLE_THERE, *(str(row["id"]) for row in results), "Ostwerk",
        ]  # fmt: skip

    def _one(self, query: str, *args: object) -> Any:
        [row] = self.site.sql(query, *args)
        return next(iter(row.values()))


@pytest.mark.parametrize("run_", RUNS, ids=str)
def test_from_touch_to_cent(site: Site, data_dir: Path, person: Person, run_: Run) -> None:
    story = Story(site, person, run_)
    ask_for_a_run(story)
    follow_the_life(story)
    follow_the_journey(story)
    read_the_trace(story, "tess")
    if run_.javascript:  # claiming and reading without it are in other stories
        follow_the_money(story)
        see_what_it_is_worth(story)
        read_the_trace(story, "nora")
        claim(story)
        decide(story)
        pay_by_the_next_run(story)
        for key in WORK:
            see_nothing_of_the_rival(story, key)
    if run_ == RUNS[-1]:
        verify(site, data_dir)


def ask_for_a_run(story: Story) -> None:
    """Finance asks for a run in the browser and sees it sealed; what waited for it is reckoned by itself."""
    words, faye = story.words, story.of("faye")
    faye.open("/runs")
    faye.send(words.start)
    story.runs.append(faye.path.rpartition("/")[2])
    faye.wait_for(words.sealed)
    faye.look()
    made = "SELECT FROM attribution_valuation v JOIN attribution_report r USING (run) WHERE run = $1"
    faye.until(lambda: bool(story.site.sql(made, story.runs[-1])))
    faye.until(lambda: all(story.standing(key, number) for key in WORK for number in (1, 2)))


def follow_the_life(story: Story) -> None:
    """From the customer's page to its last event: why it is one."""
    words, faye = story.words, story.of("faye")
    faye.open(f"/partners/accounts/{story.account}")
    faye.sees(words.churned, words.brought, "€15,000.00")
    faye.follow(faye.page.locator(f'main a[href="/lifecycle/{story.events["churn"]}"]'))
    faye.sees(words.churned, words.why_churned, "−€15,000.00")
    assert not faye.page.locator('main a[href^="/journeys/"]').count()
    faye.open(f"/partners/accounts/{story.account}")
    faye.follow(faye.page.locator(f'main a[href="/lifecycle?account={story.account}"]'))
    rows = faye.page.locator('tbody tr:has(a[href^="/lifecycle/"])')
    assert rows.count() == len(story.events) == 3
    faye.follow(rows.filter(has_text=words.new).get_by_role("link").first)
    faye.sees("€10,000.00")
    faye.follow(words.journey)
    assert faye.path == f"/journeys/{story.events['new_logo']}"


def follow_the_journey(story: Story) -> None:
    """Each model's row adds up to the whole, and the touches' values to the cent."""
    words, faye = story.words, story.of("faye")
    faye.sees(words.models, "Lumen Software AG", "Nimbus Vertrieb OHG", *lives.PEOPLE_THERE)
    rows = [_PERCENT.findall(text) for text in faye.page.locator("table.credit tbody tr").all_inner_texts()]
    assert len(rows) == 9
    for row in rows:
        whole = sum((Decimal(part) for part in row), Decimal())
        assert abs(whole - 100) <= Decimal("0.05") * len(row), row
    assert sum(amounts(faye.read("table.pairs tbody")), Decimal()) == Decimal("10000.00")
    assert faye.page.locator("table.pairs").first.locator("tbody tr").count() == 6


def follow_the_money(story: Story) -> None:
    """From a line of revenue to the event that it is a part of, to what was earned, and back to the journey."""
    words, faye = story.words, story.of("faye")
    faye.open(f"/revenue/{story.line(2)}")
    faye.follow(words.lifecycle_event)
    assert faye.path == f"/lifecycle/{story.events['upsell']}"
    faye.sees(words.upsold, "€5,000.00")
    faye.open(f"/revenue/{story.line(2)}")
    faye.follow(words.earned)
    faye.follow(faye.page.locator("tbody tr").filter(has_text="Lumen").locator('a[href^="/commissions/"]'))
    faye.sees(words.whose_work)
    faye.follow(words.journey)
    assert faye.path == f"/journeys/{story.events['upsell']}"
    faye.sees("Lumen Software AG", "Alpha Systemhaus GmbH")
    assert story.site.sql(
        "SELECT sum(amount_minor) AS minor FROM attribution_commission WHERE invoice_id = $1 AND clause = '§ 5.2'",
        story.line(2),
    ) == [{"minor": 45_000}]


def see_what_it_is_worth(story: Story) -> None:
    """What all customers are worth, this one among them; and who brought what."""
    words, faye = story.words, story.of("faye")
    faye.open("/value")
    faye.sees(words.brought)
    faye.open("/value/customers")
    faye.sees(lives.customer(story.run.life))
    faye.open("/reports")
    faye.sees(words.shares)


def read_the_trace(story: Story, key: str) -> None:
    """A partner reads its own touches, all others as one line, and checks the proof on its own machine."""
    words, window = story.words, story.of(key)
    share = story.share(story.runs[0], "new_logo", key)
    earned = story.standing(key, 1)
    window.open(f"/earnings?q={story.run.life}")
    window.follow(window.page.locator(f'tbody a[href="/earnings/{story.result(key, 1)}"]'))
    window.sees(words.whose_work, words.all_others, f"€{earned:,.2f}")
    work = window.page.locator("section").filter(has_text=words.whose_work).last.locator("tbody tr")
    assert work.count() == 2
    assert len(work.first.locator("small").all()) == 2
    window.sees_nothing_of(words.journey, *story.secrets(key))
    file = window.download(window.page.get_by_role("link", name=words.proof).first.click)
    check_the_proof(story, key, file, window.page.locator(".seal").all_inner_texts())
    assert abs(earned - 10_000 * share * RATE) <= Decimal("0.01")


def check_the_proof(story: Story, key: str, file: Path, seals: list[str]) -> None:
    """The file is what the seal says, its sums are right by the program that anybody can run, and it tells no secret."""
    document = file.read_bytes()
    assert hashlib.sha256(document).hexdigest() in "".join("".join(seals).split())
    checked = subprocess.run([sys.executable, proof.__file__, file], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert [one for one in story.secrets(key) if one in document.decode()] == []
    told = json.loads(document)["credit"]
    assert len(told["touches"]) == 2
    assert Decimal(told["share_ppb"]) / 1_000_000_000 == story.share(story.runs[0], "new_logo", key)


def claim(story: Story) -> None:
    """The technology partner claims a training of which nobody knew, between the two purchases."""
    words, tess = story.words, story.of("tess")
    tess.open("/claims?tab=all")
    tess.follow(words.claim)
    tess.type(words.customer, lives.known_as("lumen", story.run.life))
    tess.page.locator("#f-motion").select_option("service")
    tess.page.locator("#f-kind").select_option("training")
    tess.page.locator("#f-occurred_on").fill((world.today() - timedelta(days=lives.CLAIMED)).isoformat())
    tess.type(words.own_words, f"Two days with the shift leaders of {story.run.life}.")
    tess.type(words.link, "https://files.example/training.pdf")
    tess.send(words.submit)
    tess.sees(words.submitted, lives.known_as("lumen", story.run.life))
    story.claim = tess.path


def decide(story: Story) -> None:
    """The manager finds it on the desk, takes it and approves; then its touch counts."""
    words, vera = story.words, story.of("vera")
    vera.open("/")
    vera.follow(vera.page.locator(f'.wait a[href="{story.claim}"]'))
    vera.send(words.take)
    form = vera.unfold(words.approve)
    vera.send(words.approve, inside=form)
    vera.sees(words.approved)
    vera.until(
        lambda: story.site.sql(
            "SELECT d.state FROM attribution_touchpoint t JOIN attribution_touchpoint_decision d ON d.touchpoint = t.id"
            " WHERE t.source_id = $1 ORDER BY d.seq DESC LIMIT 1",
            f"claim/{story.claim.rpartition('/')[2]}",
        ) == [{"state": "approved"}]
    )  # fmt: skip


def pay_by_the_next_run(story: Story) -> None:
    """The next run counts the claim and changes nothing that is paid, until finance has it pay."""
    words, faye = story.words, story.of("faye")
    before = {key: story.standing(key, 2) for key in WORK}
    ask_for_a_run(story)
    first, second = (story.share(run_id, "upsell", "tess") for run_id in story.runs)
    assert second > first
    assert story.share(story.runs[1], "new_logo", "tess") == story.share(story.runs[0], "new_logo", "tess")
    assert {key: story.standing(key, 2) for key in WORK} == before
    faye.open(f"/runs/{story.runs[1]}")
    faye.follow(words.pay_by)
    form = faye.unfold(words.pay_by)
    faye.send(words.pay_by, inside=form)
    assert faye.path == f"/commissions/runs/{story.runs[1]}"
    faye.until(lambda: story.standing("tess", 2) > before["tess"])  # the sales are reckoned anew in the background
    after = {key: story.standing(key, 2) for key in WORK}
    assert after["nora"] < before["nora"]
    for key in WORK:
        assert abs(after[key] - 5_000 * story.share(story.runs[1], "upsell", key) * RATE) <= Decimal("0.01")


def see_nothing_of_the_rival(story: Story, key: str) -> None:
    """Wherever a partner's links lead, and in what it can take away, there is nothing of the rival's."""
    window, secrets = story.of(key), story.secrets(key)
    paths = ["/api/v1/commissions", "/earnings/export/csv", "/api/v1/claims", "/claims/export/csv", "/news"]
    crawl = (seen.address for seen in Crawl(window).pages()) if story.run == RUNS[0] else ("/", "/earnings", "/claims")
    for path in (*paths, *crawl):
        answer = window.context.request.get(f"{window.address}{path}")
        assert answer.status == 200, (path, answer.status)
        assert [one for one in secrets if one in answer.text()] == [], path
    for path in (f"/journeys/{story.events['upsell']}", f"/runs/{story.runs[0]}", "/value", "/reports", "/lifecycle"):
        assert window.context.request.get(f"{window.address}{path}").status in (403, 404), path


def verify(site: Site, data_dir: Path) -> None:
    """After all of it every sum of the product is right."""
    command = Path(sys.executable).with_name("tributary")
    environ = {
        **os.environ, "DATABASE_URL": site.database, "TRIBUTARY_DATA_DIR": str(data_dir), "TRIBUTARY_TIME_ZONE": ZONE,
    }  # fmt: skip
    said = subprocess.run([command, "verify"], capture_output=True, text=True, check=False, env=environ, cwd=data_dir)
    assert said.returncode == 0, said.stdout + said.stderr
