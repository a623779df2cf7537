"""The contract with a provider: songs, models, limits, errors and the HTTP client."""
