"""The dialog of the trash: bring tracks back or delete them for good."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from suno_tui.common.text import clock
from suno_tui.library.store import Library
from suno_tui.tui.dialogs.editable_list import EditableListDialog
from suno_tui.tui.dialogs.item_picker import Item


class TrashDialog(EditableListDialog[None]):
    """The tracks in the trash; Enter brings one back to its folder."""

    LABELS = {"open": "Restore", "delete": "Delete for good", "empty_trash": "Empty the trash"}

    def __init__(self, library: Library) -> None:
        super().__init__("Trash", library, empty="The trash is empty.")

    def read(self) -> list[Item]:
        return [
            Item(track.id, track.name, track.style, clock(track.duration), take=str(track.take))
            for track in self.library.trashed()
        ]

    def action_open(self) -> None:
        if (track_id := self.key) is not None:
            self.change(lambda: self.library.restore([track_id]))

    def action_delete(self) -> None:
        """Delete a track for good, after a question."""
        if (item := self.rows.current) is not None:
            self._ask(
                f"{item.name} {item.take}: its audio, cover and facts are removed from the disk.",
                lambda: self.library.delete([item.key]),
            )

    def action_empty_trash(self) -> None:
        """Delete all of them for good, after a question."""
        count = len(self.rows.items)
        what = f"All {count} tracks in the trash are" if count > 1 else "1 track in the trash is"
        text = f"{what} removed from the disk."
        self._ask(text, self.library.empty_trash)

    def _ask(self, text: str, do: Callable[[], object]) -> None:
        text = f"{text} This can't be undone."
        self.app.ask("Delete for good?", text, partial(self.change, do), yes="Delete", deletes=True)
