"""The library on the screen: the list of tracks, its filter, the page of a track, and dialogs.

The *list* shows what the filter finds. An action changes the *marked* tracks; without marks, the
track under the cursor.
"""
