"""`suno-tui track`: rate, edit, trash and restore tracks, as on the screen."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING

from suno_tui.cli.opening import open_studio
from suno_tui.cli.parser import Options
from suno_tui.cli.reading import read_text
from suno_tui.cli.track_list import print_tracks
from suno_tui.common.errors import UsageError

if TYPE_CHECKING:
    from suno_tui.library.store import Library
    from suno_tui.library.track import Track


def run(options: Options) -> int:
    """Run the action and print the changed tracks. Raises `UnknownTrack` and `AmbiguousTrack`.

    All ids are looked up before the first track changes.
    """
    with closing(open_studio()) as studio:
        studio.library.refresh()
        print_tracks(_ACTIONS[options.action](studio.library, options), json=options.json)
    return 0


def _rate(library: Library, options: Options) -> list[Track]:
    ids = _found(library, options.ids)
    with library.together():
        return [library.annotate(track_id, rating=options.stars) for track_id in ids]


def _favourite(library: Library, options: Options) -> list[Track]:
    ids = _found(library, options.ids)
    with library.together():
        return [library.annotate(track_id, favorite=not options.off) for track_id in ids]


def _edit(library: Library, options: Options) -> list[Track]:
    given = {name: getattr(options, name) for name in ("title", "style", "tags", "lyrics")}
    if all(value is None for value in (*given.values(), options.notes)):
        raise UsageError("Say what to change: --title, --style, --tags, --lyrics or --notes.")
    if given["lyrics"] is not None:
        try:
            given["lyrics"] = read_text("--lyrics", given["lyrics"])
        except UsageError as error:
            raise UsageError(f"{error}. Nothing was changed.") from error
    track = library.find(options.id)
    if options.notes is not None:
        track = library.annotate(track.id, notes=options.notes)
    return [library.edit(track.id, **given)]


def _trash(library: Library, options: Options) -> list[Track]:
    ids = _found(library, options.ids)
    library.trash(ids)
    return [library.get(track_id) for track_id in ids]


def _restore(library: Library, options: Options) -> list[Track]:
    return library.restore(_found(library, options.ids))


def _delete(library: Library, options: Options) -> list[Track]:
    library.delete(_found(library, options.ids))
    return []


def _trashed(library: Library, options: Options) -> list[Track]:
    return library.trashed()


def _found(library: Library, beginnings: list[str]) -> list[str]:
    return list(dict.fromkeys(library.find(beginning).id for beginning in beginnings))


_ACTIONS: dict[str, Callable[[Library, Options], list[Track]]] = {
    "rate": _rate,
    "favorite": _favourite,
    "favourite": _favourite,
    "edit": _edit,
    "trash": _trash,
    "restore": _restore,
    "delete": _delete,
    "trashed": _trashed,
}
