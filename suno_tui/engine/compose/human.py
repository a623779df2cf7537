"""Feel: swing, and the small irregularities of players in time and velocity."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from suno_tui.engine.plan import Plan
from suno_tui.engine.rng import stream
from suno_tui.engine.score import Hit, Note, Score, SungNote

_LOOSE = {"bass": 0.5, "pad": 1.2, "lead": 1.1, "arp": 0.3, "drums": 0.6}
_WANDER = 1.4  # how far the whole band drifts from the beat, as a share of the style's looseness
_MOST = 10.0  # milliseconds of that looseness: more would sound like a mistake
_STEP = 3.0  # beats between the random offsets of the band


def swung(beat: float, amount: float, eighths: bool) -> float:
    """Return the moment of a beat, in beats, with the off-beats late."""
    if amount <= 0:
        return beat
    unit = 1.0 if eighths else 0.5
    whole = beat // unit
    inside = beat / unit - whole
    turn = 0.5 + amount * 0.5
    inside = inside / 0.5 * turn if inside < 0.5 else turn + (inside - 0.5) / 0.5 * (1 - turn)
    return float((whole + inside) * unit)


def humanise(plan: Plan, score: Score) -> Score:
    """Return the score with swing and looseness. The sung lines swing but are not loosened."""
    style = plan.style
    beats = plan.bpm / 60_000  # beats in a millisecond

    wander = _wandering(plan, score.beats)

    def sung(beat: float) -> float:
        return swung(beat, style.swing, style.swing_eighths)

    def when(beat: float) -> float:
        return sung(beat) + wander(beat)

    parts = []
    for part in score.parts:
        rng = stream(plan.seed, "human", part.role)
        spread = style.loose * _LOOSE.get(part.role, 1.0) * beats
        notes: list[Note] = []
        shift, last = 0.0, -1.0
        for note in part.notes:
            if note.start != last:
                shift, last = rng.gauss(0, spread), note.start
            start = max(0.0, when(note.start) + shift)
            end = when(note.start + note.length)
            notes.append(
                replace(
                    note,
                    start=start,
                    length=max(0.05, end - when(note.start)),
                    velocity=min(1.0, note.velocity * rng.uniform(0.93, 1.07)),
                )
            )
        parts.append(replace(part, notes=tuple(notes)))
    rng = stream(plan.seed, "human", "drums")
    spread = style.loose * _LOOSE["drums"] * beats
    late = 6 * beats if style.name in ("lo-fi", "hip-hop", "r&b") else 0.0
    hits = [
        Hit(
            max(
                0.0,
                when(h.start)
                + rng.gauss(0, spread * 0.6)
                + (late if h.drum in ("snare", "clap", "rim") else 0.0),
            ),
            h.drum,
            min(1.0, h.velocity * rng.uniform(0.9, 1.06)),
        )
        for h in score.hits
    ]
    lines = tuple(
        replace(line, notes=tuple(_swing(note, sung) for note in line.notes))
        for line in score.lines
    )
    return replace(
        score, parts=tuple(parts), hits=tuple(sorted(hits, key=lambda h: h.start)), lines=lines
    )


def _wandering(plan: Plan, beats: int) -> Callable[[float], float]:
    """Return a function of the beat: by how many beats the whole band is late there.

    Beats of human recordings differ by 2 to 2.5 % of their length; those of machines do not.
    """
    rng = stream(plan.seed, "human", "band")
    spread = min(plan.style.loose, _MOST) * _WANDER * plan.bpm / 60_000
    turns = [rng.gauss(0, spread) for _ in range(int(beats / _STEP) + 3)]
    turns[0] = 0.0

    def wander(beat: float) -> float:
        place = min(max(beat / _STEP, 0.0), len(turns) - 1.001)
        share = place % 1
        share = share * share * (3 - 2 * share)
        return turns[int(place)] * (1 - share) + turns[int(place) + 1] * share

    return wander


def _swing(note: SungNote, when: object) -> SungNote:
    assert callable(when)
    start = when(note.start)
    turns = tuple((when(note.start + at) - start, pitch) for at, pitch in note.turns)
    length = max(0.08, when(note.start + note.length) - start)
    return replace(note, start=start, length=length, turns=turns)
