"""The commands that drive what plays, without a studio: a player of its own plays."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from suno_tui.cli.player import filled, moment
from suno_tui.common.errors import UsageError
from suno_tui.common.locks import Lock
from suno_tui.common.paths import Home
from suno_tui.listener import sockets
from tests.command import json_lines, suno_tui
from tests.library.harness import mp3
from tests.player.recorder import until
from tests.test_cli_library import add
from tests.test_imports import modules_after

NOW = {
    "loaded": True, "title": "Rain", "style": "lofi", "seconds": 100.0, "track": "abc", "take": 2,
    "frame": 44_100 * 25, "playing": True, "volume": 80,
}  # fmt: skip


@pytest.fixture
def run_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="st-"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def player(home: Home, run_folder: Path) -> Iterator[Path]:
    """The socket of the player that a command will start; its sound goes into a file."""
    sound = home.data / "sound"
    home.config_file.write_text(
        f'[player]\ncommand = ["sh", "-c", "exec cat >> {sound}"]\n', encoding="utf-8"
    )
    folder = sockets.players_folder({"XDG_RUNTIME_DIR": str(run_folder)})
    path = sockets.player_of(folder, sockets.home_id(home.data))
    yield path
    process = Lock(path.with_suffix(".lock")).holder()
    if process:
        os.kill(process, signal.SIGTERM)
        assert until(lambda: not path.exists())


def test_a_player_of_its_own_plays_and_obeys(home: Home, player: Path) -> None:
    first = add(home, "Rain", mp3(60.0))
    second = add(home, "Snow", mp3(60.0, 500.0))
    nothing = suno_tui("now")
    assert (nothing.returncode, nothing.stdout, nothing.stderr) == (5, "", "")
    refused = suno_tui("pause", "--json")
    assert (refused.returncode, refused.stdout) == (5, "")
    assert "suno-tui play" in refused.stderr
    assert not player.exists()

    [playing] = json_lines(suno_tui("play", "rain", "--json").stdout)
    assert (playing["state"], playing["track"], playing["length"]) == ("playing", first.id, 60.0)
    assert player.stat().st_mode & 0o777 == 0o600
    assert until(lambda: (home.data / "sound").stat().st_size > 0)
    done = suno_tui("pause")
    assert done.returncode == 0
    assert done.stdout.startswith("Rain 1  0:")
    assert done.stdout.endswith("/1:00  paused\n")
    [now] = json_lines(suno_tui("seek", "50%", "--json").stdout)
    assert now == {
        "state": "paused", "title": "Rain", "style": first.style, "track": first.id, "take": 1,
        "position": 30.0, "length": 60.0, "volume": 80,
    }  # fmt: skip
    assert suno_tui("seek", "-0:10").stdout.startswith("Rain 1  0:20/1:00")
    assert json_lines(suno_tui("volume", "-5", "--json").stdout)[0]["volume"] == 75
    assert suno_tui("now", "--format", "{title}: {percent}% {state}").stdout == "Rain: 33% paused\n"
    assert suno_tui("play").stdout.startswith("Rain 1  0:2")

    assert suno_tui("play", str(second.audio)).stdout.startswith("Snow 1")
    assert suno_tui("next").stdout.startswith("Snow 1"), "nothing follows"
    assert suno_tui("play", first.id[:6]).stdout.startswith("Rain 1")
    title = suno_tui("play", "tag:demo").stdout.split()[0]
    assert suno_tui("next").stdout.split()[0] == {"Rain": "Snow", "Snow": "Rain"}[title]
    suno_tui("pause")
    suno_tui("seek", "0")  # later, the previous one would be this one from its beginning
    assert suno_tui("previous").stdout.split()[0] == title
    stopped = suno_tui("stop")
    assert (stopped.returncode, stopped.stdout) == (0, "")
    assert suno_tui("now").returncode == 5


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["play", "no such track"], 2),
        (["seek", "soon"], 2),
        (["seek", "50%", "--nonsense"], 2),
        (["volume", "loud"], 2),
        (["volume", "101"], 2),
        (["next"], 5),
        (["stop"], 5),
        (["play"], 5),
    ],
)
def test_an_order_that_can_not_be_done_has_its_exit_code(
    home: Home, player: Path, words: list[str], code: int
) -> None:
    done = suno_tui(*words)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith("suno-tui")
    assert not player.exists()


def test_a_file_outside_the_library_says_how_it_gets_in(
    home: Home, player: Path, tmp_path: Path
) -> None:
    file = tmp_path / "mine.mp3"
    file.write_bytes(mp3())
    done = suno_tui("play", str(file))
    assert done.returncode == 2
    assert f"suno-tui import {file}" in done.stderr


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1:23", 83.0), ("83", 83.0), ("1:00:00", 100.0), ("50%", 50.0), ("+10", 35.0),
        ("-10", 15.0), ("-1:00", 0.0), ("+2:00", 100.0), ("0", 0.0),
    ],
)  # fmt: skip
def test_times(text: str, seconds: float) -> None:
    assert moment(text, 25.0, 100.0) == seconds


@pytest.mark.parametrize("text", ["", "+", "1:2:3:4", "+50%", "x", "1e3"])
def test_an_invalid_seek_time_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        moment(text, 25.0, 100.0)


def test_formats() -> None:
    assert filled("{title} {position}/{length}", NOW) == "Rain 0:25/1:40"
    paused = {**NOW, "playing": False}
    assert filled("{take} {left} {percent}% {volume} {state}", paused) == "2 1:15 25% 80 paused"
    assert filled("#[fg=red]{title}", {**NOW, "title": "a\x1b[2Jb"}) == "#[fg=red]a␛[2Jb"
    with pytest.raises(UsageError, match=r"There are \{title\}"):
        filled("{name}", NOW)


def test_a_status_line_imports_little(home: Home, run_folder: Path) -> None:
    loaded = modules_after("from suno_tui.cli import main\nassert main(['now']) == 5")
    assert "suno_tui.listener.commander" in loaded
    slow = {"suno_tui.cli.parser", "suno_tui.studio", "suno_tui.library.store", "numpy", "sqlite3"}
    assert not loaded & (slow | {"tempfile", "subprocess", "asyncio", "platformdirs"})
