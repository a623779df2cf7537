"""Play sound on the user's own machine while the studio runs on another one (`docs/listener.md`).

A *listener* owns the sound device and a cache of audio; `service` is its process. A studio talks to
it through a Unix socket, which SSH may forward. `protocol` defines the messages of both directions,
`sockets` finds and creates the sockets, `cache` keeps the audio. `remote` is the studio's side, a
player with the interface of `player.Player`; `routing` chooses between it and this machine's own
player.
"""
