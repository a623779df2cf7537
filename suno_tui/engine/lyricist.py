"""Titles and lyrics for songs that have only a description."""

from __future__ import annotations

import re
from random import Random

from suno_tui.engine.rng import stream
from suno_tui.engine.verses import ABOUT, ANYTHING, BRIDGES, CHORUSES, RISERS, THEMES
from suno_tui.engine.vocabulary import count

_TOPIC = re.compile(
    r"\b(?:about|sobre|über)\s+((?:[^\W\d_][\w'’-]*\s*){1,7})"
    r"|\b(?:named|called|for|for (?:my|our) [a-z]+)\s+([A-Z][\w'’-]+)(?![\w'’-])"
)
_PLACE = re.compile(
    r"\b(?:through|in|into|by|under|over|across|along|near|from|beside|at|on|around|beyond)\s+"
    r"((?:(?:a|an|the|my|our)\s+)?[a-z'’-]{3,}(?:\s+[a-z'’-]{3,}){0,2})",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"^(?:a|an|the|some|my|our|your)\s+", re.IGNORECASE)
_SMALL = ("and", "the", "of", "a", "an", "in", "to", "for", "on", "at", "by", "or", "with", "from")
_LOOSE = (*_SMALL, "who", "that", "when", "is", "are", "my", "our", "your", "his", "her", "which",
          "where", "while", "after", "before", "because", "how", "i", "we", "it's")  # fmt: skip
_CUTS = re.compile(
    r"\s+(?:who|that|which|while|because|when|where|with|using|featuring|in the style)\b.*",
    re.IGNORECASE,
)
_MUSICAL = re.compile(
    r"\b(?:style|key|tempo|bpm|minor|major|song|track|music|beats?|vibe|mood|vocals?|voices?|"
    r"chorus|verse|drops?|bass|drums?|synths?|guitars?|piano|strings|chords?|melod\w+|mix|sound\w*|"
    r"background|fast|slow|general|spanish|english|french|german|japanese|\d+s|stud(?:y|ying)|"
    r"least|most|end|start|beginning|rock|pop|metal|jazz|night|instruments?)\b",
    re.IGNORECASE,
)


_ORDERS = ("1PC2CBC", "1PC2PCBCO", "C1PC2CBC", "1PC2PCBCC", "12PCBCO", "1C2PCBC")
"""The orders of sections: verses 1 and 2, Pre-chorus, Chorus, Bridge, Outro."""


def _theme(prompt: str, style: str, rng: Random) -> str:
    text = prompt.lower()
    scores = {
        name: sum(count(word, text) for word in called) for name, (called, _, _) in THEMES.items()
    }
    best = max(scores.values())
    if best:
        return rng.choice([name for name, score in scores.items() if score == best])
    usual = {
        "metal": "fight",
        "punk": "fight",
        "trap": "hustle",
        "hip-hop": "hustle",
        "edm": "party",
        "house": "party",
        "synthwave": "night",
        "country": "road",
        "folk": "home",
        "ambient": "winter",
        "r&b": "love",
        "lo-fi": "night",
        "cinematic": "fight",
    }
    return usual.get(style) or rng.choice(("love", "night", "dream", "road", "home"))


def _topic(prompt: str) -> str:
    """Return the topic that a prompt names, in a few words; empty if it names none."""
    found = _TOPIC.search(prompt)
    if not found:
        return ""
    words = _CUTS.sub("", found[1] or found[2]).split()[:5]
    while words and words[-1].lower() in _LOOSE:
        words.pop()
    return " ".join(words)


def _place(prompt: str) -> str:
    """Return the place that a prompt names: "in a rainy cafe" gives "Rainy Cafe"; else empty."""
    for found in _PLACE.finditer(prompt):
        words = _CUTS.sub("", found[1]).split()
        for i, word in enumerate(words):
            if i and word.lower() in _LOOSE:
                words = words[:i]
                break
        bare = _ARTICLE.sub("", " ".join(words))
        if bare and not _MUSICAL.search(bare) and bare.lower() not in _LOOSE:
            return bare if " " in bare else f"the {bare}"
    return ""


def title(prompt: str, style: str, seed: int) -> str:
    """Return a title for a description, at most 80 characters. Equal for both takes of a task.

    It is the title that the description names; else its topic or place; else a title of its theme.
    """
    rng = stream(seed, "title", prompt)
    quoted = re.search(
        r"[\"“«]([^\"”»\n]{2,60})[\"”»]|\b(?:called|titled|named)\s+([\w' -]{2,40})", prompt
    )
    if quoted:
        return " ".join((quoted[1] or _CUTS.sub("", quoted[2])).split())[:80]
    if topic := _topic(prompt):
        bare = _ARTICLE.sub("", topic)
        return _capital(bare if " " in bare or "'" in bare else topic)[:80]
    words = re.findall(r"[^\W\d_][\w'’-]+", prompt)
    if words and not any(c.isascii() for c in words[0]):
        return " ".join(words[:2])[:80]
    place = _place(prompt)
    if place and rng.random() < 0.6:
        return _capital(place)[:80]
    return rng.choice(THEMES[_theme(prompt, style, rng)][1])


def _capital(text: str) -> str:
    words = text.split()
    return " ".join(
        w if w.lower() in _SMALL and i else w[:1].upper() + w[1:] for i, w in enumerate(words)
    )


def write(prompt: str, voice: str, title: str, style: str, seed: int) -> str:
    """Return lyrics with section tags, around the title. Equal for both takes of a task."""
    rng = stream(seed, "lyrics", prompt)
    couplets = list(THEMES[_theme(prompt, style, rng)][2])
    rng.shuffle(couplets)
    spare = list(ANYTHING)
    rng.shuffle(spare)
    first = couplets[:2]
    second = couplets[2:4]
    topic = _topic(prompt)
    if topic and len(topic) <= 24 and topic.isascii():
        about = rng.choice(ABOUT)
        first = [first[0], (about[0].format(topic=topic), about[1])]
    if voice == "rap":
        first += couplets[4:6]
        second += [couplets[6], spare[0]]
    short = title if len(title) <= 26 else " ".join(title.split()[:4])
    chorus = [line.format(title=short) for line in rng.choice(CHORUSES)]
    chorus = [line[:1].upper() + line[1:] for line in chorus]
    bridge = list(rng.choice(BRIDGES))
    riser = rng.choice(RISERS)
    parts = {
        "1": ("Verse 1", [line for pair in first for line in pair]),
        "2": ("Verse 2", [line for pair in second for line in pair]),
        "P": ("Pre-Chorus", list(riser)),
        "C": ("Chorus", chorus),
        "B": ("Bridge", bridge),
        "O": ("Outro", chorus[-1:]),
    }
    absent = {"rap": "PB", "soft": "P"}.get(voice, "")
    order = [parts[letter] for letter in rng.choice(_ORDERS) if letter not in absent]
    return "\n\n".join(f"[{name}]\n" + "\n".join(lines) for name, lines in order)
