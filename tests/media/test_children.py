"""The children that read files: what ends them, what they inherit, and who notices."""

from __future__ import annotations

import asyncio
import gc
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from suno_tui.common.errors import DamagedFile
from suno_tui.media import children, files, limits, reader
from suno_tui.media.errors import BadAudio, CantPlay, CantRead
from tests.library.harness import House, mp3
from tests.media.conftest import Spoil

ROOT = Path(__file__).parents[2]
SPOIL = "from suno_tui.media import reader; "


@pytest.fixture
def song(tmp_path: Path) -> Path:
    path = tmp_path / "song.mp3"
    path.write_bytes(mp3(3.0))
    return path


def pid(children: children.Children) -> int:
    (child,) = children._idle
    return child._process.pid


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL])
def test_a_crash_is_the_fault_of_one_file(spoilt: Spoil, song: Path, number: int) -> None:
    bad = song.with_name("bad.mp3")
    bad.write_bytes(mp3())
    spoilt(
        SPOIL + "import os; real = reader.JOBS['prove']; "
        "reader.JOBS['prove'] = lambda path, *rest: real(path, *rest) if path.name != 'bad.mp3' "
        f"else os.kill(os.getpid(), {int(number)})"
    )
    assert files.prove(song).duration > 2.9
    with pytest.raises(BadAudio, match="its decoder crashed"):
        files.prove(bad)
    assert files.prove(song).duration > 2.9


def test_a_crash_while_it_plays_ends_that_sound(spoilt: Spoil, song: Path) -> None:
    spoilt(
        "import os, suno_tui.media.decode as d; real = d._streamed; "
        "d._streamed = lambda *args: (piece if not number else os.abort() "
        "for number, piece in enumerate(real(*args)))"
    )
    heard: list[int] = []
    with pytest.raises(CantPlay, match="crashed"):
        heard.extend(len(piece) for piece in files.samples(song, 4410))
    assert heard == [4410 * 4]


def test_a_crash_caused_by_an_earlier_file_is_retried(
    spoilt: Spoil, song: Path, tmp_path: Path
) -> None:
    """Memory that one file spoils may kill the child at the next one, which is asked for anew."""
    spoilt(
        SPOIL + "import os; real = reader.JOBS['prove']; seen = []; "
        "reader.JOBS['prove'] = lambda path, *rest: (seen.append(path), "
        "os.abort() if len(seen) > 1 else real(path, *rest))[1]"
    )
    for _ in range(4):
        assert files.prove(song).duration > 2.9


def test_memory_is_limited(spoilt: Spoil, song: Path) -> None:
    spoilt(SPOIL + "reader.JOBS['prove'] = lambda *_: (len(bytes(3 << 30)), b'')")
    with pytest.raises(BadAudio, match="memory"):
        files.prove(song)


def test_memory_is_watched_where_the_system_sets_no_limit(spoilt: Spoil, song: Path) -> None:
    """As on macOS, which takes a limit of address space and doesn't keep it."""
    spoilt(
        "from suno_tui.media import limits, reader; limits._set = lambda *_: False; "
        "limits.watch.__defaults__ = (200 << 20, 0.01); import hashlib; "
        "reader.JOBS['prove'] = lambda *_: [hashlib.sha256(b'x' * (300 << 20)) for _ in range(50)]"
    )
    with pytest.raises(BadAudio, match="memory"):
        files.prove(song)


def test_a_decoder_that_never_ends_is_ended(spoilt: Spoil, song: Path) -> None:
    spoilt(
        "from suno_tui.media import limits, reader; limits.CPU = 0; import itertools; "
        "reader.JOBS['prove'] = lambda *_: sum(itertools.repeat(0))"
    )
    with pytest.raises(BadAudio, match="decoding it took too long"):
        files.prove(song)


def test_progress_is_given_more_time(spoilt: Spoil, song: Path) -> None:
    """A long file on a slow machine is none that hangs."""
    spoilt(
        "from suno_tui.media import limits, reader; limits.CPU = 1; import hashlib; "
        "work = lambda: (hashlib.pbkdf2_hmac('sha256', b'', b'', 200_000), limits.progress()); "
        "import time; begun = time.process_time(); "
        "reader.JOBS['promised'] = lambda *_: "
        "(len(list(iter(lambda: work() and time.process_time() - begun > 2.3, True))), b'')"
    )
    assert children.run("promised", song)[0]["value"] > 1


