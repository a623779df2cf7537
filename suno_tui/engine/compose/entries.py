"""When players enter and leave within a section: intros, endings, thin last choruses."""

from __future__ import annotations

from dataclasses import replace

from suno_tui.engine.arrangement import OPENINGS
from suno_tui.engine.plan import Plan
from suno_tui.engine.score import Hit, Note, Section

_LEAVE = {"drums": 0.4, "arp": 0.4, "lead": 0.5, "second": 0.6, "pad": 0.75, "bass": 0.75}
"""The share of a `strip` ending after which a player has left; the chords are the last."""
_STAY = ("chords", "pad", "vocals")


def span(plan: Plan, sections: tuple[Section, ...], i: int, role: str) -> tuple[float, float]:
    """Return the beats of the song between which a role may play in a section."""
    section = sections[i]
    begin = float(section.start_bar * plan.beats_per_bar)
    end = begin + section.bars * plan.beats_per_bar

    def bar(share: float) -> float:
        at = min(section.bars - 1, int(share * section.bars + 0.5))
        return begin + at * plan.beats_per_bar

    if opens(plan, section, i):
        share = OPENINGS[plan.arrangement.opening].get(role)
        return (end, end) if share is None else (bar(share), end)
    if i == len(sections) - 1 and plan.arrangement.ending == "strip" and section.bars >= 4:
        return begin, bar(_LEAVE.get(role, 1.0)) if role in _LEAVE else end
    if _small(plan, sections, i) and role not in _STAY:
        return bar(0.5), end
    return begin, end


def opens(plan: Plan, section: Section, i: int) -> bool:
    """Return whether a section is an intro that the arrangement's opening shapes."""
    shaped = plan.arrangement.opening != "band" and section.bars > 1 and not section.lines
    return i == 0 and section.kind == "intro" and shaped


def _small(plan: Plan, sections: tuple[Section, ...], i: int) -> bool:
    """Return whether a section is a last chorus that begins with few players."""
    if not plan.arrangement.down or "chords" not in plan.band or sections[i].bars < 8:
        return False
    choruses = [k for k, section in enumerate(sections) if section.kind == "chorus"]
    return len(choruses) > 2 and i == choruses[-1] and sections[i - 1].kind != "build"


def within(
    plan: Plan, sections: tuple[Section, ...], i: int, role: str, notes: list[Note]
) -> list[Note]:
    """Return the notes that begin while a role may play in a section, cut where it leaves."""
    begin, end = span(plan, sections, i, role)
    return [
        replace(n, length=min(n.length, max(0.1, end - n.start)))
        for n in notes
        if begin - 0.1 <= n.start < end - 0.1
    ]


def drummed(plan: Plan, sections: tuple[Section, ...], hits: list[Hit]) -> list[Hit]:
    """Return the hits of sections, bars and beats in which the drummer plays."""
    silent = []
    for i, section in enumerate(sections):
        begin = section.start_bar * plan.beats_per_bar
        end = begin + section.bars * plan.beats_per_bar
        a, b = span(plan, sections, i, "drums")
        silent += [(begin - 0.01, a - 0.01)] if a > begin else []
        silent += [(b - 0.01, end - 0.01)] if b < end else []
    return [h for h in hits if not any(a <= h.start < b for a, b in silent)]
