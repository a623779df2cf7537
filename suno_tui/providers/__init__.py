"""The contract with providers: songs, models, limits, errors and the HTTP client.

A *provider* is a service that makes songs, a *song* what it is sent, and a *dialect* the API that
it speaks: each dialect has a folder, such as `suno`. An error is *settled* if it proves that
nothing was charged.
"""
