"""How songs end."""

from __future__ import annotations

from dataclasses import replace

from suno_tui.engine.compose.accompany import LOWEST
from suno_tui.engine.compose.harmony import Voicer
from suno_tui.engine.plan import Plan
from suno_tui.engine.score import Hit, Note, Score
from suno_tui.engine.theory import Chord, chord

ENDINGS = {
    "ring": "all hold the home chord",
    "stop": "all stop on one stroke",
    "fade": "the band goes on, and the master fades it out",
    "tag": "a coda whose cadence is played twice, and the home chord",
    "strip": "the players leave one after the other; the last one ends alone",
    "button": "a rest, then one short chord",
}


def ending(plan: Plan, score: Score) -> Score:
    """Return the score with its ending: the remaining players close on the home chord."""
    name = plan.arrangement.ending
    last = score.sections[-1]
    if name == "fade" and last.bars >= 4:
        return score
    bar = float(score.beats_per_bar)
    at = float((last.start_bar + last.bars - 1) * score.beats_per_bar)
    rest = at - (bar / 2 if name == "button" and last.bars > 1 else 0.0)
    home = chord("i" if last.key.minor else "I", last.key, plan.style.colour)
    length = 0.5 if name in ("stop", "button") else bar
    alone = name == "strip" and last.bars >= 4
    roles = {part.role for part in score.parts}
    closers = {"chords"} & roles or {"bass"} & roles or roles if alone else roles
    parts = []
    for part in score.parts:
        notes = [n for n in part.notes if n.start < rest - 0.01]
        notes = [
            n if n.start + n.length <= rest + 0.1 else replace(n, length=max(0.1, rest - n.start))
            for n in notes
        ]
        if part.role in closers:
            notes += _closing(plan, part.role, part.instrument, home, at, length)
        parts.append(replace(part, notes=tuple(notes)))
    hits = [h for h in score.hits if h.start < rest - 0.01]
    if score.hits and not alone:
        drum = "taiko" if any(h.drum == "taiko" for h in score.hits) else "kick"
        hits.append(Hit(at, drum, 0.9))
        hits.append(Hit(at, "snare" if name == "button" else "crash", 0.7))
    return replace(score, parts=tuple(parts), hits=tuple(hits))


def _closing(
    plan: Plan, role: str, instrument: str, home: Chord, at: float, length: float
) -> list[Note]:
    """Return what a player adds as the last chord, at a beat and of a length in beats."""
    if role == "bass":
        low = LOWEST.get(instrument, 28)
        return [Note(at, length, low + (home.root - low) % 12, 0.85)]
    if role == "lead" or plan.band[role].pattern == "answer":
        return []
    roll = 0.06 if plan.arrangement.ending in ("tag", "strip") else 0.012
    voicing = Voicer(instrument, False)(home)
    return [Note(at + roll * i, length, p, 0.7) for i, p in enumerate(voicing)]
