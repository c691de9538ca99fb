"""The names of devices: browsers name themselves after one another, and the right one is found."""

import pytest

from portal.identity.devices import LONGEST, device_name

CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME}", "Chrome, Windows"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Edg/130.0.0.0", "Edge, Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0", "Firefox, Linux"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_7) AppleWebKit/605.1 Version/18.0 Safari/605.1", "Safari, macOS"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 CriOS/130.0 Mobile Safari/604.1",
            "Chrome, iPhone",
        ),
        (f"Mozilla/5.0 (Linux; Android 14) {CHROME} MicroMessenger/8.0.50", "WeChat, Android"),
        ("curl/8.10.1", "curl/8.10.1"),
        ("x" * 300, "x" * LONGEST),
        ("", ""),
    ],
)
def test_a_device_is_called_as_its_owner_calls_it(user_agent: str, name: str) -> None:
    assert device_name(user_agent) == name
