"""Start-up: a screen that is mounted in stages, and a queue for the keys typed meanwhile.

The first frame itself, shown before Textual is loaded, is in `tui.terminal.cell_diff`.
"""
