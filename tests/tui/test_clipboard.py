"""The clipboard gets only text: pasted into a shell, it runs nothing."""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from textual.widgets import Input, TextArea

from suno_tui.common.paths import Home
from suno_tui.providers.song import Song
from suno_tui.tui.app import StudioApp
from tests.tui.conftest import RunApp, settled, until
from tests.tui.seed import add_task, add_track
from tests.tui.session import Session

HOSTILE = "City lights\x1b[201~\rtouch x\r\n\tla\x1b]52;c;AAAA\x07\u202eabc\u2069\x9b31m\x00\u200b"
OSC_52 = re.compile(r"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07")


def is_text(copied: str, *, lines: bool = False) -> bool:
    """Return whether a text has no control or format character, but for allowed line breaks."""
    rest = copied.replace("\n", "").replace("\t", "") if lines else copied
    return not [char for char in rest if unicodedata.category(char) in ("Cc", "Cf", "Cs")]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[StudioApp], list[str]]]:
    """Return what the app has written to the terminal."""
    written: list[str] = []

    def watch(app: StudioApp) -> list[str]:
        driver: Any = app._driver
        monkeypatch.setattr(driver, "write", written.append)
        return written

    yield watch


async def test_copying_from_a_track_and_a_task(
    run_app: RunApp, sent: Callable[[StudioApp], list[str]]
) -> None:
    async with run_app(tracks=False, tasks=False) as (app, pilot):
        toml = HOSTILE.replace("\x00", "")
        add_track(app.studio.home, "Nice", "x", id=f"id{toml}", lyrics=toml)
        song = Song(custom_mode=True, title="a", style="x", lyrics=HOSTILE)
        add_task(app.studio.tasks, song, id=f"t{HOSTILE}", takes=(("done", 1, 1),))
        app.main.library.scan()
        await settled(pilot)
        await until(lambda: app.main.library.rows.items)
        written = sent(app)
        await pilot.press("escape", "3", "y", "l")
        assert app.clipboard.startswith("City lights[201~\ntouch x\n\tla]52;c;AAAA")
        assert is_text(app.clipboard, lines=True)
        await pilot.press("y", "i")
        assert app.clipboard.startswith("idCity lights[201~ touch x la]52")
        assert is_text(app.clipboard)
        await pilot.press("y", "p", "2", "y", "l")
        assert app.clipboard.startswith("City lights[201~\ntouch x\n")
        await pilot.press("y", "i")
        assert is_text(app.clipboard)
        await pilot.press("y", "u")
        assert is_text(app.clipboard), "an address is one line"
        found = OSC_52.findall("".join(written))
        assert len(found) == 6
        for copied in found:
            assert is_text(base64.b64decode(copied).decode(), lines=True)


@pytest.mark.parametrize("keys", ["ctrl+c", "ctrl+x"])
@pytest.mark.parametrize("kind", [TextArea, Input])
async def test_copying_from_a_field(
    keys: str,
    kind: type[TextArea] | type[Input],
    run_app: RunApp,
    sent: Callable[[StudioApp], list[str]],
) -> None:
    async with run_app() as (app, pilot):
        field: TextArea | Input = TextArea(HOSTILE) if kind is TextArea else Input(HOSTILE)
        await app.main.mount(field)
        field.focus()
        await pilot.pause()
        field.select_all()
        written = sent(app)
        field.action_copy() if keys == "ctrl+c" else field.action_cut()
        [copied] = OSC_52.findall("".join(written))
        text = base64.b64decode(copied).decode()
        assert text.startswith("City lights[201~\ntouch x\n")
        assert is_text(text, lines=True)
        assert text == app.clipboard


def test_copying_to_a_terminal(home: Home) -> None:
    add_track(home, "Nice song", "x", lyrics="City lights\x1b[201~\rtouch pwned\r")
    with Session() as session:
        session.read_until(lambda: session.shows("Commands"), "the first screen")
        session.type(b"\x1b3")
        session.read_until(lambda: session.shows("Nice song"), "the track")
        session.type(b"yl")
        session.read_until(lambda: OSC_52.search(session.output.decode()) is not None, "the copy")
        copied = OSC_52.findall(session.output.decode())
    assert [base64.b64decode(text) for text in copied] == [b"City lights[201~\ntouch pwned\n"]
