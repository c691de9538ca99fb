"""Columns to fields: guessed with reasons, corrected, checked."""

from typing import Any

import pytest

from portal.imports.fields import Field, ImportKind, ValueKind
from portal.imports.mapping import ColumnMapping, MatchReason, check_mapping, guess_mapping, take_guess
from portal.imports.shape import Column
from tests.portal.imports.examples import COMPANIES, DEALS


def columns(*headings: Any, samples: Any = ()) -> Any:
    return [Column(heading, heading, tuple(samples)) for heading in headings]


def guessed(kind: Any, *headings: Any) -> Any:
    return {
        match.field: (match.column.name, match.reason.value)
        for match in guess_mapping(kind, columns(*headings)).matches
    }


@pytest.mark.parametrize(
    ("headings", "expected"),
    [
        # Salesforce's report, its API, HubSpot's export, AWS, Microsoft, Dynamics' sample, Chinese.
        (("Opportunity ID", "Account Name", "Opportunity Name", "Stage", "Total Amount Currency", "Total Amount", "Close Date"),
         {"source_id": "Opportunity ID", "customer": "Account Name", "name": "Opportunity Name", "stage": "Stage", "currency": "Total Amount Currency", "amount": "Total Amount", "close_on": "Close Date"}),
        (("Record ID", "Deal Name", "Deal Stage", "Amount", "Close Date", "Associated Company"),
         {"source_id": "Record ID", "name": "Deal Name", "stage": "Deal Stage", "amount": "Amount", "close_on": "Close Date", "customer": "Associated Company"}),
        (("partnerCrmUniqueIdentifier", "partnerProjectTitle", "customerCompanyName", "customerWebsite", "country", "expectedMonthlyAwsRevenue", "targetCloseDate", "stage", "projectDescription"),
         {"source_id": "partnerCrmUniqueIdentifier", "name": "partnerProjectTitle", "customer": "customerCompanyName", "website": "customerWebsite", "country": "country", "amount": "expectedMonthlyAwsRevenue", "close_on": "targetCloseDate", "stage": "stage", "notes": "projectDescription"}),
        (("Referral ID", "Customer Country", "Customer Name", "Deal currency", "Estimated Deal value"),
         {"source_id": "Referral ID", "country": "Customer Country", "customer": "Customer Name", "currency": "Deal currency", "amount": "Estimated Deal value"}),
        (("Topic", "PipelineStep", "Value", "CloseDate", "OpportunitySeq", "Product Name"),
         {"name": "Topic", "stage": "PipelineStep", "amount": "Value", "close_on": "CloseDate", "source_id": "OpportunitySeq", "products": "Product Name"}),
        (("商机编号", "商机名称", "客户名称", "预计成交日期", "预计金额", "币种", "商机阶段"),
         {"source_id": "商机编号", "name": "商机名称", "customer": "客户名称", "close_on": "预计成交日期", "amount": "预计金额", "currency": "币种", "stage": "商机阶段"}),
    ],
)  # fmt: skip
def test_headings_of_known_systems(headings: Any, expected: Any) -> None:
    guess = guess_mapping(DEALS, columns(*headings))
    assert dict(take_guess(guess).columns) == expected
    assert guess.missing == tuple(
        name for name in ("source_id", "name", "customer", "close_on") if name not in expected
    )


def test_reasons() -> None:
    kind = ImportKind("x", "X", (Field("close_on", ValueKind.DATE, "Close date", synonyms=("Expected closing",)),))
    assert guessed(kind, "CLOSE_DATE") == {"close_on": ("CLOSE_DATE", "exact")}
    assert guessed(kind, "expected closing") == {"close_on": ("expected closing", "synonym")}
    assert guessed(kind, "Expected_Closing__c") == {"close_on": ("Expected_Closing__c", "normalised")}
    assert guessed(kind, "property_close_date") == {"close_on": ("property_close_date", "normalised")}
    assert guessed(kind, "Close date (local)") == {"close_on": ("Close date (local)", "normalised")}
    assert guessed(kind, "Expectd closing") == {"close_on": ("Expectd closing", "fuzzy")}
    assert guessed(kind, "Opening") == {}


def test_a_spelling_counts_only_when_the_values_fit() -> None:
    kind = ImportKind("x", "X", (Field("close_on", ValueKind.DATE, "Close date"),))
    fitting = guess_mapping(kind, columns("Closed date", samples=("2026-01-01", "05/11/2026")))
    assert [match.reason for match in fitting.matches] == [MatchReason.FUZZY]
    assert guess_mapping(kind, columns("Closed date", samples=("yes", "no"))).matches == ()


def test_each_column_and_each_field_is_used_once_and_the_rest_is_listed() -> None:
    guess = guess_mapping(DEALS, columns("Amount", "Total Amount", "Amount (USD)", "Weather", samples=("1",)))
    assert take_guess(guess).columns == {"amount": "Amount"}
    assert [column.name for column in guess.unmapped] == ["Total Amount", "Amount (USD)", "Weather"]
    assert guess.unmapped[2].samples == ("1",)
    assert guess.missing == ("source_id", "name", "customer", "close_on")
    assert guess_mapping(DEALS, columns("", "")).matches == ()


def test_a_mapping_is_checked_against_the_kind_and_the_file() -> Any:
    names = ("ID", "Name")
    good = ColumnMapping({"source_id": "ID", "name": "Name"}, {"country": "Germany"})
    assert check_mapping(COMPANIES, good, names) == ()
    assert ColumnMapping.from_json(good.to_json()) == good

    def codes(columns_: Any, constants: Any = None) -> Any:
        return [
            (error.code, error.field)
            for error in check_mapping(COMPANIES, ColumnMapping(columns_, constants or {}), names)
        ]

    assert codes({"source_id": "ID"}) == [("field_not_mapped", "name")]
    assert codes({"source_id": "ID", "name": "Gone"}) == [("unknown_column", "name")]
    assert codes({"source_id": "ID", "name": "Name", "colour": "ID"}) == [("unknown_field", "colour")]
    assert codes({"source_id": "ID"}, {"name": "NULL"}) == [("required", "name")]
    assert codes({"source_id": "ID"}, {"name": "Acme", "country": "Atlantis"}) == [("unknown_country", "country")]
    assert codes({"source_id": "ID"}, {"name": "Acme", "employees": "1.234"}) == [("ambiguous_number", "employees")]
