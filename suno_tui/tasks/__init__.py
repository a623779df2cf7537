"""Tasks: the records of the queue, as far as a view may use them.

A *task* is one generation, a *take* one of its audio results. A *hold* says why a task waits, a
*charge* is one time that a song was sent and paid. What is still to do is *owed*. `store` reads and
changes the records, `events` yields their changes, `worker_starter` starts the worker.
"""
