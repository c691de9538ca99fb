"""The policy of health: what it begins with, what it refuses, and that managers change it in a form."""

from datetime import timedelta

import pytest
from litestar import Litestar
from pydantic import ValidationError

from attribution.health.rules import Settings
from attribution.health.settings import DEFAULT, KEY, POLICY, HealthSettings, settings_on
from portal.core.actor import SYSTEM
from portal.core.permissions import Permission
from portal.policies.queries import list_versions
from tests.make import TODAY, Cast
from tests.web import Browser


def test_it_begins_as_the_rules_do_and_is_fit_to_be_submitted() -> None:
    assert DEFAULT.plain == Settings()
    assert POLICY.writes is Permission.POLICIES_WRITE
    assert POLICY.lint(DEFAULT) == []


@pytest.mark.parametrize(
    "change", [{"recency": -1}, {"usage": 101}, {"lost_times": 1}, {"least_weight": 0}, {"mood": 1}]
)
def test_what_makes_no_sense_is_refused(change: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        HealthSettings.model_validate(DEFAULT.model_dump() | change)


def test_weights_have_to_be_a_hundred_and_good_better_than_watch() -> None:
    assert POLICY.lint(HealthSettings(recency=40, good_from=40)) == [
        "The weights are 110% together. They have to be 100%.",
        "Good has to begin above where watch begins.",
    ]


def test_what_it_says_in_words() -> None:
    said = [(line.part, line.label, line.value) for line in POLICY.lines(DEFAULT)]
    assert len(said) == len(HealthSettings.model_fields)
    assert ("", "Recency is 0 after", "3 of its own intervals") in said
    assert ("", "An answer weighs half after", "180 days") in said


@pytest.mark.usefixtures("cast")
async def test_without_an_approved_version_the_first_holds() -> None:
    assert await settings_on(SYSTEM, TODAY) == (None, Settings())


async def test_managers_write_it_in_a_form(app: Litestar, cast: Cast) -> None:
    ada = await Browser.of(app, cast.ada)
    page = (await ada.get(f"/settings/policies/{KEY}/new")).text
    assert all(f'name="{name}"' in page for name in HealthSettings.model_fields)
    form = {name: str(value) for name, value in DEFAULT.model_dump().items()} | {"usage": "20", "sentiment": "20"}
    wrong = await ada.post(f"/settings/policies/{KEY}/new", form | {"usage": "most"})
    assert wrong.status_code == 422
    day = (TODAY + timedelta(days=40)).isoformat()
    kept = await ada.post(f"/settings/policies/{KEY}/new", form | {"effective_from": day})
    assert kept.status_code == 303
    [version] = await list_versions(cast.ada, KEY)
    assert version.document == HealthSettings(usage=20, sentiment=20)
    shown = (await ada.get(f"/settings/policies/versions/{version.id}")).text
    assert "3 of its own intervals" in shown
    assert (await (await Browser.of(app, cast.faye)).get(f"/settings/policies/{KEY}/new")).status_code == 403
