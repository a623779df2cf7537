"""The meaning of words in a style or prompt: instruments, moods, things to leave out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache


def split(words: str) -> tuple[str, ...]:
    """Return the words between the commas of a text."""
    return tuple(words.split(", "))


_INSTRUMENTS = (
    # role, instrument and the words for it; `guitar` alone and `synth` depend on the style
    ("chords", "felt_piano", "felt piano, soft piano"),
    ("chords", "epiano", "electric piano, rhodes, wurlitzer"),
    ("chords", "piano", "piano"),
    ("chords", "epiano", "keys"),
    ("second", "organ", "organ, hammond"),
    ("chords", "clavinet", "clavinet"),
    ("chords", "harpsichord", "harpsichord"),
    ("second", "accordion", "accordion"),
    ("chords", "steel_guitar", "acoustic guitar"),
    ("chords", "nylon_guitar", "classical guitar, nylon guitar, spanish guitar, flamenco"),
    ("second", "crunch_guitar", "electric guitar"),
    ("chords", "power_guitar", "distorted guitar"),
    ("chords", "clean_guitar", "clean guitar"),
    ("lead", "lead_guitar", "guitar solo"),
    ("chords", "ukulele", "ukulele"),
    ("second", "banjo", "banjo, mandolin"),
    ("second", "harp", "harp"),
    ("lead", "koto", "koto, sitar, shamisen"),
    ("pad", "strings", "strings"),
    ("lead", "violin", "violin, fiddle, viola"),
    ("lead", "cello", "cello"),
    ("lead", "flute", "flute"),
    ("lead", "clarinet", "clarinet, oboe"),
    ("lead", "sax", "sax, saxophone"),
    ("lead", "trumpet", "trumpet"),
    ("lead", "horn", "horn"),
    ("second", "brass", "horns, brass"),
    ("lead", "harmonica", "harmonica"),
    ("pad", "choir", "choir, choral"),
    ("lead", "vibraphone", "vibraphone"),
    ("second", "marimba", "marimba, kalimba"),
    ("lead", "marimba", "xylophone"),
    ("lead", "bells", "music box, glockenspiel, bells, celesta"),
    ("bass", "bass808", "808s, 808"),
    ("bass", "upright_bass", "upright bass, double bass"),
    ("bass", "finger_bass", "slap bass"),
    ("bass", "saw_bass", "synth bass"),
    ("bass", "sub_bass", "sub bass"),
    ("chords", "supersaw", "supersaw"),
    ("arp", "pluck", "arpeggio, arpeggios, arpeggiated"),
    ("pad", "warm_pad", "pads, pad"),
    ("chords", "pluck", "pluck, plucks"),
    ("lead", "saw_lead", "synth lead"),
)
INSTRUMENT_WORDS = {
    word: (role, name) for role, name, words in _INSTRUMENTS for word in split(words)
}

_FAMILIES = {
    # the instruments that a refused word excludes
    "piano": "piano, felt_piano, epiano",
    "keys": "piano, felt_piano, epiano, organ",
    "keyboard": "piano, felt_piano, epiano, organ, clavinet",
    "organ": "organ",
    "accordion": "accordion",
    "guitar": (
        "clean_guitar, clean_lead, jazz_guitar, crunch_guitar, power_guitar, metal_guitar, "
        "lead_guitar, nylon_guitar, steel_guitar, ukulele, banjo"
    ),
    "electric guitar": (
        "clean_guitar, clean_lead, jazz_guitar, crunch_guitar, power_guitar, metal_guitar, "
        "lead_guitar"
    ),
    "distortion": "crunch_guitar, power_guitar, metal_guitar, lead_guitar, acid_bass",
    "distorted": "crunch_guitar, power_guitar, metal_guitar, lead_guitar",
    "acoustic guitar": "nylon_guitar, steel_guitar, ukulele",
    "banjo": "banjo",
    "ukulele": "ukulele",
    "harp": "harp",
    "strings": "strings, violin, cello",
    "violin": "violin, strings",
    "cello": "cello",
    "orchestra": "strings, violin, cello, brass, horn",
    "brass": "brass, horn, trumpet",
    "horns": "brass, horn, trumpet",
    "trumpet": "trumpet, brass",
    "sax": "sax",
    "saxophone": "sax",
    "flute": "flute",
    "woodwind": "flute, clarinet, sax",
    "clarinet": "clarinet",
    "choir": "choir",
    "bells": "bells",
    "vibraphone": "vibraphone",
    "marimba": "marimba",
    "harmonica": "harmonica",
    "synth": (
        "pluck, soft_lead, saw_lead, square_lead, supersaw, stab_synth, poly_synth, warm_pad, "
        "dark_pad, glass_pad, saw_bass, reese_bass, acid_bass, chip_pulse, chip_lead, chip_bass"
    ),
    "electronic": (
        "pluck, saw_lead, square_lead, supersaw, stab_synth, reese_bass, acid_bass, chip_pulse, "
        "chip_lead"
    ),
    "808": "bass808",
    "pads": "warm_pad, dark_pad, glass_pad",
    "pad": "warm_pad, dark_pad, glass_pad",
    "heavy metal": "metal_guitar, power_guitar",
}
FAMILIES = {word: split(names) for word, names in _FAMILIES.items()}
_ROLE_WORDS = {
    "drums": "drum, drums, percussion, beat, beats, kick",
    "bass": "bass, bassline",
    "lead": "lead, melody, solo",
    "arp": "arpeggio, arpeggios",
    "pad": "pads, pad",
    "vocals": "vocal, vocals, voice, singing, singer, lyrics",
    "hats": "hi-hats, hi-hat",
    "reverb": "reverb",
    "autotune": "autotune",
}
ROLE_WORDS = {word: role for role, words in _ROLE_WORDS.items() for word in split(words)}


@dataclass(frozen=True)
class Mood:
    """The effect of a mood: tempo factor, energy, pull to minor (-1: major), light of the cover."""

    tempo: float = 1.0
    energy: float = 0.0
    minor: float = 0.0
    bright: float = 0.0  # dB at the top
    scene: str = ""


_MOODS = (
    (
        Mood(0.9, -0.16, 0.0, -2.0, "mist"),
        "calm, calming, relaxing, relaxed, peaceful, gentle, soft, quiet, soothing, tender, "
        "serene, tranquil, mellow, sleepy, slow, meditative, minimal, lullaby",
    ),
    (
        Mood(0.92, -0.1, 1.0, -1.5, "mist"),
        "sad, melancholic, melancholy, heartbreak, lonely, tragic, grief, sorrowful, blue, "
        "crying, tears, bittersweet, emotional",
    ),
    (
        Mood(1.06, 0.06, -1.0, 1.0, "bright"),
        "happy, upbeat, cheerful, joyful, joy, sunny, fun, uplifting, bright, playful, summer, "
        "optimistic, feel-good, celebration, birthday",
    ),
    (
        Mood(1.08, 0.16, 0.0, 1.0, "ember"),
        "energetic, fast, aggressive, angry, intense, powerful, driving, wild, hard, heavy, "
        "workout, furious, hype, party",
    ),
    (
        Mood(0.97, 0.0, 1.0, -2.0, "night"),
        "dark, gloomy, ominous, haunting, eerie, mysterious, gothic, menacing, spooky, horror, "
        "sinister, moody, midnight",
    ),
    (
        Mood(0.94, -0.06, 0.0, -1.0, "dusk"),
        "dreamy, dream, hazy, floating, nostalgic, wistful, ethereal, hypnotic, psychedelic, "
        "spacey, night, lush",
    ),
    (
        Mood(0.96, -0.04, -0.4, 0.0, "dusk"),
        "romantic, love, intimate, sensual, sweet, tenderness",
    ),
    (
        Mood(1.0, 0.16, 0.3, 0.0, "ember"),
        "epic, heroic, triumphant, majestic, anthemic, soaring, massive, dramatic, big",
    ),
    (
        Mood(1.0, 0.0, -0.3, -1.0, "warm"),
        "warm, cozy, earthy, organic, rustic, autumn, vintage",
    ),
)
MOODS = {word: mood for mood, words in _MOODS for word in split(words)}


def count(word: str, text: str) -> int:
    """Return how often a lower-case text contains a word or words; a plural counts."""
    return len(_whole(word).findall(text)) if word in text else 0


@lru_cache(maxsize=2048)
def _whole(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w]){re.escape(word)}(?:s|es)?(?![\w])")


def split_denials(text: str) -> tuple[str, str]:
    """Split a text into wishes and refusals ("no drums", "without vocals")."""
    denied: list[str] = []

    def take(match: re.Match[str]) -> str:
        denied.append(match[1])
        return " "

    wanted = re.sub(
        r"\b(?:no|without|minus|not|zero)\s+((?:[\w-]+)(?:\s+(?:guitar|bass|piano))?)", take, text
    )
    return wanted, ", ".join(denied)
