"""The sound target, and the listening options."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from suno_tui.tui.controllers.sound_target import SoundTarget
from suno_tui.tui.playback.session import PlaybackSession
from tests.tui.controllers.fake_context import FakeContext


@pytest.fixture
def session(app: FakeContext) -> Any:
    """A stand-in for the session: one track, on a machine with no sound device."""
    track = app.studio.library.tracks()[0]
    app.playback.session = SimpleNamespace(track=track, output="silent", why="", blind=None)
    return app.playback.session


def test_a_machine_without_sound_says_so(app: FakeContext, session: Any) -> None:
    assert "has no sound device" in SoundTarget(app.context).describe()


def test_a_listener_over_ssh_is_described(app: FakeContext, session: Any) -> None:
    app.studio.env = {"SSH_CONNECTION": "10.0.0.9 5000 10.0.0.1 22"}
    session.output = "device"
    assert "over SSH from 10.0.0.9" in SoundTarget(app.context).describe()


def test_a_target_is_chosen_and_marked(app: FakeContext, session: Any) -> None:
    player = app.studio.player
    asyncio.run(SoundTarget(app.context).choose("off"))
    assert player.target == "off"
    marked = [
        option.action
        for option in SoundTarget(app.context).listening_options()
        if option.label.startswith("●")
    ]
    assert marked == ["off"]


def test_the_newest_takes_are_sent_ahead_unless_the_user_forbids_it(app: FakeContext) -> None:
    sent: list[Path] = []
    app.studio.__dict__["player"] = SimpleNamespace(
        to_listener=True, send_ahead=sent.extend, close=lambda: None
    )
    session = PlaybackSession(app.studio)
    session.send_ahead()
    newest = [track.audio for track in app.studio.library.tracks(limit=8)]
    assert sent == newest
    app.studio.settings.player.send_ahead = False
    session.send_ahead()
    assert sent == newest


def test_the_file_is_not_offered_in_a_blind_test(app: FakeContext, session: Any) -> None:
    target = SoundTarget(app.context)
    texts = [option.text for option in target.listening_options()]
    assert str(session.track.audio) in texts
    session.blind = object()
    assert str(session.track.audio) not in [option.text for option in target.listening_options()]
