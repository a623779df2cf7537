"""A library that came from elsewhere (git, a sync, a zip): nothing in it hangs or fills memory."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from suno_tui.common.safe_files import (
    MOST_PARTS,
    MOST_TOML,
    NotText,
    NotToml,
    Unfit,
    parse_toml,
    read_file,
)
from suno_tui.library.store import Library
from tests.library.harness import House, mp3

MEMORY = 1 << 30
"""Bytes of address space that the child may take."""

_LIST = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[2]), int(sys.argv[2])))
from suno_tui.library.store import Library
root = Path(sys.argv[1])
library = Library(root / "library", trash=root / "trash", cache=root / "cache")
print([track.title for track in library.tracks()])
for damaged in library.damaged():
    print(damaged.path.relative_to(root / "library"), damaged.why)
"""


def listed(root: Path) -> list[str]:
    """What another process makes of the library; bounded in memory and time."""
    done = subprocess.run(
        [sys.executable, "-c", _LIST, str(root), str(MEMORY)],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def _write(text: str) -> Callable[[Path], object]:
    def trap(folder: Path) -> None:
        (folder / "a.mp3").write_bytes(mp3())
        (folder / "a.toml").write_text(text)

    return trap


def _link_text(to: str) -> Callable[[Path], object]:
    def trap(folder: Path) -> None:
        (folder / "a.mp3").write_bytes(mp3())
        (folder / "a.toml").symlink_to(to)

    return trap


def _link_audio(to: str, name: str = "a.mp3") -> Callable[[Path], object]:
    def trap(folder: Path) -> None:
        (folder / "a.toml").write_text('title = "a"\naudio_size = 9999\nduration = 9\n')
        (folder / name).symlink_to(to)

    return trap


def _pipe_text(folder: Path) -> None:
    (folder / "a.mp3").write_bytes(mp3())
    os.mkfifo(folder / "a.toml")


def _pipe_audio(folder: Path) -> None:
    (folder / "a.toml").write_text('title = "a"\naudio_size = 9999\n')
    os.mkfifo(folder / "a.mp3")


def _sparse(folder: Path) -> None:
    (folder / "a.mp3").write_bytes(mp3())
    with (folder / "a.toml").open("wb") as file:
        file.truncate(3 << 30)


def _dotted(parts: int) -> str:
    return ".".join(["a"] * parts) + " = 1"


@pytest.mark.parametrize(
    ("trap", "why"),
    [
        (_pipe_text, "it is a pipe, not a file"),
        (_link_text("/dev/zero"), "it is a link out of the library"),
        (_link_text("/etc/passwd"), "it is a link out of the library"),
        (_link_text("nowhere"), "it is a link out of the library"),
        (_sparse, "larger than 1 MB"),
        (_pipe_audio, "pipe or device"),
        (_link_audio("/dev/zero"), "link out of the library"),
        (_link_audio("/dev/zero", "a.flac"), "link out of the library"),
        (_link_audio("/etc/hostname"), "link out of the library"),
        (_write("a = " + "[" * 100_000), "nested too deeply"),
        (_write(_dotted(20_000)), "more than 16 parts"),
        (_write("[" + " . ".join(["'a'"] * 20_000) + "]"), "more than 16 parts"),
        (_write("rating = " + "9" * 5000), "not valid TOML"),
        (_write("title = 'a'\nduration = 0x" + "f" * 900_000), "`duration` must be"),
    ],
)
def test_a_trap_is_named_and_the_rest_is_listed(
    tmp_path: Path, trap: Callable[[Path], object], why: str
) -> None:
    folder = tmp_path / "library" / "x"
    folder.mkdir(parents=True)
    (folder / "good.toml").write_text('title = "good"\nduration = 1\n')
    (folder / "good.mp3").write_bytes(mp3())
    trap(folder)
    titles, *damaged = listed(tmp_path)
    assert titles == "['good']"
    assert len(damaged) == 1
    assert damaged[0].startswith("x/a.toml ")
    assert why in damaged[0]


def test_links_stay_in_the_library(house: House, tmp_path: Path) -> None:
    """One that leads out is named once and not walked; inside, audio may be a link (git-annex)."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "theirs.toml").write_text('title = "theirs"\n')
    (outside / "theirs.mp3").write_bytes(mp3())
    track = house.add()
    annexed = house.folder / ".objects" / "one"
    annexed.parent.mkdir()
    track.audio.rename(annexed)
    track.audio.symlink_to(annexed)
    (house.folder / "out").symlink_to(outside, target_is_directory=True)
    for _ in range(2):
        house.library.refresh()
        assert [one.id for one in house.library.tracks()] == [track.id]
        (damaged,) = house.library.damaged()
        assert damaged.path == house.folder / "out"
        assert "link out of the library" in damaged.why
    version = house.library.version()
    house.library.rescan([house.folder / "out", house.folder / "out" / "theirs.toml"])
    assert house.library.version() == version
    (house.folder / "out").unlink()
    house.library.refresh()
    assert house.library.damaged() == []


def test_a_new_link_out_of_the_library_is_reported_while_watching(
    house: House, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "theirs.toml").write_text('title = "theirs"\n')
    (outside / "theirs.mp3").write_bytes(mp3())
    house.add()
    house.library.refresh()
    (house.folder / "out").symlink_to(outside, target_is_directory=True)
    house.library.rescan([house.folder / "out"])
    assert house.library.count() == 1
    assert [one.path for one in house.library.damaged()] == [house.folder / "out"]


def test_a_cover_that_is_a_pipe_or_leads_out_is_none(house: House) -> None:
    track = house.add()
    assert track.cover is not None
    track.cover.unlink()
    os.mkfifo(track.cover)
    house.library.refresh()
    assert house.library.get(track.id).cover is None
    track.cover.unlink()
    track.cover.symlink_to("/etc/passwd")
    track.file.write_text(track.file.read_text() + "\n")
    house.library.refresh()
    assert house.library.get(track.id).cover is None


def test_a_playlist_and_searches_that_are_pipes(house: House) -> None:
    from suno_tui.common.errors import HomeError

    folder = house.folder / "playlists"
    folder.mkdir(parents=True)
    os.mkfifo(folder / "p.m3u8")
    os.mkfifo(folder / "searches.toml")
    with pytest.raises(HomeError, match="a pipe, not a file"):
        house.library.playlists.entries("p")
    with pytest.raises(HomeError, match="a pipe, not a file"):
        house.library.searches.all()


def test_filing_waits_for_no_scan(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A huge tree, or one that hangs: what was paid for is filed beside it."""

    def never(*_args: object, **_more: object) -> bool:
        raise AssertionError("all files were looked at")

    monkeypatch.setattr("suno_tui.library.scan.refresh", never)
    folder = house.folder / "x"
    folder.mkdir(parents=True)
    os.mkfifo(folder / "x.toml")
    track = house.add(task_id="one")
    assert track.audio.is_file()
    lost = Library(house.folder, trash=house.trash, cache=house.root / "cleared")
    house.library, before = lost, house.library
    try:
        assert house.add(task_id="one") == track, "the same take is the same track"
    finally:
        house.library = before
        lost.close()


def test_a_pipe_where_the_take_belongs_does_not_stop_filing(house: House) -> None:
    track = house.add()
    os.mkfifo(track.audio.with_name("summer-nights-2.mp3"))
    second = house.add(task_id=track.task_id, take=2)
    assert second.audio.is_file()
    assert second.file.parent == track.file.parent


def test_others_can_file_while_a_moved_track_is_looked_for(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    track = house.add()
    track.file.parent.rename(house.folder / "elsewhere")
    other = house.open()
    refresh, filed = house.library._sync.refresh, []

    def observe(**_: object) -> bool:
        filed.append(other._lock.between_processes.acquire())
        other._lock.between_processes.release()
        return refresh()

    monkeypatch.setattr(house.library._sync, "refresh", observe)
    house.library.annotate(track.id, rating=3)
    assert filed == [True]
    assert house.library._lock.between_processes.held is False
    assert house.library.get(track.id).rating == 3


def test_a_file_of_just_the_limit_is_read(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"a" * MOST_TOML)
    assert len(read_file(file, most=MOST_TOML)) == MOST_TOML
    file.write_bytes(b"a" * (MOST_TOML + 1))
    with pytest.raises(Unfit, match="larger than 1 MB"):
        read_file(file, most=MOST_TOML)


@pytest.mark.parametrize(
    "text",
    [
        _dotted(MOST_PARTS),
        f'lyrics = """\n{_dotted(40)}\n"""',
        f'lyrics = """\na""b \\""" {_dotted(40)}\n""""',
        f"lyrics = '''\n{_dotted(40)}\n'''",
        f'lyrics = "{_dotted(40)}"  # {_dotted(40)}',
        "levels = [" + "0.5, " * 40 + "]",
        'lyrics = "' + "la. " * 40 + '"',
    ],
)
def test_dots_outside_of_keys_are_allowed(text: str) -> None:
    assert parse_toml(text.encode())


@pytest.mark.parametrize("quote", ["", '"', "'"])
@pytest.mark.parametrize("dot", [".", " . ", "\t."])
def test_a_key_of_many_parts_is_refused(quote: str, dot: str) -> None:
    part = f"{quote}a{quote}"
    for text in (
        dot.join([part] * (MOST_PARTS + 1)) + " = 1",
        f"[{dot.join([part] * (MOST_PARTS + 1))}]",
        f"x = {{ {dot.join([part] * (MOST_PARTS + 1))} = 1 }}",
    ):
        with pytest.raises(NotToml, match="parts"):
            parse_toml(f"title = 'a'\n{text}".encode())


@pytest.mark.parametrize("code", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_refused_with_a_plain_word(code: str) -> None:
    mark = {"utf-16-le": "\ufeff", "utf-16-be": "\ufeff"}.get(code, "")
    with pytest.raises(NotText, match="saved as UTF-16; save it as UTF-8"):
        parse_toml((mark + 'title = "a"').encode(code))
