"""Changes of the library: one after the other, shown, and taken back."""

from __future__ import annotations

from suno_tui.common.errors import StudioError
from suno_tui.library.store import Library
from suno_tui.tui.controllers.library_changes import LibraryChanges
from tests.tui.controllers.fake_context import FakeContext


def changes_of(app: FakeContext) -> tuple[LibraryChanges, list[str]]:
    shown: list[str] = []
    show = lambda: shown.append("list")  # noqa: E731
    return LibraryChanges(app.context, show, lambda: shown.append("progress")), shown


async def test_a_change_is_shown_and_undone(app: FakeContext) -> None:
    changes, shown = changes_of(app)
    track = app.studio.library.tracks()[0]
    changes.change(lambda library: library.annotate(track.id, rating=1), "Rated.")
    await app.finish()
    assert app.studio.library.get(track.id).rating == 1
    assert (app.notices, shown) == (["Rated."], ["list"])
    await changes.undo()
    assert app.studio.library.get(track.id).rating == track.rating
    assert app.notices[-1].startswith("Undo: ")
    await changes.redo()
    assert app.studio.library.get(track.id).rating == 1


async def test_a_failure_is_shown_instead_of_the_notice(app: FakeContext) -> None:
    changes, shown = changes_of(app)

    def fail(_: Library) -> None:
        raise StudioError("The disk is full.")

    changes.change(fail, "Done.")
    await app.finish()
    assert app.notices == [f"{StudioError.title}: The disk is full."]
    assert shown == ["list"], "part of it may be done"


async def test_there_may_be_nothing_to_undo(app: FakeContext) -> None:
    changes, _ = changes_of(app)
    await changes.redo()
    assert app.notices == ["Nothing to redo."]
