"""Other takes to compare: kept decoded so that a switch is instant, and made equally loud."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from suno_tui.player.sound import FULL, Sound

MOST = 3
"""Most other takes that are kept decoded; three minutes take some 30 MB."""
RAISED = 4.0
"""The largest factor, so that a nearly silent take isn't amplified to noise."""
NOTHING = float("-inf")


class DecodedTakes:
    """The other takes of the one that plays, by path."""

    def __init__(self, opened: Callable[[Path], Sound]) -> None:
        self._open = opened
        self._sounds: dict[Path, Sound] = {}
        self._level: float | None = None
        """The common loudness in LUFS: that of the take that played first."""
        self._compared: set[Path] = set()

    def get(self, path: Path) -> Sound:
        """Return the sound of a take; begin to decode it if necessary."""
        sound = self._sounds.pop(path, None)
        if sound is None or sound.error:
            sound = self._open(path)
        self._sounds[path] = sound
        while len(self._sounds) > MOST:
            self._sounds.pop(next(iter(self._sounds))).drop()
        return sound

    def exchange(self, new: Sound, old: Sound) -> None:
        """Note that `new` plays now; `old` is kept for switching back."""
        self._sounds.pop(new.path, None)
        self._sounds[old.path] = old

    def clear(self) -> None:
        self._sounds.clear()
        self._compared.clear()

    def __iter__(self) -> Iterator[Sound]:
        return iter([*self._sounds.values()])

    def compare(self, new: Sound, current: Sound) -> None:
        """Add `new` to the takes that are made as loud as `current`."""
        if current.path not in self._compared:
            self._compared = {current.path}
            known = current.loudness not in (None, NOTHING)
            self._level = current.loudness if known else None
        self._compared.add(new.path)

    def factor(self, sound: Sound, gain: float) -> float:
        """Return the factor that makes a sound as loud as the takes that it is compared with.

        If one of them would clip at this `gain` of the volume, all are made softer together.
        """
        if sound.path not in self._compared:
            return 1.0
        family = {sound, *(one for one in self if one.path in self._compared)}
        over = max(self._unclipped_factor(one) * one.peak * gain / FULL for one in family)
        return self._unclipped_factor(sound) / max(1.0, over)

    def _unclipped_factor(self, sound: Sound) -> float:
        loudness = sound.loudness
        if self._level is None or loudness is None or loudness == NOTHING:
            return 1.0
        return float(min(RAISED, 10 ** ((self._level - loudness) / 20)))
