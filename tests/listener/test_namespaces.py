"""Two machines with a network between them: what the laptop plays, to the sample."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from suno_tui.player.player import Player
from suno_tui.player.sound import Sound
from tests.listener.driver import Driver
from tests.listener.network import RATE, Machines, noise, possible
from tests.needs import need
from tests.player.recorder import Recorder, Samples
from tests.terminal import wait_for

pytestmark = pytest.mark.screen
BLOCK = RATE // 20
"""Frames that the recording output asks for at a time: orders take effect between two of them."""


SECONDS = 24
"""Longer than all orders take, also on a busy machine."""


@pytest.fixture(scope="module")
def machines() -> Iterator[Machines]:
    need("ssh")
    if not possible():
        pytest.skip("network namespaces can't be made here: root, and the package iproute2")
    machines = Machines()
    yield machines
    machines.close()


@pytest.fixture
def studio(machines: Machines) -> Iterator[Driver]:
    machines.recording.write_bytes(b"")  # the command there goes on with it
    driver = machines.studio()
    driver("volume=", 100)
    yield driver
    driver("unload")
    driver.close()


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("songs")
    levels = (9000, 3000, 6000)
    return [noise(folder / f"{at}.mp3", SECONDS, at, each) for at, each in enumerate(levels)]


def sounding(samples: Samples) -> list[Samples]:
    """Return the blocks of a recording that are not silent: it is silent while it is paused."""
    blocks = [samples[at : at + BLOCK] for at in range(0, len(samples) - BLOCK + 1, BLOCK)]
    return [block for block in blocks if block.any()]


Order = Callable[[Player], object]


class Replay:
    """A player here that gets the orders of the one there, at the same samples."""

    def __init__(self) -> None:
        self._sounds: dict[Path, Sound] = {}

    def play(
        self, orders: list[Order], times: list[int], block: int
    ) -> Generator[Samples, None, None]:
        """Yield what is played from a block on, if each order is given at its time, in blocks."""
        recorder = Recorder()
        player = Player(volume=100, output=lambda: recorder, sound=self._sound)
        try:
            for at in count():
                for order, time in zip(orders, times, strict=False):
                    if time == at:
                        order(player)
                played = recorder.record(BLOCK, BLOCK)
                if at >= block:
                    yield played
        finally:
            player.close()

    def _sound(self, path: Path) -> Sound:
        if path not in self._sounds:
            self._sounds[path] = Sound(path)
            assert self._sounds[path].done.wait(30)
        return self._sounds[path]


def assert_same_as_here(recording: Samples, orders: list[Order]) -> None:
    """Assert that a player here plays the same if it gets these orders where the recording shows
    them."""
    replay, times = Replay(), [0]
    here = replay.play(orders, times, 0)
    for at, block in enumerate(sounding(recording)):
        played = next(here)
        while not np.array_equal(played, block):
            assert len(times) < len(orders), f"block {at} differs after {len(times)} orders"
            here.close()
            times.append(at)
            here = replay.play(orders, [*times], at)
            played = next(here)
    here.close()
    assert len(times) == len(orders), times


def play(path: Path, start: float = 0.0) -> Order:
    def order(player: Player) -> None:
        player.load(path, start=start)
        player.play()

    return order


def wait_for_more(machines: Machines, blocks: int = 6) -> None:
    enough = len(machines.recorded()) + blocks * BLOCK
    wait_for(lambda: len(machines.recorded()) > enough, "the sound")


def silent(machines: Machines) -> bool:
    """Whether the laptop plays nothing, as far as a third of a second tells."""
    before = len(machines.recorded())
    time.sleep(0.3)
    return len(machines.recorded()) == before or not machines.recorded()[-BLOCK:].any()


def test_orders_over_the_network_sound_as_they_do_here(
    machines: Machines, studio: Driver, songs: list[Path]
) -> None:
    first, second, third = songs
    machines.listen()
    studio("load", first)
    studio.until("whole")
    studio("prepare", second)
    studio("follow", third)
    wait_for(lambda: studio("pushed", second) and studio("pushed", third), "the other takes")
    studio("play")
    wait_for_more(machines)
    studio("seek", 1.0)
    wait_for_more(machines)
    assert studio("switch", second) == ""
    wait_for_more(machines)
    studio("volume=", 50)
    wait_for_more(machines)
    studio("volume=", 100)
    wait_for_more(machines)
    studio("seek", SECONDS - 0.5)
    studio.until("path", str(third))  # without a gap
    wait_for_more(machines)
    studio("load", first)
    studio("play")
    wait_for_more(machines)
    studio("pause")

    def begin(player: Player) -> None:
        play(first)(player)
        player.follow(third)

    def volume(percent: int) -> Order:
        return lambda player: setattr(player, "volume", percent)

    assert_same_as_here(
        machines.recorded(),
        [
            begin,
            lambda player: player.seek(1.0),
            lambda player: player.switch(second),
            volume(50),
            volume(100),
            lambda player: player.seek(SECONDS - 0.5),
            play(first),
        ],
    )


def test_the_sound_outlives_ssh_and_the_network(
    machines: Machines, studio: Driver, tmp_path: Path
) -> None:
    song = noise(tmp_path / "long.mp3", 60, 9)
    command = machines.listen()
    studio("load", song)
    studio.until("whole")
    studio("play")
    wait_for_more(machines)
    machines.kill(command)
    wait_for_more(machines, 20)
    assert studio("playing")
    command = machines.listen()
    studio("find")
    assert studio("connected")
    machines.network.cut()
    wait_for_more(machines, 20)
    machines.network.mend()
    # What is ordered arrives by the connection, which TCP mends.
    studio("pause")
    wait_for(lambda: not studio("find") and silent(machines), "the music to pause")
    assert_same_as_here(machines.recorded(), [play(song)])
    assert studio("position") == pytest.approx(
        len(sounding(machines.recorded())) * BLOCK / RATE, abs=0.2
    )
