"""Tasks: the records of the queue, and what views may do with them.

A *task* is one generation, a *take* one of its audio results. A *hold* says why a task waits; a
*charge* records one sending of a song and its price. A task is *owed* while a worker can still do
something for it. `store` reads and changes the records, `events` yields their changes,
`worker_starter` starts the worker.
"""
