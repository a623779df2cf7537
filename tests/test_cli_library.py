"""The library from the command line does to the files what the library does."""

from __future__ import annotations

import io
import shutil
import wave
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from suno_tui.common.paths import Home
from suno_tui.engine.take import make_take
from suno_tui.library.filing import NewTake
from suno_tui.library.query import EXAMPLES
from suno_tui.library.store import Library
from suno_tui.library.track import Track
from suno_tui.providers.song import Song
from suno_tui.studio import Studio
from tests.command import json_lines, suno_tui
from tests.engine.requests import midi
from tests.library.harness import mp3

SONG = Song(
    custom_mode=True,
    title="Summer Nights",
    style="pop, female voice",
    lyrics="[Verse]\nWalking down the street\n[Chorus]\nSummer nights",
)
SEED = 11


@cache
def sketch() -> bytes:
    take = make_take(SONG, number=1, seed=SEED, progress=lambda *_: None, target_seconds=6)
    return take.mp3


def add(home: Home, title: str = "Rain", data: bytes | None = None, song: Song = SONG) -> Track:
    """File a take as the worker does."""
    studio = Studio.open(home)
    part = home.data / "take.part"
    part.write_bytes(mp3() if data is None else data)
    try:
        return studio.library.add(
            NewTake(
                song=song,
                provider="local",
                model=song.model,
                task_id=f"task of {title}",
                take=1,
                title=title,
                tags="pop, demo",
                created_at=datetime(2026, 4, 1, tzinfo=UTC),
            ),
            part,
            None,
        )
    finally:
        studio.close()


def test_export_copies_what_the_query_finds(home: Home, tmp_path: Path) -> None:
    add(home, "Rain")
    add(home, "City Lights")
    out = tmp_path / "out"
    done = suno_tui("export", "city", "--to", str(out), "--template", "{date}/{title}", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    (line,) = json_lines(done.stdout)
    assert [Path(file) for file in line["files"]] == list(out.rglob("*.mp3"))
    assert [path.name for path in out.rglob("*.mp3")] == ["City Lights.mp3"]
    done = suno_tui("export", "--to", str(tmp_path / "all"), "--zip")
    assert done.stdout.startswith("2 tracks exported")
    assert (tmp_path / "all.zip").is_file()
    assert done.stdout.endswith(f"exported to {tmp_path / 'all.zip'}\n")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["nothing-of-that-name"], "No track matches"),
        (["--template", "{titel}"], "Did you mean {title}"),
        (["ratign:3"], "rating"),
        (["--midi"], "built-in engine"),
        (["--stems", "wav"], "built-in engine"),
    ],
)
def test_export_says_why_not_and_writes_nothing(
    home: Home, tmp_path: Path, arguments: list[str], why: str
) -> None:
    add(home)
    done = suno_tui("export", *arguments, "--to", str(tmp_path / "out"))
    assert done.returncode == 2
    assert why in done.stderr
    assert not (tmp_path / "out").exists()


def test_export_adds_lyrics_in_time(home: Home, tmp_path: Path) -> None:
    track = add(home)
    track.file.with_suffix(".lrc").write_text("[00:01.00]<00:01.00> It <00:01.50> rains")
    for option, line in (("--lrc", "It rains"), ("--lrc-words", "<00:01.00> It <00:01.50> rains")):
        out = tmp_path / option.strip("-")
        suno_tui("export", "--to", str(out), option)
        [file] = out.glob("*.lrc")
        assert file.read_text().splitlines()[-1] == f"[00:01.00]{line}"


def test_export_to_an_unknown_user_is_reported_in_words(home: Home) -> None:
    add(home)
    done = suno_tui("export", "--to", "~nobody-here/music")
    assert done.returncode == 2
    assert "There is no folder ~nobody-here" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.needs("soundfile")
def test_the_score_and_the_stems_of_a_sketch(home: Home, tmp_path: Path) -> None:
    import soundfile

    track = add(home, "Summer Nights", sketch())
    suno_tui("track", "edit", track.id, "--title", "Renamed")  # the file's tags are written anew
    out = tmp_path / "out"
    done = suno_tui("export", "--to", str(out), "--midi", "--stems", "wav")
    assert done.returncode == 0, done.stderr
    assert (out / "Renamed 1.mid").read_bytes() == midi(SONG, seed=SEED, seconds=6)
    stems = {path.stem: read_wav(path) for path in (out / "Renamed 1 stems").iterdir()}
    assert {"drums", "bass", "vocals"} <= set(stems)
    assert len({len(samples) for samples in stems.values()}) == 1
    for role, samples in stems.items():
        assert 0.001 < np.abs(samples).max() < 0.999, role
        assert f"1: {role}" in done.stderr

    assert suno_tui("export", "--to", str(tmp_path / "flac"), "--stems", "flac").returncode == 0
    for role, samples in stems.items():
        same, rate = soundfile.read(str(tmp_path / f"flac/Renamed 1 stems/{role}.flac"))
        assert rate == 44_100
        assert np.abs(same - samples).max() < 1e-6


