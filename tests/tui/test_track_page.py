"""The page of a track: its cover, and its values on every size of screen."""

from __future__ import annotations

import locale
import time
from io import BytesIO

import pytest
from PIL import Image
from rich.color_triplet import ColorTriplet

from suno_tui.library.track import Track
from suno_tui.tui.app import StudioApp
from suno_tui.tui.widgets.cover import Cover
from tests.tui.conftest import RunApp, idle, until
from tests.tui.screen_assertions import sees, shown

pytestmark = pytest.mark.usefixtures("good_terminal")

RED, BLUE = (220, 20, 20), (20, 20, 220)


def picture(upper: tuple[int, int, int] = RED, lower: tuple[int, int, int] = BLUE) -> bytes:
    """A JPEG whose upper half has one colour and whose lower half another."""
    image = Image.new("RGB", (320, 320), upper)
    image.paste(lower, (0, 160, 320, 320))
    out = BytesIO()
    image.save(out, "JPEG", quality=95)
    return out.getvalue()


async def give_cover(app: StudioApp, data: bytes) -> Track:
    """Put a cover beside the first track by hand, and wait for the library to find it."""
    track = app.main.library.track
    assert track is not None
    track.audio.with_suffix(".jpg").write_bytes(data)
    app.main.library.scan()
    await until(lambda: app.main.library.track is not None and app.main.library.track.cover)
    return track


def near(colour: ColorTriplet | None, wanted: tuple[int, int, int]) -> bool:
    return colour is not None and all(abs(a - b) < 12 for a, b in zip(colour, wanted, strict=True))


def colours_of(cover: Cover, y: int) -> tuple[ColorTriplet | None, ColorTriplet | None]:
    """The colours of the upper and the lower pixel at the left of a row."""
    segment = next(iter(cover.render_line(y)))
    assert segment.style is not None
    ground, ink = segment.style.bgcolor, segment.style.color
    lower = ground.get_truecolor() if ground else None
    return (ink.get_truecolor() if ink and segment.text == "▀" else lower), lower


@pytest.mark.parametrize(
    ("size", "wanted"), [((80, 24), (20, 10)), ((120, 40), (36, 18)), ((200, 60), (40, 20))]
)
async def test_details_show_the_cover(
    run_app: RunApp, size: tuple[int, int], wanted: tuple[int, int]
) -> None:
    async with run_app(size) as (app, pilot):
        await give_cover(app, picture())
        await pilot.press("escape", "3", "i")
        await until(lambda: app.screen.query(Cover) and app.screen.query_one(Cover).drawn)
        await pilot.pause()
        cover = app.screen.query_one(Cover)
        assert cover.size == wanted
        assert near(colours_of(cover, 0)[0], RED)
        assert near(colours_of(cover, cover.size.height - 1)[1], BLUE)
        await sees(app, "3:18 · 104 BPM")


@pytest.mark.parametrize(
    "data", [b"", b"<html>not found</html>", picture()[:700]], ids=["empty", "page", "cut"]
)
async def test_a_damaged_cover_is_absent(run_app: RunApp, data: bytes) -> None:
    async with run_app((80, 24)) as (app, pilot):
        await give_cover(app, data)
        await pilot.press("escape", "3", "i")
        await until(lambda: app.screen.query(Cover) and not app.screen.query_one(Cover).display)
        await pilot.pause()
        await sees(app, "3:18 · 104 BPM")
        assert shown(app).splitlines()[1].startswith("│ Summer Nights"), "its place is not kept"


@pytest.mark.parametrize("poor", ["NO_COLOR", "16 colours", "latin-1"])
async def test_no_cover_if_the_terminal_can_not_draw_it(
    run_app: RunApp, monkeypatch: pytest.MonkeyPatch, poor: str
) -> None:
    if poor == "NO_COLOR":
        monkeypatch.setenv("NO_COLOR", "1")
    elif poor == "latin-1":
        monkeypatch.setattr(locale, "getpreferredencoding", lambda _=True: "ISO-8859-1")
    else:
        monkeypatch.setenv("TERM", "xterm-16color")
        monkeypatch.delenv("COLORTERM")
    async with run_app((80, 24)) as (app, pilot):
        await give_cover(app, picture())
        await pilot.press("escape", "3", "i")
        await pilot.pause()
        await idle(app)
        cover = app.screen.query_one(Cover)
        assert (cover.display, cover.drawn) == (False, None)


async def test_a_cover_that_changes_is_drawn_anew(run_app: RunApp) -> None:
    async with run_app((80, 24)) as (app, pilot):
        track = await give_cover(app, picture())
        for colours in ((RED, BLUE), (BLUE, RED)):
            track.audio.with_suffix(".jpg").write_bytes(picture(*colours) + bytes(colours[0][0]))
            await pilot.press("escape", "3", "i")
            await until(lambda: app.screen.query(Cover) and app.screen.query_one(Cover).drawn)
            assert near(colours_of(app.screen.query_one(Cover), 0)[0], colours[0])
            await pilot.press("escape")


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40), (200, 60)])
async def test_details_cut_nothing_off(
    run_app: RunApp, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    async with run_app(size) as (app, pilot):
        await give_cover(app, picture())
        await pilot.press("escape", "3", "i")
        await sees(app, "104 BPM", "06:12")
        pictures = [shown(app)]
        for _ in range(8):
            await pilot.press("pagedown")
            await pilot.pause()
            pictures.append(shown(app))
        text = "\n".join(pictures)
        for part in (
            "Takes",
            "local, the built-in sketch",
            "Style weight",
            "Folder",
            "Summer-Nights-1.toml",
            "paper sky",
        ):
            assert part in text, part
        assert "…" not in text.replace("…/", "")


async def test_values_wrap_in_their_own_column(run_app: RunApp) -> None:
    async with run_app((80, 24)) as (app, pilot):
        track = app.main.library.track
        assert track is not None
        text = track.file.read_text()
        notes = "[/b] a take for the rainy evening, " * 4
        track.file.write_text(f"notes = {notes!r}\n{text}".replace("'", '"', 2))
        app.main.library.scan()
        await until(lambda: app.main.library.track is not None and app.main.library.track.notes)
        await pilot.press("escape", "3", "i")
        await pilot.press("end")
        await sees(app, "[/b] a take")
        lines = shown(app).splitlines()
        at = next(y for y, line in enumerate(lines) if "Notes" in line)
        column = lines[at].index("[/b]")
        assert lines[at + 1][2:column].isspace()
        assert not lines[at + 1][column].isspace()
