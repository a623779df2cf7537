"""Chord progressions by family of style and mode: verses, choruses and bridges.

Commas separate progressions. One word is a bar. Four bars each, blues twelve.
"""

from __future__ import annotations

Pool = dict[str, str]

_MODAL: dict[str, Pool] = {
    "dorian": {
        "verse": "i IV i IV, i i IV IV, i bVII IV i, i ii bIII IV",
        "chorus": "bIII IV i i, bVII IV i i, i bIII bVII IV",
        "bridge": "IV IV i i, bIII bIII IV IV",
    },
    "mixolydian": {
        "verse": "I bVII IV I, I I bVII IV, I IV bVII IV",
        "chorus": "I bVII IV IV, IV bVII I I, I v IV I",
        "bridge": "bVII bVII IV IV, vi IV bVII I",
    },
    "lydian": {
        "verse": "I II I II, Imaj7 II vi II, I I II II",
        "chorus": "I II vi I, vi II I I",
        "bridge": "vi vi II II, iii II I I",
    },
    "phrygian": {
        "verse": "i bII i bII, i i bII i, i bII bIII bII",
        "chorus": "i bVI bVII bII, bVI bVII i bII, i bIII bII i",
        "bridge": "bVI bVI bII bII, bVII bVI bII i",
    },
}

