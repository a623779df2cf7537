"""A speech program through the vocoder: phones, pitch and time of the score; the voice's name."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import mutagen.id3
import numpy as np
import pyloudnorm
import pytest
from numpy.typing import NDArray

from suno_tui.engine.compose import compose
from suno_tui.engine.lyrics import syllables
from suno_tui.engine.plan import plan
from suno_tui.engine.score import SungLine, SungNote
from suno_tui.engine.take import Take
from suno_tui.engine.voice.singer import render, singer
from suno_tui.engine.voice.speech import choose, phones, say, usable
from suno_tui.engine.voice.tract import HOP
from suno_tui.providers.song import Song
from suno_tui.server.rerender import NotASketch, NoVoice, Sketch
from tests.engine.test_voice import pitch_of, spectrum

SongMaker = Callable[..., Song]
TakeMaker = Callable[..., Take]
Decoder = Callable[[bytes], NDArray[np.float32]]
LEAD_IN = 40 * HOP

needs_espeak = pytest.mark.needs("espeak-ng")
needs_flite = pytest.mark.needs("flite")


def sung(song: Song, text: str, pitch: int, voice: str = "flite") -> NDArray[np.float32]:
    """A line at 60 bpm with a syllable each two beats, in a speech program's voice."""
    chosen = plan(song, number=1, seed=1, target_seconds=4)
    notes = tuple(SungNote(i * 2.0, 1.9, pitch, 0.8, s) for i, s in enumerate(syllables(text)))
    line = SungLine(text, notes)
    speech = say(phones(line), chosen.gender, voice)
    assert speech is not None
    return render(replace(compose(chosen), bpm=60.0), line, singer(chosen),
                  np.random.default_rng(1), speech=speech)  # fmt: skip


def facts(take: Take) -> Any:
    id3: Any = mutagen.id3
    return json.loads(id3.ID3(io.BytesIO(take.mp3))["TXXX:sketch"].text[0])


@needs_flite
def test_every_phone_of_the_score_is_said_in_order() -> None:
    sounds = ("S", "AH", "M", "ER", "N", "AY", "T", "S", "OY", "ZH", "UH", "HH", "NG")
    speech = say(sounds, "f")
    assert speech is not None
    assert len(speech.bounds) == len(sounds) + 1
    assert (np.diff(speech.bounds) > 0).all()
    assert np.isfinite(speech.envelope).all()


@pytest.mark.parametrize(("gender", "pitch"), [("f", 69), ("m", 50)])
@pytest.mark.parametrize(
    ("voice", "word"),
    [
        pytest.param("flite", "ah", marks=needs_flite),
        pytest.param("flite", "moon", marks=needs_flite),
        pytest.param("espeak-ng", "moon", marks=needs_espeak),
    ],
)
def test_a_note_is_sung_at_its_pitch(
    song: SongMaker, gender: str, pitch: int, voice: str, word: str
) -> None:
    sound = sung(song(vocal_gender=gender, style="rap"), word, pitch, voice)
    middle = sound[LEAD_IN + 20_000 : LEAD_IN + 60_000]
    assert abs(1200 * np.log2(pitch_of(middle) / (440 * 2 ** ((pitch - 69) / 12)))) < 30


@needs_flite
def test_a_hiss_comes_before_the_beat_and_vowels_differ(song: SongMaker) -> None:
    def power(word: str, begin: int, end: int) -> NDArray[np.float64]:
        sound = sung(song(vocal_gender="m", style="rap"), word, 50)
        return spectrum(sound[LEAD_IN + begin : LEAD_IN + end]) ** 2

    hiss = power("see", -3500, -800)
    assert hiss[4000:10_000].sum() > 3 * hiss[100:2000].sum()

    def balance(word: str) -> float:
        vowel = power(word, 20_000, 60_000)
        return float(10 * np.log10(vowel[1900:2600].sum() / vowel[700:1300].sum()))

    assert balance("bee") > balance("boo") + 6


