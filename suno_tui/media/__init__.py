"""Everything that parses bytes from outside: audio, its tags, pictures.

Files come from providers, and libraries come from other people. A decoder that such a file crashes,
hangs or fills with memory must not take the worker or the studio along, so all of them run in child
processes with limits (`limits`), and only plain data comes back:

- `files` is what the rest of the program calls; nothing else in here is for it but `kinds`.
- `children` starts, lends and replaces the children; `wire` is how both sides talk.
- `reader` is the child: a closed list of jobs. `prove`, `mpeg`, `decode`, `tags`, `id3` and
  `picture` do them, and are imported by no one else.
"""