_FAMILIES: dict[str, dict[str, Pool]] = {
    "pop": {
        "major": {
            "verse": (
                "I V vi IV, vi IV I V, I vi IV V, I iii IV V, I IV vi V, I I IV IV, vi V IV IV"
            ),
            "chorus": "I V vi IV, IV I V vi, IV V vi I, vi IV I V, IV V iii vi, I V ii IV",
            "bridge": "ii iii IV V, vi V IV V, IV iv I V, vi iii IV V",
        },
        "minor": {
            "verse": "i VI III VII, i VII VI VII, i i VI VII, i iv VI v, i III VII VI",
            "chorus": "VI VII i III, VI III VII i, i VI III VII, VI VII i i, iv VI i VII",
            "bridge": "iv v VI VII, VI VI VII V, iv i VI V",
        },
    },
    "rock": {
        "major": {
            "verse": "I IV I V, I IV V IV, I bVII IV I, I V IV IV, vi IV I V",
            "chorus": "I V IV V, IV V I vi, I V vi IV, I bVII IV IV",
            "bridge": "vi V IV V, bVI bVII I I, ii IV V V",
        },
        "minor": {
            "verse": "i VII VI VII, i i VI VII, i III VII iv, i VI i VII",
            "chorus": "VI VII i i, III VII i VI, i VI III VII, VI III VII i",
            "bridge": "iv VI VII V, VI VI VII VII",
        },
    },
    "metal": {
        "minor": {
            "verse": "i i VI VII, i i i bII, i VI v i, i bII i VII",
            "chorus": "VI VII i i, i VI III VII, VI III VII i",
            "bridge": "i bII i v, iv iv VI V, i i bV bII",
        },
        "harmonic minor": {
            "verse": "i i VI V, i iv i V, i i bII V",
            "chorus": "i VI iv V, VI iv V i, iv VI V i",
            "bridge": "iv iv V V, VI bII V V",
        },
    },
    "funk": {
        "minor": {
            "verse": "i7 i7 iv7 i7, i7 i7 i7 i7, i7 VII IV7 i7",
            "chorus": "iv7 VII III VI, VI VII i7 i7, i7 VI VII VII",
            "bridge": "iv7 iv7 V7 V7, VI VII V7 V7",
        },
        "dorian": {
            "verse": "i7 IV9 i7 IV9, i7 i7 i7 IV9",
            "chorus": "bIIImaj7 IV9 i7 i7, ii7 IV9 i7 i7",
            "bridge": "bVII bVII IV9 IV9",
        },
        "mixolydian": {
            "verse": "I9 I9 IV9 I9, I9 I9 bVII IV9",
            "chorus": "IV9 IV9 I9 I9, bVII IV9 I9 I9",
            "bridge": "vi7 ii7 V9 V9",
        },
    },
    "soul": {
        "major": {
            "verse": "Imaj9 iii7 IVmaj9 V9, Imaj7 vi7 ii9 V9, IVmaj9 iii7 ii9 Imaj7",
            "chorus": "IVmaj9 iii7 vi9 ii9, ii9 V9 Imaj9 vi7, IVmaj9 V9 iii7 vi9",
            "bridge": "ii9 iii7 IVmaj9 V9, bVIImaj9 IVmaj9 ii9 Vsus4",
        },
        "minor": {
            "verse": "i9 iv9 i9 v7, i9 VImaj7 iv9 v7, VImaj7 v7 i9 i9",
            "chorus": "VImaj7 VII i9 iv9, iv9 v7 i9 VImaj7, VImaj9 v7 i9 III",
            "bridge": "iv9 v7 VImaj7 V7, iv9 VII IIImaj7 VImaj7",
        },
    },
    "reggae": {
        "major": {
            "verse": "I I IV V, I V IV IV, I ii I ii",
            "chorus": "I IV V IV, IV I V I, vi IV I V",
            "bridge": "vi vi IV V, ii ii V V",
        },
        "minor": {
            "verse": "i i iv i, i VII i VII, i iv VII i",
            "chorus": "VI VII i i, iv i VII i",
            "bridge": "iv iv v v, VI VII V V",
        },
    },
    "latin": {
        "minor": {
            "verse": "i VI III VII, i iv V i, i VII VI V, i i VI VII",
            "chorus": "VI VII i i, i VI III VII, iv VII III V, i iv VII III",
            "bridge": "iv iv V V, VI VII V V",
        },
        "harmonic minor": {
            "verse": "i iv V i, i V i V, i i iv V",
            "chorus": "iv V i VI, i iv V V, VI iv V i",
            "bridge": "iv i V V",
        },
        "major": {
            "verse": "I IV V IV, I vi ii V, I V I V",
            "chorus": "I IV ii V, IV V I vi, ii V I I",
            "bridge": "vi ii V V, IV iv I V",
        },
    },
    "jazz": {
        "major": {
            "verse": "Imaj9 vi7 ii9 V13, ii9 V13 Imaj9 VI7, Imaj9 #idim ii9 V13, iii7 VI7 ii9 V13",
            "chorus": "IVmaj9 iv6 iii7 VI7, ii9 V13 Imaj9 IVmaj7, ii9 V13 iii7 VI7",
            "bridge": "iii7 VI7 ii9 V13, III7 VI7 II9 V13, IVmaj7 #ivdim Imaj9 VI7",
        },
        "minor": {
            "verse": "i9 iim7b5 V7 i9, i9 iv9 iim7b5 V7, i9 VImaj7 iim7b5 V7",
            "chorus": "iv9 VII9 IIImaj9 VImaj7, iv9 i9 iim7b5 V7, VImaj7 V7 i9 i9",
            "bridge": "iv9 VII9 IIImaj9 V7, v7 I7 iv9 V7",
        },
        "dorian": {
            "verse": "i9 i9 i9 i9, i9 IV9 i9 IV9",
            "chorus": "iv9 iv9 i9 i9, bVII9 bVII9 i9 V7",
            "bridge": "bIImaj7 bIImaj7 i9 V7",
        },
    },
    "blues": {
        "mixolydian": {
            "verse": (
                "I7 IV7 I7 I7 IV7 IV7 I7 I7 V7 IV7 I7 V7, I7 I7 I7 I7 IV7 IV7 I7 I7 V7 V7 I7 I7, "
                "I7 IV7 I7 I7 IV7 #ivdim I7 VI7 ii7 V7 I7 V7, "
                "I7 V7 IV7 IV7 I7 V7 I7 V7 I7 IV7 I7 V7"
            ),
            "chorus": (
                "IV7 IV7 I7 I7 V7 IV7 I7 I7 V7 IV7 I7 V7, I7 IV7 I7 I7 IV7 IV7 I7 VI7 ii7 V7 I7 V7"
            ),
            "bridge": "IV7 IV7 I7 I7, IV7 IV7 II7 V7",
        },
        "minor": {
            "verse": (
                "i7 iv7 i7 i7 iv7 iv7 i7 i7 VI7 V7 i7 V7, i7 i7 i7 i7 iv7 iv7 i7 i7 iv7 V7 i7 i7, "
                "i7 v7 i7 i7 iv7 iv7 i7 VI7 iv7 V7 i7 V7"
            ),
            "chorus": "iv7 iv7 i7 i7 VI7 V7 i7 i7 iv7 V7 i7 V7",
            "bridge": "iv7 iv7 VI7 V7",
        },
    },
    "lofi": {
        "major": {
            "verse": (
                "ii9 V13 Imaj9 vi9, Imaj9 vi9 ii9 V9, IVmaj9 iii7 vi9 V9, Imaj7 iii7 IVmaj7 iv6"
            ),
            "chorus": "IVmaj9 V9 iii7 vi9, IVmaj9 iii7 ii9 Imaj9, ii9 iii7 IVmaj9 Vsus4",
            "bridge": "vi9 ii9 V9 Imaj9, IVmaj9 iv6 Imaj9 VI7",
        },
        "minor": {
            "verse": "i9 iv9 VII9 IIImaj7, i9 VImaj7 iv9 v7, VImaj7 v7 i9 i9",
            "chorus": "iv9 v7 i9 i9, VImaj7 VII i9 v7, iv9 VII9 IIImaj7 VImaj7",
            "bridge": "VImaj7 IIImaj7 iv9 V7",
        },
        "dorian": {
            "verse": "i9 IV9 i9 IV9, i9 ii7 bIIImaj7 IV9, bVIImaj7 i9 IV9 i9",
            "chorus": "bIIImaj7 IV9 i9 bVIImaj7, IV9 bIIImaj7 ii7 i9",
            "bridge": "bVIImaj7 bVIImaj7 IV9 IV9",
        },
    },
    "edm": {
        "minor": {
            "verse": "i i VI V, i i VI VI, VI VII i i, i iv VI V",
            "chorus": "VI VII i i, i VI iv V, VI iv V i, i VI V i",
            "bridge": "VI VI VII VII, iv iv VI V",
        },
        "major": {
            "verse": "vi IV I V, IV V vi vi, I iii vi IV",
            "chorus": "IV V vi I, vi IV I V, IV I V vi",
            "bridge": "ii ii IV V, vi vi IV V",
        },
    },
    "techno": {
        "minor": {
            "verse": "i i i i, i i i VI, i i bII i",
            "chorus": "i i VI VII, i i iv iv, i i VI v",
            "bridge": "VI VI i i, iv iv i i",
        },
    },
    "trap": {
        "minor": {
            "verse": "i i VI VI, i VI iv v, i i VI V",
            "chorus": "VI VII i i, i VI III VII, i iv VI V",
            "bridge": "iv iv VI V",
        },
        "harmonic minor": {
            "verse": "i i VI V, i iv i V, i bII V i",
            "chorus": "VI V i i, i VI iv V",
            "bridge": "iv iv V V",
        },
    },
    "folk": {
        "major": {
            "verse": "I IV I V, I V vi IV, I I IV V, I vi IV V, I V I V",
            "chorus": "IV I V I, IV V I vi, I V IV I, vi IV I V",
            "bridge": "vi iii IV V, ii IV I V, vi V IV V",
        },
        "minor": {
            "verse": "i VII i v, i VI VII i, i III VII i",
            "chorus": "III VII i VI, VI VII i i, iv i VII i",
            "bridge": "iv VII III V, VI III iv V",
        },
    },
    "classical": {
        "major": {
            "verse": "I V vi iii, I IV ii V7, I vi IV V7, I V7 V7 I",
            "chorus": "IV I ii V7, vi ii V7 I, IV V7 iii vi, I III vi IV",
            "bridge": "vi III vi III, ii VI ii V7, iv I V7 V7",
        },
        "minor": {
            "verse": "i iv V7 i, i VI iv V7, i V7 i V7, i VII III V7",
            "chorus": "III VII i V7, iv VII III VI, VI iv V7 i, iv i V7 i",
            "bridge": "VI III iv V7, III VII III V7, bII bII V7 V7",
        },
        "harmonic minor": {
            "verse": "i iv V7 i, i VI iio V7, i V7 VI V7",
            "chorus": "VI iv V7 i, iv i V7 i, i iv bII V7",
            "bridge": "iv iv V7 V7, VI iv iio V7",
        },
    },
    "epic": {
        "minor": {
            "verse": "i VI III VII, i i VI iv, i III VII iv, i VI iv V",
            "chorus": "i VI III VII, VI VII i v, VI III VII i, i VII VI VII",
            "bridge": "VI VII I I, iv VI VII V, bII bII VI V",
        },
        "harmonic minor": {
            "verse": "i iv VI V, i bII V i",
            "chorus": "VI iv i V, i VI iv V",
            "bridge": "iv iv V V",
        },
    },
    "ambient": {
        "major": {
            "verse": "I I IV IV, Imaj7 Imaj7 vi vi, I iii IV IV, IV IV I I",
            "chorus": "IV I vi V, vi IV I I, IVmaj7 iii vi vi",
            "bridge": "ii ii IV IV, bVII bVII IV IV",
        },
        "minor": {
            "verse": "i i VI VI, i i iv iv, VI VI i i",
            "chorus": "VI III i VII, iv VI i i",
            "bridge": "III III iv iv",
        },
    },
}


def pool(family: str, mode: str, where: str) -> tuple[str, ...]:
    """Return the progressions of a family in a mode for `verse`, `chorus` or `bridge`."""
    modes = _FAMILIES[family]
    near = "major" if mode in ("major", "lydian", "mixolydian") else "minor"
    found = modes.get(mode) or _MODAL.get(mode) or modes.get(near) or _FAMILIES["pop"][near]
    return tuple(found[where].split(", "))
