"""Batches: many songs in one file, each of which is queued once, however often the file is run."""
