"""The plan of a take: style, tempo, key, players and length, from the words of a song."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random

from suno_tui.engine import lyricist, vocabulary
from suno_tui.engine.alternatives import Alternatives
from suno_tui.engine.arrangement import Arrangement, arranged, without_one
from suno_tui.engine.band import A_CAPPELLA, Player, alone, hire, named, refused
from suno_tui.engine.lyrics import tagged
from suno_tui.engine.rng import derive, stream
from suno_tui.engine.styles import STYLES, Style
from suno_tui.engine.theory import Key, parse_key
from suno_tui.providers.song import Song

LONGEST = 240.0
"""Seconds of the longest take."""
_ABOUT = re.compile(r"\babout\s+.*?(?=[,.;:\n]|\b(?:in|with|as|for|by|at)\b|$)")
"""The subject of a song, which says nothing about its sound."""
_SOME_VOICES = re.compile(
    r"\b(male|female|scream\w*|harsh|growl\w*|shout\w*|rap\w*|auto-?tuned?|robotic|backing|background)"
    r"\s+(?:vocals?|voices?|singing|singers?)\b"
)
"""Kinds of voices: a song that refuses one of them is still sung."""
_BACKING = re.compile(r"\b(?:backing|background) (?:vocals?|voices?|singers?)|\bharmon(?:y|ies)\b")


@dataclass(frozen=True)
class Plan:
    """Everything that is decided before the first note.

    seed: of this take. blend: the runner-up style's name or "". energy: added to every section's.
    bright: dB at the top of the master. band: the players by role (bass, chords, second, pad,
    lead, arp). exact: whether the take must last `seconds` exactly. language: of the lyrics, or "".
    grooves: drum patterns, empty without drums. vocal_gain: dB for the voice, or for the lead of an
    instrumental. rich: with doubles and harmonies. persona: a number that shapes the voice. scene:
    the cover's. others: chooses differently for each take. free: the lyrics have no section tags,
    so the form is the engine's.
    """

    seed: int
    style: Style
    blend: str
    bpm: float
    key: Key
    beats_per_bar: int
    seconds: float
    exact: bool
    instrumental: bool
    gender: str
    title: str
    tags: str
    lyrics: str
    language: str
    weirdness: float
    energy: float
    bright: float
    vocal_gain: float
    band: Mapping[str, Player]
    kit: str
    grooves: tuple[str, ...]
    rich: bool
    persona: int
    scene: str
    dry: bool
    others: Alternatives
    arrangement: Arrangement
    free: bool


def plan(song: Song, *, number: int, seed: int, target_seconds: float | None = None) -> Plan:
    """Decide what a take of a song will be. The same song, number and seed give the same plan.

    The song's own tempo, key, time signature and duration take precedence over the words of its
    style. target_seconds: the length if the song has no duration.
    """
    asked = (song.style if song.custom_mode else song.prompt).lower()
    if not song.custom_mode:
        asked = _ABOUT.sub(" ", asked)
    text, denied = vocabulary.split_denials(asked)
    negative = f"{song.negative_tags.lower() if song.custom_mode else ''}, {denied}"
    root = derive(seed, number)
    rng = stream(root, "plan")
    weight = 0.6 if song.style_weight is None else song.style_weight
    weird = 0.25 if song.weirdness_constraint is None else song.weirdness_constraint

    style, runner = _styles(text, negative, stream(seed, "style"))
    mood = _mood(text)
    banned = refused(_SOME_VOICES.sub(" ", negative))
    style = replace(style, voice=_manner(style.voice, negative))
    key = _key(text, style, mood, rng, weird)
    if song.key is not None:
        # After the draw, so that all other decisions stay as they are without it.
        tonic, mode = parse_key(f"in {song.key.strip().capitalize()}")
        key = Key(key.tonic if tonic is None else tonic, mode or key.mode)
    instrumental = (
        song.instrumental or "vocals" in banned or vocabulary.count("instrumental", text) > 0
    )
    others = Alternatives(seed, number)
    band = hire(style, runner, text, banned, others, weight, weird)
    drums = "drums" not in banned and not alone(text) and not A_CAPPELLA.search(text)
    grooves = tuple(style.grooves) if drums else ()
    waltz = re.search(r"\bwaltz\b|\b[36]/[48]\b", text) is not None
    if song.time_signature is not None:
        waltz = song.time_signature in ("3/4", "6/8")
    if drums and style.name in ("ambient", "classical") and re.search(r"\bdrum|\bbeat", text):
        grooves = ("lofi",)
    if waltz and grooves:
        grooves = ("waltz",)
    if grooves:
        first = others.typical("groove", grooves, weight)
        grooves = (first, *(groove for groove in grooves if groove != first))
    layout = arranged(others, root, style, text, band, bool(grooves), weight)
    if not alone(text):
        band = without_one(others, band, named(text, style), layout.opening)

    title, lyrics = song.title.strip(), song.lyrics
    if not song.custom_mode:
        title = lyricist.title(song.prompt, style.name, seed)
        lyrics = (
            ""
            if instrumental
            else lyricist.write(song.prompt, style.voice, title, style.name, seed)
        )
    gender = song.vocal_gender if song.custom_mode else None
    if gender not in ("m", "f"):
        unwanted = _gender(" ".join(_SOME_VOICES.findall(negative)))
        gender = _gender(text) or {"f": "m", "m": "f"}.get(unwanted or "")
        gender = gender or stream(seed, "gender").choice("fm")
    low, high = style.seconds
    if re.search(r"\bshort\b|\bjingle\b", text):
        low, high = 120.0, 132.0
    if re.search(r"\blong\b|\bextended\b", text):
        low, high = 205.0, 230.0
    length = song.duration if song.duration is not None else target_seconds
    bpm = song.bpm or asked_tempo(text)
    if bpm is None:
        usual = _tempo(style, runner, mood, stream(seed, "tempo"), weight)
        bpm = round(others.tempo(usual, style.bpm[0] * 0.93, style.bpm[1] * 1.07))
    return Plan(
        seed=root,
        style=style,
        blend=runner.name if runner else "",
        bpm=float(bpm),
        key=key,
        beats_per_bar=3 if waltz else 4,
        seconds=rng.uniform(low, high) if length is None else min(length, LONGEST),
        exact=song.duration is not None,
        instrumental=instrumental,
        gender=gender,
        title=title or "Untitled",
        tags=_tags(song, style, runner, text, instrumental),
        lyrics="" if instrumental else lyrics,
        language=(song.language or "") if song.custom_mode else "",
        weirdness=weird,
        energy=style.energy + mood.energy,
        bright=mood.bright,
        vocal_gain=0.0 if song.audio_weight is None else (song.audio_weight - 0.5) * 5,
        band=band,
        kit=others.typical("kit", style.kits, weight),
        grooves=grooves,
        rich=song.model != "suno-v5" and not re.search(_BACKING, negative),
        persona=derive(song.persona_id) % 1000 if song.custom_mode and song.persona_id else 0,
        scene=mood.scene or style.scene,
        dry="reverb" in banned,
        others=others,
        arrangement=layout,
        free=not song.custom_mode or not tagged(lyrics),
    )


def _styles(text: str, negative: str, rng: Random) -> tuple[Style, Style | None]:
    """Return the style that the text names most, and a close runner-up or None."""
    scores: dict[str, float] = {}
    for name, style in STYLES.items():
        score = 0.0
        for i, word in enumerate(vocabulary.split(style.words)):
            if found := vocabulary.count(word, text):
                position = text.find(word) / max(len(text), 1)
                score += ((2.0 if i == 0 else 1.2) + 0.2 * word.count(" ")) * min(found, 2)
                score -= 0.3 * position
            if vocabulary.count(word, negative):
                score -= 4.0
        if score:
            scores[name] = score
    ranked = sorted(scores, key=lambda n: -scores[n])
    good = [n for n in ranked if scores[n] > 0]
    if not good:
        allowed = [n for n in _suitable(text) if scores.get(n, 0.0) >= 0] or ["pop"]
        return STYLES[rng.choice(allowed)], None
    top = STYLES[good[0]]
    near = len(good) > 1 and scores[good[1]] >= 0.55 * scores[good[0]]
    return top, STYLES[good[1]] if near else None


def _suitable(text: str) -> tuple[str, ...]:
    """Return styles that suit a text that names none, by its instruments and mood."""
    table = (
        (
            ("piano", "calm", "peaceful", "sleep", "soft", "relaxing", "harp"),
            ("classical", "ambient", "lo-fi"),
        ),
        (("guitar",), ("indie", "folk", "rock")),
        (("violin", "cello", "strings"), ("classical",)),
        (("sax", "trumpet", "saxophone"), ("jazz",)),
        (("choir", "orchestra"), ("cinematic",)),
        (("synth", "pad"), ("synthwave",)),
        (("angry", "aggressive"), ("metal", "rock")),
        (("party", "workout", "hype"), ("edm", "pop")),
        (("dark", "horror", "eerie"), ("cinematic", "trap")),
        (("sad", "heartbreak", "lonely", "love"), ("pop", "folk", "r&b", "indie")),
    )
    for keys, names in table:
        if any(vocabulary.count(key, text) for key in keys):
            return names
    return ("pop", "indie", "lo-fi", "synthwave", "folk")


def _mood(text: str) -> vocabulary.Mood:
    found = [mood for word, mood in vocabulary.MOODS.items() if vocabulary.count(word, text)]
    unique = list(dict.fromkeys(found))
    if not unique:
        return vocabulary.Mood()
    tempo = 1.0
    for mood in unique:
        tempo *= mood.tempo
    return vocabulary.Mood(
        tempo,
        max(-0.25, min(0.25, sum(m.energy for m in unique))),
        sum(m.minor for m in unique),
        max(-3.0, min(2.0, sum(m.bright for m in unique))),
        unique[0].scene,
    )


def asked_tempo(text: str) -> float | None:
    """Return the beats per minute that a text names."""
    asked = re.search(r"(?<!\d)(\d{2,3})\s*-?\s*bpm", text)
    return float(min(220, max(40, int(asked[1])))) if asked else None


def _tempo(
    style: Style, runner: Style | None, mood: vocabulary.Mood, rng: Random, weight: float
) -> float:
    low, high = style.bpm
    spread = 0.5 * (1.15 - 0.6 * weight)
    middle = low + (high - low) * 0.5
    bpm = middle + (high - low) * rng.uniform(-spread, spread)
    if runner:
        bpm = 0.78 * bpm + 0.22 * min(max(sum(runner.bpm) / 2, low * 0.7), high * 1.3)
    bpm *= max(0.85, min(1.15, mood.tempo))
    if style.loose < 5 and not runner:  # dancers and machines keep to their tempo
        bpm = min(max(bpm, low * 0.93), high * 1.07)
    return float(round(min(200.0, max(52.0, bpm))))


def _key(text: str, style: Style, mood: vocabulary.Mood, rng: Random, weird: float) -> Key:
    tonic, mode = parse_key(text)
    modes = list(style.modes)
    if mode is None:
        minor = ("minor", "dorian", "phrygian", "harmonic minor")
        if mood.minor > 0.5:
            modes = [m for m in modes if m in minor] or ["minor"]
        elif mood.minor < -0.2:
            modes = [m for m in modes if m not in minor] or (
                ["major"] if mood.minor <= -1 else modes
            )
        mode = modes[0] if rng.random() > 0.35 + 0.4 * weird else rng.choice(modes)
    if tonic is None:
        guitar = style.name in ("rock", "metal", "punk", "folk", "country", "blues", "indie")
        tonic = rng.choice((4, 9, 2, 7, 4, 0, 11) if guitar else range(12))
    return Key(tonic, mode)


def _manner(voice: str, negative: str) -> str:
    """Return the manner of singing: the style's usual one, unless the negative tags refuse it."""
    if voice == "shout" and re.search(r"\b(?:scream|shout|growl|harsh)", negative):
        return "belt"
    return "pop" if voice == "rap" and re.search(r"\brap", negative) else voice


def _gender(text: str) -> str | None:
    if re.search(r"\b(female|woman|girl|diva|soprano|she)\b", text):
        return "f"
    if re.search(r"\b(male|man|boy|baritone|tenor|his)\b", text):
        return "m"
    return None


def _tags(song: Song, style: Style, runner: Style | None, text: str, instrumental: bool) -> str:
    """Return the take's tags: the user's own style, or what the prompt seems to ask for."""
    if song.custom_mode and song.style.strip():
        parts = [p.strip().lower() for p in re.split(r"[,;/\n]+", song.style) if p.strip()]
        return ", ".join(dict.fromkeys(parts)) or style.name
    found = [style.name]
    if runner:
        found.append(runner.name)
    found += [w for w in vocabulary.MOODS if vocabulary.count(w, text)][:3]
    found += [w for w in vocabulary.INSTRUMENT_WORDS if vocabulary.count(w, text)][:2]
    if instrumental:
        found.append("instrumental")
    return ", ".join(dict.fromkeys(found))
