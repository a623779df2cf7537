"""`suno-tui batch`: nothing is sent before all is right, each row once, and within its budget."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from suno_tui.cli import batch, screen
from suno_tui.cli.parser import build_parser
from suno_tui.common.errors import UsageError
from suno_tui.common.locks import Lock
from suno_tui.common.paths import Home
from suno_tui.tasks.store import TaskStore
from tests.command import SUNO_TUI, environment, json_lines, suno_tui
from tests.fake_provider import KEY, PRICE, FakeProvider, real_jpeg, real_mp3, refusal
from tests.terminal import wait_for


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    fake = FakeProvider(polls=1)
    fake.mp3, fake.jpeg = real_mp3(1.0), real_jpeg()
    with fake:
        yield fake


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "jingles.csv"
    path.write_text("town,prompt\nRome,a jingle for {town}\nOslo,a [loud|soft] one for {town}\n")
    return path


def env(provider: FakeProvider) -> dict[str, str]:
    return {"SUNO_TUI_BASE_URL": provider.url, "SUNO_TUI_API_KEY": KEY}


def prompts(provider: FakeProvider) -> list[str]:
    return [entry.body["input"]["prompt"] for entry in provider.ledger.values()]


def test_a_broken_row_stops_all_of_them(home: Home, provider: FakeProvider, file: Path) -> None:
    file.write_text(file.read_text() + f",{'x' * 501}\n")
    done = suno_tui("batch", str(file), env=env(provider))
    assert done.returncode == 2
    assert f"{file}: line 4: prompt: 1 character too many; at most 500" in done.stderr
    assert "1 problem, so nothing was queued." in done.stderr
    assert suno_tui("queue", "--all", "--json").stdout == ""
    assert provider.requests == []


def test_the_check_says_what_each_would_cost(
    home: Home, provider: FakeProvider, file: Path
) -> None:
    done = suno_tui("batch", str(file), "--check", "--json", env=env(provider))
    assert done.returncode == 0, done.stderr
    *rows, total = json_lines(done.stdout)
    assert [(row["row"], row["credits"], row["task"]) for row in rows] == [
        (2, PRICE, None), (3, PRICE, None), (3, PRICE, None),
    ]  # fmt: skip
    assert total == {"songs": 3, "new": 3, "problems": 0, "credits": 3 * PRICE}
    said = suno_tui("batch", str(file), "--check", env=env(provider)).stdout
    assert "3 songs: 72 credits, $0.36 at hosted." in said
    assert provider.requests == []


def test_a_batch_is_sent_once_and_within_its_budget(
    home: Home, provider: FakeProvider, file: Path
) -> None:
    poor = suno_tui("batch", str(file), "--budget", "0.35", env=env(provider))
    assert poor.returncode == 3
    assert "Over the budget of batch jingles, $0.35: this needs $0.36" in poor.stderr
    assert provider.ledger == {}

    done = suno_tui("batch", str(file), "--budget", "0.36", "--json", env=env(provider))
    assert done.returncode == 0, done.stderr
    tasks = json_lines(done.stdout)
    assert [(task["row"], task["requester"], len(task["tracks"])) for task in tasks] == [
        (2, "batch jingles", 2), (3, "batch jingles", 2), (3, "batch jingles", 2),
    ]  # fmt: skip
    sent = ["a jingle for Rome", "a loud one for Oslo", "a soft one for Oslo"]
    assert sorted(prompts(provider)) == sent

    again = suno_tui("batch", str(file), "--budget", "0.36", "--json", env=env(provider))
    assert [task["id"] for task in json_lines(again.stdout)] == [task["id"] for task in tasks]
    file.write_text(file.read_text() + "Bonn,a jingle for {town}\n")
    more = suno_tui("batch", str(file), env=env(provider))
    assert "4 songs, 3 of them queued before: 24 credits, $0.12 at hosted." in more.stderr
    assert sorted(prompts(provider)) == ["a jingle for Bonn", *sent]
    spent = json_lines(suno_tui("spent", "--by", "who", "--json").stdout)
    assert spent == [{"requester": "batch jingles", "songs": 4, "credits": 4 * PRICE}]


def test_the_studio_opens_with_a_file(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    opened: list[Path] = []

    def run(batch: Path) -> int:
        opened.append(batch)
        return 0

    monkeypatch.setattr(screen, "run", run)
    parser = build_parser()
    assert batch.run(parser.parse_args(["batch", str(file), "--screen"])) == 0
    assert opened == [file]
    for more in (["--check"], ["--budget", "2.00"], ["--name", "x"]):
        with pytest.raises(UsageError, match="--screen goes with a FILE alone"):
            batch.run(parser.parse_args(["batch", str(file), "--screen", *more]))


def test_a_batch_that_was_killed_goes_on(home: Home, provider: FakeProvider, file: Path) -> None:
    """It is killed while the provider takes no more songs, so that none is on its way."""
    provider.faults["create"].extend([None, None])
    provider.always["create"] = refusal(429, "spend_limit_exceeded")
    file.write_text("prompt\n" + "".join(f"song {number}\n" for number in range(5)))
    command = [*SUNO_TUI, "batch", str(file), "--json"]
    first = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL, env=environment(env(provider)),
    )  # fmt: skip
    store = TaskStore(home.queue)
    wait_for(lambda: any(task.hold for task in store.live()), "the limit")
    for pid in (Lock(home.worker_lock).holder(), first.pid):
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
    first.wait()
    store.close()
    assert len(provider.ledger) == 2
    provider.always.clear()

    done = suno_tui("batch", str(file), "--json", env=env(provider))
    assert done.returncode == 0, done.stderr
    assert sorted(prompts(provider)) == [f"song {number}" for number in range(5)]
    assert [task["status"] for task in json_lines(done.stdout)] == ["completed"] * 5
