"""The layer of the line: what the terminal shows, and what it was sent."""
