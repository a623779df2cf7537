"""The listener's cache: what may come in, and what has to go."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from suno_tui.listener.cache import ArrivingSound, Cache, CantKeep, OutOfStep
from suno_tui.listener.protocol import File
from tests.library.harness import mp3
from tests.player.recorder import reference


def file_of(data: bytes, kind: str = ".mp3") -> File:
    return File(hashlib.sha256(data).hexdigest(), len(data), kind)


def fill(cache: Cache, data: bytes) -> File:
    file = file_of(data)
    assert cache.begin(file, 0).write(data)
    return file


def test_a_file_is_whole_after_its_last_byte(cache: Cache) -> None:
    data = mp3(0.5)
    file = file_of(data)
    arrival = cache.begin(file, 0)
    assert not arrival.write(data[:100])
    assert cache.present(file) == 100
    arrival.stop()
    again = cache.begin(file, 100)
    assert again.write(data[100:])
    assert cache.path(file).read_bytes() == data
    assert cache.path(file).stat().st_mode & 0o777 == 0o600
    assert cache.folder.stat().st_mode & 0o777 == 0o700


def test_a_file_that_was_never_verified_is_sent_again(cache: Cache) -> None:
    """The process died after the last byte: nobody knows whether it is the file."""
    data = mp3(0.5)
    file = file_of(data)
    cache.part(file).parent.mkdir(parents=True, exist_ok=True)
    cache.part(file).write_bytes(data)
    assert cache.present(file) == 0
    assert cache.begin(file, 0).write(data)
    assert cache.path(file).read_bytes() == data


def test_continuing_a_file_does_not_evict_its_beginning(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "small", megabytes=1)
    old, data = os.urandom(200_000), mp3(1.0)
    file = file_of(data + bytes(900_000))
    arrival = cache.begin(file, 0)
    arrival.write(data)
    arrival.stop()
    os.utime(cache.part(file), (1, 1))
    (cache.folder / ("1" * 64 + ".mp3")).write_bytes(old)
    cache.begin(file, len(data)).stop()
    assert cache.part(file).read_bytes()[: len(data)] == data


def test_bytes_that_do_not_match_their_hash_are_refused_and_removed(cache: Cache) -> None:
    data = mp3(0.5)
    wrong = File("0" * 64, len(data), ".mp3")
    with pytest.raises(CantKeep, match="damaged"):
        cache.begin(wrong, 0).write(data)
    short = File(hashlib.sha256(data).hexdigest(), 10, ".mp3")
    with pytest.raises(CantKeep, match="More bytes"):
        cache.begin(short, 0).write(data)
    with pytest.raises(CantKeep, match="FLAC"):
        cache.begin(file_of(data, ".flac"), 0).write(data)
    with pytest.raises(CantKeep, match="beginning"):
        cache.begin(file_of(data), 5)
    assert [*cache.folder.iterdir()] == []


def test_a_link_in_the_cache_is_not_followed(cache: Cache, tmp_path: Path) -> None:
    data = mp3(0.5)
    file = file_of(data)
    victim = tmp_path / "victim"
    cache.part(file).symlink_to(victim)
    with pytest.raises(CantKeep):
        cache.begin(file, 0)
    assert not victim.exists()


def test_what_was_used_longest_ago_makes_room_unless_it_is_loaded(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "small", megabytes=1)
    first, second, third = (b"ID3" + bytes([each]) * 400_000 for each in (1, 2, 3))
    files = [fill(cache, first), fill(cache, second)]
    for age, file in enumerate(files):
        os.utime(cache.path(file), (age, age))
    cache.used = lambda: [cache.path(files[0])]
    fill(cache, third)
    assert [cache.whole(file) for file in files] == [True, False]
    cache.used = lambda: [cache.path(files[0]), cache.path(file_of(third))]
    with pytest.raises(CantKeep, match="full"):
        cache.begin(file_of(second), 0)
    with pytest.raises(CantKeep, match="larger"):
        cache.begin(file_of(bytes(2 << 20)), 0)


def test_a_file_is_not_closed_while_it_is_written(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = mp3(0.5)
    arrival = cache.begin(file_of(data), 0)
    write = os.pwrite
    stopper = Thread(target=arrival.stop)

    def pwrite(handle: int, piece: bytes, at: int) -> int:
        stopper.start()
        stopper.join(0.2)
        return write(handle, piece, at)

    monkeypatch.setattr(os, "pwrite", pwrite)
    assert not arrival.write(data[:100])
    stopper.join()
    assert cache.present(arrival.file) == 100


def test_a_second_connection_takes_a_file_over(cache: Cache) -> None:
    data = mp3(0.5)
    file = file_of(data)
    first = cache.begin(file, 0)
    first.write(data[:100])
    cache.begin(file, 100)
    with pytest.raises(OutOfStep):
        first.write(data[100:200])
    with pytest.raises(OutOfStep):
        cache.begin(file, 50)
    second = cache.begin(file, 100)
    assert second.write(data[100:])


def test_what_has_arrived_sounds_as_the_whole_file_does(cache: Cache) -> None:
    data = mp3(6.0)
    file = file_of(data)
    expected = reference(data)
    sound = ArrivingSound(cache, file)
    arrival = cache.begin(file, 0)
    arrival.write(data[: len(data) // 2])
    assert sound.wait(44_100, 20)
    assert not sound.done.is_set()
    early = sound.read(0, 44_100)
    assert early is not None
    assert np.array_equal(early, expected[:44_100])
    arrival.write(data[len(data) // 2 :])
    assert sound.done.wait(20)
    got = sound.read(0, len(expected) + 1)
    assert got is not None
    assert np.array_equal(got, expected)


def test_a_sound_that_is_dropped_waits_for_nothing(cache: Cache) -> None:
    sound = ArrivingSound(cache, file_of(mp3(0.5)))
    sound.drop()
    assert sound.done.wait(20)
    assert sound.error == ""
