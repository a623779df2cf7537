"""Complete an open bracket to a section tag."""

from __future__ import annotations

from typing import NamedTuple

from suno_tui.lyrics.sections import KINDS, doubt, sections

_MORE = (
    "Instrumental Break",
    "Guitar Solo",
    "Piano Solo",
    "Saxophone Solo",
    "Short Instrumental Intro",
    "Final Chorus",
    "Breakdown",
    "Spoken Word",
    "Whispered",
    "Female Vocal",
    "Male Vocal",
    "Duet",
    "Choir",
    "Harmonies",
    "A Cappella",
    "Big Finish",
)
_AFTER = {
    None: ("Verse", "Short Instrumental Intro", "Chorus"),
    "Verse": ("Chorus", "Pre-Chorus", "Bridge"),
    "Pre-Chorus": ("Chorus",),
    "Chorus": ("Verse", "Bridge", "Outro", "Post-Chorus"),
    "Bridge": ("Final Chorus", "Chorus", "Outro"),
}


class Tag(NamedTuple):
    """A tag without its brackets; `doubt` says why it is known to be unreliable."""

    text: str
    doubt: str | None


def complete_tag(typed: str, before: str, limit: int = 8) -> tuple[Tag, ...]:
    """Return the tags that begin with the typed text, the likeliest ones first.

    `before` are the lyrics up to the bracket; a new verse gets the next number.
    """
    parts = [part for part in sections(before) if part.kind]
    last = parts[-1].kind.tag if parts and parts[-1].kind else None
    verses = sum(1 for part in parts if part.kind is KINDS[0])
    likely = _AFTER.get(last, ("Chorus", "Verse", "Outro"))
    names = dict.fromkeys((*likely, *(kind.tag for kind in KINDS), *_MORE))
    found = []
    for name in names:
        text = f"Verse {verses + 1}" if name == "Verse" else name
        start = typed.strip().casefold()
        if text.casefold().startswith(start) and text.casefold() != start:
            found.append(Tag(text, doubt(text)))
    return tuple(found[:limit])
