"""The dialog that sends one song in several styles and with several models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from textual import on
from textual.app import ComposeResult
from textual.widgets import Static, TextArea

from suno_tui.offers import Quote
from suno_tui.providers.capabilities import Model
from suno_tui.providers.remote import Amount
from suno_tui.providers.song import Song
from suno_tui.studio import Studio
from suno_tui.tui.dialogs.dialog import Dialog
from suno_tui.tui.screens.composer.generate_bar import GenerateBar
from suno_tui.tui.screens.composer.row import FieldRow
from suno_tui.tui.widgets.choice import Choice
from suno_tui.tui.widgets.content import content
from suno_tui.tui.widgets.text_field import TextField

MOST = 40
"""Most tasks at once: enough to compare, too few to spend a fortune by mistake."""


def matrix(song: Song, texts: Sequence[str], models: Sequence[str]) -> tuple[Song, ...]:
    """Return the song in every style (in simple mode: every prompt) with every model."""
    field = "style" if song.custom_mode else "prompt"
    return tuple(
        replace(song, model=model, **{field: text})  # type: ignore[arg-type]  # a field's name
        for text in texts
        for model in models
    )


def whole_quote(studio: Studio, songs: Sequence[Song]) -> Quote:
    """Return the cost of all songs, and the user's own limit that they would break together."""
    quotes = [studio.quote(song) for song in songs]
    total, takes = sum(each.credits for each in quotes), sum(each.takes for each in quotes)
    reason = studio.quote(songs[0], len(songs)).reason if songs else None
    first = quotes[0] if quotes else studio.quote(Song())
    return first._replace(credits=total, tasks=len(songs), reason=reason, warning=None, takes=takes)


class VariationsDialog(Dialog[tuple[Song, ...]]):
    """One style a line, and the models; the foot shows the whole cost and sends."""

    DEFAULT_CSS = """
    VariationsDialog {
        & > #frame { width: 76; border: round $success; border-title-color: $success; }
        & #field-variants { height: 8; margin: 1 0; }
        & #dialog-keys { display: none; }
        & GenerateBar { margin-top: 1; }
    }
    """

    def __init__(self, studio: Studio, song: Song, balance: Amount | None) -> None:
        super().__init__("Variations")
        self.studio, self.song, self.balance = studio, song, balance
        model = studio.model(song.model)
        this = ("this", model.label if model else song.model)
        self.choice = Choice("models", [this, ("all", _all(studio.models))])
        self.field = TextField("variants", many_lines=True)
        self.foot = GenerateBar()

    def body(self) -> ComposeResult:
        what = "style" if self.song.custom_mode else "prompt"
        yield Static(content(f"One {what} a line; each is made with each model.", "$text-muted"))
        yield self.field
        yield FieldRow("Models", self.choice)
        yield self.foot
        yield Static(content("Tab: next   Enter on Generate: send", "$text-muted"))

    def on_mount(self) -> None:
        super().on_mount()
        self.field.set_value(self.song.style if self.song.custom_mode else self.song.prompt)
        self.field.focus()
        self._show()

    def songs(self) -> tuple[Song, ...]:
        """Return the songs that would be sent."""
        texts = list(dict.fromkeys(line.strip() for line in self.field.text.splitlines()))
        chosen = self.choice.value
        models = [self.song.model] if chosen == "this" else [m.id for m in self.studio.models]
        return matrix(self.song, [text for text in texts if text], models)

    def trouble(self) -> str:
        """Return why the songs can't be sent; empty if they can."""
        songs = self.songs()
        if not songs:
            return "Write at least one line"
        if len(songs) > MOST:
            return f"{len(songs)} tasks are too many at once; at most {MOST}"
        for song in songs:
            if problems := self.studio.problems(song):
                text = song.style if self.song.custom_mode else song.prompt
                return f"{text[:20]}: {problems[0]}"
        return whole_quote(self.studio, songs).reason or ""

    @on(TextArea.Changed)
    @on(Choice.Changed)
    def _show(self) -> None:
        songs = self.songs()
        quote = whole_quote(self.studio, songs)
        self.foot.show((), quote._replace(reason=self.trouble() or None), self.balance)

    @on(GenerateBar.Pressed)
    def _send(self, event: GenerateBar.Pressed) -> None:
        event.stop()
        if not self.trouble():
            self.dismiss(self.songs())


def _all(models: Sequence[Model]) -> str:
    return f"all {len(models)} models"
