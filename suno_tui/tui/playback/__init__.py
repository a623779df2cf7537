"""The state of what plays, as the screen sees it, without widgets.

A session is one track in the player with what comes before and after it. *Up next* are the tracks
that the user put first; the *list* is what the track was started from. *Marks* are the starts of
sections, and *levels* the waveform.
"""
