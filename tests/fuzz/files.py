"""Parsers of files: text files, sound, pictures, the queue."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

from suno_tui.cli.output import print_json, print_line, task_json
from suno_tui.cli.track_list import print_track
from suno_tui.common.atomic_files import read_toml
from suno_tui.common.paths import Home
from suno_tui.config.settings import Settings
from suno_tui.drafts import SongFolder
from suno_tui.library.filing import NewTake
from suno_tui.library.index import LIBRARY
from suno_tui.library.store import Library
from suno_tui.library.timed_lyrics import LEVELS_OWNER, timed_lyrics
from suno_tui.library.track import Track
from suno_tui.library.track_reader import read_track_file
from suno_tui.providers.song import Song
from suno_tui.tasks.store import TaskStore
from suno_tui.worker.journal import Journal
from tests.fuzz.target import Target
from tests.library.harness import SONG, jpeg, mp3, wav

DATA = Path(__file__).parents[1] / "library" / "data"


def _add(library: Library, file: Path, tags: str, lyrics: str) -> Track:
    """File a take of a hosted provider."""
    return library.add(
        NewTake(
            song=SONG,
            provider="hosted",
            model="suno-v5",
            task_id="t",
            take=1,
            title="A song",
            tags=tags,
            created_at=datetime.now(UTC),
            lyrics=lyrics,
        ),
        file,
        None,
    )


@cache
def tracks() -> list[bytes]:
    """Return text files as the library writes them, after marks and an edit."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        library = Library(folder / "library", trash=folder / "trash", cache=folder / "cache")
        (folder / "a.mp3").write_bytes(mp3(0.3))
        track = _add(library, folder / "a.mp3", "pop, indie", "[Verse]\nWords")
        plain = track.file.read_bytes()
        library.annotate(track.id, favorite=True, rating=4, notes="Good\nnotes")
        marked = library.get(track.id).file.read_bytes()
        library.close()
    return [plain, marked]


def track(data: bytes, folder: Path) -> None:
    if not (folder / "a.mp3").exists():
        (folder / "a.mp3").write_bytes(mp3(0.3))
    (folder / "a.toml").write_bytes(data)
    seen = read_track_file(LIBRARY, folder, "a.toml")
    assert seen is not None
    print_line(seen.trouble)
    if seen.track is not None:
        print_track(seen.track)
        print_json(seen.track.to_json())
        print_line(seen.track.name, *(f"{line.at}{line.text}" for line in timed_lyrics(seen.track)))


def draft(data: bytes, folder: Path) -> None:
    (folder / "a.toml").write_bytes(data)
    kept = SongFolder(folder).load("a")
    assert kept is not None
    for problem in kept.song.problems():
        print_line(problem.field, problem.message)
    print_json(kept.song.to_table())
    kept.song.to_wire()


def settings(data: bytes, folder: Path) -> None:
    from suno_tui.tui.actions.keymap import Keymap

    home = Home.find({"SUNO_TUI_HOME": str(folder)})
    home.create()
    home.config_file.write_bytes(data)
    home.config_file.chmod(0o600)
    found = Settings.load(home)
    found.catalogue()
    for problem in Keymap(found.keymap).problems:
        print_line(problem)


def theme(data: bytes, folder: Path) -> None:
    from suno_tui.tui.themes.own import own_themes

    (folder / "mine.toml").write_bytes(data)
    for problem in own_themes(folder)[1]:
        print("\n".join(map(_cleaned, problem.split("\n"))))


def state(data: bytes, folder: Path) -> None:
    (folder / "state.toml").write_bytes(data)
    read_toml(folder / "state.toml")


def playlist(data: bytes, folder: Path) -> None:
    with contextlib.closing(
        Library(folder / "library", trash=folder / "trash", cache=folder / "cache")
    ) as library:
        lists = library.playlists
        file = lists.file("mine") if "mine" in lists.names() else None
        if file is None:
            lists.create("mine")
            file = lists.file("mine")
        file.write_bytes(data)
        for entry in lists.entries("mine"):
            print_line(*map(str, entry))
        with contextlib.suppress(IndexError):
            lists.move("mine", 0, 1)


def tags(data: bytes, folder: Path) -> None:
    from suno_tui.media.files import private, tempo_and_key, timed_lines

    file = _sound(data, folder)
    print_line(*(f"{at} {text} {pieces}" for at, text, pieces in timed_lines(file)))
    print_line(*map(str, tempo_and_key(file)), str(len(private(file, LEVELS_OWNER))))


def audio(data: bytes, folder: Path) -> None:
    from suno_tui.media.files import cut_off, prove

    file = _sound(data, folder)
    print_line(cut_off(file, len(data), filed=len(data) + 1000, duration=1.0))
    print_line(str(prove(file)))


def tagging(data: bytes, folder: Path) -> None:
    """File audio: prove it, take its tags out, and put ours in."""
    file = folder / f"new{_suffix(data)}"
    file.write_bytes(data)
    with contextlib.closing(
        Library(folder / "library", trash=folder / "trash", cache=folder / "cache")
    ) as library:
        made = _add(library, file, "pop", "")
        print_track(made)
        library.delete([made.id])


def cover(data: bytes, folder: Path) -> None:
    from suno_tui.media.files import pixels
    from suno_tui.tui.terminal.images.half_blocks import cells_of

    file = folder / "a.jpg"
    file.write_bytes(data)
    cells_of(pixels, file, 20, 10)


