"""The player through its keys: what follows, resuming, A/B, and hearing it elsewhere."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta
from typing import Any
from urllib.request import urlopen

import pytest
from textual.pilot import Pilot

from suno_tui.common.paths import Home
from suno_tui.library.store import Library, UnknownTrack
from suno_tui.library.track import Track
from suno_tui.player.sound import NO_DECODER
from suno_tui.tui.app import StudioApp
from suno_tui.tui.screens.player.sound_target_dialog import SoundTargetDialog
from suno_tui.tui.screens.player.up_next_list import UpNextList
from suno_tui.tui.widgets.waveform import SectionMark, Waveform
from tests.tui.conftest import OpenApp, RunApp, idle, until
from tests.tui.screen_assertions import hears, sees, shown
from tests.tui.seed import LYRICS, NOW, SUMMER, add_track
from tests.tui.silent import SilentPlayer


async def play(app: StudioApp, pilot: Pilot[None], *before: str) -> SilentPlayer:
    """Play the first track of the library, or that under the cursor after some keys."""
    await pilot.press("escape", "3", *before, "enter")
    await done(app, pilot)
    player = app.studio.player
    assert isinstance(player, SilentPlayer)
    assert player.playing
    return player


async def done(app: StudioApp, pilot: Pilot[None]) -> None:
    await idle(app)
    await pilot.pause()


def name(app: StudioApp) -> str:
    track = app.playback.session.track
    return f"{track.name} {track.take}" if track else ""


def fetch(url: str) -> bytes:
    with urlopen(url, timeout=10) as answer:
        return bytes(answer.read())


def up_next(app: StudioApp) -> list[str]:
    return [f"{track.name} {track.take}" for track in app.playback.session.upnext.tracks]


def line(app: StudioApp) -> str:
    return shown(app).splitlines()[-2]


async def test_what_plays_next_is_put_together_by_keyboard(run_app: RunApp) -> None:
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
        await until(lambda: isinstance(app.screen, UpNextList))
        await sees(app, "Then Summer Nights 2", "3 tracks · 12:50")
        await pilot.press("J", "J")
        assert up_next(app) == [names[1], names[2], names[0]]
        await pilot.press("K")
        assert up_next(app) == [names[1], names[0], names[2]]
        await pilot.press("d")
        assert up_next(app) == [names[1], names[2]]
        await pilot.press("D")
        assert up_next(app) == []
        await sees(app, "Nothing is put here yet.")
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


async def test_what_begins_to_play_leaves_the_open_list_of_what_is_next(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        player = await play(app, pilot)
        await pilot.press("G", "w", "k", "w", "k", "w", "W")
        await until(lambda: isinstance(app.screen, UpNextList))
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
        await sees(app, "Nothing is put here yet.", "Then Summer Nights 2")
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


async def test_what_went_to_the_trash_does_not_follow(run_app: RunApp) -> None:
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
        assert app.playback.session.upnext.tracks == []
        await pilot.press("K")
        await until(lambda: player.following == third.audio)
        player.go_on()
        app.playback.tick()
        await done(app, pilot)
        assert name(app) == third.title + " 2"
        await pilot.press("<")
        await done(app, pilot)
        assert name(app) == "Summer Nights 1", "neither of them is gone back to"


async def test_the_last_take_is_never_put_in_the_trash_by_keeping_a_lost_one(
    run_app: RunApp,
) -> None:
    async with run_app() as (app, pilot):
        await play(app, pilot)
        one, two = app.playback.session.takes
        app.studio.library.trash([one.id])
        await until(lambda: not app.playback.session.takes)
        await pilot.press("K")
        await hears(app, "There is no other take of this song.")
        with pytest.raises(UnknownTrack):
            app.studio.library.keep(one.id, [two.id], rating=4)
        assert two.audio.exists()


async def test_what_is_said_of_takes_in_a_blind_comparison_is_told_after_it(
    run_app: RunApp,
) -> None:
    async with run_app() as (app, pilot):
        await play(app, pilot)
        await pilot.press("B")
        await done(app, pilot)
        for take in app.playback.session.takes:
            app.studio.library.mark(take.id, rating=5)
        await until(lambda: all(take.rating == 5 for take in app.playback.session.takes))
        await pilot.press("b")
        await done(app, pilot)
        assert app.playback.session.track is not None
        assert app.playback.session.track.rating == 5


async def test_what_can_not_be_played_is_named_and_skipped(run_app: RunApp) -> None:
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
        await hears(
            app, "Skipped", "Summer Nights 2: The file is gone.", "Peaceful Piano 1: The file"
        )
        app.playback.play_track(items[0])
        await done(app, pilot)
        assert not app.playback.session.playing, "a track that was asked for is not passed over"
        assert "✖ " in line(app)


async def test_where_nothing_can_be_decoded_nothing_is_skipped(
    run_app: RunApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with run_app() as (app, pilot):
        await play(app, pilot)
        monkeypatch.setattr(SilentPlayer, "wait", lambda self: setattr(self, "error", NO_DECODER))
        await pilot.press(">")
        await done(app, pilot)
        assert name(app) == "Summer Nights 2"
        await sees(app, "miniaudio has no build for it")


async def test_a_file_that_ends_too_early_is_told_once(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        player = await play(app, pilot)
        player.whole, player.duration = True, 70.0
        app.playback.tick()
        app.playback.tick()
        await hears(app, "Cut off", "1:10 of 3:18 is there")
        assert len(app._notifications) == 1
        assert "/ 1:10" in line(app)


async def test_a_machine_without_a_device_says_so_once(run_app: RunApp) -> None:
    async with run_app((80, 24)) as (app, pilot):
        player = await play(app, pilot)
        player.output = "silent"
        app.playback.tick()
        app.playback.tick()
        await hears(app, "No sound device here: o shows how to hear it.")
        assert len(app._notifications) == 1
        assert "no sound device" in line(app)


async def test_a_command_that_fails_is_named_each_time(run_app: RunApp) -> None:
    async with run_app((80, 24), config='[player]\ncommand = ["nope"]\n') as (app, pilot):
        player = await play(app, pilot)
        assert "vol 80" in line(app)
        player.playing, player.output, player.why = False, "none", "It comes from nope: [gone]."
        app.playback.tick()
        app.playback.show()
        await hears(app, "Nothing is heard: It comes from nope: [gone].")
        assert len(app._notifications) == 1
        assert "command failed" in line(app)
        await pilot.press("enter")
        await done(app, pilot)
        assert len(app._notifications) == 2


async def test_it_goes_on_where_it_was_left(run_app: RunApp) -> None:
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


async def test_who_leaves_before_all_is_laid_on_loses_nothing(
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
        app.playback.session.upnext.add([tracks[4]])
        app.playback.session.upnext.undo()
        app.exit()
        await pilot.pause()
        state = app.playback.state()
        assert (state["up_next"], "playing" in state) == (ids[:4], False)
        goes_on.set()
    state = app.studio.remembered()
    assert (state["up_next"], state["playing"]) == (ids[:4], left)


@pytest.mark.parametrize("left", [3, {"track": "gone", "at": 3.0}, {"track": [], "at": "x"}])
async def test_what_was_remembered_wrongly_is_forgotten(
    run_app: RunApp, left: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    from suno_tui.studio import Studio

    monkeypatch.setattr(Studio, "remembered", lambda self: {"playing": left, "up_next": left})
    async with run_app((80, 24)) as (app, _):
        await sees(app, "Nothing plays.")


async def test_swapping_and_keeping_the_better_take(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        player = await play(app, pilot)
        one, two = app.playback.session.takes
        assert player.prepared == [two.audio], "the first swap is as quick as the others"
        before = one.file.read_bytes(), two.file.read_bytes(), two.audio.read_bytes()
        assert "[1] 2" in line(app)
        await pilot.press("b")
        await done(app, pilot)
        assert (player.path, name(app)) == (two.audio, "Summer Nights 2")
        assert (follows := app.playback.session.following) is not None
        assert follows.title == "Peaceful Piano", "not the take that is heard already"
        assert " 1 [2]" in line(app)
        await pilot.press("4", "b", "K")
        await done(app, pilot)
        assert player.path == one.audio
        assert not two.audio.exists()
        kept = app.studio.library.get(one.id)
        assert kept.rating == 4
        await hears(app, "Summer Nights 1 is kept (★★★★); the other take is in the trash.")
        await pilot.press("b")
        await hears(app, "There is no other take of this song.")
        await pilot.press("u")
        await done(app, pilot)
        await hears(app, "Undone: the choice of Summer Nights 1.")
        after = one.file.read_bytes(), two.file.read_bytes(), two.audio.read_bytes()
        assert after == before
        await until(lambda: len(app.playback.session.takes) == 2)
        await pilot.press("b")
        await done(app, pilot)
        assert player.path == two.audio
        await pilot.press("K")
        await done(app, pilot)
        assert app.studio.library.get(two.id).rating == 4, "two stars became four"


async def test_a_blind_comparison_tells_nothing(
    run_app: RunApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    import random

    monkeypatch.setattr(random, "sample", lambda takes, _: [*reversed(takes)])
    async with run_app() as (app, pilot):
        player = await play(app, pilot)
        two = app.playback.session.takes[1]
        await pilot.press("B")
        await done(app, pilot)
        assert player.path == two.audio, "which one comes first is chance"
        pictures = []
        for _ in range(2):
            await pilot.pause()
            assert app.main.library.rows.playing is None
            pictures.append(line(app))
            await pilot.press("4")
            await pilot.pause()
            pictures.append("\n".join(shown(app).splitlines()[1:-2]))
            app.main.go("library")
            await pilot.press("b")
            await done(app, pilot)
        assert "Summer Nights A" in pictures[0]
        assert "Summer Nights B" in pictures[2]
        for picture in pictures:
            assert "3:18" not in picture, "the length of one of them"
            assert "★" not in picture
        assert "[A] B" in pictures[1]
        seen = [
            *map(str.split, (pictures[1].replace("[A] B", "X"), pictures[3].replace("A [B]", "X")))
        ]
        assert seen[0] == seen[1]
        await pilot.press("4", "y", "p")
        await hears(app, "It would tell which take you hear")
        await pilot.press("B")
        await done(app, pilot)
        await hears(app, "You hear take 2.")
        assert app.main.library.rows.playing == two.id
        await pilot.press("B")
        await done(app, pilot)
        follows = app.playback.session.following
        await pilot.press("b")
        await done(app, pilot)
        assert app.playback.session.following == follows
        await pilot.press("K")
        await done(app, pilot)
        assert (name(app), two.audio.exists()) == ("Summer Nights 1", False)


async def test_a_click_on_the_shape_of_the_track_goes_there(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        player = await play(app, pilot)
        await sees(app, "0:00 / 3:18")
        wave = line(app)
        start = wave.index("Summer Nights 1") + len("Summer Nights 1  ")
        end = wave.index("  0:00 / 3:18")
        column = app.playback.session.duration / (end - start)
        for x in (start, end - 1, (start + end) // 2):
            await pilot.click("#player-line", offset=(x, 0))
            assert player.position == pytest.approx((x - start) * column), x
        for x in (start - 3, end, end + 4):
            await pilot.click("#player-line", offset=(x, 0))
        assert player.position == pytest.approx(((start + end) // 2 - start) * column)
        await pilot.press("4")
        await done(app, pilot)
        page = app.main.query_one(Waveform)
        for x, y in ((0, 0), (page.size.width // 3, 2), (page.size.width - 1, 1)):
            await pilot.click(Waveform, offset=(x, y))
            assert player.position == pytest.approx(
                app.playback.session.duration * x / page.size.width
            )
        app.playback.session.marks = (
            SectionMark(10.0, "Verse", "V"),
            SectionMark(100.0, "Chorus", "C"),
        )
        app.playback.show()
        await pilot.pause()
        names = page.size.height - 1
        middle = page.size.width // 2
        for x, at in ((0, 10.0), (middle - 2, 10.0), (middle + 3, 100.0)):
            await pilot.click(Waveform, offset=(x, names))
            assert player.position == at, "the name of a section goes to where that begins"


async def test_a_click_tells_nothing_in_a_blind_comparison(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        player = await play(app, pilot)
        await pilot.press("B", "4")
        await done(app, pilot)
        width = app.main.query_one(Waveform).size.width
        await pilot.click(Waveform, offset=(width // 2, 1))
        assert player.position == pytest.approx(
            app.playback.session.duration * (width // 2) / width
        )
        before = player.position
        await pilot.click(Waveform, offset=(width - 1, 1))
        assert player.position == before, "the shorter one ends before that"
        await hears(app, "Not all of the takes are that long")


async def test_a_click_moves_what_was_left_and_not_what_is_damaged(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        track = app.main.library.track
        assert track is not None
        app.playback.session.lay_on(track, 7.0)
        app.main.go("player")
        app.playback.show()
        await pilot.pause()
        await pilot.click(Waveform, offset=(0, 0))
        assert app.playback.session.position == 0.0
        assert app.playback.session.laid_on
        track.audio.unlink()
        await app.playback.session.play(track, [])
        app.playback.show()
        await pilot.pause()
        await pilot.click(Waveform, offset=(20, 0))
        assert app.playback.session.position == 0.0


async def test_a_click_on_a_tracks_page_moves_that_track_only(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        player = await play(app, pilot)
        await pilot.press("i")
        await until(lambda: app.screen.query_one(Waveform).timeline is app.playback.session)
        width = app.screen.query_one(Waveform).size.width
        await pilot.click(Waveform, offset=(width // 2, 0))
        here = player.position
        assert here == pytest.approx(app.playback.session.duration * (width // 2) / width)
        await pilot.press("greater_than_sign")
        await until(lambda: app.screen.query_one(Waveform).timeline is not app.playback.session)
        await pilot.click(Waveform, offset=(3, 0))
        assert player.position == here, "another track is shown than the one that plays"
        await pilot.press("escape", "B", "g", "g", "i")
        await done(app, pilot)
        assert app.playback.session.blind is not None
        await pilot.click(Waveform, offset=(3, 0))
        assert player.position == here, "it would tell which take that is"


async def test_three_takes_of_different_lengths(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        home: Home = app.studio.home
        add_track(
            home, "Summer Nights", "pop", 3, at=NOW - timedelta(hours=0.3), duration=60.0,
            lyrics=LYRICS, song=SUMMER.to_table(),
        )  # fmt: skip
        app.main.library.scan()
        await until(lambda: app.main.library.count == 17)
        player = await play(app, pilot)
        heard = []
        for _ in range(3):
            await pilot.press("b")
            await done(app, pilot)
            heard.append(app.playback.session.track.take if app.playback.session.track else 0)
        assert heard == [2, 3, 1]
        player.position = 59.8
        await pilot.press("b", "b")
        await done(app, pilot)
        assert app.playback.session.track is not None
        assert app.playback.session.track.take == 1, "the third one ends before this moment"
        player.position = 199.0
        await pilot.press("b", "b")
        await done(app, pilot)
        assert app.playback.session.track.take == 2
        await hears(app, "ends before this moment")
        await pilot.press("K")
        await done(app, pilot)
        await hears(app, "the 2 other takes are in the trash")


async def test_the_page_rates_and_follows_what_others_change(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await play(app, pilot)
        await pilot.press("4", "r", "5")
        await sees(app, "★★★★★")
        await pilot.press("f")
        await done(app, pilot)
        track = app.playback.session.track
        assert track is not None
        assert not track.favorite
        app.studio.library.mark(track.id, rating=1)
        await sees(app, "Summer Nights ★☆☆☆☆")
        await pilot.press("u")
        await sees(app, "Summer Nights ★★★★★")


async def test_it_can_be_heard_at_the_other_end(
    run_app: RunApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied: list[str] = []
    monkeypatch.setattr(StudioApp, "copy_to_clipboard", lambda self, text: copied.append(text))
    async with run_app((80, 24)) as (app, pilot):
        app.studio.env = {"SSH_CONNECTION": "192.0.2.7 5022 198.51.100.4 2222"}
        player = await play(app, pilot)
        await pilot.press("o")
        await until(lambda: isinstance(app.screen, SoundTargetDialog))
        await sees(app, "You are here over SSH from 192.0.2.7", "Start the stream")
        await pilot.press("s")
        stream = app.sound_target.stream
        assert stream is not None
        assert callable(player.sent_to)
        assert player.sent_to() is stream
        port = stream.port
        await sees(app, f"ssh -N -L {port}:127.0.0.1:{port} -p 2222", "Nobody listens yet.")
        await pilot.press("enter", "j", "enter", "j", "j", "j", "enter")
        assert copied[0].endswith("@198.51.100.4")
        assert copied[1] == stream.url
        track = app.playback.session.track
        assert track is not None
        assert copied[2].startswith("scp -P 2222 ")
        assert copied[2].endswith(f"@198.51.100.4:{track.audio} .")
        whole = shown(app).replace("│", " ").split()
        assert str(track.audio) in "".join(whole), "a long path goes on on the next line"
        assert await asyncio.to_thread(fetch, stream.url + "track") == track.audio.read_bytes()
        await pilot.press("s")
        await done(app, pilot)
        assert app.sound_target.stream is None
        assert player.sent_to is None
        with pytest.raises(OSError, match="refused"):
            await asyncio.to_thread(fetch, stream.url)


async def test_a_lot_of_lyrics_in_a_narrow_window_is_wrapped(run_app: RunApp) -> None:
    words = "All the windows on the other side of the long street are golden in the rain tonight"
    async with run_app((60, 16)) as (app, pilot):
        track = app.main.library.track
        assert track is not None
        app.studio.library.edit(track.id, lyrics=f"{words}\n" * 35)
        app.main.library.check()
        await done(app, pilot)
        await play(app, pilot)
        await pilot.press("4")
        await pilot.pause()
        text = shown(app)
        assert "golden in the rain tonight" in text.replace("│", " ")
        assert "…" not in "\n".join(text.splitlines()[2:-2])


async def test_a_waveform_that_the_file_brings_needs_no_decoder(run_app: RunApp) -> None:
    import mutagen.id3

    id3: Any = mutagen.id3
    async with run_app() as (app, pilot):
        track = app.main.library.track
        assert track is not None
        tags = id3.ID3()
        tags.add(id3.PRIV(owner="suno-tui/levels", data=bytes(range(200))))
        tags.save(track.audio)
        await play(app, pilot)
        await until(lambda: app.playback.session.levels == bytes(range(200)))
