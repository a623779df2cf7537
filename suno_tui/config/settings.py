"""The settings: one schema for `config.toml`, its error messages and the settings screen.

`config.toml` belongs to the user; `config_file.py` alone changes it. Environment variables
(`docs/cli.md`) override the file. A key is stored in `config.toml` only, and never shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from suno_tui.common.atomic_files import read_toml
from suno_tui.common.errors import DamagedFile, SettingsError
from suno_tui.common.paths import Home
from suno_tui.common.secret import Environment, Secret
from suno_tui.common.trust import written_by_others
from suno_tui.config.mistakes import is_unknown, mistake, nearest, without
from suno_tui.config.provider_keys import read_key, require_private
from suno_tui.config.validation_cache import fingerprint, remember_valid, was_valid
from suno_tui.config.within import Within
from suno_tui.providers.capabilities import Capabilities, Model
from suno_tui.providers.dialect import Facts
from suno_tui.providers.tables import TABLES, DialectName
from suno_tui.providers.tables.suno import LOCAL as BUILT_IN
from suno_tui.providers.tables.suno import PRICE, SUNO

HOSTED_BASE_URL = "https://api.aivideoapi.ai"
LOCAL = "local"
HOSTED = "hosted"

T = TypeVar("T")
# The tables below have no `repr`, which would show a key. They are not frozen, because creating
# frozen dataclasses would take most of the time that importing this module takes.
STRICT = {"extra": "forbid", "hide_input_in_errors": True}
"""Pydantic's rules: an unknown key is an error, and no error shows the value: it may be a key."""


def _setting(default: Any, description: str) -> Any:
    return field(default=default, metadata={"description": description})


def _table(kind: type[T]) -> Any:
    return field(default_factory=kind)


Pictures = Literal["auto", "kitty", "sixel", "blocks", "off"]
"""How covers are drawn."""


@dataclass(slots=True, kw_only=True, repr=False)
class ProviderSettings:
    """A provider: `[providers.NAME]`."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    dialect: DialectName = _setting("suno", "The API that it speaks.")
    base_url: str = _setting(HOSTED_BASE_URL, "The provider's address, without `/v1`.")
    key: Secret | None = _setting(None, "The API key itself; keep the file 0600.")
    key_env: str | None = _setting(None, "The environment variable that holds the key.")
    key_file: Path | None = _setting(None, "A file (0600) that holds the key.")
    key_command: list[str] | None = _setting(
        None, 'A command that prints the key, such as ["pass", "suno"].'
    )
    callback_url: str | None = _setting(
        None, "Where the provider reports the end of a task. Polling continues."
    )
    website: str | None = _setting(None, "The web page where you top up.")


@dataclass(slots=True, kw_only=True, repr=False)
class ModelSettings:
    """A model that was added or changed: `[models.ID]`."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    label: str | None = _setting(None, "Its name on the screen.")
    note: str = _setting("", "What it is good at.")
    credits: Annotated[int, Within(0)] | None = _setting(
        None, "What one task costs, in credits; unset: 24, or what the provider says."
    )
    retired: bool = _setting(False, "Stop offering it.")


@dataclass(slots=True, kw_only=True, repr=False)
class QueueSettings:
    """How the worker treats providers: `[queue]`."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    requests_per_second: Annotated[float, Within(most=100, above=0)] = _setting(
        5, "At most so many, in the whole program."
    )
    downloads: Annotated[int, Within(1, 32)] = _setting(4, "Files fetched at the same time.")
    poll_seconds: Annotated[float, Within(0.1, 60)] = _setting(
        3, "First wait between two polls, in seconds."
    )
    poll_most_seconds: Annotated[float, Within(0.1, 300)] = _setting(
        15, "Longest wait between two polls, in seconds."
    )


@dataclass(slots=True, kw_only=True, repr=False)
class SpendSettings:
    """Your own limits in credits (24 are $0.12); unset is no limit: `[spend]`."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    session: Annotated[int, Within(0)] | None = _setting(
        None, "Since the studio or command started."
    )
    day: Annotated[int, Within(0)] | None = _setting(None, "In the last 24 hours.")
    month: Annotated[int, Within(0)] | None = _setting(None, "In the last 30 days.")


