"""The browser of the tests: the one that is there, or, run as a program, one that gets installed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from playwright.sync_api import sync_playwright

VARIABLE: Final = "TRIBUTARY_CHROMIUM"
NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_browser() -> str | None:
    """The program to launch: of the environment variable, else on PATH, else Playwright's own, else None."""
    named = os.environ.get(VARIABLE)
    if named:
        return named
    for name in NAMES:
        found = shutil.which(name)
        if found is not None and _works(found):
            return found
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


def launch_options() -> list[str]:
    """What the browser must be started with here: it has no sandbox for root."""
    return ["--no-sandbox"] if os.geteuid() == 0 else []


def install_browser() -> None:
    """Installs Chromium: Debian's own for root on Debian, else Playwright's."""
    if os.geteuid() == 0 and _is_debian():
        environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "-qq", "update"], check=True)
        subprocess.run(["apt-get", "-qq", "install", "--yes", "chromium"], check=True, env=environ)
    else:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)


def main() -> None:
    """Returns when there is a browser."""
    if find_browser() is None:
        install_browser()
    found = find_browser()
    if found is None:
        sys.exit(f"No browser was found. Install Chromium, or name one with {VARIABLE}.")


def _works(program: str) -> bool:
    """Some names are only stubs that ask for another package."""
    try:
        return subprocess.run([program, "--version"], capture_output=True, timeout=60, check=False).returncode == 0
    except OSError:
        return False


def _is_debian() -> bool:
    try:
        return "ID=debian" in Path("/etc/os-release").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False


if __name__ == "__main__":
    main()
