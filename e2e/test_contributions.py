"""A contribution from its claim to the touch that counts, and a visitor of the vendor's site from consent to customer."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Final

import pytest
from playwright.sync_api import Browser, Page

from attribution.visits.policy import KEY as SITES
from e2e import world
from e2e.conftest import Person
from e2e.places import run
from e2e.server import Site
from portal.approvals import service as approvals
from portal.core import clock, db
from portal.policies import service as policies


@dataclass(frozen=True)
class Words:
    """What is pressed and read, in one language."""

    claim: str
    customer: str
    what: str
    day: str
    own_words: str
    link: str
    submit: str
    submitted: str
    to_decide: str
    take: str
    around: str
    this_claim: str
    approve: str
    approved: str
    counts: str
    next: str


WORDS: Final = {
    "en": Words(
        "Claim a contribution", "Customer", "What you did for them", "Day of the contact", "In your words",
        "Link to the evidence", "Submit for review", "Submitted. The vendor will look at it.", "a claim to decide",
        "Start the review", "Around that day", "this claim", "Approve", "Approved. It counts from now on.",
        "Approved, counts", "It counts when credit is given",
    ),
    "zh_CN": Words(
        "申报贡献", "客户", "您做了什么", "接触日期", "贡献说明", "证据链接", "提交审核", "已提交，等待厂商审核。",
        "有贡献申报待审核", "开始审核", "该日前后", "本申报", "批准", "已批准，从现在起计入。", "已批准，计入",
        "归因会计入这项贡献",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Run:
    """How the story is played once."""

    days_ago: int
    locale: str
    phone: bool = False
    javascript: bool = True

    def __str__(self) -> str:
        """As the test is called."""
        where = "phone" if self.phone else "desk"
        return f"{self.locale}-{where}{'' if self.javascript else '-without-javascript'}"


RUNS: Final = (Run(3, "en"), Run(4, "zh_CN", phone=True), Run(5, "en", javascript=False))


@pytest.mark.parametrize("run_", RUNS, ids=str)
def test_from_claim_to_touch(site: Site, person: Person, run_: Run) -> None:
    words = WORDS[run_.locale]
    pia, vera = (person(key, run_.locale, phone=run_.phone, javascript=run_.javascript) for key in ("pia", "vera"))
    pia.open("/claims?tab=all")
    pia.follow(words.claim)
    pia.type(words.customer, "Brauhaus Rosenberg")
    pia.page.locator("#f-motion").select_option("service")
    pia.page.locator("#f-kind").select_option("training")
    pia.page.locator("#f-occurred_on").fill((world.today() - timedelta(days=run_.days_ago)).isoformat())
    pia.type(words.own_words, f"A workshop with the brewers, number {run_.days_ago}.")
    pia.type(words.link, "https://files.example/workshop.pdf")
    pia.send(words.submit)
    pia.sees(words.submitted, "Brauhaus Rosenberg")
    claim = pia.path
    vera.open("/")
    waiting = vera.page.locator(f'.wait a[href="{claim}"]')
    vera.sees(words.to_decide)
    vera.follow(waiting)
    vera.send(words.take)
    vera.until(lambda: bool(_touch(site, claim)))
    vera.open(claim)
    vera.sees(words.around, words.this_claim)
    form = vera.unfold(words.approve)
    vera.send(words.approve, inside=form)
    vera.sees(words.approved)
    vera.until(lambda: _touch(site, claim)[0]["state"] == "approved")
    vera.open(f"/touchpoints/{_touch(site, claim)[0]['id']}")
    vera.sees(words.counts)
    pia.open(claim)
    pia.sees(words.next)
    pia.sees_nothing_of(words.around, "Brauhaus Rosenberg GmbH", "Omega")


def _touch(site: Site, claim: str) -> list[dict[str, Any]]:
    """The touch of the claim with its latest decision."""
    return site.sql(
        "SELECT t.id, d.state FROM attribution_touchpoint t JOIN attribution_touchpoint_decision d"
        " ON d.touchpoint = t.id WHERE t.source_id = $1 ORDER BY d.seq DESC",
        "claim/" + claim.rpartition("/")[2],
    )


async def _open_site(database: str, origin: str) -> None:
    """Ada names the vendor's site, Vera approves it."""
    await db.connect(database, pool_size=2)
    try:
        ada, vera = [await world.actor(key) for key in ("ada", "vera")]
        since, now = date(2020, 1, 1), clock.now()
        body = {"origins": [origin]}
        version = await policies.create_draft(ada, SITES, body, effective_from=since, now=now)
        asked = await policies.submit(ada, version, today=since, now=now)
        shown = await approvals.get_request(vera, asked)
        await approvals.decide(vera, asked, approve=True, content_sha256=shown.content_sha256, note="", now=now)
    finally:
        await db.disconnect()


class _Prices(BaseHTTPRequestHandler):
    """A page of the vendor's own site, with the tag of the portal on it."""

    portal: ClassVar[str] = ""

    def do_GET(self) -> None:
        """The same page at every address."""
        body = f'<!doctype html><title>Prices</title><script async src="{self.portal}/tag.js"></script>'.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture
def vendors_site(site: Site) -> Iterator[str]:
    """The address of the vendor's own site, which the policy names."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Prices", (_Prices,), {"portal": site.address}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://localhost:{server.server_port}"
    run(_open_site(site.database, address))
    yield address
    server.shutdown()
    server.server_close()


@pytest.fixture
def unknown(chromium: Browser) -> Iterator[Page]:
    """The browser of somebody unknown."""
    context = chromium.new_context()
    yield context.new_page()
    context.close()


def test_from_consent_to_customer(site: Site, person: Person, vendors_site: str, unknown: Page) -> None:
    sent: list[str] = []
    unknown.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)

    def visits() -> list[dict[str, Any]]:
        return site.sql(
            "SELECT t.kind, t.asset, n.path FROM attribution_touchpoint t JOIN attribution_source_node n"
            " ON n.id = t.node WHERE t.source_system = 'website' ORDER BY t.seq"
        )

    unknown.goto(f"{vendors_site}/prices?utm_source=linkedin&utm_campaign=Spring&token=secret")
    unknown.wait_for_function("typeof window.tributary === 'function'")
    unknown.evaluate("tributary('page'); tributary('asset', 'White paper')")
    unknown.wait_for_timeout(300)
    assert (sent, unknown.evaluate("localStorage.length")) == ([], 0)

    unknown.evaluate("tributary('consent', true)")
    milo = person("milo")
    milo.until(lambda: len(visits()) == 1)
    unknown.evaluate("tributary('asset', 'White paper')")
    milo.until(lambda: len(visits()) == 2)
    assert visits()[0] == {
        "kind": "web_visit", "asset": "/prices", "path": "Marketing / Social media / LinkedIn / Spring",
    }  # fmt: skip
    milo.open("/visits")
    milo.follow(milo.page.locator("tbody tr").first.get_by_role("link").first)
    milo.sees("Not known yet", "White paper")
    visitor = milo.path
    milo.page.get_by_label("Name, place or website").fill("Rosenberg")
    milo.send("Search")
    milo.send("Attach")
    milo.sees("Attached. Its touches count for this customer.", "Brauhaus Rosenberg GmbH", "a person said so")

    unknown.evaluate("tributary('consent', false)")
    milo.until(
        lambda: bool(site.sql("SELECT FROM attribution_visitor WHERE withdrawn_at IS NOT NULL AND key_sha256 IS NULL"))
    )
    assert unknown.evaluate("localStorage.length") == 0
    milo.open(visitor)
    milo.sees("The consent was withdrawn.")
