"""Dialogs: a frame over the panes, its keys at its foot, Esc leaves it."""

from suno_tui.tui.dialogs.base import Dialog
from suno_tui.tui.dialogs.confirm import Confirm
from suno_tui.tui.dialogs.picker import Entry, Picker
from suno_tui.tui.dialogs.reader import Reader

__all__ = ["Confirm", "Dialog", "Entry", "Picker", "Reader"]
