"""Drums: grooves by energy, fills before a change, builds, stops and crashes."""

from __future__ import annotations

from random import Random

from suno_tui.engine.compose import entries
from suno_tui.engine.compose.accompany import level
from suno_tui.engine.compose.grooves import FILLS, GROOVES, Rows
from suno_tui.engine.plan import Plan
from suno_tui.engine.rng import stream
from suno_tui.engine.score import Hit, Section

_LOUD = ("chorus", "hook", "drop", "solo", "instrumental")
_LAYERS = {
    "shaker": "3243324332433243",
    "tambourine": "....5.......5...",
    "ride": "5...4...5...4...",
    "open": "..............5.",
}
_LAYERED = {"band": ("tambourine", "shaker", "ride"), "machine": ("shaker", "open", "tambourine")}


def _strokes(
    rows: Rows,
    bar: int,
    per_bar: int,
    begin: float,
    strength: float,
    window: tuple[int, int] = (0, 16),
) -> list[Hit]:
    out = []
    for drum, line in rows.items():
        offset = (bar % max(1, len(line) // 16)) * 16
        for step in range(window[0], min(window[1], per_bar * 4)):
            mark = line[offset + step]
            if mark != ".":
                out.append(Hit(begin + step / 4, drum, int(mark) / 9 * strength))
    return out


def _varied(rows: Rows, machine: bool, per_bar: int, rng: Random) -> Rows:
    """Return a variation of a groove, for the last of four bars."""
    out = dict(rows)
    last = per_bar * 4

    def put(drum: str, step: int, mark: str) -> None:
        line = out[drum]
        at = len(line) - 16 + step
        out[drum] = line[:at] + mark + line[at + 1 :]

    def free(drum: str, steps: tuple[int, ...]) -> list[int]:
        return [step for step in steps if out[drum][step - 16] == "."]

    on_one = "kick" in out and out["kick"][0] != "."
    if on_one and rng.random() < 0.75:
        places = free("kick", (last - 1, last - 2, last - 6, last - 9))
        if machine and out["kick"][-16:].count("9") == 4:
            put("kick", last - 4, ".")  # a rest makes the next bar land harder
        elif places:
            put("kick", rng.choice(places), "6")
    if "hat" in out and rng.random() < 0.8:
        if rng.random() < 0.5 and "open" not in out:
            put("hat", last - 2, ".")
            out["open"] = "." * len(out["hat"])
            put("open", last - 2, "6")
        else:
            for step, mark in ((last - 3, "4"), (last - 1, "5")):
                put("hat", step, mark)
    for drum in ("snare", "clap", "rim"):
        if drum in out and not machine and rng.random() < 0.6:
            if places := free(drum, (last - 1, last - 3, 7, 9)):
                put(drum, rng.choice(places), "3")
            break
    return out


def drums(plan: Plan, sections: tuple[Section, ...]) -> list[Hit]:
    """Return all hits of the song. The first of the plan's grooves is for most sections."""
    return entries.drummed(plan, sections, _hits(plan, sections, stream(plan.seed, "drums")))


def _hits(plan: Plan, sections: tuple[Section, ...], rng: Random) -> list[Hit]:
    """Return the hits of a drummer who plays in every section."""
    grooves, style, per_bar = plan.grooves, plan.style.name, plan.beats_per_bar
    if not grooves:
        return []
    main = GROOVES[grooves[0]]
    other = GROOVES[rng.choice(grooves)]
    machine = style in (
        "edm",
        "house",
        "techno",
        "trap",
        "reggaeton",
        "drum and bass",
        "synthwave",
        "chiptune",
    )
    big = style in ("cinematic", "classical")
    layers = _LAYERED["machine" if machine else "band"]
    layer = rng.choice(layers)
    out: list[Hit] = []
    for i, section in enumerate(sections):
        following = sections[i + 1] if i + 1 < len(sections) else None
        begin = float(section.start_bar * per_bar)
        strength = 0.6 + 0.4 * section.energy
        if section.kind == "build":
            out += _build(section, begin, per_bar, big)
            continue
        drumming = plan.arrangement.breakdown == "drums"
        if section.kind == "break" and section.energy < 0.45 and not drumming:
            calm = {k: v for k, v in main[0].items() if k not in ("kick", "snare", "taiko")}
            for bar in range(section.bars):
                out += _strokes(calm, bar, per_bar, begin + bar * per_bar, strength)
            continue
        if section.kind in ("intro", "outro") and section.energy < 0.25:
            continue
        groove = other if section.kind in ("bridge", "solo") else main
        version = level(section.energy)
        if section.kind == "break" and drumming:
            version = 1
        opened = entries.opens(plan, section, i)
        if section.kind == "intro" and i == 0:
            version = max(1, version) if opened else 0
        rows = dict(groove[version])
        if version == 2 and rng.random() < 0.5 and section.repeat == 0 and section.energy < 0.95:
            rows.pop("shaker", None)
        answer = _varied(rows, machine, per_bar, rng)
        growing = version > 0 and section.bars >= 8 and layer not in rows and not big
        rising = following is not None and following.energy > section.energy + 0.08
        stop = rising and following is not None and following.kind in _LOUD and rng.random() < 0.3
        for bar in range(section.bars):
            at = begin + bar * per_bar
            if growing and bar == section.bars // 2:
                for pattern in (rows, answer):
                    pattern[layer] = _LAYERS[layer]
            end = bar == section.bars - 1
            middle = bar % 4 == 3 and not end
            rises = section.bars - bar if section.kind == "pre-chorus" else 0
            if 0 < rises <= min(2, section.bars - 1):
                out += _strokes(rows, bar, per_bar, at, strength, (0, 16 if rises == 2 else 8))
                out += _rise(at, per_bar, 0.5 if rises == 1 else 1.0, strength, big)
                continue
            if section.kind == "intro" and bar < section.bars // 2 and version == 0:
                out += _strokes(
                    {k: v for k, v in rows.items() if k in ("hat", "shaker", "ride")},
                    bar,
                    per_bar,
                    at,
                    strength * 0.8,
                )
                continue
            if end and following is None:
                break
            fills = FILLS[
                "drums" if big else "quiet" if version == 0 else "machine" if machine else "band"
            ]
            if end and stop and version > 0:
                out += _strokes(rows, bar, per_bar, at, strength, (0, 8))
            elif end and version + rising > 0 and following is not None:
                out += _strokes(rows, bar, per_bar, at, strength, (0, 8))
                fill = rng.choice(fills)
                kept = {k: v for k, v in rows.items() if k in ("kick", "hat") and k not in fill}
                out += _strokes(kept, bar, per_bar, at, strength, (8, 16))
                out += _strokes(fill, 0, per_bar, at, strength)
            elif middle and rng.random() < 0.35 and version > 0 and not machine:
                out += _strokes(rows, bar, per_bar, at, strength, (0, 12))
                out += _strokes(rng.choice(fills), 0, per_bar, at, strength * 0.85, (12, 16))
            else:
                out += _strokes(answer if middle else rows, bar, per_bar, at, strength)
        if version == 2 or (version == 1 and i > 0 and section.kind != "break"):
            # A machine's crash is noise, too, and would cover its hats at full level.
            out.append(Hit(begin, "crash", (0.55 + 0.4 * section.energy) * (0.6 if machine else 1)))
    return out


def _rise(begin: float, per_bar: int, step: float, strength: float, big: bool) -> list[Hit]:
    """Return the strokes on every beat, or half a beat, with which a bar lifts into the next."""
    count = int(per_bar / step)
    drum = "taiko" if big else "snare"
    soft = strength * (0.4 if step == 1.0 else 0.6)
    return [Hit(begin + i * step, drum, soft + 0.3 * strength * i / count) for i in range(count)]


def _build(section: Section, begin: float, per_bar: int, big: bool) -> list[Hit]:
    """Return a roll that doubles its pace to the end and leaves the last beat empty."""
    out = []
    total = section.bars * per_bar
    beat = 0.0
    drum = "taiko" if big else "snare"
    while beat < total - 1:
        share = beat / total
        step = 1.0 if share < 0.5 else 0.5 if share < 0.75 else 0.25
        out.append(Hit(begin + beat, drum, 0.25 + 0.6 * share))
        if beat % 1 == 0 and share < 0.75:
            out.append(Hit(begin + beat, "kick", 0.7))
        if beat % 1 == 0.5:
            out.append(Hit(begin + beat, "hat", 0.4))
        beat += step
    return out
