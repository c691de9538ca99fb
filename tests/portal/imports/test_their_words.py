"""Fields by the names that AWS, Microsoft, ServiceNow and Salesforce give them, and how their reports end."""

import csv
import io
import json
import re

import pytest

from partners.opportunities import importing as opportunities
from portal.imports import queries, running, service
from portal.imports.mapping import ColumnMapping, guess_mapping, take_guess
from portal.imports.reading import inspect_file
from portal.imports.registry import all_importers
from portal.imports.states import RowOutcome
from portal.imports.vocabulary import known_headings
from tests import make
from tests.make import NOON, Cast
from tests.portal.imports.examples import FILES

KINDS = {one.kind.name: one.kind for one in all_importers()}


def recognised(kind: str, headings: list[str]) -> dict[str, str]:
    """Which of these headings are known to mean a field of a kind."""
    shape = inspect_file(",".join(f'"{one}"' for one in headings).encode(), known=known_headings(*KINDS.values()))
    assert len(shape.columns) == len(headings)
    return dict(take_guess(guess_mapping(KINDS[kind], shape.columns)).columns)


def column(path: str, place: int = 0) -> list[str]:
    """The words of one column of a description, without its heading."""
    with (FILES / path).open(encoding="utf-8-sig", newline="") as handle:
        return [row[place].strip() for row in csv.reader(handle)][1:]


def ace_sheet() -> tuple[list[str], bytes]:
    """AWS's 88 fields side by side, with the one opportunity of AWS's own sample below them."""
    names = [re.split(r"\s", name)[0] for name in column("aws-ace/Opportunity-Fields.csv")]
    sample = json.loads((FILES / "aws-ace" / "Opportunity-Outbound-Sample.json").read_text())["opportunities"][0]
    cells = {name: ";".join(value) if isinstance(value, list) else value for name, value in sample.items()}
    target = io.StringIO(newline="")
    csv.writer(target).writerows([names, [cells.get(name, "") for name in names]])
    return names, target.getvalue().encode("utf-8-sig")


def test_the_88_fields_of_aws() -> None:
    names, _content = ace_sheet()
    assert len(names) == 88
    assert recognised("opportunities", names) == {
        "source_id": "partnerCrmUniqueIdentifier", "account": "customerCompanyName", "name": "partnerProjectTitle",
        "product_sku": "solutionOffered", "stage": "stage", "amount": "expectedMonthlyAwsRevenue", "owner": "opportunityOwnerName",
        "expected_close_on": "targetCloseDate", "opened_at": "createdDate", "source": "campaignName",
        "notes": "nextStep",
    }  # fmt: skip
    accounts = recognised("accounts", names)
    assert {name: accounts[name] for name in ("legal_name", "domain", "country", "city", "postcode", "industry")} == {
        "legal_name": "customerCompanyName", "domain": "customerWebsite", "country": "country", "city": "city",
        "postcode": "postalCode", "industry": "industry",
    }  # fmt: skip


async def test_an_opportunity_of_aws_goes_in(cast: Cast) -> None:
    await make.account("Test LLC", match_name="test")
    _names, content = ace_sheet()
    job_id = await service.bring_file(
        cast.vera, "opportunities", "ace.csv", content, source_system="ace", look=False, now=NOON
    )
    job = await queries.get_job(cast.vera, job_id)
    columns = {
        name: column for name, column in job.plan.mapping.columns.items() if name not in {"product_sku", "owner"}
    }
    await service.set_mapping(cast.vera, job_id, ColumnMapping(columns), {"*": "USD"}, look=False, now=NOON)
    await service.start(cast.vera, job_id, now=NOON, in_background=False)
    assert await running.run(cast.vera, job_id) == {"imported": 1, "not_data": 1}


def test_the_46_columns_of_partner_center() -> None:
    names = column("ms-partner-center/cosell_download_columns.csv")
    assert len(names) == 46
    found = recognised("opportunities", names)
    assert {name: found[name] for name in ("source_id", "account", "amount", "currency", "opened_at")} == {
        "source_id": "Referral ID", "account": "Customer Name", "amount": "Estimated Deal value",
        "currency": "Deal currency", "opened_at": "Referral Creation Date",
    }  # fmt: skip
    leads = column("ms-partner-center/leads_download_columns.csv")
    assert len(leads) == 19
    assert recognised("accounts", leads)["legal_name"] == "Customer Name"


def fields_of(path: str) -> list[str]:
    """The names of fields that a page of documentation lists, in a table of either make."""
    text = (FILES / "servicenow-prm" / path).read_text()
    rows = re.findall(r"<tr><t[dh]>\s*(.*?)\s*</t[dh]>", text, re.DOTALL)
    rows += re.findall(r"^\|([^|]+)\|", text, re.MULTILINE)
    return [row for row in rows if row != "Field" and not set(row) <= set("-: ")]


