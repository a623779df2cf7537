"""Chords for every section, and how players voice them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from random import Random

from suno_tui.engine.compose import movement
from suno_tui.engine.compose.form import Block
from suno_tui.engine.compose.progressions import pool
from suno_tui.engine.plan import Plan
from suno_tui.engine.rng import stream
from suno_tui.engine.score import Section
from suno_tui.engine.theory import Chord, Key, chord

_FUNCTIONAL = ("pop", "folk", "rock", "classical", "soul")
"""Families whose chords lead home by their dominant; the others repeat loops."""

_CADENCES = (*_FUNCTIONAL, "jazz", "lofi", "latin", "reggae")
"""Families whose phrases end with a cadence and a bar at home."""
_KINDS = {
    "verse": "intro verse break outro",
    "chorus": "chorus hook solo instrumental interlude drop",
    "bridge": "pre-chorus bridge build",
}
"""The kinds of sections that take the verse's, the chorus' and the bridge's progression."""
_PLACE = {kind: place for place, kinds in _KINDS.items() for kind in kinds.split()}


def harmonise(plan: Plan, blocks: tuple[Block, ...]) -> tuple[Section, ...]:
    """Give every block its chords. A kind of section keeps its progression through the song."""
    rng = stream(plan.seed, "harmony")
    mode = plan.key.mode
    chosen: dict[str, list[str]] = {}
    moves: dict[str, dict[int, str]] = {}
    for place in ("verse", "chorus", "bridge"):
        rows = pool(plan.style.harmony, mode, place)
        if place != "bridge":
            rows = movement.stating(rows) or rows
        words = plan.others.any(f"{place} {mode}", rows).split()
        chosen[place] = [_substitute(word, plan, rng) for word in words]
        moves[place] = movement.moving(plan, place, chosen[place], rng)
    chosen["pedal"] = [movement.home(plan.key)] * 4
    moves["pedal"] = {}
    first = plan.others.any("intro", ("verse", "chorus", "pedal", "verse"))
    if first == "pedal" and plan.arrangement.opening == "swell":
        first = "chorus"  # a swell needs chords that change
    last = max(
        (i for i, b in enumerate(blocks) if b.kind in ("chorus", "hook", "drop")), default=-1
    )
    lift = plan.arrangement.lift if last > 3 else 0
    keys = [plan.key.shifted(lift) if lift and i >= last else plan.key for i in range(len(blocks))]
    out: list[Section] = []
    bar = 0
    index = 0
    for i, (block, key) in enumerate(zip(blocks, keys, strict=True)):
        following, after = (blocks[i + 1], keys[i + 1]) if i + 1 < len(blocks) else (None, key)
        place = first if block.kind == "intro" and following else _PLACE[block.kind]
        progression = _Bars(plan, key, chosen[place], moves[place])
        chords = progression.chords(block, following, after, rng)
        count = len(block.lines)
        out.append(
            Section(
                block.kind,
                block.name,
                bar,
                block.bars,
                block.energy,
                key,
                chords,
                block.repeat,
                tuple(range(index, index + count)),
            )
        )
        bar += block.bars
        index += count
    return tuple(out)


def _substitute(word: str, plan: Plan, rng: Random) -> str:
    """Return the chord or, at random, a substitute: more often if the plan is weird."""
    if plan.style.harmony == "blues" or rng.random() >= 0.4 * max(0.0, plan.weirdness - 0.15):
        return word
    major = {"I": "iii", "IV": "ii", "V": "bVII", "vi": "bVI", "ii": "II", "iii": "III"}
    minor = {"i": "VI", "iv": "IV", "v": "V", "VI": "bII", "VII": "bVII", "III": "I"}
    return (minor if plan.key.minor else major).get(word, word)


@dataclass(frozen=True)
class _Bars:
    """The bars of a block over a progression. moves: passing chords by bar of the progression."""

    plan: Plan
    key: Key
    words: list[str]
    moves: dict[int, str]

    def chords(
        self, block: Block, following: Block | None, after: Key, rng: Random
    ) -> tuple[tuple[float, Chord], ...]:
        """Return (beat, chord). after: the key of the following block."""
        plan, bars = self.plan, block.bars
        words = [self._word(bar) for bar in range(bars)]
        functional = plan.style.harmony in _FUNCTIONAL
        lifts = following is not None and following.kind in ("chorus", "drop", "hook")
        if following is None:
            _end(words, self.key, movement.cadence(plan, self.key), plan.arrangement.ending)
        elif after != self.key:  # the dominant of the new key
            words[-1] = self._first(words[-1]) + "+>V"
        elif lifts and (block.kind == "pre-chorus" or (functional and rng.random() < 0.5)):
            last = self._first(words[-1])
            words[-1] = last if movement.degree(last) == 4 else movement.cadence(plan, self.key)
        elif bars >= 4 and block.kind not in ("intro", "build", "break"):
            self._close(words, bool(block.lines))
        out: list[tuple[float, Chord]] = []
        beats = plan.beats_per_bar
        for bar, word in enumerate(words):
            parts = word.split("+")
            for i, part in enumerate(parts):
                at = bar * beats + i * (2 if beats == 3 else beats / len(parts))
                where = after if part.startswith(">") else self.key
                found = chord(part.removeprefix(">"), where, plan.style.colour)
                if not out or out[-1][1] != found:
                    out.append((float(at), found))
        return tuple(out)

    def _word(self, bar: int) -> str:
        place = bar % len(self.words)
        word = self.words[place]
        plan = self.plan
        if place in self.moves:
            return f"{word}+{self.moves[place]}"
        leads = ("iv", "VI") if self.key.minor else ("IV", "ii", "vi")
        functional = plan.style.harmony in _FUNCTIONAL and plan.beats_per_bar == 4
        # Every second time the progression ends with two chords in its last bar.
        if functional and bar % (2 * len(self.words)) == 2 * len(self.words) - 1 and word in leads:
            return word + "+V"
        return word

    @staticmethod
    def _first(word: str) -> str:
        return word.split("+")[0]

    def _close(self, words: list[str], sung: bool) -> None:
        """Let the last bar end at home, unless the next section follows without a pause."""
        if self.plan.style.harmony == "blues":  # the twelve bars have a turnaround
            return
        at_home = movement.home(self.key)
        last, before = self._first(words[-1]), self._first(words[-2])
        if sung or self.plan.style.harmony in _CADENCES:
            words[-1] = at_home
            lead = movement.cadence(self.plan, self.key)
            words[-2] = lead if movement.degree(before) == 4 else f"{before}+{lead}"
        else:
            words[-1] = last if movement.degree(last) == 0 else f"{last}+{at_home}"


