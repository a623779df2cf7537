"""The instruments by name, and the effects on their stems."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from suno_tui.engine.synth import amps, guitars, keys, plucked, synths, winds
from suno_tui.engine.synth.dsp import Audio

Play = Callable[[int, float, float, np.random.Generator], Audio]
"""(MIDI pitch, seconds held, velocity 0..1, noise) -> sound with its tail, [n] or [2, n]."""


@dataclass(frozen=True)
class Instrument:
    """An instrument. play: makes one note. finish: changes the stem [2, n], or makes a new one.

    program: General MIDI, for export and SoundFonts. acoustic: whether a SoundFont's recording
    replaces it. amplified: the SoundFont's program that is played through `finish`, an amplifier.
    doubled: whether its part is played twice, left and right.
    """

    play: Play
    program: int
    finish: Callable[[Audio], Audio] | None = None
    acoustic: bool = False
    amplified: int | None = None
    doubled: bool = False


INSTRUMENTS: dict[str, Instrument] = {
    "piano": Instrument(keys.piano, 0, amps.piano_body, True),
    "felt_piano": Instrument(keys.felt_piano, 0, amps.felt_body, True),
    "epiano": Instrument(keys.epiano, 4, amps.tremolo),
    "organ": Instrument(keys.organ, 16, amps.warm),
    "clavinet": Instrument(keys.clavinet, 7),
    "harpsichord": Instrument(keys.harpsichord, 6, None, True),
    "accordion": Instrument(keys.accordion, 21, amps.spread, True),
    "vibraphone": Instrument(keys.vibraphone, 11),
    "marimba": Instrument(keys.marimba, 12),
    "bells": Instrument(keys.bells, 8),
    "nylon_guitar": Instrument(plucked.nylon_guitar, 24, amps.guitar_body, True),
    "steel_guitar": Instrument(plucked.steel_guitar, 25, amps.guitar_body, True),
    "clean_guitar": Instrument(plucked.clean_guitar, 27, amps.clean_amp, True),
    "jazz_guitar": Instrument(plucked.clean_guitar, 26, amps.mellow_amp, True),
    "clean_lead": Instrument(plucked.clean_guitar, 27, amps.clean_amp, True),
    "crunch_guitar": Instrument(guitars.picked, 29, amps.crunch, amplified=29, doubled=True),
    "power_guitar": Instrument(guitars.picked, 30, amps.high_gain, amplified=29, doubled=True),
    "metal_guitar": Instrument(guitars.picked, 30, amps.metal, amplified=29, doubled=True),
    "lead_guitar": Instrument(guitars.lead_guitar, 30, amps.lead, amplified=29),
    "ukulele": Instrument(plucked.ukulele, 24, amps.guitar_body, True),
    "banjo": Instrument(plucked.banjo, 105, None, True),
    "harp": Instrument(plucked.harp, 46, amps.spread, True),
    "koto": Instrument(plucked.koto, 107, None, True),
    "finger_bass": Instrument(plucked.finger_bass, 33, amps.bass_amp, True),
    "pick_bass": Instrument(plucked.pick_bass, 34, amps.bass_amp, True),
    "upright_bass": Instrument(plucked.upright_bass, 32, None, True),
    "sub_bass": Instrument(synths.sub_bass, 38),
    "drone_bass": Instrument(synths.drone_bass, 38),
    "saw_bass": Instrument(synths.saw_bass, 38),
    "bass808": Instrument(synths.bass808, 39),
    "reese_bass": Instrument(synths.reese_bass, 39),
    "acid_bass": Instrument(synths.acid_bass, 38),
    "chip_bass": Instrument(synths.chip_bass, 80),
    "strings": Instrument(winds.strings, 48, amps.string_body, True),
    "violin": Instrument(winds.violin, 40, amps.violin_body, True),
    "cello": Instrument(winds.cello, 42, amps.string_body, True),
    "flute": Instrument(winds.flute, 73, None, True),
    "clarinet": Instrument(winds.clarinet, 71, None, True),
    "sax": Instrument(winds.sax, 65, amps.reed_body, True),
    "harmonica": Instrument(winds.harmonica, 22, amps.reed_body, True),
    "trumpet": Instrument(winds.trumpet, 56, amps.brass_body, True),
    "horn": Instrument(winds.horn, 60, amps.brass_body, True),
    "brass": Instrument(winds.brass, 61, amps.brass_body, True),
    "choir": Instrument(winds.choir, 52, amps.ah, True),
    "pluck": Instrument(synths.pluck, 87),
    "soft_lead": Instrument(synths.soft_lead, 81),
    "saw_lead": Instrument(synths.saw_lead, 81),
    "square_lead": Instrument(synths.square_lead, 80),
    "supersaw": Instrument(synths.supersaw, 90),
    "stab_synth": Instrument(synths.stab_synth, 90),
    "poly_synth": Instrument(synths.poly_synth, 62),
    "warm_pad": Instrument(synths.warm_pad, 89),
    "dark_pad": Instrument(synths.dark_pad, 89),
    "glass_pad": Instrument(synths.glass_pad, 92),
    "chip_lead": Instrument(synths.chip_lead, 80),
    "chip_pulse": Instrument(synths.chip_pulse, 80),
}
