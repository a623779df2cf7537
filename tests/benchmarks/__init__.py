"""Measurements over a pty; run by hand: `python -m tests.benchmarks.line`."""
