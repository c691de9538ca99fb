"""Contacts as an import: whose person it is, names from their parts, roles in any words; and their pages."""

from typing import Any

import pytest
from litestar import Litestar

from partners.contacts.importing import IMPORTER, KIND, apply
from partners.contacts.rules import full_name
from partners.customers import importing as accounts
from portal.core import db
from portal.core.actor import SYSTEM
from portal.core.errors import NotAllowed
from portal.imports.mapping import guess_mapping, take_guess
from portal.imports.reading import inspect_file
from portal.imports.states import RowOutcome
from tests.make import NOON, Cast
from tests.partners.stand import parsed, statements
from tests.web import Browser

ACME = {"source_id": "A-1", "legal_name": "Acme GmbH", "country": "DE"}
ANKE = {
    "source_id": "P-1", "account": "A-1", "first_name": "Anke", "last_name": "Petersen", "email": "anke@acme.example",
    "buying_role": "Economic Buyer", "persona": "Plant manager", "country": "Germany",
}  # fmt: skip


@pytest.fixture(autouse=True)
async def acme(cast: Cast) -> None:
    await accounts.apply(cast.vera, parsed(accounts.KIND, [ACME]), source_system="crm", now=NOON)


async def take(cast: Cast, *rows: dict[str, str]) -> list[tuple[RowOutcome, list[str]]]:
    done = await apply(cast.vera, parsed(KIND, list(rows)), source_system="crm", now=NOON)
    return [(outcome, [IMPORTER.explain(one) for one in problems]) for _number, outcome, problems in done]


async def stored() -> list[dict[str, Any]]:
    async with db.transaction(SYSTEM):
        return await db.sql("SELECT * FROM partners_contact ORDER BY name")


async def test_contacts_come_in_once_and_change_with_their_source(cast: Cast) -> None:
    assert await take(cast, ANKE) == [(RowOutcome.IMPORTED, [])]
    assert await take(cast, ANKE) == [(RowOutcome.SAME, [])]
    assert await take(cast, ANKE | {"buying_role": "Champion"}) == [(RowOutcome.CHANGED, [])]
    [one] = await stored()
    assert (one["name"], one["email"], one["buying_role"], one["persona"], one["country"]) == (
        "Anke Petersen", "anke@acme.example", "champion", "Plant manager", "DE",
    )  # fmt: skip


async def test_an_account_is_meant_by_id_or_by_a_name_that_only_one_has(cast: Cast) -> None:
    await accounts.apply(
        cast.vera,
        parsed(accounts.KIND, [{**ACME, "source_id": f"B-{n}", "legal_name": f"Beta {form}"} for n, form in
                               enumerate(("AG", "GmbH"))]),
        source_system="crm", now=NOON,
    )  # fmt: skip
    assert await take(
        cast,
        ANKE | {"account": "ACME Inc."},
        ANKE | {"source_id": "P-2", "account": "Beta"},
        ANKE | {"source_id": "P-3", "account": "Nobody"},
        ANKE,
        {"source_id": "P-4", "account": "A-1", "phone": "123"},
    ) == [
        (RowOutcome.IMPORTED, []),
        (RowOutcome.REFUSED, ["Several accounts are called “Beta”. Give the account's id instead of its name."]),
        (RowOutcome.REFUSED, ["There is no account “Nobody”. Import the accounts of this system first."]),
        (RowOutcome.REFUSED, ["Another row of this file has the same id."]),
        (RowOutcome.REFUSED, ["The row has neither a name nor an e-mail address."]),
    ]


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("", "Anke", "Petersen", ""), "Anke Petersen"),
        (("", "伟", "王", ""), "王伟"),
        (("", "", "Petersen", ""), "Petersen"),
        (("Dr. A. Petersen", "Anke", "Petersen", ""), "Dr. A. Petersen"),
        (("", "", "", "a@b.example"), "a@b.example"),
        (("", "", "", ""), ""),
    ],
)
def test_names(parts: tuple[str, str, str, str], name: str) -> None:
    assert full_name(*parts) == name


def test_headings_of_crm_systems() -> None:
    shape = inspect_file(b"Record ID,First Name,Last Name,Email,Associated Company,Buying Role,Job Title\n1,a,b,,c,,\n")
    guess = guess_mapping(KIND, shape.columns)
    assert guess.missing == ()
    assert take_guess(guess).columns == {
        "source_id": "Record ID", "first_name": "First Name", "last_name": "Last Name", "email": "Email",
        "account": "Associated Company", "buying_role": "Buying Role", "job_title": "Job Title",
    }  # fmt: skip


async def test_five_hundred_are_as_many_statements_as_one(cast: Cast) -> None:
    prepared = parsed(KIND, [ANKE | {"source_id": f"P-{number}"} for number in range(500)])
    with statements() as seen:
        await apply(cast.vera, prepared, source_system="crm", now=NOON)
    assert len(seen) <= 6


@pytest.mark.parametrize("who", ["pia", "sam", "faye", "audra"])
async def test_only_who_imports_accounts_imports(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        await apply(cast.everybody()[who], parsed(KIND, [ANKE]), source_system="crm", now=NOON)


async def test_the_list_the_page_and_the_api(app: Litestar, cast: Cast) -> None:
    await take(cast, ANKE, ANKE | {"source_id": "P-2", "first_name": "Zoe", "buying_role": ""})
    [anke, _zoe] = await stored()
    sam = await Browser.of(app, cast.sam)
    page = await sam.get("/partners/contacts?sort=name")
    assert page.text.index("Anke Petersen") < page.text.index("Zoe Petersen")
    assert "Zoe Petersen" not in (await sam.get("/partners/contacts?role=budget_holder")).text
    assert "Acme GmbH" in (await sam.get(f"/partners/contacts?account={anke['account']}")).text
    assert "Budget holder" in (await sam.get(f"/partners/contacts/{anke['id']}")).text
    items = (await sam.json("/api/v1/partners/contacts")).json()["items"]
    assert {item["name"] for item in items} == {"Anke Petersen", "Zoe Petersen"}
    one = (await sam.json(f"/api/v1/partners/contacts/{anke['id']}")).json()
    assert (one["account_name"], one["buying_role"]) == ("Acme GmbH", "budget_holder")
    pia = await Browser.of(app, cast.pia)
    assert (await pia.get("/partners/contacts")).status_code == 403
    assert (await pia.get(f"/partners/contacts/{anke['id']}")).status_code in {403, 404}
