"""Copies that go out: their names, their tags, and what is never overwritten."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import Any

import mutagen
import mutagen.id3
import pytest

from suno_tui.library import export as exporting
from suno_tui.library.export import ExportError, Extra, export
from suno_tui.library.export_template import Template, TemplateError, distinct
from tests.library.harness import House, mp3, wav


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("{title} {take}", "Summer Nights 1"),
        ("{style}/{date} {title} {take:02}", "Pop, Indie/2026-04-01 Summer Nights 01"),
        ("{year}/{month}/{model} {provider}", "2026/04/suno-v5_5 local"),
        ("{title} - {key?} - {take}", "Summer Nights - 1"),
        ("{title} ({key?})", "Summer Nights"),
        ("{key}/{title}", "unknown/Summer Nights"),
        ("{key?}/{title}", "Summer Nights"),
        ("/../{title}/..", "Summer Nights"),
        ("{key?}", "untitled"),
        ("{{{take}}}", "{1}"),
    ],
)
def test_names_by_template(house: House, template: str, name: str) -> None:
    assert Template.parse(template).name(house.add()) == name


@pytest.mark.parametrize(
    ("template", "why"),
    [("{titel}", "{title}"), ("{", "brace"), ("{take:900000000}", "width"), ("{take!r}", "width"),
     ("{title.name}", "{title}"), ("{}", "The fields are")],
)  # fmt: skip
def test_a_bad_template_says_what_is_wrong(
    house: House, tmp_path: Path, template: str, why: str
) -> None:
    with pytest.raises(TemplateError, match=why):
        export([house.add()], tmp_path / "out", template=template)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "title",
    ["../../etc/passwd", "a/b\\c:d*e?f", ".hidden", "con", "CON.txt", "x" * 400, "夜空" * 200,
     "\x1b[2J", "\u202egnp.exe", "-rf", "trailing. . ", "e\u0301" * 120],
)  # fmt: skip
def test_names_stay_inside_and_fit_any_disk(house: House, tmp_path: Path, title: str) -> None:
    out = tmp_path / "out"
    (done,) = export([house.add(title)], out)
    (path,) = done.files
    assert path.parent == out
    assert path.is_file()
    assert len(path.name.encode()) <= 255
    assert path.name[0] not in ".-~"
    assert not set(path.name) & set('/\\:*?"<>|\x1b\u202e')
    assert path.stem.partition(".")[0].casefold() != "con"


def test_names_that_a_disk_could_confuse_are_set_apart() -> None:
    assert distinct(["Rain", "rain", "RAIN", "Snow"]) == ["Rain", "rain (2)", "RAIN (3)", "Snow"]


def test_the_copy_carries_what_the_library_knows(house: House, tmp_path: Path) -> None:
    track = house.add()
    track.file.write_text(track.file.read_text().replace('"Summer Nights"', '"By Hand"'))
    house.library.refresh()
    before = house.files()
    (done,) = export(house.library.tracks(), tmp_path / "out")
    assert done.files[0].name == "By Hand 1.mp3"
    id3: Any = mutagen.id3
    tags = id3.ID3(str(done.files[0]))
    assert str(tags["TIT2"]) == "By Hand"
    assert tags.getall("APIC")
    assert house.files() == before


@pytest.mark.parametrize("data", [mp3(), wav()])
def test_without_tags_there_is_only_sound(house: House, tmp_path: Path, data: bytes) -> None:
    (done,) = export([house.add(data=data)], tmp_path / "out", tags=False)
    file: Any = mutagen.File(str(done.files[0]))
    assert not file.tags
    assert file.info.length == pytest.approx(1, abs=0.1)
    if done.files[0].suffix == ".mp3":
        assert done.files[0].read_bytes() == data


def test_exporting_again_keeps_what_is_there(house: House, tmp_path: Path) -> None:
    tracks = [house.add(), house.add("Rain")]
    out = tmp_path / "out"
    export(tracks, out)
    moments = {path: path.stat().st_mtime_ns for path in out.iterdir()}
    export([*tracks, house.add("Snow")], out)
    assert {path: path.stat().st_mtime_ns for path in moments} == moments
    assert sorted(files(out)) == ["Rain 1.mp3", "Snow 1.mp3", "Summer Nights 1.mp3"]


def test_another_file_in_the_way_stops_it_before_it_begins(house: House, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "Snow 1.mp3").write_bytes(b"mine")
    with pytest.raises(ExportError, match="Snow 1"):
        export([house.add("Rain"), house.add("Snow")], out)
    assert files(out) == {"Snow 1.mp3": b"mine"}
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ExportError, match="is a file"):
        export([house.add("Sun")], tmp_path / "file")
    with pytest.raises(ExportError, match="No track"):
        export([], out)


def test_a_file_that_comes_into_the_way_meanwhile_is_kept(house: House, tmp_path: Path) -> None:
    out = tmp_path / "out"

    def late(done: exporting.Exported) -> None:
        (out / "Snow 1.mp3").write_bytes(b"mine")

    with pytest.raises(ExportError, match="Snow 1"):
        export([house.add("Rain"), house.add("Snow")], out, on_exported=late)
    assert (out / "Snow 1.mp3").read_bytes() == b"mine"
    assert [path.name for path in out.iterdir() if path.name.startswith(".")] == []


def test_a_zip_file_holds_the_same_files(house: House, tmp_path: Path) -> None:
    tracks = [house.add(), house.add("Rain")]
    export(tracks, tmp_path / "out", template="{style}/{title}")
    export(tracks, tmp_path / "album", template="{style}/{title}", archive=True)
    with zipfile.ZipFile(tmp_path / "album.zip") as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == files(tmp_path / "out")
    with pytest.raises(ExportError, match="exists already"):
        export(tracks, tmp_path / "album.zip", archive=True)


def test_what_fails_in_the_middle_leaves_no_half_zip(house: House, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()

    def fail(track: Any, path: Path) -> None:
        raise OSError(28, "No space left on device", str(path))

    with pytest.raises(exporting.ExportStopped, match="No space left"):
        export([house.add()], out / "a.zip", archive=True, extras=[Extra(".mid", fail)])
    assert files(out) == {}
    with pytest.raises(exporting.ExportStopped, match="No space left"):
        export([house.add()], out, extras=[Extra(".mid", fail)])
    assert list(files(out)) == ["Summer Nights 1.mp3"]


def test_extras_stand_beside_the_audio(house: House, tmp_path: Path) -> None:
    def score(track: Any, path: Path) -> None:
        path.write_bytes(b"MThd")

    def stems(track: Any, path: Path) -> None:
        path.mkdir()
        (path / "bass.wav").write_bytes(b"RIFF")

    extras = [Extra(".mid", score), Extra(" stems", stems)]
    tracks = [house.add(), house.add()]
    done = export(tracks, tmp_path / "out", extras=extras)
    names = [
        f"Summer Nights 1{more}{end}"
        for more in ("", " (2)")
        for end in (".mp3", ".mid", " stems/bass.wav")
    ]
    assert sorted(files(tmp_path / "out")) == sorted(names)
    assert sorted(
        path.relative_to(tmp_path / "out").as_posix() for each in done for path in each.files
    ) == sorted(names)
    export(tracks, tmp_path / "a.zip", archive=True, extras=extras)
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert sorted(archive.namelist()) == sorted(names)
    before = files(tmp_path / "out")
    again = export(tracks, tmp_path / "out", extras=extras)
    assert [each.files for each in again] == [each.files for each in done]
    assert files(tmp_path / "out") == before
    (tmp_path / "out" / "Summer Nights 1 stems" / "bass.wav").write_bytes(b"mine")
    with pytest.raises(ExportError, match=r"Summer Nights 1 stems exists already"):
        export(tracks, tmp_path / "out", extras=extras)


def test_only_audio_goes_out_and_no_link_out_of_the_library(house: House, tmp_path: Path) -> None:
    track = house.add()
    secret = tmp_path / "id_rsa"
    secret.write_text("PRIVATE KEY")
    inside = house.folder / ".annex"
    out = house.root / "out"
    track.audio.rename(inside)
    for make, why in (
        (lambda: track.audio.write_bytes(secret.read_bytes()), "not audio"),
        (lambda: track.audio.symlink_to(secret), "link out of the library"),
        (lambda: track.audio.symlink_to("/dev/zero"), "link out of the library"),
        (lambda: os.mkfifo(track.audio), "a pipe, not a file"),
    ):
        make()
        with pytest.raises(ExportError, match=why):
            export([track], out, inside=house.folder)
        with pytest.raises(OSError, match=why):
            house.library.open_sound(track.audio)
        track.audio.unlink()
    assert not list(out.glob("*"))
    track.audio.symlink_to(inside)
    with pytest.raises(ExportError, match="link"):
        export([track], out)
    assert len(export([track], out, inside=house.folder)) == 1


def test_copies_are_not_put_among_the_tracks(house: House, tmp_path: Path) -> None:
    track = house.add()
    before = house.files()
    link = tmp_path / "link"
    link.symlink_to(house.folder)
    for to in (house.folder, house.folder / "best", link):
        with pytest.raises(exporting.ExportError, match="is the library's own folder"):
            export([track], to, inside=house.folder)
    assert house.files() == before
