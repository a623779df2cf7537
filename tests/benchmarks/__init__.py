"""Benchmarks, run by hand: `python -m tests.benchmarks.line`. Most need an idle machine."""
