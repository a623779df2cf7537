"""Everything that parses bytes from outside: audio, its tags, pictures.

Files come from providers and from other people's libraries. A file may crash, hang or bloat its
decoder; that must not end the worker or the studio. So all decoders run in child processes with
limits (`limits`), and only plain data comes back. To *prove* a file is to check that it is whole
audio of a known kind.

- The rest of the program calls `files`, and `kinds` for the first bytes of a file.
- `children` starts, lends and replaces the children; `wire` is their protocol.
- `reader` is the child: a closed list of jobs. `prove`, `mpeg`, `decode`, `tags` and `picture` do
  them; nothing else imports these.
"""
