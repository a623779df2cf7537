"""The options of the commands that work on the library."""

from __future__ import annotations

import argparse

from suno_tui.cli.option_types import add_json, read_place, read_stars


def library_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("query", nargs="*", help="words and filters, such as style:lofi fav:yes")
    add_json(parser)


def repair_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", nargs="*", metavar="ID|PATH", help="repair only these")
    parser.add_argument("--yes", action="store_true", help="write without asking")
    add_json(parser)


def import_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("paths", nargs="*", metavar="DIR|FILE", help="MP3, M4A, FLAC, WAV, Ogg or Opus files")
    how = parser.add_mutually_exclusive_group()
    for name, text in (
        ("copy", "copy the audio (default)"),
        ("move", "move the audio"),
        ("link", "hard-link the audio into the library"),
        ("in-place", "leave the audio where it is in the library's folder; default: all of it"),
    ):
        how.add_argument(f"--{name}", dest="how", action="store_const", const=name, help=text)
    how.add_argument(
        "--undo", metavar="ID", nargs="?", const="", help="undo an import; without ID, the last"
    )
    add("--dry-run", action="store_true", help="show what would be imported; write nothing")
    add("--yes", action="store_true", help="import without asking")
    add_json(parser)


def track_options(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(title="actions", metavar="ACTION", dest="action", required=True)
    add_json(parser)

    def action(name: str, text: str, ids: str | None = None, *aliases: str) -> _Parser:
        made = actions.add_parser(name, help=text, description=f"{text}.", aliases=aliases)
        if ids is not None:
            made.add_argument(ids, metavar="ID", nargs="+" if ids == "ids" else None)
        add_json(made, below=True)
        return made

    rate = action("rate", "Give tracks 0 to 5 stars", "ids")
    rate.add_argument("stars", metavar="N", type=read_stars, help="0 to 5")
    favourite = action("favourite", "Add tracks to the favourites", "ids", "favorite")
    favourite.add_argument("--off", action="store_true", help="remove from favourites")
    edit = action("edit", "Change a track's details, and the tags in its audio file", "id")
    for name in ("title", "style", "tags", "notes"):
        edit.add_argument(f"--{name}")
    edit.add_argument("--lyrics", metavar="FILE", help="a text file; - reads standard input")
    action("trash", "Move tracks to the trash", "ids")
    action("restore", "Bring tracks back from the trash", "ids")
    action("delete", "Delete tracks for good; this can't be undone", "ids")
    action("trashed", "List the trash")


def playlist_options(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(subject="playlist")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", dest="action", required=True)
    add_json(parser)

    def action(name: str, text: str, ids: str | None = None) -> _Parser:
        made = actions.add_parser(name, help=text, description=f"{text}.")
        if name != "list":
            made.add_argument("name", metavar="NAME")
        if ids is not None:
            made.add_argument("ids", metavar="ID", nargs=ids, default=[])
        add_json(made, below=True)
        return made

    action("list", "List all playlists")
    action("show", "List the tracks of a playlist")
    action("create", "Create a playlist, with tracks if you like", "*")
    add = action("add", "Add tracks to a playlist", "+")
    add.add_argument("--at", metavar="N", type=read_place, help="position of the first one, from 1")
    remove = action("remove", "Remove tracks by position")
    remove.add_argument("places", metavar="N", type=read_place, nargs="+")
    move = action("move", "Move a track to another position")
    move.add_argument("place", metavar="N", type=read_place)
    move.add_argument("to", metavar="TO", type=read_place)
    action("rename", "Rename a playlist").add_argument("new", metavar="NEW")
    action("delete", "Delete a playlist; its tracks stay")


def saved_options(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(subject="saved")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", dest="action", required=True)
    add_json(parser)
    text = "List the saved searches"
    add_json(actions.add_parser("list", help=text, description=f"{text}."), below=True)
    text = "Save a search under a name"
    save = actions.add_parser("save", help=text, description=f"{text}.", searching=True)
    save.add_argument("name", metavar="NAME")
    save.add_argument("query", metavar="QUERY", nargs="+")
    text = "Delete a saved search"
    forget = actions.add_parser("forget", help=text, description=f"{text}.")
    forget.add_argument("name", metavar="NAME")


def export_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("query", nargs="*", help="words and filters; without any, the whole library")
    add("--to", metavar="FOLDER", required=True, help="the folder; with --zip, the zip file")
    add(
        "--template",
        metavar="T",
        default="{title} {take}",
        help="file names: {title} {take} {style} {date} {model} …; use / for folders and {key?} "
        "for what may be empty (%(default)s)",
    )
    add("--zip", action="store_true", help="write one zip file")
    add("--no-tags", dest="tags", action="store_false", help="write no tags into the files")
    add("--lrc", action="store_true", help="add the lyrics in time, where they are known")
    add("--lrc-words", action="store_true", help="the same, with the time of each word")
    add("--midi", action="store_true", help="add the score (built-in engine only)")
    add(
        "--stems",
        choices=["wav", "flac"],
        help="add a file for each instrument (built-in engine only)",
    )
    add_json(parser)


_Parser = argparse.ArgumentParser
