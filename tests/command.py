"""The command line as scripts use it: a process of its own, its output and its exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

SUNO_TUI = [sys.executable, "-m", "suno_tui"]


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a command in a test: this one, on a quiet terminal."""
    return {**os.environ, "LANG": "C.UTF-8", **(extra or {})}


def suno_tui(
    *arguments: str, env: Mapping[str, str] | None = None, stdin: str = "", timeout: float = 120
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*SUNO_TUI, *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
        env=environment(env),
    )


def json_lines(text: str) -> list[dict[str, Any]]:
    """What a command printed with `--json`: every line of it is one object."""
    return [json.loads(line) for line in text.splitlines()]
