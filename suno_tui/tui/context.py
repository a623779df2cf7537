"""What panes, dialogs and controllers may ask of the app.

`StudioApp` is the only `Context`. Everything else in `tui` names this class and these protocols, so
that no pane imports the app, and no controller imports a pane.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from textual.widget import Widget

from suno_tui.common.errors import StudioError
from suno_tui.common.text import for_clipboard
from suno_tui.tui.notices_app import NoticesApp

if TYPE_CHECKING:
    from suno_tui.library.store import Library
    from suno_tui.library.track import Track
    from suno_tui.providers.song import Song
    from suno_tui.studio import Studio
    from suno_tui.tasks.models import Task
    from suno_tui.tui.actions.dispatcher import Dispatcher
    from suno_tui.tui.actions.keymap import Keymap
    from suno_tui.tui.bulk_progress import BulkProgress
    from suno_tui.tui.playback.session import PlaybackSession
    from suno_tui.tui.sending import Sending
    from suno_tui.tui.startup.key_queue import KeyQueue
    from suno_tui.tui.terminal.images.gallery import Gallery
    from suno_tui.tui.terminal.paste_guard import PasteGuard

Done = TypeVar("Done")


class Navigation(Protocol):
    """The main screen, as the rest of the studio sees it."""

    page: str
    """The place that has the focus, or had it last: `compose`, `tasks`, `library` or `player`."""
    drawn: asyncio.Event
    """Set once the first picture is on the screen: slow work waits for it."""

    def go(self, place: str) -> None:
        """Show a place and give it the focus."""

    def entry(self, place: str) -> Widget:
        """Return the widget from which actions of a place are found."""

    def show_track(self, track_id: str) -> None:
        """Go to a track in the library."""

    def show_task(self, id: str) -> None:
        """Go to a task in the queue."""

    def write(self, song: Song, provider: str | None = None) -> None:
        """Put a song into the composer and go there; the old one is kept as a draft.

        `provider` is to make it; None keeps the provider of the old song.
        """

    def send_again(self, song: Song, how: Sending) -> None:
        """Send a song once more; ask first if it costs anything."""

    def leave(self) -> bool:
        """Leave what is on top, such as the zoom; return False if nothing is."""

    @property
    def can_leave(self) -> bool:
        """Whether there is something on top."""

    def update_keys(self) -> None:
        """Update the footer after the next refresh."""

    def show_keys(self) -> None:
        """Show the keys of a changed keymap in the frames, the header and the footer."""

    def show_sound(self) -> None:
        """Draw the player's bar and page, and the mark of the track that plays."""

    def label(self, id: str) -> str | None:
        """Return the present label of an action; None for its usual one."""

    def why_not(self, id: str) -> str | None:
        """Return why an action is off at the moment; None if it is on."""

    def action_clear(self) -> None:
        """Do what Esc does outside lists and dialogs."""


class QueueChanges(Protocol):
    """Changes of the queue that are shown at once."""

    @property
    def live(self) -> int:
        """How many tasks have not ended."""

    @property
    def is_shown(self) -> bool:
        """Whether the queue is on the screen."""

    def is_in_sight(self, id: str) -> bool:
        """Return whether the row of a task is on the screen."""

    def change(self, do: Callable[[], object]) -> bool:
        """Change the queue, wake the worker and show the result; return whether it worked."""

    def change_each(self, tasks: Sequence[Task], do: Callable[[Task], object]) -> None:
        """Change some tasks; skip those whose state no longer allows it."""

    def forget(self, tasks: Sequence[Task]) -> None:
        """Cancel live tasks, and take ended ones off the list."""


class LibraryChanges(Protocol):
    """Changes of the library, made one after the other and off the event loop."""

    progress: BulkProgress
    importing: BulkProgress
    """The progress of the running import, which doesn't hold up other changes."""

    @property
    def under_way(self) -> BulkProgress | None:
        """The change of many tracks that is under way; None if there is none."""

    def show(self) -> None:
        """Show what was changed."""

    async def apply(self, do: Callable[[Library], Done]) -> Done:
        """Change the library and show it; return what `do` returned. Raises `StudioError`."""

    async def try_apply(self, do: Callable[[Library], Done]) -> tuple[Done] | None:
        """As `apply`, with the result in a tuple; None after a failure, which is shown."""

    def change(self, do: Callable[[Library], object], notice: str = "") -> object:
        """Start `try_apply`; show the notice once it has worked."""

    def run(self, change: Any) -> None:
        """Run a change that continues after the dialog that started it is closed."""

    async def undo(self) -> None:
        """Undo the last change of the library, and show which it was."""

    async def redo(self) -> None:
        """Redo the change that was undone last."""

    def edit_lyrics(self, track: Track) -> None:
        """Open the user's own editor on a track's lyrics, and store the new text."""