def test_a_score_that_is_not_that_of_the_file_is_not_handed_out(home: Home, tmp_path: Path) -> None:
    other = Song(custom_mode=True, title="Other", style="metal", lyrics="[Verse]\nOther words")
    add(home, "Summer Nights", sketch(), song=other)
    done = suno_tui("export", "--to", str(tmp_path / "out"), "--midi")
    assert done.returncode == 2
    assert "another piece" in done.stderr
    assert not (tmp_path / "out").exists()


def read_wav(path: Path) -> Any:
    """Return the samples of a 24-bit file, [n, 2], from -1 to 1."""
    with wave.open(io.BytesIO(path.read_bytes())) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 3, 44_100)
        data = np.frombuffer(file.readframes(file.getnframes()), np.uint8).reshape(-1, 3)
    whole = np.zeros((len(data), 4), np.uint8)
    whole[:, 1:] = data
    return whole.view("<i4").reshape(-1, 2) / 2**31


def files(home: Home) -> dict[str, bytes]:
    """Return all files of library and trash, without the names of deletions."""
    return {
        part.name + "/" + "/".join(path.relative_to(part).parts[part == home.trash :]): data
        for part in (home.library, home.trash)
        for path in sorted(part.rglob("*"))
        if path.is_file() and not path.name.startswith(".") and (data := path.read_bytes())
    }


