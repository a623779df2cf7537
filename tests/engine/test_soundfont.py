"""A SoundFont of the system plays the acoustic instruments; a damaged one is ignored."""

from __future__ import annotations

import os
import random
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from suno_tui.engine import stems
from suno_tui.engine.score import Note, Part, Score
from suno_tui.engine.synth import fontfile, kits, recordings
from suno_tui.engine.synth.dsp import RATE, Audio
from suno_tui.engine.synth.fontfile import find
from suno_tui.engine.synth.instruments import INSTRUMENTS
from suno_tui.engine.synth.soundfont import DRUMS, SoundFont, opened, trouble
from suno_tui.engine.take import Take
from suno_tui.engine.theory import Key
from suno_tui.providers.song import Song
from tests.needs import FONT

OGG = Path(__file__).with_name("sine.ogg").read_bytes()
"""Half a second of a sine with 100 samples a period (441 Hz), packed as in an SF3."""


def chunk(name: bytes, data: bytes, pad: bool = True) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2 * pad)


Presets = tuple[tuple[int, int], ...]
"""Programs and their banks, all with the same sound."""


def packed_file(path: Path, sound: bytes = OGG) -> Path:
    """The same font as an SF3, whose writers leave out the padding of an odd chunk."""
    sound += b"\x07" * (len(sound) % 2 == 0)
    return write_font(
        path, chunk(b"smpl", sound, pad=False), len(sound), (10_000, 20_000), -4, 0x11
    )


def font_file(path: Path, hertz: float = 440.0, presets: Presets = ((0, 0),)) -> Path:
    """A font with one program, 0, or others: a looped sine recorded at A4."""
    period = 44_100 / hertz
    count = round(period * 40)
    wave = (np.sin(2 * np.pi * np.arange(count) / period) * 20_000).astype("<i2")
    loop = (round(period * 4), round(period * 36))
    return write_font(path, chunk(b"smpl", wave.tobytes()), count, loop, 0, 1, presets)


def write_font(
    path: Path,
    samples: bytes,
    end: int,
    loop: tuple[int, int],
    cents: int,
    kind: int,
    presets: Presets = ((0, 0),),
) -> Path:
    name = b"sine".ljust(20, b"\0")
    generators = struct.pack("<HhHhHh", 54, 1, 38, -2000, 53, 0)
    tables = b"".join([
        chunk(b"phdr", b"".join(struct.pack("<20sHHHIII", name, program, bank, i, 0, 0, 0)
                                for i, (program, bank) in enumerate(presets))
              + struct.pack("<20sHHHIII", b"EOP", 0, 0, len(presets), 0, 0, 0)),
        chunk(b"pbag", b"".join(struct.pack("<HH", i, 0) for i in range(len(presets) + 1))),
        chunk(b"pmod", b"\0" * 10),
        chunk(b"pgen", struct.pack("<Hh", 41, 0) * len(presets) + bytes(4)),
        chunk(b"inst", struct.pack("<20sH", name, 0) + struct.pack("<20sH", b"EOI", 1)),
        chunk(b"ibag", struct.pack("<HHHH", 0, 0, 3, 0)),
        chunk(b"imod", b"\0" * 10),
        chunk(b"igen", generators + struct.pack("<Hh", 0, 0)),
        chunk(b"shdr", struct.pack("<20sIIIIIBbHH", name, 0, end, *loop, 44_100, 69, cents, 0, kind)
              + struct.pack("<20sIIIIIBbHH", b"EOS", *[0] * 9)),
    ])  # fmt: skip
    body = (b"sfbk" + chunk(b"LIST", b"INFO" + chunk(b"ifil", struct.pack("<HH", 2, 1)))
            + chunk(b"LIST", b"sdta" + samples, pad=False)
            + chunk(b"LIST", b"pdta" + tables))  # fmt: skip
    path.write_bytes(chunk(b"RIFF", body))
    return path


