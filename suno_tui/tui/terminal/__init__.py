"""The terminal: everything between Textual and the bytes that go over the connection.

`driver` reads keys and restores the terminal; `cell_diff` sends the cells that changed and shows
the first frame; `images` shows pictures; `bracketed_paste` and `paste_guard` find pastes.
This package imports no widget and nothing of the studio.

The connection is the bytes between the program and the terminal.
"""
