"""Audio of kinds that the provider's document doesn't name: kept whole, and not looked into."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import pytest

from suno_tui.common.errors import DamagedFile
from suno_tui.library.export import export
from suno_tui.library.tags import write_tags
from suno_tui.library.timed_lyrics import stored_levels, timed_lyrics
from suno_tui.media import children, files
from suno_tui.media.errors import BadAudio, CantPlay
from suno_tui.media.kinds import PROVIDER_KINDS
from suno_tui.player.waveform import waveform
from tests.library.harness import House, mp3, wav
from tests.media import bombs

WEBM = b"\x1a\x45\xdf\xa3" + bytes(range(256)) * 40
OTHERS = {
    ".flac": (bombs.DATA / "tone.flac").read_bytes(),
    ".ogg": (bombs.DATA / "tone.ogg").read_bytes(),
    ".opus": (bombs.DATA / "tone.opus").read_bytes(),
    ".m4a": (bombs.DATA / "tone.m4a").read_bytes(),
    ".wav": wav(1.0),
    ".webm": WEBM,
    ".aac": b"\xff\xf1\x50\x80" + bytes(range(1, 255)) * 8,
    ".aiff": b"FORM\0\0\x10\0AIFFCOMM" + bytes(500),
    ".w64": b"riff\x2e\x91\xcf\x11" + bytes(500),
}


def test_only_mp3_is_named_by_the_document() -> None:
    assert PROVIDER_KINDS == (".mp3",)


@pytest.mark.parametrize("suffix", OTHERS)
def test_another_kind_is_a_track_of_its_own_bytes(
    house: House, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Paid for is paid for: byte by byte, under its own suffix, and no parser has seen it."""
    jobs = []
    run = children.run

    def watched(job: str, *args: object) -> object:
        jobs.append(job)
        return run(job, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(children, "run", watched)
    data = OTHERS[suffix]
    track = house.add(data=data, audio=house.part(data))
    assert track.audio.suffix == suffix
    assert track.audio.read_bytes() == data
    assert (track.kept, track.duration, track.bpm) == (True, 0.0, None)
    assert track.sha256 == hashlib.sha256(data).hexdigest()
    table = tomllib.loads(track.file.read_text())
    assert (table["title"], table["sha256"]) == ("Summer Nights", track.sha256)
    assert "Walking down" in table["lyrics"]
    assert (timed_lyrics(track), stored_levels(track)) == ((), b"")
    assert house.open().tracks("summer") == [track]
    assert house.library.damaged() == []
    assert not any(house.incoming.iterdir())
    assert jobs == ["prove"], "it was looked at to know its kind, and no further"


def test_editing_and_exporting_leave_it_alone(house: House, tmp_path: Path) -> None:
    track = house.add(data=WEBM)
    edited = house.library.edit(track.id, title="Another name", lyrics="")
    assert edited.title == "Another name"
    assert edited.audio.read_bytes() == WEBM
    with pytest.raises(DamagedFile, match="as it came"):
        write_tags(track.audio, track, None)
    (out,) = export([edited], tmp_path / "out")
    assert [path.read_bytes() for path in out.files] == [WEBM]
    assert out.files[0].suffix == ".webm"
    house.library.trash([track.id])
    (back,) = house.library.restore([track.id])
    assert back.audio.read_bytes() == WEBM


def test_its_missing_end_is_damage(house: House) -> None:
    track = house.add(data=WEBM)
    track.audio.write_bytes(WEBM[:-10])
    house.library.rescan([track.audio])
    (damaged,) = house.library.damaged()
    assert f"only {len(WEBM) - 10:,} of {len(WEBM):,} bytes" in damaged.why


def test_it_is_decoded_when_it_is_played(house: House) -> None:
    track = house.add(data=OTHERS[".flac"])
    assert max(waveform(track.audio)) > 50
    track = house.add(data=WEBM)
    with pytest.raises(CantPlay, match=r"can't play WEBM. `o` opens the file"):
        waveform(track.audio)


def test_a_known_suffix_is_kept_if_the_bytes_are_unknown(house: House) -> None:
    """As `fetch` hands it over: it knows that what came is no page."""
    data = bytes(range(256)) * 8
    assert house.add(audio=house.part(data, "take.wma")).audio.suffix == ".wma"
    track = house.add(audio=house.part(data, "take.xyz"))
    assert (track.audio.suffix, track.audio.read_bytes()) == (".bin", data)
    for name in ("take.mp3", "take.part", "take"):
        with pytest.raises(BadAudio, match="not audio"):
            house.add(audio=house.part(data, name))
    for page in (b"", b"<html>", b'{"error": 1}'):
        with pytest.raises(BadAudio):
            house.add(audio=house.part(page, "take.webm"))


@pytest.mark.parametrize(
    "data", [mp3(3.0)[:-2000], b"<html>sorry</html>", bytes(4096), b'{"error": "expired"}']
)
def test_the_last_resort_keeps_anything_as_it_came(house: House, data: bytes) -> None:
    """The provider's hours are over: what was fetched is all that there will ever be."""
    part = house.part(data, "take.mp3")
    with pytest.raises(BadAudio):
        house.add(audio=part)
    track = house.add(audio=part, as_it_came=True)
    assert track.audio.read_bytes() == data
    assert track.kept
    with pytest.raises(BadAudio, match="empty"):
        house.add(audio=house.part(b"", "take.mp3"), as_it_came=True)


def test_what_makes_a_decoder_crash_can_be_kept(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(job: str, *_: object) -> object:
        raise children.Lost("crash")

    monkeypatch.setattr(children, "run", crash)
    part = house.part(mp3(), "take.mp3")
    with pytest.raises(BadAudio, match="crashed"):
        house.add(audio=part)
    assert house.add(audio=part, as_it_came=True).audio.read_bytes() == mp3()


def test_a_kept_mp3_is_not_tagged_or_read(house: House) -> None:
    track = house.add(audio=house.part(mp3()[:-2000], "take.mp3"), as_it_came=True)
    house.library.edit(track.id, title="Else")
    assert track.audio.read_bytes() == mp3()[:-2000]
    assert files.timed_lines(track.audio) == ()
