"""The options of `suno-tui batch`, `recipe` and `mcp`."""

from __future__ import annotations

import argparse
from pathlib import Path

from suno_tui.cli.option_types import add_json, add_patience, read_place, read_whole

_KINDS = ("csv", "jsonl", "toml", "md")


def batch_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "file",
        nargs="?",
        metavar="FILE",
        help="CSV, JSON Lines, TOML or Markdown, by its suffix; - reads standard input",
    )
    add("--template", choices=_KINDS, help="print a file to begin with, and end")
    add("--format", choices=_KINDS, help="what the file is, whatever its name")
    add("--check", action="store_true", help="say what is wrong and what it costs; send nothing")
    add("--budget", metavar="AMOUNT", help="spend at most this on the batch: 2.00, or 400cr")
    add("--name", metavar="NAME", help="what the batch is called; default: the file's name")
    add(
        "--sample",
        metavar="N",
        type=read_place,
        help="of a row with choices [a|b], make N of the combinations",
    )
    add("--seed", metavar="S", type=read_whole, default=0, help="which ones (%(default)s)")
    add("--yes", action="store_true", help="send without a question")
    add("--no-wait", action="store_true", help="queue the songs and return at once")
    add_patience(parser)
    add_json(parser)


def mcp_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--name", metavar="NAME", default="mcp", help="what the agent is called in the queue")
    add("--budget", metavar="AMOUNT", help="spend at most this in 24 hours: 2.00, or 400cr")
    add(
        "--without-asking",
        action="store_true",
        help="spend within the budget without asking the agent's user",
    )
    add("--read-only", action="store_true", help="change and send nothing")
    add(
        "--export-to",
        metavar="FOLDER",
        default="~/Music/suno-tui",
        help="the only folder that the agent writes files to (%(default)s)",
    )
    add("--http", metavar="HOST:PORT", help="serve over HTTP, with a token, such as 127.0.0.1:8770")


def recipe_options(parser: argparse.ArgumentParser) -> None:
    add_json(parser)
    actions = parser.add_subparsers(title="actions", metavar="ACTION", dest="action")
    text = "Write recipes as one TOML file"
    export = actions.add_parser("export", help=text, description=f"{text}.")
    export.add_argument("names", nargs="*", metavar="NAME", help="which; default: all of them")
    export.add_argument("--to", metavar="FILE", type=Path, help="default: standard output")
    text = "Add the recipes of a TOML file; those that are there already stay"
    given = actions.add_parser("import", help=text, description=f"{text}.")
    given.add_argument("file", nargs="?", metavar="FILE", help="- reads standard input")
    given.add_argument("--starter", action="store_true", help="the recipes of the program itself")
    for each in (export, given):
        add_json(each, below=True)
