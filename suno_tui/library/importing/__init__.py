"""Import existing audio into the library, and undo imports.

- `sources` finds audio among the given files and folders.
- `sidecars` reads what archivers write next to audio; `facts` joins that with tags and names.
- `plan` decides which files are new, which are in the library already and which can't be used.
- `placing` puts the audio and its track file into the library; `journal` writes each step to disk
  before it is done, so that `undo` can give the source back.
- `imports` is the interface for the rest of the program.
"""
