"""The configuration: `config.toml` with its schema, its checks and its changes.

A *setting* is one value of `config.toml`; `fields.py` describes each for the settings screen. A
*provider key* is the API key of a provider, from wherever the settings say.
"""
