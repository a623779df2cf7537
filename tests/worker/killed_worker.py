"""A real worker process for tests to kill."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import os
import shutil
import sys
from pathlib import Path

from suno_tui.common.locks import Lock
from suno_tui.providers.source import Source
from suno_tui.tasks.models import Take, Task
from suno_tui.tasks.store import TaskStore
from suno_tui.worker.process import run_until_signal
from suno_tui.worker.worker import Worker
from tests.fakes.dialects import client
from tests.worker.harness import QUICK, SETTINGS


def run(folder: Path, url: str, dialect: str) -> None:
    asyncio.run(_run(folder, url, dialect))


async def _run(folder: Path, url: str, dialect: str) -> None:
    shelf = folder / "shelf"

    def file_take(task: Task, take: Take, audio: Path, cover: Path | None) -> str:
        """File a take as the library does: idempotently, and whole or not at all."""
        name = f"{task.task_id}-{take.number}"
        with (folder / "filed").open("a") as log:
            log.write(f"{name} {(shelf / f'{name}.mp3').exists()}\n")
        if not (shelf / f"{name}.mp3").exists():
            shutil.copy(audio, shelf / f".{name}.tmp")
            (shelf / f".{name}.tmp").replace(shelf / f"{name}.mp3")
        audio.unlink()
        if cover:
            cover.unlink()
        return name

    def find_source(task: Task) -> Source:
        track = folder / "source.mp3"
        digest = hashlib.sha256(track.read_bytes()).hexdigest()
        return Source(track, 180.0, track.stat().st_size, digest)

    store = TaskStore(folder / "queue.sqlite")
    worker = Worker(
        store,
        connect=lambda _: client(dialect, url),
        file_take=file_take,
        find_source=find_source,
        downloads=folder / "downloads",
        settings=SETTINGS,
        lock=Lock(folder / "worker.lock"),
        timings=dataclasses.replace(QUICK, balance_waits=(0.1, 0.2)),
    )
    print(await run_until_signal(worker))
    store.close()
    # The test's clients are closed by the end of the process, without a word about it.
    sys.stdout.flush()
    os._exit(0)
