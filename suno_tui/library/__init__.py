"""The library: a folder of tracks, with playlists, saved searches, trash, undo and export.

A *track* is a take in the library: a *track file* (TOML) with its audio and cover beside it, under
one stem. Track files are the truth; the *index* (SQLite) is a cache of them for lists and searches.
A *place* is the library or the trash. *Trouble* is what is wrong with a file, in words.

`store.Library` is what the rest of the program uses. Behind it, `changes` writes and undoes,
`filing` takes new takes in, `index_sync` and `scan` read what the user did to the files.
"""
