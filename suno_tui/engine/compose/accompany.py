"""Chords and bass: patterns as notes over the section's harmony."""

from __future__ import annotations

import itertools
from random import Random

from suno_tui.engine.band import Player
from suno_tui.engine.compose.harmony import Voicer
from suno_tui.engine.compose.patterns import BASS, CHORDS
from suno_tui.engine.score import Note, Section
from suno_tui.engine.theory import Chord, Key

LOWEST = {
    "upright_bass": 28,
    "finger_bass": 28,
    "pick_bass": 28,
    "bass808": 29,
    "sub_bass": 29,
    "drone_bass": 36,
    "saw_bass": 31,
    "reese_bass": 31,
    "acid_bass": 33,
    "chip_bass": 36,
    "cello": 36,
}
"""The lowest pitch of each bass; 28 for the others."""
_RING = 2.0
"""Beats that a picked string of a guitar rings on, as long as its chord stays."""


def level(energy: float) -> int:
    """Return which of a pattern's three versions suits an energy."""
    return 0 if energy < 0.42 else 1 if energy < 0.76 else 2


def _events(rows: str, beats: float, per_bar: int) -> list[tuple[float, float, str]]:
    """Return (start, length, symbol) in beats for one hand of a pattern."""
    bar = 4 * per_bar
    size = max(1, len(rows) // 16)
    out: list[tuple[float, float, str]] = []
    total = int(beats * 4)
    for step in range(total):
        place, inside = divmod(step, bar)
        symbol = rows[(place % size) * 16 + min(inside, 15)]
        if symbol == "-" and out and out[-1][0] + out[-1][1] == step / 4:
            out[-1] = (out[-1][0], out[-1][1] + 0.25, out[-1][2])
        elif symbol not in ".-":
            out.append((step / 4, 0.25, symbol))
    return out


def _split(start: float, length: float, section: Section) -> list[tuple[float, float]]:
    """Split a held note at the changes of the chord."""
    cuts = [at for at, _ in section.chords if start + 0.01 < at < start + length - 0.01]
    edges = [start, *cuts, start + length]
    return [(a, b - a) for a, b in itertools.pairwise(edges)]


def chords(
    section: Section,
    pattern: str,
    voicer: Voicer,
    per_bar: int,
    rng: Random,
    step: int | None = None,
) -> list[Note]:
    """Return a chord player's notes for a section, in beats from the song's start."""
    versions = CHORDS[pattern]
    rows = versions[level(section.energy) if step is None else step]
    begin = section.start_bar * per_bar
    strength = 0.5 + 0.35 * section.energy
    out: list[Note] = []
    voiced: dict[float, tuple[int, ...]] = {at: voicer(c) for at, c in section.chords}

    def voicing(beat: float) -> tuple[int, ...]:
        return voiced[max(at for at in voiced if at <= beat + 1e-6)]

    def change(beat: float) -> float:
        """Return when the chord of a beat ends."""
        return min((at for at in voiced if at > beat + 1e-6), default=section.bars * per_bar)

    strum = 0.012 if voicer.kind == "guitar" else 0.0
    for hand in rows.split("|"):
        for at, length, symbol in _events(hand, section.bars * per_bar, per_bar):
            for start, span in _split(at, length, section):
                notes = voicing(start)
                if symbol.isdigit():
                    octave, index = divmod(int(symbol), len(notes))
                    ring = max(span, 0.5)
                    if voicer.kind == "guitar":
                        ring = max(ring, min(_RING, change(start) - start))
                    out.append(
                        Note(
                            begin + start,
                            ring,
                            notes[index] + 12 * octave,
                            strength * rng.uniform(0.8, 1.0),
                        )
                    )
                    continue
                if symbol == "l":
                    low = notes[0] - 5
                    low -= (low - section.chord_at(start).root) % 12
                    out.append(Note(begin + start, span, low, strength * 0.8))
                    continue
                power = strength * {"C": 1.0, "c": 0.78, "u": 0.68, "m": 0.5}[symbol]
                chosen = notes[1:] if symbol == "u" and len(notes) > 2 else notes
                held = 0.09 if symbol == "m" else span * 0.96
                upward = symbol == "u"
                for i, pitch in enumerate(reversed(chosen) if upward else chosen):
                    out.append(
                        Note(
                            begin + start + i * strum,
                            max(0.06, held - i * strum),
                            pitch,
                            power * rng.uniform(0.92, 1.0),
                        )
                    )
    return out


def _toward(root: int, target: int, key: Key) -> int:
    """Return a note that leads from `root` into `target`: a scale step or a half step from it."""
    below = target - 1
    above = key.step(target, 1)
    step = key.step(target, -1)
    if root < target:
        return step if target - step <= 2 else below
    return above


def bass(
    section: Section,
    following: Chord | None,
    player: Player,
    per_bar: int,
    rng: Random,
) -> list[Note]:
    """Return the bass's notes for a section. It plays the root if a phrase ends at home."""
    rows = BASS[player.pattern][level(section.energy)]
    if section.kind == "pre-chorus" and level(section.energy) == 1:
        rows = BASS["pulse"][1]
    lowest = LOWEST.get(player.instrument, 28)
    begin = section.start_bar * per_bar
    strength = 0.62 + 0.3 * section.energy
    out: list[Note] = []

    def place(chord: Chord) -> int:
        return lowest + (chord.root - lowest) % 12

    def after(beat: float) -> Chord:
        later = [c for at, c in section.chords if at > beat]
        return later[0] if later else following or section.chords[0][1]

    def rests(beat: float, chord: Chord) -> bool:
        """Return whether a phrase of four bars comes home in the half bar of this beat."""
        left = min(4 * per_bar - beat % (4 * per_bar), section.bars * per_bar - beat)
        late = left <= per_bar / 2 + 0.01
        return late and chord.root == section.key.tonic

    hand = rows.split("|")[0]
    walking = 0
    for at, length, symbol in _events(hand, section.bars * per_bar, per_bar):
        for start, span in _split(at, length, section):
            chord = section.chord_at(start)
            root = place(chord)
            pitch = root
            power = strength
            if symbol in "5378aW" and rests(start, chord):
                symbol = "R"
            if symbol in "rg":
                power *= 0.72 if symbol == "r" else 0.4
                span = min(span, 0.2) if symbol == "g" else span
            elif symbol == "8":
                pitch = root + 12
            elif symbol == "T":
                pitch = lowest + (section.key.tonic - lowest) % 12
            elif symbol == "5":
                pitch = root + (7 if 7 in chord.shape else chord.shape[-1] % 12)
                pitch -= 12 if pitch > lowest + 12 else 0
            elif symbol == "3":
                pitch = root + (chord.third or 7)
            elif symbol == "7":
                pitch = root + next((s for s in chord.shape if s in (9, 10, 11)), 7)
            elif symbol == "a":
                target = place(after(start))
                change = section.chord_at(start + 0.51) != chord or (
                    int(start) % per_bar == per_bar - 1
                )
                pitch = _toward(root, target, section.key) if change else root
            elif symbol == "W":
                steps = chord.shape
                fresh = any(abs(a - start) < 0.01 for a, _ in section.chords) or not out
                walking = 0 if fresh else walking + 1
                if walking:
                    pitch = root + steps[walking % min(len(steps), 4)] % 12
                    if out and abs(pitch - out[-1].pitch) < 1:
                        pitch = section.key.step(pitch, rng.choice((1, -1)))
            long = 0.97 if span >= 0.5 else 0.85
            out.append(Note(begin + start, span * long, pitch, power * rng.uniform(0.93, 1.0)))
    return out
