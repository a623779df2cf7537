"""Sound: playing tracks, swapping between takes at the same moment, and pictures of their waves.

Importing this costs little: numpy and miniaudio load with the first sound.
"""

from suno_tui.player.output import Output, open_output
from suno_tui.player.player import Player
from suno_tui.player.sound import NO_DECODER, CantPlay
from suno_tui.player.waveform import fit, waveform

__all__ = ["NO_DECODER", "CantPlay", "Output", "Player", "fit", "open_output", "waveform"]
