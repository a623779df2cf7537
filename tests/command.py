"""Run the command line as scripts do: in a process, by its output and exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

SUNO_TUI = [sys.executable, "-m", "suno_tui"]


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return this environment for a command in a test, with a plain terminal."""
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
    """Parse what a command printed with `--json`: one object per line."""
    return [json.loads(line) for line in text.splitlines()]
