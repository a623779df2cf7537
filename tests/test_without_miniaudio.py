"""Linux on arm64, for which miniaudio has no build: everything but its devices works."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import environment, suno_tui

ROOT = Path(__file__).parents[1]
PART = [
    "tests/library/test_filing.py",
    "tests/listener/test_cache.py",
    "tests/listener/test_remote.py",
    "-k", "with_its_files or has_arrived or same_sample",
]  # fmt: skip
"""Checking of downloads and filing, the listener's cache, waveforms and loudness, playing."""


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """An environment in which miniaudio can't be imported, by no process."""
    (tmp_path / "miniaudio.py").write_text("raise ImportError('no build of it')\n")
    runtime = tmp_path / "run"
    runtime.mkdir()
    return {
        "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}",
        "SUNO_TUI_HOME": str(tmp_path / "home"),
        "XDG_RUNTIME_DIR": str(runtime),
        "PULSE_SERVER": "",
    }


def test_a_part_of_these_tests_passes(env: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "0", *PART],
        cwd=ROOT, env=environment(env), capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_the_doctor_says_what_plays_instead(env: dict[str, str]) -> None:
    done = suno_tui("doctor", "--json", env=env)
    checks = {check["check"]: check for check in map(json.loads, done.stdout.splitlines())}
    assert checks["sound"]["ok"] is None
    assert "miniaudio" in checks["sound"]["detail"]
    assert "[player] command" in checks["sound"]["detail"]
