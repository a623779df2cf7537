"""The writing desk under the composer: the form, its draft on disk, and what is said about it."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.timer import Timer
from textual.widgets import Static

from suno_tui.common.errors import StudioError
from suno_tui.providers.song import Problem, Song
from suno_tui.tui.screens.composer.draft_session import DraftSession
from suno_tui.tui.screens.composer.draft_writer import DraftWriter, Saved
from suno_tui.tui.screens.composer.form import SongForm
from suno_tui.tui.screens.composer.generate_bar import GenerateBar
from suno_tui.tui.screens.composer.personas import Persona, PersonaStore
from suno_tui.tui.widgets.content import clean
from suno_tui.tui.widgets.pane import Pane

if TYPE_CHECKING:
    from suno_tui.studio import Studio

SAVE_SECONDS = 0.5
"""How long a typed key may be only in memory."""


class Desk(Pane):
    """The form and the draft in it. What the user can do with them is in `ComposePane`."""

    def __init__(self, studio: Studio) -> None:
        super().__init__(id="compose-pane")
        self.studio = studio
        self.saver = DraftWriter(DraftSession(studio.drafts))
        self.balance: int | None = None
        self._problems: tuple[Problem, ...] = ()
        self._save_timer: Timer | None = None
        self._trouble = ""
        self._words: tuple[str, ...] | None = None
        self.personas = PersonaStore(studio.home.data / "personas.toml")
        self.form = SongForm(studio.models, self._own_words, self._personas)
        self.about = Static(id="about")
        self.line = GenerateBar()
        self.set_title("Compose")

    def compose(self) -> ComposeResult:
        # Before anything is on the screen: what is typed from the first moment on is kept.
        self.form.song = self._restored()
        yield self.form
        yield self.about
        yield self.line

    async def complete(self) -> None:
        """What can wait until the song that is there can be written on."""
        await self.form.complete()
        self.call_after_refresh(self._show_about)

    @property
    def song(self) -> Song:
        """What stands in the form."""
        return self.form.song

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What keeps the song from being sent."""
        return self._problems

    @property
    def draft(self) -> str | None:
        """The name of the draft; None before anything was typed."""
        return self.saver.keeper.name

    def load(self, song: Song, *, name: str | None = None) -> None:
        """Replace the form's contents; the former draft stays saved.

        `name` is the draft that the song comes from; without one it becomes a new draft.
        """
        self._write(settle=True)
        self.saver.take(name, song)
        self._put(song)
        if name is None:
            self.save()
        self._remember()

    def save(self) -> None:
        """Write the draft now."""
        self._write(settle=False)

    def _restored(self) -> Song:
        """The draft that was written last, or an empty song."""
        wish = self.studio.remembered().get("draft")
        try:
            kept = self.saver.keeper.restore(wish if isinstance(wish, str) else None)
        except StudioError as error:
            self._notify(str(error), error.title)
            kept = None
        if kept:
            return kept.song
        custom = self.studio.remembered().get("custom_mode") is True
        return Song(model=next((m.id for m in self.studio.models), ""), custom_mode=custom)

    def _put(self, song: Song) -> None:
        self.form.show(song)
        self._judge()

    def _write(self, *, settle: bool) -> None:
        self._stop_timer()
        self._tell(self.saver.now(self.form.read(), settle=settle))

    async def _write_soon(self, *, settle: bool) -> None:
        self._stop_timer()
        self._tell(await self.saver.later(self.form.read(), settle=settle))

    def _stop_timer(self) -> None:
        if self._save_timer is not None:
            self._save_timer.stop()
            self._save_timer = None

    def _autosave(self) -> None:
        self.run_worker(self._write_soon(settle=False), group="draft")

    def _tell(self, saved: Saved) -> None:
        """What can't be written is said once, and tried again with the next key."""
        trouble = str(saved.trouble or "")
        if saved.trouble is not None and trouble != self._trouble:
            self._notify(f"The draft is not saved. {trouble}", saved.trouble.title)
        self._trouble = trouble
        if saved.forked and saved.gone:
            self._notify(
                f"The draft {saved.before} was deleted or renamed elsewhere; "
                f"what you write is kept as {saved.after}.",
                "It is kept",
            )
        elif saved.forked:
            self._notify(
                f"The draft {saved.before} was changed elsewhere; yours goes on as {saved.after}.",
                "Two versions",
                severity="warning",
            )
        if saved.before != saved.after:
            self._remember()

    def _remember(self) -> None:
        with contextlib.suppress(StudioError):
            self.studio.remember(draft=self.draft or "", custom_mode=self.song.custom_mode)
        self.set_subtitle(self.draft or "")

    def _judge(self) -> None:
        self._problems = self.studio.problems(self.song)
        self.form.judge(self._problems)
        self._show_line()
        self._show_about()

    def _show_line(self) -> None:
        quote = self.studio.quote(self.song)
        self.line.show(self._problems, quote, self.balance, calm=self.form.calm)

    def _show_about(self) -> None:
        line = self.about
        if not self.form.whole:
            return  # hints take a while to load, and nobody waits for them at the start
        text = self.form.about(line.size.width, max(1, line.size.height))
        if text != line.content:
            line.update(text, layout=False)

    def _own_words(self) -> Sequence[str]:
        """Descriptors of the user's own library, the most used first; empty until it is read."""
        if self._words is None:
            self._words = ()
            # A big library takes seconds: nobody waits for that, neither now nor at the end.
            threading.Thread(target=self._read_words, name="own words", daemon=True).start()
        return self._words

    def _read_words(self) -> None:
        from suno_tui.lyrics.style import descriptors

        # The studio may be closed meanwhile; then nobody needs the words.
        with contextlib.suppress(Exception):
            tracks = self.studio.library.tracks(limit=500)
            used = Counter(part for track in tracks for part in descriptors(track.style))
            self._words = tuple(word for word, _ in used.most_common(200))

    def _personas(self) -> Sequence[Persona]:
        try:
            return self.personas.all()
        except StudioError:
            # A damaged book keeps nobody from typing an id; saving to it says what is wrong.
            return ()

    def _say(self, text: str) -> None:
        self.app.notify(clean(text), markup=False, timeout=4)

    def _notify(self, text: str, title: str, severity: str = "error") -> None:
        self.app.notify(
            clean(text, lines=True),
            title=title,
            severity="warning" if severity == "warning" else "error",
            markup=False,
            timeout=8,
        )
