"""Measure batches: `python -m tests.benchmarks.batch`. Takes some minutes.

First, 10,000 rows are checked. Then 200 songs are sent to a fake provider on the loopback; worker
and command are killed (SIGKILL) once it has taken 90, run again against a spending limit of the
account, and then again without one. A song whose reply was lost by the kill is settled as its owner
would do it. In the end the provider's ledger has each song once.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from suno_tui.common.locks import Lock
from suno_tui.common.paths import Home
from suno_tui.tasks.store import TaskStore
from tests.command import SUNO_TUI, environment, json_lines
from tests.fake_provider import KEY, PRICE, FakeProvider, real_jpeg, real_mp3, refusal

ROWS, CHECKED, KILLED_AT = 200, 10_000, 90
MOST_RUNS = 5


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SUNO_TUI_HOME"] = folder
        home = Home.find()
        home.create()
        check_many(Path(folder))
        return send_all_once(home)


def check_many(folder: Path) -> None:
    file = folder / "many.csv"
    rows = (f"{number},town {number},a jingle for {{town}}\n" for number in range(CHECKED))
    file.write_text("id,town,prompt\n" + "".join(rows))
    start = time.monotonic()
    done = subprocess.run(
        [*SUNO_TUI, "batch", str(file), "--check"], capture_output=True, text=True, check=True
    )
    print(f"{CHECKED:,} rows checked in {time.monotonic() - start:.1f} s:", end=" ")
    print(done.stdout.splitlines()[-1])


def send_all_once(home: Home) -> int:
    """Return 0 if the ledger has each song once."""
    file = home.data / "rows.csv"
    file.write_text("prompt\n" + "".join(f"song {number}\n" for number in range(ROWS)))
    home.config_file.write_text("[queue]\nrequests_per_second = 100\n")
    fake = FakeProvider(polls=1, balance=2 * ROWS * PRICE)
    fake.mp3, fake.jpeg = real_mp3(1.0), real_jpeg()
    with fake:
        env = environment({"SUNO_TUI_BASE_URL": fake.url, "SUNO_TUI_API_KEY": KEY})
        command = [*SUNO_TUI, "batch", str(file), "--json"]
        first = in_silence(command, env)
        while len(fake.ledger) < KILLED_AT and first.poll() is None:
            time.sleep(0.01)
        kill(home, first)
        print(f"killed when the provider had {len(fake.ledger)} songs")

        fake.always["create"] = refusal(429, "spend_limit_exceeded")
        second = in_silence(command, env)
        store = TaskStore(home.queue)
        code = "spend_limit_exceeded"
        while not any(task.hold and task.hold.code == code for task in store.live()):
            time.sleep(0.1)
        store.close()
        kill(home, second)
        print(f"killed again at the spending limit, with {len(fake.ledger)} songs")
        fake.always.clear()

        for run in range(1, MOST_RUNS + 1):
            start = time.monotonic()
            done = subprocess.run(
                command, env=env, capture_output=True, text=True, check=False,
                stdin=subprocess.DEVNULL,
            )  # fmt: skip
            tasks = json_lines(done.stdout)
            states = Counter(task["status"] for task in tasks)
            seconds = time.monotonic() - start
            print(f"run {run}: exit code {done.returncode}, {dict(states)}, {seconds:.0f} s")
            if done.returncode == 0:
                break
            for task in tasks:
                if task["status"] == "uncertain":
                    settle(task, fake, env)
        sent = Counter(entry.body["input"]["prompt"] for entry in fake.ledger.values())
        spent = 2 * ROWS * PRICE - fake.balance
    print(f"ledger: {len(sent)} songs, each at most {max(sent.values())} times, {spent} credits")
    return 0 if len(sent) == ROWS == sent.total() and spent == ROWS * PRICE else 1


def settle(task: dict[str, Any], fake: FakeProvider, env: dict[str, str]) -> None:
    """Answer as the owner does, who finds the song of a lost reply at the provider or not."""
    found = [
        entry.id for entry in fake.ledger.values()
        if entry.body["input"]["prompt"] == task["title"]
    ]  # fmt: skip
    answer = ["--taken", *found] if found else ["--not-taken"]
    print(f"{task['title']} has no reply: settled as {' '.join(answer)}")
    subprocess.run(
        [*SUNO_TUI, "queue", "settle", task["id"], *answer], env=env, check=True,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip


def in_silence(command: list[str], env: dict[str, str]) -> subprocess.Popen[bytes]:
    null = subprocess.DEVNULL
    return subprocess.Popen(command, env=env, stdin=null, stdout=null, stderr=null)


def kill(home: Home, command: subprocess.Popen[bytes]) -> None:
    """Kill the command and its worker, in the middle of what they do."""
    for pid in (Lock(home.worker_lock).holder(), command.pid):
        if pid:
            os.kill(pid, signal.SIGKILL)
    command.wait()


if __name__ == "__main__":
    sys.exit(main())
