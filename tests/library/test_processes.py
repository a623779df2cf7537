"""Two processes on one library, and many threads in one."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.library.harness import House, mp3

_PREPARE = """
import sys
from pathlib import Path
from suno_tui.library.store import Library
root = Path(sys.argv[1])
library = Library(root / "library", trash=root / "trash", cache=root / "cache")
"""


def _run(house: House, code: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _PREPARE + code, str(house.root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


def test_what_another_process_does_shows_here(house: House) -> None:
    track = house.add()
    version = house.library.version()
    other = _run(house, f"library.annotate({track.id!r}, rating=4); library.trash([{track.id!r}])")
    other.communicate(timeout=30)
    assert other.returncode == 0
    assert house.library.version() != version
    assert house.library.tracks() == []
    (trashed,) = house.library.trashed()
    assert trashed.rating == 4
    house.library.restore([track.id])
    assert house.library.tracks("rating:4")[0].id == track.id


def test_marks_from_two_processes_at_once_are_all_kept(house: House) -> None:
    track = house.add()
    marks = 20
    other = _run(
        house,
        "print('ready', flush=True); input()\n"
        f"for number in range({marks}):\n"
        f"    library.annotate({track.id!r}, notes=f'there {{number}}')\n"
        f"    library.annotate({track.id!r}, favorite=number % 2 == 0)\n",
    )
    assert other.stdout is not None
    assert other.stdin is not None
    assert other.stdout.readline() == "ready\n"
    other.stdin.write("\n")
    other.stdin.flush()
    for number in range(marks):
        house.library.annotate(track.id, rating=number % 5)
    other.communicate(timeout=30)
    assert other.returncode == 0
    last = house.library.get(track.id)
    assert last.rating == (marks - 1) % 5
    assert (last.favorite, last.notes) == (marks % 2 == 1, f"there {marks - 1}")


def test_both_trash_the_same_tracks(house: House) -> None:
    tracks = [house.add(f"Song {number}") for number in range(12)]
    ids = [track.id for track in tracks]
    other = _run(
        house,
        "from suno_tui.library.errors import UnknownTrack\n"
        "print('ready', flush=True); input()\n"
        f"for one in {ids!r}:\n"
        "    library.trash([one])\n",
    )
    assert other.stdout is not None
    assert other.stdin is not None
    other.stdout.readline()
    other.stdin.write("\n")
    other.stdin.flush()
    for one in reversed(ids):
        house.library.trash([one])
    other.communicate(timeout=30)
    assert other.returncode == 0
    assert house.files() == {}
    assert sorted(track.id for track in house.library.trashed()) == sorted(ids)
    house.library.refresh()
    assert house.library.damaged() == []


def test_threads_file_mark_search_and_refresh_at_once(house: House) -> None:
    house.add("Song 0")
    failures: list[BaseException] = []
    done = threading.Event()

    def keep(work: object) -> None:
        assert callable(work)
        try:
            while not done.is_set():
                work()
        except BaseException as error:
            failures.append(error)

    def mark() -> None:
        for track in house.library.tracks():
            house.library.annotate(track.id, rating=(track.rating + 1) % 6)

    threads = [
        threading.Thread(target=keep, args=(work,))
        for work in (
            mark,
            house.library.refresh,
            lambda: list(house.library.search("song sort:title")),
        )
    ]
    for thread in threads:
        thread.start()

    def file(number: int) -> None:
        audio = house.part(mp3(0.5, 200.0 + number), f"{number}.part")
        house.add(f"Song {number}", task_id=f"t{number}", audio=audio, cover=None)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(file, range(1, 9)))
    done.set()
    for thread in threads:
        thread.join(timeout=30)
    assert failures == []
    assert house.library.count() == 9
    assert {track.title for track in house.open().tracks("song")} == {
        f"Song {number}" for number in range(9)
    }
