"""The arrangement: players enter and leave with the energy of the sections."""

from __future__ import annotations

import itertools
from dataclasses import replace
from random import Random

from suno_tui.engine.arrangement import BREAKS, OPENINGS
from suno_tui.engine.compose import accompany, entries, leads
from suno_tui.engine.compose.harmony import Voicer
from suno_tui.engine.plan import Plan
from suno_tui.engine.rng import stream
from suno_tui.engine.score import Note, Part, Section, SungLine

_WALL = ("crunch_guitar", "power_guitar", "metal_guitar")


def arrange(
    plan: Plan,
    sections: tuple[Section, ...],
    lines: tuple[SungLine, ...],
) -> tuple[Part, ...]:
    """Return the parts of all players."""
    out: list[Part] = []
    for role, player in plan.band.items():
        if role == "lead":
            played = leads.lead(plan, sections, lines)
            notes = [
                note
                for i in range(len(sections))
                for note in entries.within(plan, sections, i, role, played)
            ]
        else:
            notes = []
            rng = stream(plan.seed, "play", role)
            voicer = Voicer(player.instrument, "bass" in plan.band and plan.style.colour == "ninth")
            for i, section in enumerate(sections):
                if not _plays(plan, role, section, sections, i):
                    continue
                if role == "bass":
                    after = sections[i + 1].chords[0][1] if i + 1 < len(sections) else None
                    played = accompany.bass(section, after, player, plan.beats_per_bar, rng)
                elif player.pattern == "answer":
                    played = leads.answers(plan, section, player.instrument)
                else:
                    played = _chords(plan, role, section, i, voicer, rng)
                entered = entries.within(plan, sections, i, role, played)
                notes += _swelling(section, entered, plan)
        if plan.style.form == "classical":
            notes = _phrased(notes, sections, plan.beats_per_bar)
        if notes:
            out.append(Part(role, player.instrument, tuple(notes)))
    return tuple(out)


def _swelling(section: Section, notes: list[Note], plan: Plan) -> list[Note]:
    """Let a pre-chorus grow louder towards its end."""
    if section.kind != "pre-chorus":
        return notes
    begin, beats = section.start_bar * plan.beats_per_bar, section.bars * plan.beats_per_bar
    return [
        replace(n, velocity=min(1.0, n.velocity * (0.8 + 0.4 * (n.start - begin) / beats)))
        for n in notes
    ]


def _chords(
    plan: Plan, role: str, section: Section, i: int, voicer: Voicer, rng: Random
) -> list[Note]:
    """Return what a player of chords plays in a section."""
    pattern, step = plan.band[role].pattern, None
    if role == "pad" or (section.kind == "break" and plan.arrangement.breakdown != "alone"):
        pattern = "hold"
        step = 0
    elif section.kind in ("build", "break"):
        step = 2 if section.kind == "build" else 1
    elif entries.opens(plan, section, i):
        step = 2 if section.energy > 0.7 else 1
        pattern = "hold" if plan.arrangement.opening == "swell" else pattern
    elif section.kind == "intro" and role == "chords":
        step = 0 if section.energy < 0.35 else 1
    per_bar = plan.beats_per_bar
    notes = accompany.chords(section, pattern, voicer, per_bar, rng, step)
    half = (section.start_bar + section.bars // 2) * per_bar
    if section.kind == "pre-chorus" and role != "pad":  # fuller to its end
        fuller = accompany.chords(section, pattern, voicer, per_bar, rng, 2)
        notes = [n for n in notes if n.start < half - 0.1]
        notes += [n for n in fuller if n.start >= half - 0.1]
    if section.kind == "bridge" and role == "chords" and _walled(plan):
        notes = [n for n in notes if n.start >= half - 0.1]
    return notes


def _phrased(notes: list[Note], sections: tuple[Section, ...], per_bar: int) -> list[Note]:
    """Add rests for breathing: half a beat after four bars, a whole beat after a section."""
    rests = [
        (float((s.start_bar + bar) * per_bar), 1.0 if bar == s.bars else 0.5)
        for s in sections[:-1]
        for bar in (*range(4, s.bars, 4), s.bars)
    ]
    for end, rest in rests:
        notes = [
            replace(n, length=min(n.length, end - rest - n.start)) if n.start < end else n
            for n in notes
            if not end - rest - 0.1 <= n.start < end - 0.1
        ]
    return notes


def _walled(plan: Plan) -> bool:
    """Return whether loud guitars play the chords; they sound loud only after a pause."""
    return plan.band["chords"].instrument in _WALL if "chords" in plan.band else False


def _plays(plan: Plan, role: str, section: Section, sections: tuple[Section, ...], i: int) -> bool:
    threshold = plan.arrangement.enters.get(role, 0.0)
    if entries.opens(plan, section, i):
        return role in OPENINGS[plan.arrangement.opening]
    drift = plan.style.form in ("drift", "classical")
    if section.kind == "build":
        return role in ("arp", "chords", "pad")
    if section.kind == "break":
        return role in BREAKS[plan.arrangement.breakdown]
    if section.kind == "intro" and role == "bass":
        return drift or plan.energy > 0.05
    if role == "chords" and section.kind == "intro" and "pad" in plan.band and section.bars > 2:
        return True
    if role == "second" and section.kind in ("verse", "bridge") and _walled(plan):
        return False
    if role == "second":
        threshold -= 0.12 * min(section.repeat, 1)
    if role == "arp" and section.kind in ("verse",) and section.repeat:
        threshold -= 0.15
    if role == "pad" and not drift:
        # A pad that always plays goes unnoticed: it rests in first verses.
        return section.kind != "verse" or section.repeat > 0 or "chords" not in plan.band
    if drift and role in ("bass", "second"):
        threshold -= 0.25
    return section.energy >= threshold


def transitions(plan: Plan, sections: tuple[Section, ...]) -> tuple[tuple[float, float, str], ...]:
    """Return the effects before and at louder sections: (start, length, name), in beats."""
    if not plan.style.effects:
        return ()
    out = []
    for before, after in itertools.pairwise(sections):
        at = float(after.start_bar * plan.beats_per_bar)
        rise = after.energy - before.energy
        if rise > 0.15 and after.energy > 0.7:
            length = float(min(before.bars, 4 if plan.style.form in ("edm", "club") else 1))
            beats = length * plan.beats_per_bar
            out.append((at - beats, beats, "riser" if length > 1 else "reverse"))
            out.append((at, 8.0, "impact"))
        elif rise < -0.25:
            out.append((at, 8.0, "fall"))
    return tuple(out)
