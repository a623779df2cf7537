"""Make the score and the stems of a track of the built-in engine.

Each MP3 of the engine has its seed in a tag (`TXXX:sketch`), which together with the song gives the
same notes again. They are first compared with the file's tempo, key and timed lyrics, since an
engine that has changed would play another piece.
"""

from __future__ import annotations

import json
import wave
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from suno_tui.common.errors import StudioError, UsageError
from suno_tui.providers.song import Song

if TYPE_CHECKING:
    from suno_tui.engine.score import Score

HEADROOM = 0.5
"""The gain of all stems; without it their peaks may be a little above 1."""

KINDS = ("wav", "flac")
_TAG = "TXXX:sketch"


class NotASketch(UsageError):
    """The track was not made by the built-in engine, or its tag is gone."""

    title = "The track has no score"
    code = "not_a_sketch"


class NoVoice(StudioError):
    """The voice of the track is not installed on this machine."""

    title = "The track's voice is not installed"
    code = "no_voice"
    exit_code = 2


class AnotherEngine(StudioError):
    """The engine has changed since it made the track, and would play another piece."""

    title = "The track can't be composed again"
    code = "another_engine"
    exit_code = 2


@dataclass(frozen=True, slots=True)
class Sketch:
    """The input from which the engine made a take."""

    song: Song
    number: int
    seed: int
    target_seconds: float | None
    voice: str = "formant"

    @classmethod
    def read(cls, audio: Path, song: Song | None, *, exact: bool = True) -> Sketch:
        """Read it from an audio file and the song that was sent. Raises `NotASketch`.

        `exact` says that the parameters were sent as fields and not in words (`Song.to_wire`).
        """
        tags = _tags(audio)
        try:
            facts = json.loads(tags[_TAG].text[0])
            number, seed, seconds = facts["take"], facts["seed"], facts["target_seconds"]
            voice = facts.get("voice", "formant")
        except (KeyError, IndexError, TypeError, ValueError):
            facts = None
        if song is None or facts is None or not _possible(number, seed, seconds, voice):
            raise NotASketch(
                f"{audio}: only tracks of the built-in engine have a score and stems. This one was "
                "made by another provider, or before the engine kept what is needed. Leave it out "
                "with provider:local or another filter."
            )
        wire = song.to_wire(exact=exact)
        return cls(Song.from_wire(wire["model"], wire["input"]), number, seed, seconds, voice)

    def compose_again(self, audio: Path) -> Score:
        """Compose the score again. Raises `AnotherEngine` if it differs from the file's."""
        from suno_tui.engine.compose import compose
        from suno_tui.engine.plan import plan as make_plan

        plan = make_plan(
            self.song, number=self.number, seed=self.seed, target_seconds=self.target_seconds
        )
        score = compose(plan)
        tags = _tags(audio)
        in_file = [pair for frame in tags.getall("SYLT") if not frame.desc for pair in frame.text]
        composed = [(line.text, round(score.seconds(line.start) * 1000)) for line in score.lines]
        tempo_and_key = [
            str(frame.text[0]) for name in ("TBPM", "TKEY") for frame in tags.getall(name)
        ]
        if in_file != composed or tempo_and_key != [str(round(plan.bpm)), str(plan.key)]:
            raise AnotherEngine(
                f"{audio}: the engine has changed since it made this track; the score and stems "
                "would be those of another piece."
            )
        return score

    def write_midi(self, audio: Path, file: Path) -> None:
        """Write the score as a Standard MIDI File. Raises `AnotherEngine`."""
        from suno_tui.engine.midi import score_to_midi

        file.write_bytes(score_to_midi(self.compose_again(audio)))

    def write_stems(
        self, audio: Path, folder: Path, kind: str, progress: Callable[[str, float], None]
    ) -> None:
        """Write one file for each role into a new folder: stereo, 24 bits, with `HEADROOM`.

        This takes about as long as making the take. Raises `AnotherEngine`, `NoVoice`.
        """
        from suno_tui.engine.take import make_stems
        from suno_tui.engine.voice.speech import usable

        self.compose_again(audio)
        if not usable(self.voice):
            singer = "the statistical voice hts" if self.voice == "hts" else self.voice
            raise NoVoice(
                f"{audio} was sung by {singer}, which is not installed here; without it the "
                "stems would have another voice. Install it and try again."
            )
        folder.mkdir()
        write = _WRITERS[kind]
        make_stems(
            self.song,
            number=self.number,
            seed=self.seed,
            target_seconds=self.target_seconds,
            voice=self.voice,
            progress=progress,
            save=lambda role, samples: write(folder / f"{role}.{kind}", samples * HEADROOM),
        )


def check_format(kind: str) -> None:
    """Raise `UsageError` for FLAC if it can't be written here."""
    if kind == "flac":
        try:
            import_module("soundfile")
        except (ImportError, OSError):
            raise UsageError(
                "FLAC needs the package soundfile: pip install 'suno-tui[export]', or ask for wav."
            ) from None


def _possible(number: object, seed: object, seconds: object, voice: object) -> bool:
    """Return whether the values of a tag are valid, as the file may come from anywhere."""
    from suno_tui.engine.voice.speech import VOICES

    return (
        voice in VOICES
        and type(number) is int
        and 1 <= number < 2**22
        and type(seed) is int
        and 0 <= seed < 2**63
        and (seconds is None or (type(seconds) in (int, float) and 1 <= seconds <= 600))  # type: ignore[operator]
    )


def _tags(audio: Path) -> Any:
    from mutagen import MutagenError

    id3: Any = import_module("mutagen.id3")
    try:
        return id3.ID3(str(audio))
    except (MutagenError, OSError):
        return id3.ID3()


def _write_wav(path: Path, samples: Any) -> None:
    import numpy as np

    from suno_tui.engine.take import SAMPLE_RATE

    whole = np.rint(np.clip(samples, -1, 1) * (2**23 - 1)).astype("<i4")
    packed = whole.reshape(-1, 1).view(np.uint8)[:, :3]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(3)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(packed.tobytes())


def _write_flac(path: Path, samples: Any) -> None:
    from suno_tui.engine.take import SAMPLE_RATE

    soundfile: Any = import_module("soundfile")
    soundfile.write(str(path), samples.clip(-1, 1), SAMPLE_RATE, subtype="PCM_24")


_WRITERS = {"wav": _write_wav, "flac": _write_flac}
