"""The form itself: every field of a song, what stands in them, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.geometry import Offset, Region
from textual.message import Message
from textual.widget import Widget
from textual.widgets import TextArea

from suno_tui.providers.catalog import WEIGHTS, Model
from suno_tui.providers.song import Problem, Song
from suno_tui.tui.screens.composer import field_help
from suno_tui.tui.screens.composer.lyrics_editor import LyricsEditor
from suno_tui.tui.screens.composer.personas import Persona, PersonaField
from suno_tui.tui.screens.composer.row import FieldRow, Head
from suno_tui.tui.screens.composer.song_field import SongField
from suno_tui.tui.screens.composer.style_field import StyleField
from suno_tui.tui.widgets.choice import Choice, ModelChoice
from suno_tui.tui.widgets.content import content
from suno_tui.tui.widgets.slider import Slider
from suno_tui.tui.widgets.text_field import TextField

WIDE = 64
"""Columns from which rows stand side by side."""

NARROW = 40
"""Columns under which the weights go without a label."""

_MODES = (("simple", "Simple"), ("custom", "Custom"))
_VOICES = (("any", "any"), ("m", "m"), ("f", "f"), ("instrumental", "instrumental"))
_SIMPLE_VOICES = (("any", "vocals"), ("instrumental", "instrumental"))
_EXAMPLE = "Describe the song, such as: a calm piano track with soft melodies"
_TEXTS = ("title", "style", "negative_tags", "persona_id", "lyrics", "prompt")

_MISSING = {
    "title": "a title is needed",
    "style": "a style is needed",
    "lyrics": "needed, or instrumental",
}
"""What is said of a field in which nothing stands."""


class SongForm(VerticalScroll, can_focus=False):
    """Both modes' fields; the other mode's are hidden, and keep what was typed.

    Those of the song's own mode are there at once, the others when they are asked for (`complete`).
    """

    brief = False
    """Whether only the first field to write in is there at once."""

    class Changed(Message):
        """The song has changed by the user's hand."""

        def __init__(self, song: Song) -> None:
            super().__init__()
            self.song = song

    def __init__(
        self,
        models: Sequence[Model],
        own_words: Callable[[], Sequence[str]],
        personas: Callable[[], Sequence[Persona]],
    ) -> None:
        super().__init__(id="form")
        self.song = Song()
        self._personas = personas
        self._models = models
        self._own_words = own_words
        self._attempted = False
        self._problems: tuple[Problem, ...] = ()
        self._fields: dict[str, Widget] = {}
        self._rows: dict[str, FieldRow | Head] = {}
        """By the names of their fields."""
        self._bare = False
        self._flat = False

    def compose(self) -> ComposeResult:
        # Before there are fields: a class that comes later styles them all again.
        self._show_kind()
        models = [(model.id, model.id) for model in self._models]
        mode = [Choice("mode", _MODES), ModelChoice("model", models)]
        yield self._row("Mode", *mode, classes="-mode")
        if not self.song.custom_mode:
            yield self._options(self._vocals())
            yield from self._prompt()
        else:
            yield self._title()
            if not self.brief:
                yield from self._custom()

    @property
    def whole(self) -> bool:
        """Whether both modes' fields are there."""
        return {"prompt", "lyrics"} <= self._fields.keys()

    async def complete(self) -> None:
        """Make the fields that are not there yet."""
        if "prompt" in self._fields:
            options = self.query_one("#options")
            await self.mount(self._title(), *self._descriptions(), before=options)
            await options.mount(self._persona())
            await self.mount(*self._weights_and_lyrics(), after=options)
        else:
            rest = () if "lyrics" in self._fields else self._custom()
            await self.mount(*rest, *self._prompt())
        self.judge(self._problems)
        self.query_one(LyricsEditor).study()
        self._show_outline()

    def _custom(self) -> Iterable[Widget]:
        """Custom mode, from the title down."""
        yield from self._descriptions()
        yield self._options(self._vocals(), self._persona())
        yield from self._weights_and_lyrics()

    def _title(self) -> Widget:
        title = SongField("title", self.song.title, rows=4, placeholder="needed")
        return self._row("Title", title, limit="title", classes="-custom-only")

    def _descriptions(self) -> Iterable[Widget]:
        style = StyleField(
            "style", self.song.style, own=self._own_words, rows=6, placeholder="needed"
        )
        yield self._row("Style", style, limit="style", classes="-custom-only")
        exclude = StyleField("negative_tags", self.song.negative_tags, own=self._own_words, rows=3)
        yield self._row("Exclude", exclude, limit="negative_tags", classes="-custom-only")

    def _options(self, *rows: Widget) -> Widget:
        return Horizontal(*rows, id="options")

    def _vocals(self) -> Widget:
        return self._row("Vocals", Choice("vocals", _VOICES))

    def _persona(self) -> Widget:
        field = PersonaField(self.song.persona_id or "", self._personas)
        return self._row("Persona", field, classes="-custom-only")

    def _weights_and_lyrics(self) -> Iterable[Widget]:
        weights = [Slider(name, *field_help.WEIGHTS[name][:2]) for name in WEIGHTS]
        yield self._row("Weights", *weights, classes="-custom-only -weights")
        yield from self._large("Lyrics", LyricsEditor(self.song.lyrics, "-custom-only -sung-only"))

    def _prompt(self) -> Iterable[Widget]:
        prompt = SongField(
            "prompt",
            self.song.prompt,
            many_lines=True,
            placeholder=_EXAMPLE,
            classes="-simple-only",
        )
        yield from self._large("Prompt", prompt)

    def _row(
        self, caption: str, *fields: Widget, limit: str | None = None, classes: str = ""
    ) -> FieldRow:
        row = FieldRow(caption, *fields, limit=limit, classes=classes)
        self._keep(row, *fields)
        return row

    def _large(self, caption: str, field: TextField) -> Iterable[Widget]:
        name = field.name or ""
        head = Head(caption, name, id=f"{name}-head", classes=" ".join(field.classes))
        self._keep(head, field)
        yield head
        yield field

    def _keep(self, row: FieldRow | Head, *fields: Widget) -> None:
        for field in fields:
            name = _of_song(field.name or "")
            self._fields[name] = field
            self._rows[name] = row
            self._put(name)
        self._fit(row)

    def read(self) -> Song:
        """What stands in the fields, also what they have not told of yet: an end waits for nothing,
        and comes when they have left the form."""
        fields = [(name, self.text(name)) for name in _TEXTS if name in self._fields]
        texts = {name: _value(name, field.text) for name, field in fields}
        return replace(self.song, **texts)  # type: ignore[arg-type]  # the names of fields

    def field(self, name: str) -> Widget:
        """The widget of a field: a name of `Song`, `vocals` or `mode`."""
        return self._fields[_of_song(name)]

    def text(self, name: str) -> TextField:
        """The text field of that name."""
        field = self._fields[name]
        assert isinstance(field, TextField)
        return field

    def offers(self, name: str) -> bool:
        """Whether the field is one of those that are seen."""
        return all(node.display for node in self.field(name).ancestors_with_self)

    def row(self, name: str) -> FieldRow | Head | None:
        """The row that speaks for a field."""
        return self._rows.get(_of_song(name))

    def note(self, name: str) -> str:
        """What is said at a field; empty where nothing is wrong."""
        row = self.row(name)
        if row and row.note:
            return row.note
        field = self.field(name)
        wanted = isinstance(field, TextField) and field.has_class("-wanted")
        return str(field.placeholder) if isinstance(field, TextField) and wanted else ""

    def show(self, song: Song) -> None:
        """Put a song into the fields; what was there is replaced."""
        self.song = song
        self._attempted = False
        self._show_kind()
        for name in self._fields:
            self._put(name)
        self._show_outline()

    def _put(self, name: str) -> None:
        """Put what the song says into a field."""
        field, song = self._fields[name], self.song
        if isinstance(field, TextField):
            field.set_value(getattr(song, name) or "")
            self._count(name)
        elif isinstance(field, Slider | ModelChoice):
            field.set_value(getattr(song, name))
        elif isinstance(field, Choice) and name == "mode":
            field.set_value("custom" if song.custom_mode else "simple")
        elif isinstance(field, Choice):
            voice = song.vocal_gender if song.custom_mode else None
            field.set_options(_VOICES if song.custom_mode else _SIMPLE_VOICES)
            field.set_value("instrumental" if song.instrumental else voice or "any")

    def judge(self, problems: tuple[Problem, ...], *, attempted: bool = False) -> None:
        """Say at each field what is wrong with it. What is only missing is called for quietly,
        until the user tried to generate (`attempted`)."""
        self._attempted = self._attempted or attempted
        self._problems = problems
        by_field = {problem.field: self._words(problem) for problem in problems}
        weights = "; ".join(
            f"{field_help.WEIGHTS[name][0]} {by_field[name]}"
            for name in WEIGHTS
            if name in by_field
        )
        said: dict[FieldRow | Head, str] = dict.fromkeys(self._rows.values(), "")
        for name, row in self._rows.items():
            if name in WEIGHTS:
                said[row] = weights
            elif words := self._loud(name, by_field):
                said[row] = "; ".join(filter(None, (said[row], words)))
        for row, words in said.items():
            row.say(words)
        for name in {"title", "style"} & self._fields.keys():
            missing = name in by_field and not getattr(self.song, name).strip()
            field = self.text(name)
            field.set_class(missing and self._attempted, "-wanted")
            if missing and str(field.placeholder) != by_field[name]:
                field.placeholder = content(by_field[name])

    def _words(self, problem: Problem) -> str:
        # In a narrow pane there is no room for more.
        missing = not (getattr(self.song, problem.field, None) or "")
        return _MISSING.get(problem.field, problem.message) if missing else problem.message

    def _loud(self, name: str, by_field: dict[str, str]) -> str:
        message = by_field.get(name, "")
        blank = name in _TEXTS and not (getattr(self.song, name) or "").strip()
        # The placeholder of an empty title or style says it; blanks would hide that.
        said = name in ("title", "style") and not getattr(self.song, name)
        return "" if blank and (said or not self._attempted) else message

    @property
    def calm(self) -> bool:
        """Whether all that is wrong is that something was not written yet."""
        return not self._attempted and all(
            problem.field in _TEXTS and not (getattr(self.song, problem.field) or "").strip()
            for problem in self._problems
        )

    def action_clear(self) -> None:
        """Esc: out of the fields to the generate line, where single letters act."""
        self.screen.query_one("#generate-line").focus()

    def label(self, id: str) -> str | None:
        """What an action is called here."""
        return "Leave field" if id == "clear" else None

    def focus_first(self, names: Iterable[str]) -> None:
        """Put the cursor into the first of these fields."""
        for name in names:
            self.field(name).focus()
            return

    @on(TextArea.Changed)
    def _text_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        field = event.text_area
        name = field.name or ""
        value = _value(name, field.text)
        if value == getattr(self.song, name):
            return
        self._change(name, value)
        self._count(name)
        if name == "lyrics":
            self._show_outline()

    @on(Slider.Changed)
    def _weight_changed(self, event: Slider.Changed) -> None:
        event.stop()
        self._change(event.weight.name or "", event.value)

    @on(Choice.Changed)
    def _choice_changed(self, event: Choice.Changed) -> None:
        event.stop()
        if event.choice.name == "mode":
            self.set_mode(custom=event.value == "custom")
        elif event.choice.name == "model":
            self._change("model", event.value)
        elif event.value == "instrumental":
            # The voice stays in the song: it is not sent, and there again after the next switch.
            self._change("instrumental", True)
            self._show_choices()
        else:
            self.song = replace(self.song, instrumental=False)
            if self.song.custom_mode:
                self.song = replace(
                    self.song, vocal_gender=None if event.value == "any" else event.value
                )
            self._show_choices()
            self.post_message(self.Changed(self.song))

    def set_mode(self, *, custom: bool) -> None:
        """Choose simple or custom mode."""
        self._change("custom_mode", custom)
        self._show_choices()

    def set_model(self, model: str) -> None:
        """Choose a model by its id."""
        self._change("model", model)
        self._show_choices()

    def _change(self, name: str, value: object) -> None:
        self.song = replace(self.song, **{name: value})  # type: ignore[arg-type]  # a field's name
        self.post_message(self.Changed(self.song))

    def _count(self, name: str) -> None:
        row = self.row(name)
        if row is not None:
            text = getattr(self.song, name) or ""
            # Blanks alone count as nothing, as they do where it is judged.
            row.count(text if text.strip() else "")

    def _show_kind(self) -> None:
        song = self.song
        self.set_class(song.custom_mode, "-custom")
        self.set_class(not song.custom_mode, "-simple")
        self.set_class(song.instrumental and song.custom_mode, "-instrumental")

    def _show_choices(self) -> None:
        self._show_kind()
        for name in ("mode", "model", "vocal_gender"):
            if name in self._fields:  # a click may come before the rest
                self._put(name)

    def _show_outline(self) -> None:
        head = self._rows.get("lyrics")
        if isinstance(head, Head) and self.whole and (self.song.lyrics or head.about):
            from suno_tui.lyrics.sections import outline

            head.tell(outline(self.song.lyrics))

    def on_descendant_focus(self) -> None:
        self._show_focus()

    def on_descendant_blur(self) -> None:
        self._show_focus()

    def _show_focus(self) -> None:
        # The two messages come in any order: what counts is who has the focus now.
        focused = self.screen.focused
        name = focused.name if focused else None
        for own, head in self._rows.items():
            if isinstance(head, Head):
                head.set_class(own == name, "-focused")
                if own == name and self._fields[own].size.height < self.size.height:
                    # In a low window the field is seen below its head, and not the head alone.
                    head.scroll_visible(animate=False, top=True)

    def scroll_to_region(self, region: Region, **how: Any) -> Offset:
        # The screen puts a field that gets the focus in the middle. Where there is no room for all
        # of it, its cursor's line is what must be seen.
        field = self.screen.focused
        if isinstance(field, TextField) and region.height > max(1, self.size.height):
            region = field.line_in(self)
        return super().scroll_to_region(region, **how)

    def fit(self, width: int, *, flat: bool) -> None:
        """Take the shape for so many columns; `flat`: there is no room for blank lines."""
        self._bare, self._flat = width < NARROW, flat
        self.set_class(width >= WIDE, "-wide")
        self.set_class(self._bare, "-narrow")
        for row in {*self._rows.values()}:
            self._fit(row)

    def _fit(self, row: FieldRow | Head) -> None:
        if isinstance(row, Head) or row.has_class("-mode"):
            row.set_class(self._flat, "-flat")
        elif row.has_class("-weights") and row.has_class("-bare") != self._bare:
            row.set_class(self._bare, "-bare").refresh()

    def about(self, width: int, rows: int) -> Content:
        """What there is to know about the field that has the focus, for a place of this size."""
        focused = self.screen.focused
        name = focused.name or "" if focused else ""
        if isinstance(focused, TextField) and focused.completions:
            return field_help.completions(focused, width * rows)
        if isinstance(focused, LyricsEditor):
            line = focused.document.get_line(focused.cursor_location[0])
            return field_help.about_lyrics(self.song, line, width * rows)
        if isinstance(focused, Slider):
            return field_help.about_weight(focused, width, rows)
        if name == "style" and self.song.style.strip():
            return field_help.about_style(self.song.style, width)
        if name == "model":
            model = next((m for m in self._models if m.id == self.song.model), None)
            return field_help.about_model(model, width, rows)
        if name == "generate" and self._problems:
            return content("⏎ goes to the field")
        if name == "persona_id":
            return field_help.about_persona(self.song.persona_id, self._personas())
        return field_help.field_hint(self.song, name) or field_help.help_text(name)


def _of_song(name: str) -> str:
    """What `Song` calls a field of the form."""
    return "vocal_gender" if name == "vocals" else name


def _value(name: str, text: str) -> str | None:
    return text.strip() or None if name == "persona_id" else text