@pytest.mark.parametrize("pitch", [57, 69, 76])
@pytest.mark.parametrize("make", [font_file, packed_file])
def test_a_note_of_a_font_is_in_tune_and_lasts(
    tmp_path: Path, make: Callable[[Path], Path], pitch: int
) -> None:
    font = SoundFont(make(tmp_path / "a.sf2"))
    assert font.has(0)
    assert not font.has(48)
    sound = font.play(0, pitch, 1.0, 0.8)
    assert sound is not None
    assert sound.shape[0] == 2
    spectrum = np.abs(np.fft.rfft(sound[0, 4000:40_000] * np.hanning(36_000), 1 << 18))
    heard = float(np.argmax(spectrum)) * 44_100 / (1 << 18)
    assert abs(1200 * np.log2(heard / (440 * 2 ** ((pitch - 69) / 12)))) < 5
    assert np.abs(sound[:, 40_000:44_000]).max() > 0.3
    assert np.abs(sound[:, -400:]).max() < 0.1


def test_a_packed_sample_that_is_broken_is_as_if_it_were_not_there(tmp_path: Path) -> None:
    font = SoundFont(packed_file(tmp_path / "a.sf3", OGG[:300] + bytes(400)))
    assert font.play(0, 69, 1.0, 0.8) is None


def test_a_font_of_the_system_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUNO_TUI_SOUNDFONT", "")
    monkeypatch.setattr(fontfile, "_FOLDERS", (str(tmp_path / "none"), str(tmp_path)))
    assert find() is None
    (tmp_path / "readme.txt").touch()
    assert find() is None
    packed_file(tmp_path / "a.sf3")
    assert find() == tmp_path / "a.sf3"


def test_a_font_that_is_damaged_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUNO_TUI_SOUNDFONT", "")
    monkeypatch.setattr(fontfile, "_FOLDERS", (str(tmp_path),))
    (tmp_path / "a.sf2").symlink_to(tmp_path / "gone.sf2")
    (tmp_path / "b.sf2").write_bytes(b"half a download")
    (tmp_path / "c.sf2").mkdir()
    os.mkfifo(tmp_path / "d.sf2")
    good = font_file(tmp_path / "e.sf2")
    assert find() == good


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (b"RIFF", b"RIFX", "this is not a SoundFont"),
        (b"shdr", b"what", "it has no shdr chunk"),
        (b"igen" + struct.pack("<I", 16), b"igen" + struct.pack("<I", 15), "tables are damaged"),
        (struct.pack("<HHHH", 0, 0, 3, 0), struct.pack("<HHHH", 9, 0, 3, 0), "tables are damaged"),
        (struct.pack("<Hh", 41, 0), struct.pack("<Hh", 41, 77), "recordings can't be played"),
    ],
)
def test_what_is_wrong_with_a_font_is_named(
    tmp_path: Path, old: bytes, new: bytes, why: str
) -> None:
    file = font_file(tmp_path / "a.sf2", hertz=441.0)
    assert trouble(file) is None
    whole = file.read_bytes()
    assert old in whole
    file.write_bytes(whole.replace(old, new))
    told = trouble(file)
    assert told is not None
    assert told.startswith(f"{file}: ")
    assert why in told
    assert told.endswith("The engine plays its own instruments.")


def test_what_is_no_file_is_named_and_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.sf2")
    for path in (tmp_path, tmp_path / "pipe.sf2"):
        assert "this is not a file" in (trouble(path) or "")
        assert "this is not a file" in (fontfile.trouble(str(path)) or "")
    assert "No such file" in (fontfile.trouble("~nobody-of-this-name/a.sf2") or "")


