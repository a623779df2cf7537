"""Harmful files do nothing but get named: the proofs of the review, in their smallest form."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from suno_tui.common.errors import DamagedFile
from suno_tui.media import budget, children, decode, files, limits, picture, tags
from suno_tui.media.errors import Bad, BadAudio, CantPlay
from suno_tui.player.sound import Sound
from tests.library.harness import House, jpeg, wav
from tests.media import bombs
from tests.media.conftest import Spoil

ROOT = Path(__file__).parents[2]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "take.mp3"


def play(path: Path) -> int:
    """Frames with sound."""
    return sum(len(piece) for piece in files.samples(path, 4410)) // 4


@pytest.mark.parametrize("name", ["take.ogg", "take.mp3", "take.wav"])
def test_vorbis_never_reaches_stb_vorbis(tmp_path: Path, name: str) -> None:
    """Proof 15 and 28: 5 of 5 died of it; its name is of no weight."""
    file = tmp_path / name
    file.write_bytes(bombs.vorbis_that_overwrites())
    code = (
        "import sys, miniaudio\nfrom pathlib import Path\n"
        "def no(*_, **__): raise SystemExit('stb_vorbis')\n"
        "for name in dir(miniaudio):\n"
        "    if 'vorbis' in name or name in ('stream_file', 'decode_file', 'decode'):\n"
        "        setattr(miniaudio, name, no)\n"
        "real = miniaudio.stream_any\n"
        "miniaudio.stream_any = lambda s, kind, **k: real(s, kind, **k) if kind.name in "
        "('MP3', 'FLAC', 'WAV') else no()\n"
        "from suno_tui.media import decode, prove\n"
        "path = Path(sys.argv[1])\n"
        "with prove.contents(path) as data: kind = prove.suffix_of(data)\n"
        "assert kind == '.ogg', kind\n"
        "frames = sum(map(len, decode.samples(path, kind))) // 4\n"
        "assert frames == 22050, frames\n"
        "print(prove.prove(path))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(file)], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "duration=0.5" in done.stdout


def test_frames_of_mp3_around_ogg_are_read_as_mp3(file: Path) -> None:
    """A file that is both is decoded as what it is taken for."""
    file.write_bytes(bombs.FRAME * 40 + bombs.vorbis_that_overwrites())
    assert play(file) >= 39 * 1152


def test_compressed_tags_are_measured_before_they_are_unpacked(house: House, file: Path) -> None:
    """Proof 16: one megabyte of tags took all memory of the worker. The song is filed, untagged."""
    file.write_bytes(bombs.compressed_tag(100))
    with pytest.raises(Bad, match="unpack to more"):
        budget.check(file)
    for read in (tags.tempo_and_key, tags.timed_lines, lambda path: tags.private(path, "x")):
        with pytest.raises(Bad, match="unpack to more"):
            read(file)
    assert files.tempo_and_key(file) == (None, "")
    assert files.timed_lines(file) == ()
    with pytest.raises(DamagedFile, match="unpack to more"):
        files.write_tags(file, {})
    with pytest.raises(DamagedFile, match="unpack to more"):
        files.strip_tags(file)
    whole = file.read_bytes()
    assert house.add(audio=file).audio.read_bytes() == whole


def test_honest_compressed_tags_are_read(file: Path) -> None:
    file.write_bytes(bombs.compressed_tag(1))
    budget.check(file)


def test_a_flac_of_hours_is_kept_and_plays_for_one(house: House, tmp_path: Path) -> None:
    """Proof 16: 28 kB were 50 minutes, 298 kB eight hours and 1.7 GB."""
    file = tmp_path / "take.flac"
    file.write_bytes(bombs.endless_flac(2500))
    assert files.prove(file) == (".flac", 0.0, False)
    assert play(file) == limits.LONGEST * decode.RATE


def test_an_mp3_of_hours_is_kept(house: House, file: Path) -> None:
    file.write_bytes(bombs.slow_mp3(limits.LONGEST + 60))
    assert files.prove(file) == (".mp3", 0.0, False)
    track = house.add(audio=file)
    assert (track.kept, track.duration) == (True, 0.0)


def test_an_hour_of_sound_is_mostly_not_in_memory(file: Path) -> None:
    file.write_bytes(bombs.slow_mp3(1200))
    sound = Sound(file)
    assert sound.done.wait(60)
    assert sound.ready > 1190 * 44_100
    store = sound._store
    assert store is not None
    assert store._room.nbytes < 60_000_000
    assert os.fstat(store._file).st_size > 900 * 44_100 * 4 - 44_100 * 40
    across = sound.read(300 * 44_100 - 10, 20)
    assert across is not None
    assert len(across) == 20


def test_atoms_are_counted_before_they_are_objects(tmp_path: Path) -> None:
    file = tmp_path / "take.m4a"
    file.write_bytes(bombs.many_atoms(budget.MOST_ATOMS + 1))
    with pytest.raises(BadAudio, match="parts"):
        files.prove(file)


def test_a_w64_that_would_hang_its_decoder_is_refused_at_once(tmp_path: Path) -> None:
    """Proof 30: `hang.wav`, a W64 of one changed run of bytes, kept the studio from ending."""
    file = tmp_path / "hang.wav"
    guid = b"\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\0\0"
    file.write_bytes(b"riff" + guid + bytes(4096))
    with pytest.raises(CantPlay, match="W64"):
        play(file)
    assert files.prove(file) == (".w64", 0.0, False)


@pytest.mark.parametrize("kind", ["fifo", "folder", "/dev/zero", "loop"])
def test_what_is_no_regular_file_is_not_read(tmp_path: Path, kind: str) -> None:
    """Proof 11: a pipe has no end, nor has /dev/zero."""
    path = tmp_path / "take.mp3"
    match kind:
        case "fifo":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "loop":
            path.symlink_to(path)
        case _:
            path.symlink_to(kind)
    with pytest.raises((BadAudio, OSError)):
        files.prove(path)
    with pytest.raises(CantPlay):
        play(path)
    assert files.pixels(path, (10, 10)) is None
    assert files.timed_lines(path) == ()


def test_a_file_that_is_too_large_is_not_read(file: Path) -> None:
    with file.open("wb") as sparse:
        sparse.write(bombs.FRAME * 4)
        sparse.truncate(limits.LARGEST + 1)
    with pytest.raises(BadAudio, match="at most"):
        files.prove(file)


def test_a_cover_is_opened_by_three_decoders_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Proof 12: a cover that is PostScript ran Ghostscript from PATH."""
    folder, marker = tmp_path / "bin", tmp_path / "gs-was-run"
    folder.mkdir()
    (folder / "gs").write_text(f"#!/bin/sh\ntouch {marker}\n")
    (folder / "gs").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    cover = tmp_path / "a.jpg"
    cover.write_bytes(bombs.POSTSCRIPT)
    with pytest.raises(Bad):
        picture.pixels(cover, (10, 10))
    assert not marker.exists()


