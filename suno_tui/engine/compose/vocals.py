"""The sung lines: a rhythm for their syllables, and a melody that returns."""

from __future__ import annotations

from random import Random

from suno_tui.engine.compose import melody
from suno_tui.engine.compose.cells import BANKS, cell
from suno_tui.engine.compose.form import Block
from suno_tui.engine.compose.rhythm import place
from suno_tui.engine.plan import Plan
from suno_tui.engine.rng import stream
from suno_tui.engine.score import Section, SungLine, SungNote

_CENTRES = {True: 63, False: 55}  # of a woman and a man; choruses lie above it
_MIDDLE = {"pop": 0, "soft": -1, "belt": 2, "rap": -3, "shout": 2}
_HIGH = ("chorus", "hook", "drop", "outro")


def sing(
    plan: Plan,
    blocks: tuple[Block, ...],
    sections: tuple[Section, ...],
) -> tuple[SungLine, ...]:
    """Return the lines in the order of singing; a section's `lines` are indices into them."""
    centre = _CENTRES[plan.gender == "f"] + _MIDDLE[plan.style.voice]
    low, high = centre - 9, centre + 10
    out: list[SungLine] = []
    templates: dict[tuple[str, int, int], tuple[int, frozenset[float]]] = {}
    for block, section in zip(blocks, sections, strict=True):
        kind = "chorus" if section.kind in _HIGH else section.kind
        begin = float(section.start_bar * plan.beats_per_bar)
        at = 0.0
        previous: int | None = None
        count = len(block.lines)
        for i, (line, bars) in enumerate(block.lines):
            beats = float(bars * plan.beats_per_bar)
            pair = i % 2
            motif = stream(plan.seed, "motif", kind, pair if plan.style.voice != "rap" else i % 4)
            stresses = [s.stressed for s in line.syllables]
            bank = BANKS[plan.style.voice]
            if kind == "chorus" and plan.style.voice in ("pop", "belt"):
                bank = bank[:9] + BANKS["belt"][:8]
            template = cell(len(stresses), beats, bank, motif)
            known = templates.setdefault((kind, pair, bars), (len(stresses), template))
            if abs(known[0] - len(stresses)) <= 1:
                template = known[1]
            rhythm = place(
                stresses,
                beats,
                plan.beats_per_bar,
                motif,
                syncopation=0.2,
                template=template,
                rest=0.25 if beats <= 4 or plan.style.voice == "rap" else 0.75,
            )
            rhythm = [(at + start, length) for start, length in rhythm]
            # The lines of a verse end open, higher, open, and closed only at the end.
            later = count >= 4 and i >= count // 2
            lifted = 3.0 if kind == "chorus" else 1.5 if kind in ("pre-chorus", "bridge") else -1.5
            if later and kind == "verse":
                lifted += 1.8
            rap = plan.style.voice == "rap"
            notes = melody.pitches(
                plan,
                section,
                rhythm,
                low,
                high,
                centre + lifted * (0.4 if rap else 1.0),
                motif,
                points=melody.CONTOURS[motif.randrange(len(melody.CONTOURS))],
                cadence="close" if i == count - 1 or (pair and count % 2) else "open",
                first=previous,
                static=1.0 if rap else 0.0,
                accents=stresses,
            )
            previous = notes[-1]
            turn = stream(plan.seed, "melisma", kind, i % 4)
            turns = _melisma(plan, section, rhythm, notes, low, high, kind == "chorus", turn)
            loud = 0.62 + 0.33 * section.energy
            sung = tuple(
                SungNote(
                    begin + start,
                    length,
                    pitch,
                    loud + (0.06 if s.stressed else 0.0),
                    s,
                    turns.get(k, ()),
                )
                for k, ((start, length), pitch, s) in enumerate(
                    zip(rhythm, notes, line.syllables, strict=True)
                )
            )
            full = section.energy > 0.8 and kind == "chorus"
            harmony: tuple[int, ...] = ()
            if full and plan.rich and plan.style.voice != "rap":
                harmony = tuple(
                    melody.third_above(p, section.key, section.chord_at(start), high + 5)
                    for (start, _), p in zip(rhythm, notes, strict=True)
                )
            out.append(SungLine(line.text, sung, full, harmony, line.pieces))
            at += beats
    return tuple(out)


_FIGURES = ((1, 0), (-1, 0), (-1, -2), (1, 2), (-2, -1))
"""Scale steps from the syllable's first note, for the two that follow it."""


def _melisma(
    plan: Plan,
    section: Section,
    rhythm: list[tuple[float, float]],
    notes: list[int],
    low: int,
    high: int,
    everywhere: bool,
    rng: Random,
) -> dict[int, tuple[tuple[float, int], ...]]:
    """Return the melisma of a line, by the index of its syllable; empty if there is none.

    It is on a long note: the last one, or any if `everywhere`. It ends on a note of the chord.
    """
    if plan.style.voice in ("rap", "shout") or rng.random() >= plan.style.melisma:
        return {}
    step = 0.5 if plan.bpm > 110 else 0.25
    steps = [int((length + 0.1) / step) for _, length in rhythm]
    held = [k for k, n in enumerate(steps) if n >= 3 and (everywhere or k == len(rhythm) - 1)]
    if not held:
        return {}
    k = rng.choice(held)
    chord = section.chord_at(rhythm[k][0] + rhythm[k][1] - step)
    paths = [
        [section.key.step(notes[k], degrees) if degrees else notes[k] for degrees in figure]
        for figure in _FIGURES
    ]
    fitting = [
        path
        for path in paths
        if path[-1] % 12 in chord.classes and low <= min(path) and max(path) <= high
    ]
    if not fitting:
        return {}
    first, second = rng.choice(fitting)
    at = (steps[k] - 1) // 2 * step
    return {k: ((at, first), (at + step, second))}
