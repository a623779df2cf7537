"""The commands and their options, as `docs/cli.md` lists them."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib import import_module
from typing import Any, NoReturn

from suno_tui import __version__
from suno_tui.cli.option_types import (
    add_json,
    add_patience,
    read_count,
    read_place,
    read_weight,
)
from suno_tui.common.text import clean

Options = argparse.Namespace

REPAIR = "library repair"
"""A command of two words, as `library` itself takes the words of a query."""


_MODULES = {"import": "importing"}
"""Modules of commands whose name is a word of Python."""


class _Parser(argparse.ArgumentParser):
    """A command whose errors are one clear line.

    With `searching`, the words of its query may begin with `-`: `-tag:demo`.
    """

    def __init__(self, *, searching: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self._searching = searching

    def _parse_optional(self, arg_string: str) -> Any:
        # Of its own options only `-h` has a single hyphen.
        if self._searching and arg_string[1:2] != "-" and arg_string != "-h":
            return None
        return super()._parse_optional(arg_string)

    def parse_known_args(self, *arguments: Any) -> tuple[Any, list[str]]:  # type: ignore[override]
        # Here, and not only at the end, so that the message names this command.
        options, unknown = super().parse_known_args(*arguments)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return options, unknown

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {clean(message)}. `{self.prog} -h` shows what there is.\n")

    def format_help(self) -> str:
        if self._searching:
            from suno_tui.library.query import EXAMPLES

            self.epilog = (
                f"Query words: {', '.join(EXAMPLES)}. Plain words search everything, all must "
                "hold, -word leaves out, quotation marks hold words together."
            )
        return super().format_help()


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line; `options.run(options)` runs the command."""
    parser = _Parser(
        prog="suno-tui",
        description="A full-screen terminal studio for AI music. Without a command: the studio.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"suno-tui {__version__}")
    parser.set_defaults(run=_later("screen"))
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    def command(name: str, text: str, *, searching: bool = False) -> argparse.ArgumentParser:
        made = commands.add_parser(
            name, help=text, description=text, allow_abbrev=False, searching=searching
        )
        made.set_defaults(run=_later(_MODULES.get(name, name)))
        return made

    _generate(command("generate", "Queue a song and wait for its takes."))
    _work(command("work", "Do all that the queue owes, in the foreground, then exit."))
    _queue(command("queue", "Show the live tasks, or act on one."))
    library = command("library", "Search the library.", searching=True)
    library.add_argument("query", nargs="*", help="words and filters, such as style:lofi fav:yes")
    add_json(library)
    repair = command(REPAIR, "Rebuild damaged text files; shows the difference and asks first.")
    repair.set_defaults(run=_later("repair"))
    repair.add_argument("what", nargs="*", metavar="ID|PATH", help="only these; without, all")
    repair.add_argument("--yes", action="store_true", help="write it without asking")
    add_json(repair)
    _import(command("import", "Take audio that exists into the library."))
    _track(commands.add_parser("track", help=_TRACK, description=_TRACK, allow_abbrev=False))
    _playlist(commands.add_parser("playlist", help=_PLAYLIST, description=_PLAYLIST))
    _saved(commands.add_parser("saved", help=_SAVED, description=_SAVED))
    _export(command("export", "Copy tracks into a folder or a zip file.", searching=True))
    add_json(command("credits", "The balance at the provider in use."))
    add_json(command("spent", "What was paid for what."))
    _serve(command("serve", "The local provider over HTTP."))
    _admin(command("admin", "The keys, models and books of the service that serve runs."))
    add_json(command("doctor", "What works here: terminal, sound, provider, disk."))
    completion = command("completion", "Print a script that lets a shell complete the commands.")
    completion.add_argument("shell", choices=["bash", "zsh", "tcsh", "fish"])
    return parser


def _generate(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "prompt",
        nargs="?",
        metavar="PROMPT",
        help="simple mode: the song in at most 500 characters",
    )
    add("--instrumental", action="store_true", help="without a voice")
    custom = parser.add_argument_group("custom mode")
    add = custom.add_argument
    add("--title", help="at most 80 characters")
    add("--style", help="genre and mood, at most 200 characters")
    add(
        "--lyrics",
        metavar="FILE",
        help="a text file of at most 3,000 characters, or - for standard input",
    )
    add("--negative-tags", metavar="N", help="styles to leave out, at most 200 characters")
    add("--vocal-gender", choices=["m", "f"], help="who sings: male or female")
    add("--persona-id", metavar="P", help="a persona that the provider knows")
    for name in ("--style-weight", "--weirdness-constraint", "--audio-weight"):
        add(name, metavar="X", type=read_weight, help="a number from 0 to 1")
    add = parser.add_argument_group("both modes").add_argument
    add("--model", metavar="M", help="its id; without, the first that is offered")
    add("-n", dest="count", metavar="COUNT", type=read_count, default=1, help="how many tasks")
    add("--callback-url", metavar="URL", help="where the provider announces the end")
    add("--no-wait", action="store_true", help="queue it and return at once")
    add("--dry-run", action="store_true", help="show what would be sent and its cost; send nothing")
    add_patience(parser)
    add_json(parser)


def _work(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--stay", action="store_true", help="stay when nothing is owed")
    # Views start it so: without an end to its patience, as nobody waits.
    parser.add_argument("--detached", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument(
        "--callback-listen",
        metavar="HOST:PORT",
        help="hear from the provider when a task has ended, as on 127.0.0.1:8767",
    )
    parser.add_argument(
        "--callback-url", metavar="URL", help="the public https address that leads there"
    )
    add_patience(parser)


def _queue(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--all", action="store_true", help="with the tasks that ended")
    add_json(parser)
    actions = parser.add_subparsers(title="actions", metavar="ACTION", dest="action")
    for name, text in (
        ("retry", "Send a failed, expired or uncertain task once more."),
        ("cancel", "Stop a task, where its provider can; elsewhere stop watching it."),
        ("forget", "Take a task off the queue; what was paid for it stays paid."),
    ):
        action = actions.add_parser(name, help=text, description=text)
        action.add_argument("id", metavar="ID", help="the task's id, or its beginning")
    text = "Say what became of an uncertain task, as the provider's own pages tell."
    action = actions.add_parser("settle", help=text, description=text)
    action.add_argument("id", metavar="ID", help="the task's id, or its beginning")
    word = action.add_mutually_exclusive_group(required=True)
    word.add_argument(
        "--taken",
        metavar="TASK_ID",
        nargs="?",
        const="",
        help="it was taken: go on with it by its id there; without the id its takes are lost",
    )
    word.add_argument("--not-taken", action="store_true", help="it was not: it is sent again")
    for name, text in (
        ("pause", "Hold tasks that were not sent yet."),
        ("resume", "Send them."),
    ):
        actions.add_parser(name, help=text, description=text)


def _import(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("paths", nargs="*", metavar="DIR|FILE", help="MP3, M4A, FLAC, WAV, Ogg or Opus files")
    how = parser.add_mutually_exclusive_group()
    for name, text in (
        ("copy", "copy the audio (the default)"),
        ("move", "move the audio"),
        ("link", "give the audio a second name in the library: a hard link"),
        ("in-place", "leave audio where it is in the library's folder; without a path, all of it"),
    ):
        how.add_argument(f"--{name}", dest="how", action="store_const", const=name, help=text)
    how.add_argument(
        "--undo", metavar="ID", nargs="?", const="", help="undo an import; without ID, the last"
    )
    add("--dry-run", action="store_true", help="show what would be imported; write nothing")
    add("--yes", action="store_true", help="don't ask")
    add_json(parser)


_TRACK = "Rate, edit, trash or restore tracks, by their ids or the beginnings of them."


def _track(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_later("track"))
    actions = parser.add_subparsers(metavar="ACTION", dest="action", required=True)

    def action(name: str, text: str, ids: str | None = None) -> argparse.ArgumentParser:
        made = actions.add_parser(name, help=text, description=text, allow_abbrev=False)
        if ids is not None:
            made.add_argument(ids, metavar="ID", nargs="+" if ids == "ids" else None)
        add_json(made)
        return made

    rate = action("rate", "Give tracks stars.", "ids")
    rate.add_argument("stars", metavar="N", type=int, choices=range(6), help="0 to 5")
    favorite = action("favorite", "Make tracks favourites.", "ids")
    favorite.add_argument("--off", action="store_true", help="they are none any more")
    edit = action("edit", "Change what it is called; the tags in its file follow.", "id")
    for name in ("title", "style", "tags", "notes"):
        edit.add_argument(f"--{name}")
    edit.add_argument("--lyrics", metavar="FILE", help="a text file, or - for standard input")
    action("trash", "Move tracks to the trash.", "ids")
    action("restore", "Bring tracks back from the trash: this undoes trash.", "ids")
    action("delete", "Delete tracks for good; this can't be undone.", "ids")
    action("trashed", "What is in the trash.")


_PLAYLIST = "Make and change playlists: M3U8 files in the library."
_SAVED = "Searches that have names."


def _playlist(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_later("playlist"), subject="playlist")
    actions = parser.add_subparsers(metavar="ACTION", dest="action", required=True)

    def action(name: str, text: str, ids: str | None = None) -> argparse.ArgumentParser:
        made = actions.add_parser(name, help=text, description=text)
        if name != "list":
            made.add_argument("name", metavar="NAME")
        if ids is not None:
            made.add_argument("ids", metavar="ID", nargs=ids)
        return made

    add_json(action("list", "All playlists."))
    add_json(action("show", "What is in one."))
    action("create", "Make one, with these tracks.", "*")
    add = action("add", "Put tracks into it.", "+")
    add.add_argument("--at", metavar="N", type=read_place, help="the first one's place, from 1")
    remove = action("remove", "Take pieces out, by their places from 1.")
    remove.add_argument("places", metavar="N", type=read_place, nargs="+")
    move = action("move", "Move the piece at a place to another.")
    move.add_argument("place", metavar="N", type=read_place)
    move.add_argument("to", metavar="TO", type=read_place)
    action("rename", "Call it otherwise.").add_argument("new", metavar="NEW")
    action("delete", "Delete it, not its tracks.")


def _saved(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_later("playlist"), subject="saved")
    actions = parser.add_subparsers(metavar="ACTION", dest="action", required=True)
    add_json(actions.add_parser("list", help="All of them, with their queries."))
    save = actions.add_parser("save", help="Give a query a name.", searching=True)
    save.add_argument("name", metavar="NAME")
    save.add_argument("query", metavar="QUERY", nargs="+")
    forget = actions.add_parser("forget", help="Forget a name.")
    forget.add_argument("name", metavar="NAME")


def _export(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("query", nargs="*", help="words and filters; without any, the whole library")
    add("--to", metavar="FOLDER", required=True, help="where to; with --zip, the zip file's name")
    add(
        "--template",
        metavar="T",
        default="{title} {take}",
        help="names by {title} {take} {style} {date} {model} …, / makes folders, {key?} may be "
        "empty (%(default)s)",
    )
    add("--zip", action="store_true", help="one zip file")
    add("--no-tags", dest="tags", action="store_false", help="only the sound")
    add("--midi", action="store_true", help="with the score; only tracks of the sketch engine")
    add(
        "--stems",
        choices=["wav", "flac"],
        help="with each player's sound; only tracks of the sketch engine",
    )
    add_json(parser)


def _serve(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--host", metavar="H", default="127.0.0.1", help="address to listen on (%(default)s)")
    add("--port", metavar="P", type=int, default=8765, help="port (%(default)s)")
    add("--key", metavar="sk-…", help="an API key to accept, for trying out: ps shows it to all")
    add("--key-file", metavar="FILE", help="a file (0600) of API keys to accept, one a line")
    add("--credits", metavar="N", type=int, default=10_000, help="its balance (%(default)s)")
    add("--workers", metavar="N", type=int, default=0, help="takes made at once (0: by memory)")
    add("--rate", metavar="N", type=int, default=600, help="requests a minute and key (600)")
    add(
        "--backlog",
        metavar="N",
        type=int,
        default=1000,
        help="most accepted tasks (%(default)s; 0: any)",
    )
    add("--public-url", metavar="URL", help="how clients reach it, where a proxy is in front")
    add(
        "--trusted-proxy",
        metavar="CIDR",
        action="append",
        default=[],
        help="whose X-Forwarded-For is believed; may be given again",
    )
    add("--private-callbacks", action="store_true", help="callbacks may go to private addresses")
    add("--metrics", action="store_true", help="serve /metrics for Prometheus")
    add("--rehearse", action="store_true", help="documented failures happen on request")


def _admin(parser: argparse.ArgumentParser) -> None:
    subjects = parser.add_subparsers(metavar="SUBJECT", dest="subject", required=True)

    def subject(name: str, text: str) -> Callable[..., argparse.ArgumentParser]:
        made = subjects.add_parser(name, help=text, description=text)
        actions = made.add_subparsers(metavar="ACTION", dest="action", required=True)

        def action(name: str, text: str, target: str | None = None) -> argparse.ArgumentParser:
            made = actions.add_parser(name, help=text, description=text)
            if target:
                made.add_argument("name", metavar=target)
            return made

        return action

    keys = subject("keys", "API keys: shown once, stored hashed.")
    add = keys("add", "Make a key and print it; it is not shown again.", "NAME")
    add.add_argument("--user", help="whose balance it spends; without, a user of its own")
    add.add_argument("--credits", metavar="N", type=int, default=0, help="bought for it")
    _limits(add)
    add_json(keys("list", "All keys with what they spent."))
    keys("disable", "Refuse a key.", "NAME")
    keys("enable", "Let it in again.", "NAME")
    _limits(keys("limit", "Change a key's limits.", "NAME"))
    top_up = keys("top-up", "Add credits to the balance of a key's user.", "NAME")
    top_up.add_argument("credits", metavar="N", type=int)
    keys("delete", "Forget a key for good; what it spent stays in the books.", "NAME")
    users = subject("users", "Who owns keys.")
    users("ban", "Refuse all keys of a user.", "NAME")
    users("unban", "Let them in again.", "NAME")
    models = subject("models", "Which models are offered.")
    models("list", "All models.")
    models("on", "Offer a model.", "MODEL")
    models("off", "Don't; accepted tasks go on.", "MODEL")
    text = "Add up all charges and refunds; exit code 1 where they don't add up."
    audit = subjects.add_parser("audit", help=text, description=text)
    audit.set_defaults(action=None)
    add_json(audit)


def _limits(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    for name, text in (
        ("hour", "credits an hour"),
        ("day", "credits a day"),
        ("total", "credits in all"),
        ("rate", "requests a minute"),
    ):
        add(f"--{name}", metavar="N", type=int, help=f"at most so many {text}; -1: no limit")
    add("--allow", metavar="CIDR", action="append", help="an address it may come from; '': all")


def _later(name: str) -> Callable[[Options], int]:
    """Return the command's function, which is imported when it is called."""

    def run(options: Options) -> int:
        code: int = import_module(f"suno_tui.cli.{name}").run(options)
        return code

    return run
