"""Sound: playing tracks, swapping between takes at the same moment, and pictures of their waves."""
