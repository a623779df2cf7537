"""Tests of `cell_diff`: what is sent to the terminal, and what it shows."""
