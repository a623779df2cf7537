"""Read styles with labels, as in song sheets: `Genre: "Folk" Exclude: "Trap, Pop"`."""

from __future__ import annotations

import re
from collections.abc import Iterable

_LABELS = {
    "style": """genre, genres, subgenre, subgenres, style, styles, style of music, music style,
        tags, mood, moods, vibe, atmosphere, feel, instrument, instruments,
        instrumentation, production, mix, era, dynamics, structure, theme, rhythm, key""",
    "voice": "vocal, vocals, voice, singer, vocal style, vocal gender",
    "tempo": "bpm, tempo",
    "exclude": """exclude, excluded, exclude styles, excluded styles, excludes, negative,
        negative tags, negative prompt, negative style, avoid, without""",
}
_KIND = {name.strip(): kind for kind, names in _LABELS.items() for name in names.split(",")}
_LABEL = re.compile(
    r"(?:^|(?<=[\s,;.|\"”“]))("
    + "|".join(sorted(map(re.escape, _KIND), key=len, reverse=True))
    + r")\s*[:=]\s*",
    re.IGNORECASE,
)
_QUOTED = re.compile(r'\s*["“„«]([^"“”„«»]*)["”“»]?\s*[,;|]?')
_NEGATION = re.compile(r"^(?:no|not|without|avoid)\s+", re.IGNORECASE)
_SINGS = re.compile(r"vocal|voice|sing|instrumental", re.IGNORECASE)


def unlabelled(style: str) -> tuple[str, str]:
    """Return a style without its labels and quotation marks, and what it excludes.

    Both are separated by commas. A style without labels is returned as it is, with no exclusions.
    """
    labels = list(_LABEL.finditer(style))
    if not labels:
        return style, ""
    wanted = [style[: labels[0].start()]]
    excluded: list[str] = []
    ends = [label.start() for label in labels[1:]] + [len(style)]
    for label, end in zip(labels, ends, strict=True):
        kind = _KIND[" ".join(label[1].casefold().split())]
        inside, rest = _value(style[label.end() : end])
        if kind == "exclude":
            excluded += [_NEGATION.sub("", part) for part in _parts(inside)]
        else:
            wanted.append(_with_unit(kind, inside))
        wanted.append(rest)
    texts = [text.strip(" \t\r\n,;|") for text in wanted]
    return _join(text for text in texts if text), ", ".join(dict.fromkeys(excluded))


def _value(text: str) -> tuple[str, str]:
    """Return the text in quotation marks and what follows it; the whole text if unquoted."""
    if match := _QUOTED.match(text):
        return match[1], text[match.end() :]
    return text, ""


def _with_unit(kind: str, text: str) -> str:
    text = ", ".join(_parts(text))
    if kind == "tempo" and text.isdecimal():
        return f"{text} bpm"
    if kind == "voice" and text and not _SINGS.search(text):
        return f"{text} vocals"
    return text


def _parts(text: str) -> list[str]:
    """Return the parts between commas, semicolons or lines, without a full stop at the end."""
    parts = (part.strip(' \t\r"“”„«».') for part in re.split(r"[,;|\n]", text))
    return [part for part in parts if part]


def _join(texts: Iterable[str]) -> str:
    """Join texts with commas, except after a text that ends a sentence."""
    joined = ""
    for text in texts:
        joined += (" " if joined.endswith((".", "!", "?")) else ", ") * bool(joined) + text
    return joined
