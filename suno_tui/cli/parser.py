"""The commands and their options, as `docs/cli.md` lists them."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path

from suno_tui import __version__
from suno_tui.cli.command_parser import CommandParser
from suno_tui.cli.library_options import (
    export_options,
    import_options,
    library_options,
    playlist_options,
    repair_options,
    saved_options,
    track_options,
)
from suno_tui.cli.option_types import (
    add_json,
    add_patience,
    read_count,
)
from suno_tui.cli.player_options import player_options
from suno_tui.cli.server_options import admin_options, render_worker_options, serve_options
from suno_tui.cli.song_options import (
    COUNT_HELP,
    NO_WAIT_HELP,
    batch_options,
    generate_options,
    mcp_options,
    recipe_options,
)
from suno_tui.providers.tables import TABLES

Options = argparse.Namespace

REPAIR = "library repair"
"""A command of two words, as `library` itself takes the words of a query."""

EXIT_CODES = """exit codes:
  0  everything was done
  1  the provider failed the task, or a check found a problem
  2  the command or the song is wrong; nothing was sent or charged
  3  the account is refused (key, credits, limit); the task waits
  4  not finished: network down, outcome uncertain, interrupted, or a file
     can't be read or written; the task stays in the queue
  5  nothing is playing"""


_EXAMPLES = (
    ("suno-tui", "open the studio"),
    ('suno-tui generate "a slow waltz about rain on a tin roof"', "make a song from a prompt"),
    ("suno-tui library style:lofi rating:>=4", "list tracks by filters"),
    ("suno-tui help queue settle", "show the help of a command"),
)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line; `options.run(options)` runs the command."""
    groups: dict[str, list[str]] = {}
    parser = CommandParser(
        prog="suno-tui",
        description="A full-screen studio for AI music in the terminal. Run it without a command "
        "to open the studio.",
        examples=_EXAMPLES,
        groups=groups,
        notes=[EXIT_CODES],
    )
    parser.add_argument(
        "--version", action="version", version=f"suno-tui {__version__}", help="show the version"
    )
    parser.set_defaults(run=run_later("screen"))
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    def command(
        group: str,
        name: str,
        text: str,
        *examples: tuple[str, str],
        searching: bool = False,
        minus: bool = False,
        passing: str = "",
        module: str = "",
    ) -> argparse.ArgumentParser:
        made = commands.add_parser(
            name,
            help=text,
            description=f"{text}.",
            searching=searching,
            minus=minus,
            passing=passing,
            examples=examples,
        )
        made.set_defaults(run=run_later(module or name))
        groups.setdefault(group, []).append(name)
        return made

    generate_options(
        command(
            "Make", "generate", "Queue a song and wait for its takes",
            ('suno-tui generate "upbeat ska about Mondays" -n 2', "two tasks from one prompt"),
            ("suno-tui generate --title Rain --style 'dream pop' --lyrics rain.txt",
             "your own lyrics"),
            ("fortune | suno-tui generate -", "read the prompt from standard input"),
            ("suno-tui generate --extend 4k7m --at 1:30", "go on from a track"),
        )
    )  # fmt: skip
    for name, text, example in (
        ("replay", "Make a track again, by the seed of its take", "the same take again"),
        ("more", "Make new takes of a track's song", "new takes of its song"),
    ):
        made = command("Make", name, text, (f"suno-tui {name} 4k7m", example), module="replay")
        made.set_defaults(more=name == "more", count=1)
        add = made.add_argument
        add("id", metavar="ID", help="the track's id, or its beginning")
        if name == "more":
            add("-n", dest="count", metavar="COUNT", type=read_count, default=1, help=COUNT_HELP)
        add("--no-wait", action="store_true", help=NO_WAIT_HELP)
        add_patience(made)
        add_json(made)
    batch_options(
        command(
            "Make", "batch", "Queue the songs of a file, each of them once",
            ("suno-tui batch --template csv", "print a file to begin with"),
            ("suno-tui batch jingles.csv --check", "what is wrong, and what it would cost"),
            ("suno-tui batch jingles.csv --budget 2.00", "spend at most $2.00 on it"),
        )
    )  # fmt: skip
    recipe_options(
        command(
            "Make", "recipe", "List recipes, export and import them",
            ("suno-tui recipe import --starter", "sixty recipes to begin with"),
            ("suno-tui recipe export folk-by-the-sea --to folk.toml", "share one"),
        )
    )  # fmt: skip
    mcp_options(
        command(
            "Make", "mcp", "Let an AI agent work in the studio, by the Model Context Protocol",
            ("suno-tui mcp", "as a client starts it: on standard input and output"),
            ("suno-tui mcp --without-asking --budget 2.00", "at most $2.00 a day, unasked"),
            ("suno-tui mcp --http 127.0.0.1:8770 --read-only", "over HTTP, and only to look"),
        )
    )  # fmt: skip
    _work(command("Queue", "work", "Run the worker until the queue is empty"))
    _queue(
        command(
            "Queue", "queue", "List the tasks that are not finished, or act on one",
            ("suno-tui queue --all", "also list finished tasks"),
            ("suno-tui queue retry 3fa2", "an id may be shortened"),
        )
    )  # fmt: skip
    library = partial(command, "Library")
    library_options(
        library(
            "library", "Search the library",
            ("suno-tui library night -style:jazz", "search all text; -word excludes"),
            searching=True,
        )
    )  # fmt: skip
    repair_options(
        library(REPAIR, "Rebuild damaged text files, after showing each change", module="repair")
    )
    import_options(
        library(
            "import", "Add existing audio files to the library",
            ("suno-tui import ~/Downloads/suno", "preview, then copy after a question"),
            ("suno-tui import --undo", "undo the last import"),
            module="importing",
        )
    )  # fmt: skip
    track_options(library("track", "Rate, edit, trash or restore tracks by their ids"))
    playlist_options(library("playlist", "Make and change playlists"))
    saved_options(library("saved", "Save searches under a name", module="playlist"))
    export_options(
        library(
            "export", "Copy tracks into a folder or a zip file",
            ("suno-tui export fav:yes --to ~/Music/best", "export all favourites"),
            searching=True,
        )
    )  # fmt: skip
    player_options(partial(command, "Sound"))
    _listen(
        command(
            "Sound", "listen", "Play the sound of studios on this machine",
            ("suno-tui listen music.example.org", "for a studio there that mosh opened"),
        )
    )  # fmt: skip
    _ssh(
        command(
            "Sound", "ssh", "Open the studio on another machine and hear it on this one",
            ("suno-tui ssh music.example.org", "as ssh -t, with the sound here"),
            ("suno-tui ssh -p 2222 me@studio -- --version", "options of ssh, and of the studio"),
            passing="words",
        )
    )  # fmt: skip
    account = partial(command, "Account")
    add_json(account("credits", "Show the balance at the current provider"))
    spent = account("spent", "List what was paid for each song")
    spent.add_argument("--by", choices=["who"], help="sums by requester: you, a batch, an agent")
    add_json(spent)
    _provider(
        account(
            "provider", "List, add, test and choose providers",
            ("suno-tui provider add http://127.0.0.1:8001 --use", "your own ACE-Step server"),
            ("suno-tui provider add https://api.kie.ai --key-command 'pass kie'",
             "a provider of Suno songs; pass prints the key"),
        )
    )  # fmt: skip
    serve_options(command("Server", "serve", "Serve the built-in provider over HTTP"))
    admin_options(
        command("Server", "admin", "Manage keys, models and accounts of `suno-tui serve`")
    )
    render_worker_options(
        command(
            "Server", "render-worker", "Make takes for a server on another machine",
            ("suno-tui render-worker --cluster tcp://127.0.0.1:8786", "a scheduler here"),
            module="render_worker",
        )
    )  # fmt: skip
    setup = partial(command, "Setup and help")
    _config(
        setup(
            "config", "Show and change the settings",
            ("suno-tui config set queue.downloads 2", "fetch at most two files at a time"),
        )
    )  # fmt: skip
    add_json(setup("doctor", "Check terminal, sound, provider and disk"))
    completion = setup("completion", "Print a completion script for a shell")
    completion.add_argument("shell", choices=["bash", "zsh", "tcsh", "fish"])
    helping = setup("help", "Show the help of a command")
    helping.add_argument("command", nargs="*", metavar="COMMAND", help="such as: queue settle")
    return parser


