"""The phones: formants of a man's voice in Hz, gains, noise."""

from __future__ import annotations

from dataclasses import dataclass

Formants = tuple[float, float, float]

VOWELS: dict[str, tuple[Formants, Formants]] = {
    # where it begins, and where a diphthong ends
    "AA": ((730, 1090, 2440), (730, 1090, 2440)),
    "AE": ((680, 1720, 2410), (680, 1700, 2410)),
    "AH": ((640, 1190, 2390), (620, 1190, 2390)),
    "AO": ((570, 840, 2410), (570, 860, 2410)),
    "AW": ((730, 1180, 2420), (420, 900, 2300)),
    "AY": ((720, 1150, 2440), (330, 2100, 2700)),
    "EH": ((530, 1840, 2480), (530, 1820, 2480)),
    "ER": ((490, 1350, 1690), (480, 1330, 1650)),
    "EY": ((500, 1880, 2520), (310, 2250, 2900)),
    "IH": ((400, 1990, 2550), (400, 1970, 2550)),
    "IY": ((280, 2290, 3010), (270, 2300, 3010)),
    "OW": ((530, 950, 2350), (340, 820, 2250)),
    "OY": ((560, 850, 2400), (340, 2000, 2600)),
    "UH": ((440, 1020, 2240), (440, 1020, 2240)),
    "UW": ((310, 900, 2240), (300, 860, 2240)),
}


@dataclass(frozen=True)
class Consonant:
    """A consonant. seconds: its length. formants: those of the tract. voiced, breath, nasal: gains.

    hiss: gain, centre in Hz and width in octaves of the friction. closed: how long it is shut
    first (a stop), after which the noise bursts.
    """

    seconds: float
    formants: Formants
    voiced: float = 0.0
    breath: float = 0.0
    nasal: float = 0.0
    hiss: float = 0.0
    centre: float = 5000.0
    width: float = 1.0
    closed: float = 0.0


CONSONANTS: dict[str, Consonant] = {
    "P": Consonant(
        0.085, (350, 850, 2200), breath=0.16, hiss=0.24, centre=1100, width=1.6, closed=0.05
    ),
    "T": Consonant(
        0.090, (320, 1800, 2700), breath=0.08, hiss=0.71, centre=4600, width=0.8, closed=0.045
    ),
    "K": Consonant(
        0.095, (320, 1900, 2300), breath=0.14, hiss=0.51, centre=2100, width=0.6, closed=0.05
    ),
    "B": Consonant(
        0.065, (260, 850, 2200), voiced=0.16, hiss=0.1, centre=900, width=1.5, closed=0.05
    ),
    "D": Consonant(
        0.060, (260, 1750, 2650), voiced=0.16, hiss=0.27, centre=4000, width=0.8, closed=0.042
    ),
    "G": Consonant(
        0.065, (260, 1900, 2300), voiced=0.16, hiss=0.24, centre=1900, width=0.6, closed=0.045
    ),
    "CH": Consonant(0.125, (300, 1900, 2600), hiss=0.58, centre=3600, width=0.6, closed=0.045),
    "JH": Consonant(
        0.100, (280, 1900, 2600), voiced=0.14, hiss=0.34, centre=3500, width=0.6, closed=0.035
    ),
    "F": Consonant(0.095, (340, 1100, 2300), hiss=0.2, centre=7200, width=1.5),
    "TH": Consonant(0.090, (330, 1400, 2600), hiss=0.15, centre=6600, width=1.4),
    "S": Consonant(0.110, (320, 1700, 2600), hiss=0.68, centre=7400, width=0.5),
    "SH": Consonant(0.110, (320, 1800, 2500), hiss=0.61, centre=3700, width=0.6),
    "HH": Consonant(0.070, (500, 1500, 2500), breath=0.35),
    "V": Consonant(0.060, (280, 1100, 2300), voiced=0.32, hiss=0.09, centre=6500, width=1.4),
    "DH": Consonant(0.050, (300, 1400, 2600), voiced=0.36, hiss=0.07, centre=6000, width=1.4),
    "Z": Consonant(0.085, (290, 1700, 2600), voiced=0.28, hiss=0.41, centre=7200, width=0.5),
    "ZH": Consonant(0.080, (290, 1800, 2500), voiced=0.28, hiss=0.34, centre=3600, width=0.6),
    "M": Consonant(0.070, (270, 1050, 2200), voiced=0.50, nasal=1.0),
    "N": Consonant(0.065, (270, 1650, 2600), voiced=0.50, nasal=1.0),
    "NG": Consonant(0.075, (270, 2100, 2700), voiced=0.46, nasal=1.0),
    "L": Consonant(0.065, (360, 1150, 2750), voiced=0.60),
    "R": Consonant(0.070, (340, 1150, 1580), voiced=0.62),
    "W": Consonant(0.070, (300, 640, 2200), voiced=0.60),
    "Y": Consonant(0.060, (270, 2250, 3000), voiced=0.60),
}
