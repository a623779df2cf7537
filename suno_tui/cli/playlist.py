"""`suno-tui playlist` and `suno-tui saved`: playlists and saved searches."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING

from suno_tui.cli.library import query_of
from suno_tui.cli.opening import open_studio
from suno_tui.cli.output import print_json, print_line
from suno_tui.cli.parser import Options
from suno_tui.cli.table import note_empty
from suno_tui.cli.track_list import print_track

if TYPE_CHECKING:
    from suno_tui.library.store import Library
    from suno_tui.library.track import Track


def run(options: Options) -> int:
    """Run the action. Raises `UnknownPlaylist`, `BadPlaylist`, `UnknownTrack` and others.

    Positions in a playlist count from 1.
    """
    with closing(open_studio()) as studio:
        studio.library.refresh()
        _ACTIONS[options.subject, options.action](studio.library, options)
    return 0


def _list_playlists(library: Library, options: Options) -> None:
    names = library.playlists.names()
    if not names and not options.json:
        note_empty("No playlists yet.")
    for name in names:
        if options.json:
            print_json({"name": name, "file": str(library.playlists.file(name))})
        else:
            print_line(name)


def _show(library: Library, options: Options) -> None:
    for place, entry in enumerate(library.playlists.entries(options.name), 1):
        if options.json:
            track = entry.track.to_json() if entry.track else None
            print_json({"place": place, "path": entry.path, "text": entry.text, "track": track})
        elif entry.track:
            print_track(entry.track)
        else:
            print_line("gone", entry.text, entry.path)


def _create(library: Library, options: Options) -> None:
    library.playlists.create(options.name, _tracks(library, options))


def _add(library: Library, options: Options) -> None:
    at = options.at and options.at - 1
    library.playlists.add(options.name, _tracks(library, options), at)


def _remove(library: Library, options: Options) -> None:
    library.playlists.remove(options.name, [place - 1 for place in options.places])


def _move(library: Library, options: Options) -> None:
    library.playlists.move(options.name, options.place - 1, options.to - 1)


def _rename(library: Library, options: Options) -> None:
    library.playlists.rename(options.name, options.new)


def _delete(library: Library, options: Options) -> None:
    library.playlists.delete(options.name)


def _list_searches(library: Library, options: Options) -> None:
    searches = library.searches.all()
    if not searches and not options.json:
        note_empty("No saved searches yet.")
    for name, query in searches.items():
        if options.json:
            print_json({"name": name, "query": query})
        else:
            print_line(name, query)


def _save(library: Library, options: Options) -> None:
    library.searches.save(options.name, query_of(options.query))


def _forget(library: Library, options: Options) -> None:
    library.searches.forget(options.name)


def _tracks(library: Library, options: Options) -> list[Track]:
    return [library.find(beginning) for beginning in options.ids]


_ACTIONS: dict[tuple[str, str], Callable[[Library, Options], None]] = {
    ("playlist", "list"): _list_playlists,
    ("playlist", "show"): _show,
    ("playlist", "create"): _create,
    ("playlist", "add"): _add,
    ("playlist", "remove"): _remove,
    ("playlist", "move"): _move,
    ("playlist", "rename"): _rename,
    ("playlist", "delete"): _delete,
    ("saved", "list"): _list_searches,
    ("saved", "save"): _save,
    ("saved", "forget"): _forget,
}
