"""A home with fixed, plausible contents: what the snapshots and the pictures show."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from suno_tui.common.atomic_files import write_toml
from suno_tui.common.paths import Home
from suno_tui.drafts import SongFolder, file_name
from suno_tui.providers.song import Song
from suno_tui.studio import Studio
from suno_tui.tasks.store import TaskStore
from suno_tui.tui.screens.composer.personas import Persona, PersonaStore

NOW = datetime(2026, 4, 18, 21, 30, tzinfo=UTC)

LYRICS = """[Verse]
Walking down the empty street
City lights beneath my feet
Every window holds a flame
No one here recalls my name

[Chorus]
Summer nights, we're running free
Neon waves along the sea
Hold the moment, let it shine
Summer nights are yours and mine

[Verse]
Radio is playing low
Songs from forty years ago
You were laughing, so was I
Underneath a paper sky

[Chorus]
Summer nights, we're running free
Neon waves along the sea

[Outro]
Summer nights"""

SUMMER = Song(
    custom_mode=True,
    title="Summer Nights",
    style="Pop, Indie, dreamy synths, female vocals",
    lyrics=LYRICS,
    vocal_gender="f",
    style_weight=0.65,
    weirdness_constraint=0.4,
)

TRACKS = (
    # title, style, seconds, ratings, favourite, hours ago, bpm, key
    ("Summer Nights", "pop, indie, dreamy synths", (198.4, 201.9), (4, 2), 1, 0.3, 104, "A major"),
    ("Peaceful Piano", "classical, soft piano", (124.2, 131.0), (0, 0), 0, 26, 72, "F major"),
    ("Night Drive", "synthwave, retro, analog", (242.7, 238.1), (5, 3), 1, 50, 118, "E minor"),
    ("Rain on the Tin Roof", "lofi, jazzy, vinyl", (167.0, 172.5), (3, 0), 0, 75, 82, "D minor"),
    ("Der Zug nach Norden", "folk, male vocals", (211.3, 205.8), (4, 4), 0, 130, 96, "G major"),
    ("雨の街 (City of Rain)", "city pop, brass", (226.0, 219.4), (0, 5), 1, 200, 112, "C minor"),
    ("Grandmother's Clock", "waltz, music box", (143.8, 150.2), (2, 0), 0, 400, 90, "B minor"),
    (
        "All the Little Machines Learn to Dance Before Morning", "techno, minimal",
        (301.5, 318.9), (0, 1), 0, 900, 126, "A minor",
    ),
)  # fmt: skip


@cache
def silence() -> bytes:
    """Return a second of silence as a complete MP3 file."""
    import lameenc

    encoder = lameenc.Encoder()
    encoder.silence()
    encoder.set_bit_rate(64)
    encoder.set_in_sample_rate(44100)
    encoder.set_channels(1)
    return bytes(encoder.encode(bytes(2 * 44100)) + encoder.flush())


def add_track(
    home: Home, title: str, style: str, take: int = 1, *, at: datetime = NOW, **facts: object
) -> None:
    """Add a track whose text file is written by hand beside its audio."""
    name = f"{''.join(c if c.isalnum() and c.isascii() else '-' for c in title)[:40]}-{take}"
    folder = home.library / f"{at:%Y}" / f"{at:%m}" / name.rpartition("-")[0]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.mp3").write_bytes(silence())
    table = {
        "id": f"{abs(hash_of(title)):x}"[:8] + str(take),
        "title": title,
        "style": style,
        "tags": style,
        "created_at": at,
        "duration": 180.0,
        "provider": "local",
        "model": "suno-v5_5",
        "task_id": f"task-{hash_of(title) % 1000:03}",
        "take": take,
    } | facts
    write_toml(folder / f"{name}.toml", table)


def hash_of(text: str) -> int:
    """Return a number for a text that is the same in every run."""
    number = 7
    for character in text:
        number = (number * 131 + ord(character)) % 2**40
    return number


def add_tracks(home: Home) -> None:
    """Add eight songs of two takes each."""
    for title, style, seconds, ratings, favorite, hours, bpm, key in TRACKS:
        song = SUMMER if title == SUMMER.title else Song(custom_mode=True, title=title, style=style)
        for take in (1, 2):
            add_track(
                home,
                title,
                style,
                take,
                at=NOW - timedelta(hours=hours),
                duration=seconds[take - 1],
                rating=ratings[take - 1],
                favorite=bool(favorite) and take == 1,
                bpm=float(bpm),
                key=key,
                lyrics=LYRICS if song is SUMMER else "",
                song=song.to_table(),
            )


def add_task(store: TaskStore, song: Song, *, provider: str = "local", **columns: object) -> str:
    """Add a task in any state; times are seconds before `NOW`."""
    price = 0 if provider == "local" else 24
    queued = store.add(song, provider=provider, credits=price).id
    values = {"created_at": 0.0} | columns
    times = ("created_at", "submitted_at", "accepted_at", "completed_at", "ended_at")
    for name in times:
        if (ago := values.get(name)) is not None:
            assert isinstance(ago, int | float)
            values[name] = NOW.timestamp() - ago
    new = str(values.pop("id", queued))
    takes = values.pop("takes", ())
    assert isinstance(takes, tuple)
    with store.write() as connection:
        names = ", ".join(f"{name} = ?" for name in values)
        connection.execute(f"UPDATE tasks SET {names} WHERE id = ?", (*values.values(), queued))
        connection.execute("UPDATE tasks SET id = ? WHERE id = ?", (new, queued))
        for number, (state, received, size) in enumerate(takes, 1):
            connection.execute(
                "INSERT INTO takes (task, number, title, tags, lyrics, duration, url, image_url, "
                "state, received, size) VALUES (?, ?, ?, ?, '', 198.0, ?, '', ?, ?, ?)",
                (
                    new, number, song.title, song.style,
                    f"https://cdn.example/{new}-{number}.mp3", state, received, size,
                ),
            )  # fmt: skip
    return new


def add_lost(store: TaskStore) -> str:
    """Add a song that was charged and whose id never came."""
    return add_task(
        store,
        Song(custom_mode=True, title="Grandmother's [Clock]", style="waltz", lyrics="la"),
        id="k3lost",
        provider="hosted",
        status="uncertain",
        created_at=60.0,
        submitted_at=59.0,
        hold_code="id_lost",
        hold_message="The balance went down by 24 credits: the provider took it, but the answer "
        "with its id was lost. Look up the id on the provider's website.",
    )


def add_tasks(store: TaskStore) -> None:
    """Add one task in every state that a user meets."""
    done = ("done", 3_200_000, 3_200_000)

    def song(title: str) -> Song:
        return Song(custom_mode=True, title=title, style="pop", lyrics="la")

    add_task(
        store, song("Night Drive"), id="qh7m3k", provider="hosted", status="failed",
        created_at=9000.0, submitted_at=8990.0, accepted_at=8989.0, ended_at=8000.0,
        error_code="upstream_error", error_message="The model [v5] gave up: try again later.",
        refund="came", task_id="task-9f31", raw_status="failed",
    )  # fmt: skip
    add_task(
        store, Song(prompt="A calm and relaxing piano track with soft melodies", instrumental=True),
        id="d2x9vw", status="completed", created_at=900.0, submitted_at=899.0, accepted_at=899.0,
        completed_at=822.0, ended_at=820.0, takes=(done, done), task_id="loc-1",
    )  # fmt: skip
    add_task(
        store, song("Peaceful Piano"), id="b8r4tn", status="completed", created_at=500.0,
        submitted_at=499.0, accepted_at=499.0, completed_at=432.0, ended_at=430.0,
        takes=(done, done), task_id="loc-2",
    )  # fmt: skip
    add_task(
        store, song("Grandmother's Clock"), id="w5c6pz", provider="hosted", created_at=70.0,
        hold_code="insufficient_credits",
        hold_message="The account has 8 credits and the song costs 24. Top up: it then goes on.",
    )  # fmt: skip
    add_task(store, song("Neon Rain"), id="k3n8ya", created_at=20.0)
    add_task(
        store, song("City of Rain"), id="m4v2sd", status="pending", created_at=34.0,
        submitted_at=33.0, accepted_at=33.0, task_id="loc-4", raw_status="pending",
    )  # fmt: skip
    add_task(
        store, song("Paper Sky"), id="t9g5fh", status="downloading", created_at=95.0,
        submitted_at=94.0, accepted_at=94.0, completed_at=3.0, task_id="loc-5",
        takes=(done, ("downloading", 1_100_000, 3_000_000)), raw_status="completed",
    )  # fmt: skip
    add_task(
        store, SUMMER, id="a6j7qe", status="processing", created_at=43.0, submitted_at=42.0,
        accepted_at=42.0, progress=0.55, task_id="loc-6", raw_status="processing",
    )  # fmt: skip


def add_shelves(studio: Studio) -> None:
    """Add what the dialogs list: playlists, trash, saved searches, drafts and recipes."""
    library = studio.library
    tracks = library.tracks("sort:title")
    library.playlists.create("Road trip", tracks[:7])
    library.playlists.create("雨の夜", [track for track in tracks if track.title.startswith("雨")])
    library.playlists.create("To be sorted [later]")
    library.trash([track.id for track in tracks if track.title.startswith(("Peace", "Rain"))])
    library.searches.save("Best of the summer", "rating>=4 tag:pop")
    library.searches.save("Slow", "bpm<90")
    add_song(studio.drafts, "night-train", Song(custom_mode=True, title="Night Train"), 3)
    add_song(studio.drafts, "piano", Song(prompt="A calm piano [soft]", instrumental=True), 50)
    add_song(studio.recipes, "Summer", SUMMER, 200)
    add_song(
        studio.recipes, "Waltz", Song(custom_mode=True, style="waltz, music box, <mood>"), 2000
    )  # fmt: skip
    PersonaStore(studio.home.data / "personas.toml").keep(
        Persona("persona-4711", "Nora", "warm, low voice")
    )


def add_song(folder: SongFolder, name: str, song: Song, hours: int) -> None:
    """Add a draft or recipe of that age; half an hour older, so that its label does not change."""
    folder.save(name := file_name(name), song)
    written = time.time() - (hours + 0.5) * 3600
    os.utime(folder.folder / f"{name}.toml", (written, written))


def open_studio(
    root: Path,
    *,
    tracks: bool = True,
    tasks: bool = True,
    shelves: bool = False,
    lost: bool = False,
    config: str = "",
    folded: bool = False,
) -> Studio:
    """Return a studio on a home in that folder, with the requested contents.

    Each take has a row of its own in the library unless the songs are `folded`.
    """
    home = Home.find({"SUNO_TUI_HOME": str(root)})
    home.create()
    if config:
        home.config_file.write_text(config)
        home.config_file.chmod(0o600)
    if tracks:
        add_tracks(home)
    run = os.environ.get("XDG_RUNTIME_DIR")
    studio = Studio.open(home, env={"XDG_RUNTIME_DIR": run} if run else {})
    if not folded and not studio.remembered():
        studio.remember(library={"folded": False}, new_here=not tracks and not tasks)
    if tasks:
        add_tasks(studio.tasks)
    if lost:
        add_lost(studio.tasks)
    if shelves:
        add_shelves(studio)
    return studio
