"""The arrangement: players enter and leave with the energy of the sections."""

from __future__ import annotations

import itertools
from dataclasses import replace

from suno_tui.engine.compose import accompany, leads
from suno_tui.engine.compose.harmony import Voicer
from suno_tui.engine.plan import Plan
from suno_tui.engine.rng import stream
from suno_tui.engine.score import Hit, Note, Part, Score, Section, SungLine
from suno_tui.engine.theory import chord

_WALL = ("crunch_guitar", "power_guitar", "metal_guitar")
_ENTER = {"pad": 0.0, "chords": 0.0, "bass": 0.4, "second": 0.6, "arp": 0.72}
_LOWEST = {
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


def arrange(
    plan: Plan,
    sections: tuple[Section, ...],
    lines: tuple[SungLine, ...],
) -> tuple[Part, ...]:
    """Return the parts of all players."""
    out: list[Part] = []
    for role, player in plan.band.items():
        if role == "lead":
            notes = leads.lead(plan, sections, lines)
        else:
            notes = []
            rng = stream(plan.seed, "play", role)
            voicer = Voicer(player.instrument, "bass" in plan.band and plan.style.colour == "ninth")
            for i, section in enumerate(sections):
                if not _plays(plan, role, section, sections, i):
                    continue
                if role == "bass":
                    following = sections[i + 1].chords[0][1] if i + 1 < len(sections) else None
                    notes += accompany.bass(
                        section,
                        following,
                        player.pattern,
                        _LOWEST.get(player.instrument, 28),
                        plan.beats_per_bar,
                        rng,
                    )
                elif player.pattern == "answer":
                    notes += leads.answers(plan, section, player.instrument)
                else:
                    first = len(notes)
                    pattern, step = player.pattern, None
                    if role == "pad" or section.kind in ("break",):
                        pattern = "hold"
                        step = 0
                    elif section.kind == "build":
                        step = 2
                    elif section.kind == "intro" and role == "chords":
                        step = 0 if section.energy < 0.35 else 1
                    notes += accompany.chords(
                        section, pattern, voicer, plan.beats_per_bar, rng, step
                    )
                    if section.kind == "bridge" and role == "chords" and _walled(plan):
                        half = (section.start_bar + section.bars // 2) * plan.beats_per_bar
                        notes[first:] = [n for n in notes[first:] if n.start >= half - 0.1]
        if plan.style.form == "classical":
            notes = _phrased(notes, sections, plan.beats_per_bar)
        if notes:
            out.append(Part(role, player.instrument, tuple(notes)))
    return tuple(out)


def _phrased(notes: list[Note], sections: tuple[Section, ...], per_bar: int) -> list[Note]:
    """Add rests, as for breathing: half a beat after four bars, a whole beat after a section."""
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
    """Return whether the chords are played by loud guitars, which need a pause to sound loud."""
    return plan.band["chords"].instrument in _WALL if "chords" in plan.band else False


def _plays(plan: Plan, role: str, section: Section, sections: tuple[Section, ...], i: int) -> bool:
    threshold = _ENTER[role]
    drift = plan.style.form in ("drift", "classical")
    if section.kind == "build":
        return role in ("arp", "chords", "pad")
    if section.kind == "break":
        return role in ("pad", "chords") or (role in ("arp", "bass") and "pad" not in plan.band)
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
        # A pad that never leaves is not heard: out of first verses, in where it lifts.
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


def ending(plan: Plan, score: Score) -> Score:
    """Return the score with its last bar: all players end on the home chord."""
    last = score.sections[-1]
    if plan.style.ending == "fade" and last.bars >= 4:
        return score
    at = float((last.start_bar + last.bars - 1) * score.beats_per_bar)
    home = chord("i" if last.key.minor else "I", last.key, plan.style.colour)
    length = 0.5 if plan.style.ending == "stop" else float(score.beats_per_bar)
    parts = []
    for part in score.parts:
        notes = [n for n in part.notes if n.start < at - 0.01]
        notes = [
            n if n.start + n.length <= at + 0.1 else replace(n, length=max(0.1, at - n.start))
            for n in notes
        ]
        if part.role == "bass":
            low = _LOWEST.get(part.instrument, 28)
            notes.append(Note(at, length, low + (home.root - low) % 12, 0.85))
        elif part.role != "lead" and plan.band[part.role].pattern != "answer":
            voicing = Voicer(part.instrument, False)(home)
            notes += [Note(at + 0.012 * i, length, p, 0.7) for i, p in enumerate(voicing)]
        parts.append(replace(part, notes=tuple(notes)))
    hits = [h for h in score.hits if h.start < at - 0.01]
    if score.hits:
        big = {h.drum for h in score.hits}
        drum = "taiko" if "taiko" in big else "kick"
        hits += [Hit(at, drum, 0.9), Hit(at, "crash", 0.7)]
    return replace(score, parts=tuple(parts), hits=tuple(hits))
