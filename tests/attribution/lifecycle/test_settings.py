"""The policy of lifecycle: what it begins with, what it refuses, and that managers change it in a form."""

from datetime import timedelta

import pytest
from litestar import Litestar
from pydantic import ValidationError

from attribution.lifecycle.continuing import Settings
from attribution.lifecycle.settings import DEFAULT, KEY, POLICY, LifecycleSettings, settings_on
from portal.core.actor import SYSTEM
from portal.core.permissions import Permission
from portal.policies.queries import list_versions
from tests.make import TODAY, Cast
from tests.web import Browser

FORM = {"dormant_months": "12", "continue_days": "60", "order_days": "20"}


def test_it_begins_as_the_rules_do() -> None:
    assert DEFAULT.plain == Settings()
    assert POLICY.writes is Permission.POLICIES_WRITE


@pytest.mark.parametrize("change", [{"dormant_months": 0}, {"dormant_months": 61}, {"order_days": -1}, {"years": 1}])
def test_what_makes_no_sense_is_refused(change: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        LifecycleSettings.model_validate(DEFAULT.model_dump() | change)


def test_what_it_says_in_words() -> None:
    assert [(line.label, line.value) for line in POLICY.lines(DEFAULT)] == [
        ("Dormant after", "18 months"),
        ("A contract continues another within", "90 days"),
        ("An order renews a contract within", "30 days"),
    ]


@pytest.mark.usefixtures("cast")
async def test_without_an_approved_version_the_first_holds() -> None:
    assert await settings_on(SYSTEM, TODAY) == (None, Settings())


async def test_managers_write_it_in_a_form(app: Litestar, cast: Cast) -> None:
    ada = await Browser.of(app, cast.ada)
    page = (await ada.get(f"/settings/policies/{KEY}/new")).text
    assert 'name="dormant_months"' in page
    assert 'value="18"' in page
    wrong = await ada.post(f"/settings/policies/{KEY}/new", FORM | {"order_days": "soon"})
    assert wrong.status_code == 422
    day = (TODAY + timedelta(days=40)).isoformat()
    kept = await ada.post(f"/settings/policies/{KEY}/new", FORM | {"effective_from": day})
    assert kept.status_code == 303
    [version] = await list_versions(cast.ada, KEY)
    assert version.document == LifecycleSettings(dormant_months=12, continue_days=60, order_days=20)
    shown = (await ada.get(f"/settings/policies/versions/{version.id}")).text
    assert "12 months" in shown
    assert (await (await Browser.of(app, cast.faye)).get(f"/settings/policies/{KEY}/new")).status_code == 403
