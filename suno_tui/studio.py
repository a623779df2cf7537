"""The one object that the screen and the command line both drive.

It opens the home and holds the parts. Parts that cost time or memory are opened when they are
first used, so that a command pays only for what it needs.
"""

from __future__ import annotations

import os
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from suno_tui.api.catalog import Model
from suno_tui.api.secret import Environment, plain_http_warning
from suno_tui.api.song import InvalidSong, Problem, Song
from suno_tui.drafts import SongFolder
from suno_tui.errors import DamagedFile, SettingsError, StudioError
from suno_tui.home import Home, Lock, read_toml, write_toml
from suno_tui.settings import HOSTED, LOCAL, Settings, SpendSettings

if TYPE_CHECKING:
    from suno_tui.api.client import Client, Credits
    from suno_tui.library.store import Library
    from suno_tui.local import Service
    from suno_tui.player.player import Player
    from suno_tui.queue.listening import Listening
    from suno_tui.queue.money import Limit
    from suno_tui.queue.patience import Outcome
    from suno_tui.queue.records import Take, Task
    from suno_tui.queue.shell import Shell
    from suno_tui.queue.store import TaskStore


class Quote(NamedTuple):
    """What generating costs, in credits, before it is done; `reason` says why it can't be, and
    `warning` what the user should know first."""

    provider: str
    credits: int
    tasks: int
    reason: str | None = None
    warning: str | None = None

    @property
    def free(self) -> bool:
        return self.provider == LOCAL


