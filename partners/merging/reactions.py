"""What happens when an account or a card comes in or changes: what may be the same customer is put on the desk."""

from typing import Final

from partners.merging import pairs
from portal.core import clock, db
from portal.core.actor import SYSTEM
from portal.core.events import Recorded, reacts_to

_MOST_ALONE: Final = 2_000
"""Accounts, or cards, of one import that are looked up one by one, the newest first: accounts where there are too many
to compare all at once; `tributary customers match` compares files of any length."""


@reacts_to("account.created", "account.changed")
async def compare_account(event: Recorded) -> None:
    """Look for accounts like it."""
    await pairs.find_for_account(event.subject_id, now=clock.now())


@reacts_to("card.created", "card.changed", "card.contact_added", "card.contact_changed")
async def identify_card(event: Recorded) -> None:
    """Link the card to the account that it is, or ask a person about those that it may be."""
    await pairs.identify_card(event.subject_id, now=clock.now())


@reacts_to("deals.imported")
async def identify_imported(event: Recorded) -> None:
    """The same for the cards that a file of deals brought and that name no account."""
    async with db.transaction(SYSTEM):
        rows = await db.sql(
            "SELECT c.id FROM partners_customer_card c WHERE c.created_at >= (SELECT coalesce(started_at, $2)"
            " FROM imports_job WHERE id = $1) AND NOT EXISTS (SELECT FROM partners_card_link l WHERE l.card = c.id)"
            " ORDER BY c.created_at DESC, c.id LIMIT $3",
            event.subject_id, event.at, _MOST_ALONE,
        )  # fmt: skip
    for row in rows:
        await pairs.identify_card(row["id"], now=clock.now())


@reacts_to("accounts.imported")
async def compare_imported(event: Recorded) -> None:
    """Look for accounts like those that came with a file."""
    async with db.transaction(SYSTEM):
        rows = await db.sql(
            "SELECT id FROM partners_account WHERE changed_at >= (SELECT coalesce(started_at, $2) FROM imports_job"
            " WHERE id = $1) ORDER BY changed_at DESC, id",
            event.subject_id, event.at,
        )  # fmt: skip
        total = await db.sql_value("SELECT count(*) FROM (SELECT FROM partners_account LIMIT $1) a", pairs.TOGETHER + 1)
    ids = [row["id"] for row in rows]
    if total <= pairs.TOGETHER:
        await pairs.find_for_accounts(set(ids), now=clock.now())
        return
    for account_id in ids[:_MOST_ALONE]:
        await pairs.find_for_account(account_id, now=clock.now())
