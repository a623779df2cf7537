"""Actions on tracks, for the library's list, the page of a track and the player's page."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial, partialmethod
from typing import TYPE_CHECKING

from textual import work
from textual.widget import Widget

from suno_tui.common.errors import StudioError
from suno_tui.config.settings import LOCAL
from suno_tui.library.track import Origin, Relation, Track, more_like
from suno_tui.tui.sending import Sending
from suno_tui.tui.widgets.content import one_line

if TYPE_CHECKING:
    from suno_tui.library.store import Library
    from suno_tui.tui.context import Context


class SingleTrackActions(Widget):
    """Actions on the current track, for widgets that show one."""

    app: Context

    @property
    def track(self) -> Track | None:
        """The current track."""
        raise NotImplementedError

    @property
    def chosen_ids(self) -> list[str]:
        """The ids that an action changes: the marked tracks, else the current one."""
        return [self.track.id] if self.track is not None else []

    def why_not(self, id: str) -> str | None:
        """Return why an action on tracks is off."""
        track = self.track
        if id in _ON_CHOSEN or id.startswith("rate_"):
            return None if self.chosen_ids else "No track here."
        if id in _ON_TRACK and track is None:
            return "No track here."
        if id == "carry_on" and track is not None and not track.duration:
            return "Its audio was kept as it came: it can't be sent anywhere."
        if id in ("copy_lyrics", "lyrics") and track is not None and not track.lyrics.strip():
            return "This track has no lyrics."
        if id in ("clone", "again", "replay") and track is not None and track.song is None:
            return "The song that was sent for this track is not known."
        return None

    def change(self, do: Callable[[Library], object], notice: str = "") -> object:
        """Change the library, and show the notice if it worked."""
        return self.app.library.change(do, notice)

    def _change_each(
        self,
        change: Callable[[Library, str], object],
        notice: str = "",
        ids: list[str] | None = None,
    ) -> None:
        """Change each of these tracks, or of the chosen ones; one undo reverts all changes."""
        ids, progress = self.chosen_ids if ids is None else ids, self.app.library.progress

        def each(library: Library) -> None:
            with library.together():
                for track_id in progress.each(ids):
                    change(library, track_id)

        self.change(each, notice)

    def action_favorite(self) -> None:
        """Make all chosen tracks favourites; if all are, make none a favourite."""
        ids, progress = self.chosen_ids, self.app.library.progress

        def each(library: Library) -> None:
            wanted = not all(library.get(track_id).favorite for track_id in ids)
            with library.together():
                for track_id in progress.each(ids):
                    library.annotate(track_id, favorite=wanted)

        self.change(each)

    def _rate(self, stars: int) -> None:
        self._change_each(lambda library, track_id: library.annotate(track_id, rating=stars))

    action_rate_0 = partialmethod(_rate, 0)
    action_rate_1 = partialmethod(_rate, 1)
    action_rate_2 = partialmethod(_rate, 2)
    action_rate_3 = partialmethod(_rate, 3)
    action_rate_4 = partialmethod(_rate, 4)
    action_rate_5 = partialmethod(_rate, 5)

    def action_clone(self) -> None:
        if self.track is not None and self.track.song is not None:
            self.app.navigation.write(self.track.song)

    def action_again(self) -> None:
        """Make new takes of the track's song."""
        if self.track is not None and self.track.song is not None:
            song = more_like(self.track.song, self.track.origin)
            origin = Origin(self.track.id, Relation.MORE)
            self.app.navigation.send_again(song, Sending(origin=origin))

    @work(exclusive=True, group="replay")
    async def action_replay(self) -> None:
        """Make the track again, from the seed of its take."""
        if (track := self.track) is None:
            return
        try:
            found = await asyncio.to_thread(self.app.studio.replay, track)
        except StudioError as error:
            self.app.notify(str(error), title=error.title, severity="warning")
            return
        how = Sending(track.provider, Origin(track.id, found.relation), found.doubt)
        self.app.navigation.send_again(found.song, how)

    @work(exclusive=True, group="ask")
    async def action_carry_on(self) -> None:
        """Write a draft that extends the track, covers it or repaints a span of it."""
        from suno_tui.tui.screens.library.carry_on import CarryOnDialog

        if self.track is not None:
            dialog = CarryOnDialog(self.app.studio, self.track)
            if (found := await self.app.push_screen_wait(dialog)) is not None:
                self.app.navigation.write(found.song, found.provider)

    def action_copy_lyrics(self) -> None:
        if self.track is not None:
            self.app.copy("the lyrics", self.track.lyrics, lines=True)

    def action_copy_path(self) -> None:
        if self.track is not None:
            self.app.copy("the path", str(self.track.audio))

    def action_copy_id(self) -> None:
        if self.track is not None:
            self.app.copy("the id", self.track.id)

    def action_undo(self) -> None:
        self.app.library.run(self.app.library.undo())

    def action_redo(self) -> None:
        self.app.library.run(self.app.library.redo())


