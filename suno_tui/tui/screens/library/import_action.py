"""Import on the screen: the dialog's plan is carried out in the background."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from suno_tui.common.errors import StudioError

if TYPE_CHECKING:
    from suno_tui.library.importing.imports import Result
    from suno_tui.library.importing.plan import Plan
    from suno_tui.tui.context import Context


class ImportAction:
    """Takes audio that exists into the library. Found by the dispatcher."""

    def __init__(self, app: Context) -> None:
        self.app = app

    def why_not(self, id: str) -> str | None:
        busy = id == "import" and self.app.library.importing.in_progress
        return "An import is running already." if busy else None

    def action_import(self) -> None:
        """Ask for a folder, show what is in it, and import that."""
        from suno_tui.tui.screens.library.import_dialog import ImportDialog

        def begin(plan: Plan | None) -> None:
            if plan is not None:
                self.app.library.run(self._import(plan))

        self.app.push_screen(ImportDialog(), begin)

    async def _import(self, plan: Plan) -> None:
        imports, progress = self.app.studio.library.imports, self.app.library.importing
        # The undo and redo of this import use these, too.
        imports.on_progress = progress.count
        imports.should_stop = lambda: progress.stopping
        try:
            result = await asyncio.to_thread(imports.run, plan)
        except StudioError as error:
            self.app.notify_error(error)
            return
        finally:
            self.app.library.show()
        self.app.notify_briefly(_summary(result, self.app.keymap.key("undo")))


def _summary(result: Result, key: str) -> str:
    tracks = "1 track" if result.imported == 1 else f"{result.imported:,} tracks"
    text = f"{tracks} imported; {key} undoes it."
    if result.failed:
        first = result.failed[0]
        text += f" {len(result.failed):,} failed: {first.candidate.source.name}: {first.why}."
    return text
