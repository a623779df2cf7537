"""Controllers without an app."""
