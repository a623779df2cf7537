"""`suno-tui import`, as scripts and people use it."""

from __future__ import annotations

import os
import pty
import subprocess
from pathlib import Path

import pytest

from tests.command import SUNO_TUI, environment, json_lines, suno_tui
from tests.library.harness import mp3


@pytest.fixture
def music(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    folder.mkdir()
    for number in range(3):
        (folder / f"Song {number}.mp3").write_bytes(mp3(0.3 + number / 10))
    (folder / "page.mp3").write_text("<html>")
    return folder


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {"SUNO_TUI_HOME": str(tmp_path / "home")}


def test_preview_import_and_undo(music: Path, env: dict[str, str]) -> None:
    shown = suno_tui("import", "--dry-run", str(music), env=env)
    assert shown.returncode == 0
    assert "3 new to copy into the library" in shown.stdout
    assert "1 can't be imported" in shown.stdout
    assert "page.mp3: it is a web page, not audio" in shown.stdout
    assert suno_tui("library", env=env).stdout == ""
    done = suno_tui("import", str(music), env=env)
    assert (done.returncode, done.stderr) == (0, "")
    assert "3 tracks copied. To undo: suno-tui import --undo 2" in done.stdout
    assert suno_tui("library", env=env).stdout.count("Song") == 3
    again = suno_tui("import", "--move", str(music), env=env)
    assert "0 new" in again.stdout
    assert "3 in the library already" in again.stdout
    assert len(list(music.iterdir())) == 4
    undone = suno_tui("import", "--undo", env=env)
    assert undone.stdout == "3 tracks removed from the library.\n"
    assert suno_tui("library", env=env).stdout == ""


def test_json(music: Path, env: dict[str, str]) -> None:
    planned = json_lines(suno_tui("import", "--dry-run", "--json", str(music), env=env).stdout)
    assert [one["state"] for one in planned] == ["new", "new", "new", "refused"]
    done = json_lines(suno_tui("import", "--link", "--json", str(music), env=env).stdout)
    *files, last = done
    imported = [one for one in files if one["state"] == "imported"]
    assert [one["track"]["id"] for one in imported] == [one["id"] for one in imported]
    assert {one["track"]["source"] for one in imported} == {
        str(music / f"Song {number}.mp3") for number in range(3)
    }
    assert {one["how"] for one in files} == {"link"}
    assert (last["imported"], last["there"], last["refused"], last["failed"]) == (3, 0, 1, 0)
    rated = suno_tui("track", "rate", imported[0]["id"], "4", env=env)
    assert rated.returncode == 0
    left = suno_tui("import", "--undo", last["import"], "--json", env=env)
    assert left.returncode == 4
    stays, summary = json_lines(left.stdout)
    assert "changed since" in stays["why"]
    assert (summary["undone"], summary["left"]) == (2, 1)


def test_audio_in_the_library_s_folder_is_named(
    music: Path, env: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "home/library/imported"
    folder.parent.mkdir(parents=True)
    music.rename(folder)
    (folder / "page.mp3").unlink()
    past = folder.stat().st_mtime - 60
    for path in (*folder.iterdir(), folder):
        os.utime(path, (past, past))
    # What was moved there a moment ago may be a take that is being filed.
    subprocess.run(["sleep", "2.1"], check=True)
    listed = suno_tui("library", env=env)
    assert listed.stderr == (
        "suno-tui: 3 audio files are in the library's folder, but not in the library yet: "
        "`suno-tui import --in-place` takes them in.\n"
    )
    checks = json_lines(suno_tui("doctor", "--json", env=env).stdout)
    (found,) = [one for one in checks if one["check"] == "library"]
    assert found["ok"] is None
    assert "not in the library yet" in found["detail"]
    assert "3 tracks imported in place" in suno_tui("import", "--in-place", env=env).stdout
    assert suno_tui("library", env=env).stderr == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Name the files or folders"),
        (["nothing-there"], "No such file"),
        (["--in-place", "."], "not in the library's folder"),
        (["--copy", "--move", "."], "not allowed with"),
        (["--undo"], "Nothing was imported yet"),
        (["--undo", "x", "."], "name no files"),
    ],
)
def test_wrong_commands(arguments: list[str], said: str, env: dict[str, str]) -> None:
    done = suno_tui("import", *arguments, env=env)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(("answer", "count"), [("n", 0), ("y", 3)])
def test_a_terminal_is_asked(music: Path, env: dict[str, str], answer: str, count: int) -> None:
    master, slave = pty.openpty()
    command = [*SUNO_TUI, "import", str(music)]
    with subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, env=environment(env), close_fds=True
    ) as process:
        os.close(slave)
        shown = b""
        while b"[y/N]" not in shown:
            shown += os.read(master, 4096)
        os.write(master, f"{answer}\n".encode())
        while True:
            try:
                shown += os.read(master, 4096)
            except OSError:
                break
        assert process.wait(30) == 0
    os.close(master)
    assert b"3 new to copy" in shown
    assert b"Reading" in shown, "progress is drawn on a terminal"
    assert (b"Importing" in shown) is bool(count)
    assert suno_tui("library", env=env).stdout.count("Song") == count


def test_a_folder_without_audio_is_said_to_have_none(tmp_path: Path, env: dict[str, str]) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts/notes.txt").write_text("la")
    assert suno_tui("import", str(tmp_path / "texts"), env=env).stdout.startswith(
        "No audio was found"
    )
