"""The scorecard of a partner: its own numbers, the median of partners like it, and dashes where nothing is known."""

from collections.abc import Mapping
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Litestar

from attribution.value.running import value_in_background
from portal.core import clock, formats
from portal.core.actor import Actor
from portal.core.errors import NotAllowed, NotFound
from portal.core.ids import new_id
from portal.core.money import Money
from portal.core.permissions import Role, Side
from portal.home.scorecard import Measure, measures_of
from portal.home.scorecard_queries import Facts, Value, get_facts
from tests import make
from tests.attribution.credits import world
from tests.make import NOON, TODAY, Cast
from tests.web import Browser

SINCE = (TODAY - timedelta(days=300)).replace(day=1)


async def read(actor: Actor, partner: UUID) -> dict[str, Measure]:
    """Its measures by their keys."""
    facts = await get_facts(actor, partner, since=SINCE, today=TODAY)
    return {one.key: one for _title, some in measures_of(actor, partner, facts, SINCE) for one in some}


async def like(tier: str, kinds: list[str]) -> Actor:
    """A seller of another partner of this tier and these kinds."""
    company = await make.company(tier=tier, kinds=kinds)
    return await make.person(f"Peer {company}", Side.PARTNER, [Role.PARTNER_SALES], company)


async def test_numbers_are_its_own_and_cover_these_months_only(cast: Cast) -> None:
    week, long_ago = timedelta(days=7), NOON - timedelta(days=900)
    for state, more in (
        ("approved", {"submitted_at": NOON - week, "stage": "won", "closed_at": NOON}),
        ("approved", {"submitted_at": NOON - 3 * week, "stage": "proposal"}),
        ("rejected", {"submitted_at": NOON - week}),
        ("submitted", {"stage": "prospect"}),
        ("expired", {"stage": "proposal", "submitted_at": long_ago, "decided_at": long_ago}),
        ("draft", {}),
        # Handed over, which took nobody any time.
        ("approved", {"source": "handed_over", "stage": "won", "closed_at": NOON}),
    ):
        await make.deal(cast.pia, state=state, **more)
    await make.deal(
        cast.pia, state="approved", submitted_at=long_ago, decided_at=long_ago, stage="lost", closed_at=long_ago
    )
    await make.deal(cast.otto, state="rejected")
    found = await read(cast.vera, cast.alpha)
    assert [found[key].value for key in ("registered", "approved", "approval_rate", "won_rate", "days")] == [
        5, 3, Fraction(3, 4), Fraction(1), Fraction(7),
    ]  # fmt: skip
    # 1,000.00 at proposal and 1,000.00 at prospect; what was rejected, has expired or is a draft is not in the forecast.
    assert found["forecast"].value == Money(600_00, "EUR")


async def test_what_is_not_known_is_a_dash_and_never_zero(cast: Cast) -> None:
    found = await read(cast.vera, cast.omega)
    unknown = {key for key, one in found.items() if one.value is None}
    assert unknown == set(found)
    assert {one.words(one.value) for one in found.values()} == {"–"}


async def test_peers_are_active_and_of_its_tier_and_kind_and_few_tell_no_median(cast: Cast) -> None:
    """Five others like it make a median; the sixth is of another tier, the seventh is suspended."""
    peers = [await like("gold", ["reseller", "service"]) for _number in range(4)]
    for count, peer in enumerate(peers, 1):
        for _deal in range(count):
            await make.deal(peer, state="submitted")
    await make.deal(await like("silver", ["reseller"]), state="submitted")
    await make.company(tier="gold", status="suspended")
    await make.deal(cast.pia, state="submitted")
    assert (await read(cast.vera, cast.alpha))["registered"].median is None
    fifth = await like("gold", ["reseller"])
    for _deal in range(9):
        await make.deal(fifth, state="submitted")
    facts = await get_facts(cast.vera, cast.alpha, since=SINCE, today=TODAY)
    assert facts.peers == {one.partner_id for one in [*peers, fifth]}
    found = await read(cast.vera, cast.alpha)
    assert (found["registered"].value, found["registered"].median) == (1, 3)


