"""The lead instrument: the hook, themes, solos, and answers between sung lines."""

from __future__ import annotations

from suno_tui.engine.arrangement import OPENINGS
from suno_tui.engine.compose import entries, melody
from suno_tui.engine.compose.cells import BANKS, cell
from suno_tui.engine.compose.rhythm import place
from suno_tui.engine.plan import Plan
from suno_tui.engine.rng import stream
from suno_tui.engine.score import Note, Section, SungLine

_RANGE: dict[str, tuple[int, int]] = {
    "sax": (56, 79),
    "trumpet": (58, 82),
    "horn": (48, 69),
    "cello": (43, 67),
    "violin": (62, 90),
    "flute": (65, 91),
    "clarinet": (55, 82),
    "harmonica": (62, 84),
    "lead_guitar": (57, 84),
    "clean_lead": (57, 82),
    "brass": (58, 79),
    "bells": (72, 93),
    "vibraphone": (60, 84),
    "marimba": (60, 86),
    "piano": (62, 88),
    "felt_piano": (62, 84),
    "epiano": (62, 84),
    "chip_lead": (67, 91),
    "saw_lead": (62, 86),
    "square_lead": (62, 86),
    "pluck": (64, 88),
    "nylon_guitar": (57, 80),
    "koto": (60, 84),
    "accordion": (60, 84),
    "glass_pad": (67, 86),
}
_DENSITY = {
    # notes in two bars: theme, hook, solo
    "ambient": (4, 4, 5),
    "classical": (9, 10, 14),
    "cinematic": (6, 7, 10),
    "lo-fi": (6, 7, 11),
    "jazz": (10, 11, 17),
    "metal": (8, 10, 22),
    "rock": (7, 9, 16),
    "edm": (9, 11, 12),
    "chiptune": (10, 12, 18),
    "trap": (5, 6, 8),
    "blues": (8, 8, 14),
    "house": (6, 8, 10),
    "techno": (5, 6, 8),
    "bossa nova": (8, 9, 13),
    "funk": (8, 10, 14),
    "country": (8, 9, 15),
}


def _phrase(
    plan: Plan,
    section: Section,
    instrument: str,
    name: str,
    bars: int,
    count: int,
    start_bar: int,
    cadence: str,
    lift: float,
    busy: float = 0.3,
) -> list[Note]:
    """Return a phrase. The same name gives the same rhythm and contour over other chords."""
    rng = stream(plan.seed, "lead", name)
    low, high = _RANGE.get(instrument, (62, 86))
    per_bar = plan.beats_per_bar
    beats = float(bars * per_bar)
    stresses = [rng.random() < 0.45 for _ in range(count)]
    bank = BANKS["rap"] if count > 11 else BANKS["pop"] if rng.random() < 0.7 else BANKS["belt"]
    rhythm = place(
        stresses,
        beats,
        per_bar,
        rng,
        syncopation=busy,
        template=cell(count, beats, bank, rng),
        rest=rng.choice((0.25, 0.5, 1.0)),
    )
    offset = float(start_bar * per_bar)
    rhythm = [(offset + s, length) for s, length in rhythm]
    points = melody.CONTOURS[rng.randrange(len(melody.CONTOURS))]
    wide, middle = [p * 1.3 for p in points], (low + high) / 2 + lift
    notes = melody.pitches(
        plan, section, rhythm, low, high, middle, rng, points=wide, cadence=cadence
    )
    begin = float(section.start_bar * per_bar)
    loud = 0.55 + 0.35 * section.energy
    return [
        Note(begin + s, length, p, loud * (1.0 if stress else 0.85))
        for (s, length), p, stress in zip(rhythm, notes, stresses, strict=True)
    ]