def test_the_command_line_makes_the_same_files_as_the_library(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Do each step in one home by commands, and in a copy of it by the library."""
    tracks = [add(home, title) for title in ("Rain", "Snow")]
    other = tmp_path / "other"
    shutil.copytree(home.data, other)
    monkeypatch.setenv("SUNO_TUI_HOME", str(other))
    twin = Home.find()
    words = tmp_path / "words.txt"
    words.write_text("[Verse]\nOther words\n", encoding="utf-8")
    one, two = (track.id for track in tracks)
    steps: list[tuple[list[str], Callable[[Library], object]]] = [
        (["rate", one[:4], "4"], lambda its: its.annotate(one, rating=4)),
        (
            ["rate", one, two, "2"],
            lambda its: [its.annotate(each, rating=2) for each in (one, two)],
        ),
        (
            ["favorite", one, two],
            lambda its: [its.annotate(each, favorite=True) for each in (one, two)],
        ),
        (["favorite", one, "--off"], lambda its: its.annotate(one, favorite=False)),
        (
            ["edit", one, "--title", "夜 [b]", "--style", "lo-fi", "--lyrics", str(words)],
            lambda its: its.edit(one, title="夜 [b]", style="lo-fi", lyrics=words.read_text()),
        ),
        (
            ["edit", two, "--tags", "", "--notes", "the good one"],
            lambda its: (its.annotate(two, notes="the good one"), its.edit(two, tags="")),
        ),
        (["trash", one, two, one], lambda its: its.trash([one, two])),
        (["restore", two], lambda its: its.restore([two])),
        (["delete", one], lambda its: its.delete([one])),
    ]
    for arguments, do in steps:
        before = files(twin)
        done = suno_tui("track", *arguments, "--json")
        assert (done.returncode, done.stderr) == (0, ""), arguments
        studio = Studio.open(home)
        do(studio.library)
        studio.close()
        assert files(twin) == files(home) != before, arguments


def test_trash_and_restore_are_the_way_and_the_way_back(home: Home) -> None:
    track = add(home)
    before = files(home)
    assert suno_tui("track", "trash", track.id).returncode == 0
    assert suno_tui("library", "--json").stdout == ""
    (line,) = json_lines(suno_tui("track", "trashed", "--json").stdout)
    assert line["id"] == track.id
    assert track.id in suno_tui("track", "trashed").stdout
    assert suno_tui("track", "restore", track.id).returncode == 0
    assert files(home) == before


def test_a_track_that_is_not_there_or_not_the_only_one(home: Home) -> None:
    tracks = [add(home, f"Song {number}") for number in range(30)]
    letters = [track.id[0] for track in tracks]
    twice = next(letter for letter in letters if letters.count(letter) > 1)
    before = files(home)
    for arguments, why in (
        (["rate", "none-such", "3"], "none-such"),
        (["rate", tracks[0].id, "9"], "must be 0 to 5 stars, not '9'"),
        (["trash", tracks[0].id, "none-such"], "none-such"),
        (["rate", tracks[0].id, "none-such", "3"], "none-such"),
        (["favorite", tracks[0].id, "none-such"], "none-such"),
        (["trash", ""], "no track"),
        (["rate", twice, "3"], "begins like that"),
        (["rate", tracks[0].id, "6"], "6"),
        (["edit", tracks[0].id], "--title"),
        (["edit", tracks[0].id, "--lyrics", "/none-such"], "Nothing was changed"),
    ):
        done = suno_tui("track", *arguments)
        assert done.returncode == 2, arguments
        assert why in done.stderr
    assert files(home) == before


def test_playlists_from_the_command_line(home: Home) -> None:
    ids = [add(home, title).id for title in ("A", "B", "C")]
    name = "Late [night]"
    for arguments in (
        ["create", name, ids[0]],
        ["add", name, ids[1], ids[2]],
        ["add", name, ids[2], "--at", "1"],
        ["move", name, "1", "2"],
        ["remove", name, "4"],
        ["rename", name, "Later"],
    ):
        done = suno_tui("playlist", *arguments)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), arguments
    shown = json_lines(suno_tui("playlist", "show", "Later", "--json").stdout)
    assert [line["track"]["title"] for line in shown] == ["A", "C", "B"]
    assert [line["place"] for line in shown] == [1, 2, 3]
    (line,) = json_lines(suno_tui("playlist", "list", "--json").stdout)
    assert line == {"name": "Later", "file": str(home.library / "playlists" / "Later.m3u8")}
    suno_tui("track", "trash", ids[0])
    assert suno_tui("playlist", "show", "Later").stdout.startswith("gone  A 1")
    for arguments in (["show", name], ["remove", "Later", "9"], ["add", "Later", "none-such"]):
        assert suno_tui("playlist", *arguments).returncode == 2
    suno_tui("playlist", "delete", "Later")
    assert suno_tui("playlist", "list").stdout == ""


def test_saved_searches_from_the_command_line(home: Home) -> None:
    assert suno_tui("saved", "save", "Best", "style:lofi", "rating:>=4").returncode == 0
    assert suno_tui("saved", "list").stdout == "Best  style:lofi rating:>=4\n"
    assert suno_tui("saved", "save", "Wrong", "ratign:4").returncode == 2
    for name, query in (("", "fav:yes"), (" ", "fav:yes"), ("q", ""), ("q", " ")):
        done = suno_tui("saved", "save", name, query)
        reason = "Type something" if name.strip() else "A saved search needs a name"
        assert (done.returncode, reason in done.stderr) == (2, True)
    assert suno_tui("saved", "forget", "Best").returncode == 0
    assert suno_tui("saved", "list", "--json").stdout == ""


def test_excluded_words_are_no_options(home: Home, tmp_path: Path) -> None:
    rain, snow = (add(home, title).id for title in ("Rain", "Snow"))
    for arguments, found in (
        (["-title:snow", "--json"], [rain]),
        (["--json", "-rain"], [snow]),
        (["pop", "-hail", "-rain", "--json"], [snow]),
        (["-tag:pop", "--json"], []),
    ):
        done = suno_tui("library", *arguments)
        assert (done.returncode, done.stderr) == (0, ""), arguments
        assert [line["id"] for line in json_lines(done.stdout)] == found, arguments
    done = suno_tui("export", "-rain", "--to", str(tmp_path / "out"))
    assert done.stdout.startswith("1 track exported")
    assert suno_tui("saved", "save", "Dry", "-rain", "-style:folk").returncode == 0
    assert suno_tui("saved", "list").stdout == "Dry  -rain -style:folk\n"
    for wrong in (["library", "--jsn"], ["export", "-rain"], ["queue", "-rain"]):
        assert suno_tui(*wrong).returncode == 2, wrong


@pytest.mark.parametrize("command", [["library"], ["export"], ["saved", "save"]])
def test_the_help_lists_every_word_of_a_query(command: list[str]) -> None:
    shown = " ".join(suno_tui(*command, "-h").stdout.split())
    assert shown.startswith(f"usage: suno-tui {' '.join(command)} ")
    for example in EXAMPLES:
        assert example in shown
