"""Compute waveforms: the loudness of a sound in equal steps of time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from suno_tui.common.levels import stretches
from suno_tui.player.sound import decode

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

COLUMNS = 1000

_STEP = 1024
"""Frames per measurement while the length of the file is still unknown."""


def waveform(path: Path, columns: int = COLUMNS) -> bytes:
    """Return loudness from 0 (silence) to 255 (full scale) in equal steps over the whole file.

    Uses the root mean square, because the peaks of a mastered song are equally high from end to
    end. Decodes the file: call it off the event loop, and keep the result (`common.levels.fit` fits
    it to any width). Raises `CantPlay`.
    """
    import numpy as np

    # Small steps first: the number of frames is known only at the end.
    fine = []
    rest = np.zeros((0, 2), np.int16)
    for piece in decode(path):
        piece = np.concatenate([rest, piece]) if len(rest) else piece
        whole = len(piece) // _STEP * _STEP
        fine.append(_powers(piece[:whole].reshape(-1, _STEP * 2)))
        rest = piece[whole:].copy()
    if len(rest):
        fine.append(_powers(rest.reshape(1, -1)))
    powers = np.concatenate(fine) if fine else np.zeros(0)
    means = [float(powers[start:end].mean()) for start, end in stretches(len(powers), columns)]
    return bytes(min(255, round(mean**0.5 * 255)) for mean in means)


def _powers(rows: NDArray[np.int16]) -> NDArray[np.float64]:
    """Return the mean square of each row; full scale is 1."""
    import numpy as np

    return np.asarray(np.square(rows / 32768).mean(axis=1))
