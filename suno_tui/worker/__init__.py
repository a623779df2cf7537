"""The worker: the process that owns the money.

A *task runner* drives one task, step by step (`state_machine`): *submit* sends the song, polling
watches it, *download* gets its takes, *settlement* finds out what became of an uncertain task or a
refund. A *provider link* is the access to one provider, with its *circuit breakers*. The *journal*
writes every step before the next one begins. `process` builds the worker of a real home; views
start it as a process of its own, by `tasks.worker_starter`, and never import it.
"""
