"""Repairing damaged text files: the user sees each difference and agrees to it, or not."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from suno_tui.tui.dialogs.confirm import Confirm
from suno_tui.tui.widgets.content import one_line

if TYPE_CHECKING:
    from suno_tui.library.repair import Repair
    from suno_tui.library.store import Library
    from suno_tui.tui.context import Context

_MOST_LINES = 16
"""Lines of a difference that fit into a dialog."""


async def repair_all(app: Context) -> None:
    """Offer the repair of each damaged file until the user declines. Raises `StudioError`."""
    studio = app.studio

    def find() -> list[Repair]:
        studio.library.refresh()
        return studio.library.repairs(studio.take_records())

    found = await asyncio.to_thread(find)
    possible = [repair for repair in found if repair.possible]
    done = 0
    for repair in possible:
        title = f"Repair {done + 1} of {len(possible)}"
        question = Confirm(title, _question(repair), yes="Write it", no="Leave it")
        if not await app.push_screen_wait(question):
            break
        if await app.library.try_apply(partial(_write, repair)) is None:
            break
        done += 1
    left = len(found) - done
    if not found:
        app.notify_briefly("Nothing is damaged.")
    elif done:
        key = app.keymap.key("undo")
        more = f" {left} damaged files are left." if left else ""
        app.notify_briefly(f"{done} repaired; {key} undoes the last one.{more}")
    elif not possible:
        app.notify_briefly(one_line(f"{found[0].file.name}: {found[0].advice}", 200))


def _write(repair: Repair, library: Library) -> None:
    library.repair(repair)


def _question(repair: Repair) -> str:
    lines = repair.difference()
    more = len(lines) - _MOST_LINES
    if more > 0:
        # The last line says what is lost.
        lines = [*lines[: _MOST_LINES - 1], f"… and {more} more", lines[-1]]
    why = repair.why.partition(". ")[0].rstrip(".")
    return "\n".join([f"{repair.file.name}: {why}.", "", *(one_line(line, 120) for line in lines)])