def test_a_damaged_font_never_stops_a_song(tmp_path: Path) -> None:
    wholes = (
        font_file(tmp_path / "a.sf2").read_bytes(),
        packed_file(tmp_path / "a.sf3").read_bytes(),
    )
    extremes = (0, 1, 0x7FFF, 0x8000, 0xFFFF)
    rng = random.Random(7)
    refused = 0
    for i in range(300):
        damaged = bytearray(wholes[i % 2])
        tables = damaged.index(b"phdr")
        kind = i // 2 % 4
        if kind == 0:
            del damaged[rng.randrange(len(damaged)) :]
        elif kind == 1:
            name = rng.choice((b"LIST", b"smpl", b"pgen", b"inst", b"igen", b"shdr"))
            at = damaged.index(name) + rng.choice((0, 4))
            damaged[at : at + 4] = struct.pack("<I", rng.choice((0, 2**31, 2**32 - 1)))
        else:
            for _ in range(rng.randrange(1, 12)):
                at = tables + rng.randrange(len(damaged) - tables - 2) // 2 * 2
                damaged[at : at + 2] = struct.pack("<H", rng.choice(extremes))
        file = tmp_path / f"{i}.sf2"
        file.write_bytes(damaged)
        told = trouble(file)
        assert told is None or told.startswith(f"{file}: ")
        font = opened(file)
        refused += font is None
        for pitch in (0, 69, 127):
            if font is not None and font.has(0):
                sound = font.play(0, pitch, 0.1, 0.8)
                assert sound is None or np.isfinite(sound).all()
        file.unlink()
    assert 60 < refused < 290


def test_a_tuning_beyond_all_numbers_is_as_if_the_recording_were_not_there(tmp_path: Path) -> None:
    file = font_file(tmp_path / "a.sf2")
    whole = file.read_bytes()
    file.write_bytes(whole.replace(struct.pack("<Hh", 38, -2000), struct.pack("<Hh", 56, 32767)))
    assert SoundFont(file).play(0, 127, 0.1, 0.8) is None


def test_a_recording_that_is_all_but_silent_is_as_if_it_were_not_there(tmp_path: Path) -> None:
    file = font_file(tmp_path / "a.sf2")
    whole = file.read_bytes()
    file.write_bytes(whole.replace(struct.pack("<Hh", 38, -2000), struct.pack("<Hh", 48, 32767)))
    assert SoundFont(file).play(0, 69, 0.1, 0.8) is None


def test_chunks_within_chunks_are_not_followed_for_ever(tmp_path: Path) -> None:
    file = tmp_path / "a.sf2"
    deep = b"".join(b"LIST" + struct.pack("<I", 60_000 - 12 * i) + b"sdta" for i in range(5000))
    for body in (deep, bytes(4_000_000)):
        file.write_bytes(b"RIFF" + struct.pack("<I", len(body) + 4) + b"sfbk" + body)
        assert trouble(file) is not None