def test_other_kinds_of_pictures_are_not_drawn(tmp_path: Path) -> None:
    from PIL import Image

    for kind in ("GIF", "BMP", "TIFF", "PPM", "ICO", "TGA"):
        cover = tmp_path / "a.jpg"
        Image.new("RGB", (16, 16)).save(cover, kind)
        assert files.pixels(cover, (8, 8)) is None, kind
    for kind in ("JPEG", "PNG", "WEBP"):
        Image.new("RGB", (16, 16), (0, 128, 128)).save(cover, kind)
        drawn = files.pixels(cover, (8, 8))
        assert drawn is not None, kind
        assert len(drawn) == 8 * 8 * 3


def test_large_pictures_are_not_drawn(tmp_path: Path) -> None:
    """Proof 13: 7071 x 7071 pixels took 419 MiB."""
    cover = tmp_path / "a.png"
    cover.write_bytes(bombs.png(4001, 4000))
    with pytest.raises(Bad, match="pixels"):
        picture.pixels(cover, (10, 10))
    cover.write_bytes(bombs.png(4000, 4000))
    assert files.pixels(cover, (10, 10)) == bytes(300)


def test_a_jpeg_that_is_drawn_over_and_over_ends(tmp_path: Path, spoilt: Spoil) -> None:
    """Proof 13: 300 scans took 9.7 s. However many there are, the child's seconds end it."""
    spoilt("from suno_tui.media import limits; limits.CPU = 0")
    cover = tmp_path / "a.jpg"
    cover.write_bytes(bombs.jpeg_of_scans(3900, 1000))
    with pytest.raises(children.Lost, match="cpu"):
        children.run("picture", cover, {"size": [400, 400]})
    assert files.pixels(cover, (400, 400)) is None


@pytest.mark.parametrize("seed", ["mp3", "wav", "flac", "ogg", "opus", "m4a"])
def test_mutants_are_refused_or_read(tmp_path: Path, seed: str) -> None:
    """Proof 14, a short run: whatever a file is, the answer is one of ours."""
    data = wav() if seed == "wav" else (bombs.DATA / f"tone.{seed}").read_bytes()
    file = tmp_path / f"take.{seed}"
    for number in range(40):
        rng = random.Random(f"{seed}{number}")
        mutant = bytearray(data)
        for _ in range(rng.choice((1, 4, 16))):
            at = rng.randrange(min(len(mutant), rng.choice((64, 4096, len(mutant)))))
            mutant[at : at + 4] = rng.choice((b"\xff\xff\xff\xff", bytes(4), rng.randbytes(4)))
        file.write_bytes(mutant)
        with contextlib.suppress(BadAudio):
            files.prove(file, whole=False)
        with contextlib.suppress(CantPlay):
            play(file)
        files.timed_lines(file)
    file.write_bytes(data)
    assert files.prove(file).duration > 0.4


def test_a_good_cover_is_drawn_as_before(tmp_path: Path) -> None:
    cover = tmp_path / "a.jpg"
    cover.write_bytes(jpeg())
    drawn = files.pixels(cover, (4, 4))
    assert drawn is not None
    assert all(abs(drawn[at] - value) < 6 for at, value in enumerate((0, 128, 128)))
