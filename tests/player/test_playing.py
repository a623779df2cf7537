"""Playing, proven to the sample on a device that records."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import numpy as np
import pyloudnorm
import pytest

from suno_tui.player.mixer import FADE, gain_of
from suno_tui.player.player import Player
from suno_tui.player.sound import Sound
from tests.library.harness import mp3, pcm
from tests.player.recorder import Recorder, Samples, decoded, reference

RATE = 44_100


def test_a_file_plays_to_its_end_sample_by_sample(
    player: Player, recorder: Recorder, song: Path
) -> None:
    player.load(song)
    assert not player.playing
    player.play()
    decoded(player)
    expected = reference(song.read_bytes())
    got = recorder.record(len(expected) + 1000)
    assert np.array_equal(got[: len(expected)], expected)
    assert not got[len(expected) :].any()
    assert player.ended
    assert not player.playing
    assert player.position == player.duration == len(expected) / RATE
    assert recorder.stopped.wait(10)
    player.play()
    assert np.array_equal(recorder.record(500), expected[:500])
    assert not player.ended


def test_seeking_lands_on_the_sample(player: Player, recorder: Recorder, song: Path) -> None:
    expected = reference(song.read_bytes())
    player.load(song, start=1.0)
    decoded(player)
    player.play()
    assert np.array_equal(recorder.record(100), expected[RATE : RATE + 100])
    player.seek(2.25)
    assert player.position == 2.25
    at = round(2.25 * RATE)
    assert np.array_equal(recorder.record(1000), expected[at : at + 1000])
    player.seek(-5)
    assert np.array_equal(recorder.record(10), expected[:10])
    player.seek(999)
    assert player.position == player.duration
    recorder.record(10)
    assert player.ended
    player.seek(0.5)
    assert not player.ended


def test_pausing_is_silence_and_goes_on_at_the_next_sample(
    player: Player, recorder: Recorder, song: Path
) -> None:
    expected = reference(song.read_bytes())
    player.load(song)
    decoded(player)
    player.toggle()
    recorder.record(1000)
    player.toggle()
    assert not player.playing
    assert recorder.stopped.wait(10)
    assert player.position == 1000 / RATE
    player.toggle()
    assert np.array_equal(recorder.record(700), expected[1000:1700])


def test_volume_is_a_factor_and_changes_without_a_step(
    player: Player, recorder: Recorder, song: Path
) -> None:
    expected = reference(song.read_bytes()).astype(np.float32)
    player.load(song)
    decoded(player)
    player.play()
    player.seek(0.05)
    recorder.record(441)
    player.volume = 50
    at = round(0.05 * RATE) + 441
    ramp = np.linspace(1.0, 0.25, 441, endpoint=False)[:, None]
    got = recorder.record(882)
    assert np.abs(got[:441] - expected[at : at + 441] * ramp).max() <= 1
    assert np.abs(got[441:] - expected[at + 441 : at + 882] * 0.25).max() <= 0.5
    player.volume = 0
    recorder.record(441)
    assert not recorder.record(441).any()
    player.volume = 1000
    assert player.volume == 100
    assert gain_of(100) == 1
    assert gain_of(0) == 0


def test_what_follows_begins_without_a_gap(
    player: Player, recorder: Recorder, song: Path, other: Path
) -> None:
    first, second = reference(song.read_bytes()), reference(other.read_bytes())
    player.load(song)
    player.follow(other)
    decoded(player)
    player.play()
    following = player._mixer.following
    assert following is not None
    assert following.done.wait(20)
    got = recorder.record(len(first) + 5000)
    assert np.array_equal(got, np.concatenate([first, second[:5000]]))
    assert player.path == other
    assert player.position == 5000 / RATE


def test_playing_begins_before_all_is_decoded(
    player: Player, recorder: Recorder, song: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    from suno_tui.player import sound as sound_module

    goes_on = threading.Event()
    decode = sound_module.decode

    def slow(path: Path, first: int) -> Iterator[Samples]:
        pieces = decode(path, first)
        yield next(pieces)
        assert goes_on.wait(20)
        yield from pieces

    monkeypatch.setattr(sound_module, "decode", slow)
    expected = reference(song.read_bytes())
    player.load(song)
    player.play()
    sound = player._mixer.sound
    assert sound is not None
    assert sound.wait(0, timeout=20)
    ready = sound.ready
    assert 0 < ready < len(expected)
    got = recorder.record(ready + 882)
    assert np.array_equal(got[:ready], expected[:ready])
    assert not got[ready:].any()
    assert not player.ended
    goes_on.set()
    decoded(player)
    assert np.array_equal(recorder.record(500), expected[ready : ready + 500])


@pytest.mark.parametrize(("begin", "volume"), [("loud", 50), ("quiet", 100)])
def test_swapping_keeps_the_moment_and_the_loudness(
    player: Player, recorder: Recorder, tmp_path: Path, begin: str, volume: int
) -> None:
    paths = {"loud": tmp_path / "loud.wav", "quiet": tmp_path / "quiet.wav"}
    _write(paths["loud"], 1.0, 440.0)
    _write(paths["quiet"], 0.3, 660.0)
    one = paths.pop(begin)
    other = next(iter(paths.values()))
    player.volume = volume
    gain = gain_of(volume)
    player.load(one)
    player.prepare(other)
    decoded(player)
    player.play()
    first = recorder.record(2 * RATE)
    heard = reference(one.read_bytes())[: 2 * RATE]
    assert np.abs(first[441:] - heard[441:] * gain).max() <= 1, "to prepare changes nothing"
    assert player.switch(other) == ""
    assert player.path == other
    assert player.position == 2.0
    second = recorder.record(2 * RATE)
    wanted = reference(other.read_bytes())[2 * RATE + FADE : 4 * RATE]
    assert np.corrcoef(second[FADE:, 0], wanted[:, 0])[0, 1] > 0.99999, "the same sample"
    assert abs(_loudness_of(first) - _loudness_of(second)) < 0.5
    assert player.switch(one) == ""
    assert player.position == 4.0
    third = recorder.record(2 * RATE)
    assert abs(_loudness_of(third) - _loudness_of(second)) < 0.5


def test_what_would_clip_is_made_softer_on_both_sides(
    player: Player, recorder: Recorder, tmp_path: Path
) -> None:
    loud, quiet = tmp_path / "loud.wav", tmp_path / "peaky.wav"
    _write(loud, 1.0, 440.0)
    _write(quiet, 0.3, 660.0, peak=32767)
    player.load(loud)
    decoded(player)
    player.play()
    recorder.record(RATE)
    player.switch(quiet)
    second = recorder.record(2 * RATE)
    assert np.abs(second[FADE:].astype(int)).max() < 32767
    player.switch(loud)
    recorder.record(RATE)
    player.seek(1.0)
    third = recorder.record(2 * RATE)
    assert abs(_loudness_of(third) - _loudness_of(second)) < 0.5
    player.volume = 50
    recorder.record(RATE)
    assert player._mixer.match > 0.9, "at half the volume there is room again"


def test_three_takes_are_equally_loud(player: Player, recorder: Recorder, tmp_path: Path) -> None:
    paths = [tmp_path / f"{level}.wav" for level in (0.5, 0.2, 0.8)]
    for path in paths:
        _write(path, float(path.stem), 440.0)
    player.volume = 50
    player.load(paths[0])
    decoded(player)
    player.play()
    heard = []
    for path in (*paths, paths[0]):
        player.switch(path)
        player.seek(1.0)
        heard.append(_loudness_of(recorder.record(2 * RATE)))
    assert max(heard) - min(heard) < 0.5


def test_swapping_unprepared_plays_on_until_the_other_is_ready(
    player: Player, recorder: Recorder, song: Path, other: Path
) -> None:
    player.load(song)
    decoded(player)
    player.play()
    recorder.record(at := RATE + 4000)  # in the middle of a burst
    assert player.switch(other) == ""
    assert player.path == other
    assert player.position == at / RATE
    expected = reference(other.read_bytes())
    got = recorder.record(1000)[FADE:].astype(float)
    wanted = expected[at + FADE : at + 1000].astype(float)
    assert np.corrcoef(got[:, 0], wanted[:, 0])[0, 1] > 0.99


def test_the_last_of_several_swaps_wins(
    player: Player, recorder: Recorder, song: Path, other: Path
) -> None:
    player.load(song)
    player.play()
    swaps = [Thread(target=player.switch, args=(path,)) for path in (other, song) * 5]
    for swap in swaps:
        swap.start()
    for swap in swaps:
        swap.join(20)
    player.switch(other)
    assert player.path == other
    decoded(player)
    assert player.duration == len(reference(other.read_bytes())) / RATE
    player.switch(song)
    assert player.path == song
    decoded(player)
    assert player.duration == len(reference(song.read_bytes())) / RATE


def test_a_take_that_is_shorter_or_broken_is_not_swapped_to(
    player: Player, recorder: Recorder, song: Path, tmp_path: Path
) -> None:
    short, broken = tmp_path / "short.mp3", tmp_path / "broken.mp3"
    short.write_bytes(mp3(1.0, 550.0))
    broken.write_bytes(b"<html>")
    player.load(song, start=2.0)
    decoded(player)
    player.play()
    recorder.record(100)
    assert "ends before" in player.switch(short)
    assert str(broken) in player.switch(broken)
    assert player.path == song
    recorder.record(1000)
    assert player.playing
    assert player.position == 2.0 + 1100 / RATE


@pytest.mark.parametrize("content", [None, b"", b"<html>expired</html>"])
def test_what_cannot_be_played_says_so_and_the_next_plays(
    player: Player, recorder: Recorder, song: Path, tmp_path: Path, content: bytes | None
) -> None:
    bad = tmp_path / "bad.mp3"
    if content is not None:
        bad.write_bytes(content)
    player.load(bad)
    player.play()
    decoded(player)
    assert str(bad) in player.error
    player.load(song)
    assert player.error == ""
    decoded(player)
    player.play()
    assert recorder.record(RATE).any()


def _write(path: Path, level: float, pitch: float, peak: int = 0) -> None:
    import wave

    samples = np.frombuffer(pcm(6.0, pitch), "<i2").astype(float) * level
    if peak:
        samples[1000] = peak
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.astype("<i2").tobytes())


def _loudness(path: Path) -> float:
    return _loudness_of(reference(path.read_bytes()))


def _loudness_of(samples: Samples) -> float:
    return float(pyloudnorm.Meter(RATE).integrated_loudness(samples / 32768))


def test_a_swap_that_comes_when_the_next_has_begun_leaves_it(
    player: Player, recorder: Recorder, song: Path, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    third = song.with_name("third.mp3")
    third.write_bytes(mp3(3.0, 330.0))
    player.load(song)
    player.follow(third)
    decoded(player)
    player.play()
    recorder.record(RATE)
    compare = player._takes.compare

    def compare_and_end(new: Sound, current: Sound) -> None:
        compare(new, current)
        player._mixer.seek(3 * RATE)
        recorder.record(RATE)  # the end, and the beginning of what follows

    monkeypatch.setattr(player._takes, "compare", compare_and_end)
    assert player.switch(other) == ""
    assert player.path == third


def test_what_follows_a_comparison_is_as_loud_as_it_is(
    player: Player, recorder: Recorder, tmp_path: Path, song: Path
) -> None:
    loud, quiet = tmp_path / "loud.wav", tmp_path / "quiet.wav"
    _write(loud, 1.0, 440.0)
    _write(quiet, 0.3, 660.0)
    player.load(quiet)
    player.follow(song)
    decoded(player)
    player.play()
    recorder.record(RATE)
    assert player.switch(loud) == ""
    assert player._mixer.match != 1
    following = player._mixer.following
    assert following is not None
    assert following.done.wait(20)
    sound = player._mixer.sound
    assert sound is not None
    assert sound.done.wait(20)
    player._mixer.seek(sound.ready - 100)
    got = recorder.record(100 + FADE + 5000)
    assert player.path == song
    assert player._mixer.match == 1
    assert np.array_equal(got[100:], reference(song.read_bytes())[: FADE + 5000])


def test_the_fade_of_a_comparison_ends_with_its_sound(
    player: Player, recorder: Recorder, tmp_path: Path, song: Path
) -> None:
    loud, quiet = tmp_path / "loud.wav", tmp_path / "quiet.wav"
    _write(loud, 1.0, 440.0)
    _write(quiet, 0.3, 660.0)
    player.load(loud)
    decoded(player)
    player.play()
    recorder.record(RATE)
    assert player.switch(quiet) == ""
    player.load(song, start=1.0)  # before the device asked for anything
    decoded(player)
    player.play()
    expected = reference(song.read_bytes())
    assert np.array_equal(recorder.record(2 * FADE), expected[RATE : RATE + 2 * FADE])
