"""A full-screen terminal studio for AI music."""

__version__ = "0.1.0"
