"""The studio in real terminals: by keyboard in tmux, at two sizes, and over ssh."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import miniaudio
import pytest

from suno_tui.common.paths import Home
from tests.command import SUNO_TUI, json_lines, suno_tui
from tests.needs import need
from tests.terminal import Sshd, Tmux, wait_for

pytestmark = pytest.mark.screen
PROMPT = "A calm and relaxing piano track with soft melodies"


@pytest.fixture
def tmux(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Tmux]:
    need("tmux")
    columns, rows = request.param
    terminal = Tmux(columns, rows, tmp_path)
    yield terminal
    terminal.close()


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[Sshd]:
    need("ssh")
    server = Sshd(tmp_path / "ssh")
    yield server
    server.close()


def studio_env(home: Home) -> dict[str, str]:
    return {"SUNO_TUI_HOME": str(home.data), "LANG": "C.UTF-8", "HOME": os.environ["HOME"]}


def remote(sshd: Sshd, home: Home) -> list[str]:
    env = [f"{name}={value}" for name, value in studio_env(home).items()]
    return sshd.command(["env", *env, f"PYTHONPATH={Path.cwd()}", *SUNO_TUI])


def compose_by_keyboard(tmux: Tmux) -> None:
    """Write the prompt, choose an instrumental and send it, as a user would."""
    tmux.wait("Compose", 30)
    # A new, empty song is typed at once.
    tmux.wait("Compose: typing")
    tmux.wait("Prompt")
    tmux.type(PROMPT)
    tmux.wait("50/500")
    tmux.keys("C-g")
    tmux.wait("send")
    # An Enter that comes at once could be the end of a paste, and buys nothing.
    time.sleep(1)
    tmux.keys("Enter")


def library(home: Home) -> list[dict[str, object]]:
    return json_lines(suno_tui("library", "--json").stdout)


def assert_two_whole_takes(home: Home) -> None:
    tracks = library(home)
    assert len(tracks) == 2
    for track in tracks:
        sound = miniaudio.decode_file(str(track["audio"]))
        assert sound.num_frames / sound.sample_rate == pytest.approx(track["duration"], abs=0.1)


@pytest.mark.parametrize("tmux", [(80, 24), (120, 40)], indirect=True)
def test_a_song_by_keyboard_in_tmux(home: Home, tmux: Tmux) -> None:
    tmux.start(SUNO_TUI, studio_env(home))
    compose_by_keyboard(tmux)
    tmux.wait(r"Library \(2\)", 90)
    tmux.keys("M-3")
    tmux.wait(r"ambient.* 0:\d\d")
    tmux.keys("q")
    wait_for(tmux.ended, "the studio to end", 20)
    assert_two_whole_takes(home)


@pytest.mark.parametrize("tmux", [(100, 30)], indirect=True)
def test_a_cut_connection_loses_nothing(home: Home, tmux: Tmux, sshd: Sshd, tmp_path: Path) -> None:
    tmux.start(remote(sshd, home), {})
    compose_by_keyboard(tmux)
    wait_for(lambda: json_lines(suno_tui("queue", "--json", "--all").stdout), "the task")
    tmux.close()
    wait_for(lambda: len(library(home)) == 2, "both takes, with nobody looking", 90)
    assert_two_whole_takes(home)

    again = Tmux(80, 24, tmp_path)
    try:
        again.start(remote(sshd, home), {})
        again.wait("Compose", 30)
        again.wait(PROMPT[:20])
        again.keys("3")
        again.wait(r"ambient.* 0:\d\d", 30)
        again.keys("q")
        wait_for(again.ended, "the studio to end", 20)
    finally:
        again.close()
