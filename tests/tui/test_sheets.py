"""Style sheets are parsed once: a later start takes the rules, and looks the same."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual._context import active_app
from textual.css import stylesheet
from textual.css.parse import parse
from textual.strip import Strip

from suno_tui.tui.app import StudioApp
from tests.tui.conftest import OpenApp, settled
from tests.tui.seed import NOW

Start = Callable[[], StudioApp]


@pytest.fixture
def start(open_app: OpenApp) -> Start:
    """Starts one after the other on the same home."""
    first = open_app()
    return lambda: StudioApp(first.studio, now=lambda: NOW)


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sheets that are parsed for the first picture; nobody waits for those of later."""
    seen: list[str] = []

    def note(scope: str, css: str, read_from: tuple[str, str], **more: Any) -> object:
        if not _app().main.drawn.is_set():
            seen.append(read_from[1])
        return parse(scope, css, read_from, **more)

    monkeypatch.setattr(stylesheet, "parse", note)
    return seen


def _app() -> StudioApp:
    app = active_app.get()
    assert isinstance(app, StudioApp)
    return app


async def look(app: StudioApp) -> list[Strip]:
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        return app.screen._compositor.render_strips()


async def test_a_second_start_parses_nothing_and_looks_the_same(
    start: Start, parsed: list[str]
) -> None:
    first = await look(start())
    assert "ComposePane.DEFAULT_CSS" in parsed
    parsed.clear()
    kept = start().studio.home.style_sheets
    before = kept.stat()
    assert await look(start()) == first
    assert parsed == []
    assert kept.stat() == before, "the same is not written again"
    assert before.st_mode & 0o077 == 0, "what is loaded again is nobody else's to write"


async def test_other_colours_are_parsed_and_kept(start: Start, parsed: list[str]) -> None:
    dark = await look(start())
    parsed.clear()
    app = start()
    app.studio.remember(theme="studio-light")
    light = await look(start())
    assert "ComposePane.DEFAULT_CSS" in parsed
    assert light != dark
    parsed.clear()
    assert await look(start()) == light
    assert parsed == []


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-200])


def fill_with_junk(file: Path) -> None:
    file.write_bytes(b"\x80\x05junk")


def keep_for_another_textual(file: Path) -> None:
    with file.open("rb") as kept:
        _, rules = pickle.load(kept), pickle.load(kept)
    file.write_bytes(pickle.dumps(("another",)) + pickle.dumps(rules))


@pytest.mark.parametrize("harm", [cut, fill_with_junk, keep_for_another_textual, Path.unlink])
async def test_rules_that_are_no_good_are_parsed_again(
    start: Start, parsed: list[str], harm: Callable[[Path], None]
) -> None:
    first = await look(start())
    harm(start().studio.home.style_sheets)
    parsed.clear()
    assert await look(start()) == first
    assert "ComposePane.DEFAULT_CSS" in parsed
    parsed.clear()
    await look(start())
    assert parsed == []


async def test_rules_of_somebody_else_are_not_loaded(
    start: Start, parsed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await look(start())
    uid = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: uid + 1)
    parsed.clear()
    await look(start())
    assert "ComposePane.DEFAULT_CSS" in parsed


async def test_a_cache_that_cant_be_written_is_no_trouble(start: Start) -> None:
    first = await look(start())
    home = start().studio.home
    home.style_sheets.unlink()
    home.style_sheets.mkdir()
    assert await look(start()) == first
