"""Traces in words: every reason in both languages, numbers with all their decimals, and the proof from outside."""

import json
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from attribution.commissions import explain, proof
from attribution.commissions.rules import Earlier, Reason, Terms, Why, reckon
from attribution.commissions.trace import WhyFact, write_trace
from portal.core.i18n import LOCALES, using
from portal.core.money import Money
from tests.attribution.commissions.test_rules import DAY, PARTNER, stored, terms

FACTS = {
    "ordered_on": "2026-11-18", "deal": "D-1", "first_day": "2026-01-01", "last_day": "2026-02-01", "role": "co_sell",
    "plan": "Reseller DACH v4", "kinds": "reseller service", "tier": "gold", "status": "applied",
}  # fmt: skip


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_told_in_every_language(locale: str, reason: Reason) -> None:
    with using(locale):
        why, when = explain.why_words(WhyFact(reason=reason, facts=FACTS, could_change_on=None))
        _why, dated = explain.why_words(WhyFact(reason=reason, facts=FACTS, could_change_on=date(2027, 1, 1)))
    assert why
    assert when
    assert "%(" not in why + when + dated
    assert "2027" in dated
    assert why.isascii() is (locale == "en" and "“" not in why)


@pytest.mark.parametrize(
    ("minor", "currency", "expected"),
    [
        (Fraction(12376_44, 100), "EUR", "123.7644"),
        (Fraction(100), "EUR", "1.00"),
        (Fraction(-1, 2), "JPY", "−0.5"),
        (Fraction(1, 3), "JPY", "0.333333333333…"),
        (Fraction(1), "KWD", "0.001"),
    ],
)
def test_numbers_have_all_their_decimals(minor: Fraction, currency: str, expected: str) -> None:
    assert explain.exact_number(minor, currency) == expected


def test_steps_in_words() -> None:
    on = terms("7.5")
    before = [Earlier(PARTNER.id, DAY, 100_00, 7_50)]
    trace = stored(reckon(Money(-150_00, "EUR"), on, before), before, -150_00, on)
    assert [(step.title, step.sum, step.result, step.note) for step in explain.step_words(trace, own=True)][1:] == [
        ("The customer was refunded", "−€150.00 of €100.00 on the invoice line, 150.0%", "−€150.00", ""),
        ("Together with what came before", "€100.00 + −€150.00 = −50.00", "−€50.00", "exact"),
        ("More was refunded than paid: never below nothing", "−€50.00 but at least €0.00 = 0.00", "€0.00", "exact"),
        ("Your rate", "€0.00 × 7.5% = 0.00", "€0.00", "exact"),
        ("Less what you earned from it before", "€0.00 − €7.50 = −7.50", "−€7.50", "exact"),
    ]
    assert explain.step_words(trace, own=False)[4].title == "The partner's rate"


def test_nothing_earned_has_no_steps_but_the_payment() -> None:
    nothing = Terms(PARTNER, None, None, Why(Reason.NO_REGISTERED_DEAL, FACTS))
    trace = stored(reckon(Money(5, "EUR"), nothing, []), [], 5, nothing)
    assert [step.code for step in explain.step_words(trace, own=True)] == ["cash"]
    assert explain.plan_name(trace) == ""


def test_the_product_has_its_chinese_name() -> None:
    on = terms()
    trace = stored(reckon(Money(5_00, "EUR"), on, []), [], 5_00, on)
    assert explain.product_name(trace) == "Insight"
    with using("zh_CN"):
        assert explain.product_name(trace) == "洞察"


def test_the_proof_is_checked_as_a_program(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    on = terms()
    text, sealed = write_trace(stored(reckon(Money(5_00, "EUR"), on, []), [], 5_00, on))
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(text, encoding="utf-8")
    bad.write_text(json.dumps(json.loads(text) | {"amount_minor": 46, "outcome": "zero"}), encoding="utf-8")
    assert proof.main([str(good), str(bad)]) == 1
    said = capsys.readouterr().out
    assert f"{good}: holds\nsha256 {sealed}\n" in said
    assert "the steps end with 45, the amount is 46" in said
    assert "46 is not zero" in said


def test_the_proof_knows_no_other_operation() -> None:
    with pytest.raises(ValueError, match="power"):
        proof.evaluate([{"op": "power", "name": "cash", "value": "2"}])


def test_the_proof_imports_nothing_of_ours() -> None:
    source = Path(proof.__file__).read_text(encoding="utf-8")
    assert "portal" not in "".join(line for line in source.splitlines() if "import" in line and "from" in line)
