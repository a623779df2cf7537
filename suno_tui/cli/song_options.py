"""The options of the commands that make songs: `generate`, `batch`, `recipe` and `mcp`."""

from __future__ import annotations

import argparse
from pathlib import Path

from suno_tui.cli.carrying import carrying_options
from suno_tui.cli.option_types import (
    add_json,
    add_patience,
    read_budget,
    read_count,
    read_duration,
    read_place,
    read_weight,
    read_whole,
)
from suno_tui.providers.song_fields import TIME_SIGNATURES

COUNT_HELP = "number of tasks"
NO_WAIT_HELP = "queue the song and return at once"

_KINDS = ("csv", "jsonl", "toml", "md")


def generate_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "prompt",
        nargs="?",
        metavar="PROMPT",
        help="simple mode: describe the song in at most 500 characters; - reads standard input",
    )
    add("--instrumental", action="store_true", help="without vocals")
    custom = parser.add_argument_group("custom mode")
    add = custom.add_argument
    add("--title", help="at most 80 characters")
    add("--style", help="genre, mood, instruments; at most 200 characters")
    add(
        "--lyrics",
        metavar="FILE",
        help="a text file of at most 3,000 characters; - reads standard input",
    )
    add("--negative-tags", metavar="TAGS", help="styles to exclude, at most 200 characters")
    add("--vocal-gender", choices=["m", "f"], help="male or female vocals")
    add("--persona-id", metavar="ID", help="a saved voice that the provider knows")
    for name, text in (
        ("--style-weight", "how closely to follow the style"),
        ("--weirdness-constraint", "how unusual the song may be"),
        ("--audio-weight", "how much the audio features count"),
    ):
        add(name, metavar="X", type=read_weight, help=f"{text}, from 0 to 1")
    carrying_options(parser)
    add = parser.add_argument_group(
        "parameters, in both modes",
        "A provider without one of these gets it as words in the style or prompt, if\n"
        "possible; --dry-run shows how each is sent.",
    ).add_argument
    add("--seed", metavar="N", type=read_whole, help="the same song and seed: the same take")
    add("--duration", metavar="TIME", type=read_duration, help="seconds, or M:SS")
    add("--bpm", metavar="N", type=read_whole, help="beats per minute, 30 to 300")
    add("--key", metavar="K", help="such as 'D minor' or F#m")
    add("--time-signature", metavar="T", help=f"one of {', '.join(TIME_SIGNATURES)}")
    add("--language", metavar="CODE", help="the language to sing in, such as en or de")
    add("--takes", metavar="N", type=read_whole, help="takes of each task, 1 to 8")
    add = parser.add_argument_group("both modes").add_argument
    add("--model", metavar="M", help="model id; default: the first on offer")
    add("-n", dest="count", metavar="COUNT", type=read_count, default=1, help=COUNT_HELP)
    add("--callback-url", metavar="URL", help="where the provider reports that a task has ended")
    add("--no-wait", action="store_true", help=NO_WAIT_HELP)
    add("--dry-run", action="store_true", help="show the request and its price; send nothing")
    add_patience(parser)
    add_json(parser)


def batch_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "file",
        nargs="?",
        metavar="FILE",
        help="CSV, JSON Lines, TOML or Markdown, by its suffix; - reads standard input",
    )
    add("--template", choices=_KINDS, help="print a file to begin with, and end")
    add("--format", choices=_KINDS, help="the file's format, whatever its name")
    add("--check", action="store_true", help="show problems and the price; send nothing")
    add("--screen", action="store_true", help="open the file in the studio: edit, send, watch")
    add(
        "--budget",
        metavar="AMOUNT",
        type=read_budget,
        help="spend at most this on the batch: 2.00, or 400cr",
    )
    add("--name", metavar="NAME", help="the batch's name; default: the file's name")
    add(
        "--sample",
        metavar="N",
        type=read_place,
        help="make N of the combinations of a row with choices [a|b]",
    )
    add("--seed", metavar="S", type=read_whole, default=0, help="choose other ones (%(default)s)")
    add("--yes", action="store_true", help="send without asking")
    add("--no-wait", action="store_true", help="queue the songs and return at once")
    add_patience(parser)
    add_json(parser)


def mcp_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--name", metavar="NAME", default="mcp", help="the agent's name in the queue")
    add(
        "--budget",
        metavar="AMOUNT",
        type=read_budget,
        help="spend at most this in 24 hours: 2.00, or 400cr",
    )
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
    export.add_argument("names", nargs="*", metavar="NAME", help="recipes; default: all of them")
    export.add_argument("--to", metavar="FILE", type=Path, help="default: standard output")
    text = "Add the recipes of a TOML file; those that are there already stay"
    given = actions.add_parser("import", help=text, description=f"{text}.")
    given.add_argument("file", nargs="?", metavar="FILE", help="- reads standard input")
    given.add_argument("--starter", action="store_true", help="the recipes that suno-tui brings")
    for each in (export, given):
        add_json(each, below=True)
