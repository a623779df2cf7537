"""The facade for views (the screen and the commands) over the packages below.

Parts that cost time or memory are opened at their first use, so that a command pays only for what
it needs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from suno_tui.common.atomic_files import read_toml, write_toml
from suno_tui.common.errors import DamagedFile, SettingsError, StudioError
from suno_tui.common.made_once import made_once
from suno_tui.common.paths import Home
from suno_tui.common.secret import Environment, plain_http_warning
from suno_tui.config.settings import HOSTED, LOCAL, Settings
from suno_tui.config.tables import SpendSettings
from suno_tui.drafts import SongFolder
from suno_tui.offers import Quote
from suno_tui.providers.capabilities import Capabilities
from suno_tui.providers.song import InvalidSong, Song
from suno_tui.studio_providers import StudioProviders

if TYPE_CHECKING:
    from suno_tui.library.store import Library
    from suno_tui.library.track import Origin, Track
    from suno_tui.listener.routing import RoutedPlayer
    from suno_tui.server.replays import Replay
    from suno_tui.server.service import Service
    from suno_tui.tasks.models import Task
    from suno_tui.tasks.patience import Outcome
    from suno_tui.tasks.shell import Shell
    from suno_tui.tasks.spending import Budget, Limit
    from suno_tui.tasks.store import TaskStore


class Studio(StudioProviders):
    """An open home: settings, tasks, library, drafts, recipes and the player."""

    def __init__(self, home: Home, settings: Settings, env: Mapping[str, str]) -> None:
        self.home = home
        self.settings = settings
        self.env: Mapping[str, str] = Environment.of(env)
        self.opened_at = datetime.now(UTC)
        settings.catalogue()  # raises if it leaves no model
        self.provider = settings.provider_name(env)
        """The provider of new songs."""
        self.song_provider: str | None = None
        """The provider of the song that is being written; None for `provider`."""
        self.drafts = SongFolder(home.drafts)
        self.recipes = SongFolder(home.recipes)
        self.on_sound: Callable[[], None] = lambda: None
        """Called from another thread after a listener has reported what plays there."""
        self._remembering = threading.Lock()
        self._capabilities: dict[str, Capabilities] = {}
        """The capabilities by provider, as far as they were needed."""

    @classmethod
    def open(cls, home: Home | None = None, env: Mapping[str, str] | None = None) -> Studio:
        """Open `home`, else the home that the environment names, and create its folders.

        Raises `SettingsError` and `HomeError`.
        """
        env = Environment.of(env)
        home = home or Home.find(env)
        home.create()
        try:
            return cls(home, Settings.load(home), env)
        except DamagedFile as error:
            raise SettingsError(str(error)) from error

    @made_once
    def tasks(self) -> TaskStore:
        """The queue's records."""
        from suno_tui.tasks.store import TaskStore

        return TaskStore(self.home.queue)

    @made_once
    def library(self) -> Library:
        """The tracks."""
        from suno_tui.library.store import Library

        return Library(self.home.library, trash=self.home.trash, cache=self.home.cache)

    @made_once
    def player(self) -> RoutedPlayer:
        """The player. It opens no device and looks for no listener before something plays."""
        from suno_tui.listener.routing import RoutedPlayer
        from suno_tui.listener.sockets import listeners_folder
        from suno_tui.player.external_output import CommandOutput
        from suno_tui.player.player import Player
        from suno_tui.sound import home_player, known_files

        command = self.settings.player.command
        here = Player(output=partial(CommandOutput, command)) if command else Player()
        keep = self.settings.player.keep_playing
        player = RoutedPlayer(
            here,
            folder=lambda: listeners_folder(self.env),
            studio=self.sound_id,
            kilobits=self.settings.player.send_kbps,
            files=known_files(lambda: self.library),
            home=home_player(self.env, self.sound_id, wanted=keep),
        )
        player.on_change = lambda: self.on_sound()
        return player

    @property
    def sound_id(self) -> str:
        """The id of this home for listeners."""
        from suno_tui.listener.sockets import home_id

        return home_id(self.home.data)

    def may_play_already(self) -> bool:
        """Return whether a listener may be playing already; costs reading a folder."""
        from suno_tui.sound import has_listeners

        return self.settings.player.keep_playing or has_listeners(self.env, self.sound_id)

    def close(self) -> None:
        """Close the parts that were opened. The worker keeps running."""
        for part in ("player", "tasks"):
            if part in self.__dict__:
                self.__dict__.pop(part).close()
        if "library" in self.__dict__:
            self.library.close()  # it stays: a thread that is late would open another one

    def replay(self, track: Track) -> Replay:
        """Return how to make a track again (`server/replays.py`); may take a moment."""
        from suno_tui.server.replays import replay_of

        self.choose_sounds()
        known = track.provider in self.providers
        can = self.capabilities(track.provider) if known else None
        return replay_of(track, can, target_seconds=self.settings.local.target_seconds)

    def reload_settings(self) -> None:
        """Read `config.toml` again after a provider was changed. Raises `SettingsError`."""
        self.settings = Settings.load(self.home)
        self.settings.catalogue()
        self.provider = self.settings.provider_name(self.env)
        if self.song_provider not in self.providers:
            self.song_provider = None
        self.__dict__.pop("shell", None)
        self._capabilities.clear()

    def quote(self, song: Song, count: int = 1, provider: str | None = None) -> Quote:
        """Return the price of `count` tasks of the song, and the limit that forbids them.

        `provider` is None for the provider of the song that is being written.
        """
        name = provider or self.current_provider
        total = self.price(song, name) * count
        reason = None
        if total and self.has_limits:
            from suno_tui.tasks.spending import SpendLimitReached

            try:
                self.tasks.allow(self._limits(), total, None)
            except SpendLimitReached as error:
                reason = str(error)
        can, model = self.capabilities(name), self.model_of(song, name)
        takes = song.takes if song.takes in model.takes else model.takes[0]
        return Quote(
            name,
            total,
            count,
            reason,
            self._key_warning(name),
            name != self.provider,
            free=can.free,
            credit=can.credit,
            takes=takes * count,
        )

    @property
    def key_warning(self) -> str | None:
        """A warning if others can read the key on the network; else None."""
        return self._key_warning(self.current_provider)

    def _key_warning(self, provider: str) -> str | None:
        if provider == LOCAL:
            return None
        base_url, _ = self.settings.provider_address(provider, self.env)
        # Don't read the key for this, since that may ask for a password.
        return plain_http_warning(base_url, self.may_have_key(provider))

    def generate(
        self,
        song: Song,
        count: int = 1,
        *,
        callback_url: str | None = None,
        provider: str | None = None,
        origin: Origin | None = None,
    ) -> list[Task]:
        """Queue the song `count` times and start a worker if none runs.

        `provider` is None for the provider of the song that is being written; `origin` is the track
        that the song is made from, None for the one that it carries on from. The records are on
        disk when this returns. Raises `InvalidSong`, `SourceTrouble` and `SpendLimitReached`;
        nothing was queued then.
        """
        return self.generate_all(
            [song] * count, callback_url=callback_url, provider=provider, origin=origin
        )

    def generate_all(
        self,
        songs: Sequence[Song],
        *,
        callback_url: str | None = None,
        provider: str | None = None,
        origin: Origin | None = None,
        requester: str = "",
        budget: Budget | None = None,
        keys: Sequence[str] = (),
    ) -> list[Task]:
        """Queue songs of the same price, all or none; see `generate`.

        `requester` pays, within `budget`. A song whose key in `keys` was used before is not queued
        again (`TaskStore.add_all`).
        """
        name = provider or self.current_provider
        for song in dict.fromkeys(songs):
            if problems := self.problems(song, name):
                raise InvalidSong(problems)
        marks = {}
        if any(song.way for song in songs):
            from suno_tui.tasks.sources import marks_of

            marks = marks_of(self.library, songs)
        base_url, can = None, self.capabilities(name)
        if name != LOCAL:
            base_url, announced = self.settings.provider_address(name, self.env)
            callback_url = callback_url or announced
        queued = self.tasks.add_all(
            songs,
            provider=name,
            credits=self.price(songs[0], name),
            callback_url=callback_url,
            base_url=base_url,
            account=self.shell.accounts.get(name),
            credit=can.credit,
            url_life=can.url_life,
            limits=self._limits(budget),
            origin=origin,
            requester=requester,
            keys=keys,
            source_marks=marks,
        )
        self.wake()
        return queued

    def retry(self, id: str, *, requester: str = "", budget: Budget | None = None) -> Task:
        """Retry a task, within the user's own limits and the budget (`TaskStore.retry`).

        Raises `NotNow` and `SpendLimitReached`.
        """
        limits = self._limits(budget)
        return self.tasks.retry(id, limits=limits, shell=self.shell, requester=requester)

    def wake(self) -> bool | None:
        """Start a worker for this environment if none runs; see `start_worker`."""
        from suno_tui.tasks.worker_starter import start_worker_of

        return start_worker_of(self.home, self.shell, self.tasks)

    @cached_property
    def shell(self) -> Shell:
        """The keys, addresses and proxies of the environment."""
        from suno_tui.tasks.shell import Shell

        providers = self.settings.providers
        variables = {name: [each.key_env] for name, each in providers.items() if each.key_env}
        variables[HOSTED] = [
            "SUNO_TUI_API_KEY", "SUNO_TUI_BASE_URL", *variables.get(HOSTED, [])
        ]  # fmt: skip
        addresses = {name: self.settings.provider_address(name, self.env)[0] for name in variables}
        return Shell.of(self.env, variables, addresses)

    def price(self, song: Song, provider: str) -> int:
        """Return the price of one task of the song at a provider, in credits."""
        model = self.capabilities(provider).model(song.model)
        return 0 if model is None else model.carrying(song.way).credits

    @property
    def has_limits(self) -> bool:
        """Whether the user has set a spending limit."""
        return self.settings.spend != SpendSettings()

    def _limits(self, budget: Budget | None = None) -> list[Limit | Budget]:
        """Return the user's own limits, as of now, and the requester's budget."""
        from suno_tui.tasks.spending import Limit

        now, spend = datetime.now(UTC), self.settings.spend
        limits: list[Limit | Budget] = [
            Limit(name, most, since, self.home.config_file)
            for name, most, since in (
                ("session", spend.session, self.opened_at),
                ("day", spend.day, now - timedelta(days=1)),
                ("month", spend.month, now - timedelta(days=30)),
            )
            if most is not None
        ]
        return limits if budget is None else [*limits, budget]

    async def work(
        self,
        *,
        stay: bool = False,
        patience: float | None = None,
        detached: bool = False,
        callback_listen: str | None = None,
        callback_url: str | None = None,
    ) -> Outcome:
        """Run the only worker of this home until the queue is done (`suno-tui work`).

        It ends after `patience` seconds with nothing but failures; with `stay` it waits for more
        work. It receives callbacks on `callback_listen` (`HOST:PORT`), which the public
        `callback_url` leads to; raises `UsageError` for one without the other. SIGTERM, SIGINT and,
        unless it is detached, SIGHUP end it cleanly; the next worker continues its tasks.
        """
        from suno_tui.worker.callback_hints import CallbackAddress
        from suno_tui.worker.process import run_worker

        callbacks = CallbackAddress.read(callback_listen, callback_url)
        return await run_worker(
            self.home,
            self.settings,
            self.env,
            store=self.tasks,
            library=lambda: self.library,
            service=self.local_service(),
            shell=self.shell,
            stay=stay,
            patience=patience,
            detached=detached,
            callbacks=callbacks,
        )

    def take_records(self) -> list[dict[str, Any]]:
        """Return the facts of every take in the queue, under the keys of a track file."""
        from suno_tui.tasks.filing import take_records

        return take_records(self.tasks)

    def local_service(self) -> Service:
        """Return the owner's built-in provider, which is free of charge."""
        from suno_tui.server.service import Service

        self.choose_sounds()
        return Service(
            self.home.local,
            credits_per_task=0,
            workers=self.settings.local.workers,
            target_seconds=self.settings.local.target_seconds,
        )

    def choose_sounds(self) -> None:
        """Put SoundFont and voice into the environment, which the engine's processes inherit."""
        from suno_tui.server.engine_files import choose

        choose(self.settings.local)

    @property
    def served(self) -> Path:
        """The folder of the service that `suno-tui serve` runs, separate from the owner's."""
        return self.home.local / "served"

    def remembered(self) -> dict[str, Any]:
        """Return what the screen saved when it last ended; empty if that is lost or damaged."""
        try:
            return read_toml(self.home.state_file)
        except (DamagedFile, StudioError):
            return {}

    def remember(self, **values: Any) -> None:
        """Save what the screen needs at its next start (theme, volume, pane).

        The next start can do without it, so this doesn't wait for the disk.
        """
        with self._remembering:
            write_toml(self.home.state_file, self.remembered() | values, sync=False)