@needs_flite
def test_a_take_of_flite_keeps_the_bars_and_says_who_sang(
    song: SongMaker, take: TakeMaker, decode: Decoder, monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str], tmp_path: Path,
) -> None:  # fmt: skip
    own = take(song(), seconds=9)
    assert facts(own)["voice"] == "formant"
    monkeypatch.setenv("SUNO_TUI_VOICE", "flite")
    made = take(song(), seconds=9)
    assert made == take(song(), seconds=9)
    assert made.lines == own.lines
    assert made.mp3 != own.mp3
    assert facts(made)["voice"] == "flite"
    sound = decode(made.mp3)
    assert pyloudnorm.Meter(44_100).integrated_loudness(sound) == pytest.approx(-14, abs=1)
    assert np.abs(sound).max() < 1
    assert capfd.readouterr() == ("", "")
    file = tmp_path / "sung.mp3"
    file.write_bytes(made.mp3)
    sketch = Sketch.read(file, song())
    monkeypatch.setenv("SUNO_TUI_VOICE", "formant")
    sketch.write_stems(file, tmp_path / "flite", "wav", lambda *_: None)
    replace(sketch, voice="formant").write_stems(file, tmp_path / "formant", "wav", lambda *_: None)
    vocals = [(tmp_path / name / "vocals.wav").read_bytes() for name in ("flite", "formant")]
    basses = [(tmp_path / name / "bass.wav").read_bytes() for name in ("flite", "formant")]
    assert vocals[0] != vocals[1]
    first, second = (np.frombuffer(bass[44:], np.uint8)[2::3].view(np.int8) for bass in basses)
    assert np.corrcoef(first, second)[0, 1] > 0.99, "the same notes, that make way for the voice"
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoVoice, match="sung by flite"):
        sketch.write_stems(file, tmp_path / "again", "wav", lambda *_: None)
    assert not (tmp_path / "again").exists()


def program(folder: Path, body: str) -> Path:
    """A program of that name that does something else."""
    folder.mkdir()
    file = folder / "flite"
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(0o755)
    return folder


def test_the_engine_sings_itself_where_flite_can_not(
    song: SongMaker, take: TakeMaker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    own = take(song(), seconds=9)
    monkeypatch.setenv("SUNO_TUI_VOICE", "flite")
    system = os.environ["PATH"]
    for name, body in (("none", "exit 1"), ("few", "echo Voices available: kal")):
        monkeypatch.setenv("PATH", f"{program(tmp_path / name, body)}:{system}")
        assert choose() == "formant"
        assert take(song(), seconds=9) == own
    lies = 'echo "Voices: slt rms"; echo noise >&2; echo "pau:0.1 s:nonsense"'
    monkeypatch.setenv("PATH", f"{program(tmp_path / 'lies', lies)}:{system}")
    say.cache_clear()
    assert choose() == "flite"
    assert say(("S", "IY"), "f") is None
    assert take(song(), seconds=9).duration == own.duration
    assert capfd.readouterr() == ("", "")
    say.cache_clear()


@needs_espeak
def test_espeak_says_the_phones_of_the_score_too() -> None:
    sounds = ("S", "AH", "M", "ER", "N", "AY", "T", "S", "OY", "ZH", "UH", "HH", "NG")
    speech = say(sounds, "f", "espeak-ng")
    assert speech is not None
    assert len(speech.bounds) == len(sounds) + 1
    assert all(a < b for a, b in zip(speech.bounds, speech.bounds[1:], strict=False))
    assert speech.envelope.shape[0] >= speech.bounds[-1] / 0.005
    assert say(("S", "?"), "f", "espeak-ng") is None


def test_a_speech_program_sings_unasked_where_one_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SUNO_TUI_VOICE")
    voices = ("hts", "flite", "espeak-ng", "formant")
    assert choose() == next(v for v in voices if usable(v))
    monkeypatch.setenv("SUNO_TUI_VOICE", "espeak-ng")
    assert choose() == ("espeak-ng" if usable("espeak-ng") else "formant")
    monkeypatch.setenv("SUNO_TUI_VOICE", "formant")
    assert choose() == "formant"


def test_a_file_that_names_another_singer_is_not_believed(
    song: SongMaker, take: TakeMaker, tmp_path: Path
) -> None:
    made = take(song(), seconds=5)
    file = tmp_path / "a.mp3"
    file.write_bytes(made.mp3.replace(b'"voice": "formant"', b'"voice": "format1"'))
    with pytest.raises(NotASketch):
        Sketch.read(file, song())
