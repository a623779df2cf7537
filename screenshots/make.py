"""Make the pictures in this folder by the real program, with tracks of the built-in provider.

    .venv/bin/python screenshots/make.py [HOME [NAME…]]

Without names it makes all of them. HOME keeps the tracks for the next time. Without it they are
made in a temporary folder, which takes some minutes. Needs `chromium`, which turns the screen's
SVG into PNG, and a free port 8001 for the tests' ACE-Step server.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

from boxes import joined
from textual.pilot import Pilot

from suno_tui.config.provider_edits import remove_provider, use_provider
from suno_tui.config.settings import LOCAL
from suno_tui.listener import sockets
from suno_tui.listener.cache import Cache
from suno_tui.listener.service import Listener
from suno_tui.player.external_output import PacedOutput
from suno_tui.providers.song import Song
from suno_tui.studio import Studio
from suno_tui.tui.app import StudioApp

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
OWN_SERVER = "acestep"
SUMMER = """[Verse]
Walking down the empty street
City lights beneath my feet
Every star is shining bright
Lost inside the summer night

[Chorus]
Summer nights, we come alive
Dancing under neon skies"""
LETTERS = """[Verse]
I wrote your name upon a page
And folded it away
The ink has faded with its age
The words refuse to stay

[Chorus]
Letters I never sent
Words that I never meant to keep
Letters I never sent
Talking to you in my sleep"""
NIGHTS = Song(
    custom_mode=True,
    title="Summer Nights",
    style="Pop, Indie",
    vocal_gender="f",
    lyrics=SUMMER,
    style_weight=0.65,
    weirdness_constraint=0.4,
)
SONGS = (
    Song(prompt="A calm and relaxing piano track with soft melodies", instrumental=True),
    Song(prompt="An upbeat electronic dance track with heavy bass drops", model="suno-v5"),
    Song(
        custom_mode=True,
        instrumental=True,
        title="Peaceful Piano Meditation",
        style="Classical, Ambient, Piano",
        negative_tags="Heavy Metal, Drums",
    ),
    *(
        Song(custom_mode=True, instrumental=True, title=title, style=style)
        for title, style in (
            ("Neon Rain", "Synthwave, nostalgic, 96 bpm, in D minor"),
            ("Dusty Vinyl", "Lo-fi hip hop, mellow, jazzy piano"),
            ("Iron Choir", "Thrash metal, fast, dark"),
            ("Calle Sola", "Reggaeton, warm, night drive"),
            ("Blue in Seven", "Jazz trio, upright bass, brushes"),
        )
    ),
    Song(
        custom_mode=True,
        title="Letters Unsent",
        style="Folk, acoustic guitar, intimate",
        vocal_gender="m",
        lyrics=LETTERS,
    ),
    NIGHTS,
)
NEXT = Song(
    custom_mode=True, instrumental=True, title="Harbour at Dawn", style="Folk, acoustic guitar"
)

Steps = Callable[[Pilot[None], Studio], Awaitable[None]]


class Laptop(PacedOutput):
    """Stands for the sound device of another machine."""

    kind = "device"
    why = "Playing through PulseAudio."

    def give(self, pcm: bytes) -> None:
        pass


async def main(home: Path, names: list[str]) -> None:
    """Make the missing tracks, then the pictures."""
    runtime = home / "run"
    runtime.mkdir(exist_ok=True)
    os.environ |= {
        "SUNO_TUI_HOME": str(home), "TERM": "xterm-256color", "XDG_RUNTIME_DIR": str(runtime),
    }  # fmt: skip
    studio = Studio.open()
    if set(names) != {"providers"}:  # which shows no track
        await fill(studio)
    for name, size, theme, steps in SCENES:
        if names and name not in names:
            continue
        # Over plain SSH there is no COLORTERM: the first picture is what most people see first.
        os.environ["COLORTERM"] = "" if name == SCENES[0][0] else "truecolor"
        await picture(name, size, theme, steps)
        print(name)
    studio.close()


async def fill(studio: Studio) -> None:
    """Generate every song that the library lacks, by the real worker."""
    have = {track.song for track in studio.library.tracks()}
    for song in SONGS:
        if song not in have:
            studio.generate(song)
    await until(lambda: not studio.tasks.live())
    for at, track in enumerate(studio.library.tracks(sort="added")):
        studio.library.annotate(track.id, rating=(0, 3, 5, 0, 4, 2)[at % 6], favorite=at % 4 == 2)


async def tidy(studio: Studio) -> None:
    """Remove what an earlier picture left behind."""
    if OWN_SERVER in studio.settings.providers:
        use_provider(studio.home, LOCAL)
        remove_provider(studio.home, OWN_SERVER)
        studio.reload_settings()
    for task in studio.tasks.live():
        studio.tasks.cancel(task.id)
    await until(lambda: not studio.tasks.live())
    for task in studio.tasks.all():
        if task.song not in SONGS:
            studio.tasks.forget(task.id)
    studio.library.trash(track.id for track in studio.library.tracks() if track.song not in SONGS)


async def until(look: Callable[[], bool]) -> None:
    """Wait for something that the worker, another process, writes."""
    while not look():  # noqa: ASYNC110
        await asyncio.sleep(0.1)


async def picture(name: str, size: tuple[int, int], theme: str, steps: Steps) -> None:
    """Open the studio at a size in a theme, take the steps, and keep the screen as a picture."""
    studio = Studio.open()
    await tidy(studio)
    studio.drafts.save("summer-nights", NIGHTS)
    studio.remember(theme=theme, draft="summer-nights", welcomed=True)
    app = StudioApp(studio)
    async with app.run_test(size=size) as pilot:
        await pilot.pause(0.5)
        await steps(pilot, studio)
        await pilot.pause(0.3)
        svg = app.export_screenshot(title="suno-tui")
    studio.close()
    to_png(svg, HERE / f"{name}.png")


def to_png(svg: str, target: Path) -> None:
    """Write the SVG as a PNG of the same width."""
    box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    assert box
    # Use the machine's fonts, not the web fonts that Textual's SVG names.
    svg = joined(re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL))
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "screen.svg")
        source.write_text(svg)
        width, height = (round(float(side)) for side in box.groups())
        subprocess.run(
            [
                *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"),
                *("--disable-background-networking", "--disable-component-update"),
                *("--hide-scrollbars", "--default-background-color=00000000"),
                *(f"--user-data-dir={folder}/profile", f"--window-size={width},{height}"),
                *(f"--screenshot={target}", source.as_uri()),
            ],
            check=True,
            capture_output=True,
        )


async def at_work(pilot: Pilot[None], studio: Studio) -> None:
    """Show a queue with a song being made and one that waits, and a track that plays."""
    studio.generate(NEXT)
    studio.generate(Song(prompt="A slow reggaeton with a sad guitar"))
    await pilot.press("alt+3")
    await pilot.press("j", "j", "enter")
    await until(lambda: any((task.progress or 0) > 0.4 for task in studio.tasks.live()))
    await pilot.pause(0.5)


async def details(pilot: Pilot[None], studio: Studio) -> None:
    await pilot.press("alt+3", "slash", *"summer", "enter", "i")


async def playing(pilot: Pilot[None], studio: Studio) -> None:
    """Show a sung song after some lines."""
    await pilot.press("alt+3", "slash", *"summer", "enter", "enter")
    await pilot.pause(1)
    await pilot.press("4", "right_parenthesis")
    await pilot.pause(1.5)


async def blind(pilot: Pilot[None], studio: Studio) -> None:
    """Show the blind test."""
    await playing(pilot, studio)
    await pilot.press("B")
    await pilot.pause(4)


async def listening(pilot: Pilot[None], studio: Studio) -> None:
    """Show where the sound goes while another machine listens, as `suno-tui ssh` makes it."""
    listener = Listener(Cache(studio.home.cache / "listener"), name="laptop", output=Laptop)
    made = sockets.listen(sockets.listeners_folder(os.environ) / sockets.new_name())
    thread = threading.Thread(target=listener.serve, args=(made,))
    thread.start()
    await pilot.press("alt+3", "enter")
    await until(lambda: studio.player.to_listener and studio.player.position > 3)
    await pilot.press("o")
    await until(lambda: len(pilot.app.screen_stack) > 1)
    await pilot.pause(2)
    listener.closing.set()


async def compose(pilot: Pilot[None], studio: Studio) -> None:
    await pilot.press("alt+1")


async def library(pilot: Pilot[None], studio: Studio) -> None:
    await pilot.press("alt+3")


async def keys(pilot: Pilot[None], studio: Studio) -> None:
    await pilot.press("alt+3", "question_mark")


async def providers(pilot: Pilot[None], studio: Studio) -> None:
    """Show the providers after an ACE-Step server was added and chosen, as a new user does it."""
    from tests.fakes.acestep import AceStep

    def chosen() -> bool:
        return Studio.open().provider == OWN_SERVER

    server = AceStep()
    server.port = 8001
    with server:
        await pilot.press("alt+1", "ampersand")
        await pilot.pause(0.5)
        await pilot.press("down", "down", "down", "enter")
        await pilot.pause(0.5)
        await pilot.press("enter")
        await until(lambda: server.seen("health") > 1)
        await pilot.pause(1)
        await pilot.press("enter")
        await until(chosen)
        await pilot.pause(0.5)
        await pilot.press("c")
        await pilot.pause(1)


SCENES: tuple[tuple[str, tuple[int, int], str, Steps], ...] = (
    ("studio", (120, 36), "studio-dark", at_work),
    ("details", (120, 36), "studio-dark", details),
    ("playing", (100, 30), "studio-dark", playing),
    ("blind", (100, 30), "studio-dark", blind),
    ("compose", (100, 30), "studio-dark", compose),
    ("light", (100, 30), "studio-light", at_work),
    ("small", (80, 24), "studio-dark", library),
    ("small-compose", (80, 24), "studio-dark", compose),
    ("listening", (80, 24), "studio-dark", listening),
    ("keys", (100, 30), "studio-dark", keys),
    ("providers", (100, 30), "studio-dark", providers),
)


if __name__ == "__main__":
    if not shutil.which("chromium"):
        sys.exit("screenshots/make.py needs chromium")
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(main(Path(sys.argv[1] if len(sys.argv) > 1 else folder), sys.argv[2:]))
