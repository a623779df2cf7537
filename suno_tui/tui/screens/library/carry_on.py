"""The dialog that carries on from a track: the way, the moment or span, and the provider."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from suno_tui.common.text import clean
from suno_tui.library.track import Track, carry_on
from suno_tui.providers.capabilities import price
from suno_tui.providers.song import Song
from suno_tui.providers.song_fields import read_value
from suno_tui.providers.source import COVER, EXTEND, REPAINT, WAYS, carries
from suno_tui.studio import Studio
from suno_tui.tui.dialogs.dialog import Dialog
from suno_tui.tui.dialogs.form import FormInput
from suno_tui.tui.playback.session import PlaybackSession
from suno_tui.tui.widgets.choice import Choice
from suno_tui.tui.widgets.content import content, one_line
from suno_tui.tui.widgets.span_strip import SpanStrip

_NAMES = {EXTEND: "Extend", COVER: "Cover version", REPAINT: "Repaint"}
_KEYS = {
    EXTEND: "← → or m:ss: where it goes on",
    COVER: "",
    REPAINT: "← → and [ ] or m:ss: what is made anew",
}
_USUAL_SPAN = 20.0
"""Seconds of the span that is offered at first."""


class PlainChoice(Choice):
    """A choice whose Enter accepts the dialog."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "open", show=False)]

    def action_open(self) -> None:
        """Accept the dialog."""
        dialog = self.screen
        assert isinstance(dialog, CarryOnDialog)
        dialog.action_open()


class CarryOnDraft(NamedTuple):
    """What the user chose: the draft and its provider."""

    song: Song
    provider: str


