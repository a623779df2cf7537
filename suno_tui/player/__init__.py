"""Sound: playing tracks, swapping between takes at the same moment, and pictures of their waves.

Importing this costs little: numpy and miniaudio load with the first sound.
"""

from suno_tui.player.output import Output
from suno_tui.player.player import Player
from suno_tui.player.sound import CantPlay
from suno_tui.player.waveform import fit, waveform

__all__ = ["CantPlay", "Output", "Player", "fit", "waveform"]
