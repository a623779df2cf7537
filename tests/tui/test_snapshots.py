"""Pictures of every screen and dialog, at three sizes in the dark theme, and at the largest in the
light one; `--snapshot-update` takes new ones.

Fixed contents, a fixed clock, and one start a state: the window is resized and the theme changed
while it is shown, as a user may do.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from pytest_textual_snapshot import SVGImageExtension  # type: ignore[import-untyped]
from syrupy.assertion import SnapshotAssertion
from textual.pilot import Pilot

from suno_tui.player import output
from suno_tui.player.output import SilentOutput
from suno_tui.player.ssh_commands import SshCommands
from suno_tui.providers.song import Song
from suno_tui.studio_batches import check_batch, queue_batch
from suno_tui.tui.controllers import sound_target
from suno_tui.tui.dialogs.dialog import Dialog
from suno_tui.tui.screens.batch.action import open_batch
from suno_tui.tui.screens.batch.rows import BatchRows
from suno_tui.tui.screens.composer.proposal_dialog import ProposalDialog
from suno_tui.tui.themes import builtin
from suno_tui.writer.proposal import Proposal, compare
from tests.tui.conftest import RunApp, idle, until
from tests.tui.seed import SUMMER

DEPTHS = {
    "256": {"TERM": "xterm-256color", "COLORTERM": ""},
    "16": {"TERM": "xterm", "COLORTERM": ""},
    "none": {"NO_COLOR": "1"},
}
"""The environment of terminals with fewer colours."""
SIZES = [(160, 50), (100, 30), (80, 24)]
THEMES = [builtin.DEFAULT, "studio-light"]

Take = Callable[..., Awaitable[list[str]]]

STATES: dict[str, tuple[str, ...]] = {
    "compose": (),
    "queue": ("escape", "2"),
    "library": ("escape", "3", "j"),
    "songs": ("escape", "3", "H", "j", "l"),
    "playing": ("escape", "3", "enter"),
    "now-playing": ("escape", "3", "enter", "4"),
    "up-next": ("escape", "3", "enter", "j", "w", "G", "w", "W"),
    "search": ("escape", "/", "n", "i", "g", "h", "t"),
    "task-details": ("escape", "2", "G", "i"),
    "track-details": ("escape", "3", "i"),
    "keys": ("escape", "3", "?"),
    "actions": ("escape", "3", "a"),
    "delete": ("escape", "3", "D"),
    "settings": ("escape", ",", "j", "j"),
    "settings-edit": ("escape", ",", *"jjjjj", "enter", "9", "9", "9", "enter"),
    "themes": ("escape", ",", "j", "enter"),
}

DIALOGS: dict[str, tuple[str, ...]] = {
    "edit": ("escape", "3", "j", "t"),
    "to-playlist": ("escape", "3", "j", "p"),
    "playlists": ("escape", "3", "P"),
    "trash-bin": ("escape", "3", "T"),
    "export": ("escape", "3", "j", "x"),
    "searches": ("escape", "3", "S"),
    "where": ("escape", "3", "j", "o"),
    "settle": ("escape", "2", "g", "g", "j", "s"),
    "drafts": ("escape", "O"),
    "recipes": ("escape", "r"),
    "variations": ("escape", "X"),
    "save-persona": ("escape", "Y"),
    "models": ("enter",),
}
"""Over a home whose shelves are filled, with a lost song, and a song in the composer."""


BAD = replace(SUMMER, title="A very long title " * 6, style_weight=1.7, model="suno-v3")

LOOK = replace(
    SUMMER,
    style="[Pop], upbeat, sad, acoustic, aggressive, calm, dreamy synths, choir",
    lyrics="[Verse]\nWe left at 9 for <city>\nSynthwave, 120 bpm, female vocals\n\n"
    "[Chorus | loud | belted | choir | strings]\nAnd I came home (whispered)\nAt 23 and alone\n",
)

SONGS: dict[str, tuple[Song, tuple[str, ...]]] = {
    "writing": (SUMMER, ()),
    "wrong": (BAD, ()),
    "simple": (Song(prompt="a calm piano [soft]"), ()),
    "cost": (SUMMER, ("ctrl+g",)),
    "hints": (LOOK, ("alt+exclamation_mark",)),
}
"""What stands in the composer, and the keys that follow."""


@pytest.mark.parametrize("state", STATES)
async def test_screens(state: str, run_app: RunApp, take: Take) -> None:
    # The list of themes shows the one under its cursor.
    shown = THEMES[:1] if state == "themes" else THEMES
    async with run_app(SIZES[0]) as (_, pilot):
        await press(pilot, STATES[state])
        assert await take(pilot, shown) == []


@pytest.mark.parametrize("dialog", DIALOGS)
async def test_dialogs(dialog: str, run_app: RunApp, take: Take, elsewhere: None) -> None:
    async with run_app(SIZES[0], shelves=True, lost=True) as (app, pilot):
        app.main.composer.load(replace(SUMMER, persona_id="persona-4711"))
        if dialog == "models":
            app.main.composer.form.field("model").focus()
        await press(pilot, DIALOGS[dialog])
        assert isinstance(app.screen, Dialog)
        assert await take(pilot) == []


@pytest.mark.parametrize("state", SONGS)
async def test_composer(state: str, run_app: RunApp, take: Take) -> None:
    song, keys = SONGS[state]
    async with run_app(SIZES[0]) as (app, pilot):
        app.main.composer.load(song)
        app.main.composer.focus_field()
        await press(pilot, keys)
        assert await take(pilot) == []


async def test_a_proposal(run_app: RunApp, take: Take) -> None:
    words = SUMMER.lyrics.split("\n")
    words[1] = f"{words[1]} tonight"
    rows = compare("lyrics", SUMMER.lyrics, "\n".join([*words, "", "[Outro]", "Come alive"]))

    async def write(_: Callable[[str], None]) -> Proposal:
        return Proposal(tuple(rows))

    async with run_app(SIZES[0]) as (app, pilot):
        dialog = ProposalDialog("Rhyme", "127.0.0.1:11434", write, lambda _: None)
        await app.push_screen(dialog)
        await press(pilot, ("space",))
        assert dialog.taken
        assert await take(pilot) == []


async def test_first_start(run_app: RunApp, take: Take) -> None:
    async with run_app(SIZES[0], tracks=False, tasks=False) as (_, pilot):
        assert await take(pilot, sizes=[*SIZES, (60, 16), (50, 14)]) == []


async def test_batch(run_app: RunApp, take: Take, tmp_path: Path) -> None:
    file = tmp_path / "jingles.csv"
    file.write_text(
        "id,town,prompt,bpm\n1,Rome,a [loud|soft] jingle for {town},\n"
        "2,Oslo,a jingle for {twn},\n3,Bonn,a jingle for {town},fast\n"
    )
    async with run_app((80, 24), tasks=False) as (app, pilot):
        batch = check_batch(app.studio, file.read_text(), "csv", "jingles")
        queue_batch(app.studio, batch, batch.songs[:1], None)
        open_batch(app, file)
        await until(lambda: any(rows.items for rows in app.screen.query(BatchRows)))
        assert await take(pilot, THEMES[:1], [(80, 24)]) == []


async def test_themes(run_app: RunApp, take: Take) -> None:
    others = ["studio-dusk", "studio-contrast", "studio-contrast-light"]
    async with run_app((120, 40)) as (_, pilot):
        await press(pilot, STATES["library"])
        assert await take(pilot, others, [(120, 40)]) == []


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("state", ["queue", "library", "now-playing", "delete", "settings"])
async def test_few_colours(
    state: str, depth: str, run_app: RunApp, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in DEPTHS[depth].items():
        monkeypatch.setenv(name, value)
    sizes = [(120, 40), (80, 24)] if state == "library" else [(120, 40)]
    async with run_app(sizes[0]) as (_, pilot):
        await press(pilot, STATES[state])
        # All of them look alike without colours.
        shown = THEMES[:1] if depth == "none" else THEMES
        assert await take(pilot, shown, sizes) == []


async def press(pilot: Pilot[None], keys: tuple[str, ...]) -> None:
    for key in keys:
        await pilot.press(key)
        await idle(pilot.app)
        pilot.app.clear_notifications()  # how long they stay is a matter of real time
    await pilot.pause()


@pytest.fixture
def take(snapshot: SnapshotAssertion, tmp_path: Path) -> Take:
    """Takes pictures of an app, and returns the files of those that are not as they were."""
    kept = snapshot.use_extension(SVGImageExtension)

    async def take(
        pilot: Pilot[None],
        shown: list[str] = THEMES,
        sizes: list[tuple[int, int]] = SIZES,
    ) -> list[str]:
        other = []
        for theme, size in product(shown, sizes):
            if theme == THEMES[1] and size != sizes[0]:
                continue  # other colours; the places are those of the dark theme
            pilot.app.theme = theme
            await pilot.resize_terminal(*size)
            await pilot.pause(0.4)  # the preview and the views' counts come a moment later
            await idle(pilot.app)
            await pilot.pause()
            await pilot.pause()
            picture = pilot.app.export_screenshot(simplify=True)
            name = f"{size[0]}x{size[1]}-{theme.removeprefix('studio-')}"
            if picture != kept(name=name):
                file = tmp_path / f"{name}.svg"
                file.write_text(picture)
                other.append(str(file))
        return other

    return take


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The same machine, user and folder in every picture; it has no sound device."""
    silent = SilentOutput("")
    silent.kind = "silent"
    real = sound_target.SoundTarget.listening_options

    def listening_options(target: sound_target.SoundTarget) -> list[sound_target.ListeningOption]:
        home = str(tmp_path / "user")
        return [
            option._replace(text=option.text.replace(home, "/home/ana")) for option in real(target)
        ]

    monkeypatch.setattr(sound_target.SoundTarget, "listening_options", listening_options)
    monkeypatch.setattr(SshCommands, "of", lambda env: SshCommands("ana", "studio"))
    monkeypatch.setattr("socket.gethostname", lambda: "studio")
    monkeypatch.setattr(output, "open_output", lambda: silent)