@dataclass(slots=True, kw_only=True, repr=False)
class LocalSettings:
    """The built-in provider: `[local]`."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    workers: Annotated[int, Within(0, 16)] = _setting(0, "Takes made at once; 0 chooses by memory.")
    target_seconds: Annotated[float, Within(5, 480)] | None = _setting(
        None, "Length of a take; unset: as style and lyrics suggest."
    )
    soundfont: str | None = _setting(
        None, "A SoundFont (.sf2) for acoustic instruments; off: none; unset: the system's."
    )


@dataclass(slots=True, kw_only=True, repr=False)
class ScreenSettings:
    """What the screen does: `[screen]`."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    theme: str | None = _setting(None, "A theme's name; unset: the last one chosen.")
    ask_before_generate: bool = _setting(True, "Show what is sent and its cost first.")
    notify: Literal["off", "bell", "terminal"] = _setting(
        "terminal", "How you hear that a song is ready: bell; terminal: its notifications, too."
    )
    pictures: Pictures = _setting(
        "auto", "How covers are drawn; auto asks the terminal. Blocks cost the fewest bytes."
    )


@dataclass(slots=True, kw_only=True, repr=False)
class PlayerSettings:
    """Sound: `[player]`."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    volume: Annotated[int, Within(0, 100)] = _setting(80, "In percent, at the first start.")
    winner_rating: Annotated[int, Within(0, 5)] = _setting(
        4, "Stars for the take you keep after A/B, unless it has more."
    )
    command: list[str] | None = _setting(
        None,
        "A command that receives the sound (signed 16 bit, stereo, 44,100 Hz) and plays it where "
        'you are, such as ["ssh", "laptop", "aplay", "-q", "-f", "cd"].',
    )
    stream_port: Annotated[int, Within(0, 65535)] = _setting(
        8766, "The loopback port that the stream tries first; 0: any."
    )
    send_ahead: bool = _setting(
        True, "Send new takes to the listener while idle; off saves bytes on metered connections."
    )
    send_kbps: Annotated[int, Within(0, 1_000_000)] = _setting(
        0, "The most kbit/s at which music is sent to the listener; 0: what the connection takes."
    )
    listener_cache: Annotated[int, Within(10, 1_000_000)] = _setting(
        1000, "Megabytes of music that `suno-tui listen` keeps on this machine."
    )


@dataclass(slots=True, kw_only=True, repr=False)
class SshSettings:
    """A machine that `suno-tui ssh` connects to: `[ssh.HOST]`."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    command: list[str] | None = _setting(
        None, 'How suno-tui is started there, such as ["/opt/music/bin/suno-tui"].'
    )


class _Trust:
    """Whether commands in `config.toml` may be run."""

    untrusted: str | None = None
    """Why they are not run; None if they are."""


class _Unknown:
    """What `config.toml` holds beside the settings."""

    unknown: tuple[str, ...] = ()
    """Sentences on the settings that do not exist; they are ignored."""


