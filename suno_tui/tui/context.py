"""What panes, dialogs and controllers may ask of the app.

`StudioApp` is the only `Context`. Everything else in `tui` names this class and these protocols, so
that no pane imports the app, and no controller imports a pane.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from textual.notifications import Notification
from textual.widget import Widget
from textual.widgets._toast import ToastRack

from suno_tui.common.errors import StudioError
from suno_tui.common.text import clean, for_clipboard
from suno_tui.tui.guarded_app import GuardedApp

if TYPE_CHECKING:
    from suno_tui.library.store import Library
    from suno_tui.library.track import Track
    from suno_tui.providers.song import Song
    from suno_tui.studio import Studio
    from suno_tui.tasks.models import Task
    from suno_tui.tui.actions.dispatcher import Dispatcher
    from suno_tui.tui.actions.table import Keymap
    from suno_tui.tui.bulk_progress import BulkProgress
    from suno_tui.tui.playback.session import PlaybackSession
    from suno_tui.tui.startup.key_queue import KeyQueue
    from suno_tui.tui.terminal.images.gallery import Gallery

Done = TypeVar("Done")

PASSING = 3
"""Seconds for which a short notice is seen; no other notice has this time."""


class Navigation(Protocol):
    """The main screen, as the rest of the studio sees it."""

    page: str
    """The place that has the focus, or had it last: `compose`, `tasks`, `library` or `player`."""
    drawn: asyncio.Event
    """Set once the first picture is on the screen: slow work waits for it."""

    def go(self, place: str) -> None:
        """Show a place and give it the focus."""

    def write(self, song: Song) -> None:
        """Put a song into the composer and go there; what was there stays as a draft."""

    def update_keys(self) -> None:
        """Update the footer once things have settled."""

    def show_sound(self) -> None:
        """Draw the player's bar and page, and the mark of the track that plays."""

    def label(self, id: str) -> str | None:
        """What an action is called at the moment; None for its usual name."""

    def why_not(self, id: str) -> str | None:
        """Why an action is off at the moment; None if it is on."""

    def action_clear(self) -> None:
        """Do what Esc does outside lists and dialogs."""


class QueueChanges(Protocol):
    """Changes of the queue that are shown at once."""

    @property
    def live(self) -> int:
        """How many tasks have not ended."""

    def change(self, do: Callable[[], object]) -> bool:
        """Change the queue, wake the worker and show the result; return whether it worked."""

    def forget(self, task: Task) -> None:
        """Take a task out of the list."""


class LibraryChanges(Protocol):
    """Changes of the library, made one after the other and off the event loop."""

    progress: BulkProgress

    async def changed(self, do: Callable[[Library], Done]) -> Done:
        """Change the library and show it; return what `do` returned. Raises `StudioError`."""

    async def make_change(self, do: Callable[[Library], Done]) -> tuple[Done] | None:
        """As `changed`, with the result in a tuple; None after a failure, which is shown."""

    def change(self, do: Callable[[Library], object], said: str = "") -> object:
        """Start `make_change`; show `said` once it has worked."""

    def run(self, change: Any) -> None:
        """Await a change that goes on when the dialog that started it is closed."""

    async def undo(self) -> None:
        """Take the last change of the library back, and say which."""

    async def redo(self) -> None:
        """Make the change again that was taken back last."""

    def edit_lyrics(self, track: Track) -> None:
        """Open the user's own editor on a track's lyrics, and keep what it leaves."""


class Playback(Protocol):
    """The player's controls."""

    @property
    def session(self) -> PlaybackSession:
        """What plays."""

    def show(self) -> None:
        """Draw what plays everywhere it is shown."""

    def play_track(
        self, track: Track, tracks: Sequence[Track | None] = (), place: int | None = None
    ) -> None:
        """Play a track, which has that place among `tracks`: those come before and after it."""

    def play_aside(self, track: Track) -> None:
        """Play a track now; the list goes on where it was."""

    def enqueue(self, tracks: Sequence[Track]) -> None:
        """Let these tracks play after the current one."""

    def up_next_changed(self) -> None:
        """Take note that another track follows now."""

    def action_play(self) -> None:
        """Play or pause."""


