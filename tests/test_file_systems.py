"""A home on a disk that refuses what local disks allow: locks, modes, links, shared memory."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from suno_tui.common import lock_file, locks
from suno_tui.common.atomic_files import write_bytes
from suno_tui.common.lock_file import LockFile
from suno_tui.common.locks import Lock, missing_locks
from suno_tui.common.paths import Home
from suno_tui.drafts import SongFolder
from suno_tui.providers.song import Song
from suno_tui.tui.screens.composer.draft_session import DraftSession
from tests.command import environment, json_lines, suno_tui
from tests.fake_provider import KEY, FakeProvider, real_jpeg, real_mp3

WITHOUT_FLOCK = [errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP]
"""What Lustre without `-o flock`, NFS without a lock daemon and FUSE answer."""

Refuse = Callable[..., dict[str, str]]


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the library that refuses calls, with the system's compiler."""
    compiler = shutil.which("cc")
    if compiler is None or not sys.platform.startswith("linux"):
        pytest.skip("there is no cc to build tests/refusing.c with")
    library = tmp_path_factory.mktemp("refusing") / "refusing.so"
    source = Path(__file__).with_name("refusing.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return library


@pytest.fixture
def refuse(shim: Path, home: Home) -> Refuse:
    """Return the environment of a command whose home refuses calls, each with its errno."""

    def variables(**numbers: int) -> dict[str, str]:
        told = {name: str(number) for name, number in numbers.items()}
        return {"LD_PRELOAD": str(shim), "REFUSING": str(home.data), **told}

    return variables


@pytest.fixture
def without_flock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let `flock` fail in this process, as on a file system without locks."""

    def refused(handle: int, how: int) -> None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    monkeypatch.setattr(fcntl, "flock", refused)
    monkeypatch.setattr(locks, "folders_without_locks", set())
    yield


@pytest.fixture
def provider(home: Home) -> Iterator[FakeProvider]:
    home.config_file.write_text("[queue]\npoll_seconds = 0.2\nrequests_per_second = 50\n")
    fake = FakeProvider(polls=1)
    fake.mp3, fake.jpeg = real_mp3(1.0), real_jpeg()
    with fake:
        yield fake


def generated(provider: FakeProvider, env: dict[str, str]) -> list[str]:
    """Generate a song that is paid once; return the ids of its tracks."""
    asked = {**env, "SUNO_TUI_BASE_URL": provider.url, "SUNO_TUI_API_KEY": KEY}
    done = suno_tui("generate", "rain", "--json", env=asked)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("has no file locks") == ("NO_FLOCK" in env)
    assert len(provider.ledger) == 1
    [task] = json_lines(done.stdout)
    return [str(track["id"]) for track in task["tracks"]]


@pytest.mark.parametrize("number", WITHOUT_FLOCK)
def test_songs_are_filed_without_locks(provider: FakeProvider, refuse: Refuse, number: int) -> None:
    env = refuse(NO_FLOCK=number)
    assert len(generated(provider, env)) == 2
    made = suno_tui("playlist", "create", "Rain", env=env)
    assert made.returncode == 0, made.stderr
    assert made.stderr.count("has no file locks") == 1


@pytest.mark.parametrize("shared", [{}, {"NO_SHARED": errno.ENODEV}])
def test_songs_are_filed_if_only_plain_files_work(
    home: Home, provider: FakeProvider, refuse: Refuse, shared: dict[str, int]
) -> None:
    assert suno_tui("spent", env=refuse()).returncode == 0  # a database in WAL, from a better disk
    refused = {"NO_FCNTL": errno.ENOLCK, "NO_CHMOD": errno.EPERM, "NO_LINK": errno.EPERM}
    env = refuse(NO_FLOCK=errno.ENOLCK, **refused, **shared)
    first, _ = generated(provider, env)
    listed = json_lines(suno_tui("queue", "--all", "--json", env=env).stdout)
    assert [task["status"] for task in listed] == ["completed"]
    out = home.data / "out"
    exported = suno_tui("export", f"id:{first}", "--to", str(out), env=env)
    assert exported.returncode == 0, exported.stderr
    assert list(out.iterdir())


def test_songs_are_filed_without_shared_memory(provider: FakeProvider, refuse: Refuse) -> None:
    assert suno_tui("spent", env=refuse()).returncode == 0
    assert len(generated(provider, refuse(NO_SHARED=errno.ENODEV))) == 2


def test_the_doctor_reports_a_disk_without_locks(home: Home, refuse: Refuse) -> None:
    done = suno_tui("doctor", "--json", env=refuse(NO_FLOCK=errno.ENOSYS, NO_FCNTL=errno.ENOSYS))
    checks = {check["check"]: check for check in json_lines(done.stdout)}
    assert checks["locks"]["ok"] is None
    assert f"{home.data} has no file locks" in checks["locks"]["detail"]
    assert "on one machine at a time" in checks["locks"]["detail"]


def test_the_doctor_reports_a_disk_without_shared_memory(home: Home, refuse: Refuse) -> None:
    done = suno_tui("doctor", "--json", env=refuse(NO_SHARED=errno.ENODEV))
    checks = {check["check"]: check for check in json_lines(done.stdout)}
    assert checks["locks"]["ok"] is None
    assert "shared memory" in checks["locks"]["detail"]


def test_the_doctor_ends_though_a_lock_hangs(home: Home, refuse: Refuse) -> None:
    assert suno_tui("spent").returncode == 0  # there is a database
    # Once one check has hung, the others get less time; for a test, hardly any.
    code = (
        "from suno_tui.cli import doctor, main\n"
        "doctor.HURRIED_SECONDS = 0.3\n"
        "raise SystemExit(main(['doctor', '--json']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(refuse(HANG_FCNTL=1)),
        capture_output=True,
        text=True,
        timeout=100,
    )
    checks = {check["check"]: check for check in json_lines(done.stdout)}
    assert done.returncode == 1
    assert any("no answer in" in check["detail"] for check in checks.values())
    assert "provider" in checks


def test_what_is_written_is_kept_where_there_are_no_locks(
    tmp_path: Path, without_flock: None
) -> None:
    folder = SongFolder(tmp_path)
    first, second = DraftSession(folder), DraftSession(folder)
    song = Song(prompt="a song about rain")
    assert first.save(song)
    assert second.restore(first.name) is None  # it is open in the first
    assert first.name is not None
    first.close()
    kept = second.restore(first.name)
    assert kept is not None
    assert kept.song == song
    second.close()
    assert [path.suffix for path in tmp_path.iterdir()] == [".toml"]


def test_a_lock_file_has_one_holder(tmp_path: Path, without_flock: None) -> None:
    lock, other = Lock(tmp_path / "x.lock", note="a"), Lock(tmp_path / "x.lock", note="a")
    assert lock.acquire()
    assert not other.acquire()
    assert other.held_by() == (os.getpid(), "a")
    lock.release()
    assert other.holder() is None
    assert other.acquire()
    other.release()
    assert missing_locks(tmp_path) is not None
    assert locks.folders_without_locks == {tmp_path}


def test_the_lock_file_of_a_killed_process_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "x.held"
    script = (
        "import sys, pathlib\nfrom suno_tui.common.lock_file import LockFile\n"
        "print(LockFile(pathlib.Path(sys.argv[1])).take(), flush=True)\nsys.stdin.read()\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", script, path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(),
    )
    assert child.stdout is not None
    with child:
        assert child.stdout.readline() == b"True\n"
        mine = LockFile(path)
        assert not mine.take()
        found = mine.holder()
        assert found is not None
        assert found.process == child.pid
        child.kill()
    assert mine.holder() is None
    assert mine.take()
    mine.release()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("what", "free"),
    [
        ("_began", True),  # another process has the number now
        ("_boot", True),  # the machine was restarted
        ("_machine", False),  # another machine: nothing can be known
    ],
)
def test_whose_lock_file_may_be_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, free: bool
) -> None:
    with monkeypatch.context() as then:
        then.setattr(lock_file, what, lambda *_: "otherwise")
        assert LockFile(tmp_path / "x.held").take()
    mine = LockFile(tmp_path / "x.held")
    assert (mine.holder() is None) == free
    assert mine.take() == free


def test_a_lock_file_that_another_took_is_left_to_it(tmp_path: Path) -> None:
    ours, theirs = LockFile(tmp_path / "x.held"), LockFile(tmp_path / "x.held")
    assert ours.take()
    (tmp_path / "x.held").unlink()  # a user thought that we were dead
    assert theirs.take()
    ours.release()
    assert theirs.holder() is not None


def test_an_unwritten_lock_file_is_taken_once_it_is_old(tmp_path: Path) -> None:
    path = tmp_path / "x.held"
    path.touch()
    assert not LockFile(path).take()
    os.utime(path, (1, 1))
    assert LockFile(path).take()


def test_only_one_may_remove_a_lock_file_that_was_left(tmp_path: Path) -> None:
    path = tmp_path / "x.held"
    path.touch()
    os.utime(path, (1, 1))
    breaking = path.with_name("x.held.breaking")
    breaking.touch()
    assert not LockFile(path).take()
    assert path.exists()
    os.utime(breaking, (1, 1))
    assert not LockFile(path).take()  # it removes the leftover and tries again
    assert LockFile(path).take()


def test_a_disk_without_modes_takes_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(self: Path, mode: int) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(Path, "chmod", refused)
    write_bytes(tmp_path / "file", b"x", mode=0o644)
    assert (tmp_path / "file").read_bytes() == b"x"


def test_a_file_is_on_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without this order, a power cut leaves an empty file where the old one was."""
    done: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def recorded(handle: int) -> None:
        kind = "folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file"
        done.append(f"{kind} synced with {os.fstat(handle).st_size if kind == 'file' else ''}")
        fsync(handle)

    def renamed(self: Path, target: Path) -> Path:
        done.append("renamed")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", recorded)
    monkeypatch.setattr(Path, "replace", renamed)
    write_bytes(tmp_path / "file", b"four")
    assert done == ["file synced with 4", "renamed", "folder synced with "]
    done.clear()
    write_bytes(tmp_path / "new" / "file", b"four")
    assert done == ["folder synced with ", "file synced with 4", "renamed", "folder synced with "]
