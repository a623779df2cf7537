"""What the user can do with the song in the form."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual import work

from suno_tui.common.errors import StudioError
from suno_tui.drafts import SongFolder
from suno_tui.providers.song import Song
from suno_tui.tui.screens.composer.desk import Desk
from suno_tui.tui.screens.composer.draft_session import blank, has_text
from suno_tui.tui.screens.composer.lyrics_editor import LyricsEditor
from suno_tui.tui.screens.composer.personas import Persona
from suno_tui.tui.widgets.content import one_line
from suno_tui.tui.widgets.text_field import TextField

if TYPE_CHECKING:
    from suno_tui.tasks import Task
    from suno_tui.tui.context import Context


_OPEN = "<topic> in a text is asked for each time the recipe is used."


class DeskActions(Desk):
    """The composer's actions; those that ask something do so in a dialog."""

    app: Context

    def action_generate(self) -> None:
        """Show what is sent and the cost; or put the cursor where something is missing."""
        song = self.song
        self._problems = self.studio.problems(song)
        if self._problems:
            self.form.judge(self._problems, attempted=True)
            self.form.focus_first(problem.field for problem in self._problems)
            self._show_line()
            return
        quote = self.studio.quote(song)
        if quote.reason:
            self._notify(quote.reason, "Your own spending limit", severity="warning")
        elif self.studio.settings.screen.ask_before_generate:
            self._ask(song)
        else:
            self._send(song)

    def action_edit_in_editor(self) -> None:
        """Open $EDITOR on the lyrics, or on the prompt in simple mode."""
        self.app.key_queue.lend(self._edit_in_editor)

    def action_mode(self) -> None:
        """Between simple and custom mode; each keeps what was typed in it."""
        in_text = isinstance(self.screen.focused, TextField)
        self.form.set_mode(custom=not self.song.custom_mode)
        if in_text:
            self.focus_field()

    def action_new_draft(self) -> None:
        """An empty form; the former draft stays saved."""
        self._write(settle=True)
        self.saver.take(None, None)
        self._put(blank(self.song))
        self._remember()
        self.form.focus_first(["title" if self.song.custom_mode else "prompt"])

    def action_drafts(self) -> None:
        """The list of drafts."""
        self._write(settle=True)
        self._choose_draft()

    def action_recipes(self) -> None:
        """Start from a recipe; the former draft stays saved."""
        self._choose_recipe()

    def action_save_recipe(self) -> None:
        """Keep this song as a recipe to start from."""
        self._save_recipe()

    def action_fit_style(self) -> None:
        """Make the style fit its limit, saying what is dropped; undo in the field takes it back."""
        from suno_tui.lyrics.style import fit

        style, dropped = fit(self.song.style)
        if dropped:
            self.form.text("style").replace_all(style)
            self._say(f"Dropped from the style: {', '.join(dropped)}")

    def action_sections(self) -> None:
        """Jump to a section of the lyrics."""
        self._choose_section()

    def action_hints(self) -> None:
        """Everything that is worth a look in the song, to go to."""
        self._choose_hint()

    def action_save_persona(self) -> None:
        """Give the persona in the form a name of your own."""
        self._save_persona()

    def action_variations(self) -> None:
        """The song in several styles and with several models."""
        self._ask_variations()

    def why_not(self, id: str) -> str | None:
        """Why an action is off right now."""
        if id == "fit_style":
            from suno_tui.lyrics.style import fit

            return None if fit(self.song.style)[1] else "The style fits."
        if id == "save_recipe":
            return None if has_text(self.song) else "There is nothing in the form yet."
        if id == "save_persona":
            return None if self.song.persona_id else "There is no persona in the form."
        if id == "hints":
            from suno_tui.lyrics.hints import hints

            return None if hints(self.song) else "Nothing in the song stands out."
        if id == "sections":
            sung = self.song.custom_mode and not self.song.instrumental
            return None if sung else "Lyrics are in custom mode only."
        return None

    def focus_field(self) -> None:
        """Where writing goes on: the first field that is empty, else the large one."""
        names = ["title", "style", "lyrics"] if self.song.custom_mode else ["prompt"]
        empty = [name for name in names if not getattr(self.song, name).strip()]
        self.form.focus_first(empty or names[-1:])

    @work(exclusive=True, group="ask")
    async def _ask(self, song: Song) -> None:
        from suno_tui.tui.screens.composer.generate_dialog import GenerateDialog

        model = self.studio.model(song.model)
        dialog = GenerateDialog(
            song,
            model.label if model else song.model,
            lambda count: self.studio.quote(song, count),
            self.balance,
        )
        count = await self.app.push_screen_wait(dialog)
        if count:
            self._send(song, count=count)

    @work(exclusive=True, group="ask")
    async def _choose_draft(self) -> None:
        from suno_tui.tui.screens.composer.song_picker import SongPicker

        empty = "No drafts yet: what you type is kept here."
        picker = SongPicker(
            "Drafts",
            self.studio.drafts,
            empty=empty,
            current=self.draft,
            rename=self._rename_draft,
        )
        name = await self.app.push_screen_wait(picker)
        if name and name != self.draft and (kept := self._read(self.studio.drafts, name)):
            self.load(kept, name=name)
            self.focus_field()

    def _rename_draft(self, old: str, new: str) -> str:
        if old != self.draft:
            return self.studio.drafts.rename(old, new)
        self._tell(self.saver.rename(new))
        return self.draft or old

    @work(exclusive=True, group="ask")
    async def _choose_recipe(self) -> None:
        from suno_tui.lyrics.placeholders import fill, placeholders
        from suno_tui.tui.dialogs.item_picker import NameDialog
        from suno_tui.tui.screens.composer.song_picker import SongPicker

        empty = "No recipes yet: R keeps the song in the form as one."
        picker = SongPicker("Recipes", self.studio.recipes, empty=empty, current=None)
        name = await self.app.push_screen_wait(picker)
        if name and (recipe := self._read(self.studio.recipes, name)):
            # What the recipe leaves open stays as it is: a topic, a title.
            song = replace(self.song, **recipe.to_table())
            for one in placeholders(recipe):
                ask = NameDialog(
                    f"{name}: {one}",
                    "",
                    f"What stands for {one}? Esc leaves it open.",
                    "It needs words; esc leaves it open.",
                )
                if words := await self.app.push_screen_wait(ask):
                    song = fill(song, one, words)
            self.load(song)
            self._say(f"Started from the recipe {name}.")

    @work(exclusive=True, group="ask")
    async def _save_recipe(self) -> None:
        from suno_tui.tui.dialogs.item_picker import NameDialog

        name = await self.app.push_screen_wait(NameDialog("Save as recipe", self.song.name, _OPEN))
        if name:
            try:
                kept = self.studio.recipes.free_name(name)
                self.studio.recipes.save(kept, self.song)
            except StudioError as error:
                self._notify(str(error), error.title)
            else:
                self._say(f"Saved as the recipe {kept}.")

    @work(exclusive=True, group="ask")
    async def _choose_section(self) -> None:
        from suno_tui.tui.dialogs.item_picker import section_picker

        lyrics = self.form.query_one(LyricsEditor)
        picker = section_picker(self.song.lyrics, lyrics.cursor_location[0])
        if line := await self.app.push_screen_wait(picker):
            lyrics.focus()
            lyrics.go_to_line(int(line))

    @work(exclusive=True, group="ask")
    async def _choose_hint(self) -> None:
        from suno_tui.lyrics.hints import hints
        from suno_tui.tui.dialogs.item_picker import HintPicker

        found, field = hints(self.song), self.screen.focused
        at = field.cursor_location[0] if isinstance(field, LyricsEditor) else 0
        picker = HintPicker(found, field.name or "" if field else "", at)
        if number := await self.app.push_screen_wait(picker):
            hint = found[int(number)]
            self.form.field(hint.field).focus()
            if hint.line is not None:
                self.form.query_one(LyricsEditor).go_to_line(hint.line)

    @work(exclusive=True, group="ask")
    async def _save_persona(self) -> None:
        from suno_tui.tui.dialogs.item_picker import NameDialog

        persona = self.song.persona_id or ""
        known = next((one for one in self._personas() if one.id == persona), None)
        wish = ", ".join(part for part in (known.name, known.note) if part) if known else ""
        ask = NameDialog(f"A name for {one_line(persona, 30)}", wish, "A name, a comma, and a note")
        if text := await self.app.push_screen_wait(ask):
            name, _, note = (part.strip() for part in text.partition(","))
            try:
                self.personas.keep(Persona(persona, name, note))
            except StudioError as error:
                self._notify(str(error), error.title)
            self._show_about()

    def _read(self, folder: SongFolder, name: str) -> Song | None:
        try:
            kept = folder.load(name)
        except StudioError as error:
            self._notify(str(error), error.title)
            return None
        return kept.song if kept else None

    @work(exclusive=True, group="ask")
    async def _ask_variations(self) -> None:
        from suno_tui.tui.screens.composer.variations import VariationsDialog

        dialog = VariationsDialog(self.studio, self.song, self.balance)
        if songs := await self.app.push_screen_wait(dialog):
            self._send(*songs)

    def _send(self, song: Song, *more: Song, count: int = 1) -> None:
        self.save()
        tasks: list[Task] = []
        try:
            for one in (song, *more):
                tasks += self.studio.generate(one, count)
        except StudioError as error:
            done = f"{len(tasks)} were queued before. " if tasks else ""
            self._notify(f"{error}\n{done}Nothing that you typed is lost.", error.title)
            if not tasks:
                return
        what = f"Queued, {len(tasks)} tasks" if len(tasks) > 1 else "Queued"
        self._say(f"{what}: {one_line(song.name, 40)}")
        self.queued(tuple(tasks))

    async def _edit_in_editor(self) -> None:
        from suno_tui.tui.controllers.external_editor import edit_in_editor

        name = "lyrics" if self.song.custom_mode else "prompt"
        field = self.form.text(name)
        try:
            self.save()
            last = field.text

            async def take(text: str) -> None:
                nonlocal last
                if self.form.text(name).text != last:
                    self._keep_apart(name, text)
                    return
                last = text
                self.form.text(name).replace_all(text)
                self.save()

            await edit_in_editor(self.app, self.studio, field.text, name, take)
        except StudioError as error:
            self._notify(str(error), error.title)

    def _keep_apart(self, field: str, text: str) -> None:
        """Make a draft of a text from the editor: what it was for has been changed meanwhile."""
        drafts = self.studio.drafts
        name = drafts.free_name("from the editor")
        drafts.save(name, Song.from_table({"custom_mode": field == "lyrics", field: text}))
        self._say(f"The text here was changed meanwhile: the editor's is the draft {name}.")

    def queued(self, tasks: tuple[Task, ...]) -> None:
        """The tasks are in the queue."""
        raise NotImplementedError
