"""Measure each trick of the start alone: `python -m tests.benchmarks.startup [FOLDER] [NAME …]`.

For every trick the studio starts with all of them and without that one, in turns, and the table
shows by how many milliseconds the median start without it is later: the first picture, the first
typed key, and all of the library's list, with 100 and with 100,000 tracks. A trick that gains less
than 10 ms in every column is not worth its lines. Homes are made in FOLDER and kept there. Run it
on an idle machine, or with a negative `nice`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from statistics import median

from suno_tui.common.paths import Home
from tests.benchmarks import homes, library
from tests.benchmarks.line import leave
from tests.benchmarks.pty_session import Session

SIZES = (100, 100_000)
ALL = ""
START = "import sys; from suno_tui.cli import main; sys.exit(main())"

# Runs before the studio is built, when the modules below would be imported anyway.
LATE = """
import suno_tui.tui as tui
run = tui.run
def patched(*given):
    from textual.app import App
    from textual.screen import Screen
    from suno_tui.tui.app import StudioApp
    from suno_tui.tui.screens.main import MainScreen
    from suno_tui.tui.startup.staged_screen import StagedScreen
    def without():
        {}
    without()
    return run(*given)
tui.run = patched
"""


def late(code: str) -> str:
    return LATE.format(code.strip().replace("\n", "\n        "))


TRICKS = {
    "first frame": """
from suno_tui.tui.terminal.cell_diff.first_frame import FirstFrame
FirstFrame.draw = classmethod(lambda cls, *given: cls())
""",
    "no garbage collection": """
import gc
gc.disable = lambda: None
gc.set_threshold = lambda *given: None
""",
    "no parser without arguments": """
import suno_tui.cli.screen as screen
show = screen.run
def run():
    from suno_tui.cli.parser import build_parser
    build_parser().parse_args([])
    return show()
screen.run = run
""",
    "settings not checked again": """
import suno_tui.config.settings as settings
settings.was_valid = lambda *given: False
""",
    "a part is drawn early": late("""
MainScreen._draw_composer_early = lambda self: self.call_next(self._mount_rest)
MainScreen._draw_list_early = lambda self: self.call_next(self._mount_rest)
"""),
    "late imports of the rest": late("""
import suno_tui.tui.actions.footer, suno_tui.tui.screens.player.bar
import suno_tui.tui.screens.player.page, suno_tui.tui.screens.queue.pane
import suno_tui.tui.screens.library.pane
"""),
    "layout on demand": late("""
StagedScreen._refresh_layout = Screen._refresh_layout
StagedScreen._on_timer_update = Screen._on_timer_update
"""),
    "a size is laid out once": late("""
StagedScreen._screen_resized = Screen._screen_resized
"""),
    "no styles on the first resume": late("""
MainScreen.on_screen_resume = lambda self, event: self.show_instead("")
"""),
}


def command(trick: str) -> list[str]:
    return [sys.executable, "-c", TRICKS.get(trick, "") + START]


def start(trick: str, env: Mapping[str, str], tracks: int) -> tuple[float, float, float]:
    """Return the milliseconds until the first picture, a key typed then, and the whole list."""
    with Session(command(trick), env) as session:
        picture = session.seen(b"City lights")
        session.send("~")
        key = session.seen(b"~")
        session.press("\x7f", quiet=0.5)
    Home.find(env).last_picture.unlink(missing_ok=True)
    with Session(command(trick), env) as session:
        listed = session.seen(f"{tracks:,} tracks".encode())
        session.settle()
    return picture * 1000, key * 1000, listed * 1000


def prepare(root: Path, tracks: int) -> dict[str, str]:
    """Make a home with a long draft and so many tracks; return its environment."""
    if not root.exists():
        library.prepare(root, tracks)
        homes.fill(root, tracks=0)
    return {"SUNO_TUI_HOME": str(root)}


def measure(env: Mapping[str, str], tracks: int, names: list[str], rounds: int) -> None:
    leave(env, there=f"{tracks:,} tracks")
    picture = Home.find(env).last_picture
    kept = picture.read_bytes()
    taken: dict[str, list[tuple[float, float, float]]] = {name: [] for name in [ALL, *names]}
    for _ in range(rounds):
        for name, starts in taken.items():
            picture.write_bytes(kept)
            starts.append(start(name, env, tracks))
    usual = [median(column) for column in zip(*taken.pop(ALL), strict=True)]
    print(f"{tracks:,} tracks{'picture':>30}{'key':>9}{'list':>9}   (ms)")
    print(f"{'with all of them':34}{usual[0]:9.1f}{usual[1]:9.1f}{usual[2]:9.1f}")
    for name, starts in taken.items():
        later = [
            median(column) - at for column, at in zip(zip(*starts, strict=True), usual, strict=True)
        ]
        worth = "" if max(later) >= 10 else "  under 10 ms"
        print(
            f"  without: {name:23}{later[0]:+9.1f}{later[1]:+9.1f}{later[2]:+9.1f}{worth}",
            flush=True,
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(TRICKS))
    parser.add_argument("--rounds", type=int, default=24)
    parser.add_argument("--tracks", type=int, nargs="*", default=list(SIZES))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="suno-tui-", ignore_cleanup_errors=True) as temporary:
        for tracks in options.tracks:
            env = prepare((options.folder or Path(temporary)) / str(tracks), tracks)
            measure(env, tracks, options.names or list(TRICKS), options.rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
