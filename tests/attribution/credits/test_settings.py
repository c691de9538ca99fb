"""The policy of attribution: what it begins with, what is refused in words, and its form."""

from typing import Any

import pytest
from litestar import Litestar
from pydantic import ValidationError

from attribution.credits.settings import DEFAULT, SETTINGS, AttributionSettings, lines, lint, plan_of
from attribution.engine import policy as policies
from attribution.lifecycle.rules import EventKind
from portal.core import db
from portal.core.actor import SYSTEM
from tests.make import Cast
from tests.web import Browser


def body(**more: Any) -> AttributionSettings:
    return AttributionSettings.model_validate(DEFAULT.model_dump(mode="json") | more)


def windows(**more: Any) -> list[dict[str, Any]]:
    found = DEFAULT.model_dump(mode="json")["windows"]
    return [one | more if one["kind"] == "renewal" else one for one in found]


def test_a_new_installation_reckons_by_the_engines_own_table_and_pays_by_shapley() -> None:
    plan = plan_of(DEFAULT)
    assert plan.policy == policies.DEFAULT
    assert DEFAULT.paying_model == "shapley"
    assert plan.models == (
        "first", "last", "linear", "u_shaped", "w_shaped", "full_path", "decay", "markov:1", "shapley",
    )  # fmt: skip
    assert lint(DEFAULT) == []
    assert {one.kind for one in DEFAULT.windows} == set(EventKind)


def test_what_is_sourced_and_influenced_can_always_be_read() -> None:
    assert body(models=["decay"], paying_model="last").all_models == ("first", "last", "linear", "decay")


@pytest.mark.parametrize(
    "more",
    [
        {"currency": "EURO"},
        {"currency": "XXY"},
        {"models": ["guess"]},
        {"models": ["shapley_rate"]},
        {"paying_model": "influenced"},
        {"half_life_days": 0},
        {"draws": 100_000},
        {"seed": -1},
        {"windows": [{"kind": "moon"}]},
        {"windows": [{"kind": "renewal", "lookback_days": 0}]},
        {"windows": [{"kind": "upsell", "carry_over_percent": 101}]},
        {"more": 1},
    ],
)
def test_what_makes_no_sense_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        body(**more)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"windows": windows()[1:]}, "Every kind of event must stand in it exactly once."),
        ({"windows": windows(carry_over_percent=10)}, "Renewal: nothing is carried over here"),
        ({"models": []}, "Choose at least one model."),
    ],
)
def test_what_has_to_be_mended_is_said(more: dict[str, Any], says: str) -> None:
    assert any(sentence.startswith(says) for sentence in lint(body(**more)))


def test_windows_and_half_life_reach_the_engine() -> None:
    plan = plan_of(body(windows=windows(lookback_days=90), half_life_days=30, draws=0))
    assert plan.policy["renewal"].lookback_days == 90
    assert plan.policy["renewal"].weights == policies.DEFAULT["renewal"].weights
    assert (plan.settings.half_life_days, plan.shards) == (30.0, 1)


def test_every_line_of_the_document_can_be_compared() -> None:
    keys = [line.key for line in lines(DEFAULT)]
    assert len(keys) == len(set(keys)) == 6 + 2 * len(EventKind)
    assert SETTINGS.money, "a second person of finance approves it"


async def test_its_form_keeps_a_draft_without_a_script(app: Litestar, cast: Cast) -> None:
    faye = await Browser.of(app, cast.faye)
    page = (await faye.get("/settings/policies/attribution/new")).text
    assert 'name="windows.3.lookback_days"' in page
    rows = {
        f"windows.{place}.{name}": "" if value is None else str(value)
        for place, one in enumerate(windows(lookback_days=90))
        for name, value in one.items()
    }
    typed = {"currency": "USD", "paying_model": "linear", "half_life_days": "14", "draws": "0", "seed": "7"}
    answer = await faye.post("/settings/policies/attribution/new", {**typed, "models": "linear", **rows, "do": "save"})
    assert answer.status_code == 303, answer.text
    async with db.transaction(SYSTEM):
        stored = await db.sql_value("SELECT body FROM policies_version ORDER BY created_at DESC LIMIT 1")
    assert AttributionSettings.model_validate_json(stored) == body(
        currency="USD", paying_model="linear", half_life_days=14, draws=0, seed=7, models=["linear"],
        windows=windows(lookback_days=90),
    )  # fmt: skip
    wrong = await faye.post("/settings/policies/attribution/new", {**typed, "currency": "euros", **rows, "do": "save"})
    assert wrong.status_code == 422
    assert "Give a currency by its code of three letters" in wrong.text
