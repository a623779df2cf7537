"""The phones: formants of a man's voice in Hz, gains, noise."""

from __future__ import annotations

from dataclasses import dataclass, replace

Formants = tuple[float, float, float]

VOWELS: dict[str, tuple[Formants, Formants]] = {
    # the formants at its start and, for a diphthong, at its end
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
DIPHTHONGS = ("AW", "AY", "EY", "OW", "OY")


@dataclass(frozen=True)
class Consonant:
    """A consonant. seconds: length. formants: of the tract. voiced, breath, nasal: gains.

    hiss: gain, centre in Hz and width in octaves of the friction. closed: seconds of
    closure before the burst of a stop.
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
        0.085, (350, 850, 2200), breath=0.25, hiss=0.42, centre=1100, width=1.6, closed=0.05
    ),
    "T": Consonant(
        0.095, (320, 1800, 2700), breath=0.10, hiss=1.8, centre=4800, width=0.85, closed=0.045
    ),
    "K": Consonant(
        0.095, (320, 1900, 2300), breath=0.18, hiss=1.6, centre=2400, width=0.75, closed=0.05
    ),
    "B": Consonant(
        0.065, (260, 850, 2200), voiced=0.14, hiss=0.16, centre=900, width=1.5, closed=0.05
    ),
    "D": Consonant(
        0.060, (260, 1750, 2650), voiced=0.14, hiss=0.5, centre=4200, width=0.85, closed=0.042
    ),
    "G": Consonant(
        0.065, (260, 1900, 2300), voiced=0.14, hiss=0.5, centre=2200, width=0.75, closed=0.045
    ),
    "CH": Consonant(0.125, (300, 1900, 2600), hiss=1.9, centre=3900, width=0.8, closed=0.045),
    "JH": Consonant(
        0.100, (280, 1900, 2600), voiced=0.14, hiss=1.2, centre=3800, width=0.8, closed=0.035
    ),
    "F": Consonant(0.100, (340, 1100, 2300), hiss=0.42, centre=6000, width=1.6),
    "TH": Consonant(0.095, (330, 1400, 2600), hiss=0.30, centre=6200, width=1.5),
    "S": Consonant(0.115, (320, 1700, 2600), hiss=1.8, centre=7400, width=0.55),
    "SH": Consonant(0.115, (320, 1800, 2500), hiss=1.7, centre=3900, width=0.75),
    "HH": Consonant(0.075, (500, 1500, 2500), breath=0.40),
    "V": Consonant(0.065, (280, 1100, 2300), voiced=0.20, hiss=0.09, centre=6000, width=1.5),
    "DH": Consonant(0.055, (300, 1400, 2600), voiced=0.18, hiss=0.12, centre=5600, width=1.5),
    "Z": Consonant(0.090, (290, 1700, 2600), voiced=0.20, hiss=0.6, centre=7300, width=0.55),
    "ZH": Consonant(0.085, (290, 1800, 2500), voiced=0.20, hiss=0.6, centre=3800, width=0.75),
    "M": Consonant(0.075, (270, 1050, 2200), voiced=1.0, nasal=1.0),
    "N": Consonant(0.070, (270, 1650, 2600), voiced=1.0, nasal=1.0),
    "NG": Consonant(0.080, (270, 2100, 2700), voiced=0.95, nasal=1.0),
    "L": Consonant(0.080, (360, 1150, 2750), voiced=1.0),
    "R": Consonant(0.080, (340, 1150, 1580), voiced=1.0),
    "W": Consonant(0.080, (300, 640, 2200), voiced=0.8),
    "Y": Consonant(0.070, (270, 2250, 3000), voiced=0.7),
}


def cluster(phones: tuple[str, ...], vowel: Formants, *, before: bool) -> list[Consonant]:
    """Return the consonants before or after a vowel, adapted to it; other phones are left out.

    k and g close further forward before a front vowel, h is its whispered vowel, l is darker at the
    end of a syllable, and t and d before r are affricated.
    """
    out = []
    for phone, following in zip(phones, (*phones[1:], ""), strict=False):
        if phone not in CONSONANTS:
            continue
        known = CONSONANTS[phone]
        if phone == "HH":
            known = replace(known, formants=vowel)
        elif phone in ("K", "G"):
            second = min(vowel[1] * 1.15, 2300.0)
            third = max(second + 350, 2100.0)
            formants = (known.formants[0], second, third)
            known = replace(known, formants=formants, centre=vowel[1] * 1.5)
        elif phone == "L" and not before:
            known = replace(known, formants=(440, 900, 2700))
        elif phone in ("T", "D") and following == "R":
            known = CONSONANTS["CH" if phone == "T" else "JH"]
        out.append(known)
    return out
