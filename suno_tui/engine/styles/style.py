"""The facts that define a style."""

from __future__ import annotations

from dataclasses import dataclass

Choices = tuple[tuple[str, str], ...]
"""(instrument, pattern) in order of how typical they are."""


@dataclass(frozen=True)
class Style:
    """A style. Choices are in order of how typical they are.

    words: what users call it, between commas. bpm: the usual range. harmony: a name in
    compose.progressions. colour: what is added to plain triads. swing: how late the off-beat 16ths
    (or 8ths, `swing_eighths`) come, 0 to 0.33.
    loose: how far players are off the beat, in milliseconds. voice: pop, soft, belt, rap or shout.
    form: for instrumentals. room: reverb in seconds. wet: its level, 1 is normal. duck: dB of
    side-chain from the kick. dust: vinyl and tape, 0 to 1. tone: low, mid, high in dB at the
    master. offsets: dB for single roles in the mix. endings: of compose.endings. ride: dB from the
    calmest section to the fullest. melisma: how likely a held syllable has several notes.
    lift: how likely the last chorus is in a higher key. scene: the cover's light.
    """

    name: str
    words: str
    bpm: tuple[float, float]
    modes: tuple[str, ...]
    harmony: str
    bass: Choices
    chords: Choices
    lead: tuple[str, ...]
    second: Choices = ()
    pad: tuple[str, ...] = ()
    arp: Choices = ()
    kits: tuple[str, ...] = ("acoustic",)
    grooves: tuple[str, ...] = ()
    colour: str = "triad"
    swing: float = 0.0
    swing_eighths: bool = False
    loose: float = 8.0
    voice: str = "pop"
    form: str = "song"
    room: float = 1.6
    wet: float = 1.0
    duck: float = 0.0
    dust: float = 0.0
    tone: tuple[float, float, float] = (0.0, 0.0, 0.0)
    offsets: tuple[tuple[str, float], ...] = ()
    seconds: tuple[float, float] = (150.0, 195.0)
    endings: tuple[str, ...] = ("ring", "tag", "strip", "button", "stop")
    energy: float = 0.0
    ride: float = 4.5
    melisma: float = 0.1
    effects: bool = False
    lift: float = 0.0
    scene: str = "warm"