def soundfont(data: bytes, folder: Path) -> None:
    from suno_tui.engine.synth.soundfont import opened

    # A font is opened once per path.
    file = folder / f"{time.monotonic_ns()}.sf2"
    file.write_bytes(data)
    try:
        if (font := opened(file)) is not None and font.has(0):
            font.play(0, 60, 0.2, 0.8)
    finally:
        file.unlink()


def voice(data: bytes, folder: Path) -> None:
    from suno_tui.engine.voice.htsvoice import opened
    from suno_tui.engine.voice.statistical import speak

    file = folder / f"{time.monotonic_ns()}.htsvoice"
    file.write_bytes(data)
    try:
        if (found := opened(file)) is not None:
            speak(found, ("S", "AA", "N"), "m", 257)
    finally:
        file.unlink()


def sketch(data: bytes, folder: Path) -> None:
    from suno_tui.server.rerender import Sketch

    file = folder / "a.mp3"
    file.write_bytes(data)
    Sketch.read(file, SONG)


COLUMNS = (
    "song", "status", "hold_code", "hold_message", "error_code", "error_message", "task_id",
    "nonce", "progress", "raw_status", "created_at", "submitted_at", "completed_at", "refund",
    "extra", "callback_url", "base_url", "provider", "balance_before",
)  # fmt: skip


def queue_row(data: bytes, folder: Path) -> None:
    """Put the data into a column of the queue's only task; the first byte names the column."""
    file = folder / "queue.sqlite"
    if not file.exists():
        with contextlib.closing(TaskStore(file)) as store:
            store.add(SONG, provider="hosted", credits=24)
    with contextlib.closing(TaskStore(file)) as store:
        column = COLUMNS[data[0] % len(COLUMNS)] if data else COLUMNS[0]
        with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as db:
            kept = db.execute(f"SELECT {column} FROM tasks").fetchone()[0]
            with contextlib.suppress(sqlite3.IntegrityError, UnicodeDecodeError):
                db.execute(f"UPDATE tasks SET {column} = ?", (data[1:].decode(),))
            try:
                Journal(store).refunds_to_check()
                library = SimpleNamespace()
                for task in store.all():
                    print_line(task.id, task.status, task.title)
                    print_json(task_json(task, library))  # type: ignore[arg-type]
                store.owed()
            finally:
                db.execute(f"UPDATE tasks SET {column} = ?", (kept,))


def _cleaned(text: str) -> str:
    from suno_tui.common.text import clean

    return clean(text)


def _suffix(data: bytes) -> str:
    from suno_tui.media.prove import recognise

    return recognise(data) or ".mp3"


def _sound(data: bytes, folder: Path) -> Path:
    file = folder / f"a{_suffix(data)}"
    file.write_bytes(data)
    return file


def sounds() -> list[bytes]:
    return [*(path.read_bytes() for path in sorted(DATA.iterdir())), mp3(0.2), wav(0.1)]


def pictures() -> list[bytes]:
    import io

    from PIL import Image

    found = [jpeg()]
    for kind in ("PNG", "WEBP", "GIF", "JPEG"):
        buffer = io.BytesIO()
        Image.new("RGB", (24, 24), (200, 30, 60)).save(buffer, kind)
        found.append(buffer.getvalue())
    return found


def fonts() -> list[bytes]:
    from tests.engine.test_soundfont import font_file, packed_file

    with TemporaryDirectory() as name:
        return [path(Path(name, "f.sf2")).read_bytes() for path in (font_file, packed_file)]


def voices() -> list[bytes]:
    from tests.engine.voices import voice_file

    with TemporaryDirectory() as name:
        return [voice_file(Path(name, "a.htsvoice")).read_bytes()]


def drafts() -> list[bytes]:
    with TemporaryDirectory() as name:
        folder = SongFolder(Path(name))
        folder.save("a", SONG)
        folder.save("b", Song(prompt="A calm piano", style_weight=0.5, model="suno-v5"))
        return [path.read_bytes() for path in sorted(Path(name).glob("*.toml"))]


def rows() -> list[bytes]:
    values = (json.dumps(SONG.to_table()), "completed", "1e9", '{"queue": 7}', "-1", "came", "")
    return [bytes([n]) + value.encode() for n in range(len(COLUMNS)) for value in values]


CONFIG = b"""provider = "mine"
[providers.mine]
base_url = "https://music.example.org"
key = "sk-0123456789"
[queue]
requests_per_second = 5
[spend]
day = 240
[local]
target_seconds = 20
[screen]
theme = "dark"
[keymap]
generate = "ctrl+g, g"
favorite = "f"
[models.suno-v9]
label = "Nine"
credits = 30
"""
THEME = b'primary = "#123456"\ndark = true\n[variables]\nborder = "ansi_blue"\n'
STATE = b'theme = "dark"\nvolume = 80\npane = "library"\n'
M3U = b"""#EXTM3U
#PLAYLIST:mine
#EXTINF:198,A song
#SUNO-TUI:0123456789
2026/04/a-song/a-song-1.mp3
../elsewhere/b.mp3
/etc/passwd
"""

TARGETS = (
    Target("track", track, tracks),
    Target("draft", draft, drafts),
    Target("settings", settings, lambda: [CONFIG]),
    Target("theme", theme, lambda: [THEME]),
    Target("state", state, lambda: [STATE]),
    Target("playlist", playlist, lambda: [M3U]),
    Target("audio", audio, sounds),
    Target("tags", tags, sounds),
    Target("tagging", tagging, sounds),
    Target("cover", cover, pictures),
    Target("soundfont", soundfont, fonts),
    Target("voice", voice, voices),
    Target("sketch", sketch, sounds),
    Target("queue-row", queue_row, rows),
)
