"""Sound: play tracks, switch between takes at the same position, compute waveforms.

`Player` is the interface. A `Sound` is a file that is decoded in the background; the `Mixer` holds
the position and produces samples; an `Output` asks for them. Below `Player`, all positions are in
frames: one sample for each channel, 44,100 per second.
"""
