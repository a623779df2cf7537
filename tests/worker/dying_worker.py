"""A worker that dies while it files a take: `-m tests.worker.dying_worker FOLDER URL TASK`."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from suno_tui.common.locks import Lock
from suno_tui.providers.client import Client
from suno_tui.tasks.models import Take, Task
from suno_tui.tasks.store import TaskStore
from suno_tui.worker.worker import Worker
from tests.fake_provider import KEY
from tests.worker.harness import QUICK, SETTINGS


async def main(folder: Path, url: str, deadly: str) -> None:
    def file_take(task: Task, take: Take, audio: Path, cover: Path | None) -> str:
        name = f"{task.task_id}-{take.number}"
        if task.id == deadly and take.number == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        audio.replace(folder / "shelf" / f"{name}.mp3")
        return name

    worker = Worker(
        TaskStore(folder / "queue.sqlite"),
        connect=lambda _: Client(url, KEY),
        file_take=file_take,
        downloads=folder / "downloads",
        settings=SETTINGS,
        lock=Lock(folder / "worker.lock"),
        timings=QUICK,
    )
    await worker.run()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