def test_the_environment_names_the_font(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUNO_TUI_SOUNDFONT", "off")
    assert find() is None
    monkeypatch.setenv("SUNO_TUI_SOUNDFONT", str(tmp_path / "mine.sf2"))
    assert find() == tmp_path / "mine.sf2"


def test_a_take_uses_the_font_and_survives_a_broken_one(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    song: Callable[..., Song],
    take: Callable[..., Take],
) -> None:
    piano = song(style="solo piano", instrumental=True)
    monkeypatch.setenv("SUNO_TUI_SOUNDFONT", "off")
    plain = take(piano, seconds=3)
    monkeypatch.setenv("SUNO_TUI_SOUNDFONT", str(font_file(tmp_path / "good.sf2")))
    assert take(piano, seconds=3).mp3 != plain.mp3
    monkeypatch.setenv("SUNO_TUI_SOUNDFONT", str(packed_file(tmp_path / "good.sf3")))
    assert take(piano, seconds=3).mp3 != plain.mp3
    for name, data in (
        ("no.sf2", b"RIFF nothing"),
        ("cut.sf2", font_file(tmp_path / "c.sf2").read_bytes()[:600]),
        ("empty.sf2", b""),
    ):
        broken = tmp_path / name
        broken.write_bytes(data)
        assert opened(broken) is None
        monkeypatch.setenv("SUNO_TUI_SOUNDFONT", str(broken))
        assert take(piano, seconds=3).mp3 == plain.mp3


def played(instrument: str, pitch: int = 69) -> Audio:
    """A note of a second, played by an instrument."""
    score = Score(60.0, 4, Key(9, "minor"), (), (), (), ())
    part = Part("chords", instrument, (Note(0.5, 1.0, pitch, 0.8),))
    return stems.play(score, part, 2 * RATE, 1, lambda _: None)


def partials(sound: Audio) -> list[float]:
    """The level of the first five partials of A4, in dB beside the first."""
    power = np.abs(np.fft.rfft(sound[0, RATE : RATE + 22_050] * np.hanning(22_050), RATE)) ** 2
    levels = [10 * np.log10(power[440 * k - 8 : 440 * k + 8].sum() + 1e-12) for k in range(1, 6)]
    return [float(level - levels[0]) for level in levels]


def test_a_recorded_guitar_is_doubled_and_amplified_and_a_bass_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    presets = ((29, 0), (27, 0), (33, 0))
    monkeypatch.setenv("SUNO_TUI_SOUNDFONT", str(font_file(tmp_path / "a.sf2", presets=presets)))
    driven, bass = played("metal_guitar"), played("finger_bass")
    assert max(partials(driven)[1:]) > -20, "the amplifier distorts the sine"
    assert max(partials(bass)[1:]) < -40
    assert len(driven) == 2
    assert not np.allclose(driven[0], driven[1])
    early = slice(int(0.5 * RATE), int(0.508 * RATE))
    assert np.abs(driven[0, early]).max() > 20 * np.abs(driven[1, early]).max()


def test_the_kits_of_drummers_are_recordings_and_those_of_machines_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert recordings.drum("rock", "kick", 0, 2) is None
    monkeypatch.setenv("SUNO_TUI_SOUNDFONT", str(font_file(tmp_path / "a.sf2")))
    assert recordings.drum("rock", "kick", 0, 2) is None, "this font has no kit"
    kit = font_file(tmp_path / "kit.sf2", presets=((0, 0), (0, DRUMS)))
    monkeypatch.setenv("SUNO_TUI_SOUNDFONT", str(kit))
    for name in kits.KITS["rock"]:
        found = [recordings.drum("rock", name, turn, 2) for turn in range(2)]
        if name in recordings._KEYS:
            assert found[0] is not None
            assert np.abs(found[0]).max() == pytest.approx(1.0, abs=0.02)
            assert found[1] is not None
            assert not np.array_equal(found[0][:2000], found[1][:2000]), "no two are the same"
    for kit_name in ("brush", "club", "trap"):
        assert recordings.drum(kit_name, next(iter(kits.KITS[kit_name])), 0, 2) is None


def test_a_silent_drum_of_a_font_is_synthesised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    silence = chunk(b"smpl", bytes(4000))
    kit = write_font(tmp_path / "a.sf2", silence, 2000, (500, 1500), 0, 1, ((0, 0), (0, DRUMS)))
    monkeypatch.setenv("SUNO_TUI_SOUNDFONT", str(kit))
    assert recordings.drum("rock", "kick", 0, 2) is None


def test_a_part_with_a_recording_that_is_broken_is_synthesised_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = played("piano")
    broken = packed_file(tmp_path / "a.sf3", OGG[:300] + bytes(400))
    monkeypatch.setenv("SUNO_TUI_SOUNDFONT", str(broken))
    assert np.array_equal(played("piano"), own)


@pytest.mark.needs("soundfont")
def test_the_font_of_debian_plays_a_band(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUNO_TUI_SOUNDFONT", str(FONT))

    def centre(sound: Audio) -> float:
        """The middle of a sound's spectrum, in Hz."""
        power = np.abs(np.fft.rfft(sound, RATE)) ** 2
        return float((np.arange(len(power)) * power).sum() / power.sum())

    found = {}
    for name in ("kick", "snare", "hat"):
        stroke = recordings.drum("rock", name, 1, 2)
        assert stroke is not None
        found[name] = centre(stroke)
    assert found["kick"] < 400 < found["snare"] < found["hat"]
    assert found["hat"] > 4000
    for name, pitch in (("power_guitar", 45), ("finger_bass", 33), ("strings", 69)):
        assert recordings.notes(INSTRUMENTS[name]) is not None
        sound = played(name, pitch)
        power = np.abs(np.fft.rfft(sound.mean(axis=0), 1 << 18))
        hertz = 440 * 2 ** ((pitch - 69) / 12)
        near = [
            power[round(hertz * k * (1 << 18) / RATE) + i] for k in (1, 2) for i in range(-6, 7)
        ]
        assert max(near) > 0.2 * power.max(), name
