"""The contract with providers: songs, models, limits, errors and the HTTP client.

A *provider* is a service that makes songs, and a *dialect* is the API that it speaks. A *song* is
sent to it as a request of its dialect. An error is *settled* if it proves that nothing was charged.
"""