class CarryOnDialog(Dialog[CarryOnDraft]):
    """Returns the draft of a song that carries on from a track, and its provider."""

    DEFAULT_CSS = """
    CarryOnDialog {
        & > #frame { width: 84; padding: 0 1; }
        & .carry-line { height: 1; }
        & .carry-line > Static { width: 8; color: $text-muted; }
        & #span { margin-top: 1; }
        & #span FormInput { width: 9; background: $panel; margin-right: 3; }
        & #span FormInput:focus { background: $row-cursor; }
        & #span > .-to { width: 4; }
        & #carry-note { height: auto; min-height: 2; margin-top: 1; }
        & SpanStrip { margin-top: 1; }
        & #dialog-keys { display: none; }
    }
    """

    def __init__(self, studio: Studio, track: Track) -> None:
        super().__init__(f"Carry on from {one_line(track.name, 40)} {track.take}")
        self.studio, self.source = studio, track
        self._view = PlaybackSession(studio)
        self._view.track = track
        able = [way for way in WAYS if studio.model_for(way, "")]
        self.way = able[0] if able else next((w for w in WAYS if studio.able(w)), EXTEND)
        self.start = float(int(track.duration * 2 / 3))
        self.end = min(track.duration, self.start + _USUAL_SPAN)

    def body(self) -> ComposeResult:
        with Horizontal(classes="carry-line"):
            yield Static("Way")
            yield PlainChoice("way", [(way, _NAMES[way]) for way in WAYS])
        with Horizontal(classes="carry-line"):
            yield Static("By")
            yield PlainChoice("provider", [("", "no provider")])
        yield SpanStrip(self._view)
        with Horizontal(id="span", classes="carry-line"):
            yield Static("From", id="from-label")
            yield FormInput(_time(self.start), id="span-start", compact=True)
            yield Static("To", id="to-label", classes="-to")
            yield FormInput(_time(self.end), id="span-end", compact=True)
        yield Static(id="carry-note")

    def on_mount(self) -> None:
        super().on_mount()
        playing = self.app.playback.session
        if playing.track is not None and playing.track.id == self.source.id and playing.position:
            self._set("start", round(playing.position, 1))
            self._set("end", min(self.source.duration, self.start + _USUAL_SPAN))
        self.query_one("#field-way", Choice).set_value(self.way)
        self._offer_providers()
        self._show()
        self.query_one("#field-way", Choice).focus()
        self._read_waveform()

    @work(exclusive=True, group="shape")
    async def _read_waveform(self) -> None:
        await self._view.read_details()
        self.query_one(SpanStrip).redraw()

    @property
    def provider(self) -> str:
        """The chosen provider; empty if none of the user's providers can make the song."""
        return self.query_one("#field-provider", Choice).value

    @property
    def song(self) -> Song | None:
        """The draft; None if no provider can make it."""
        wish = self.source.song.model if self.source.song else ""
        model = self.studio.model_for(self.way, wish, self.provider) if self.provider else None
        if model is None:
            return None
        start = None if self.way == COVER else self.start
        end = self.end if self.way == REPAINT else None
        return carry_on(self.source, self.way, model.id, start, end)

    def _offer_providers(self) -> None:
        able = self.studio.able(self.way)
        able.sort(key=lambda name: name != self.studio.current_provider)
        choice = self.query_one("#field-provider", Choice)
        choice.set_options([(name, clean(name)) for name in able] or [("", "no provider")])
        choice.set_value(able[0] if able else "")

    def _trouble(self) -> str:
        """Return why the song can't be made; empty if it can. Missing texts don't matter here."""
        if (song := self.song) is None:
            return self.studio.why_not_carry(self.way)
        fields = ("way", "source_track", "span_start", "span_end")
        problems = self.studio.problems(song, self.provider)
        return next((str(each) for each in problems if each.field in fields), "")

    def _show(self) -> None:
        strip = self.query_one(SpanStrip)
        strip.start = None if self.way == COVER else self.start
        strip.end = self.end if self.way == REPAINT else None
        if self.way == EXTEND:
            strip.cursor = self.start
        strip.redraw()
        self.query_one("#span").display = self.way != COVER
        for name in ("#to-label", "#span-end"):
            self.query_one(name).display = self.way == REPAINT
        self.query_one("#from-label", Static).update("From" if self.way == REPAINT else "After")
        trouble = self._trouble()
        if trouble:
            line = content(trouble, "$warning")
        else:
            quote = self.studio.quote(self.song or Song(), provider=self.provider)
            cost = "free" if quote.free else price(quote.credits, quote.credit)
            usual = self.studio.current_provider
            able = self.studio.model_for(self.way, "", usual) is not None
            by = "" if able else f"{usual} can't {carries(self.way)}: "
            line = content(f"{by}by {self.provider}, {cost}. It becomes a draft first.")
        keys = "   ".join(each for each in ("⏎ write it in Compose", _KEYS[self.way]) if each)
        note = Content("\n").join([line, content(keys, "$text-muted")])
        self.query_one("#carry-note", Static).update(note)

    @on(Choice.Changed)
    def _chosen(self, event: Choice.Changed) -> None:
        event.stop()
        if event.choice.name == "way":
            self.way = event.value
            self._offer_providers()
        self._show()

    @on(SpanStrip.Moved)
    def _moved(self, event: SpanStrip.Moved) -> None:
        event.stop()
        if self.way == EXTEND:
            self._set("start", event.at)

    @on(SpanStrip.Opened)
    def _opened(self) -> None:
        self.action_open()

    @on(SpanStrip.Taken)
    def _taken(self, event: SpanStrip.Taken) -> None:
        event.stop()
        self._set(event.edge, event.at)

    def _set(self, edge: str, at: float) -> None:
        """Take over a moment from the waveform."""
        setattr(self, edge, at)
        field = self.query_one(f"#span-{edge}", FormInput)
        with self.prevent(FormInput.Changed):
            field.value = _time(at)
        self._show()

    def on_input_changed(self, event: FormInput.Changed) -> None:
        found = read_value("duration", event.value)
        edge = (event.input.id or "").removeprefix("span-")
        if isinstance(found, float) and getattr(self, edge) != found:
            setattr(self, edge, found)
            self.query_one(SpanStrip).cursor = min(found, self.source.duration)
            self._show()

    def on_input_submitted(self) -> None:
        self.action_open()

    def action_open(self) -> None:
        """Close the dialog with the draft, if it can be made."""
        song = self.song
        if song is not None and not self._trouble():
            self.dismiss(CarryOnDraft(song, self.provider))


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds, 1), 60)
    return f"{int(minutes)}:{rest:04.1f}".removesuffix(".0")
