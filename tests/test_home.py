"""The home: where files are, and that each is written whole or not at all."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from suno_tui.common.atomic_files import read_toml, write_bytes, write_toml
from suno_tui.common.errors import DamagedFile, HomeError
from suno_tui.common.locks import Lock
from suno_tui.common.paths import Home, expand_home
from suno_tui.studio import Studio
from tests.command import suno_tui


def test_one_folder_holds_everything(tmp_path: Path) -> None:
    home = Home.find({"SUNO_TUI_HOME": str(tmp_path / "h")})
    places = [home.config_file, home.library, home.queue, home.drafts, home.recipes, home.trash]
    places += [home.cache, home.local, home.log]
    assert [place.relative_to(tmp_path / "h").as_posix() for place in places] == [
        "config.toml",
        "library",
        "queue.sqlite",
        "drafts",
        "recipes",
        "trash",
        "cache",
        "local",
        "log",
    ]
    assert not (tmp_path / "h").exists()
    home.create()
    assert stat.S_IMODE((tmp_path / "h").stat().st_mode) == 0o700


def test_the_platforms_own_places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    home = Home.find({})
    assert home.config_file.is_relative_to(tmp_path)
    assert home.data != home.cache


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "h").write_text("not a folder")
    with pytest.raises(HomeError, match="is not a folder"):
        Home.find({"SUNO_TUI_HOME": str(tmp_path / "h")}).create()


def test_a_replaced_file_is_private_and_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file.toml"
    write_toml(path, {"a": 1, "nothing": None, "text": 'two\nlines "quoted" \\ \u202e'})
    write_toml(path, {"a": 2, "text": 'two\nlines "quoted" \\ \u202e'})
    assert read_toml(path) == {"a": 2, "text": 'two\nlines "quoted" \\ \u202e'}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [found.name for found in path.parent.iterdir()] == ["file.toml"]


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_bytes(path, b"old")
    script = (
        "import resource, signal, sys, pathlib\n"
        "from suno_tui.common.atomic_files import write_bytes\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "write_bytes(pathlib.Path(sys.argv[1]), b'x' * 5000)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True)
    assert "HomeError" in done.stderr
    assert path.read_bytes() == b"old"
    assert [found.name for found in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("data", [b"a = [", b"\xff\xfe", b"a = 1\na = 2"])
def test_a_damaged_file_is_named_and_left(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(data)
    with pytest.raises(DamagedFile) as found:
        read_toml(path)
    assert found.value.path == path
    assert path.read_bytes() == data


def test_a_lock_has_one_holder_and_dies_with_it(tmp_path: Path) -> None:
    path = tmp_path / "worker.lock"
    script = (
        "import sys, pathlib\nfrom suno_tui.common.locks import Lock\n"
        "lock = Lock(pathlib.Path(sys.argv[1]))\nprint(lock.acquire(), flush=True)\n"
        "sys.stdin.read()\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", script, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    with child:
        assert child.stdout.readline() == b"True\n"
        lock = Lock(path)
        assert not lock.acquire()
        assert lock.holder() == child.pid
        child.kill()
    assert lock.holder() is None
    assert lock.acquire()
    assert lock.holder() == os.getpid()
    lock.release()
    assert lock.holder() is None


def test_what_is_remembered_at_the_same_time_is_all_remembered(home: Home) -> None:
    studio, facts = Studio.open(home), {f"fact{number}": number for number in range(40)}
    with ThreadPoolExecutor(8) as threads:
        for name, value in facts.items():
            threads.submit(studio.remember, **{name: value})
    assert studio.remembered() == facts


def test_a_path_of_a_user_that_does_not_exist_is_missing_like_any_other(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert expand_home("~/a.csv") == tmp_path / "a.csv"
    assert expand_home(Path("~nobody-here/a.csv")) == Path("~nobody-here/a.csv")


@pytest.mark.parametrize(
    "words",
    [
        ("import", "~nobody-here/music"),
        ("serve", "--port", "0", "--key-file", "~nobody-here/key"),
        ("doctor",),
    ],
)
def test_commands_name_a_file_of_a_user_that_does_not_exist(
    home: Home, words: tuple[str, ...]
) -> None:
    settings = (
        'provider = "band"\n[providers.band]\nbase_url = "http://127.0.0.1:9"\n'
        'key_file = "~nobody-here/key"\n'
    )
    home.config_file.write_text(settings if words == ("doctor",) else "")
    done = suno_tui(*words)
    assert "~nobody-here" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
