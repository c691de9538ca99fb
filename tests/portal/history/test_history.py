"""Full records of changes and news: who sees what, with values before and after."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from litestar import Litestar

from partners.companies import service as companies
from partners.companies.rules import PartnerKind
from partners.companies.service import Profile
from portal.core import db as database
from portal.core import events
from portal.core.actor import Actor
from portal.core.errors import NotAllowed, NotFound
from portal.core.types import Audience
from portal.history import queries
from tests import make
from tests.make import NOON, Cast
from tests.web import Browser


async def happen(
    actor: Actor, name: str, kind: str, subject: UUID, *, partner: UUID | None = None, minutes: int = 0, **more: Any
) -> None:
    async with database.transaction(actor):
        await events.record(
            actor, name, kind, subject, partner_id=partner, now=NOON + timedelta(minutes=minutes), **more
        )


def profile(**more: Any) -> Profile:
    return Profile(
        **{
            "legal_name": "Alpha Systemhaus GmbH",
            "country": "DE",
            "currency": "EUR",
            "kinds": (PartnerKind.RESELLER,),
            **more,
        }
    )


async def test_values_before_and_after_personal_ones_too(cast: Cast) -> None:
    deal_id = await make.deal(cast.pia)
    await happen(
        cast.pia,
        "deal.edited",
        "deal",
        deal_id,
        partner=cast.alpha,
        changes={"amount_minor": [100, 200], "lines": ["a", "b", "c"]},
        personal={"contact_name": ["Anke", "Berta"]},
    )
    await happen(
        cast.vera, "deal.taken", "deal", deal_id, partner=cast.alpha, audience=Audience.VENDOR, note="mine", minutes=1
    )
    newest, oldest = await queries.record_in_full(cast.audra, "deal", deal_id)
    assert (newest.happening.actor, newest.happening.quote, newest.is_for_partner) == ("Vera Vendor", "mine", False)
    assert oldest.is_for_partner
    assert oldest.values == {
        "amount_minor": (100, 200),
        "lines": (None, ["a", "b", "c"]),
        "contact_name": ("Anke", "Berta"),
    }


@pytest.mark.parametrize("who", ["pia", "paul", "otto", "dora"])
async def test_partners_have_no_full_record_not_even_of_their_own(app: Litestar, cast: Cast, who: str) -> None:
    deal_id = await make.deal(cast.pia)
    await happen(cast.pia, "deal.drafted", "deal", deal_id, partner=cast.alpha)
    actor = cast.everybody()[who]
    with pytest.raises(NotAllowed):
        await queries.record_in_full(actor, "deal", deal_id)
    browser = await Browser.of(app, actor)
    for path in (f"/history/deal/{deal_id}", f"/history/deal/{uuid4()}"):
        assert (await browser.get(path)).status_code == 403
        assert (await browser.json(f"/api/v1{path}")).status_code == 403


async def test_of_what_a_role_may_not_read_there_is_no_history(cast: Cast) -> None:
    """Sam sells: policies are not for him, and neither are people's roles."""
    version, member = uuid4(), cast.pia.membership_id
    await happen(cast.ada, "policy.drafted", "policy_version", version)
    await happen(cast.ada, "membership.roles_changed", "membership", member)
    for kind, subject in (("policy_version", version), ("membership", member)):
        with pytest.raises(NotFound):
            await queries.record_in_full(cast.sam, kind, subject)
        assert await queries.record_in_full(cast.audra, kind, subject)


async def test_unknown_kinds_and_records_are_not_found(app: Litestar, cast: Cast) -> None:
    await happen(cast.ada, "secret.kept", "secret", secret := uuid4())
    browser = await Browser.of(app, cast.audra)
    for path in (f"/history/secret/{secret}", f"/history/deal/{uuid4()}", "/history/deal/x"):
        assert (await browser.get(path)).status_code == 404
    assert (await Browser(app).get(f"/history/deal/{uuid4()}")).status_code == 303


async def test_the_page_says_who_what_when_with_names_of_people_and_fields(app: Litestar, cast: Cast) -> None:
    await companies.change_company(
        cast.ada, cast.alpha, profile(manager=cast.vera.membership_id, city="Kempten"), now=NOON
    )
    browser = await Browser.of(app, cast.audra)
    page = await browser.get(f"/history/company/{cast.alpha}")
    assert page.status_code == 200, page.text
    for word in (
        "History of Alpha Systemhaus GmbH",
        "Ada Vendor",
        "changed the profile",
        "Vera Vendor",
        "Kempten",
        "City",
        "Partner manager",
    ):
        assert word in page.text
    found = (await browser.json(f"/api/v1/history/company/{cast.alpha}")).json()["items"]
    assert found[0]["changes"]["city"] == {"before": "", "after": "Kempten"}


