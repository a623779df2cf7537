"""Nothing below the screen imports it, and a command loads only what it needs."""

from __future__ import annotations

import pkgutil
import subprocess
import sys

import pytest

import suno_tui
from suno_tui.common.paths import Home
from tests.command import environment

CORE = sorted(
    module.name
    for module in pkgutil.walk_packages(suno_tui.__path__, "suno_tui.")
    if not module.name.startswith(("suno_tui.tui", "suno_tui.__main__"))
)


def modules_after(code: str) -> set[str]:
    """Return the modules that a new Python has imported after running the code."""
    script = f"{code}\nimport sys\nprint('\\nMODULES', *sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env=environment(),
    )
    return set(done.stdout.rpartition("\nMODULES ")[2].split())


def test_no_core_module_imports_textual() -> None:
    assert "suno_tui.server" in CORE
    assert "suno_tui.cli.generate" in CORE
    loaded = modules_after("\n".join(f"import {name}" for name in CORE))
    assert "suno_tui.worker.worker" in loaded
    assert "textual" not in loaded


@pytest.mark.parametrize(
    "arguments",
    [
        ["queue", "--all", "--json"],
        ["library", "--json"],
        ["credits", "--json"],
        ["doctor", "--json"],
        ["generate", "x", "--dry-run"],
        ["work"],
    ],
)
def test_no_command_imports_textual(home: Home, arguments: list[str]) -> None:
    loaded = modules_after(f"from suno_tui.cli import main\nassert main({arguments!r}) in (0, 1)")
    assert "suno_tui.studio" in loaded
    assert "textual" not in loaded


@pytest.mark.parametrize("arguments", [["queue", "--json"], ["library", "--json"]])
def test_a_look_at_the_records_needs_no_network_and_no_sound(
    home: Home, arguments: list[str]
) -> None:
    loaded = modules_after(f"from suno_tui.cli import main\nmain({arguments!r})")
    assert not loaded & {"httpx", "numpy", "starlette", "miniaudio", "mutagen", "PIL"}


def test_the_first_screen_loads_nothing_that_can_wait() -> None:
    loaded = modules_after("import suno_tui.cli, suno_tui.studio, suno_tui.tui.app")
    assert "textual" in loaded
    later = {"httpx", "http.server", "numpy", "pydantic", "miniaudio", "mutagen", "PIL"}
    assert not loaded & later


def test_the_balance_of_a_hosted_provider_needs_no_server(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The screen asks for it each time that money may have moved."""
    monkeypatch.setenv("SUNO_TUI_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("SUNO_TUI_API_KEY", "sk-nobody-listens-there")
    loaded = modules_after("from suno_tui.cli import main\nassert main(['credits']) == 4")
    assert "httpx" in loaded
    unneeded = {"starlette", "suno_tui.server.service"}
    assert loaded & unneeded == set()
