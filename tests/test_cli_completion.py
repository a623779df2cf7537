"""Completions for shells, and the man page."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from suno_tui.cli.manual import manual
from tests.command import suno_tui

COMPLETE = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
$(complete -p suno-tui | sed -E 's/.*-F ([^ ]+).*/\\1/')
printf '%s\\n' "${COMPREPLY[@]}"
"""


def test_bash_completes_commands_options_and_files(tmp_path: Path) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is not installed")
    script = tmp_path / "suno-tui.bash"
    script.write_text(suno_tui("completion", "bash").stdout)
    (tmp_path / "words.txt").touch()

    def complete(*words: str) -> list[str]:
        done = subprocess.run(
            [bash, "-c", COMPLETE, "bash", str(script), "suno-tui", *words],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        )
        return done.stdout.split()

    assert "generate" in complete("")
    assert "repair" not in complete(""), "a command of two words can't be completed"
    assert complete("tra") == ["track"]
    assert complete("queue", "se") == ["settle"]
    assert complete("generate", "--st") == ["--style", "--style-weight"]
    assert complete("work", "--d") == [], "what only a view passes is not offered"
    assert complete("generate", "--lyrics", "wo") == ["words.txt"]


@pytest.mark.parametrize("shell", ["zsh", "tcsh", "fish"])
def test_other_shells_get_a_script_as_well(shell: str) -> None:
    done = suno_tui("completion", shell)
    assert done.returncode == 0
    assert "suno-tui" in done.stdout and "generate" in done.stdout
    if program := shutil.which(shell):
        syntax = [program, "-n", "/dev/stdin"]
        subprocess.run(syntax, input=done.stdout, text=True, check=True, timeout=30)


def test_the_man_page_has_every_command_and_no_bad_roff(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "78")  # `manual` sets it for its process
    page = manual()
    assert page.isascii()
    for command in ("generate", "queue retry", "library repair", "admin keys add", "completion"):
        assert f"\n.SS suno\\-tui {command}\n" in page
    if groff := shutil.which("groff"):
        done = subprocess.run(
            [groff, "-man", "-ww", "-Tutf8"],
            input=page,
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        )
        assert done.stderr == ""
