"""The dialog of saved searches: to use and forget them, and to save the present search."""

from __future__ import annotations

from suno_tui.library.store import Library
from suno_tui.tui.dialogs.editable_list import EditableListDialog
from suno_tui.tui.dialogs.item_picker import Item, NameDialog


class SearchesDialog(EditableListDialog[str]):
    """Returns the query to filter by."""

    LABELS = {"open": "Search", "remove_item": "Forget", "new_item": "Save this search"}

    def __init__(self, library: Library, query: str) -> None:
        super().__init__(
            "Saved searches", library, empty="None yet: search for something, and save it here."
        )
        self.query_text = query.strip()

    def read(self) -> list[Item]:
        return [Item(name, name, query) for name, query in self.library.searches.all().items()]

    def why_not(self, id: str) -> str | None:
        if id == "new_item":
            return None if self.query_text else "The filter line is empty."
        return super().why_not(id)

    def action_open(self) -> None:
        if self.rows.current is not None:
            self.dismiss(self.rows.current.facts)

    def action_new_item(self) -> None:
        """Save the query in the filter under a name."""

        def keep(name: str | None) -> None:
            if name:
                self.change(lambda: self.library.searches.save(name, self.query_text))

        self.app.push_screen(NameDialog("Save this search", "", self.query_text), keep)

    def action_remove_item(self) -> None:
        if (name := self.key) is not None:
            key = self.app.keymap.key("undo")
            notice = f"{name} is forgotten; {key} brings it back."
            self.change(lambda: self.library.searches.forget(name), notice)