class TrackList(Protocol):
    """The library's list, as the player sees it."""

    @property
    def current(self) -> Track | None:
        """The track under the cursor."""

    @property
    def items(self) -> Sequence[Track | None]:
        """The tracks that the filter leaves over; None for one that can't be read."""

    cursor: int


class Fields(Protocol):
    """The composer's fields."""

    def offers(self, name: str) -> bool:
        """Whether a field is on the screen."""

    def text(self, name: str) -> Widget:
        """The text field of that name."""


class Images(Protocol):
    """How covers are drawn."""

    @property
    def gallery(self) -> Gallery:
        """The pictures that the terminal knows."""

    def send(self, sequence: str) -> None:
        """Send a sequence to the terminal."""

    def choose(self) -> None:
        """Draw pictures by the setting from now on."""


class Palette(Protocol):
    """The lists of keys and actions."""

    def action_help(self) -> None:
        """Show the keys that work here."""

    def action_actions(self) -> None:
        """Show what can be done with the selection."""

    def theme_names(self) -> list[str]:
        """Every theme on offer: our own and the user's come first."""


class Host(Protocol):
    """What the main screen reports to, and asks for what only it shows."""

    def look(self) -> None:
        """See whether anybody changed the queue or the library."""

    def show_counts(self) -> None:
        """Show the numbers in the tabs and in the window's title."""

    def library_listed(self) -> None:
        """Take note that the library was read."""

    def begun(self) -> None:
        """Take note that the screen can be used."""

    def drawn(self) -> None:
        """Take note that the first picture of all is there."""

    def fail(self, error: StudioError) -> None:
        """End: what the studio stands on can't be opened."""


class Context(GuardedApp):
    """The app as its parts see it. The attributes are set by `StudioApp`."""

    studio: Studio
    now: Callable[[], datetime]
    """The clock: returns aware moments."""
    keymap: Keymap
    dispatcher: Dispatcher
    key_queue: KeyQueue
    navigation: Navigation
    library: LibraryChanges
    playback: Playback
    palette: Palette
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

    # Notices

    def say(self, text: str) -> None:
        """Show a short notice; it replaces the last one."""
        self._take_away(note for note in self._notifications if note.timeout == PASSING)
        self.notify(clean(text), markup=False, timeout=PASSING)

    def tell_error(self, error: StudioError) -> None:
        """Show an error in its own words."""
        text = clean(str(error), lines=True)
        self.notify(text, title=error.title, severity="error", markup=False, timeout=10)

    @property
    def says_something(self) -> bool:
        """Whether a notice is on the screen."""
        return bool(self._notifications)

    def end_messages(self) -> None:
        """Take all notices away before their time."""
        self._take_away(self._notifications)

    def _take_away(self, notes: Iterable[Notification]) -> None:
        for notice in [*notes]:
            self._unnotify(notice, refresh=False)
            # Textual would take the toast away and leave its place.
            for screen in self.screen_stack:  # each has a rack of its own
                screen.query(f"#{ToastRack._toast_id(notice)}").remove()

    # The terminal and the state file

    def copy(self, what: str, text: str, *, lines: bool = False) -> None:
        """Copy to the terminal's clipboard (OSC 52), which may be on another machine.

        `lines` keeps the line breaks of the text.
        """
        self.copy_to_clipboard(for_clipboard(text, lines=lines))
        self.say(f"Copied: {what}.")

    def copy_to_clipboard(self, text: str) -> None:
        # Text fields come here by themselves. What is pasted in a shell must be nothing but text.
        super().copy_to_clipboard(for_clipboard(text, lines=True))

    def to_terminal(self, sequence: str) -> None:
        """Send a sequence that is not part of the picture, such as the bell."""
        driver = self._driver
        if sequence and driver is not None and not driver.is_headless:
            driver.write(sequence)
            driver.flush()

    def remember(self, **values: object) -> None:
        """Write down what the next start wants to know; a failure to write is ignored."""
        with contextlib.suppress(StudioError):
            self.studio.remember(**values)