def _work(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--stay", action="store_true", help="wait for more when the queue is empty")
    # Used by views: the worker then waits without a limit.
    parser.add_argument("--detached", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument(
        "--callback-listen",
        metavar="HOST:PORT",
        help="receive the provider's callbacks here, such as 127.0.0.1:8767",
    )
    parser.add_argument(
        "--callback-url", metavar="URL", help="the public https address that leads there"
    )
    add_patience(parser)


def _actions(parser: argparse.ArgumentParser) -> Callable[[str, str], argparse.ArgumentParser]:
    """Give a command actions and `--json`; return a function that adds an action."""
    add_json(parser)
    actions = parser.add_subparsers(title="actions", metavar="ACTION", dest="action")

    def action(name: str, text: str) -> argparse.ArgumentParser:
        made = actions.add_parser(name, help=text, description=f"{text}.")
        add_json(made, below=True)
        return made

    return action


def _queue(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--all", action="store_true", help="also list finished tasks")
    action = _actions(parser)
    for name, text in (
        ("retry", "Send a failed, expired or uncertain task again"),
        ("cancel", "Stop a task; if its provider can't cancel, stop tracking it"),
        ("forget", "Remove a task from the queue; its credits are not refunded"),
    ):
        action(name, text).add_argument("id", metavar="ID", help="the task's id, or its beginning")
    settle = action("settle", "Answer whether the provider received an uncertain task")
    settle.add_argument("id", metavar="ID", help="the task's id, or its beginning")
    answer = settle.add_mutually_exclusive_group(required=True)
    answer.add_argument(
        "--taken",
        metavar="TASK_ID",
        nargs="?",
        const="",
        help="the provider has it under TASK_ID: track it; without TASK_ID: give up its takes",
    )
    answer.add_argument(
        "--not-taken", action="store_true", help="the provider does not have it: send it again"
    )
    action("pause", "Send nothing new until resume")
    action("resume", "Send tasks again")


def _listen(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "host",
        nargs="?",
        metavar="HOST",
        help="bring the sound of this host here by ssh, for a studio opened with mosh",
    )
    # `suno-tui ssh` uses these, here and on the host.
    parser.add_argument("--where", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--socket", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--player", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--linger", type=float, help=argparse.SUPPRESS)


def _ssh(parser: argparse.ArgumentParser) -> None:
    parser.usage = "suno-tui ssh [ssh options] HOST [-- studio arguments]"
    parser.add_argument(
        "words",
        nargs=argparse.REMAINDER,
        metavar="HOST",
        help="the machine, with options as for ssh itself; arguments after -- are for the studio",
    )


def _provider(parser: argparse.ArgumentParser) -> None:
    action = _actions(parser)
    action("list", "List the providers; * is the one that makes new songs")
    add = action("add", "Find out which API a server speaks, and add it to config.toml")
    add.add_argument("address", metavar="ADDRESS", help="such as http://127.0.0.1:8001")
    add.add_argument("--name", metavar="NAME", help="your name for it")
    add.add_argument(
        "--dialect",
        choices=list(TABLES),
        help="the API that it speaks; then it is not asked",
    )
    key = add.add_mutually_exclusive_group()
    key.add_argument("--key-env", metavar="VARIABLE", help="the variable that holds its key")
    key.add_argument("--key-file", metavar="FILE", help="a file (0600) that holds its key")
    key.add_argument("--key-command", metavar="COMMAND", help="a command that prints its key")
    add.add_argument("--use", action="store_true", help="use it for new songs")
    test = action("test", "Test a provider: show its models, balance and queue")
    test.add_argument("name", metavar="NAME", nargs="?", help="default: the one in use")
    use = action("use", "Use a provider for new songs")
    use.add_argument("name", metavar="NAME")


def _config(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(title="actions", metavar="ACTION", dest="action", required=True)
    add_json(parser)
    for name, text in (
        ("list", "List all settings with their values"),
        ("get", "Show a setting"),
        ("set", "Change a setting in config.toml; comments there stay"),
        ("unset", "Go back to a setting's default"),
    ):
        action = actions.add_parser(name, help=text, description=f"{text}.")
        if name != "list":
            action.add_argument("name", metavar="NAME", help="such as queue.downloads")
        if name == "set":
            action.add_argument("value", metavar="VALUE", help="yes or no, a number or a text")
        add_json(action, below=True)


def run_later(name: str) -> Callable[[Options], int]:
    """Return a function that imports the command's module and runs it."""

    def run(options: Options) -> int:
        code: int = import_module(f"suno_tui.cli.{name}").run(options)
        return code

    return run