async def test_the_record_links_to_it_for_staff_only(app: Litestar, cast: Cast) -> None:
    await companies.change_company(cast.ada, cast.alpha, profile(city="Ulm"), now=NOON)
    page = await (await Browser.of(app, cast.vera)).get(f"/partners/companies/{cast.alpha}")
    assert f"/history/company/{cast.alpha}" in page.text


async def test_what_somebody_wrote_is_never_markup(app: Litestar, cast: Cast) -> None:
    deal_id = await make.deal(cast.pia, customer_name="<script>alert(1)</script>")
    evil = "<img src=x onerror=alert(1)>"
    await happen(cast.pia, "deal.edited", "deal", deal_id, partner=cast.alpha, changes={evil: [evil, evil]}, note=evil)
    page = await (await Browser.of(app, cast.audra)).get(f"/history/deal/{deal_id}")
    assert page.status_code == 200
    assert evil not in page.text
    assert "<script>alert" not in page.text


async def test_news_name_what_they_are_about_and_lead_there(app: Litestar, cast: Cast) -> None:
    deal_id = await make.deal(cast.pia, customer_name="Hofer Verpackung")
    rivals = await make.deal(cast.otto, customer_name="Omega Customer")
    await happen(cast.pia, "deal.submitted", "deal", deal_id, partner=cast.alpha)
    await happen(cast.otto, "deal.submitted", "deal", rivals, partner=cast.omega)
    await happen(cast.vera, "deal.taken", "deal", deal_id, partner=cast.alpha, audience=Audience.VENDOR)
    page = await (await Browser.of(app, cast.pia)).get("/news")
    assert f'<a href="/partners/deals/{deal_id}">Hofer Verpackung</a>' in page.text
    assert "submitted the deal" in page.text
    for hidden in ("Omega", str(rivals), "Vera Vendor"):
        assert hidden not in page.text
    staff = await (await Browser.of(app, cast.vera)).get("/news")
    assert "Omega Customer" in staff.text


async def test_news_of_one_kind_and_only_of_kinds_one_may_read(app: Litestar, cast: Cast) -> None:
    deal_id = await make.deal(cast.pia, customer_name="Hofer Verpackung")
    await happen(cast.pia, "deal.submitted", "deal", deal_id, partner=cast.alpha)
    await happen(cast.ada, "policy.drafted", "policy_version", uuid4())
    browser = await Browser.of(app, cast.vera)
    assert "Hofer" in (await browser.get("/news?kind=deal")).text
    only = await browser.get("/news?kind=policy_version")
    assert "began a draft" in only.text
    assert "Hofer" not in only.text
    seller = await Browser.of(app, cast.sam)
    assert (await seller.get("/news?kind=policy_version")).status_code == 404
    assert "began a draft" not in (await seller.get("/news")).text
    assert (await browser.get("/news?kind=nothing")).status_code == 404
    assert (await browser.get("/news?before=x")).status_code == 404


async def test_older_news_follow_without_gap_or_repetition(app: Litestar, cast: Cast) -> None:
    deal_id = await make.deal(cast.pia, customer_name="Hofer")
    for number in range(120):
        await happen(
            cast.pia, "deal.edited", "deal", deal_id, partner=cast.alpha, note=f"note {number}", minutes=number
        )
    program = await Browser.of(app, cast.pia)
    notes, path = [], "/api/v1/news"
    while path:
        answer = (await program.json(path)).json()
        notes += [item["note"] for item in answer["items"]]
        path = f"/api/v1/news?{answer['older']}" if answer["older"] else ""
    assert notes == [f"note {number}" for number in reversed(range(120))]
    assert "Older" in (await program.get("/news")).text


@pytest.mark.security
async def test_the_place_in_the_news_of_a_rival_tells_nothing(cast: Cast) -> None:
    """An event one cannot see is no place to go on from: the same as one that does not exist."""
    deal_id = await make.deal(cast.otto)
    await happen(cast.otto, "deal.submitted", "deal", deal_id, partner=cast.omega)
    [rivals] = await queries.latest_news(cast.otto)
    await happen(cast.pia, "deal.submitted", "deal", await make.deal(cast.pia), partner=cast.alpha)
    hidden = await queries.latest_news(cast.pia, before=rivals.happening.id)
    assert hidden == await queries.latest_news(cast.pia, before=uuid4()) == []
