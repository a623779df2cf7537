"""The form: every field of a song, and the problems of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.geometry import Offset, Region
from textual.message import Message
from textual.widget import Widget
from textual.widgets import TextArea

from suno_tui.providers.capabilities import WEIGHTS, Model, Use
from suno_tui.providers.song import Problem, Song
from suno_tui.tui.screens.composer import field_help
from suno_tui.tui.screens.composer.lyrics_editor import LyricsEditor
from suno_tui.tui.screens.composer.offered_models import OfferedModels
from suno_tui.tui.screens.composer.parameters import ParameterField
from suno_tui.tui.screens.composer.personas import Persona, PersonaField
from suno_tui.tui.screens.composer.row import LABEL_WIDTH, FieldRow, Head
from suno_tui.tui.screens.composer.song_field import SongField
from suno_tui.tui.screens.composer.source_field import SourceField
from suno_tui.tui.screens.composer.style_field import StyleField
from suno_tui.tui.screens.composer.verdict import TEXTS, Verdict, field_of, value_of
from suno_tui.tui.widgets.choice import Choice, ModelChoice
from suno_tui.tui.widgets.content import content
from suno_tui.tui.widgets.slider import Slider
from suno_tui.tui.widgets.text_field import TextField

WIDE = 64
"""Columns from which some rows are side by side."""

NARROW = 40
"""Columns below which the weights have no label."""

_MODES = (("simple", "Simple"), ("custom", "Custom"))
_VOICES = (("any", "any"), ("m", "male"), ("f", "female"), ("instrumental", "instrumental"))
_SIMPLE_VOICES = (("any", "vocals"), ("instrumental", "instrumental"))
_SAMPLE = "Describe the song, such as: a calm piano track with soft melodies"


class SongForm(OfferedModels):
    """The fields of both modes; those of the other mode are hidden and keep their text.

    Fields of the song's own mode are created at once, the others by `complete`.
    """

    brief = False
    """Whether only the first text field is created at once."""

    class Changed(Message):
        """The user changed the song."""

        def __init__(self, song: Song) -> None:
            super().__init__()
            self.song = song

    def __init__(
        self,
        models: Sequence[Model],
        own_descriptors: Callable[[], Sequence[str]],
        personas: Callable[[], Sequence[Persona]],
        uses: Callable[[Song], Mapping[str, Use]],
    ) -> None:
        super().__init__(id="form")
        self.song = Song()
        self._personas, self._uses = personas, uses
        self.models = models
        self._own = own_descriptors
        self.verdict = Verdict(self.song, (), attempted=False)
        self._fields: dict[str, Widget] = {}
        self._rows: dict[str, FieldRow | Head] = {}
        """By the names of their fields."""
        self._bare = False
        self._flat = False

    def compose(self) -> ComposeResult:
        # Before fields exist: a later change of classes would style them all again.
        self._show_kind()
        models = [(model.id, model.label) for model in self.models]
        mode = [Choice("mode", _MODES), ModelChoice("model", models)]
        yield self._row("Mode", *mode, classes="-mode")
        yield self._row("Source", SourceField(), classes="-carrying-only")
        if not self.song.custom_mode:
            yield self._options(self._vocals())
            yield self._parameters()
            yield from self._prompt()
        else:
            yield self._title()
            if not self.brief:
                yield from self._custom()

    @property
    def whole(self) -> bool:
        """Whether the fields of both modes exist."""
        return {"prompt", "lyrics"} <= self._fields.keys()

    async def complete(self) -> None:
        """Create the fields that are still missing."""
        if "prompt" in self._fields:
            options = self.query_one("#options")
            await self.mount(self._title(), *self._descriptions(), before=options)
            await options.mount(self._persona())
            await self.mount(*self._weights_and_lyrics(), after=self._rows["parameters"])
        else:
            rest = () if "lyrics" in self._fields else self._custom()
            await self.mount(*rest, *self._prompt())
        self.judge(self.verdict.problems)
        self.query_one(LyricsEditor).study()
        self._show_outline()

    def _custom(self) -> Iterable[Widget]:
        """Create the fields of custom mode below the title."""
        yield from self._descriptions()
        yield self._options(self._vocals(), self._persona())
        yield self._parameters()
        yield from self._weights_and_lyrics()

    def _title(self) -> Widget:
        title = SongField("title", self.song.title, rows=4, placeholder="needed")
        return self._row("Title", title, counted="title", classes="-custom-only")

    def _descriptions(self) -> Iterable[Widget]:
        style = StyleField("style", self.song.style, own=self._own, rows=6, placeholder="needed")
        yield self._row("Style", style, counted="style", classes="-custom-only")
        exclude = StyleField("negative_tags", self.song.negative_tags, own=self._own, rows=3)
        yield self._row("Exclude", exclude, counted="negative_tags", classes="-custom-only")

    def _options(self, *rows: Widget) -> Widget:
        return Horizontal(*rows, id="options")

    def _vocals(self) -> Widget:
        return self._row("Vocals", Choice("vocals", _VOICES), classes="-vocals")

    def _persona(self) -> Widget:
        field = PersonaField(self.song.persona_id or "", self._personas)
        return self._row("Persona", field, classes="-custom-only")

    def _parameters(self) -> Widget:
        return self._row("More", ParameterField())

    def _weights_and_lyrics(self) -> Iterable[Widget]:
        weights = [Slider(name, *field_help.WEIGHTS[name][:2]) for name in WEIGHTS]
        yield self._row("Weights", *weights, classes="-custom-only -weights")
        yield from self._large("Lyrics", LyricsEditor(self.song.lyrics, "-custom-only -sung-only"))

    def _prompt(self) -> Iterable[Widget]:
        prompt = SongField(
            "prompt", self.song.prompt, many_lines=True, placeholder=_SAMPLE, classes="-simple-only"
        )
        yield from self._large("Prompt", prompt)

    def _row(
        self, caption: str, *fields: Widget, counted: str | None = None, classes: str = ""
    ) -> FieldRow:
        limit = None if counted is None else self.model.limit(counted)
        row = FieldRow(caption, *fields, limit=limit, classes=classes)
        self._register(row, *fields)
        return row

    def _large(self, caption: str, field: TextField) -> Iterable[Widget]:
        name = field.name or ""
        classes = " ".join(field.classes)
        head = Head(caption, self.model.limit(name), id=f"{name}-head", classes=classes)
        self._register(head, field)
        yield head
        yield field

    def _register(self, row: FieldRow | Head, *fields: Widget) -> None:
        self.propagate_typing(row, *fields)
        for field in fields:
            name = field_of(field.name or "")
            self._fields[name] = field
            self._rows[name] = row
            self._put(name)
        self._fit(row)

    def read(self) -> Song:
        """Return the song with the texts of the fields as they are now.

        `song` may lack the last key, whose message is still on its way when the app quits.
        """
        fields = [(name, self.text(name)) for name in TEXTS if name in self._fields]
        texts = {name: value_of(name, field.text) for name, field in fields}
        return replace(self.song, **texts)  # type: ignore[arg-type]  # the names of fields

    def field(self, name: str) -> Widget:
        """Return the widget of a field: a name of `Song`, `vocals` or `mode`."""
        return self._fields[field_of(name)]

    def text(self, name: str) -> TextField:
        """Return the text field of that name."""
        field = self._fields[name]
        assert isinstance(field, TextField)
        return field

    def offers(self, name: str) -> bool:
        """Return whether the field is visible in this mode."""
        return all(node.display for node in self.field(name).ancestors_with_self)

    def row(self, name: str) -> FieldRow | Head | None:
        """Return the row that shows notes on a field."""
        return self._rows.get(field_of(name))

    def note(self, name: str) -> str:
        """Return the problem that is shown at a field; empty if there is none."""
        if (row := self.row(name)) and row.note:
            return row.note
        field = self.field(name)
        wanted = isinstance(field, TextField) and field.has_class("-wanted")
        return str(field.placeholder) if isinstance(field, TextField) and wanted else ""

    def show(self, song: Song) -> None:
        """Replace the texts and choices of all fields by those of a song."""
        self.song = song
        self.verdict = Verdict(song, (), attempted=False)
        self._show_kind()
        for name in self._fields:
            self._put(name)
        self._show_outline()

    def _put(self, name: str) -> None:
        """Put the song's value into a field."""
        field, song = self._fields[name], self.song
        if isinstance(field, TextField):
            field.set_value(getattr(song, name) or "")
            self._count(name)
        elif isinstance(field, Slider | ModelChoice):
            field.set_value(getattr(song, name))
        elif isinstance(field, ParameterField):
            field.show(song, self._uses(song))
        elif isinstance(field, Choice) and name == "mode":
            field.set_value("custom" if song.custom_mode else "simple")
        elif isinstance(field, Choice):
            voice = song.vocal_gender if song.custom_mode else None
            field.set_options(_VOICES if song.custom_mode else _SIMPLE_VOICES)
            field.set_value("instrumental" if song.instrumental else voice or "any")

    def judge(self, problems: tuple[Problem, ...], *, attempted: bool = False) -> None:
        """Show at each field what is wrong with it.

        A missing text is only a placeholder, until the user has tried to generate (`attempted`).
        """
        if "parameters" in self._fields:
            self._put("parameters")  # the provider may handle them differently now
        attempted = attempted or self.verdict.attempted
        self.verdict = Verdict(self.song, problems, attempted)
        notes: dict[FieldRow | Head, list[str]] = {row: [] for row in self._rows.values()}
        for name, row in self._rows.items():
            if note := self.verdict.note(name):
                notes[row].append(note)
        for row, found in notes.items():
            row.show_note("; ".join(found))
        for name in {"title", "style"} & self._fields.keys():
            field, missing = self.text(name), self.verdict.missing(name)
            field.set_class(bool(missing) and attempted, "-wanted")
            if missing and str(field.placeholder) != missing:
                field.placeholder = content(missing)

    def focus_first(self, names: Iterable[str]) -> None:
        """Focus the first of these fields, if there is any."""
        for name in names:
            self.field(name).focus()
            return

    @on(TextArea.Changed)
    def _text_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        field = event.text_area
        name = field.name or ""
        value = value_of(name, field.text)
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
            # The voice stays in the song: it is not sent, and returns after the next switch.
            self.set_song(replace(self.song, instrumental=True))
        else:
            voice = None if event.value == "any" else event.value
            if not self.song.custom_mode:
                voice = self.song.vocal_gender
            self.set_song(replace(self.song, instrumental=False, vocal_gender=voice))

    def set_mode(self, *, custom: bool) -> None:
        """Choose simple or custom mode."""
        self.set_song(replace(self.song, custom_mode=custom))

    def set_song(self, song: Song) -> None:
        """Set a song that differs from the present one in choices and parameters only."""
        self.song = song
        self._show_choices()
        self.post_message(self.Changed(song))

    def _change(self, name: str, value: object) -> None:
        self.song = replace(self.song, **{name: value})  # type: ignore[arg-type]  # a field's name
        self.post_message(self.Changed(self.song))

    def _count(self, name: str) -> None:
        if row := self._rows.get(name):
            text = getattr(self.song, name) or ""
            # Blanks alone count as nothing, as in `Song.problems`.
            row.count(text if text.strip() else "")
            self._mark_over(name)

    def _show_kind(self) -> None:
        song = self.song
        self.set_class(song.custom_mode, "-custom")
        self.set_class(not song.custom_mode, "-simple")
        self.set_class(song.instrumental and song.custom_mode, "-instrumental")
        self.set_class(song.way is not None, "-carrying")

    def _show_choices(self) -> None:
        self._show_kind()
        for name in ("mode", "source", "model", "vocal_gender", "parameters"):
            if name in self._fields:  # a click may come before `complete`
                self._put(name)

    def _show_outline(self) -> None:
        head = self._rows.get("lyrics")
        if isinstance(head, Head) and self.whole and (self.song.lyrics or head.about):
            from suno_tui.lyrics.sections import outline

            head.show_about(outline(self.song.lyrics))

    def on_descendant_blur(self) -> None:
        self.on_descendant_focus()

    def on_descendant_focus(self) -> None:
        # The two messages come in any order: only the current focus counts.
        focused = self.screen.focused
        name = focused.name if focused else None
        for own, head in self._rows.items():
            if isinstance(head, Head):
                head.set_class(own == name, "-focused")
                if own == name and self._fields[own].size.height < self.size.height:
                    # In a low window, show the field below its head and not the head alone.
                    head.scroll_visible(animate=False, top=True)

    def scroll_to_region(self, region: Region, **how: Any) -> Offset:
        # The screen puts a focused field in the middle. If the field is higher than the form, the
        # line of its cursor must be visible.
        field = self.screen.focused
        if isinstance(field, TextField) and region.height > max(1, self.size.height):
            region = field.line_in(self)
        return super().scroll_to_region(region, **how)

    def fit(self, width: int, *, flat: bool) -> None:
        """Adapt to `width` columns; `flat` means that there is no room for blank lines."""
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

    def suggest(self, field: TextField) -> None:
        """Show a field's completions right below it; `about` shows those of a large field."""
        row = self._rows.get(field.name or "")
        if isinstance(row, FieldRow):
            width = self.size.width - LABEL_WIDTH
            row.suggest(field_help.completions(field, width) if field.completions else None)

    def about(self, width: int, rows: int, chord: Callable[[str], str]) -> Content:
        """Return the help for the field that has the focus; `chord` names an action's key."""
        focused = self.screen.focused
        if isinstance(focused, LyricsEditor) and not focused.completions:
            line = focused.document.get_line(focused.cursor_location[0])
            return field_help.about_lyrics(self.song, line, width, rows, chord)
        if focused is not None and focused.name == "generate" and self.verdict.problems:
            return content("⏎ goes to the field")
        return field_help.about(focused, self.song, self.models, self._personas, width, rows, chord)