def lead(plan: Plan, sections: tuple[Section, ...], lines: tuple[SungLine, ...]) -> list[Note]:
    """Return the lead instrument's notes for the whole song."""
    player = plan.band.get("lead")
    if player is None:
        return []
    theme, hook, solo = _DENSITY.get(plan.style.name, (7, 9, 13))
    out: list[Note] = []
    vocal = bool(lines)
    rng = stream(plan.seed, "leads")
    for i, section in enumerate(sections):
        if section.lines:
            if section.repeat or section.energy > 0.75:
                out += _answers(plan, section, player.instrument, lines)
            continue
        final = i == len(sections) - 1
        if section.kind in ("break", "build") or (final and section.bars < 3):
            continue
        count, name, lift, busy = theme, "theme", -1.0, 0.25
        if section.kind in ("chorus", "hook", "drop", "interlude", "intro", "instrumental"):
            count, name, lift = hook, "hook", 1.5
        elif section.kind == "bridge":
            name, lift = "bridge", 0.0
        elif section.kind == "solo":
            count, name, lift, busy = solo, f"solo{section.repeat}", 2.5, 0.4
        if entries.opens(plan, section, i):
            if "lead" not in OPENINGS[plan.arrangement.opening]:
                continue
        elif section.kind == "intro" and (not vocal or section.bars < 2):
            if plan.style.form not in ("song", "loop") or rng.random() < 0.5:
                continue
            count = max(3, count // 2)
        if section.kind == "outro":
            count = max(3, count // 2)
        for at in range(0, section.bars, 2):
            bars = min(2, section.bars - at)
            turn = at // 2 % 4
            part = name
            if name.startswith("solo"):
                part = f"{name}{'aabc'[turn]}{at // 8 if turn == 3 else 0}"
            elif turn == 3:
                part = f"{name} end"
            elif turn == 1 and name == "theme":
                part = "theme answer"
            if final and at + bars >= section.bars:
                break
            out += _phrase(
                plan,
                section,
                player.instrument,
                part,
                bars,
                max(2, count * bars // 2),
                at,
                "close" if turn in (1, 3) else "open",
                lift,
                busy,
            )
    return out


def _answers(
    plan: Plan,
    section: Section,
    instrument: str,
    lines: tuple[SungLine, ...],
) -> list[Note]:
    """Return short phrases in the gaps between sung lines, all of one contour."""
    rng = stream(plan.seed, "answer")
    low, high = _RANGE.get(instrument, (62, 86))
    begin = float(section.start_bar * plan.beats_per_bar)
    end = begin + section.bars * plan.beats_per_bar
    out: list[Note] = []
    mine = [lines[i] for i in section.lines]
    points = melody.CONTOURS[rng.randrange(len(melody.CONTOURS))]
    for k, line in enumerate(mine):
        until = mine[k + 1].start if k + 1 < len(mine) else end
        gap = until - line.end
        if gap < 1.4 or (k % 2 == 0 and gap < 3):
            continue
        at = -(-line.end * 2 // 1) / 2 + 0.25
        steps = [0.0, 0.5, 0.75, 1.5] if gap > 2.2 else [0.0, 0.5]
        rhythm = [(at + s - begin, 0.45 if s < 1 else 0.9) for s in steps if at + s + 0.4 < until]
        if not rhythm:
            continue
        middle = (low + high) / 2 + 2
        notes = melody.pitches(
            plan, section, rhythm, low, high, middle, rng, points=points, cadence="free"
        )
        out += [
            Note(begin + s, length, p, 0.55) for (s, length), p in zip(rhythm, notes, strict=True)
        ]
    return out


def answers(plan: Plan, section: Section, instrument: str) -> list[Note]:
    """Return a second player's fills: a few notes at the end of every second bar."""
    rng = stream(plan.seed, "fills", section.kind)
    low, high = _RANGE.get(instrument, (62, 84))
    per_bar = plan.beats_per_bar
    points = melody.CONTOURS[rng.randrange(len(melody.CONTOURS))]
    shape = rng.choice(((2.0, 2.5, 3.0), (2.5, 3.0, 3.5), (2.0, 2.75, 3.0, 3.5), (3.0, 3.5)))
    begin = float(section.start_bar * per_bar)
    out: list[Note] = []
    for bar in range(1, section.bars, 2):
        rhythm = [(bar * per_bar + s * per_bar / 4, 0.5) for s in shape]
        middle = (low + high) / 2
        notes = melody.pitches(
            plan, section, rhythm, low, high, middle, rng, points=points, cadence="free"
        )
        out += [
            Note(begin + s, length, p, 0.5) for (s, length), p in zip(rhythm, notes, strict=True)
        ]
    return out
