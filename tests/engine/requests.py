"""Requests as anybody may send them: all scripts and lengths, all weights, tags that contradict."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from suno_tui.engine.compose import compose
from suno_tui.engine.midi import score_to_midi
from suno_tui.engine.plan import plan
from suno_tui.engine.styles import STYLES
from suno_tui.providers.song import Song

_SCRIPTS = st.sampled_from(
    ["hello world", "さくら", "你好", "Привет, мир", "שלום", "مرحبا", "नमस्ते", "สวัสดี", "😀",
     "[Chorus]", "[Bridge x3]", "[/chorus]", "(ooh)", "\x1b[31m", "ﷺ", "1234", "", "-- …"]
)  # fmt: skip
_LYRICS = st.lists(st.one_of(_SCRIPTS, st.text(max_size=30)), max_size=30).map("\n".join)
_WORDS = st.one_of(
    st.sampled_from(sorted(STYLES)),
    st.sampled_from(["drums", "piano", "no vocals", "acapella", "slow", "fast", "128 bpm",
                     "999 bpm", "in D minor", "in H flat", "instrumental", "male and female"]),
    st.text(max_size=20),
)  # fmt: skip
_STYLE = st.lists(_WORDS, max_size=5).map(", ".join)
_WEIGHT = st.one_of(st.none(), st.floats(0, 1))


@st.composite
def requests(draw: st.DrawFn) -> Song:
    """A valid song, of simple or custom mode."""
    facts: dict[str, Any] = {
        "custom_mode": draw(st.booleans()),
        "prompt": draw(_STYLE)[:500],
        "style": draw(_STYLE)[:200],
        "lyrics": draw(_LYRICS)[:3000],
        "title": draw(_LYRICS)[:80],
        "negative_tags": draw(_STYLE)[:200],
        "vocal_gender": draw(st.sampled_from(["m", "f", None])),
        "instrumental": draw(st.booleans()),
        "style_weight": draw(_WEIGHT),
        "weirdness_constraint": draw(_WEIGHT),
        "audio_weight": draw(_WEIGHT),
    }
    return Song(**facts)


def midi(song: Song, *, seed: int, seconds: float) -> bytes:
    """The score of the first take of a song as a MIDI file."""
    return score_to_midi(compose(plan(song, number=1, seed=seed, target_seconds=seconds)))
