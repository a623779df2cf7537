"""The composer: a plan and its lyrics become a score, in plain Python."""

from __future__ import annotations

from suno_tui.engine.compose.arrange import arrange, transitions
from suno_tui.engine.compose.endings import ending
from suno_tui.engine.compose.form import form
from suno_tui.engine.compose.harmony import harmonise
from suno_tui.engine.compose.human import humanise
from suno_tui.engine.compose.percussion import drums
from suno_tui.engine.compose.vocals import sing
from suno_tui.engine.plan import Plan
from suno_tui.engine.score import Score

__all__ = ["compose"]


def compose(plan: Plan) -> Score:
    """Write the song. The same plan gives the same score."""
    blocks = form(plan)
    sections = harmonise(plan, blocks)
    lines = sing(plan, blocks, sections)
    parts = arrange(plan, sections, lines)
    score = Score(
        plan.bpm,
        plan.beats_per_bar,
        plan.key,
        sections,
        parts,
        tuple(drums(plan, sections)),
        lines,
        transitions(plan, sections),
        plan.seconds if plan.exact else None,
    )
    return humanise(plan, ending(plan, score))