class Studio:
    """A home that is open: settings, tasks, library, drafts, recipes and the player."""

    def __init__(self, home: Home, settings: Settings, env: Mapping[str, str]) -> None:
        self.home = home
        self.settings = settings
        self.env: Mapping[str, str] = Environment.of(env)
        self.opened_at = datetime.now(UTC)
        self.models: tuple[Model, ...] = settings.catalogue()
        self.provider = settings.provider_name(env)
        self.drafts = SongFolder(home.drafts)
        self.recipes = SongFolder(home.recipes)
        self._remembering = threading.Lock()

    @classmethod
    def open(cls, home: Home | None = None, env: Mapping[str, str] | None = None) -> Studio:
        """Open the home that the environment names, and make its folders.

        Raises `SettingsError` and `HomeError`.
        """
        env = Environment.of(env)
        home = home or Home.find(env)
        home.create()
        try:
            return cls(home, Settings.load(home), env)
        except DamagedFile as error:
            raise SettingsError(str(error)) from error

    @cached_property
    def tasks(self) -> TaskStore:
        """The queue's records."""
        from suno_tui.queue.store import TaskStore

        return TaskStore(self.home.queue)

    @cached_property
    def library(self) -> Library:
        """The tracks."""
        from suno_tui.library.store import Library

        return Library(self.home.library, trash=self.home.trash, cache=self.home.cache)

    @cached_property
    def player(self) -> Player:
        """Sound; opens no device before something plays."""
        from suno_tui.player.elsewhere import Command
        from suno_tui.player.player import Player

        command = self.settings.player.command
        if command:
            output = Command(command)
            return Player(output=lambda: output)
        return Player()

    def close(self) -> None:
        """Close what was opened. The worker goes on by itself."""
        for part in ("player", "tasks", "library"):
            if part in self.__dict__:
                self.__dict__.pop(part).close()

    def model(self, model_id: str) -> Model | None:
        """The model of that id on offer, or None."""
        return next((model for model in self.models if model.id == model_id), None)

    def problems(self, song: Song) -> tuple[Problem, ...]:
        """What keeps the song from being sent, by the models on offer here."""
        return song.problems([model.id for model in self.models])

    def quote(self, song: Song, count: int = 1) -> Quote:
        """What `count` tasks of the song cost here, and the own limit that forbids them, if any."""
        total = self._price(song) * count
        reason = None
        if total and self.has_limits:
            from suno_tui.queue.money import SpendLimitReached

            try:
                self.tasks.allow(self._limits(), total)
            except SpendLimitReached as error:
                reason = str(error)
        return Quote(self.provider, total, count, reason, self.key_warning)

    @property
    def key_warning(self) -> str | None:
        """A sentence if the key goes over the network where others can read it; else None."""
        if self.provider == LOCAL:
            return None
        base_url, _ = self.settings.provider_address(self.provider, self.env)
        # A provider always gets a key, which is not looked up for this: it may need a password.
        return plain_http_warning(base_url, True)

    def generate(
        self, song: Song, count: int = 1, *, callback_url: str | None = None
    ) -> list[Task]:
        """Queue the song `count` times and see to it that a worker runs.

        The records are on disk when this returns. Raises `InvalidSong` (nothing was queued) and
        `SpendLimitReached`.
        """
        if problems := self.problems(song):
            raise InvalidSong(problems)
        base_url = None
        if self.provider != LOCAL:
            base_url, announced = self.settings.provider_address(self.provider, self.env)
            callback_url = callback_url or announced
        queued = self.tasks.add_all(
            [song] * count,
            provider=self.provider,
            credits=self._price(song),
            callback_url=callback_url,
            base_url=base_url,
            account=self.shell.accounts.get(self.provider),
            limits=self._limits(),
        )
        self.wake()
        return queued

    def retry(self, id: str) -> Task:
        """As `TaskStore.retry`, within the user's own limits. Raises `NotNow` and
        `SpendLimitReached`."""
        return self.tasks.retry(id, limits=self._limits(), shell=self.shell)

    def wake(self) -> bool:
        """See to it that a worker runs for this home which knows what is known here; True unless
        none ran and one was started."""
        from suno_tui.queue.process import start_worker_of

        return start_worker_of(self.home, self.shell, self.tasks)

    @cached_property
    def shell(self) -> Shell:
        """What the environment says of keys and addresses, and the way to them."""
        from suno_tui.queue.shell import Shell

        providers = self.settings.providers
        variables = {name: [each.key_env] for name, each in providers.items() if each.key_env}
        variables[HOSTED] = [
            "SUNO_TUI_API_KEY", "SUNO_TUI_BASE_URL", *variables.get(HOSTED, [])
        ]  # fmt: skip
        addresses = {name: self.settings.provider_address(name, self.env)[0] for name in variables}
        return Shell.of(self.env, variables, addresses)

    def _price(self, song: Song) -> int:
        """Credits for one task of the song here."""
        model = self.model(song.model)
        return 0 if self.provider == LOCAL or model is None else model.credits

    @property
    def has_limits(self) -> bool:
        """Whether the user has set a limit of their own to what is spent."""
        return self.settings.spend != SpendSettings()

    def _limits(self) -> list[Limit]:
        """The user's own limits, as they are now."""
        from suno_tui.queue.money import Limit

        now, spend = datetime.now(UTC), self.settings.spend
        return [
            Limit(name, most, since, self.home.config_file)
            for name, most, since in (
                ("session", spend.session, self.opened_at),
                ("day", spend.day, now - timedelta(days=1)),
                ("month", spend.month, now - timedelta(days=30)),
            )
            if most is not None
        ]

    @asynccontextmanager
    async def connect(
        self, service: Service | None = None
    ) -> AsyncIterator[Callable[[str], Client]]:
        """Clients by the provider's name; `service` is the built-in one where it is open already.

        Settings and key are read anew for each client, so that what was mended counts. Asking for
        one raises `SettingsError` where its provider or key is missing.
        """
        from suno_tui.api.backoff import Limiter
        from suno_tui.api.client import Client
        from suno_tui.api.errors import NoKey

        limiter = Limiter(self.settings.queue.requests_per_second)
        clients: list[Client] = []
        service = service or self.local_service()

        def client(name: str) -> Client:
            if name == LOCAL:
                made = Client("http://local", None, transport=service.transport(), idempotent=True)
            else:
                settings = Settings.load(self.home)
                base_url, _ = settings.provider_address(name, self.env)
                key = settings.provider_key(name, self.env)
                if key is None:
                    raise NoKey(
                        f"Provider {name!r} needs an API key: set SUNO_TUI_API_KEY, or key, "
                        f"key_file or key_command under [providers.{name}] in "
                        f"{self.home.config_file}."
                    )
                made = Client(base_url, key, env=self.env, limiter=limiter)
            clients.append(made)
            return made

        try:
            yield client
        finally:
            for made in clients:
                await made.aclose()
            service.close()

    async def work(
        self,
        *,
        stay: bool = False,
        patience: float | None = None,
        detached: bool = False,
        listening: Listening | None = None,
    ) -> Outcome:
        """Do what the queue owes, as the only worker of this home (`suno-tui work`).

        SIGTERM, SIGINT and (where not detached) SIGHUP end it cleanly; whatever it had begun goes
        on next time.
        """
        from suno_tui.queue.process import run_until_signal
        from suno_tui.queue.worker import Worker

        service = self.local_service()
        async with self.connect(service) as connect:
            worker = Worker(
                self.tasks,
                connect=connect,
                file_take=self.file_take,
                keep_take=self.keep_take,
                downloads=self.home.data / "downloads",
                settings=self.settings.queue,
                lock=Lock(self.home.worker_lock, note=self.shell.note),
                shell=self.shell,
                leaves=detached,
                # Music is made only by the one that works, not by those that wait for its lock.
                around=lambda: service,
                listening=listening,
                cancel={LOCAL: service.cancel},
            )
            return await run_until_signal(worker, stay=stay, patience=patience, detached=detached)

    def keep_take(self, task: Task, take: Take, audio: Path, cover: Path | None) -> str:
        """As `file_take`, whatever the audio is: nothing better will come."""
        return self.file_take(task, take, audio, cover, whole=False)

    def file_take(
        self, task: Task, take: Take, audio: Path, cover: Path | None, *, whole: bool = True
    ) -> str:
        """Put a take into the library; returns its track's id. The same take again is one track.

        With `whole` off it is filed as it came, if it can't be proved to be whole.
        """
        track = self.library.add(
            song=task.song,
            provider=task.provider,
            model=task.song.model,
            task_id=task.task_id or task.id,
            queue_id=task.id,
            take=take.number,
            title=take.title or task.title,
            tags=take.tags or task.song.style,
            lyrics=take.lyrics,
            created_at=task.created_at,
            audio=audio,
            cover=cover,
            whole=whole,
            as_it_came=not whole,
        )
        return track.id

    def filed_records(self) -> list[dict[str, Any]]:
        """Return what the queue knows of each take, by the keys of a track's text file."""
        from suno_tui.library.track import identify

        found = []
        for task in self.tasks.all(forgotten=True):
            task_id = task.task_id or task.id
            facts = {
                "style": task.song.style if task.song.custom_mode else "",
                "created_at": task.created_at,
                "provider": task.provider,
                "model": task.song.model,
                "task_id": task_id,
                "queue_id": task.id,
                "song": {k: v for k, v in task.song.to_table().items() if v is not None},
            }
            found += [
                facts
                | {
                    "id": take.track_id or identify(task.provider, task_id, take.number),
                    "title": take.title or task.title,
                    "tags": take.tags or task.song.style,
                    "lyrics": take.lyrics,
                    "take": take.number,
                }
                for take in task.takes
            ]
        return found

    def local_service(self) -> Service:
        """The built-in provider, as the owner uses it: free of charge."""
        from suno_tui.local import Service

        self.choose_soundfont()
        return Service(
            self.home.local,
            credits_per_task=0,
            workers=self.settings.local.workers,
            target_seconds=self.settings.local.target_seconds,
        )

    def choose_soundfont(self) -> None:
        """Tell the engine's processes, which inherit the environment, which SoundFont is wanted."""
        if self.settings.local.soundfont:
            os.environ.setdefault("SUNO_TUI_SOUNDFONT", self.settings.local.soundfont)

    def soundfont_trouble(self) -> str | None:
        """Why the SoundFont that was named is not used, None where it is or none was named."""
        named = os.environ.get("SUNO_TUI_SOUNDFONT") or self.settings.local.soundfont or ""
        if named in ("", "off"):
            return None
        from suno_tui.local.music.synth.fontfile import check

        try:
            check(Path(named).expanduser())
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error)
        else:
            return None
        return f"{named}: {why}. The engine plays its own acoustic instruments."

    @property
    def served(self) -> Path:
        """The folder of the service that `suno-tui serve` runs, apart from the owner's own use."""
        return self.home.local / "served"

    async def credits(self) -> Credits:
        """The balance at the provider in use. Raises `SettingsError`, `ProviderError`."""
        async with self.connect() as client:
            return await client(self.provider).credits()

    def remembered(self) -> dict[str, Any]:
        """What the screen wrote down at its last end; empty where that is lost or damaged."""
        try:
            return read_toml(self.home.state_file)
        except (DamagedFile, StudioError):
            return {}

    def remember(self, **values: Any) -> None:
        """Write down what the screen wants to find again (theme, volume, pane)."""
        with self._remembering:
            write_toml(self.home.state_file, self.remembered() | values)