def _end(words: list[str], key: Key, lead: str, ending: str) -> None:
    """Let the last bars end the song at home, after a cadence; a tag plays the cadence twice."""
    at_home = movement.home(key)
    words[-1] = at_home
    if len(words) >= 4:
        before = "iv" if key.minor else "IV"
        if ending == "tag":
            away = "VI" if key.mode != "phrygian" else "iv"
            words[-4:-1] = [f"{before}+{lead}", away if key.minor else "vi", f"{before}+{lead}"]
        elif ending != "fade":
            words[-2] = f"{before}+{lead}"


_KIND: dict[str, tuple[str, int]] = {
    # how an instrument voices chords, and around which pitch
    "steel_guitar": ("guitar", 43),
    "nylon_guitar": ("guitar", 45),
    "clean_guitar": ("guitar", 48),
    "jazz_guitar": ("guitar", 48),
    "crunch_guitar": ("guitar", 43),
    "power_guitar": ("power", 40),
    "metal_guitar": ("power", 38),
    "ukulele": ("close", 67),
    "banjo": ("close", 66),
    "harp": ("close", 64),
    "bells": ("close", 76),
    "vibraphone": ("close", 67),
    "marimba": ("close", 66),
    "glass_pad": ("close", 68),
    "warm_pad": ("wide", 58),
    "dark_pad": ("wide", 55),
    "strings": ("wide", 62),
    "choir": ("wide", 60),
    "supersaw": ("wide", 64),
    "poly_synth": ("close", 62),
    "pluck": ("close", 67),
    "stab_synth": ("close", 60),
    "brass": ("close", 62),
    "chip_pulse": ("close", 69),
    "felt_piano": ("close", 62),
    "clavinet": ("close", 60),
    "harpsichord": ("close", 62),
    "organ": ("close", 61),
    "acid_bass": ("close", 45),
    "flute": ("close", 74),
    "accordion": ("close", 62),
    "cello": ("close", 48),
}


class Voicer:
    """Voices chords for one player, each as close to the last as possible."""

    def __init__(self, instrument: str, rootless: bool) -> None:
        self.kind, self.centre = _KIND.get(instrument, ("close", 61))
        self.rootless = rootless
        self.last: tuple[int, ...] = ()

    def __call__(self, chord: Chord) -> tuple[int, ...]:
        """Return MIDI pitches, from low to high."""
        if self.kind == "power":
            root = self.centre + (chord.root - self.centre) % 12
            return (root, root + 7, root + 12)
        if self.kind == "guitar":
            return self._guitar(chord)
        voicing = self._keys(chord)
        self.last = voicing
        return voicing

    def _guitar(self, chord: Chord) -> tuple[int, ...]:
        root = self.centre + (chord.root - self.centre) % 12
        if root > self.centre + 9:
            root -= 12
        notes = [root, root + 7 if 7 in chord.shape else root + 6]
        classes = chord.classes - {chord.root}
        for pitch in range(root + 10, root + 26):
            if len(notes) >= 5:
                break
            if (
                pitch % 12 in chord.classes
                and pitch - notes[-1] >= 3
                and (pitch % 12 in classes or len(notes) >= 3)
            ):
                notes.append(pitch)
        return tuple(notes)

    def _keys(self, chord: Chord) -> tuple[int, ...]:
        shape = list(chord.shape)
        if self.rootless and len(shape) >= 4:
            shape = shape[1:]
        if len(shape) == 5:
            shape.remove(7) if 7 in shape else shape.pop(1)
        classes = [(chord.root + s) % 12 for s in shape]
        best: tuple[float, tuple[int, ...]] | None = None
        for low in range(self.centre - 9, self.centre + 5):
            if low % 12 not in classes:
                continue
            turned = sorted({(c - low) % 12 for c in classes})
            notes = tuple(low + t for t in turned)
            if self.kind == "wide" and len(notes) >= 3:
                notes = tuple(sorted((notes[0], notes[2], notes[1] + 12, *notes[3:])))
            middle = sum(notes) / len(notes)
            cost = abs(middle - self.centre) * 0.7
            if self.last:
                cost += sum(min(abs(n - o) for o in self.last) for n in notes)
                cost += abs(notes[-1] - self.last[-1]) * 0.5
            cost += sum(1.5 for a, b in itertools.pairwise(notes) if b - a == 1)
            if best is None or cost < best[0]:
                best = (cost, notes)
        assert best is not None
        return best[1]
