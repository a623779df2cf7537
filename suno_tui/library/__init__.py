"""The library: a folder of tracks, with playlists, saved searches, trash, undo and export.

A *track* is a take in the library: a *track file* (TOML) with its audio and cover next to it, under
the same stem. Track files are the truth; the *index* (SQLite) is a cache of them for lists and
searches. A *place* is the library or the trash. *Trouble* is a text that says what is wrong with a
file.

`store.Library` is what the rest of the program uses. Behind it, `changes` writes and undoes,
`filing` adds new takes, `index_sync` and `scan` notice what the user did to the files.
"""
