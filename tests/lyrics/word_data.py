"""Write the data of `suno_tui.lyrics.pronunciations` and `suno_tui.lyrics.synonyms`.

    python -m tests.lyrics.word_data CMUDICT FREQUENCIES WORDNET

CMUDICT is `cmudict.dict` of the CMU Pronouncing Dictionary; FREQUENCIES has a word a line, the most
frequent first; WORDNET is the folder of WordNet 3.0 (`data.noun`, `index.noun` …). The files change
only if one of these is another.
"""

from __future__ import annotations

import gzip
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from suno_tui.lyrics.pronunciations import LETTERS, base_forms

DATA = Path(__file__).parents[2] / "suno_tui" / "lyrics" / "data"
_PARTS = ("noun", "verb", "adj", "adv")
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_MOST_SYNONYMS = 12
_COMMON = 3000
"""So many of the most frequent words are kept though WordNet lacks them: `with`, `don't`."""
_RUDE = {"obscenity", "ethnic slur", "disparagement", "vulgarism"}
_ALONE = {"a": ("AH0",), "i": ("AY1",), "o": ("OW1",)}


class WordNet:
    """The synonym sets of a folder of WordNet's files."""

    def __init__(self, folder: Path) -> None:
        self.sets: dict[tuple[str, int], list[str]] = {}
        self.similar: dict[tuple[str, int], list[int]] = {}
        self.senses: dict[str, list[tuple[str, int]]] = {}
        rude: list[tuple[str, int, int, tuple[str, int]]] = []
        for part in _PARTS:
            for line in (folder / f"data.{part}").read_text().splitlines():
                if not line.startswith(" "):
                    rude += self._read_set(part, line.split(" | ")[0].split())
            for line in (folder / f"index.{part}").read_text().splitlines():
                if not line.startswith(" "):
                    fields = line.split()
                    offsets = fields[-int(fields[2]) :]
                    self.senses.setdefault(fields[0], []).extend((part, int(o)) for o in offsets)
        for part, offset, word, domain in rude:
            if set(self.sets.get(domain, ())) & _RUDE:
                words = self.sets[part, offset]
                words[:] = [w if word and n != word - 1 else "" for n, w in enumerate(words)]

    def _read_set(
        self, part: str, fields: list[str]
    ) -> Iterator[tuple[str, int, int, tuple[str, int]]]:
        offset, count = int(fields[0]), int(fields[3], 16)
        words = [re.sub(r"\(\w+\)$", "", word) for word in fields[4 : 4 + 2 * count : 2]]
        self.sets[part, offset] = [word.replace("_", " ") for word in words]
        pointers = fields[5 + 2 * count :][: 4 * int(fields[4 + 2 * count])]
        parts = {"n": "noun", "v": "verb", "a": "adj", "s": "adj", "r": "adv"}
        for sign, to, kind, ends in zip(*(pointers[n::4] for n in range(4)), strict=True):
            if sign == "&":
                self.similar.setdefault((part, offset), []).append(int(to))
            elif sign == ";u":
                yield part, offset, int(ends[:2], 16), (parts[kind], int(to))

    def lemmas(self) -> set[str]:
        """Return the words that are written small."""
        return {word for words in self.sets.values() for word in words if _WORD.fullmatch(word)}

    def synonyms(self, word: str) -> list[str]:
        """Return the words with a sense of the word, its usual senses first."""
        found: dict[str, None] = {}
        for part, offset in self.senses.get(word, ()):
            found |= dict.fromkeys(self.sets[part, offset])
        for part, offset in self.senses.get(word, ()):
            for near in self.similar.get((part, offset), ()):
                found |= dict.fromkeys(self.sets[part, near])
        return [each for each in found if each and each != word and each.islower()]


def _spoken(file: Path) -> dict[str, list[tuple[str, ...]]]:
    found: dict[str, list[tuple[str, ...]]] = {}
    for line in file.read_text().splitlines():
        name, *phones = line.partition("#")[0].split()
        found.setdefault(re.sub(r"\(\d+\)$", "", name), []).append(tuple(phones))
    return found | {word: [phones] for word, phones in _ALONE.items()}


def main(cmudict: Path, frequencies: Path, wordnet: Path) -> None:
    net = WordNet(wordnet)
    lemmas, spoken = net.lemmas(), _spoken(cmudict)
    frequent = {word: rank for rank, word in enumerate(frequencies.read_text().split())}
    known = [
        word
        for word in spoken
        if _WORD.fullmatch(word)
        and (len(word) > 1 or word in _ALONE)
        and (frequent.get(word, _COMMON) < _COMMON or lemmas & {word, *base_forms(word)})
        and not word.endswith("'s")
    ]
    known.sort(key=lambda word: (frequent.get(word, len(frequent)), word))
    _write("pronunciations", (f"{word}\t{' '.join(map(_letters, spoken[word]))}" for word in known))
    common = set(known)
    lines = []
    for word in known:
        mates = [
            mate
            for mate in net.synonyms(word)
            if all(part in common for part in mate.split(" ")) and mate.count(" ") < 2
        ]
        if mates:
            lines.append(f"{word}\t{','.join(mates[:_MOST_SYNONYMS])}")
    _write("synonyms", lines)


def _letters(phones: tuple[str, ...]) -> str:
    return "".join(LETTERS[phone.rstrip("012")] + phone[2:].strip("0") for phone in phones)


def _write(name: str, lines: Iterable[str]) -> None:
    text = "\n".join(lines)
    data = gzip.compress(f"\n{text}\n".encode(), 9, mtime=0)
    (DATA / f"{name}.txt.gz").write_bytes(data)
    print(name, text.count("\n") + 1, "lines,", len(text), "bytes,", len(data), "compressed")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
