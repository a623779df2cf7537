"""Everything that parses bytes from outside: audio, its tags, pictures.

Files come from providers and from other people's libraries. A file may crash, hang or bloat its
decoder, which must not end the worker or the studio. So all decoders run in child processes with
limits (`limits`), and only plain data comes back. To *prove* a file is to check that it is complete
audio of a known kind.

- The rest of the program calls `files`, and `kinds` for the first bytes of a file.
- `children` starts, lends and replaces the child processes; `wire` is their protocol.
- `reader` runs in the child and does a closed list of jobs, with `prove`, `mpeg`, `decode`, `tags`
  and `picture`, which nothing else imports.
"""
