"""Accounts as an import: new, same, changed, refused, in a fixed number of statements."""

import pytest

from partners.customers import queries
from partners.customers.importing import KIND, apply
from portal.core.errors import NotAllowed
from portal.imports.states import RowOutcome
from tests.make import NOON, Cast
from tests.partners.stand import parsed, statements

ACME = {
    "source_id": "A-1", "legal_name": "Acme GmbH", "country": "Germany", "domain": "https://www.acme.de",
    "city": "Kempten", "size": "250-999", "registry_id": "HRB 1",
}  # fmt: skip


async def outcomes(cast: Cast, rows: list[dict[str, str]]) -> list[RowOutcome]:
    done = await apply(cast.vera, parsed(KIND, rows), source_system="crm", now=NOON)
    return [outcome for _number, outcome, _problems in done]


async def test_accounts_come_in_once_and_change_with_their_source(cast: Cast) -> None:
    assert await outcomes(cast, [ACME]) == [RowOutcome.IMPORTED]
    assert await outcomes(cast, [ACME]) == [RowOutcome.SAME]
    assert await outcomes(cast, [ACME | {"city": "Ulm"}]) == [RowOutcome.CHANGED]
    assert await outcomes(cast, [ACME | {"city": "Ulm"}]) == [RowOutcome.SAME]
    found = await queries.search_accounts(cast.vera, "acme")
    assert [(one.legal_name, one.city, one.country) for one in found] == [("Acme GmbH", "Ulm", "DE")]
    account = await queries.get_account(cast.vera, found[0].account_id)
    assert (account.facts.domain, account.facts.size, account.facts.registry_id) == ("acme.de", "250-999", "HRB 1")


async def test_a_row_that_comes_twice_is_refused(cast: Cast) -> None:
    done = await apply(cast.vera, parsed(KIND, [ACME, ACME]), source_system="crm", now=NOON)
    assert [(outcome, [problem.code for problem in problems]) for _row, outcome, problems in done] == [
        (RowOutcome.IMPORTED, []),
        (RowOutcome.REFUSED, ["repeated"]),
    ]


async def test_the_same_id_of_another_system_is_another_account(cast: Cast) -> None:
    await outcomes(cast, [ACME])
    done = await apply(cast.vera, parsed(KIND, [ACME]), source_system="erp", now=NOON)
    assert done[0][1] == RowOutcome.IMPORTED


async def test_five_hundred_are_as_many_statements_as_one(cast: Cast) -> None:
    rows = [ACME | {"source_id": f"A-{number}", "legal_name": f"Acme {number}"} for number in range(500)]
    prepared = parsed(KIND, rows)
    with statements() as seen:
        await apply(cast.vera, prepared, source_system="crm", now=NOON)
    assert len(seen) <= 4


@pytest.mark.parametrize("who", ["pia", "sam", "audra"])
async def test_only_who_imports_imports(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        await apply(cast.everybody()[who], parsed(KIND, [ACME]), source_system="crm", now=NOON)
