"""The configuration: `config.toml` with its schema, its checks and its changes.

A *setting* is one value of `config.toml`; a *field* (`fields.py`) describes one for the screen. A
*provider key* is the API key of a provider, wherever the settings say that it is.
"""