class TrackActions(SingleTrackActions):
    """Actions on `chosen_ids`, for widgets that show many tracks, or one in full."""

    @property
    def whole_ids(self) -> list[str]:
        """The ids for actions on all that a row stands for: each take of a folded song."""
        return self.chosen_ids

    @property
    def chosen_label(self) -> str:
        """A text for what is chosen."""
        return self._label(self.chosen_ids)

    def _label(self, ids: list[str]) -> str:
        if len(ids) == 1 and self.track is not None and self.track.id == ids[0]:
            return f"{one_line(self.track.name, 40)} {self.track.take}"
        if self.track is not None and ids != self.chosen_ids:
            return f"{one_line(self.track.name, 40)} ({len(ids)} takes)"
        return f"{len(ids):,} track{'' if len(ids) == 1 else 's'}"

    def action_trash(self) -> None:
        ids, key = self.whole_ids, self.app.keymap.key("undo")
        many = len(ids) > 1 and ids == self.chosen_ids
        are, them = ("are", "them") if many else ("is", "it")
        self._change_each(
            lambda library, track_id: library.trash([track_id]),
            f"{self._label(ids)} {are} in the trash; {key} brings {them} back.",
            ids,
        )

    def action_delete(self) -> None:
        """Delete for good, after a question."""
        ids = self.whole_ids
        its = "its audio, cover and facts are" if len(ids) == 1 else "audio, covers and facts are"
        text = f"{self._label(ids)}: {its} removed from the disk. This can't be undone."
        delete = partial(
            self._change_each, lambda library, track_id: library.delete([track_id]), ids=ids
        )
        self.app.ask("Delete for good?", text, delete, yes="Delete", deletes=True)

    def action_edit_facts(self) -> None:
        from suno_tui.tui.screens.library.edit import EditMany, EditOne

        ids = self.chosen_ids
        if len(ids) == 1:
            track = self.track
            if track is None or track.id != ids[0]:
                track = self.app.studio.library.get(ids[0])
            self.app.push_screen(EditOne(track, self.app.studio.library.takes(track)))
        else:
            self.app.push_screen(EditMany(ids))

    def action_edit_in_editor(self) -> None:
        """Edit the lyrics of the track in the user's own editor."""
        if self.track is not None:
            self.app.library.edit_lyrics(self.track)

    def action_enqueue(self) -> None:
        library = self.app.studio.library
        self.app.playback.enqueue([library.get(track_id) for track_id in self.chosen_ids])

    def action_to_playlist(self) -> None:
        from suno_tui.tui.screens.library.playlists import add_to_playlist

        add_to_playlist(self.app, self.chosen_ids, self.chosen_label)

    def action_export(self) -> None:
        from suno_tui.tui.screens.library.export import ExportDialog

        ids, library = self.whole_ids, self.app.studio.library
        few = len(ids) <= _MOST_SKETCHES
        sketches = few and all(library.get(each).provider == LOCAL for each in ids)
        self.app.push_screen(ExportDialog(ids, self._label(ids), sketches=sketches))

    def action_lyrics(self) -> None:
        from suno_tui.tui.dialogs.reader import Reader
        from suno_tui.tui.widgets.content import content

        if self.track is not None:
            text = content(self.track.lyrics, lines=True)
            self.app.push_screen(Reader(one_line(self.track.name, 60), text))


_MOST_SKETCHES = 200
"""Most tracks that are exported with scores and stems; the command line takes any number."""
_ON_CHOSEN = (
    "favorite", "trash", "delete", "edit_facts", "to_playlist", "enqueue", "export", "actions",
    "leave_playlist",
)  # fmt: skip
_ON_TRACK = (
    "open", "details", "lyrics", "clone", "again", "replay", "carry_on", "mark", "edit_in_editor",
    "mark_range", "mark_down", "mark_up",
    "copy_lyrics", "copy_path", "copy_id",
)  # fmt: skip
