"""Dialogs: a frame over the panes, its keys at its foot, Esc leaves it.

Where one is opened it is imported: the start does without them.
"""
