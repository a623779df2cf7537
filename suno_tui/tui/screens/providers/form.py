"""The forms that add a provider, and change its address and key."""

from __future__ import annotations

import asyncio
import shlex
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from suno_tui.common.secret import Secret, plain_http_warning
from suno_tui.config.provider_edits import (
    add_provider,
    check_new,
    read_command,
    set_address,
    set_key,
    set_key_command,
    set_website,
)
from suno_tui.config.settings import HOSTED
from suno_tui.config.tables import ProviderSettings
from suno_tui.providers.errors import NetworkError, ProviderError
from suno_tui.providers.identify import HOSTS
from suno_tui.tui.dialogs.form import Field, FormDialog

if TYPE_CHECKING:
    from suno_tui.studio import Studio

_SAVED = "saved in config.toml (0600); or leave it empty"
_NO_KEY = "leave it empty, unless the server was started with one"
_ABOUT = (
    "The server is asked what it is: a provider of Suno songs, ACE-Step on your own machine, or a "
    "suno-tui serve."
)
_COMMAND = "prints the key, such as: pass show suno"


class _ProviderForm(FormDialog):
    """Fields of a provider. The key is written only if one was pasted."""

    def __init__(self, studio: Studio, title: str, fields: tuple[Field, ...], about: str) -> None:
        super().__init__(title, fields, about=about, done="save")
        self.studio = studio

    def foot(self, answers: dict[str, Any]) -> str:
        return plain_http_warning(answers["base_url"], True) or ""

    def write(self, name: str, answers: dict[str, Any]) -> None:
        home = self.studio.home
        if answers["key"]:
            set_key(home, name, Secret(answers["key"]))
        elif words := read_command(answers["command"]):
            set_key_command(home, name, words)


class AddProvider(_ProviderForm):
    """Adds a provider by its address. `answers_given` are the answers that were saved."""

    def __init__(
        self, studio: Studio, *, name: str = "", address: str = "", about: str = ""
    ) -> None:
        fields = (
            Field(
                "name", "Name", name, hint="what you call it, such as: mine", enter_goes_on=not name
            ),
            Field(
                "base_url",
                "Address",
                address,
                hint="https://api.kie.ai, or your own server",
                enter_goes_on=not name,
            ),
            Field("key", "Key", hint=_NO_KEY if name else _SAVED, secret=True),
            Field("command", "or command", hint=_COMMAND),
        )
        super().__init__(studio, "Add a provider", fields, about or _ABOUT)
        self.answers_given: dict[str, str] = {}
        self.local = bool(name)
        """Whether the provider is the user's own ACE-Step server."""

    def act(self, answers: dict[str, Any]) -> str:
        address = answers["base_url"].strip().rstrip("/")
        check_new(self.studio.home, answers["name"].strip() or "new", address)
        dialect = self._dialect(address, answers)
        name = answers["name"].strip() or self.studio.free_name(dialect)
        add_provider(self.studio.home, name, address, dialect)
        self.answers_given = {"name": name}
        self.write(name, answers)
        return ""

    def _dialect(self, address: str, answers: dict[str, Any]) -> str:
        """Return the dialect of the server; a guess if it doesn't answer, which a check reports."""
        command = read_command(answers["command"])
        key = Secret(answers["key"]) if answers["key"] else None
        source = ProviderSettings(base_url=address, key=key, key_command=command)
        try:
            return asyncio.run(self.studio.identify(source))
        except (NetworkError, ProviderError):
            return HOSTS.get(urlsplit(address).hostname or "", "acestep" if self.local else "suno")


class EditProvider(_ProviderForm):
    """Changes address, key and website of a provider."""

    def __init__(self, studio: Studio, name: str) -> None:
        self.provider = name
        entry = studio.settings.providers.get(name)
        address, _ = studio.settings.provider_address(name, studio.env)
        has_key = entry is not None and entry.key is not None
        command = shlex.join(entry.key_command) if entry and entry.key_command else ""
        fields = (
            Field("key", "Key", hint="unchanged unless you paste one" if has_key else _SAVED,
                  secret=True),
            Field("command", "or command", command, hint=_COMMAND),
            Field("base_url", "Address", address),
            Field("website", "Website", (entry.website or "") if entry else "", "where you top up"),
        )  # fmt: skip
        self.before = {field.name: field.value for field in fields}
        super().__init__(studio, f"Provider {name}", fields, self._about(studio, name))

    def _about(self, studio: Studio, name: str) -> str:
        if name == HOSTED and studio.env.get("SUNO_TUI_API_KEY"):
            return "SUNO_TUI_API_KEY is set in this shell and overrides a key that is saved here."
        live = [
            task
            for task in studio.tasks.live()
            if task.provider == name and task.accepted_at is not None
        ]
        if live:
            songs, them = (
                ("1 song is", "it") if len(live) == 1 else (f"{len(live)} songs are", "them")
            )
            return (
                f"{songs} being made there with the present key: a key of another account can't "
                f"download {them}."
            )
        return ""

    def act(self, answers: dict[str, Any]) -> str:
        home, name = self.studio.home, self.provider
        changed = {key for key, value in answers.items() if value.strip() != self.before[key]}
        if "base_url" in changed:
            set_address(home, name, answers["base_url"].strip())
        if "website" in changed:
            set_website(home, name, answers["website"].strip())
        if "command" not in changed:
            answers = answers | {"command": ""}
        self.write(name, answers)
        return f"Saved, in effect now: {name}"
