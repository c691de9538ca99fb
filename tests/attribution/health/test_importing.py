"""Product use, tickets and surveys come in once; what their source changes is a row more, and nothing is lost."""

from typing import Any

import asyncpg
import pytest

from attribution.health.importing import SURVEY_IMPORTER, TICKET_IMPORTER, USAGE_IMPORTER
from partners.customers import importing as accounts
from portal.core import db
from portal.core.actor import SYSTEM
from portal.core.errors import NotAllowed
from portal.imports.registry import Importer
from portal.imports.states import RowOutcome
from tests import make
from tests.make import NOON, Cast
from tests.partners.stand import parsed, statements
from tests.security.wire import undone

ACME = {"source_id": "A-1", "legal_name": "Acme GmbH", "country": "DE"}
USE = {"source_id": "U-1", "account": "A-1", "day": "2026-11-01", "amount": "40", "licensed": "50"}
TICKET = {"source_id": "T-1", "account": "Acme GmbH", "opened_on": "2026-11-02", "severity": "P1"}
SURVEY = {"source_id": "S-1", "account": "A-1", "answered_on": "2026-11-03", "score": "9", "scale": "NPS"}
KINDS = [(USAGE_IMPORTER, USE), (TICKET_IMPORTER, TICKET), (SURVEY_IMPORTER, SURVEY)]
TABLES = ("attribution_usage", "attribution_ticket", "attribution_survey")


@pytest.fixture(autouse=True)
async def _acme(cast: Cast) -> None:
    await accounts.apply(cast.vera, parsed(accounts.KIND, [ACME]), source_system="desk", now=NOON)


async def take(cast: Cast, importer: Importer, *rows: dict[str, str]) -> list[tuple[RowOutcome, list[str]]]:
    done = await importer.apply(cast.vera, parsed(importer.kind, list(rows)), source_system="desk", now=NOON)
    return [(outcome, [importer.explain(one) for one in problems]) for _number, outcome, problems in done]


async def stored(table: str) -> list[dict[str, Any]]:
    async with db.transaction(SYSTEM):
        return await db.sql(f"SELECT * FROM {table} ORDER BY seq")


@pytest.mark.parametrize(("importer", "row"), KINDS)
async def test_the_same_row_comes_in_once(cast: Cast, importer: Importer, row: dict[str, str]) -> None:
    assert await take(cast, importer, row) == [(RowOutcome.IMPORTED, [])]
    assert await take(cast, importer, row) == [(RowOutcome.SAME, [])]
    assert await take(cast, importer, row, row) == [
        (RowOutcome.SAME, []), (RowOutcome.REFUSED, ["Another row of this file has the same id."]),
    ]  # fmt: skip


async def test_a_ticket_that_comes_again_closed_is_a_row_more(cast: Cast) -> None:
    await take(cast, TICKET_IMPORTER, TICKET)
    closed = TICKET | {"closed_on": "2026-11-09"}
    assert await take(cast, TICKET_IMPORTER, closed) == [(RowOutcome.CHANGED, [])]
    assert await take(cast, TICKET_IMPORTER, closed) == [(RowOutcome.SAME, [])]
    assert await take(cast, TICKET_IMPORTER, TICKET) == [(RowOutcome.CHANGED, [])]
    first, second, third = await stored("attribution_ticket")
    assert (first["closed_on"], first["replaces"], first["severity"]) == (None, None, "critical")
    assert (str(second["closed_on"]), second["replaces"]) == ("2026-11-09", first["id"])
    assert (third["closed_on"], third["replaces"]) == (None, second["id"])


async def test_readings_and_answers_are_kept_as_they_were_said(cast: Cast) -> None:
    product = await make.product("Suite")
    async with db.transaction(SYSTEM):
        sku = await db.sql_value("SELECT sku FROM partners_product WHERE id = $1", product)
    await take(cast, USAGE_IMPORTER, USE | {"product_sku": sku})
    await take(cast, SURVEY_IMPORTER, SURVEY | {"score": "4.25", "scale": "1-5", "comment": "fine"})
    [use], [answer] = await stored("attribution_usage"), await stored("attribution_survey")
    assert (use["product"], use["amount"], use["licensed"]) == (product, 40, 50)
    assert (str(answer["score"]), answer["lowest"], answer["highest"], answer["comment"]) == ("4.25", 1, 5, "fine")


async def test_what_is_wrong_is_said_and_the_rest_goes_in(cast: Cast) -> None:
    wrong = {"source_id": "U-2", "account": "?x", "day": "2026-12-01", "amount": "-1", "licensed": "0"}
    assert await take(cast, USAGE_IMPORTER, USE, USE | wrong | {"product_sku": "X"}) == [
        (RowOutcome.IMPORTED, []),
        (
            RowOutcome.REFUSED,
            [
                "There is no product with the article number “X”.",
                "The day is still to come.",
                "The use is negative. It is nothing or more.",
                "What is paid for has to be one or more. Leave it empty where it is not known.",
                "There is no account “?x”. Import the accounts of this system first.",
            ],
        ),
    ]
    assert await take(cast, TICKET_IMPORTER, TICKET | {"closed_on": "2026-11-01"}) == [
        (RowOutcome.REFUSED, ["The ticket is closed before it was opened."])
    ]
    assert await take(cast, SURVEY_IMPORTER, SURVEY | {"scale": "1-5"}) == [
        (RowOutcome.REFUSED, ["The score is not on the scale 1-5."])
    ]


@pytest.mark.parametrize(("importer", "row"), KINDS)
async def test_a_thousand_are_as_many_statements_as_one(cast: Cast, importer: Importer, row: dict[str, str]) -> None:
    prepared = parsed(importer.kind, [row | {"source_id": f"X-{number}"} for number in range(1_000)])
    with statements() as seen:
        await importer.apply(cast.vera, prepared, source_system="desk", now=NOON)
    assert len(seen) <= 8


@pytest.mark.parametrize("who", ["pia", "sam", "cleo", "faye", "audra"])
async def test_only_managers_bring_signals(cast: Cast, who: str) -> None:
    for importer, row in KINDS:
        with pytest.raises(NotAllowed):
            await importer.apply(cast.everybody()[who], parsed(importer.kind, [row]), source_system="desk", now=NOON)


@pytest.mark.parametrize("table", TABLES)
async def test_partners_have_no_right_on_a_signal_and_nobody_changes_one(cast: Cast, table: str) -> None:
    for importer, row in KINDS:
        await take(cast, importer, row)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction(cast.pia):
            await db.sql(f"SELECT * FROM {table}")
    for statement in (f"UPDATE {table} SET source_id = 'x'", f"DELETE FROM {table}"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(SYSTEM):
                await db.sql(statement)
    async with undone():
        with pytest.raises(asyncpg.RestrictViolationError):
            await db.ENGINE.held.execute(f"TRUNCATE {table} CASCADE")


async def test_a_row_is_replaced_once(cast: Cast) -> None:
    await take(cast, TICKET_IMPORTER, TICKET)
    await take(cast, TICKET_IMPORTER, TICKET | {"closed_on": "2026-11-09"})
    with pytest.raises(asyncpg.UniqueViolationError):
        async with db.transaction(SYSTEM):
            await db.sql(
                "INSERT INTO attribution_ticket (id, account, opened_on, severity, source_system, source_id, replaces,"
                " recorded_at) SELECT gen_random_uuid(), account, opened_on, severity, source_system, source_id,"
                " replaces, recorded_at FROM attribution_ticket WHERE replaces IS NOT NULL"
            )
