"""An open studio obeys commands at its socket, and shows what others do to its player."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from suno_tui.library.by_audio import audio_hash
from suno_tui.library.track import Track
from suno_tui.listener import sockets
from suno_tui.listener.commander import Commander, what_plays
from suno_tui.listener.protocol import File, Message, ProtocolError
from suno_tui.tui.app import StudioApp
from tests.tui.conftest import RunApp, until
from tests.tui.player_helpers import done, line, name, play
from tests.tui.screen_assertions import sees
from tests.tui.silent import SilentPlayer

Result = TypeVar("Result")


@pytest.fixture(autouse=True)
def run_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for sockets, whose path is short enough."""
    folder = Path(tempfile.mkdtemp(prefix="st-"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    yield folder
    shutil.rmtree(folder)


def views(app: StudioApp) -> list[Path]:
    folder = sockets.players_folder(app.studio.env)
    return sockets.views_of(folder, app.studio.sound_id)


async def command(app: StudioApp, do: Callable[[Commander], Result]) -> Result:
    """Give a command to the open studio from a thread, as another process does."""
    await until(lambda: views(app), 30)

    def run() -> Result:
        connection = sockets.connect(views(app)[0])
        assert connection is not None
        with contextlib.closing(Commander(connection, app.studio.sound_id)) as commander:
            result = do(commander)
            with contextlib.suppress(OSError, ProtocolError):
                commander.now()  # it is carried out by then
            return result

    return await asyncio.to_thread(run)


def now(commander: Commander) -> Message:
    return commander.now()


def file(track: Track) -> File:
    return File(audio_hash(track), 1000, track.audio.suffix)


async def test_commands_act_as_keys_do(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        player = await play(app, pilot)
        await command(app, lambda to: to.order("pause"))
        await until(lambda: not player.playing)
        await command(app, lambda to: to.order("play"))
        await until(lambda: player.playing)
        await command(app, lambda to: to.order("seek", frame=30 * 44_100))
        await until(lambda: player.position == 30)
        await command(app, lambda to: to.order("volume", percent=35))
        await until(lambda: player.volume == 35)
        await sees(app, "vol 35")
        known = await command(app, now)
        track = app.playback.session.track
        assert track is not None
        assert (known["title"], known["take"]) == (track.name, track.take)
        assert (known["track"], known["frame"]) == (track.id, 30 * 44_100)
        first = name(app)
        await command(app, lambda to: to.order("skip", by=1))
        await until(lambda: name(app) != first)
        await done(app, pilot)
        await command(app, lambda to: to.order("skip", by=-1))
        await until(lambda: name(app) == first)


async def test_tracks_that_a_command_plays_are_a_list(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        tracks = app.studio.library.tracks("night drive")
        assert len(tracks) == 2
        await command(app, lambda to: to.play([file(track) for track in tracks]))
        await until(lambda: app.playback.session.track == tracks[0])
        await done(app, pilot)
        assert app.playback.session.playing
        await command(app, lambda to: to.order("skip", by=1))
        await until(lambda: app.playback.session.track == tracks[1])
        assert app.playback.session.following is None


async def test_a_blind_test_is_not_given_away(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await play(app, pilot)
        await until(lambda: app.playback.session.takes)
        app.playback.session.compare_blindly()
        known = await command(app, now)
        assert known["title"]
        assert (known["take"], known["track"]) == (0, "")


async def test_a_studio_takes_no_audio_and_no_nonsense(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        player = await play(app, pilot)
        some = File("a" * 64, 100, ".mp3").fields()

        def refused(verb: str, **fields: Any) -> Callable[[Commander], bool]:
            def send(commander: Commander) -> bool:
                commander._channel.send(verb, **fields)
                try:
                    commander.now()
                except (OSError, ProtocolError):
                    return True
                return False

            return send

        assert await command(app, refused("put", start=0, **some))
        assert await command(app, refused("have", **some))
        assert await command(app, refused("prepare", **some))
        assert await command(app, refused("run", command="x"))
        assert await command(app, refused("seek", n=1, frame="1"))
        assert player.playing
        assert (await command(app, now))["playing"]


async def test_the_socket_is_private_and_gone_at_the_end(run_app: RunApp, run_folder: Path) -> None:
    async with run_app() as (app, _):
        await until(lambda: views(app), 30)
        [path] = views(app)
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700
        env, home = app.studio.env, app.studio.sound_id
        assert not (await command(app, now))["loaded"]
        assert not (app.studio.home.cache / "listener").exists(), "it takes no audio"
    assert not path.exists()
    with what_plays(env, home) as found:
        assert found is None


async def test_a_studio_without_room_for_a_socket_opens_all_the_same(
    run_app: RunApp, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / ("long" * 30)))
    async with run_app() as (app, pilot):
        await play(app, pilot)
        assert app.commands._path is None


def at_listener(app: StudioApp, player: SilentPlayer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the player be at a listener, which another view commands, too."""
    monkeypatch.setattr(player, "to_listener", True, raising=False)
    monkeypatch.setattr(player, "listener_id", "1" * 64, raising=False)
    app.studio.__dict__["player"] = player


async def test_what_another_view_plays_is_shown(
    run_app: RunApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with run_app() as (app, pilot):
        player = await play(app, pilot)
        at_listener(app, player, monkeypatch)
        session, tracks = app.playback.session, app.studio.library.tracks("grandmother")
        player.path, player.position = tracks[0].audio, 12.0
        app.studio.on_sound()
        await until(lambda: session.track is not None and session.track.id == tracks[0].id)
        await done(app, pilot)
        assert "0:12" in line(app)
        # What follows is up to the other view now.
        player.end()
        app.playback.tick()
        assert session.track == tracks[0]
        assert not player.playing
        skipped: list[int] = []
        monkeypatch.setattr(player, "skip", skipped.append, raising=False)
        await pilot.press(">", "<")
        assert skipped == [1, -1]
        # Until the user plays something here.
        await pilot.press("enter")
        await done(app, pilot)
        assert not session.follows


async def test_a_listener_knows_what_follows(
    run_app: RunApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with run_app() as (app, pilot):
        player = await play(app, pilot)
        at_listener(app, player, monkeypatch)
        followed: list[tuple[Path, ...]] = []
        monkeypatch.setattr(player, "follow", lambda *paths: followed.append(paths))
        session = app.playback.session
        app.playback.tick()
        paths = followed[-1]
        assert len(paths) > 3
        # It has gone on by two tracks meanwhile.
        player.path, player.position = paths[1], 3.0
        app.playback.tick()
        await done(app, pilot)
        assert session.track is not None
        assert session.track.audio == paths[1]
        assert not session.follows
        assert session.following is not None
        assert session.following.audio == paths[2]
        app.playback.tick()
        assert followed[-1] == paths[2:]
        # Again and again: it may be another listener by now.
        count = len(followed)
        app.playback.tick()
        assert len(followed) > count


async def test_a_studio_leads_again_once_what_it_followed_ends(
    run_app: RunApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with run_app() as (app, pilot):
        player = await play(app, pilot)
        at_listener(app, player, monkeypatch)
        session = app.playback.session
        _, second, third, *_ = (track for track in session.tracks if track is not None)
        player.path = second.audio
        app.studio.on_sound()
        await until(lambda: session.track is not None and session.track.id == second.id)
        await done(app, pilot)
        assert session.follows
        assert session.following is None
        # The sound goes elsewhere: nobody else decides there.
        monkeypatch.setattr(player, "listener_id", "")
        monkeypatch.setattr(player, "to_listener", False)
        app.playback.tick()
        assert not session.follows
        assert session.following is not None
        assert session.following.id == third.id
        player.end()
        app.playback.tick()
        await until(lambda: session.track is not None and session.track.id == third.id)