@dataclass(slots=True, kw_only=True, repr=False)
class Settings(_Trust, _Unknown):
    """All settings of `config.toml`."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    provider: str | None = _setting(
        None, "The provider to use; unset: hosted if there is a key, else local."
    )
    providers: dict[str, ProviderSettings] = _table(dict)
    models: dict[str, ModelSettings] = _table(dict)
    queue: QueueSettings = _table(QueueSettings)
    spend: SpendSettings = _table(SpendSettings)
    local: LocalSettings = _table(LocalSettings)
    screen: ScreenSettings = _table(ScreenSettings)
    player: PlayerSettings = _table(PlayerSettings)
    ssh: dict[str, SshSettings] = _table(dict)
    keymap: dict[str, str] = field(
        default_factory=dict,
        metadata={"description": "Keys by action id, such as `zoom = 'Z,ctrl+r'`."},
    )

    @classmethod
    def load(cls, home: Home) -> Settings:
        """Read `config.toml`. Raises `SettingsError` that lists every wrong value.

        A setting that does not exist is ignored, and `unknown` says so. If other users can write
        to the file, its commands are not run, and `untrusted` is why.
        """
        seen = fingerprint(home)
        try:
            table = _with_secrets(read_toml(home.config_file))
        except DamagedFile as error:
            # The parser's frames hold the whole text, which may contain a key.
            raise DamagedFile(error.path, error.why) from None
        # Most homes have no settings, or the same ones as at the last start.
        settings = _unchecked(table) if not table or was_valid(home, seen) else None
        if settings is None:
            settings = cls.from_table(home, table)
            if not settings.unknown and _unchecked(table) == settings:
                remember_valid(home, seen)
        else:
            _refuse_commands_of_others(home, settings)
        if any(provider.key for provider in settings.providers.values()):
            require_private(home.config_file)
        for name in settings.providers:
            if name == LOCAL:
                raise SettingsError(
                    f"{home.config_file}: `local` is the built-in provider; choose another name."
                )
        return settings

    @classmethod
    def from_table(cls, home: Home, table: Mapping[str, Any]) -> Settings:
        from pydantic import TypeAdapter, ValidationError

        unknown: list[str] = []
        try:
            settings = TypeAdapter(cls).validate_python(table)
        except ValidationError as error:
            mistakes = error.errors()
            lines = list(dict.fromkeys(mistake(found, _fields) for found in mistakes))
            if not all(is_unknown(found) for found in mistakes):
                text = "\n".join(f"  {line}" for line in lines)
                raise SettingsError(f"{home.config_file}:\n{text}") from None
            unknown = lines
        if unknown:
            settings = TypeAdapter(cls).validate_python(
                without(table, [found["loc"] for found in mistakes])
            )
            settings.unknown = tuple(f"{home.config_file}: {line}" for line in unknown)
        _refuse_commands_of_others(home, settings)
        return settings

    def dialect(self, name: str) -> str:
        """Return the dialect of a provider. Raises `SettingsError` for an unknown name."""
        return "suno" if name == LOCAL else self._entry(name).dialect

    def capabilities(self, name: str, facts: Facts | None = None) -> Capabilities:
        """Return what a provider can do, by its dialect, by what it told, and by `[models]`.

        Raises `SettingsError` for an unknown name.
        """
        found = BUILT_IN if name == LOCAL else TABLES[self.dialect(name)]
        if facts:
            from suno_tui.providers.dialects import dialect_of

            found = dialect_of(self.dialect(name), facts).capabilities
        return replace(found, models=self.catalogue(found))

    def catalogue(self, known: Capabilities = SUNO) -> tuple[Model, ...]:
        """Return the models of a provider with the changes of `[models]`.

        Models are added to providers of the first dialect only; others tell theirs, or have a
        table of them. Raises `SettingsError` if none is left.
        """
        table = {model.id: model for model in known.models}
        adds = known is SUNO or known is BUILT_IN
        for name, changed in self.models.items():
            old = table.get(name)
            if changed.retired:
                table.pop(name, None)
            elif old is not None or adds:
                like = old or known.models[0]._replace(label=name, note="", credits=PRICE)
                price = like.credits if changed.credits is None else changed.credits
                table[name] = like._replace(
                    id=name,
                    label=changed.label or like.label,
                    note=changed.note or like.note,
                    credits=0 if known.free else price,
                )
        if not table:
            raise SettingsError("[models] retires every model: leave one to generate with.")
        return tuple(table.values())

    def provider_name(self, env: Mapping[str, str] | None = None) -> str:
        """Return the provider for new songs. Raises `SettingsError` for an unknown name."""
        env = Environment.of(env)
        name = env.get("SUNO_TUI_PROVIDER") or self.provider
        if not name:
            has_key = bool(env.secret("SUNO_TUI_API_KEY"))
            return HOSTED if has_key or HOSTED in self.providers else LOCAL
        known = [LOCAL, HOSTED, *self.providers]
        if name not in known:
            raise SettingsError(f"There is no provider {name!r}.{nearest(name, known)}")
        return name

    def provider_address(
        self, name: str, env: Mapping[str, str] | None = None
    ) -> tuple[str, str | None]:
        """Return the base URL and callback URL of a provider.

        Raises `SettingsError` for an unknown name.
        """
        env = Environment.of(env)
        entry = self._entry(name)
        named = env.get("SUNO_TUI_BASE_URL") if name == HOSTED else None
        return (named or entry.base_url).rstrip("/").removesuffix("/v1"), entry.callback_url

    def provider_key(self, name: str, env: Mapping[str, str] | None = None) -> Secret | None:
        """Return the key of a provider, None if it has none; may run the user's command.

        Raises `SettingsError` for an unknown name or a key that can't be read.
        """
        env = Environment.of(env)
        named = env.secret("SUNO_TUI_API_KEY") if name == HOSTED else None
        return named or read_key(name, self._entry(name), env, self.untrusted)

    def _entry(self, name: str) -> ProviderSettings:
        entry = self.providers.get(name)
        if entry is None and name != HOSTED:
            raise SettingsError(
                f"There is no provider {name!r} in the settings any more."
                f"{nearest(name, [LOCAL, HOSTED, *self.providers])}"
            )
        return entry or ProviderSettings()


def _unchecked(table: Mapping[str, Any]) -> Settings:
    """Return the settings of a file that is known to be valid, without pydantic."""
    tables: dict[str, Any] = {}
    for name, values in table.items():
        if name == "providers":
            tables[name] = {own: _provider(entry) for own, entry in values.items()}
        elif name == "models":
            tables[name] = {own: ModelSettings(**entry) for own, entry in values.items()}
        elif name == "ssh":
            tables[name] = {own: SshSettings(**entry) for own, entry in values.items()}
        elif name in ("provider", "keymap"):
            tables[name] = values
        else:
            tables[name] = type(getattr(Settings(), name))(**values)
    return Settings(**tables)


def _provider(entry: Mapping[str, Any]) -> ProviderSettings:
    file = entry.get("key_file")
    return ProviderSettings(**{**entry, "key_file": Path(file) if file is not None else None})


def _refuse_commands_of_others(home: Home, settings: Settings) -> None:
    """Drop the commands if other users could have written them."""
    command = settings.player.command
    commands = (
        command
        or any(entry.key_command for entry in settings.providers.values())
        or any(entry.command for entry in settings.ssh.values())
    )
    settings.untrusted = written_by_others(home.config_file) if commands else None
    if settings.untrusted:
        settings.player.command = None
        settings.ssh = {}


def _with_secrets(table: dict[str, Any]) -> dict[str, Any]:
    """Return the file's table with its keys wrapped in `Secret`."""
    providers = table.get("providers")
    for entry in providers.values() if isinstance(providers, dict) else ():
        if isinstance(entry, dict) and isinstance(entry.get("key"), str):
            entry["key"] = Secret(entry["key"])
    return table


def _fields(path: tuple[Any, ...]) -> list[str]:
    """Return the names that the table at this path may have."""
    if not path:
        return [each.name for each in fields(Settings)]
    tables = {"providers": ProviderSettings, "models": ModelSettings, "ssh": SshSettings}
    table = tables.get(path[0])
    kind = table or type(getattr(Settings(), str(path[0])))
    return [each.name for each in fields(kind)]