async def test_currencies_are_never_added_up(cast: Cast) -> None:
    account, product = await make.account(), await make.product()
    for currency, minor in (("EUR", 100_00), ("USD", 300_00), ("USD", 50_00)):
        line = await make.revenue(account, product, minor, currency=currency, partner=cast.alpha)
    await make.revenue(account, product, -20_00, kind="credit_note", currency="USD", partner=cast.alpha, parent=line)
    found = (await read(cast.faye, cast.alpha))["invoiced"]
    assert (found.value, found.note) == (Money(330_00, "USD"), "and 1 other currency")


async def test_credit_and_customers_are_those_of_the_newest_run(cast: Cast, tmp_path: Path) -> None:
    """Both partners touched one customer; Omega alone touched another."""
    world.keep_files_in(tmp_path)
    await world.story(cast)
    await value_in_background((await world.run(cast.faye)).id)
    alpha, omega = await read(cast.vera, cast.alpha), await read(cast.vera, cast.omega)
    assert (alpha["credited"].value, alpha["credited"].note) == (Money(33_34, "EUR"), "place 2 of 2")
    assert (omega["credited"].value, omega["credited"].note) == (Money(83_33, "EUR"), "place 1 of 2")
    assert (alpha["customers"].value, omega["customers"].value) == (1, 2)
    assert (alpha["dormant"].value, alpha["dormant"].median) == (0, None)
    # Fewer than five customers: how many is told, what they are worth is not.
    assert (omega["value"].value, omega["value"].note) == (None, "too few customers to say")


async def test_it_begins_with_the_vendors_day_and_leads_to_as_many_rows(app: Litestar, cast: Cast) -> None:
    begins = clock.start_of(SINCE, "Europe/Berlin")
    assert formats.time_zone().key == "Europe/Berlin"
    for at in (begins, begins - timedelta(seconds=1)):
        await make.deal(cast.pia, state="submitted", submitted_at=at)
    registered = (await read(cast.vera, cast.alpha))["registered"]
    assert registered.value == 1
    listed = (await (await Browser.of(app, cast.vera)).json(f"/api/v1{registered.href}")).json()["items"]
    assert len(listed) == 1


async def test_everybody_reads_what_he_may(app: Litestar, cast: Cast) -> None:
    path = f"/partners/companies/{cast.alpha}/scorecard"
    assert set(await read(cast.sam, cast.alpha)) == {
        *("registered", "approved", "approval_rate", "won_rate", "days", "forecast", "credited"),
    }
    page = (await (await Browser.of(app, cast.ada)).get(path)).text
    assert "Registrations" in page
    assert "Commission earned" not in page
    body = (await (await Browser.of(app, cast.vera)).json(f"/api/v1{path}")).json()
    assert {one["key"] for one in body["measures"]} >= {"earned", "kept", "dormant"}
    company = (await (await Browser.of(app, cast.vera)).get(f"/partners/companies/{cast.alpha}")).text
    assert path in company


@pytest.mark.security
async def test_no_partner_reads_any_not_even_its_own(app: Litestar, cast: Cast) -> None:
    pia = await Browser.of(app, cast.pia)
    assert (await pia.get(f"/partners/companies/{cast.alpha}/scorecard")).status_code in {403, 404}
    with pytest.raises(NotAllowed):
        await get_facts(cast.pia, cast.alpha, since=SINCE, today=TODAY)
    with pytest.raises(NotFound):
        await get_facts(cast.vera, new_id(), since=SINCE, today=TODAY)


@given(st.lists(st.integers(-(10**12), 10**12), min_size=5, max_size=9))
def test_a_median_of_money_is_whole_and_between_its_neighbours(amounts: list[int]) -> None:
    me, others = uuid4(), [uuid4() for _amount in amounts]
    values: Mapping[UUID, Value] = dict(zip(others, (Money(one, "EUR") for one in amounts), strict=True))
    found = _facts(frozenset(others)).beside(me, values)
    assert found[0] is None
    assert isinstance(found[1], Money)
    ranked = sorted(amounts)
    assert ranked[(len(ranked) - 1) // 2] <= found[1].minor <= ranked[len(ranked) // 2]


def _facts(peers: frozenset[UUID]) -> Facts:
    return Facts(peers, None, None, {}, {}, {}, {}, {}, {}, {}, {}, {})
