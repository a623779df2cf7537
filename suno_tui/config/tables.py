"""The tables of `config.toml`, each a class: names, types, bounds, defaults and what they do."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from suno_tui.common.secret import Secret
from suno_tui.config.address import Address
from suno_tui.config.within import Within
from suno_tui.providers.tables import DialectName

HOSTED_BASE_URL = "https://api.aivideoapi.ai"

# The tables below have no `repr`, which would show a key. They are not frozen, because creating
# frozen dataclasses would take most of this module's import time.
STRICT = {"extra": "forbid", "hide_input_in_errors": True}
"""Rules for pydantic: an unknown name is an error, and errors don't show values, such as a key."""


def setting(default: Any, description: str) -> Any:
    return field(default=default, metadata={"description": description})


Pictures = Literal["auto", "kitty", "sixel", "blocks", "off"]
"""How covers are drawn."""


@dataclass(slots=True, kw_only=True, repr=False)
class ProviderSettings:
    """A provider: `[providers.NAME]`."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    dialect: DialectName = setting("suno", "The API that it speaks.")
    base_url: str = setting(HOSTED_BASE_URL, "The provider's address, without `/v1`.")
    key: Secret | None = setting(None, "The API key itself; keep the file 0600.")
    key_env: str | None = setting(None, "The environment variable that holds the key.")
    key_file: Path | None = setting(None, "A file (0600) that holds the key.")
    key_command: list[str] | None = setting(
        None, 'A command that prints the key, such as ["pass", "suno"].'
    )
    callback_url: str | None = setting(
        None, "Where the provider reports the end of a task. Polling continues."
    )
    website: str | None = setting(None, "The web page where you top up.")


@dataclass(slots=True, kw_only=True, repr=False)
class ModelSettings:
    """A model that was added or changed: `[models.ID]`."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    label: str | None = setting(None, "Its name on the screen.")
    note: str = setting("", "What it is good at.")
    credits: Annotated[int, Within(0)] | None = setting(
        None, "What one task costs, in credits; unset: 24, or what the provider says."
    )
    retired: bool = setting(False, "Stop offering it.")


@dataclass(slots=True, kw_only=True, repr=False)
class QueueSettings:
    """How the worker treats providers: `[queue]`."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    requests_per_second: Annotated[float, Within(most=100, above=0)] = setting(
        5, "Limit of requests per second to all providers."
    )
    downloads: Annotated[int, Within(1, 32)] = setting(4, "Files fetched at the same time.")
    poll_seconds: Annotated[float, Within(0.1, 60)] = setting(
        3, "First wait between two polls, in seconds."
    )
    poll_most_seconds: Annotated[float, Within(0.1, 300)] = setting(
        15, "Longest wait between two polls, in seconds."
    )


@dataclass(slots=True, kw_only=True, repr=False)
class SpendSettings:
    """Your own limits in credits (24 are $0.12); unset is no limit: `[spend]`."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    session: Annotated[int, Within(0)] | None = setting(
        None, "Since the studio or command started."
    )
    day: Annotated[int, Within(0)] | None = setting(None, "In the last 24 hours.")
    month: Annotated[int, Within(0)] | None = setting(None, "In the last 30 days.")


@dataclass(slots=True, kw_only=True, repr=False)
class LocalSettings:
    """The built-in provider: `[local]`."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    workers: Annotated[int, Within(0, 16)] = setting(0, "Takes made at once; 0 chooses by memory.")
    target_seconds: Annotated[float, Within(5, 480)] | None = setting(
        None, "Length of a take; unset: as style and lyrics suggest."
    )
    soundfont: str | None = setting(
        None, "A SoundFont (.sf2) for recorded instruments; off: none; unset: the system's."
    )
    voice: str | None = setting(
        None, "Who sings: formant, flite, espeak-ng, hts or a voice's file; unset: the best here."
    )


@dataclass(slots=True, kw_only=True, repr=False)
class ScreenSettings:
    """What the screen does: `[screen]`."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    theme: str | None = setting(None, "A theme's name; unset: the last one chosen.")
    ask_before_generate: bool = setting(True, "Show what is sent and its cost first.")
    notify: Literal["off", "bell", "terminal"] = setting(
        "terminal", "How you hear that a song is ready: bell; terminal: its notifications, too."
    )
    pictures: Pictures = setting(
        "auto", "How covers are drawn; auto asks the terminal. Blocks cost the fewest bytes."
    )


@dataclass(slots=True, kw_only=True, repr=False)
class PlayerSettings:
    """Sound: `[player]`."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    volume: Annotated[int, Within(0, 100)] = setting(80, "In percent, at the first start.")
    winner_rating: Annotated[int, Within(0, 5)] = setting(
        4, "Stars for the take you keep after A/B, unless it has more."
    )
    command: list[str] | None = setting(
        None,
        "A command that receives the sound (signed 16 bit, stereo, 44,100 Hz) and plays it where "
        'you are, such as ["ssh", "laptop", "aplay", "-q", "-f", "cd"].',
    )
    keep_playing: bool = setting(False, "Let the music play on when the studio is closed.")
    stream_port: Annotated[int, Within(0, 65535)] = setting(
        8766, "The loopback port that the stream tries first; 0: any."
    )
    send_ahead: bool = setting(
        True, "Send new takes to the listener while idle; off saves bytes on metered connections."
    )
    send_kbps: Annotated[int, Within(0, 1_000_000)] = setting(
        0, "The most kbit/s at which music is sent to the listener; 0: what the connection takes."
    )
    listener_cache: Annotated[int, Within(10, 1_000_000)] = setting(
        1000, "Megabytes of music that `suno-tui listen` keeps on this machine."
    )


@dataclass(slots=True, kw_only=True, repr=False)
class WriterSettings:
    """A language model that helps with words; off until it has an address: `[writer]`."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    base_url: Annotated[str, Address()] | None = setting(
        None,
        "A server with OpenAI's chat completions, such as http://127.0.0.1:11434/v1 (Ollama).",
    )
    model: str | None = setting(None, "The model's name there; llama.cpp needs none.")
    key: Secret | None = setting(None, "The server's key itself; keep the file 0600.")
    key_env: str | None = setting(None, "The environment variable that holds the key.")
    key_file: Path | None = setting(None, "A file (0600) that holds the key.")
    key_command: list[str] | None = setting(
        None, 'A command that prints the key, such as ["pass", "writer"].'
    )


@dataclass(slots=True, kw_only=True, repr=False)
class SshSettings:
    """A machine that `suno-tui ssh` connects to: `[ssh.HOST]`."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    command: list[str] | None = setting(
        None, 'How suno-tui is started there, such as ["/opt/music/bin/suno-tui"].'
    )
