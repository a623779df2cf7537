"""schemathesis checks the service against its `/openapi.json`."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from suno_tui.server.service import Rules, Service
from tests.server import fakes
from tests.server.conftest import running

INSTALLED = importlib.util.find_spec("schemathesis") is not None


@pytest.mark.skipif(not INSTALLED, reason="schemathesis is not installed")
def test_schemathesis_finds_nothing(tmp_path: Path) -> None:
    service = Service(tmp_path / "served", workers=1, make=fakes.MAKE, rules=Rules(rate=0))
    with running(service) as served:
        key = served.key(credits=1_000_000)
        done = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "run", "--no-color"),
                f"{served.url}/openapi.json",
                *("--header", f"Authorization: Bearer {key}", "--max-examples", "10"),
                *("--generation-database", "none", "--seed", "1"),
            ],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            cwd=tmp_path,
        )
    assert done.returncode == 0, done.stdout
    assert "No issues found" in done.stdout
