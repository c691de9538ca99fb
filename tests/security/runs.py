"""A sealed run and what hangs on it, for the security tests: made once a test, for both rivals."""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from uuid import UUID

from attribution.credits import store
from attribution.lifecycle.service import derive_accounts
from attribution.value.settings import ValueSettings
from portal.core import db
from portal.core.actor import SYSTEM, Actor
from portal.core.ids import new_id
from tests import make
from tests.attribution.credits.world import run as carried_out
from tests.make import NOON, Cast

_RUNS: Final[dict[UUID, UUID]] = {}
"""By the cast's first partner, which is new in each test."""
FROZEN: Final = TemporaryDirectory(prefix="tributary-test-frozen-")


async def sealed_run(cast: Cast, _actor: Actor) -> UUID:
    """A sealed run in which both partners' touches are credited, made once, after another to compare it with.

    Its files stay until the tests end.
    """
    if cast.alpha not in _RUNS:
        store.use_folder(Path(FROZEN.name))
        account = await make.account()
        for person in (cast.pia, cast.otto):
            await make.card(person, account_id=account)
        for partner in (cast.alpha, cast.omega):
            await make.touchpoint(account, partner=partner, motion="sell", occurred_at=NOON - timedelta(days=30))
        await make.revenue(account, await make.product(), 100_00, partner=cast.alpha)
        await derive_accounts(SYSTEM, [account], now=NOON)
        await carried_out(cast.vera)
        _RUNS[cast.alpha] = (await carried_out(cast.vera)).id
    return _RUNS[cast.alpha]


async def valuation(cast: Cast, actor: Actor) -> UUID:
    """The valuation of that run, in which every partner that it credits has a part."""
    run = await sealed_run(cast, actor)
    async with db.transaction(SYSTEM):
        known: UUID | None = await db.sql_value("SELECT id FROM attribution_valuation WHERE run = $1", run)
        if known is None:
            known = new_id()
            await db.sql(
                "INSERT INTO attribution_valuation (id, run, state, settings, observed_until, currency, customers,"
                " net_minor, parameters, curve, comparison, failure, made_at)"
                " VALUES ($1, $2, 'unfit', $3, $4, 'EUR', 1, 10000, '{}', '[]', '{}', 'too few', $5)",
                known, run, ValueSettings().model_dump_json(), NOON.date(), NOON,
            )  # fmt: skip
            await db.sql(
                "INSERT INTO attribution_party_value (valuation, key, partner, customers, net_minor)"
                " SELECT $1, key, partner, 1, value_minor FROM attribution_run_effect WHERE run = $2"
                " AND dimension = 'party' AND model = 'shapley'",
                known, run,
            )  # fmt: skip
            await db.sql(
                "INSERT INTO attribution_group_value (id, valuation, dimension, key, partner, customers, net_minor,"
                " median_minor, value_minor, due) SELECT gen_random_uuid(), valuation, 'partner', key, partner, 1,"
                " net_minor, net_minor, net_minor, 0 FROM attribution_party_value WHERE valuation = $1"
                " AND partner IS NOT NULL",
                known,
            )
            await db.sql(
                "INSERT INTO attribution_customer_value (id, valuation, account, orders, first_on, last_on, net_minor,"
                " value_minor, partner_ppb) SELECT gen_random_uuid(), $1, e.account, 1, $3, $3, 10000, 10000, 1000000000"
                " FROM attribution_lifecycle_event e JOIN attribution_run_credit c ON c.event = e.id WHERE c.run = $2"
                " GROUP BY e.account",
                known, run, NOON.date(),
            )  # fmt: skip
            await db.sql(
                "INSERT INTO attribution_partner_credit (id, partner_id, run, sealed_at, period, event_kind, events,"
                " value_minor, currency) SELECT gen_random_uuid(), s.partner, s.run, $2, s.period, s.event_kind,"
                " s.events, s.value_minor, 'EUR' FROM attribution_run_sum s WHERE s.run = $1 AND s.dimension = 'party'"
                " AND s.model = 'shapley' AND s.partner IS NOT NULL",
                run, NOON,
            )  # fmt: skip
    return known
