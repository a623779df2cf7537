"""Themes: the built-in ones have contrast, the user's own are checked before use."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

import pytest
from textual.color import Color
from textual.theme import Theme
from textual.widget import Widget

from suno_tui import tui
from suno_tui.tui.themes.builtin import THEMES
from suno_tui.tui.themes.own import own_themes
from tests.tui.conftest import OpenApp, settled

TEXTS = (
    "foreground", "text-muted", "primary", "secondary", "accent", "success", "warning", "error",
)  # fmt: skip


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_every_text_has_contrast(theme: Theme) -> None:
    colors = theme.to_color_system().generate() | theme.variables
    least = 7.0 if "contrast" in theme.name else 4.5
    for name in TEXTS:
        for ground in ("background", "surface"):
            found = ratio(colors[name], colors[ground])
            assert found >= least, f"{name} on {ground}: {found:.1f}"
    for ground in ("row-cursor", "row-cursor-blurred", "panel"):
        assert ratio(colors["foreground"], colors[ground]) >= least
        assert ratio(colors["text-muted"], colors[ground]) >= 3


def test_there_are_light_and_high_contrast_themes() -> None:
    assert len(THEMES) >= 4
    assert {theme.dark for theme in THEMES} == {True, False}
    assert any("contrast" in theme.name for theme in THEMES)


def test_no_two_widgets_share_a_name() -> None:
    for module in pkgutil.walk_packages(tui.__path__, f"{tui.__name__}."):
        importlib.import_module(module.name)
    kinds, found = [Widget], set[type[Widget]]()
    while kinds:
        found |= (below := set(kinds.pop().__subclasses__()))
        kinds += below
    ours = [kind.__name__ for kind in found if kind.__module__.startswith(tui.__name__)]
    assert ours
    assert len(ours) == len(set(ours)), "style sheets go by the name: each would have the other's"


def ratio(one: str, other: str) -> float:
    """Return the contrast by WCAG 2: 1 is none, 21 is black on white."""
    low, high = sorted((luminance(Color.parse(one)), luminance(Color.parse(other))))
    return (high + 0.05) / (low + 0.05)


def luminance(color: Color) -> float:
    parts = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in color.normalized
    ]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))


MINE = """
primary = "#ff8800"
dark = false
text_alpha = 0.9
[variables]
row-cursor = "#ffddaa"
block-cursor-text-style = "bold"
link-color = "auto 80%"
"""


def write(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text)
    return folder


def test_a_theme_is_named_after_its_file(tmp_path: Path) -> None:
    [mine, other], problems = own_themes(
        write(tmp_path, mine=MINE, other='name = "sunset"\nprimary = "red"\n')
    )
    assert not problems
    assert (mine.name, mine.primary, mine.dark) == ("mine", "#ff8800", False)
    assert other.name == "sunset"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("primary =", "not valid TOML"),
        ("dark = true", "needs at least `primary`"),
        ('primary = "reddish"', "`primary` is 'reddish', which is not a colour"),
        ("primary = 7", "`primary` is 7"),
        ('primary = "auto"', "which is not a colour"),
        ('primary = "red"\nforground = "blue"', "Did you mean 'foreground'?"),
        ('primary = "red"\ndark = "no"', "`dark` must be true or false"),
        ('primary = "red"\ntext_alpha = 2', "from 0 to 1"),
        ('primary = "red"\nname = "a b"', "`name` must be letters"),
        ('primary = "red"\nvariables = 1', "must be a table"),
        ('primary = "red"\n[variables]\nrow-cursr = "red"', "Did you mean 'row-cursor'?"),
        ('primary = "red"\n[variables]\nborder = "; } *"', "`variables.border`"),
        ('primary = "red"\n[variables]\nlink-style = "loud"', "write 'bold' or 'none'"),
    ],
)
def test_a_wrong_file_is_reported_and_the_others_are_read(
    tmp_path: Path, text: str, said: str
) -> None:
    themes, [problem] = own_themes(write(tmp_path, bad=text, good='primary = "red"'))
    assert [theme.name for theme in themes] == ["good"]
    assert problem.startswith("bad.toml: ")
    assert said in problem


def test_two_files_with_one_name_and_a_missing_folder(tmp_path: Path) -> None:
    themes, [problem] = own_themes(
        write(tmp_path / "x", a='primary = "red"\nname = "b"', b='primary = "red"')
    )
    assert len(themes) == 1
    assert "b.toml" in problem
    assert own_themes(tmp_path / "none") == ([], [])


async def test_the_app_starts_in_a_theme_of_the_user_and_reports_wrong_ones(
    open_app: OpenApp, tmp_path: Path
) -> None:
    write(tmp_path / "user" / "home" / "themes", mine=MINE, bad='primary = "[/red]"')
    app = open_app(config='[screen]\ntheme = "mine"\n')
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        assert app.theme == "mine"
        assert app.themes.names()[0] == "mine"
        told = [note.message for note in app._notifications]
        assert any("bad.toml: `primary` is '[/red]'" in text for text in told)


async def test_an_unknown_theme_is_reported_with_the_nearest(open_app: OpenApp) -> None:
    app = open_app(config='[screen]\ntheme = "studio-dsk"\n')
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        told = [note.message for note in app._notifications]
        said = "no theme 'studio-dsk', which config.toml asks for. Did you mean 'studio-dusk'?"
        assert any(said in text for text in told)
        assert app.theme == "studio-dark"


@pytest.mark.parametrize("name", sorted(theme.name for theme in THEMES))
async def test_every_built_in_theme_can_be_used(open_app: OpenApp, name: str) -> None:
    app = open_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        app.theme = name
        await pilot.press("escape", ",")
        await pilot.pause()
        assert app.screen.query("#about")
