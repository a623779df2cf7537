"""The built-in provider: serves the API of `docs/suno-api.txt` from a folder.

A *user* has a balance of credits and any number of *keys*; the *ledger* holds tasks and every
*booking* of credits; the *render queue* makes the *takes* of accepted tasks, in the processes of
the *render pool*; *storage* keeps audio and covers for 24 hours; a *callback* announces the end of
a task. `service` puts these together without a network: `in_process` connects the studio to it,
`serve` serves it over HTTP.
"""
