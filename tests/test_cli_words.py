"""What the command line says: its help, its suggestions, its tables and its progress."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import re
import select
import shlex
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from suno_tui.cli.command_parser import CommandParser
from suno_tui.cli.parser import build_parser
from suno_tui.cli.task_progress import TaskProgress
from suno_tui.common.paths import Home
from suno_tui.providers.song import Song
from suno_tui.studio import Studio
from tests.command import json_lines, suno_tui
from tests.library.harness import SONG, mp3
from tests.pty_command import on_pty, read_some, start_on_pty

ANSI = re.compile(r"\x1b\[[0-9;]*m")


def commands(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in dict.fromkeys(action.choices.values()):
                yield from commands(command)


def test_the_help_has_groups_examples_and_exit_codes() -> None:
    shown = suno_tui("--help").stdout
    for text in ("Make:", "Queue:", "Library:", "Account:", "Server:", "examples:", "exit codes:"):
        assert f"\n{text}\n" in shown
    listed = re.findall(r"^  ([a-z-]+)", shown, re.MULTILINE)
    top = next(a for a in build_parser()._actions if isinstance(a, argparse._SubParsersAction))
    assert set(listed) >= {name.split()[0] for name in top.choices}, "a command without a group"
    for command in commands(build_parser()):
        assert max(map(len, command.format_help().splitlines())) <= 100


def test_every_example_is_a_command_that_exists() -> None:
    parser = build_parser()
    for command in commands(parser):
        assert isinstance(command, CommandParser)
        for line, meaning in command.examples:
            words = shlex.split(line.rpartition("| ")[2])
            assert words[0] == "suno-tui", line
            assert meaning
            parser.parse_args(words[1:])


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["genrate", "x"], "there is no command 'genrate'. Did you mean 'generate'?"),
        (["queue", "setle", "x"], "there is no action 'setle'. Did you mean 'settle'?"),
        (["admin", "key", "list"], "there is no subject 'key'. Did you mean 'keys'?"),
        (["generate", "--tilte", "x"], "unknown argument: --tilte. Did you mean '--title'?"),
        (["generate", "--provider", "x"], "unknown argument: --provider. See"),
        (["help", "libary"], "Did you mean 'library'?"),
        (["zzz"], "there is no command 'zzz'. See `suno-tui --help`."),
    ],
)
def test_a_misspelt_command_gets_a_suggestion(arguments: list[str], meant: str) -> None:
    done = suno_tui(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert meant in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "missing"), [(("playlist", "create"), "NAME"), (("playlist", "add"), "NAME, ID")]
)
def test_only_what_is_required_is_missed(arguments: tuple[str, ...], missing: str) -> None:
    error = suno_tui(*arguments).stderr
    assert f": the following arguments are required: {missing}. See" in error


@pytest.mark.parametrize("command", ["queue", "track", "playlist", "saved", "config", "recipe"])
def test_every_command_lists_its_actions_under_the_same_heading(command: str) -> None:
    text = suno_tui(command, "--help").stdout
    assert "\nactions:\n  ACTION\n" in text
    assert "positional arguments" not in text


@pytest.mark.parametrize("words", [["queue", "settle"], ["library", "repair"], ["track"]])
def test_help_shows_the_help_of_a_command(words: list[str]) -> None:
    done = suno_tui("help", *words)
    assert done.returncode == 0
    assert done.stdout == suno_tui(*words, "--help").stdout
    assert done.stdout.startswith(f"usage: suno-tui {' '.join(words)} ")


def test_json_works_before_and_after_a_subcommand(home: Home) -> None:
    suno_tui("playlist", "create", "Rain")
    before, after = (
        suno_tui("playlist", *words) for words in (["--json", "list"], ["list", "--json"])
    )
    assert json_lines(before.stdout) == json_lines(after.stdout)
    assert json_lines(before.stdout)[0]["name"] == "Rain"
    suno_tui("queue", "pause")
    task = queued(home)
    for words in (["--json", "retry", task], ["cancel", task, "--json"]):
        (line,) = json_lines(suno_tui("queue", *words).stdout)
        assert line["id"] == task


def queued(home: Home, title: str = "Paper Moon") -> str:
    studio = Studio.open(home)
    try:
        song = Song(title=title, style="pop", instrumental=True, custom_mode=True)
        return studio.tasks.add(song, provider="hosted", credits=24).id
    finally:
        studio.close()


def test_favourite_has_both_spellings(home: Home) -> None:
    track = filed(home, "Rain")
    for spelling, wanted in (("favourite", True), ("favorite", True)):
        suno_tui("track", spelling, track, "--off")
        (line,) = json_lines(suno_tui("track", spelling, track, "--json").stdout)
        assert line["favorite"] is wanted


def filed(home: Home, title: str) -> str:
    from suno_tui.library.filing import NewTake

    studio = Studio.open(home)
    part = home.data / "take.part"
    part.write_bytes(mp3())
    take = NewTake(
        song=SONG, provider="local", model=SONG.model, task_id=title, take=1, title=title,
        tags="pop", created_at=datetime(2026, 4, 1, tzinfo=UTC),
    )  # fmt: skip
    try:
        return studio.library.add(take, part, None).id
    finally:
        studio.close()


def test_a_prompt_comes_from_standard_input(home: Home) -> None:
    done = suno_tui("generate", "-", "--dry-run", "--json", stdin="a song about\r\nrain\n")
    (line,) = json_lines(done.stdout)
    assert line["request"]["input"]["prompt"] == "a song about\nrain"
    assert suno_tui("generate", "-", "--dry-run", stdin="\n").returncode == 2


def test_lists_are_tables_on_a_terminal_and_plain_lines_in_a_pipe(home: Home) -> None:
    suno_tui("queue", "pause")
    first, second = queued(home), queued(home, "夜のバス" * 20)
    shown = on_pty("queue", size=(80, 24))
    header, *rows = ANSI.sub("", shown).splitlines()[:3]
    assert header.split() == ["ID", "STATUS", "TITLE", "TAKES", "PRICE", "ADDED"]
    assert {row.split()[0] for row in rows} == {first, second}
    assert all("24 cr $0.12" in row for row in rows)
    assert "…" in rows[0] + rows[1]
    from rich.cells import cell_len

    assert {cell_len(row) for row in rows} == {80}
    piped = suno_tui("queue").stdout
    assert "TITLE" not in piped and "\x1b" not in piped
    track = filed(home, "Rain")
    shown = ANSI.sub("", on_pty("library"))
    assert shown.splitlines()[0].split()[:3] == ["ID", "TITLE", "TAKE"]
    assert track in shown and "Rain" in shown
    assert str(home.library) in suno_tui("library").stdout


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("library zzz", "No track matches."),
        ("queue", "No task is under way."),
        ("playlist list", "No playlists yet."),
        ("saved list", "No saved searches yet."),
        ("spent", "Nothing was paid for yet."),
    ],
)
def test_an_empty_list_is_explained_to_a_person_only(home: Home, command: str, said: str) -> None:
    assert said in on_pty(*command.split())
    done = suno_tui(*command.split())
    assert said not in done.stdout + done.stderr


def test_colour_is_for_terminals_that_want_it(home: Home) -> None:
    filed(home, "Rain")
    assert "\x1b[" in on_pty("library")
    for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert "\x1b" not in on_pty("library", env=env)
    assert "\x1b" not in suno_tui("library").stdout


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_redraws_on_a_terminal_only(
    monkeypatch: pytest.MonkeyPatch, terminal: bool
) -> None:
    written = Terminal() if terminal else io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    monkeypatch.setenv("TERM", "xterm")
    progress = TaskProgress(["a", "b"])
    progress.show("a", "a  queued")
    progress.show("b", "b  queued\x1b[2J")
    progress.show("b", "b  50%")
    progress.show("b", "b  50%")
    progress.say("stays")
    text = written.getvalue()
    if terminal:
        # Each time the cursor goes up over what is drawn, and the block is written again.
        assert text.endswith("\x1b[2F\x1b[Jstays\na  queued\nb  50%\n")
        assert text.count("\x1b[2F") == 2
    else:
        assert text == "a  queued\nb  queued␛[2J\nb  50%\nstays\n"


def test_settings_are_shown_and_changed(home: Home) -> None:
    assert "queue.downloads = 4\n" in suno_tui("config", "list").stdout
    home.config_file.write_text("# mine\n")
    assert suno_tui("config", "set", "queue.downloads", "2").stdout == "queue.downloads = 2\n"
    assert home.config_file.read_text() == "# mine\n\n[queue]\ndownloads = 2\n"
    assert suno_tui("config", "get", "queue.downloads").stdout == "2\n"
    (line,) = json_lines(suno_tui("config", "get", "queue.downloads", "--json").stdout)
    assert line == {"name": "queue.downloads", "value": 2}
    suno_tui("config", "unset", "queue.downloads")
    assert suno_tui("config", "get", "queue.downloads").stdout == "4\n"
    url = "providers.acme.base_url"
    assert suno_tui("config", "set", url, "http://127.0.0.1:9").returncode == 0
    assert suno_tui("config", "get", url).stdout == "http://127.0.0.1:9\n"
    before = home.config_file.read_text()
    for arguments, said in (
        (["get", "queue.downlods"], "Did you mean 'queue.downloads'?"),
        (["set", "screen.theme", "studio-drak"], "Did you mean 'studio-dark'?"),
        (["set", "screen.theme", "zzz"], "Choose from studio-dark"),
        (["get", "zzz"], "`suno-tui config list` shows all of them"),
        (["set", "queue.downloads", "200"], "1 to 32"),
        (["set", "providers.acme.key", "sk-secret"], "key_command"),
        (["set", "a\nb", "1"], "is not a setting"),
    ):
        done = suno_tui("config", *arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert said in done.stderr
        assert "sk-secret" not in done.stderr
    assert home.config_file.read_text() == before


def test_a_key_in_the_settings_is_never_shown(home: Home) -> None:
    home.config_file.write_text("[providers.acme]\nkey = 'sk-secret'\n")
    home.config_file.chmod(0o600)
    for words in (["list"], ["list", "--json"], ["get", "providers.acme.key"]):
        done = suno_tui("config", *words)
        assert done.returncode == 0
        assert "sk-secret" not in done.stdout


def test_an_unknown_setting_is_a_warning_of_every_command_and_of_the_doctor(home: Home) -> None:
    home.config_file.write_text("queue.download = 3\n")
    done = suno_tui("queue", "--json")
    assert (done.returncode, done.stdout) == (0, "")
    assert "queue.download is not a setting" in done.stderr
    assert "Did you mean 'downloads'?" in done.stderr
    checks = {each["check"]: each for each in json_lines(suno_tui("doctor", "--json").stdout)}
    assert checks["settings"]["ok"] is None
    assert "queue.download is not a setting" in checks["settings"]["detail"]


@pytest.mark.parametrize("stream", ["stdin", "stdout", "stderr"])
def test_the_studio_starts_with_a_redirected_stream(
    home: Home, tmp_path: Path, stream: str
) -> None:
    log = tmp_path / "log"
    with log.open("w+b") as file:
        process, handle = start_on_pty(redirected={stream: file})
        seen = read_until(handle, b"Compose")
        os.kill(process.pid, signal.SIGTERM)
        while read_some(handle):
            pass
        os.close(handle)
        assert process.wait(30) == 128 + signal.SIGTERM
    assert b"Compose" in seen
    assert b"\x1b" not in log.read_bytes(), "the picture went into the file"


def read_until(handle: int, wanted: bytes, seconds: float = 60) -> bytes:
    seen, end = b"", time.monotonic() + seconds
    while wanted not in seen and time.monotonic() < end:
        with contextlib.suppress(InterruptedError):
            if select.select([handle], [], [], 1)[0]:
                seen += read_some(handle)
    return seen


def test_errors_of_the_studio_reach_a_redirected_stderr(home: Home, tmp_path: Path) -> None:
    home.config_file.write_text("queue.downloads = 0\n")
    with (tmp_path / "log").open("w+b") as file:
        shown = on_pty(redirected={"stderr": file})
    assert "must be 1 or more" in (tmp_path / "log").read_text()
    assert "must be" not in shown
