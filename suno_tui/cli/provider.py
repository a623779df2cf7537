"""`suno-tui provider`: list, add, test and choose providers."""

from __future__ import annotations

import asyncio
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from suno_tui.cli.opening import open_studio
from suno_tui.cli.output import print_json, print_line
from suno_tui.cli.parser import Options
from suno_tui.common.errors import StudioError, UsageError
from suno_tui.config.mistakes import nearest
from suno_tui.config.provider_edits import (
    add_provider,
    check_new,
    read_command,
    set_key_source,
    use_provider,
)
from suno_tui.config.settings import HOSTED, LOCAL
from suno_tui.config.tables import ProviderSettings

if TYPE_CHECKING:
    from suno_tui.studio import Studio


def run(options: Options) -> int:
    """Run the action; without one, list the providers."""
    with closing(open_studio()) as studio:
        if options.action == "add":
            return _add(options, studio)
        if options.action == "test":
            return _test(options, studio)
        if options.action == "use":
            _require_known(studio, options.name)
            use_provider(studio.home, options.name)
            print_line(f"New songs are made by {options.name}.")
            return 0
        return _list(options, studio)


def _list(options: Options, studio: Studio) -> int:
    for name in studio.providers:
        can = studio.capabilities(name)
        address = "" if name == LOCAL else studio.settings.provider_address(name, studio.env)[0]
        if options.json:
            print_json(
                {
                    "name": name,
                    "dialect": studio.settings.dialect(name),
                    "base_url": address or None,
                    "in_use": name == studio.provider,
                    "free": can.free,
                    "models": [model.id for model in can.models],
                }
            )
        else:
            mark = "*" if name == studio.provider else " "
            price = "free" if can.free else "paid"
            print_line(f"{mark} {name:12}", f"{price:4}", address or "built in")
    return 0


def _add(options: Options, studio: Studio) -> int:
    source = ProviderSettings(
        base_url=options.address.strip().rstrip("/"),
        key_env=options.key_env,
        key_file=Path(options.key_file) if options.key_file else None,
        key_command=read_command(options.key_command or ""),
    )
    check_new(studio.home, options.name or "new", source.base_url)
    dialect = options.dialect
    if dialect is None:
        dialect = asyncio.run(studio.identify(source))
    name = options.name or studio.free_name(dialect)
    add_provider(studio.home, name, source.base_url, dialect)
    set_key_source(studio.home, name, source)
    studio.reload_settings()
    print_line(f"Added {name}: it speaks {dialect}.")
    code = 0 if options.dialect else _print_state(options, studio, name)
    if options.use:
        use_provider(studio.home, name)
        print_line(f"New songs are made by {name}.")
    return code


def _test(options: Options, studio: Studio) -> int:
    name = options.name or studio.provider
    _require_known(studio, name)
    return _print_state(options, studio, name)


def _print_state(options: Options, studio: Studio, name: str) -> int:
    """Query a provider's state and print it. Return the command's exit code."""
    try:
        state = asyncio.run(studio.ask(name))
    except StudioError as error:
        if options.json:
            print_json({"name": name, "works": False, "error": str(error)})
        else:
            print_line(f"{name}: {error.title}: {error}")
        return error.exit_code
    if options.json:
        balance = None if state.balance is None else float(state.balance)
        print_json(
            {
                "name": name,
                "works": True,
                "free": state.free,
                "balance": balance,
                "queued": state.queued,
                "models": list(state.models),
            }
        )
    else:
        print_line(f"{name}: {state}")
    return 0


def _require_known(studio: Studio, name: str) -> None:
    if name not in studio.providers and name != HOSTED:
        raise UsageError(f"There is no provider {name!r}.{nearest(name, studio.providers)}")
