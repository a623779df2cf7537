"""The form: the order of the sections, their lengths and their lines."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from suno_tui.engine.arrangement import OPENING_ENERGY
from suno_tui.engine.compose import forms
from suno_tui.engine.lyrics import Line, LyricSection, sections
from suno_tui.engine.plan import LONGEST, Plan
from suno_tui.engine.score import TAIL

ENERGY = {
    "intro": 0.3,
    "verse": 0.5,
    "pre-chorus": 0.65,
    "chorus": 0.9,
    "hook": 0.9,
    "bridge": 0.55,
    "solo": 0.8,
    "instrumental": 0.7,
    "interlude": 0.6,
    "break": 0.3,
    "build": 0.6,
    "drop": 1.0,
    "outro": 0.3,
}
_LONGEST = LONGEST - 5
_UNITS = {"solo": 2, "bridge": 2, "drop": 2}


@dataclass(frozen=True)
class Block:
    """A section before it has chords: its lines and the bars that each of them takes."""

    kind: str
    name: str
    bars: int
    energy: float
    lines: tuple[tuple[Line, int], ...] = ()
    repeat: int = 0


def form(plan: Plan) -> tuple[Block, ...]:
    """Return the blocks of the song, about as long as the plan asks, never beyond 240 seconds.

    If the plan's length is exact, the blocks and the tail fill it as nearly as whole bars can.
    """
    bar = 60.0 / plan.bpm * plan.beats_per_bar
    total = max(2, round(min(plan.seconds, _LONGEST) / bar))
    if plan.exact:
        total = max(1, round((plan.seconds - TAIL) / bar))
    lyric = () if plan.instrumental else sections(plan.lyrics, plan.language)
    sung = any(section.lines for section in lyric)
    blocks = _sung(plan, lyric, total, bar) if sung else _played(plan, total, lyric)
    return _with_repeats(plan, _exactly(blocks, total) if plan.exact else blocks)


def _exactly(blocks: list[Block], total: int) -> list[Block]:
    """Bring the blocks to `total` bars by shortening or adding instrumental ones."""
    blocks = list(blocks)
    while (over := _bars(blocks) - total) > 0:
        at = max(range(len(blocks)), key=lambda i: (not blocks[i].lines, blocks[i].bars, i))
        block = blocks[at]
        if block.bars > 1:
            blocks[at] = _shortened(block, block.bars - min(over, max(1, block.bars // 2)))
        else:
            del blocks[at]
    while (room := total - _bars(blocks)) > 0:
        last = blocks[-1]
        if room <= 4 and not last.lines:
            blocks[-1] = replace(last, bars=last.bars + room)
        else:
            blocks.insert(max(1, len(blocks) - (not last.lines)), _unsung("solo", min(room, 8)))
    return blocks


def _with_repeats(plan: Plan, blocks: list[Block]) -> tuple[Block, ...]:
    """Count the repeats of each kind of block, and give each repeat a little more energy."""
    seen: dict[str, int] = {}
    out = []
    if blocks[0].kind == "intro" and not blocks[0].lines and blocks[0].bars > 1:
        energy = OPENING_ENERGY[plan.arrangement.opening]
        blocks = [replace(blocks[0], energy=energy), *blocks[1:]]
    for block in blocks:
        times = seen.get(block.kind, 0)
        seen[block.kind] = times + 1
        energy = (
            block.energy
            + min(0.12, 0.06 * times)
            + plan.energy * (0.6 if block.energy < 0.4 else 1.0)
        )
        out.append(replace(block, energy=max(0.12, min(1.0, energy)), repeat=times))
    return tuple(out)


def _unit(plan: Plan) -> int:
    return 12 if plan.style.harmony == "blues" else 4


def _played(plan: Plan, total: int, lyric: tuple[LyricSection, ...]) -> list[Block]:
    """Return the blocks of an instrumental, by the user's section tags or else the style's form."""
    if lyric:
        kinds = [(section.kind, section.name, 8) for section in lyric]
    else:
        kinds = [
            (kind, forms.name(kind), bars)
            for kind, bars in forms.form(plan.others, plan.style.form)
        ]
    if plan.style.harmony == "blues":
        kinds = [(k, n, 12 if b >= 8 else 4) for k, n, b in kinds]
    blocks = [Block(k, n, b, ENERGY[k]) for k, n, b in kinds]
    if not lyric and blocks[-1].kind == "outro" and total > 40:
        blocks[-1] = _outro(plan, plan.seconds)
    return _fitted(blocks, total)


def _fitted(blocks: list[Block], total: int) -> list[Block]:
    """Shorten, drop or repeat whole blocks until they are about `total` bars."""
    blocks = list(blocks)
    middle = [b for b in blocks if b.kind not in ("intro", "outro")]
    turn = 0
    while sum(b.bars for b in blocks) + 6 < total and middle:
        # New blocks go before the last one that is not an outro.
        at = max(1, len(blocks) - (2 if blocks[-1].kind == "outro" else 1))
        at -= blocks[at - 1].kind == "build"
        blocks.insert(at, middle[turn % len(middle)])
        turn += 1
    while sum(b.bars for b in blocks) > total + 2 and len(blocks) > 3:
        kinds = [b.kind for b in blocks]
        inner = range(1, len(blocks) - 2) if len(blocks) > 4 else range(1, len(blocks) - 1)
        doubled = [i for i in inner if kinds.count(kinds[i]) > 1]
        del blocks[min(doubled or inner, key=lambda i: (kinds[i - 1] == kinds[i + 1], -i))]
    while (over := sum(b.bars for b in blocks) - total) > 0:
        longest = max(range(len(blocks)), key=lambda i: (blocks[i].bars, i))
        bars = blocks[longest].bars
        if bars <= 1:
            blocks.pop(0)
            continue
        shorter = (
            bars - 4
            if bars > 8 and over >= 4
            else bars // 2
            if over >= bars // 2
            else (bars - over)
        )
        blocks[longest] = replace(blocks[longest], bars=max(1, shorter))
    return blocks


def _line_bars(line: Line, plan: Plan, bar: float, hurry: float) -> int:
    """Return how many bars a line gets, so that its syllables come at a comfortable rate."""
    rates = {"rap": 4.4, "soft": 2.2, "belt": 2.4, "shout": 3.4, "pop": 2.6}
    rate = rates[plan.style.voice] * hurry
    want = len(line.syllables) / rate + 0.6
    options = (1, 2, 4) if plan.beats_per_bar == 4 else (1, 2, 3, 4)
    return min(options, key=lambda n: abs(math.log(n * bar / want)) + (0.15 if n == 1 else 0.0))


def _sung(plan: Plan, lyric: tuple[LyricSection, ...], total: int, bar: float) -> list[Block]:
    """Return the blocks of sung lyrics in order, with intro, breaks, repeats and an ending."""
    short = total < 16
    hurry = 1.0
    limit = min(total, int(_LONGEST / bar)) if plan.exact else int(_LONGEST / bar)
    blocks: list[Block] = []
    for hurry in (1.0, 1.35, 1.8):
        blocks = [_block(plan, section, bar, hurry) for section in lyric]
        if sum(b.bars for b in blocks) <= limit - 8:
            break
    if blocks[0].kind != "intro":
        bars = 1 if short else plan.others.any("intro bars", (2, 4, 4, 4 if bar > 2.2 else 8))
        blocks.insert(0, _unsung("intro", bars))
    outro = _unsung("outro", 1) if short else _outro(plan, total * bar)
    tail = blocks.pop() if blocks[-1].kind == "outro" and not short else outro
    if short:
        return _cut(blocks, tail, total)
    blocks = _doubled(blocks)
    if plan.free:
        blocks = _with_instrumental(plan, blocks)
    sung = _bars([b for b in blocks if b.lines])
    blocks = _extended(plan, blocks, total - tail.bars)
    if not plan.exact and plan.seconds >= 100:  # not short on purpose: sing every word
        total = max(min(total, limit), min(limit, sung + 12))
    return _cut(blocks, tail, total)


def _doubled(blocks: list[Block]) -> list[Block]:
    """Double each short chorus."""
    return [
        replace(b, bars=b.bars * 2, lines=b.lines * 2)
        if b.kind in ("chorus", "hook") and b.lines and b.bars < 8
        else b
        for b in blocks
    ]


def _outro(plan: Plan, seconds: float) -> Block:
    """Return the last block of a song of `seconds`, as long as its ending needs."""
    ending = plan.arrangement.ending
    name = "Coda" if ending == "tag" else "Outro"
    bars = 8 if ending in ("fade", "strip", "tag") and seconds > 100 else 4
    return Block("outro", name, bars, 0.6 if ending == "fade" else 0.45 if bars == 8 else 0.3)


def _with_instrumental(plan: Plan, blocks: list[Block]) -> list[Block]:
    """Add an instrumental block to a song whose form is the engine's."""
    choruses = [i for i, block in enumerate(blocks) if block.kind == "chorus"]
    if not choruses:
        return blocks
    first, last = choruses[0], choruses[-1]
    unit = _unit(plan)
    out = list(blocks)
    match plan.others.any("layout", ("plain", "after", "breakdown", "solo", "before")):
        case "after" if first + 1 < len(blocks):
            out.insert(first + 1, _unsung("interlude", unit))
        case "breakdown" if last > first:
            out.insert(last, _unsung("break", unit))
        case "solo" if last > first:
            out.insert(last, _unsung("solo", 2 * unit if unit == 4 else unit))
        case "before" if first and blocks[first - 1].kind == "verse":
            out.insert(first, _unsung("pre-chorus", unit // 2))
    return out


def _extended(plan: Plan, blocks: list[Block], total: int) -> list[Block]:
    """Repeat sung blocks, with instrumental ones between, until there are about `total` bars.

    The blocks keep their order; the added ones end with the refrain.
    """
    body = [b for b in blocks if b.lines]
    if not body:
        return [b for b in _played(plan, total + 4, ()) if b.kind != "outro"]
    named = [b for b in body if b.kind in ("chorus", "hook")]
    refrain = named[0] if named else max(body, key=lambda b: b.bars)
    verses = [b for b in body if b.kind == "verse" and b is not refrain][-1:]
    played = plan.others.any("between", forms.BETWEEN[plan.style.form in ("edm", "club")])
    returns = (body, [refrain], [*verses, refrain], [refrain])
    out = list(blocks)
    for turn in range(12):
        if _bars(out) >= total * 0.88:
            break
        again = returns[turn % 4]
        between = [
            _unsung(kind, _unit(plan) * _UNITS.get(kind, 1)) for kind in played[turn % 4].split()
        ]
        room = total + 3 - _bars(out)
        if _bars([*between, *again]) > room:
            again = [refrain]
        if _bars([*between, *again]) > room:
            out += [refrain] if refrain.bars <= room else between if _bars(between) <= room else []
            break
        out += [*between, *again]
    if named and len(out) > len(blocks) and out[-1].lines and out[-1] != refrain:
        if _bars(out) + refrain.bars <= total + 8:
            out.append(refrain)
        elif out[-2] == refrain:
            del out[-1]
    return out


def _unsung(kind: str, bars: int) -> Block:
    """Return a block without lines."""
    return Block(kind, forms.name(kind), bars, ENERGY[kind])


def _bars(blocks: list[Block]) -> int:
    return sum(b.bars for b in blocks)


def _cut(blocks: list[Block], tail: Block, total: int) -> list[Block]:
    """Cut the blocks to `total` bars: lines are dropped from the end, the ending stays."""
    out: list[Block] = []
    tail = _shortened(tail, max(4, total // 2))
    room = max(1, total - tail.bars)
    for block in blocks:
        if room <= 0:
            break
        if block.bars <= room:
            out.append(block)
            room -= block.bars
            continue
        shorter = _shortened(block, room)
        if 2 * shorter.bars < block.bars and any(b.lines == block.lines != () for b in out):
            break  # better to end than to repeat only a line or two
        if shorter.lines or not block.lines:
            out.append(shorter)
            room -= shorter.bars
        elif not any(b.lines for b in out):
            # Not even one line fits: sing the beginning of the first.
            line = block.lines[0][0]
            keep = line.cut(max(3, room * 6))
            out.append(replace(block, bars=room, lines=((keep, room),)))
            room = 0
        break
    out.append(tail)
    return out


def _shortened(block: Block, room: int) -> Block:
    """Cut a block to `room` bars: to the lines that fit; without lines, to so many bars."""
    if block.bars <= room:
        return block
    lines: list[tuple[Line, int]] = []
    used = 0
    for line, bars in block.lines:
        if used + bars > room:
            break
        lines.append((line, bars))
        used += bars
    return replace(block, bars=used or room, lines=tuple(lines))


def _block(plan: Plan, section: LyricSection, bar: float, hurry: float) -> Block:
    lines = [(line, _line_bars(line, plan, bar, hurry)) for line in section.lines]
    if not lines:
        bars = {"intro": 4, "outro": 4, "break": 4, "build": 4, "interlude": 4}.get(section.kind, 8)
        return Block(section.kind, section.name, bars, ENERGY[section.kind])
    bars = sum(count for _, count in lines)
    unit = _unit(plan)
    if unit == 12 and len(lines) in (2, 3, 4, 6) and bars <= 12:
        lines = [(line, 12 // len(lines)) for line, _ in lines]
        bars = 12
    elif bars % 2 and section.kind != "outro":
        line, count = lines[-1]
        lines[-1] = (line, count + 1)  # room to breathe before the next section
        bars += 1
    if bars % 4 and bars > 4 and hurry == 1.0:
        bars += 4 - bars % 4
    return Block(section.kind, section.name, bars, ENERGY[section.kind], tuple(lines))
