"""The player through its keys: what plays next, skipped tracks, restoring, other outputs."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from suno_tui.library.store import Library
from suno_tui.library.track import Track
from suno_tui.listener.routing import Found
from suno_tui.player.sound import NO_DECODER
from suno_tui.tui.app import StudioApp
from suno_tui.tui.screens.player.sound_target_dialog import SoundTargetDialog
from suno_tui.tui.screens.player.up_next_dialog import UpNextDialog
from tests.tui.conftest import OpenApp, RunApp, until
from tests.tui.player_helpers import done, get, line, name, play, up_next
from tests.tui.screen_assertions import notified, sees, shown
from tests.tui.silent import SilentPlayer


async def test_up_next_is_edited_by_keyboard(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await play(app, pilot)
        await pilot.press("G", "w", "k", "w", "k", "w")
        names = ["All the Little Machines Learn to Dance Before Morning 2"]
        names += [
            "All the Little Machines Learn to Dance Before Morning 1",
            "Grandmother's Clock 2",
        ]
        assert up_next(app) == names
        await pilot.press("W")
        await until(lambda: isinstance(app.screen, UpNextDialog))
        await sees(app, "Then Summer Nights 2", "3 tracks · 12:50")
        await pilot.press("J", "J")
        assert up_next(app) == [names[1], names[2], names[0]]
        await pilot.press("K")
        assert up_next(app) == [names[1], names[0], names[2]]
        await pilot.press("d")
        assert up_next(app) == [names[1], names[2]]
        await pilot.press("D")
        assert up_next(app) == []
        await sees(app, "Nothing here yet.")
        await pilot.press("u", "u", "u")
        assert up_next(app) == [names[1], names[2], names[0]]
        await pilot.press("home", "j", "enter")
        await done(app, pilot)
        assert name(app) == names[2], "Enter plays it now"
        await pilot.press(">")
        await done(app, pilot)
        assert name(app) == names[1], "then what was put there"
        await pilot.press(">", ">")
        await done(app, pilot)
        assert name(app) == "Summer Nights 2", "then the list goes on where it was left"
        await pilot.press("<")
        await done(app, pilot)
        assert name(app) == "Summer Nights 1"


async def test_a_track_that_begins_leaves_the_open_up_next_dialog(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        player = await play(app, pilot)
        await pilot.press("G", "w", "k", "w", "k", "w", "W")
        await until(lambda: isinstance(app.screen, UpNextDialog))
        names = up_next(app)
        await pilot.press("j")
        player.ended, player.playing = True, False
        app.playback.tick()
        await pilot.press("d")
        assert up_next(app) == [names[2]], "the one under the cursor is taken out, no other"
        await done(app, pilot)
        assert name(app) == names[0]
        player.ended, player.playing = True, False
        app.playback.tick()
        await pilot.press("d", "J", "enter")
        await sees(app, "Nothing here yet.", "Then Summer Nights 2")
        await done(app, pilot)
        player.ended, player.playing = True, False
        app.playback.tick()
        await sees(app, "Then Peaceful Piano 1")


async def test_the_next_track_follows_without_a_gap(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        player = await play(app, pilot)
        player.position = 100.0
        app.playback.tick()
        assert player.following is None, "long before the end nothing is decoded"
        player.position = 190.0
        app.playback.tick()
        second = app.main.library.rows.items[1]
        third = app.main.library.rows.items[2]
        assert second is not None
        assert third is not None
        assert player.following == second.audio
        await pilot.press("j", "j", "w")
        assert player.following == third.audio, "what is put up next takes its place"
        await pilot.press("W", "D", "escape")
        assert player.following == second.audio
        player.go_on()
        app.playback.tick()
        await done(app, pilot)
        assert name(app) == "Summer Nights 2"
        assert app.main.library.rows.playing == second.id
        assert app.playback.session.takes, "what is known of a track is known of this one too"


async def test_a_trashed_track_does_not_play_next(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        player = await play(app, pilot)
        await pilot.press("j", "j", "w", "k", "k")
        loser, queued, third = (app.main.library.rows.items[at] for at in (1, 2, 3))
        assert loser and queued and third
        player.position = 190.0
        app.playback.tick()
        assert player.following == queued.audio
        app.studio.library.trash([queued.id])
        await until(lambda: player.following == loser.audio)
        assert app.playback.session.up_next.tracks == []
        await pilot.press("K")
        await until(lambda: player.following == third.audio)
        player.go_on()
        app.playback.tick()
        await done(app, pilot)
        assert name(app) == third.title + " 2"
        await pilot.press("<")
        await done(app, pilot)
        assert name(app) == "Summer Nights 1", "neither of them is gone back to"


async def test_an_unplayable_track_is_named_and_skipped(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        player = await play(app, pilot)
        items = [track for track in app.main.library.rows.items[1:4] if track is not None]
        for track in items[:2]:
            track.audio.unlink()
        player.position = 190.0
        app.playback.tick()
        player.go_on()
        app.playback.tick()
        await done(app, pilot)
        assert name(app) == "Peaceful Piano 2"
        await notified(
            app, "Skipped", "Summer Nights 2: The file is gone.", "Peaceful Piano 1: The file"
        )
        app.playback.play_track(items[0])
        await done(app, pilot)
        assert not app.playback.session.playing, "a track that was asked for is not passed over"
        assert "✖ " in line(app)


async def test_without_a_decoder_nothing_is_skipped(
    run_app: RunApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with run_app() as (app, pilot):
        await play(app, pilot)
        monkeypatch.setattr(SilentPlayer, "wait", lambda self: setattr(self, "error", NO_DECODER))
        await pilot.press(">")
        await done(app, pilot)
        assert name(app) == "Summer Nights 2"
        await sees(app, "neither miniaudio nor soundfile")


async def test_a_cut_off_file_is_reported_once(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        player = await play(app, pilot)
        player.whole, player.duration = True, 70.0
        app.playback.tick()
        app.playback.tick()
        await notified(app, "Cut off", "1:10 of 3:18 is there")
        assert len(app._notifications) == 1
        assert "/ 1:10" in line(app)


async def test_a_machine_without_a_device_says_so_once(run_app: RunApp) -> None:
    async with run_app((80, 24)) as (app, pilot):
        player = await play(app, pilot)
        player.output = "silent"
        app.playback.tick()
        app.playback.tick()
        await notified(app, "No sound device here: o shows how to hear it.")
        assert len(app._notifications) == 1
        assert "no sound device" in line(app)
        await pilot.press("o")
        await sees(app, "Where the sound goes")
        assert not app.has_notices, "it would cover the keys"


async def test_a_command_that_fails_is_named_each_time(run_app: RunApp) -> None:
    async with run_app((80, 24), config='[player]\ncommand = ["nope"]\n') as (app, pilot):
        player = await play(app, pilot)
        assert "vol 80" in line(app)
        player.playing, player.output, player.why = False, "none", "It comes from nope: [gone]."
        app.playback.tick()
        app.playback.show()
        await notified(app, "Playback is silent: It comes from nope: [gone].")
        assert len(app._notifications) == 1
        assert "command failed" in line(app)
        app.dismiss_notices()
        app.playback.show()
        assert not app.has_notices, "not each second"
        await pilot.press("enter")
        await done(app, pilot)
        await notified(app, "Playback is silent: It comes from nope: [gone].")


async def test_playback_resumes_where_it_was_left(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        player = await play(app, pilot, "j", "j", "w", "w")
        player.position = 62.0
    async with run_app((80, 24), tasks=False) as (app, pilot):
        await sees(app, "‖ Peaceful Piano 1")
        assert "1:02 / 2:04" in line(app)
        assert up_next(app) == ["Peaceful Piano 1", "Peaceful Piano 1"]
        player.path = None
        await pilot.press("escape", "right")
        assert "1:07" in line(app)
        assert player.path is None, "nothing is opened before it plays"
        await pilot.press("space")
        await done(app, pilot)
        assert (player.position, player.playing) == (67.0, True)
        await pilot.press("space")
        await done(app, pilot)
        left = app.studio.remembered()["playing"]
        assert isinstance(left, dict)
        assert left["at"] == 67.0, "a pause is on the disk at once"


async def test_quitting_during_the_restore_loses_nothing(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, reading, goes_on = open_app(), threading.Event(), threading.Event()
    ids = [track.id for track in app.studio.library.tracks()]
    left = {"track": ids[0], "at": 55.0}
    app.studio.remember(up_next=ids[:3], playing=left)
    get = Library.get

    def slow(library: Library, track_id: str) -> Track:
        reading.set()
        goes_on.wait(10)
        return get(library, track_id)

    monkeypatch.setattr(Library, "get", slow)
    async with app.run_test() as pilot:
        await until(reading.is_set)
        tracks = app.studio.library.tracks()
        app.playback.enqueue([tracks[3]])
        app.playback.session.up_next.add([tracks[4]])
        app.playback.session.up_next.undo()
        app.exit()
        await pilot.pause()
        state = app.playback.state()
        assert (state["up_next"], "playing" in state) == (ids[:4], False)
        goes_on.set()
    state = app.studio.remembered()
    assert (state["up_next"], state["playing"]) == (ids[:4], left)


@pytest.mark.parametrize("left", [3, {"track": "gone", "at": 3.0}, {"track": [], "at": "x"}])
async def test_a_damaged_state_is_ignored(
    run_app: RunApp, left: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    from suno_tui.studio import Studio

    monkeypatch.setattr(Studio, "remembered", lambda self: {"playing": left, "up_next": left})
    async with run_app((80, 24)) as (app, _):
        await sees(app, "Nothing playing.")


async def test_the_sound_can_be_streamed_over_ssh(
    run_app: RunApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied: list[str] = []
    monkeypatch.setattr(StudioApp, "copy_to_clipboard", lambda self, text: copied.append(text))
    async with run_app((80, 24)) as (app, pilot):
        app.studio.env = {"SSH_CONNECTION": "192.0.2.7 5022 198.51.100.4 2222"}
        player = await play(app, pilot)
        await pilot.press("o")
        await until(lambda: isinstance(app.screen, SoundTargetDialog))
        await sees(app, "You are connected over SSH from 192.0.2.7", "Start the stream")
        await pilot.press("s")
        stream = app.sound_target.stream
        assert stream is not None
        assert callable(player.sent_to)
        assert player.sent_to() is stream
        port = stream.port
        await sees(app, f"ssh -N -L {port}:127.0.0.1:{port} -p 2222", "No listeners yet.")
        await pilot.press("j", "j", "j", "enter")
        assert copied.pop().startswith("suno-tui ssh -p 2222 ")
        await pilot.press("j", "enter", "j", "enter", "j", "j", "j", "enter")
        assert copied[0].endswith("@198.51.100.4")
        assert copied[1] == stream.url
        track = app.playback.session.track
        assert track is not None
        assert copied[2].startswith("scp -P 2222 ")
        assert copied[2].endswith(f"@198.51.100.4:{track.audio} .")
        await pilot.press("j")
        whole = shown(app).replace("│", " ").split()
        assert str(track.audio) in "".join(whole), "a long path goes on on the next line"
        assert await asyncio.to_thread(get, stream.url + "track") == track.audio.read_bytes()
        await pilot.press("s")
        await done(app, pilot)
        assert app.sound_target.stream is None
        assert player.sent_to is None
        with pytest.raises(OSError, match="refused"):
            await asyncio.to_thread(get, stream.url)
        # What has changed by itself is looked at anew.
        monkeypatch.setattr(player, "listeners", lambda: [Found(Path("/k.sock"), "kitchen")])
        app.studio.env = {}
        await sees(app, "kitchen: listens")
