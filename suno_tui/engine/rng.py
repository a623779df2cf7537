"""Named random streams of one seed: a decision added later never changes the others."""

from __future__ import annotations

import hashlib
import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


def derive(*names: object) -> int:
    """Return a 64-bit seed that depends on every name, the same on every machine and Python."""
    return int.from_bytes(hashlib.blake2s(repr(names).encode("utf-8", "replace")).digest()[:8])


def stream(*names: object) -> random.Random:
    """Return a generator of decisions that depends on these names alone."""
    return random.Random(derive(*names))


def noise(*names: object) -> np.random.Generator:
    """Return a generator of audible noise that depends on these names alone."""
    import numpy as np

    return np.random.Generator(np.random.PCG64(derive(*names)))
