"""The demo's contracts and targets: what their importers take; each year of a contract after the one before."""

from datetime import date
from itertools import pairwise

from attribution.lifecycle.importing import KIND as TARGETS
from attribution.lifecycle.rules import EventKind
from attribution.terms.importing import KIND
from portal.demo.generate import Demo
from tests.partners.stand import parsed

Rows = dict[str, list[dict[str, str]]]


def test_rows_are_what_the_importer_takes(rows: Rows) -> None:
    assert len(rows["terms"]) > 100
    assert [row.errors for row in parsed(KIND, rows["terms"]) if not row.ok] == []
    assert len({row["source_id"] for row in rows["terms"]}) == len(rows["terms"])


def test_a_contract_begins_with_an_order_of_its_customer(rows: Rows) -> None:
    ordered = {(line["account_source_id"], line["ordered_on"]) for line in rows["revenue"]}
    first = [row for row in rows["terms"] if row["source_id"].endswith("-1")]
    assert first
    assert all((row["account"], row["starts_on"]) in ordered for row in first)


def test_a_year_follows_a_year(demo: Demo, rows: Rows) -> None:
    years: dict[str, list[tuple[date, date]]] = {}
    for row in rows["terms"]:
        name = row["source_id"].rpartition("-")[0]
        years.setdefault(name, []).append((date.fromisoformat(row["starts_on"]), date.fromisoformat(row["ends_on"])))
    for some in years.values():
        assert all((ends - starts).days == 364 for starts, ends in some)
        assert all(abs((later - ends).days) <= 60 for (_starts, ends), (later, _ends) in pairwise(some))
        assert some[-1][0] < demo.world.today


def test_every_kind_of_event_has_targets_up_to_the_running_quarter(rows: Rows) -> None:
    assert [row.errors for row in parsed(TARGETS, rows["targets"]) if not row.ok] == []
    told = [(row["kind"], row["country"], row["quarter"]) for row in rows["targets"]]
    assert len(set(told)) == len(told)
    assert {kind for kind, _country, _quarter in told} == set(EventKind)
    assert "2026-Q4" in {quarter for _kind, _country, quarter in told}
