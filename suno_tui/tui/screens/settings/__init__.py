"""The settings on the screen: every setting of `config.toml`, with what it does."""
