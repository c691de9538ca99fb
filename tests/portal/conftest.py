"""Fixtures of the portal's tests: a certificate of this machine, and what the portal may ask while one test runs."""

from collections.abc import Callable
from pathlib import Path

import pytest

from portal.core import outward
from tests.tls import make_certificate


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For `localhost`."""
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def way(monkeypatch: pytest.MonkeyPatch, certificate: Path) -> Callable[..., None]:
    """Allow a port, and networks if asked, for one test; the certificate is trusted."""

    def allow(port: int, *private: str) -> None:
        monkeypatch.setattr(outward._Allowed, "way", outward.Way())
        outward.use_way({443, port}, private)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    return allow
