"""Actions within the form: selecting and typing in fields, jumps, tidying, help with words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import on, work

from suno_tui.providers.song import LABELS, NO_SOURCE, Song
from suno_tui.tui.screens.composer import questions, tidy
from suno_tui.tui.screens.composer.form import SongForm
from suno_tui.tui.screens.composer.lyrics_editor import LyricsEditor
from suno_tui.tui.screens.composer.notices import Notices
from suno_tui.tui.screens.composer.parameters import ParameterField
from suno_tui.tui.screens.composer.personas import PersonaStore
from suno_tui.tui.screens.composer.song_field import SongField
from suno_tui.tui.widgets.choice import ModelChoice
from suno_tui.tui.widgets.pane import Pane
from suno_tui.tui.widgets.slider import Slider
from suno_tui.tui.widgets.text_field import TextField

if TYPE_CHECKING:
    from suno_tui.studio import Studio
    from suno_tui.tui.context import Context


class FormActions(Pane):
    """The part of the composer whose actions work within its form."""

    app: Context
    studio: Studio
    form: SongForm
    notices: Notices
    personas: PersonaStore

    def why_not(self, id: str) -> str | None:
        """Return why an action is off right now, or None if it is on."""
        raise NotImplementedError

    def show_about(self) -> None:
        """Show the help for the field that has the focus."""
        raise NotImplementedError

    @property
    def song(self) -> Song:
        """The song in the form."""
        return self.form.song

    def focus_field(self) -> None:
        """Focus the first empty field, or else the large one."""
        names = ["title", "style", "lyrics"] if self.song.custom_mode else ["prompt"]
        empty = [name for name in names if not getattr(self.song, name).strip()]
        self.form.focus_first(empty or names[-1:])

    def label(self, id: str) -> str | None:
        """Return what an action is called here."""
        if id == "clear" and self.form.typing:
            field = self.screen.focused
            listed = isinstance(field, TextField) and field.completions
            return "Close list" if listed else "Stop typing"
        return self.app.navigation.label(id)

    def action_clear(self) -> None:
        """Stop typing (Esc), so that letters are commands; if not typing, act as Esc elsewhere."""
        if self.form.typing:
            self.form.set_typing(False)
        else:
            self.app.navigation.action_clear()

    @on(TextField.Completing)
    def _completing(self, event: TextField.Completing) -> None:
        event.stop()
        self.form.suggest(event.field)
        self.show_about()
        self.app.navigation.update_keys()

    @on(ParameterField.Wanted)
    def _parameters_wanted(self, event: ParameterField.Wanted) -> None:
        event.stop()
        self.action_parameters()

    @work(exclusive=True, group="ask")
    async def action_parameters(self) -> None:
        """Set tempo, key, length and the like."""
        if song := await questions.ask_parameters(self.app, self.app.studio, self.song):
            self.form.set_song(song)

    def action_edit_field(self) -> None:
        """Type into the selected field; if it takes no text, into the first empty text field."""
        if not isinstance(self.screen.focused, SongField | Slider):
            self.focus_field()
        self.form.set_typing(True)

    def action_field_model(self) -> None:
        self.post_message(ModelChoice.ListWanted())

    def action_field_title(self) -> None:
        self.type_into("title")

    def action_field_style(self) -> None:
        self.type_into("style")

    def action_field_exclude(self) -> None:
        self.type_into("negative_tags")

    def action_field_lyrics(self) -> None:
        self.type_into("lyrics" if self.song.custom_mode else "prompt")

    def type_into(self, name: str) -> None:
        """Focus a text field and take keys as text."""
        self.form.field(name).focus()
        self.form.set_typing(True)

    def action_move_down(self) -> None:
        """Select the next field. The model is next to the mode, not below it: use Tab or ↑."""
        self.screen.focus_next()
        if isinstance(self.screen.focused, ModelChoice):
            self.screen.focus_next()

    def action_move_up(self) -> None:
        """Select the field before."""
        self.screen.focus_previous()

    def action_mode(self) -> None:
        """Switch between simple and custom mode; each keeps its own text."""
        in_text = isinstance(self.screen.focused, TextField)
        self.form.set_mode(custom=not self.song.custom_mode)
        if in_text:
            self.focus_field()

    def action_drop_source(self) -> None:
        """Make it a song that carries on from no track."""
        self.form.set_song(replace(self.song, **NO_SOURCE))

    def action_fit_style(self) -> None:
        """Remove labels from the style and shorten it; undo in the field restores it."""
        self._tidy(tidy.fit_style(self.song, self.form.model))

    def action_clean_lyrics(self) -> None:
        """Remove from the lyrics what is not sung; undo in the field restores it."""
        self._tidy(tidy.clean_lyrics(self.song))

    def _tidy(self, tidied: tidy.Tidied) -> None:
        for name, text in tidied.fields.items():
            self.form.text(name).replace_all(text)
        if tidied.summary:
            self.notices.say(f"{tidied.summary}. ctrl+z in the field undoes it.")

    @work(exclusive=True, group="ask")
    async def action_sections(self) -> None:
        """Go to a section of the lyrics."""
        await questions.go_to_section(self.app, self.form)

    @work(exclusive=True, group="ask")
    async def action_hints(self) -> None:
        """Go to one of the hints on the song."""
        await questions.go_to_hint(self.app, self.form)

    @work(exclusive=True, group="ask")
    async def action_words(self) -> None:
        """Offer rhymes and synonyms for the word at the cursor of the lyrics."""
        from suno_tui.tui.screens.composer.word_picker import choose_word

        await choose_word(self.app, self.form.query_one(LyricsEditor), self.notices)

    @work(exclusive=True, group="ask")
    async def action_write(self) -> None:
        """Let a language model propose words; offer what works without one."""
        from suno_tui.tui.screens.composer import writing

        lyrics, song = self.form.query_one(LyricsEditor), self.song
        with self.notices.reported():
            chosen = await writing.choose(self.app, self.studio, song, self.why_not)
            if isinstance(chosen, str):
                getattr(self, f"action_{chosen}")()
                return
            if chosen and (
                wish := await writing.ask_wish(self.app, *chosen, song, lyrics.selected_lines)
            ):
                model = self.form.model
                texts = await writing.propose(self.app, chosen[0], wish, song, model)
                self._accept(song, texts or {})

    def _accept(self, before: Song, texts: Mapping[str, str]) -> None:
        """Put accepted texts into their fields; undo in a field restores its former text."""
        if any(getattr(self.song, name) != getattr(before, name) for name in texts):
            self.notices.say("The song has changed meanwhile: nothing was accepted.")
            return
        if texts and not self.song.custom_mode:
            self.form.set_mode(custom=True)
        for name, text in texts.items():
            self.form.text(name).replace_all(text)
        if texts:
            self.form.focus_first(texts)
            named = " and ".join(LABELS[name].lower() for name in texts)
            typing = "" if self.form.typing else f"{self.app.keymap.key('edit_field')}, then "
            self.notices.say(f"Accepted into {named}. {typing}ctrl+z in the field undoes it.")

    @work(exclusive=True, group="ask")
    async def action_save_recipe(self) -> None:
        """Save the song as a recipe."""
        with self.notices.reported():
            if name := await questions.save_recipe(self.app, self.studio.recipes, self.song):
                self.notices.say(f"Saved as the recipe {name}.")

    @work(exclusive=True, group="ask")
    async def action_save_persona(self) -> None:
        """Give the persona in the form a name of the user's own."""
        with self.notices.reported():
            await questions.name_persona(self.app, self.personas, self.song.persona_id or "")
        self.show_about()