class Playback(Protocol):
    """The player's controls."""

    @property
    def session(self) -> PlaybackSession:
        """The track that plays, and what plays next."""

    def show(self) -> None:
        """Update all that shows the player."""

    def play_track(
        self, track: Track, tracks: Sequence[Track | None] = (), place: int | None = None
    ) -> None:
        """Play a track, with `tracks` before and after it; `place` is its index in them."""

    def play_now(self, track: Track) -> None:
        """Play a track now; the list continues afterwards."""

    def enqueue(self, tracks: Sequence[Track]) -> None:
        """Add tracks to those that are up next."""

    def up_next_changed(self) -> None:
        """Prepare and show the new next track."""

    def listener_changed(self) -> None:
        """Show what a listener plays."""

    def skip(self, by: int) -> None:
        """Play the next track (1), or the one before (-1)."""

    def set_volume(self, volume: int) -> None:
        """Set the volume in per cent, and show it."""

    def seek_to(self, at: float) -> None:
        """Go to a second of the track."""

    def action_play(self) -> None:
        """Play or pause."""


class TrackList(Protocol):
    """The library's list, as the player sees it."""

    @property
    def current(self) -> Track | None:
        """The track under the cursor."""

    @property
    def items(self) -> Sequence[Track | None]:
        """The tracks that the filter finds; None for a track that is gone."""

    cursor: int


class Fields(Protocol):
    """The composer's fields."""

    def offers(self, name: str) -> bool:
        """Whether a field is on the screen."""

    def text(self, name: str) -> Widget:
        """Return the text field of that name."""

    def set_typing(self, typing: bool) -> None:
        """Take keys as text from now on, or as commands."""


class Images(Protocol):
    """How covers are drawn."""

    @property
    def gallery(self) -> Gallery:
        """The images that the terminal has in its memory."""

    def send(self, sequence: str) -> None:
        """Send a sequence to the terminal."""

    def choose(self) -> None:
        """Choose how to draw images, from the setting and the terminal's answers."""


class Palette(Protocol):
    """The lists of keys and actions."""

    def action_help(self) -> None:
        """Show the keys that work here."""

    def action_actions(self) -> None:
        """Show what can be done with the selection."""

    def action_commands(self) -> None:
        """Show everything that can be done in any pane, and tracks by their titles."""


class Themes(Protocol):
    """The themes on offer."""

    problems: list[str]
    """Sentences about themes that can't be used."""

    def names(self) -> list[str]:
        """Return the names of all themes; our own and the user's come first."""


class MainScreenDelegate(Protocol):
    """The app, as the main screen sees it: it receives reports and updates counts."""

    def poll_stores(self) -> None:
        """Show changes of the queue and the library."""

    def show_counts(self) -> None:
        """Show the numbers in the tabs and in the window's title."""

    def library_read(self) -> None:
        """Called after the library was read."""

    def screen_usable(self) -> None:
        """Called once the screen can be used."""

    def screen_drawn(self) -> None:
        """Called once the first picture is on the screen."""

    def fail(self, error: StudioError) -> None:
        """Exit, because the studio's files can't be opened."""


class Context(NoticesApp):
    """The app as its parts see it. The attributes are set by `StudioApp`."""

    studio: Studio
    keymap: Keymap
    dispatcher: Dispatcher
    key_queue: KeyQueue
    paste_guard: PasteGuard
    navigation: Navigation
    library: LibraryChanges
    playback: Playback
    palette: Palette
    themes: Themes
    images: Images

    @property
    def queue(self) -> QueueChanges:
        """The queue's pane."""
        raise NotImplementedError

    @property
    def tracks(self) -> TrackList:
        """The library's list."""
        raise NotImplementedError

    @property
    def fields(self) -> Fields:
        """The composer's fields."""
        raise NotImplementedError

    def poll_stores(self) -> None:
        """Show changes of the queue and the library."""
        raise NotImplementedError

    def show_providers(self) -> None:
        """Open the dialog that sets providers up."""
        raise NotImplementedError

    def provider_changed(self, name: str) -> None:
        """Show the provider in use, ask for its balance, and try tasks that its settings held."""
        raise NotImplementedError

    def ask(
        self,
        title: str,
        text: str,
        do: Callable[[], object],
        *,
        yes: str,
        no: str = "Keep",
        deletes: bool = False,
    ) -> None:
        """Ask a question, and call `do` if the user says yes. `yes` and `no` name the answers.

        Enter means yes, unless `deletes` says that something is deleted.
        """
        raise NotImplementedError

    # The terminal and the state file

    def copy(self, what: str, text: str, *, lines: bool = False) -> None:
        """Copy to the terminal's clipboard (OSC 52), which may be on another machine.

        `lines` keeps the line breaks of the text.
        """
        self.copy_to_clipboard(for_clipboard(text, lines=lines))
        self.notify_briefly(f"Copied {what}.")

    def copy_to_clipboard(self, text: str) -> None:
        # Text fields call this. Text that is pasted into a shell must not contain anything else.
        super().copy_to_clipboard(for_clipboard(text, lines=True))

    def to_terminal(self, sequence: str) -> None:
        """Send a sequence that is not part of the picture, such as the bell."""
        driver = self._driver
        if sequence and driver is not None and not driver.is_headless:
            driver.write(sequence)
            driver.flush()

    def remember(self, **values: object) -> None:
        """Store values for the next start; a failure is ignored."""
        with contextlib.suppress(StudioError):
            self.studio.remember(**values)
