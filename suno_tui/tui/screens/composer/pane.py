"""The composer: the form, what it would do and cost, and the draft that is saved as it is typed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textual import events, on, work
from textual.message import Message

from suno_tui.tui.screens.composer.actions import DeskActions
from suno_tui.tui.screens.composer.desk import SAVE_SECONDS
from suno_tui.tui.screens.composer.draft_session import has_text
from suno_tui.tui.screens.composer.form import WIDE, SongForm
from suno_tui.tui.screens.composer.generate_bar import GenerateBar
from suno_tui.tui.screens.composer.lyrics_editor import LyricsEditor
from suno_tui.tui.screens.composer.song_field import SongField
from suno_tui.tui.widgets.choice import ModelChoice
from suno_tui.tui.widgets.text_field import TextField

if TYPE_CHECKING:
    from suno_tui.providers.song import Song
    from suno_tui.tasks import Task

TALL = 30
"""Rows of content from which the form may breathe."""

PADDING = 4
"""Columns of the pane that the form leaves to the frame and to blanks."""

_TWO_ROWS = 20
"""Rows of content from which a narrow pane has two rows for what there is to know."""


class ComposePane(DeskActions):
    """The composer of a studio. `song` is what stands in the form."""

    place = "compose"
    _pasted: tuple[Song, str] | None = None
    """The song that was pasted last, and the draft before it."""

    DEFAULT_CSS = Path(__file__).with_name("pane.tcss").read_text()

    class Queued(Message):
        """The user sent the song: the tasks that were queued."""

        def __init__(self, tasks: tuple[Task, ...]) -> None:
            super().__init__()
            self.tasks = tasks

    def on_mount(self) -> None:
        self.app.app_suspend_signal.subscribe(self, lambda _: self.save())
        self.set_subtitle(self.draft or "")
        self._judge()  # before it is seen: a line that was not judged yet looks like an error

    def on_unmount(self) -> None:
        self.saver.now(self.form.read(), settle=True)
        self.saver.close()
        self._remember()

    def set_balance(self, balance: int | None) -> None:
        """The provider's balance in credits, None where it is unknown."""
        if balance != self.balance:
            self.balance = balance
            self._judge()

    @on(SongForm.Changed)
    def _song_changed(self, event: SongForm.Changed) -> None:
        event.stop()
        self._judge()
        if self._save_timer is None:
            self._save_timer = self.set_timer(SAVE_SECONDS, self._autosave)

    @on(TextField.Completing)
    def _completing(self, event: TextField.Completing) -> None:
        event.stop()
        self._show_about()

    @on(TextField.SelectionChanged)
    def _cursor_moved(self, event: TextField.SelectionChanged) -> None:
        event.stop()
        if isinstance(event.text_area, LyricsEditor) and event.text_area.has_focus:
            self._show_about()

    @on(SongField.SongPasted)
    def _song_pasted(self, event: SongField.SongPasted) -> None:
        """A whole song: as a new draft where it would replace something, so nothing is lost."""
        from suno_tui.lyrics.pasted import apply

        event.stop()
        changed = apply(self.song, event.fields)
        said = []
        if has_text(self.song):
            self._write(settle=True)
            former = self.draft
            self.load(changed)
            self._pasted = (changed, former) if former else None
            said.append("A whole song was pasted; ctrl+z goes back to the former draft.")
        else:
            self._put(changed)
            self.save()
        if "prompt" in event.fields:
            said.append("What belongs to none of its fields is the prompt, in simple mode.")
        if said:
            self.app.notify(" ".join(said), markup=False, timeout=5)
        if not isinstance(self.screen.focused, LyricsEditor):
            self.form.focus_first(["lyrics" if not self.song.instrumental else "title"])

    @on(TextField.NothingToUndo)
    def _paste_undone(self, event: TextField.NothingToUndo) -> None:
        """Right after a whole song was pasted undo goes back to the draft that it replaced."""
        event.stop()
        if self._pasted is None or self._pasted[0] != self.song:
            return
        former = self._pasted[1]
        if song := self._read(self.studio.drafts, former):
            self.load(song, name=former)
            self._say("The former draft is back; the pasted song is kept in Drafts.")

    def on_paste(self, event: events.Paste) -> None:
        """What is pasted outside a text field."""
        event.stop()
        self.take_paste(event.text)

    def take_paste(self, text: str) -> None:
        """Put a pasted text into the main field, as if the cursor were there."""
        song = self.song
        name = "style" if song.instrumental else "lyrics"
        field = self.form.text(name if song.custom_mode else "prompt")
        field.focus()
        field.post_message(events.Paste(text))

    @on(GenerateBar.Pressed)
    def _pressed(self, event: GenerateBar.Pressed) -> None:
        event.stop()
        self.action_generate()

    @on(ModelChoice.ListWanted)
    @work(exclusive=True, group="ask")
    async def _list_models(self) -> None:
        from suno_tui.tui.dialogs.item_picker import model_picker

        picker = model_picker(self.studio.models, self.song.model)
        if model := await self.app.push_screen_wait(picker):
            self.form.set_model(model)

    @on(events.DescendantFocus)
    def _field_entered(self) -> None:
        self.call_after_refresh(self._show_about)

    @on(events.DescendantBlur)
    def _field_left(self, event: events.DescendantBlur) -> None:
        if event.widget.name in ("title", "prompt") and self.draft:
            self.run_worker(self._write_soon(settle=True), group="draft")
        self.call_after_refresh(self._show_about)

    def on_resize(self, event: events.Resize) -> None:
        self.fit(*event.size)

    def fit(self, width: int, height: int) -> None:
        """Take the shape for so many columns and rows of the pane."""
        tall, narrow = height >= TALL, width < WIDE
        # Not on the pane: that would style all of it anew.
        self.form.fit(width - PADDING, flat=not tall)
        self.about.set_class(not tall, "-flat")
        self.about.set_class(narrow and height >= _TWO_ROWS, "-narrow")
        self.line.set_class(narrow and tall, "-tall")

    def queued(self, tasks: tuple[Task, ...]) -> None:
        self.post_message(self.Queued(tasks))
