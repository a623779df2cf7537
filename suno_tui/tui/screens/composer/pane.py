"""The composer's pane: the form, what the song costs, and what the user can do with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from textual import events, on, work
from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import Static

from suno_tui.drafts import SongFolder, StoredSong
from suno_tui.providers.remote import Amount
from suno_tui.providers.song import Problem, Song
from suno_tui.tui.screens.composer import field_help, questions
from suno_tui.tui.screens.composer.autosave import Autosave
from suno_tui.tui.screens.composer.draft_session import blank, has_text
from suno_tui.tui.screens.composer.edit_outside import edit_outside
from suno_tui.tui.screens.composer.form import WIDE, SongForm
from suno_tui.tui.screens.composer.form_actions import FormActions
from suno_tui.tui.screens.composer.generate_bar import GenerateBar
from suno_tui.tui.screens.composer.lyrics_editor import LyricsEditor
from suno_tui.tui.screens.composer.notices import Notices
from suno_tui.tui.screens.composer.personas import PersonaStore
from suno_tui.tui.screens.composer.song_field import SongField
from suno_tui.tui.screens.composer.style_field import OwnDescriptors
from suno_tui.tui.sending import PLAIN, Sending
from suno_tui.tui.widgets.choice import ModelChoice
from suno_tui.tui.widgets.text_field import TextField

if TYPE_CHECKING:
    from suno_tui.studio import Studio
    from suno_tui.tasks.models import Task
    from suno_tui.tui.context import Context

TALL = 30
"""Rows of content from which the form has blank lines."""

PADDING = 4
"""Columns of the pane that the frame and spaces take."""

_TWO_ROWS = 20
"""Rows of content from which a narrow pane has two rows of help for the field."""


class ComposePane(FormActions):
    """The composer of a studio. What the user types is a draft, saved as it is typed."""

    app: Context
    place = "compose"
    DEFAULT_CSS = Path(__file__).with_name("pane.tcss").read_text()

    class Queued(Message):
        """The user sent the song: the tasks that were queued."""

        def __init__(self, tasks: tuple[Task, ...]) -> None:
            super().__init__()
            self.tasks = tasks

    def __init__(self, studio: Studio) -> None:
        super().__init__(id="compose-pane")
        self.studio = studio
        self.balance: Amount | None = None
        self.problems: tuple[Problem, ...] = ()
        """Why the song can't be sent."""
        self.personas = PersonaStore(studio.home.data / "personas.toml")
        self.own_descriptors = OwnDescriptors(lambda: studio.library)
        known = self.personas.known
        self.form = SongForm(studio.models, self.own_descriptors, known, studio.uses)
        self.about = Static(id="about")
        self.generate_bar = GenerateBar()
        self.notices = Notices(self)
        self.autosave = Autosave(self, studio, self.form.read, self.notices)
        self._pasted: tuple[Song, str] | None = None
        """The song that was pasted last, and the draft before it."""
        self.set_title("Compose")

    def compose(self) -> ComposeResult:
        # Before anything is on the screen, so that the first typed key is not lost.
        self.form.song = self.autosave.restore()
        # A new draft can be typed at once; letters never get into an older one by themselves.
        self.form.typing = not has_text(self.song) and self.app.navigation.page == self.place
        self._show_typing()
        yield self.form
        yield self.about
        yield self.generate_bar

    def on_mount(self) -> None:
        self.app.app_suspend_signal.subscribe(self, lambda _: self.save())
        self.set_subtitle(self.draft or "")
        self._judge()  # before the first picture: an unjudged bar looks like an error

    def on_unmount(self) -> None:
        self.autosave.close()

    async def complete(self) -> None:
        """Create the fields that the first picture does not show."""
        await self.form.complete()
        self.call_after_refresh(self.show_about)

    @property
    def draft(self) -> str | None:
        """The name of the draft; None before anything was typed."""
        return self.autosave.name

    def load(self, song: Song, *, name: str | None = None, provider: str | None = None) -> None:
        """Replace the song in the form; the former draft stays saved.

        `name` is the draft that the song comes from, and `provider` that draft's provider. Without
        a name the song becomes a new draft.
        """
        self.autosave.save(settle=True)
        self.autosave.switch_to(name, song, provider)
        if name is not None or provider is not None:
            self.studio.choose_provider(provider)
        self._show(song)
        if name is None:
            self.save()
        self.autosave.remember()

    def save(self) -> None:
        """Write the draft now."""
        self.autosave.save()

    def set_balance(self, balance: Amount | None) -> None:
        """Show the provider's balance in credits; None if it is unknown."""
        self.balance = balance
        self._judge()

    @work(exclusive=True, group="ask")
    async def action_choose_provider(self) -> None:
        """Choose the provider of this song."""
        await questions.choose_provider(self.app, self.studio)
        self.provider_changed()

    def provider_changed(self) -> None:
        """Offer the models of the provider that makes the song now."""
        self.form.offer(self.studio.models)
        if self.studio.model(self.song.model) is None:
            self.form.set_song(
                replace(self.song, model=self.studio.capabilities().default_model.id)
            )
        self._judge()
        self.autosave.schedule()

    def _show(self, song: Song) -> None:
        self.form.show(song)
        self._judge()

    def _judge(self) -> None:
        self.form.offer(self.studio.models)
        self.problems = self.studio.problems(self.song)
        self.form.judge(self.problems)
        self._show_cost()
        self.show_about()

    def _show_cost(self) -> None:
        quote, calm = self.studio.quote(self.song), self.form.verdict.calm
        balance = questions.song_balance(self.studio, self.balance)
        self.generate_bar.show(self.problems, quote, balance, calm=calm)

    def show_about(self) -> None:
        if not self.form.whole:
            return  # hints take a while to load, which the start must not wait for
        size, chord = self.about.size, self.app.keymap.chord
        text = self.form.about(size.width, max(1, size.height), chord)
        if text != self.about.content:
            self.about.update(text, layout=False)

    def _read(self, folder: SongFolder, name: str) -> StoredSong | None:
        with self.notices.reported():
            return folder.load(name)
        return None

    @on(SongForm.Changed)
    def _song_changed(self, event: SongForm.Changed) -> None:
        event.stop()
        self._judge()
        self.autosave.schedule()

    @on(SongForm.TypingChanged)
    def _show_typing(self) -> None:
        self.set_title("Compose: typing" if self.form.typing else "Compose")

    @on(TextField.SelectionChanged)
    def _cursor_moved(self, event: TextField.SelectionChanged) -> None:
        event.stop()
        if isinstance(event.text_area, LyricsEditor) and event.text_area.has_focus:
            self.show_about()

    @on(SongField.SongPasted)
    def _song_pasted(self, event: SongField.SongPasted) -> None:
        """Fill the form with a pasted song, as a new draft if the form has text already."""
        from suno_tui.lyrics.pasted import apply

        event.stop()
        changed = apply(self.song, event.fields)
        notices = []
        if has_text(self.song):
            self.autosave.save(settle=True)
            former = self.draft
            self.load(changed)
            self._pasted = (changed, former) if former else None
            notices.append("Pasted a whole song; ctrl+z goes back to the previous draft.")
        else:
            self._show(changed)
            self.save()
        if "prompt" in event.fields:
            notices.append("Text that fits no field is in the prompt (simple mode).")
        if notices:
            self.app.notify(" ".join(notices), timeout=5)
        if not isinstance(self.screen.focused, LyricsEditor):
            self.form.focus_first(["lyrics" if not self.song.instrumental else "title"])

    @on(TextField.NothingToUndo)
    def _paste_undone(self, event: TextField.NothingToUndo) -> None:
        """Go back to the former draft, if nothing was changed since a whole song was pasted."""
        event.stop()
        if self._pasted is None or self._pasted[0] != self.song:
            return
        former = self._pasted[1]
        if kept := self._read(self.studio.drafts, former):
            self.load(kept.song, name=former, provider=kept.provider)
            self.notices.say("The previous draft is back; the pasted song is in Drafts.")

    def on_paste(self, event: events.Paste) -> None:
        """Take a paste that no text field took."""
        event.stop()
        self.take_paste(event.text)

    def take_paste(self, text: str) -> None:
        """Put a pasted text into the main field, as if the cursor were in it."""
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
        if model := await questions.choose_model(self.app, self.studio, self.song.model):
            self.form.set_song(replace(self.song, model=model))

    @on(events.DescendantFocus)
    def _field_entered(self) -> None:
        self.call_after_refresh(self.show_about)

    @on(events.DescendantBlur)
    def _field_left(self, event: events.DescendantBlur) -> None:
        if event.widget.name in ("title", "prompt") and self.draft:
            self.autosave.settle_soon()
        self.call_after_refresh(self.show_about)

    def on_resize(self, event: events.Resize) -> None:
        self.fit(*event.size)

    def fit(self, width: int, height: int) -> None:
        """Adapt to the size of the pane, in cells."""
        tall, narrow = height >= TALL, width < WIDE
        # Classes of the pane itself would style all of it again.
        self.form.fit(width - PADDING, flat=not tall)
        self.about.set_class(not tall, "-flat")
        self.about.set_class(narrow and height >= _TWO_ROWS, "-narrow")
        self.generate_bar.set_class(narrow and tall, "-tall")

    def why_not(self, id: str) -> str | None:
        """Return why an action is off right now, or None if it is on."""
        if id == "clear":
            return None if self.form.typing else self.app.navigation.why_not(id)
        return field_help.why_not(id, self.song, self.form.model, self.app.keymap.key)

    def ready(self) -> bool:
        """Return whether nothing is missing in the song."""
        return not self.studio.problems(self.song)

    def action_generate(self) -> None:
        """Ask before the song is sent, or focus the field where something is missing."""
        song = self.song
        self.problems = self.studio.problems(song)
        if self.problems:
            self.form.judge(self.problems, attempted=True)
            self.form.focus_first(problem.field for problem in self.problems)
            self._show_cost()
            return
        quote = self.studio.quote(song)
        if quote.reason:
            self.notices.alert(quote.reason, "Your own spending limit", severity="warning")
        elif self.studio.settings.screen.ask_before_generate:
            self._ask_and_send(song)
        else:
            self._send(song)

    def send_again(self, song: Song, how: Sending) -> None:
        """Send a song once more: at once if it is free, else after a question with its price."""
        quote = self.studio.quote(song, provider=how.provider)
        if problems := self.studio.problems(song, how.provider):
            why = f"{problems[0]} Clone it ({self.app.keymap.key('clone')}) to change it."
            self.notices.alert(why, "It can't be sent again as it is", severity="warning")
        elif quote.reason:
            self.notices.alert(quote.reason, "Your own spending limit", severity="warning")
        elif quote.free:
            self._send(song, how=how)
        else:
            self._ask_and_send(song, how)

    @work(exclusive=True, group="ask")
    async def _ask_and_send(self, song: Song, how: Sending = PLAIN) -> None:
        if count := await questions.ask_count(self.app, self.studio, song, self.balance, how):
            # The dialog has shown the doubt, so no notice needs to repeat it.
            self._send(song, count=count, how=how._replace(doubt=""))

    def _send(self, *songs: Song, count: int = 1, how: Sending = PLAIN) -> None:
        self.save()
        if tasks := questions.send(self.studio, songs, self.notices, count, how):
            # The song is sent: keys pressed next are commands, not text.
            self.form.set_typing(False)
            self.post_message(self.Queued(tasks))

    @work(exclusive=True, group="ask")
    async def action_variations(self) -> None:
        """Send the song in several styles and with several models."""
        from suno_tui.tui.screens.composer.variations import VariationsDialog

        balance = questions.song_balance(self.studio, self.balance)
        dialog = VariationsDialog(self.studio, self.song, balance)
        if songs := await self.app.push_screen_wait(dialog):
            self._send(*songs)

    def action_new_draft(self) -> None:
        """Empty the form; the former draft stays saved."""
        self.autosave.save(settle=True)
        self.studio.song_provider = None
        self.autosave.switch_to(None, None)
        self._show(blank(self.song))
        self.autosave.remember()
        self.type_into("title" if self.song.custom_mode else "prompt")

    def action_drafts(self) -> None:
        """Open a draft from the list."""
        self.autosave.save(settle=True)
        self._choose_draft()

    @work(exclusive=True, group="ask")
    async def _choose_draft(self) -> None:
        from suno_tui.tui.screens.composer.song_picker import SongPicker

        picker = SongPicker(
            "Drafts",
            self.studio.drafts,
            empty="No drafts yet. What you type is saved here.",
            current=self.draft,
            rename=self._rename_draft,
        )
        name = await self.app.push_screen_wait(picker)
        if name and name != self.draft and (kept := self._read(self.studio.drafts, name)):
            self.load(kept.song, name=name, provider=kept.provider)
            self.form.set_typing(False)
            self.focus_field()

    def _rename_draft(self, old: str, new: str) -> str:
        if old != self.draft:
            return self.studio.drafts.rename(old, new)
        self.autosave.rename(new)
        return self.draft or old

    @work(exclusive=True, group="ask")
    async def action_recipes(self) -> None:
        """Start from a recipe; the former draft stays saved."""
        from suno_tui.tui.screens.composer.song_picker import SongPicker

        key = self.app.keymap.key("save_recipe")
        empty = (
            f"No recipes yet. {key} saves the song in the form as a recipe.\n"
            "In a shell, `suno-tui recipe import --starter` adds sixty."
        )
        picker = SongPicker("Recipes", self.studio.recipes, empty=empty, current=None)
        name = await self.app.push_screen_wait(picker)
        if name and (recipe := self._read(self.studio.recipes, name)):
            self.form.set_typing(False)
            self.load(await questions.start_from(self.app, name, recipe.song, self.song))
            self.notices.say(f"Started from the recipe {name}.")

    def action_edit_in_editor(self) -> None:
        """Open $EDITOR on the lyrics, or on the prompt in simple mode."""
        self.app.key_queue.lend(self._edit_outside)

    async def _edit_outside(self) -> None:
        with self.notices.reported():
            await edit_outside(self.app, self.studio, self.form, self.autosave, self.notices)
