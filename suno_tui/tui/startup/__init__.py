"""Start-up: a screen that is mounted in stages, and a queue for the keys typed meanwhile.

The first frame itself, shown before Textual is loaded, is in `tui.terminal.cell_diff`: without it
the first picture comes 185 ms later. `python -m tests.benchmarks.startup` measures each trick of
the start alone; the figures in the docstrings are its medians, with 100 and 100,000 tracks on two
cores. What gained less than 10 ms was removed.
"""