def test_a_silent_child_is_not_blamed_on_the_file(
    spoilt: Spoil, song: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine may have stopped it: the take is tried again, and not thrown away."""
    monkeypatch.setattr(children, "WALL", 0.05)
    spoilt(SPOIL + "import signal; reader.JOBS['prove'] = lambda *_: signal.pause()")
    with pytest.raises(CantRead, match="tried again"):
        files.prove(song)


def test_a_child_that_was_killed_is_replaced(spoilt: Spoil, song: Path) -> None:
    mine = spoilt("pass")
    files.prove(song)
    before = pid(mine)
    os.kill(before, signal.SIGKILL)
    assert files.prove(song).duration > 2.9
    assert pid(mine) != before
    assert not _exists(before), "it was buried"


def test_one_child_does_one_job_after_the_other(spoilt: Spoil, song: Path) -> None:
    mine = spoilt("pass")
    files.prove(song)
    before = pid(mine)
    for _ in range(5):
        files.prove(song)
        files.timed_lines(song)
        list(files.samples(song, 4410))
    assert pid(mine) == before


@pytest.mark.parametrize("taken", [0, 1, 3, 1000])
def test_a_stream_that_is_left_early_costs_no_child(
    spoilt: Spoil, song: Path, taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = spoilt("import suno_tui.media.decode as d; d.CHUNK = 1000")
    files.prove(song)
    before = pid(mine)
    for _ in range(3):
        pieces = files.samples(song, 1000)
        for _, _ in zip(range(taken), pieces, strict=False):
            pass
        pieces.close()
        assert files.prove(song).duration > 2.9
    assert pid(mine) == before


def test_many_threads_ask_at_once(spoilt: Spoil, song: Path) -> None:
    mine = spoilt("pass")
    most = []

    def ask(number: int) -> float:
        most.append(len(mine._busy))
        if number % 2:
            return len(b"".join(files.samples(song, 4410))) / 4 / 44_100
        return files.prove(song).duration

    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(ask, range(40)))
    assert all(abs(each - 3.0) < 0.1 for each in found)
    assert max(most) <= children.MOST
    assert len(mine._idle) <= children.IDLE
    assert not mine._busy


async def test_it_can_be_asked_beside_an_event_loop(spoilt: Spoil, song: Path) -> None:
    spoilt("pass")
    proofs = [asyncio.to_thread(files.prove, song) for _ in range(6)]
    assert len({(await proof).duration for proof in proofs}) == 1


def test_a_child_inherits_nothing(
    spoilt: Spoil, song: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No key, no handle, no signal of the terminal, no folder."""
    monkeypatch.setenv("SUNO_TUI_API_KEY", "sk-secret")
    monkeypatch.setenv("HTTPS_PROXY", "http://user:password@proxy")
    handle = os.open(song, os.O_RDONLY)
    os.set_inheritable(handle, True)
    spoilt(
        SPOIL + "import os; reader.JOBS['promised'] = lambda *_: ({'env': dict(os.environ), "
        "'open': sorted(map(int, os.listdir('/dev/fd'))), 'session': os.getsid(0), "
        "'cwd': os.getcwd()}, b'')"
    )
    found = children.run("promised", song)[0]["value"]
    os.close(handle)
    assert "secret" not in json.dumps(found)
    assert not [name for name in found["env"] if name.startswith("SUNO") or "PROXY" in name]
    assert handle not in found["open"] or handle < 6, found["open"]
    assert len(found["open"]) <= 6
    assert found["session"] != os.getsid(0)
    assert found["cwd"] == "/"


def test_only_listed_jobs_are_done(song: Path) -> None:
    answer, _ = children.run("eval", song)
    assert (answer["is"], answer["kind"]) == ("bad", "Bad")
    assert "eval" not in reader.JOBS


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("busy", [False, True])
def test_a_child_ends_with_its_parent(song: Path, number: int, busy: bool) -> None:
    code = (
        "import sys, os\nfrom pathlib import Path\nfrom suno_tui.media import children, files\n"
        "files.prove(Path(sys.argv[1]))\n"
        "print(children.CHILDREN._idle[0]._process.pid, flush=True)\n"
        + ("pieces = files.samples(Path(sys.argv[1]), 10)\nnext(pieces)\n" if busy else "")
        + "print('ready', flush=True)\nsys.stdin.read()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(song)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert parent.stdout.readline() == "ready\n"
        parent.send_signal(number)
    assert _gone(child)


def test_leaving_waits_for_no_child(song: Path) -> None:
    """A decoder hangs when the studio ends."""
    code = (
        "import sys, threading\nfrom pathlib import Path\n"
        "from suno_tui.media import children, files\n"
        "children._START = children._START.replace('from suno_tui', 'from suno_tui.media import "
        'reader; import signal; reader.JOBS["prove"] = lambda *_: signal.pause(); '
        "from suno_tui', 1)\n"
        "asked = threading.Event()\n"
        "say = children.Child.ask\n"
        "children.Child.ask = lambda *a, **k: (say(*a, **k), asked.set())\n"
        "threading.Thread(target=files.prove, args=[Path(sys.argv[1])], daemon=True).start()\n"
        "asked.wait()\n"
        "threading.excepthook = lambda *_: None\n"
        "print(*[c._process.pid for c in children.CHILDREN._busy])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(song)], cwd=ROOT, capture_output=True, timeout=30
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert _gone(int(done.stdout))


def test_waiting_calls_fail_when_the_view_ends(spoilt: Spoil, song: Path) -> None:
    """The studio's end waits for its threads, and they may wait for a decoder that hangs."""
    mine = spoilt(
        SPOIL + "import itertools; reader.JOBS['prove'] = lambda *_: sum(itertools.repeat(0))"
    )
    files.write_tags(song, FACTS)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(files.prove, song)
        assert _until(lambda: mine._busy and not next(iter(mine._busy)).ready)
        files.interrupt()
        with pytest.raises(CantRead):
            waiting.result(timeout=5)
    assert files.timed_lines(song) == ()


FACTS = dict.fromkeys(("title", "artist", "genre", "date", "comment", "lyrics"), "") | {"track": 1}


def test_a_fork_leaves_the_children_to_its_parent(spoilt: Spoil, song: Path) -> None:
    files.prove(song)
    (parents,) = children.CHILDREN._idle
    context = multiprocessing.get_context("fork")
    answers, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_in_a_fork, args=(song, theirs))
    process.start()
    assert answers.poll(30)
    duration, child = answers.recv()
    process.join(30)
    assert duration == files.prove(song).duration
    assert child != parents._process.pid
    assert children.CHILDREN._idle == [parents]
    gc.collect()


def _in_a_fork(song: Path, answers: object) -> None:
    duration = files.prove(song).duration
    answers.send((duration, children.CHILDREN._idle[0]._process.pid))  # type: ignore[attr-defined]
    os._exit(0)


def test_without_a_child_process_the_file_is_not_blamed(
    spoilt: Spoil, song: Path, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No memory, no room for another process: the take waits where it is."""

    def no(*_: object, **__: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    spoilt("pass")
    with monkeypatch.context() as patch:
        patch.setattr(subprocess, "Popen", no)
        with pytest.raises(CantRead, match="Cannot allocate memory"):
            house.add(audio=song)
        with pytest.raises(CantPlay, match="Cannot allocate memory"):
            list(files.samples(song, 100))
        with pytest.raises(CantRead):
            files.write_tags(song, {})
    assert song.exists()
    assert house.library.tracks() == []
    assert house.add(audio=song).duration > 2.9


def test_a_child_that_cannot_start_is_not_blamed_on_the_file(spoilt: Spoil, song: Path) -> None:
    spoilt("raise SystemExit(3)")
    with pytest.raises(CantRead):
        files.prove(song)


def test_an_invalid_answer_of_a_child_is_rejected(spoilt: Spoil, song: Path) -> None:
    for value in ("['.exe', 1.0, True]", "['.mp3', 'long', True]", "[]", "7"):
        spoilt(SPOIL + f"reader.JOBS['prove'] = lambda *_: ({value}, b'')")
        with pytest.raises((BadAudio, DamagedFile)):
            files.prove(song)


def test_idle_children_sleep(spoilt: Spoil, song: Path) -> None:
    """Nothing of it runs on its own: no thread here, and a child that waits for its input."""
    before = threading.active_count()
    mine = spoilt("pass")
    files.prove(song)
    assert threading.active_count() == before
    status = Path(f"/proc/{pid(mine)}/status")
    if not status.exists():
        pytest.skip("no /proc here")
    assert _until(lambda: "State:\tS" in status.read_text())
    ticks = _ticks(pid(mine))
    files_seen = status.read_text()
    assert "Threads:\t1" in files_seen
    assert _ticks(pid(mine)) == ticks


def _ticks(number: int) -> list[str]:
    return Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()[11:13]


def _exists(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


def _gone(number: int) -> bool:
    """Whether a process ends; one that nobody has buried counts as ended."""

    def ended() -> bool:
        if not _exists(number):
            return True
        stat = Path(f"/proc/{number}/stat")
        return stat.exists() and stat.read_text().rsplit(")", 1)[1].split()[0] == "Z"

    return _until(ended)


def _until(true: object) -> bool:
    pause = threading.Event()
    for _ in range(2000):
        if true():  # type: ignore[operator]
            return True
        pause.wait(0.01)
    return False


def test_the_limits_are_set(spoilt: Spoil, song: Path) -> None:
    spoilt(
        SPOIL + "import resource; reader.JOBS['promised'] = lambda *_: "
        "([resource.getrlimit(x)[0] for x in (resource.RLIMIT_AS, resource.RLIMIT_CORE, "
        "resource.RLIMIT_FSIZE)], b'')"
    )
    if sys.platform == "darwin":
        pytest.skip("macOS keeps no limit of address space")
    found = children.run("promised", song)[0]["value"]
    assert found == [limits.MEMORY, 0, limits.LARGEST + limits.LARGEST_PICTURE]
