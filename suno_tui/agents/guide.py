"""The guides that an agent can read to learn how to write songs here."""

from __future__ import annotations

from suno_tui.lyrics.sections import KINDS
from suno_tui.providers.capabilities import Capabilities

TOPICS = ("lyrics", "style", "limits")


def guide(topic: str, provider: str, capabilities: Capabilities) -> str:
    """Return the guide to a topic, for the provider in use. Raises `KeyError`."""
    return {"lyrics": _lyrics, "style": _style, "limits": _limits}[topic](provider, capabilities)


def _lyrics(provider: str, capabilities: Capabilities) -> str:
    tags = ", ".join(f"[{kind.tag}]" for kind in KINDS)
    doubts = "\n".join(f"- [{kind.tag}]: {kind.doubt}." for kind in KINDS if kind.doubt)
    return f"""# Lyrics

A tag alone on its line begins a section: {tags}.
Text in brackets is never sung. Words in parentheses are sung by other voices.
Write lines that can be sung in one breath: 4 to 10 syllables, about as many in lines that rhyme.
Two verses, a chorus that is repeated word for word and a bridge make about three minutes.

Tags that providers often ignore:
{doubts}
"""


def _style(provider: str, capabilities: Capabilities) -> str:
    return """# Style

A style is a list of descriptors separated by commas: genre, mood, instruments, voice, tempo.
`dream pop, melancholic, female vocals, electric piano, 84 bpm` is a good one.
Name no artists: most providers refuse them. Avoid contradictions (`calm, aggressive`).
What must not be heard goes into `negative_tags`. Tempo, key, time signature, length and language
have their own fields: `check_song` says which of them the provider obeys.
"""


def _limits(provider: str, capabilities: Capabilities) -> str:
    lines = [f"# The limits of {provider}", ""]
    for model in capabilities.models:
        limits = ", ".join(
            f"{name} {model.limit(name):,}"
            for name in ("prompt", "title", "style", "lyrics", "negative_tags")
        )
        price = "free" if capabilities.free else f"{model.credits} credits a task"
        takes = " or ".join(map(str, model.takes))
        lines.append(f"- {model.id}: {price}, {takes} takes. Characters at most: {limits}.")
    return "\n".join([*lines, ""])
