"""Words for songs that come without: a title and lyrics to a description."""

from __future__ import annotations

import re
from random import Random

from suno_tui.local.music.rng import stream
from suno_tui.local.music.verses import ABOUT, ANYTHING, BRIDGES, CHORUSES, RISERS, THEMES
from suno_tui.local.music.words import count

_PLAIN = re.compile(
    r"\b(?:a|an|the|some|very|really|with|and|or|of|for|in|on|at|to|by|like|style|song|track|music|"
    r"piece|tune|beat|beats|instrumental|featuring|about|please|make|create|write|generate|me|my|"
    r"that|is|are|it|vocals?|female|male|bpm|minor|major|melod(?:y|ies|ic)|background|sounds?|"
    r"heavy|slow|fast|using|feel|feeling|vibes?|mood|good|nice|great|i|want|need|lyrics|electronic)\b",
    re.IGNORECASE,
)
_SHAPES = ("{a} {b}", "{b}", "{a} {b}", "{b} and {c}", "Into the {b}", "{b} Song")


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
    """What a prompt says it is about, a few words, "" where it does not say."""
    found = re.search(r"\babout\s+((?:[\w'’-]+\s*){1,4})", prompt, re.IGNORECASE)
    if not found:
        return ""
    words = found[1].split()
    while words and words[-1].lower() in (
        "and",
        "with",
        "in",
        "the",
        "a",
        "of",
        "to",
        "for",
        "at",
        "who",
        "that",
        "when",
        "on",
        "is",
    ):
        words.pop()
    return " ".join({"my": "my", "I": "I"}.get(w, w) for w in words).rstrip(".,;:!?")


def title(prompt: str, style: str, seed: int) -> str:
    """A title for a description, at most 80 characters. Equal for both takes of a task."""
    rng = stream(seed, "title", prompt)
    quoted = re.search(
        r"[\"“«]([^\"”»\n]{2,60})[\"”»]|\b(?:called|titled|named)\s+([\w' -]{2,40})", prompt
    )
    if quoted:
        return " ".join((quoted[1] or quoted[2]).split())[:80]
    topic = _topic(prompt)
    if topic and rng.random() < 0.7:
        cleaned = re.sub(r"^(?:a|an|the|my|our)\s+", "", topic, flags=re.IGNORECASE)
        return _capital(cleaned)[:80]
    words = [w for w in re.findall(r"[^\W\d_][\w'’-]+", _PLAIN.sub(" ", prompt)) if len(w) > 2]
    theme = THEMES[_theme(prompt, style, rng)]
    if words and not words[0].isascii():
        return " ".join(words[:2])[:80]
    picked = list(dict.fromkeys(w.lower() for w in words))[:6]
    if len(picked) >= 2 and rng.random() < 0.4:
        a, b = picked[0], picked[-1]
        c = picked[1] if len(picked) > 2 else rng.choice(("Light", "Rain", "Stone", "Gold"))
        return _capital(rng.choice(_SHAPES).format(a=a, b=b, c=c))[:80]
    return rng.choice(theme[1])


def _capital(text: str) -> str:
    small = ("and", "the", "of", "a", "in", "to", "for", "on", "at")
    words = text.split()
    return " ".join(
        w if w.lower() in small and i else w[:1].upper() + w[1:] for i, w in enumerate(words)
    )


def write(prompt: str, voice: str, title: str, style: str, seed: int) -> str:
    """Lyrics with section tags, around the title. Equal for both takes of a task."""
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
    parts = [("Verse 1", [line for pair in first for line in pair])]
    if voice not in ("rap", "soft"):
        parts.append(("Pre-Chorus", list(riser)))
    parts.append(("Chorus", chorus))
    parts.append(("Verse 2", [line for pair in second for line in pair]))
    parts.append(("Chorus", chorus))
    if voice != "rap":
        parts.append(("Bridge", bridge))
    parts.append(("Chorus", chorus))
    return "\n\n".join(f"[{name}]\n" + "\n".join(lines) for name, lines in parts)
