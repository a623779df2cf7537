"""The settings: one schema for `config.toml`, its error messages and the settings screen.

`config.toml` belongs to the user, and only `config_file.py` changes it. Environment variables
(`docs/cli.md`) override the file. A key is stored only in `config.toml`, and never shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from suno_tui.common.atomic_files import read_toml
from suno_tui.common.errors import DamagedFile, SettingsError
from suno_tui.common.paths import Home
from suno_tui.common.secret import Environment, Secret
from suno_tui.common.trust import written_by_others
from suno_tui.config.mistakes import is_unknown, mistake, nearest, without
from suno_tui.config.provider_keys import read_key, require_private
from suno_tui.config.tables import (
    STRICT,
    LocalSettings,
    ModelSettings,
    PlayerSettings,
    ProviderSettings,
    QueueSettings,
    ScreenSettings,
    SpendSettings,
    SshSettings,
    WriterSettings,
    setting,
)
from suno_tui.config.validation_cache import fingerprint, remember_valid, was_valid
from suno_tui.providers.capabilities import Capabilities, Model
from suno_tui.providers.dialect import Facts
from suno_tui.providers.tables import TABLES
from suno_tui.providers.tables.suno import LOCAL as BUILT_IN
from suno_tui.providers.tables.suno import PRICE, SUNO

LOCAL = "local"
HOSTED = "hosted"

T = TypeVar("T")


def _table(kind: type[T]) -> Any:
    return field(default_factory=kind)


class _Trust:
    """Whether commands in `config.toml` may be run."""

    untrusted: str | None = None
    """Why they are not run; None if they are."""


class _Unknown:
    """What `config.toml` contains besides the settings."""

    unknown: tuple[str, ...] = ()
    """Sentences about keys that are not settings, and are ignored."""


@dataclass(slots=True, kw_only=True, repr=False)
class Settings(_Trust, _Unknown):
    """All settings of `config.toml`."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    provider: str | None = setting(
        None, "The provider to use; unset: hosted if there is a key, else local."
    )
    providers: dict[str, ProviderSettings] = _table(dict)
    models: dict[str, ModelSettings] = _table(dict)
    queue: QueueSettings = _table(QueueSettings)
    spend: SpendSettings = _table(SpendSettings)
    local: LocalSettings = _table(LocalSettings)
    screen: ScreenSettings = _table(ScreenSettings)
    player: PlayerSettings = _table(PlayerSettings)
    writer: WriterSettings = _table(WriterSettings)
    ssh: dict[str, SshSettings] = _table(dict)
    keymap: dict[str, str] = field(
        default_factory=dict,
        metadata={"description": "Keys by action id, such as `zoom = 'Z,ctrl+r'`."},
    )

    @classmethod
    def load(cls, home: Home) -> Settings:
        """Read `config.toml`. Raises a `SettingsError` that lists every wrong value.

        A setting that does not exist is ignored, and `unknown` says so. If other users can write
        to the file, its commands are not run, and `untrusted` says why.
        """
        seen = fingerprint(home)
        try:
            table = _with_secrets(read_toml(home.config_file))
        except DamagedFile as error:
            # Without the cause: the parser's frames hold the whole text, which may contain a key.
            raise DamagedFile(error.path, error.why) from None
        # Most homes have no settings, or the same ones as at the last start.
        settings = _unchecked(table) if not table or was_valid(home, seen) else None
        if settings is None:
            settings = cls.from_table(home, table)
            if not settings.unknown and _unchecked(table) == settings:
                remember_valid(home, seen)
        else:
            _refuse_commands_of_others(home, settings)
        keys = [provider.key for provider in settings.providers.values()]
        if any((*keys, settings.writer.key)):
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
        """Return what a provider can do, by its dialect, the facts it reported, and `[models]`.

        Raises `SettingsError` for an unknown name.
        """
        found = BUILT_IN if name == LOCAL else TABLES[self.dialect(name)]
        if facts:
            from suno_tui.providers.dialects import dialect_of

            found = dialect_of(self.dialect(name), facts).capabilities
        return replace(found, models=self.catalogue(found))

    def catalogue(self, known: Capabilities = SUNO) -> tuple[Model, ...]:
        """Return the models of a provider with the changes from `[models]`.

        Models are added only to providers of the dialect `suno`; others report their models or
        have a table of them. Raises `SettingsError` if none is left.
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
            raise SettingsError("[models] retires every model. Keep at least one to generate with.")
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
        """Return the key of a provider; None if it has none. May run the user's command.

        Raises `SettingsError` for an unknown name or a key that can't be read.
        """
        env = Environment.of(env)
        named = env.secret("SUNO_TUI_API_KEY") if name == HOSTED else None
        return named or read_key(f"provider {name!r}", self._entry(name), env, self.untrusted)

    def writer_key(self, env: Mapping[str, str] | None = None) -> Secret | None:
        """Return the key of the writer's server; None if it has none. May run the user's command.

        Raises `SettingsError` for a key that can't be read.
        """
        env = Environment.of(env)
        named = env.secret("SUNO_TUI_WRITER_KEY")
        return named or read_key("the writer", self.writer, env, self.untrusted)

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
        elif name == "writer":
            tables[name] = WriterSettings(**_with_path(values))
        elif name in ("provider", "keymap"):
            tables[name] = values
        else:
            tables[name] = type(getattr(Settings(), name))(**values)
    return Settings(**tables)


def _provider(entry: Mapping[str, Any]) -> ProviderSettings:
    return ProviderSettings(**_with_path(entry))


def _with_path(entry: Mapping[str, Any]) -> dict[str, Any]:
    file = entry.get("key_file")
    return {**entry, "key_file": Path(file) if file is not None else None}


def _refuse_commands_of_others(home: Home, settings: Settings) -> None:
    """Drop the commands if other users could have written them."""
    command = settings.player.command
    commands = (
        command
        or settings.writer.key_command
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
    entries = list(providers.values()) if isinstance(providers, dict) else []
    for entry in (*entries, table.get("writer")):
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
