"""The worker of a real home, with its provider clients, its library and the built-in provider."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from suno_tui.common.home import Home, Lock
from suno_tui.config.settings import LOCAL, Settings
from suno_tui.providers.backoff import Limiter
from suno_tui.providers.client import Client
from suno_tui.providers.errors import NoKey
from suno_tui.tasks.filing import file_take
from suno_tui.worker.process import log_to, run_until_signal
from suno_tui.worker.worker import Worker

if TYPE_CHECKING:
    from suno_tui.library.store import Library
    from suno_tui.server import Service
    from suno_tui.tasks.models import Take, Task
    from suno_tui.tasks.patience import Outcome
    from suno_tui.tasks.shell import Shell
    from suno_tui.tasks.store import TaskStore
    from suno_tui.worker.callback_hints import CallbackAddress


@asynccontextmanager
async def open_clients(
    home: Home, settings: Settings, env: Mapping[str, str], service: Service
) -> AsyncIterator[Callable[[str], Client]]:
    """Give a function that makes a client by its provider's name; close all of them at the end.

    Settings and key are read anew for each client, so that a correction takes effect. The function
    raises `SettingsError` if the provider or its key is missing. `service` is the built-in
    provider, and is closed too.
    """
    limiter = Limiter(settings.queue.requests_per_second)
    clients: list[Client] = []

    def connect(name: str) -> Client:
        if name == LOCAL:
            client = Client("http://local", None, transport=service.transport(), idempotent=True)
        else:
            current = Settings.load(home)
            base_url, _ = current.provider_address(name, env)
            key = current.provider_key(name, env)
            if key is None:
                raise NoKey(
                    f"Provider {name!r} needs an API key: set SUNO_TUI_API_KEY, or key, "
                    f"key_file or key_command under [providers.{name}] in {home.config_file}."
                )
            client = Client(base_url, key, env=env, limiter=limiter)
        clients.append(client)
        return client

    try:
        yield connect
    finally:
        for client in clients:
            await client.aclose()
        service.close()


async def run_worker(
    home: Home,
    settings: Settings,
    env: Mapping[str, str],
    *,
    store: TaskStore,
    library: Callable[[], Library],
    service: Service,
    shell: Shell,
    stay: bool,
    patience: float | None,
    detached: bool,
    callbacks: CallbackAddress | None,
) -> Outcome:
    """Run the only worker of a home until nothing is owed or a signal ends it; it logs to a file.

    `library` is called in the threads that file takes.
    """

    def file(task: Task, take: Take, audio: Path, cover: Path | None, *, whole: bool = True) -> str:
        return file_take(library(), task, take, audio, cover, whole=whole)

    log_to(home)
    async with open_clients(home, settings, env, service) as connect:
        worker = Worker(
            store,
            connect=connect,
            file_take=file,
            keep_take=partial(file, whole=False),
            downloads=home.data / "downloads",
            settings=settings.queue,
            lock=Lock(home.worker_lock, note=shell.note),
            shell=shell,
            leaves=detached,
            # Only the worker that holds the lock makes music, not those that wait for the lock.
            around=lambda: service,
            listening=callbacks,
            cancel={LOCAL: service.cancel},
        )
        return await run_until_signal(worker, stay=stay, patience=patience, detached=detached)
