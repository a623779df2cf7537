"""Batches: many songs in one file; each is queued only once, however often the file is run."""
