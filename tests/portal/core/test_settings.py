"""Settings: what the environment may say, and one clear sentence when it says something else."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from portal.core.settings import SECRET_FILE, Settings, SettingsError

KEY = "k" * 32


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"TRIBUTARY_DATA_DIR": str(tmp_path / "data")}


def test_defaults(environ: dict[str, str], tmp_path: Path) -> None:
    found = Settings.from_env(environ)
    assert found.data_dir == tmp_path / "data"
    assert found.database_url is None
    assert found.smtp_url is None
    assert found.port == 8000
    assert found.public_url == "http://127.0.0.1:8000"
    assert found.vendor_name == "Corvane"
    assert found.time_zone == found.zone.key == "Europe/Berlin"
    assert found.demo is False
    assert (found.outward_ports, found.outward_private) == (frozenset({443}), ())


def test_everything_can_be_set(environ: dict[str, str]) -> None:
    found = Settings.from_env(environ | {
        "DATABASE_URL": "postgresql://u:p@db/x", "PORT": "9000", "TRIBUTARY_PUBLIC_URL": "https://Partners.Example.com/",
        "TRIBUTARY_SECRET_KEY": KEY, "TRIBUTARY_SMTP_URL": "smtps://u:p@mail:465", "TRIBUTARY_VENDOR_NAME": "江河",
        "TRIBUTARY_TIME_ZONE": "Asia/Shanghai", "TRIBUTARY_DEMO": "Yes", "TRIBUTARY_OUTWARD_PORTS": "443, 8443",
        "TRIBUTARY_OUTWARD_PRIVATE": "10.1.2.0/28,fd00::/64",
    })  # fmt: skip
    assert found.database_url == "postgresql://u:p@db/x"
    assert found.port == 9000
    assert found.public_url == "https://partners.example.com"
    assert found.secret_key == KEY
    assert found.smtp_url == "smtps://u:p@mail:465"
    assert found.vendor_name == "江河"
    assert found.zone.key == "Asia/Shanghai"
    assert found.demo is True
    assert (found.outward_ports, found.outward_private) == (frozenset({443, 8443}), ("10.1.2.0/28", "fd00::/64"))
    assert not (found.data_dir / SECRET_FILE).exists()


def test_an_empty_variable_is_not_set(environ: dict[str, str]) -> None:
    assert Settings.from_env(environ | {"PORT": "", "DATABASE_URL": " ", "TRIBUTARY_DEMO": ""}).port == 8000


def test_the_public_address_follows_the_port(environ: dict[str, str]) -> None:
    assert Settings.from_env(environ | {"PORT": "9001"}).public_url == "http://127.0.0.1:9001"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *[("PORT", text) for text in ("0", "65536", "-1", "80.0", "http", "８０")],
        *[
            ("DATABASE_URL", text)
            for text in ("mysql://x/y", "x", "postgresql://h:port/y", "postgresql://u:hidden@h/a b")
        ],
        *[
            ("TRIBUTARY_PUBLIC_URL", text)
            for text in ("example.com", "ftp://x", "https://", "https://x/y", "https://x?y")
        ],
        *[
            ("TRIBUTARY_PUBLIC_URL", text)
            for text in ("https://x#y", "https://u:hidden@x", "https://x:0", "http://[::1")
        ],
        *[("TRIBUTARY_PUBLIC_URL", text) for text in ("http://partners.example.com", "http://10.0.0.1:8000")],
        *[("TRIBUTARY_SMTP_URL", text) for text in ("u:hidden@mail:25", "http://mail", "smtp://", "smtp://mail:x")],
        *[("TRIBUTARY_SECRET_KEY", text) for text in ("short", "k" * 31)],
        *[("TRIBUTARY_VENDOR_NAME", text) for text in ("v" * 101, "a\nBcc: b")],
        *[("TRIBUTARY_TIME_ZONE", text) for text in ("Berlin", "../etc/passwd", "/etc/localtime", "UTC+1", "Europe")],
        *[("TRIBUTARY_DEMO", text) for text in ("maybe", "2")],
    ],
)
def test_a_bad_value_names_its_variable_and_keeps_the_value(environ: dict[str, str], name: str, text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(environ | {name: text})
    message = str(caught.value)
    assert message.startswith(f"{name} must ")
    assert "\n" not in message
    assert "hidden" not in message


@pytest.mark.parametrize("url", ["http://localhost:8000", "http://127.0.0.2", "http://[::1]:8000", "https://10.0.0.1"])
def test_plain_http_stays_on_this_machine(environ: dict[str, str], url: str) -> None:
    assert Settings.from_env(environ | {"TRIBUTARY_PUBLIC_URL": url}).public_url == url


def test_the_secret_key_is_made_once_and_closed_to_others(environ: dict[str, str]) -> None:
    first = Settings.from_env(environ)
    kept = first.data_dir / SECRET_FILE
    assert len(first.secret_key) >= 32
    assert Settings.from_env(environ).secret_key == first.secret_key
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(first.data_dir.stat().st_mode) == 0o700
    assert [path.name for path in first.data_dir.iterdir()] == [SECRET_FILE]


def test_processes_that_start_at_once_agree_on_the_secret_key(environ: dict[str, str]) -> None:
    with ThreadPoolExecutor(16) as pool:
        assert len({one.secret_key for one in pool.map(Settings.from_env, [environ] * 64)}) == 1


@pytest.mark.parametrize("kept", ["", "short", "käy" * 20])
def test_a_damaged_secret_key_is_not_used(environ: dict[str, str], kept: str) -> None:
    path = Settings.from_env(environ).data_dir / SECRET_FILE
    path.write_text(kept, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"^TRIBUTARY_SECRET_KEY is not set, and the one kept in"):
        Settings.from_env(environ)


def test_a_data_directory_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(SettingsError, match=r"^TRIBUTARY_DATA_DIR "):
            Settings.from_env({"TRIBUTARY_DATA_DIR": str(path)})


@pytest.mark.parametrize(
    ("platform", "xdg", "expected"),
    [
        ("linux", "", ".local/share/tributary"),
        ("linux", "relative", ".local/share/tributary"),
        ("linux", "/var/xdg", "/var/xdg/tributary"),
        ("darwin", "/var/xdg", "Library/Application Support/Tributary"),
    ],
)
def test_where_data_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, platform: str, xdg: str, expected: str
) -> None:
    monkeypatch.setattr("sys.platform", platform)
    monkeypatch.setenv("HOME", str(tmp_path))
    environ = {"XDG_DATA_HOME": xdg, "TRIBUTARY_SECRET_KEY": KEY}
    assert Settings.from_env(environ).data_dir == tmp_path / expected


def test_secrets_stay_out_of_logs(environ: dict[str, str]) -> None:
    shown = repr(Settings.from_env(environ | {
        "TRIBUTARY_SECRET_KEY": KEY, "DATABASE_URL": "postgresql://u:hidden@h/d", "TRIBUTARY_SMTP_URL": "smtp://u:hidden@h",
    }))  # fmt: skip
    assert KEY not in shown
    assert "hidden" not in shown
