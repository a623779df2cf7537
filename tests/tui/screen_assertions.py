"""Assertions on the text of the screen."""

from __future__ import annotations

import asyncio

from suno_tui.tui.app import StudioApp
from tests.tui.conftest import until


def shown(app: StudioApp) -> str:
    """Return all text on the screen, as the terminal would get it."""
    width, height = app.size
    lines = app.screen._compositor.render_strips()
    assert len(lines) == height
    for line in lines:
        assert line.cell_length == width
    return "\n".join(line.text for line in lines)


async def sees(app: StudioApp, *texts: str) -> None:
    """Wait until all the texts are on the screen; lines are joined, so a text may be wrapped."""

    def missing() -> list[str]:
        lines = shown(app).replace("│", " ").splitlines()
        picture = " ".join(" ".join(lines).split())
        return [text for text in texts if text not in picture]

    try:
        await until(lambda: not missing())
    except TimeoutError:
        raise AssertionError(f"not on the screen: {missing()}\n{shown(app)}") from None


async def notified(app: StudioApp, *texts: str) -> None:
    """Wait until all the texts are in notices."""
    said = ""
    try:
        async with asyncio.timeout(10):
            while not all(text in said for text in texts):
                said = "\n".join(f"{note.title}: {note.message}" for note in app._notifications)
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise AssertionError(said) from None
