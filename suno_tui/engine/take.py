"""The engine's entry point: turn a song into a finished take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from suno_tui.engine.timed import TimedLine, TimedSection
from suno_tui.providers.song import Song

SAMPLE_RATE = 44_100


class Cancelled(Exception):
    """A caller's `progress` may raise it to stop the engine; the engine does not catch it."""


@dataclass(frozen=True)
class Take:
    """One finished take.

    lyrics: as they are sung, empty for an instrumental. duration: seconds of the encoded audio.
    mp3: with tags. cover: a JPEG. levels: the loudness, 0..255, in equal steps over the take.
    """

    title: str
    tags: str
    lyrics: str
    duration: float
    bpm: float
    key: str
    mp3: bytes
    cover: bytes
    lines: tuple[TimedLine, ...]
    sections: tuple[TimedSection, ...]
    levels: bytes


def make_take(
    song: Song,
    *,
    number: int,
    seed: int,
    progress: Callable[[str, float], None],
    target_seconds: float | None = None,
) -> Take:
    """Make the take of this number (1, 2) of a song. Equal arguments give equal bytes.

    The voice and the SoundFont are the best that the machine has; the MP3's tags name the voice.

    progress(stage, fraction) is called often, with the stages compose, stem:<role>, mix, master,
    encode, cover and done; an exception from it ends the work. target_seconds: the length if the
    song has no duration; without either, style and lyrics decide (120 to 240 s).
    """
    from suno_tui.engine.compose import compose
    from suno_tui.engine.cover import cover
    from suno_tui.engine.encode import BITRATE, encode, levels, tag
    from suno_tui.engine.master import master
    from suno_tui.engine.mix import mix
    from suno_tui.engine.plan import plan as make_plan
    from suno_tui.engine.version import engine_version
    from suno_tui.engine.voice.speech import choose

    progress("compose", 0.0)
    plan = make_plan(song, number=number, seed=seed, target_seconds=target_seconds)
    score = compose(plan)
    lines = tuple(
        TimedLine(
            score.seconds(line.start),
            score.seconds(line.end),
            line.text,
            tuple(
                (score.seconds(note.start), piece)
                for note, piece in zip(line.notes, line.pieces, strict=False)
                if piece
            ),
        )
        for line in score.lines
    )
    bar = score.seconds(score.beats_per_bar)
    sections = tuple(
        TimedSection(s.start_bar * bar, (s.start_bar + s.bars) * bar, s.name)
        for s in score.sections
    )
    voice = choose() if score.lines else "formant"
    audio = master(plan, mix(plan, score, progress, voice=voice), progress)
    loudness = levels(audio)
    stream = encode(audio, plan.seed, progress)
    del audio
    duration = len(stream) * 8 / (BITRATE * 1000)
    progress("cover", 0.0)
    picture = cover(plan)
    mp3 = tag(
        stream,
        title=plan.title,
        genre=plan.tags,
        bpm=plan.bpm,
        key=str(plan.key),
        seconds=duration,
        lyrics=plan.lyrics,
        timed=lines,
        cover=picture,
        loudness=loudness,
        made_from={
            "seed": seed,
            "take": number,
            "target_seconds": target_seconds,
            "voice": voice,
            "engine": engine_version(),
        },
    )
    progress("done", 1.0)
    return Take(
        plan.title,
        plan.tags,
        plan.lyrics,
        duration,
        plan.bpm,
        str(plan.key),
        mp3,
        picture,
        lines,
        sections,
        loudness,
    )


def make_stems(
    song: Song,
    *,
    number: int,
    seed: int,
    progress: Callable[[str, float], None],
    save: Callable[[str, Any], None],
    target_seconds: float | None = None,
    voice: str = "formant",
) -> None:
    """Pass a take's stems one by one to `save(role, samples)`, float32 [n, 2] at SAMPLE_RATE.

    Each stem is dry, at its level in the mix and as long as the song. Roles are bass, chords,
    second, pad, lead, arp, drums, effects and vocals, as far as the song uses them. voice: one of
    `voice.speech.VOICES`.
    """
    from suno_tui.engine.compose import compose
    from suno_tui.engine.mix import mix
    from suno_tui.engine.plan import plan as make_plan

    plan = make_plan(song, number=number, seed=seed, target_seconds=target_seconds)
    mix(plan, compose(plan), progress, lambda role, stem: save(role, stem.T.copy()), voice=voice)
