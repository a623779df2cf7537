"""Faults of a home, through the command line: each is reported, and nothing is destroyed."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from suno_tui.common.locks import Lock
from suno_tui.common.paths import Home
from suno_tui.tasks.models import Hold, Status
from suno_tui.tasks.store import TaskStore
from suno_tui.worker.journal import Journal
from tests.command import SUNO_TUI, environment, json_lines, suno_tui
from tests.fake_provider import PRICE, FakeProvider, Fault, real_jpeg, real_mp3, refusal
from tests.needs import without_rights
from tests.worker.harness import QUICK, SONG, Harness

SECRET = "sk-fake"
QUICK_QUEUE = "[queue]\npoll_seconds = 0.2\nrequests_per_second = 50\n"


@pytest.fixture
def provider(home: Home) -> Iterator[FakeProvider]:
    home.config_file.write_text(QUICK_QUEUE)
    fake = FakeProvider(polls=1)
    fake.mp3, fake.jpeg = real_mp3(1.0), real_jpeg()
    with fake:
        yield fake


def env(provider: FakeProvider, **more: str) -> dict[str, str]:
    return {"SUNO_TUI_BASE_URL": provider.url, "SUNO_TUI_API_KEY": SECRET, **more}


def start(*arguments: str, **more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*SUNO_TUI, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(more),
    )


def test_two_views_and_two_workers_do_each_task_once(home: Home, provider: FakeProvider) -> None:
    views = [start("generate", f"song {n}", "-n", "2", "--json", **env(provider)) for n in range(2)]
    workers = [start("work", **env(provider)) for _ in range(2)]
    told = []
    for view in views:
        out, err = view.communicate(timeout=60)
        assert view.returncode == 0, err
        told += json_lines(out)
    for worker in workers:
        _, err = worker.communicate(timeout=60)
        assert worker.returncode == 0, err
    assert len(provider.ledger) == 4 == provider.seen("create")
    assert sorted(task["task_id"] for task in told) == sorted(provider.ledger)
    tracks = json_lines(suno_tui("library", "--json").stdout)
    made = sorted((track["task_id"], track["take"]) for track in tracks)
    assert made == sorted((task_id, take) for task_id in provider.ledger for take in (1, 2))
    assert provider.balance == 1000 - 4 * PRICE


@pytest.mark.parametrize("damage", ["garbage", "cut off", "one page"])
def test_a_damaged_queue_is_reported_and_left_as_it_is(home: Home, damage: str) -> None:
    store = TaskStore(home.queue)
    for _ in range(40):
        store.add(SONG, provider="hosted", credits=24)
    store.close()
    sound = home.queue.read_bytes()
    bad = {
        "garbage": os.urandom(len(sound)),
        "cut off": sound[:5000],
        "one page": sound[:4096] + b"\xff" * 4096 + sound[8192:],
    }[damage]
    home.queue.write_bytes(bad)

    for command in (["queue"], ["generate", "a song"], ["work"]):
        done = suno_tui(*command)
        assert done.returncode == 4, (command, done.stdout, done.stderr)
        assert str(home.queue) in done.stderr
        assert "Move it away" in done.stderr
        assert "Traceback" not in done.stderr
    assert home.queue.read_bytes() == bad
    # What it says to do is a way on.
    for path in home.data.glob("queue.sqlite*"):
        path.rename(path.with_name(f"old-{path.name}"))
    assert suno_tui("queue", "--json").returncode == 0
    assert suno_tui("library", "--json").returncode == 0


def test_a_read_only_home_is_reported(home: Home) -> None:
    command = without_rights([*SUNO_TUI, "generate", "a song", "--no-wait"])
    TaskStore(home.queue).close()
    before = home.queue.read_bytes()
    folders = [home.data, *(path for path in home.data.rglob("*") if path.is_dir())]
    home.queue.chmod(0o400)
    for folder in folders:
        folder.chmod(0o500)
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, env=environment(), timeout=60, check=False
        )
    finally:
        for folder in folders:
            folder.chmod(0o700)
    assert done.returncode == 4, done.stderr
    assert "Traceback" not in done.stderr
    assert "permission" in done.stderr.lower()
    assert home.queue.read_bytes() == before


async def test_a_clock_that_jumps(
    harness: Harness, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two days forward while takes are fetched, and back before the epoch's second day."""
    provider.mp3 = provider.jpeg = None
    ahead = 0.0
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + ahead)
    provider.faults["audio"].extend([Fault(503)] * 2)
    task = harness.add()
    async with harness.at_work(QUICK):
        await harness.until(task.id, lambda task: task.status is Status.DOWNLOADING)
        ahead = 2 * 86_400
        await harness.until(task.id, lambda task: task.status is Status.COMPLETED)
        ahead = -real() + 100_000
        early = harness.add()
        await harness.until(early.id, lambda task: task.status is Status.COMPLETED)
    assert len(provider.ledger) == 2
    assert harness.store.spent() == 2 * PRICE
    harness.agree()


