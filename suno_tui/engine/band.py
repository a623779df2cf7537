"""The band: the instruments of a song, by its style and words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random

from suno_tui.engine import vocabulary
from suno_tui.engine.alternatives import Alternatives
from suno_tui.engine.rng import stream
from suno_tui.engine.styles import Style

_SPARE = (
    "piano",
    "epiano",
    "nylon_guitar",
    "strings",
    "marimba",
    "clean_guitar",
    "pluck",
    "organ",
    "bells",
    "flute",
)
_SPARE_BASS = ("finger_bass", "sub_bass", "upright_bass", "cello")
A_CAPPELLA = re.compile(r"\ba ?cap+ella\b")


@dataclass(frozen=True)
class Player:
    instrument: str
    pattern: str


def refused(negative: str) -> frozenset[str]:
    """Return the instruments and roles that the negative tags exclude."""
    out: set[str] = set()
    for word, family in vocabulary.FAMILIES.items():
        if vocabulary.count(word, negative):
            out.update(family)
    for word, role in vocabulary.ROLE_WORDS.items():
        if vocabulary.count(word, negative) and not (word == "bass" and "bass guitar" in negative):
            out.add(role)
    return frozenset(out)


def alone(text: str) -> bool:
    """Return whether the text asks for one solo instrument."""
    return (
        re.search(
            r"\bsolo (piano|guitar|harp|violin|cello)|\b(piano|guitar) (solo|only)\b",
            text,
        )
        is not None
    )


def hire(
    style: Style,
    runner: Style | None,
    text: str,
    banned: frozenset[str],
    others: Alternatives,
    weight: float,
    weird: float,
) -> dict[str, Player]:
    """Return the players by role: the style's usual band, with the instruments that the text asks
    for, and without those that are banned. Each take has other players, if there are others."""
    tables = _tables(style, runner, stream(others.seed, "blend"), weight)
    if A_CAPPELLA.search(text) and "choir" not in banned:
        return {"chords": Player("choir", "hold")}
    band: dict[str, Player] = {}
    for role, options in tables.items():
        allowed = [o for o in options if o[0] not in banned]
        if role in banned:
            continue
        if not allowed and role in ("bass", "chords", "lead"):
            spare = _SPARE_BASS if role == "bass" else _SPARE
            pattern = options[0][1] if options else "hold"
            allowed = [(name, pattern) for name in spare if name not in banned][:2]
        if role == "second" and "chords" in band:
            # The second player is another instrument than the chords', if there is one.
            allowed = [o for o in allowed if o[0] != band["chords"].instrument] or allowed
        if role == "pad":
            allowed = [o for o in allowed if Player(*o) != band.get("second")] or allowed
        if allowed:
            choice = others.typical(f"hire {role}", allowed, weight, lambda option: option[0])
            band[role] = Player(*choice)
    for role, instrument in _asked(text, style):
        if instrument in banned or role in banned:
            continue
        pattern = (
            band[role].pattern
            if role in band
            else {"second": "hold", "arp": "arp16"}.get(role, "hold")
        )
        taken = [r for r, p in band.items() if p.instrument == instrument]
        if (
            role == "chords"
            and role in band
            and "second" not in banned
            and any(
                vocabulary.count(w, text)
                and vocabulary.INSTRUMENT_WORDS[w][1] == band[role].instrument
                for w in vocabulary.INSTRUMENT_WORDS
            )
        ):
            role = "second"  # both were asked for: play both
        if not taken:
            band[role] = Player(instrument, pattern)
    if alone(text):
        names = [name for _, name in _asked(text, style) if name not in banned]
        if "chords" in band:
            name = names[0] if names else band["chords"].instrument
            patterns = [p for n, p in style.chords if n == name] or [p for _, p in style.chords]
            pattern = others.typical("alone", list(dict.fromkeys(patterns)), weight)
            band = {"chords": Player(name, pattern), "lead": Player(name, "lead")}
    if band.get("second") == band.get("pad") and "pad" in band:
        del band["second"]
    if not band:
        band["chords"] = Player("bells", "arp8")
    rng = stream(others.seed, "odd")
    if weird > 0.5 and rng.random() < weird - 0.3 and "lead" in band:
        odd = [
            n
            for n in ("marimba", "koto", "chip_lead", "harpsichord", "clarinet", "accordion")
            if n not in banned
        ]
        if odd:
            band["lead"] = Player(others.any("odd", odd), "lead")
    return band


def _tables(
    style: Style, runner: Style | None, rng: Random, weight: float
) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return the choices for each role: those of the style, with some of the runner-up's."""
    tables = _choices(style)
    if runner and rng.random() > 0.35 * weight:
        others = _choices(runner)
        others["second"] = others["chords"]
        for role in ("second", "lead", "pad", "arp"):
            extra = others[role]
            if extra and (not tables[role] or rng.random() < 0.4):
                tables[role] = (*extra[:1], *tables[role])
    return tables


def _choices(style: Style) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return a style's own (instrument, pattern) pairs for each role."""
    return {
        "bass": style.bass,
        "chords": style.chords,
        "second": style.second,
        "arp": style.arp,
        "pad": tuple((name, "hold") for name in style.pad),
        "lead": tuple((name, "lead") for name in style.lead),
    }


def named(text: str, style: Style) -> frozenset[str]:
    """Return the instruments that a text asks for."""
    return frozenset(instrument for _, instrument in _asked(text, style))


def _asked(text: str, style: Style) -> list[tuple[str, str]]:
    """Return the (role, instrument) pairs that a text names; longer names are looked for first."""
    rest = text
    out: list[tuple[str, str]] = []
    for word in sorted(vocabulary.INSTRUMENT_WORDS, key=len, reverse=True):
        if vocabulary.count(word, rest):
            out.append(vocabulary.INSTRUMENT_WORDS[word])
            rest = rest.replace(word, " ")
    if vocabulary.count("guitar", rest):
        loud = {
            "rock": "crunch_guitar",
            "metal": "metal_guitar",
            "punk": "power_guitar",
            "jazz": "jazz_guitar",
            "folk": "steel_guitar",
            "country": "steel_guitar",
            "classical": "nylon_guitar",
            "lo-fi": "nylon_guitar",
            "latin": "nylon_guitar",
            "bossa nova": "nylon_guitar",
        }
        out.append(("chords", loud.get(style.name, "clean_guitar")))
    return out
