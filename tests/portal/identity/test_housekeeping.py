"""Sweeping: what has served its time goes, the rest stays."""

from datetime import timedelta

from portal.core import db
from portal.core.actor import SYSTEM
from portal.identity import housekeeping, sessions
from tests.make import NOON, Cast


async def test_old_sessions_and_tries_go_and_live_ones_stay(cast: Cast) -> None:
    async with db.auth_transaction():
        await sessions.open_session(cast.pia, device="old", now=NOON - timedelta(days=60))
        live = await sessions.open_session(cast.pia, device="live", now=NOON)
        for age in (0, 600):
            await db.sql(
                "INSERT INTO identity_sign_in_attempt (account_key, network, at, succeeded) VALUES ($1, '', $2, false)",
                b"k", NOON - timedelta(minutes=age),
            )  # fmt: skip
    await housekeeping.sweep(NOON)
    async with db.transaction(SYSTEM):
        left = await db.sql("SELECT id FROM identity_session")
        tries = await db.sql_value("SELECT count(*) FROM identity_sign_in_attempt")
    assert [row["id"] for row in left] == [live.session_id]
    assert tries == 1