@pytest.mark.parametrize(
    ("path", "count", "kind", "known"),
    [
        ("channel-partner-table-fields.md", 10, "companies", {"status": "Status"}),
        ("deal-registration-table-fields.md", 26, "deals", {"partner_source_id": "Channel partner"}),
        ("deal-registration-line-table-fields.md", 3, "deals", {}),
        ("deal-registration-type-table-fields.md", 6, "deals", {}),
        ("partner-program-deal-type-relationship-table-fields.md", 3, "deals", {}),
        ("partner-program-relationship-table-fields.md", 8, "companies", {}),
        ("partner-program-table-fields.md", 9, "companies", {}),
    ],
)
def test_the_fields_of_servicenow(path: str, count: int, kind: str, known: dict[str, str]) -> None:
    names = fields_of(path)
    assert len(names) == count, names
    assert known.items() <= recognised(kind, names).items()


def test_the_maps_of_the_data_loader_name_columns_of_its_samples() -> None:
    folder = FILES / "salesforce-dataloader"
    for path in sorted(folder.glob("*.sdl")):
        lines = [line.strip() for line in path.read_text().splitlines()]
        pairs = [line for line in lines if line and not line.startswith("#")]
        assert all("=" in pair for pair in pairs), path.name
    pairs = (folder / "opportunityInsertMap.sdl").read_text().splitlines()
    columns = {pair.partition("=")[0] for pair in pairs if re.match(r"[A-Z]\w*=", pair)}
    assert columns <= set(inspect_file(folder / "opportunityData.csv").names)


REPORT = """Opportunity Owner,Account Name,Opportunity Name,Stage,Amount Currency,Amount,Close Date,Created Date,\
Opportunity ID
Sam Vendor,Acme,First,Closed Won,EUR,"1,250.50",12/24/2026,10/13/2026,006A
Sam Vendor,Acme,Second,Prospecting,USD,"12,000.00",12/31/2026,10/14/2026,006B
Nobody Here,Acme,Third,Prospecting,EUR,1.00,12/31/2026,10/15/2026,006C

Grand Totals (3 records)
Confidential Information - Do Not Distribute
"Copyright (c) 2000-2026 salesforce.com, inc. All rights reserved."
"""


async def test_a_report_of_salesforce_with_its_footer(cast: Cast) -> None:
    await make.account("Acme GmbH", match_name="acme")
    job_id = await service.bring_file(
        cast.vera, "opportunities", "report.csv", REPORT.encode("cp1252"), source_system="sf", now=NOON
    )
    job = await queries.get_job(cast.vera, job_id)
    assert job.plan.mapping.columns == {
        "source_id": "Opportunity ID", "account": "Account Name", "name": "Opportunity Name",
        "owner": "Opportunity Owner", "stage": "Stage", "amount": "Amount", "currency": "Amount Currency",
        "expected_close_on": "Close Date", "opened_at": "Created Date",
    }  # fmt: skip
    assert {str(kind): count for kind, count in job.plan.kinds.items()} == {
        "header": 1, "data": 3, "blank": 1, "footer": 3
    }  # fmt: skip
    await service.start(cast.vera, job_id, now=NOON, in_background=False)
    assert await running.run(cast.vera, job_id) == {"imported": 2, "refused": 1, "not_data": 5}
    job = await queries.get_job(cast.vera, job_id)
    [refused] = await queries.list_rows(cast.vera, job, RowOutcome.REFUSED)
    assert [job.importer.explain(one) for one in refused.problems] == [
        "Nobody of the vendor is called or has the address “Nobody Here”."
    ]


def test_opportunities_are_of_this_kind() -> None:
    assert opportunities.KIND is KINDS["opportunities"]


async def test_338_malformed_rows_are_each_named_and_the_rest_goes_in(cast: Cast) -> None:
    broken = dict(_malformed())
    lines = [broken.get(number, f"A-{number},Account {number},DE,Ulm") for number in range(2, 2_000)]
    content = "\n".join(["Account ID,Company,Country,City", *lines]).encode()
    job_id = await service.bring_file(cast.vera, "accounts", "a.csv", content, source_system="crm", now=NOON)
    await service.start(cast.vera, job_id, now=NOON, in_background=False)
    assert await running.run(cast.vera, job_id) == {"imported": 1_998 - 338, "refused": 338, "not_data": 1}
    job = await queries.get_job(cast.vera, job_id)
    refused = await queries.list_rows(cast.vera, job, RowOutcome.REFUSED, most=400)
    assert {row.number for row in refused} == set(broken)
    told = {row.number: " ".join(job.importer.explain(one) for one in row.problems) for row in refused}
    assert all(told.values())
    assert told[7].startswith("The row has 3 cells, but there are 4 columns.")
    assert told[12].startswith("The row has 5 cells, but there are only 4 columns.")


def _malformed() -> list[tuple[int, str]]:
    """338 rows that are broken in four ways, by their numbers."""
    ways = ("A-{0},Account,DE", "A-{0},Account {0},DE,Ulm,more", 'A-{0},"Acc"ount,DE,Ulm', 'A-{0},"Account,DE,Ulm')
    return [(7 + 5 * n, ways[n % 4].format(7 + 5 * n)) for n in range(338)]
