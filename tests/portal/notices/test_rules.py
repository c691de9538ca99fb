"""When the mail of a day is due: once a day on the vendor's clock, also where clocks are put forward and back."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.permissions import Permission
from portal.notices.kinds import Kind
from portal.notices.rules import DIGEST_AT, Mail, digest_due

INSTANTS = st.integers(0, 8 * 366 * 24 * 60).map(
    lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
ZONES = st.sampled_from(["Europe/Berlin", "Asia/Shanghai", "America/New_York", "Pacific/Apia", "UTC"])


@given(now=INSTANTS, zone=ZONES)
def test_it_was_due_at_the_hour_and_less_than_a_day_and_an_hour_ago(now: datetime, zone: str) -> None:
    due = digest_due(now, zone)
    assert due.astimezone(ZoneInfo(zone)).time() == DIGEST_AT
    assert timedelta() <= now - due < timedelta(hours=25)


@given(now=INSTANTS, zone=ZONES)
def test_it_never_goes_back(now: datetime, zone: str) -> None:
    assert digest_due(now, zone) <= digest_due(now + timedelta(minutes=10), zone)


@given(
    chosen=st.one_of(st.none(), st.sampled_from(list(Mail))), default=st.sampled_from(list(Mail)), fixed=st.booleans()
)
def test_what_is_chosen_holds_except_where_nobody_may_choose(chosen: Mail | None, default: Mail, fixed: bool) -> None:  # noqa: FBT001 -- hypothesis gives it by name
    kind = Kind("k", "K", Permission.PROFILE_READ, default, "G", "bell", asks=False, fixed=fixed)
    assert kind.mail(chosen) == (Mail.NOW if fixed else chosen or default)


@pytest.mark.parametrize(("hour", "day"), [(5, 17), (6, 17), (7, 18), (23, 18)])
def test_before_eight_it_is_yesterdays(hour: int, day: int) -> None:
    due = digest_due(datetime(2026, 11, 18, hour, tzinfo=UTC), "Europe/Berlin")
    assert due == datetime(2026, 11, day, 7, tzinfo=UTC)
