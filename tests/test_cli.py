"""The other commands: what they print, and their exit codes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from suno_tui.cli import doctor, main
from suno_tui.common.paths import Home
from suno_tui.config.tables import LocalSettings
from suno_tui.engine.synth import fontfile
from suno_tui.engine.voice import voicefile
from suno_tui.providers.song import Song
from suno_tui.server import engine_files
from suno_tui.studio import Studio
from suno_tui.tasks.spending import SpendLimitReached
from tests.command import SUNO_TUI, environment, json_lines, suno_tui
from tests.engine.test_soundfont import font_file
from tests.engine.voices import voice_file
from tests.needs import without_rights

NASTY = "[/chorus] \x1b[2J\x1b]0;x\x07 \u202eevil \x9b31m"


def queue(home: Home, song: Song, provider: str = "hosted") -> str:
    """Queue a task that no worker drives; return its id."""
    studio = Studio.open(home)
    try:
        return studio.tasks.add(song, provider=provider, credits=24).id
    finally:
        studio.close()


def test_bad_usage_is_exit_code_2(home: Home) -> None:
    for arguments in (["nonsense"], ["queue", "retry"], ["serve", "--port", "x"], ["--wrong"]):
        done = suno_tui(*arguments)
        assert done.returncode == 2
        assert done.stderr
        assert done.stdout == ""


def test_the_studio_needs_a_terminal(home: Home) -> None:
    done = suno_tui()
    assert done.returncode == 2
    assert "needs a terminal" in done.stderr


def test_wrong_settings_are_exit_code_2_with_the_place(home: Home) -> None:
    home.config_file.write_text("[queue]\ndownloads = 0\n[quue]\n")
    done = suno_tui("queue")
    assert done.returncode == 2
    assert "queue.downloads" in done.stderr
    assert "Did you mean 'queue'?" in done.stderr


def test_the_queue_is_listed_and_steered_by_the_beginning_of_an_id(home: Home) -> None:
    suno_tui("queue", "pause")
    task_id = queue(home, Song(prompt=NASTY))
    shown = suno_tui("queue")
    assert task_id in shown.stdout
    assert "[/chorus] ␛[2J␛]0;x␇ �evil �31m" in shown.stdout
    assert "paused" in shown.stderr
    (task,) = json_lines(suno_tui("queue", "--json").stdout)
    assert task["title"] == " ".join(NASTY.split())
    assert (task["id"], task["status"], task["tracks"]) == (task_id, "queued", [])
    assert not set("\x1b\x9b\u202e") & set(suno_tui("queue", "--json").stdout)
    done = suno_tui("queue", "forget", task_id[:5])
    assert done.returncode == 0
    assert "queue retry" in done.stdout
    assert suno_tui("queue").stdout == ""
    assert suno_tui("queue", "retry", task_id).returncode == 0
    assert task_id in suno_tui("queue").stdout
    unknown = suno_tui("queue", "retry", "zzzzzz")
    assert unknown.returncode == 2
    assert "zzzzzz" in unknown.stderr


def test_no_key_holds_the_task_with_exit_code_3(home: Home) -> None:
    task_id = queue(home, Song(prompt="x"))
    done = suno_tui("work")
    assert done.returncode == 3
    assert "SUNO_TUI_API_KEY" in done.stdout
    (task,) = json_lines(suno_tui("queue", "--json").stdout)
    assert (task["id"], task["hold"]["code"]) == (task_id, "no_key")


def test_a_provider_that_is_down_is_exit_code_4_after_the_patience(home: Home) -> None:
    # Nothing listens on the discard port of the loopback.
    env = {"SUNO_TUI_API_KEY": "sk-test", "SUNO_TUI_BASE_URL": "http://127.0.0.1:9"}
    done = suno_tui("generate", "x", "--patience", "1", "--json", env=env)
    assert done.returncode == 4, done.stderr
    (task,) = json_lines(done.stdout)
    assert (task["status"], task["hold"]["code"]) == ("queued", "offline")
    assert suno_tui("work", "--patience", "1", env=env).returncode == 4
    assert suno_tui("credits", env=env).returncode == 4
    suno_tui("queue", "forget", task["id"])


def test_own_limits_hold(home: Home) -> None:
    home.config_file.write_text("provider = 'hosted'\n[spend]\nday = 48\n")
    studio = Studio.open(home)
    try:
        assert studio.quote(Song(prompt="x"), 2).reason is None
        with pytest.raises(SpendLimitReached, match=r"Over your limit: \[spend\] day = 48\."):
            studio.generate(Song(prompt="x"), 3)
        assert studio.tasks.live() == []
    finally:
        studio.close()
    env = {"SUNO_TUI_API_KEY": "sk-test", "SUNO_TUI_BASE_URL": "http://127.0.0.1:9"}
    done = suno_tui("generate", "x", "-n", "3", env=env)
    assert done.returncode == 3
    assert "[spend] day" in done.stderr
    assert suno_tui("queue", "--all").stdout == ""


def test_credits_of_the_built_in_provider(home: Home) -> None:
    assert suno_tui("credits").stdout == "local: free, nothing to pay\n"
    (shown,) = json_lines(suno_tui("credits", "--json").stdout)
    assert shown["provider"] == "local"


def test_the_doctor_reports_what_is_wrong_with_the_settings(home: Home, tmp_path: Path) -> None:
    font, voice = tmp_path / "none.sf2", tmp_path / "cut.htsvoice"
    voice.write_bytes(voice_file(tmp_path / "whole.htsvoice").read_bytes()[:-9])
    home.config_file.parent.mkdir(parents=True, exist_ok=True)
    home.config_file.write_text(
        f'[keymap]\nfavourit = "x"\n[local]\nsoundfont = "{font}"\nvoice = "{voice}"\n'
        '[player]\ncommand = ["nope-x", "-"]\n',
        encoding="utf-8",
    )
    own = {"SUNO_TUI_SOUNDFONT": "", "SUNO_TUI_VOICE": ""}
    done = suno_tui("doctor", "--json", env=own)
    found = {line["check"]: line for line in json_lines(done.stdout)}
    assert found["settings"]["ok"] is None
    assert "Did you mean 'favorite'?" in found["settings"]["detail"]
    assert found["player"]["ok"] is None
    assert "[player] command nope-x is not found" in found["player"]["detail"]
    assert found["engine"]["ok"] is None
    assert f"{font}: No such file" in found["engine"]["detail"]
    assert found["voice"]["ok"] is None
    assert f"{voice}: its Gaussians are cut short" in found["voice"]["detail"]
    font.write_bytes(b"RIFF....wave")
    assert f"{font}: this is not a SoundFont" in suno_tui("doctor", env=own).stdout
    font.write_bytes(font_file(tmp_path / "whole.sf2").read_bytes()[:-40])
    assert f"{font}: its tables are damaged" in suno_tui("doctor", env=own).stdout


def test_files_that_the_engine_finds_by_itself_are_examined_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUNO_TUI_SOUNDFONT", "")
    monkeypatch.setenv("SUNO_TUI_VOICE", "")
    monkeypatch.setattr(fontfile, "_FOLDERS", (str(tmp_path),))
    monkeypatch.setattr(voicefile, "_PATTERNS", (f"{tmp_path}/*.htsvoice",))
    settings = LocalSettings()
    for examine, file in (
        (engine_files.soundfont_trouble, font_file(tmp_path / "a.sf2")),
        (engine_files.voice_trouble, voice_file(tmp_path / "a.htsvoice")),
    ):
        assert examine(settings, read=True) is None
        file.write_bytes(file.read_bytes()[:-40])
        assert examine(settings) is None, "the first bytes are right"
        assert str(file) in (examine(settings, read=True) or "")
    assert engine_files.soundfont_trouble(LocalSettings(soundfont="off"), read=True) is None
    assert engine_files.voice_trouble(LocalSettings(voice="flite"), read=True) is None
    assert engine_files.voice_trouble(LocalSettings(voice="hts"), read=True) is not None


def test_the_doctor_reports_what_works(home: Home) -> None:
    done = suno_tui("doctor", "--json")
    assert done.returncode == 0
    checks = {check["check"]: check for check in json_lines(done.stdout)}
    assert set(checks) >= {"program", "terminal", "keys", "sound", "disk", "worker", "provider"}
    assert checks["provider"]["ok"] is True
    assert str(home.data) in checks["disk"]["detail"]
    env = {"SUNO_TUI_API_KEY": "sk-secret", "SUNO_TUI_BASE_URL": "http://127.0.0.1:9"}
    ill = suno_tui("doctor", env=env)
    assert ill.returncode == 1
    assert "PROBLEM" in ill.stdout
    assert "sk-secret" not in ill.stdout + ill.stderr


def test_the_doctor_says_that_a_disk_is_nearly_full(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = shutil.disk_usage(home.data)._replace(free=3 * 2**20 + 5)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: free)
    (check,) = doctor._disk(home)
    assert not check.ok
    assert check.detail == f"{home.data}: only 3 MiB free; free some space"


def test_the_doctor_reports_commands_that_others_may_have_written(home: Home) -> None:
    home.config_file.write_text('[player]\ncommand = ["nope-x"]\n')
    home.config.chmod(0o777)
    checks = {check["check"]: check for check in json_lines(suno_tui("doctor", "--json").stdout)}
    assert checks["settings"]["ok"] is None
    assert f"chmod go-w {home.config}" in checks["settings"]["detail"]
    assert checks["modes"]["ok"] is None
    assert "(mode 0777)" in checks["modes"]["detail"]
    assert "player" not in checks


def test_a_check_of_the_doctor_that_fails_is_one_line_without_its_text(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(studio: object) -> None:
        raise ValueError("sk-secret")

    monkeypatch.setattr("suno_tui.cli.doctor._provider", fails)
    assert main(["doctor"]) == 1
    told = capsys.readouterr()
    assert "PROBLEM  unexpected error: ValueError" in told.out
    assert "engine" in told.out
    assert "sk-secret" not in told.out + told.err


def test_a_reader_that_goes_away_is_no_error(home: Home) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [*SUNO_TUI, "doctor"], stdout=write, stderr=subprocess.PIPE, env=environment(), check=False
    )
    os.close(write)
    assert done.stderr == b""


def test_output_that_cannot_be_written_is_reported(home: Home) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*SUNO_TUI, "doctor"],
            stdout=full,
            stderr=subprocess.PIPE,
            env=environment(),
            check=False,
        )
    assert done.returncode == 4
    assert done.stderr == b"suno-tui: Standard output can't be written: No space left on device.\n"


def test_closed_standard_files_are_no_error(home: Home) -> None:
    task_id = queue(home, Song(prompt="x"))
    command = f'"{sys.executable}" -m suno_tui'
    closed = subprocess.run(
        f'{command} queue <&- >&- && {command} generate --title T --style S --lyrics - <&- 2>&-',
        shell=True, env=environment(), check=False, capture_output=True,
    )  # fmt: skip
    assert (closed.returncode, closed.stdout, closed.stderr) == (2, b"", b"")
    assert task_id in suno_tui("queue").stdout


def test_a_home_that_cannot_be_written_is_named(home: Home) -> None:
    command = without_rights([*SUNO_TUI, "queue"])
    home.data.chmod(0o500)
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, env=environment(), timeout=60, check=False
        )
    finally:
        home.data.chmod(0o700)
    assert done.returncode == 4
    assert str(home.data) in done.stderr


def test_a_file_in_the_place_of_the_home_is_named(home: Home) -> None:
    done = suno_tui("queue", env={"SUNO_TUI_HOME": str(home.config_file)})
    assert done.returncode == 4
    assert "is not a folder" in done.stderr


def test_a_damaged_queue_is_named_and_nothing_counts_as_failed(home: Home) -> None:
    home.queue.write_bytes(b"no database " * 100)
    for command in (["queue"], ["generate", "x", "--no-wait"], ["work"]):
        done = suno_tui(*command)
        assert done.returncode == 4, command
        assert f"{home.queue}: not a sound database" in done.stderr
    assert home.queue.read_bytes() == b"no database " * 100
