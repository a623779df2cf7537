"""The composer, where the user writes a song.

The form holds the fields of the song. A draft is the song being written, saved as it is typed; a
recipe is a saved song to start from. The generate bar shows the cost, or why the song can't be
sent. A persona is a voice of the provider's; its names are the user's.
"""
