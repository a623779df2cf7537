"""The kernel tells of changes of files: of all that matter, and of no others."""

from __future__ import annotations

import asyncio
import select
import sys
from pathlib import Path

import pytest

from suno_tui.common.file_systems import is_silent
from suno_tui.common.notifications import (
    ChangeWatch,
    FolderTree,
    WakingEvent,
    _Paths,
    open_inotify,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")


async def test_changes_of_a_database_and_its_log_are_reported_and_no_others(tmp_path: Path) -> None:
    told = asyncio.Event()
    database = tmp_path / "queue.sqlite"
    notices = ChangeWatch(open_inotify(), (database,), told.set)
    assert notices.watching
    for name in ("queue.sqlite", "queue.sqlite-wal"):
        (tmp_path / "other.toml").write_text("x")
        (tmp_path / name).write_text("x")
        async with asyncio.timeout(20):
            await told.wait()
            while not notices.listening:  # noqa: ASYNC110 - a second look comes
                await asyncio.sleep(0.01)
        told.clear()
    (tmp_path / "other.toml").write_text("y")
    (tmp_path / "queue.sqlite-shm").write_text("y")
    await asyncio.sleep(0)
    assert notices.listening
    notices.close()


async def test_without_notifications_no_change_is_reported() -> None:
    notices = ChangeWatch(None, (Path("/nowhere/queue.sqlite"),), lambda: None)
    assert not notices.watching
    notices.close()


def test_a_waking_event_ends_a_wait_for_files() -> None:
    event = WakingEvent()
    assert select.select([event], [], [], 0)[0] == []
    for _ in range(2):
        event.set()
        event.set()
        assert select.select([event], [], [], 0)[0] == [event]
        event.clear()
        assert select.select([event], [], [], 0)[0] == []
        assert not event.is_set()


def changed(tree: FolderTree) -> set[str]:
    return {path.name for path in tree.changed() or ()}


def test_a_tree_reports_new_and_moved_folders(tmp_path: Path) -> None:
    inotify = open_inotify()
    assert inotify is not None
    tree = FolderTree(inotify)
    assert tree.add(str(tmp_path))
    assert not tree.add(str(tmp_path)), "it is watched already"
    assert not tree.add(str(tmp_path / "nowhere"))
    (tmp_path / "a/b").mkdir(parents=True)
    assert "a" in changed(tree)
    (tmp_path / "a/b/song.toml").write_text("x")
    assert changed(tree) == {"song.toml"}
    (tmp_path / "a").rename(tmp_path / "c")
    assert {"a", "c"} <= changed(tree)
    (tmp_path / "c/b/song.toml").write_text("y")
    assert tree.changed() == [tmp_path / "c/b/song.toml"]
    (tmp_path / "link").symlink_to(tmp_path / "c")
    assert not tree.add(str(tmp_path / "link"))
    tree.close()


def test_the_paths_of_watches_are_found_again() -> None:
    paths = _Paths()
    for watch in (1, 2, 3):
        paths.put(watch, f"/ä/{watch}")
    paths.drop(2)
    paths.put(3, "/moved")
    paths.put(9, "/late")
    paths.put(4, "/later")
    assert [paths.get(watch) for watch in range(6)] == [
        None, "/ä/1", None, "/moved", "/later", None,
    ]  # fmt: skip
    assert sorted(paths.all()) == [(1, "/ä/1"), (3, "/moved"), (4, "/later"), (9, "/late")]


def test_a_local_disk_is_not_silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_silent(tmp_path)
    real = Path.read_text
    device = tmp_path.stat().st_dev
    mount = f"1 2 {device >> 8}:{device & 255} / /mnt rw - fuse.sshfs host:/ rw\n"
    monkeypatch.setattr(
        Path, "read_text", lambda self, *a: mount if "mountinfo" in str(self) else real(self, *a)
    )
    monkeypatch.setattr("os.major", lambda device: device >> 8)
    monkeypatch.setattr("os.minor", lambda device: device & 255)
    assert is_silent(tmp_path)
