"""Themes: `builtin` are ours, `own` reads the user's own from files."""
