"""Devices that die or do not start."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from suno_tui.player import player as player_module
from suno_tui.player import system_output
from suno_tui.player.player import Player
from tests.player.recorder import Recorder, decoded, until

RATE = 44_100


def test_a_device_that_dies_is_replaced(song: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(player_module, "_CHECK_SECONDS", 0.01)
    monkeypatch.setattr(player_module, "_DEAD_SECONDS", 0.05)
    devices: list[Recorder] = []

    def another() -> Recorder:
        devices.append(Recorder())
        return devices[-1]

    player = Player(volume=100, output=another)
    player.load(song)
    decoded(player)
    player.play()
    assert until(lambda: len(devices) >= 2)
    assert devices[0].closed.is_set()
    player.close()


def test_a_device_that_does_not_start_is_reported(song: Path) -> None:
    class FailingDevice(Recorder):
        def start(self, pull: object) -> None:
            raise RuntimeError("busy")

    player = Player(output=FailingDevice)
    player.load(song)
    player.play()
    assert until(lambda: player.output == "none")
    assert "busy" in player.why
    assert not player.playing
    player.close()


def test_a_stuck_device_is_closed_by_its_writer_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_output, "_STUCK_SECONDS", 0.01)
    writing, released, closed = threading.Event(), threading.Event(), threading.Event()

    class Stuck:
        name = "stuck"

        def write(self, pcm: bytes) -> None:
            writing.set()
            assert released.wait(20)
            assert not closed.is_set(), "it was freed under the writer"

        def drop(self) -> None:
            assert released.is_set()

        def close(self) -> None:
            closed.set()

    output = system_output.WaitingOutput(Stuck())
    output.start(lambda frames: np.zeros((frames, 2), np.int16))
    assert writing.wait(20)
    output.stop()  # as the player does before it closes
    output.close()
    assert not closed.is_set()
    with pytest.raises(OSError, match="accept sound"):
        output.start(lambda frames: np.zeros((frames, 2), np.int16))
    released.set()
    assert closed.wait(20)
