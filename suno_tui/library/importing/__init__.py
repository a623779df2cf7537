"""Take audio that exists into the library: find it, look into it, place it, and undo that.

- `sources` finds audio among the given files and folders.
- `sidecars` reads what archivers write beside audio; `facts` joins that with tags and names.
- `plan` decides what is new, what is there already and what can't be used.
- `placing` puts the audio and its text file into the library; `journal` remembers that on disk
  before it is done, so that `undo` can give the source back.
- `imports` is the interface for the rest of the program.
"""