def test_the_key_is_in_the_settings_alone(home: Home, provider: FakeProvider) -> None:
    """The key in config.toml goes only to the provider's origin, whatever fails."""
    key = SECRET
    home.config_file.write_text(
        f'provider = "mine"\n{QUICK_QUEUE}[providers.mine]\n'
        f'base_url = "{provider.url}"\nkey = "{key}"\n'
    )
    home.config_file.chmod(0o600)
    with FakeProvider() as files:
        # The files lie on another host, which refuses the first time.
        provider.output = {
            "urls": [f"http://localhost:{files.port}/audio/0/x/{n}.mp3" for n in (1, 2)]
        }
        files.mp3 = real_mp3(1.0)
        files.faults["audio"].append(Fault(403, b"denied"))
        # The provider repeats the key in what it says.
        provider.faults["create"].append(refusal(503, "upstream_error", f"{key} has to wait."))
        provider.faults["credits"].append(Fault(302, headers={"Location": f"{files.url}/steal"}))
        asked = suno_tui("credits")
        task = start("generate", "a song", "--json")
        worker_seen = False
        while task.poll() is None:
            pid = Lock(home.worker_lock).holder()
            for each in filter(None, (task.pid, pid)):
                try:
                    assert key.encode() not in Path(f"/proc/{each}/cmdline").read_bytes()
                    worker_seen = worker_seen or each == pid
                except OSError:
                    continue
            time.sleep(0.1)
        out, err = task.communicate()
        assert task.returncode == 0, err
        assert "has to wait" in err
        assert worker_seen
        elsewhere = list(files.requests)
    assert elsewhere
    for _, _, path, headers in elsewhere:
        assert key not in path + str(headers)
    assert key not in asked.stdout + asked.stderr + out + err
    everywhere = [path for path in home.data.rglob("*") if path.is_file()]
    assert home.queue in everywhere
    assert any(path.parent == home.log for path in everywhere)
    holders = [path for path in everywhere if key.encode() in path.read_bytes()]
    assert holders == [home.config_file]
    with sqlite3.connect(home.queue) as connection:
        assert key not in "\n".join(connection.iterdump())
    connection.close()


def test_the_view_is_killed_and_the_worker_goes_on(home: Home, provider: FakeProvider) -> None:
    view = start("generate", "a song", "-n", "3", **env(provider))
    provider.wait_for("create")
    view.send_signal(signal.SIGKILL)
    view.communicate()
    # A second worker waits for the first one, which goes on, and ends with it.
    assert suno_tui("work", env=env(provider)).returncode == 0
    assert provider.seen("create") == 3
    tracks = json_lines(suno_tui("library", "--json").stdout)
    assert len({(track["task_id"], track["take"]) for track in tracks}) == 6


def test_the_user_settles_uncertain_songs(home: Home, provider: FakeProvider) -> None:
    """Three songs whose answer was lost: their ids are on the provider's own pages, or not."""
    store = TaskStore(home.queue)
    journal = Journal(store)
    found, lost, never = (store.add(SONG, provider="hosted", credits=PRICE) for _ in range(3))
    for task in (found, lost, never):
        journal.write_receipt(task, None)
        journal.mark_uncertain(task.id, Hold("your_word", "Who knows?"))
    entry = provider.accept({"model": SONG.model, "input": {}}, found.nonce)

    assert suno_tui("queue", "settle", found.id).returncode == 2
    done = suno_tui("queue", "settle", found.id, "--taken", entry.id, env=env(provider))
    assert done.stdout.split()[:2] == [found.id, "pending"], done.stderr
    again = suno_tui("queue", "settle", lost.id, "--taken", entry.id)
    assert (again.returncode, "another task" in again.stderr) == (2, True)
    assert suno_tui("queue", "settle", lost.id, "--taken").stdout.split()[1] == "expired"
    assert suno_tui("queue", "settle", never.id, "--not-taken", env=env(provider)).returncode == 0
    assert suno_tui("work", env=env(provider)).returncode == 0
    ended = [store.get(task.id).status for task in (found, lost, never)]
    assert ended == [Status.COMPLETED, Status.EXPIRED, Status.COMPLETED]
    assert len(provider.ledger) == 2
    assert provider.seen("create") == 1
    assert store.spent() == 3 * PRICE
    store.close()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--callback-listen", "127.0.0.1:0"],
        ["--callback-url", "https://a.example"],
        ["--callback-listen", "nowhere", "--callback-url", "https://a.example"],
    ],
)
def test_half_an_address_for_callbacks_is_refused(home: Home, arguments: list[str]) -> None:
    done = suno_tui("work", *arguments)
    assert done.returncode == 2
    assert "--callback-" in done.stderr


def test_the_worker_receives_callbacks(home: Home, provider: FakeProvider) -> None:
    listen = ["--callback-listen", "127.0.0.1:0", "--callback-url", "https://a.example/x"]
    store = TaskStore(home.queue)
    store.add(SONG, provider="hosted", credits=PRICE)
    store.close()
    assert suno_tui("work", *listen, env=env(provider)).returncode == 0
    (entry,) = provider.ledger.values()
    assert entry.body["callback_url"] == f"https://a.example/x/{entry.nonce}"
