"""The dialog that shows the song and its cost before it is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from suno_tui.lyrics.hints import hints
from suno_tui.lyrics.length import clock, duration
from suno_tui.lyrics.sections import outline
from suno_tui.offers import Quote
from suno_tui.providers.capabilities import WEIGHTS, Use
from suno_tui.providers.remote import Amount
from suno_tui.providers.song import LABELS, Song
from suno_tui.tui.dialogs.dialog import Dialog
from suno_tui.tui.screens.composer.field_help import word_count
from suno_tui.tui.screens.composer.generate_bar import cost
from suno_tui.tui.screens.composer.parameters import summary
from suno_tui.tui.screens.composer.source_field import source_line
from suno_tui.tui.terminal.paste_guard import BURST_SECONDS
from suno_tui.tui.widgets.content import content, one_line

if TYPE_CHECKING:
    from suno_tui.tui.context import Context

MOST_TASKS = 9
_COUNTS = frozenset(str(count) for count in range(1, MOST_TASKS + 1))
_STEPS = frozenset({"left", "right", "up", "down", "plus", "equals_sign", "minus"})
_ACTING = _COUNTS | _STEPS | {"enter", "pageup", "pagedown", "q"}
"""The keys of the dialog; Esc closes it at any time."""

QUIET_SECONDS = 1.0
"""The pause that ends a paste, which may arrive in slow pieces."""

STRANGE_KEYS = 2
"""This many keys without an action in the dialog, and without such a pause, mean a paste."""

LOW = 16
"""Rows under which the dialog has no blank lines."""


class GenerateDialog(Dialog[int]):
    """Shows the song and its cost; returns the number of tasks.

    Enter sends only while the price is visible. In a terminal without bracketed paste, text that is
    pasted while no field has the focus arrives here as keys, and must not buy anything.
    """

    app: Context

    DEFAULT_CSS = """
    GenerateDialog {
        & > #frame { width: 66; border: round $success; border-title-color: $success; }
        & #sent { margin: 1 0 0 0; height: auto; background: $surface; }
        & #sent { scrollbar-size-vertical: 1; }
        & #price { margin: 1 0 0 0; height: auto; }
        & #send-note { height: auto; color: $warning; display: none; }
        & #send-keys { margin: 1 0 0 0; color: $text-muted; }
        & #dialog-keys { display: none; }
        &.-flat { & #sent, & #price, & #send-keys { margin: 0; } }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "send", show=False),
        Binding("right,up,plus,equals_sign", "more(1)", show=False),
        Binding("left,down,minus", "more(-1)", show=False),
        Binding("pageup", "scroll_sent(-1)", show=False),
        Binding("pagedown", "scroll_sent(1)", show=False),
        *(Binding(count, f"set({count})", show=False) for count in sorted(_COUNTS)),
    ]

    def __init__(
        self,
        song: Song,
        label: str,
        quote: Callable[[int], Quote],
        balance: Amount | None,
        uses: Mapping[str, Use],
    ) -> None:
        super().__init__("Generate")
        self.song, self.caption, self.balance = song, label, balance
        self.quote, self.uses = quote, uses
        self.count = 1
        self._settled_count = 1
        """The count before a paste may have changed it."""
        self._strange_keys = 0
        """How many keys without an action here have come since the last pause."""
        self._sending: Timer | None = None
        """Runs after Enter until it is certain that the key did not begin a paste."""

    def body(self) -> ComposeResult:
        with VerticalScroll(id="sent", can_focus=False):
            yield Static(self._song_text(), id="sent-text")
        yield Static(id="price")
        yield Static(id="send-note")
        key = "bold $footer-key-foreground"
        yield Static(
            Content.assemble(("⏎", key), " send   ", ("1", key), "–", ("9", key), " how many"),
            id="send-keys",
        )

    def on_mount(self) -> None:
        super().on_mount()
        self._show()

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.height < LOW, "-flat")
        self.call_after_refresh(self._fit_sent)

    def _fit_sent(self) -> None:
        """Let the song scroll if there is no room for all of it; the price is always visible."""
        below = [self.query_one(name) for name in ("#price", "#send-note", "#send-keys")]
        rows = sum(w.outer_size.height + w.styles.margin.height for w in below if w.display)
        frame = self.query_one("#frame")
        around = frame.outer_size.height - frame.content_size.height
        sent = self.query_one("#sent")
        room = self.size.height - rows - around - sent.styles.margin.height
        sent.styles.max_height = max(1, room)

    def on_key(self, event: events.Key) -> None:
        """Ignore keys that belong to a paste, if sending costs anything, and say so."""
        key, guard = event.key, self.app.paste_guard
        acts = key in _ACTING
        if not self.is_active or key == "escape" or not (event.is_printable or acts):
            return
        if self.quote(1).free:
            return
        if guard.gap >= QUIET_SECONDS:
            self._strange_keys, self._settled_count = 0, self.count
        self._strange_keys += not acts
        if not guard.by_hand or self._strange_keys >= STRANGE_KEYS:
            self._sending = None
            self.action_set(self._settled_count)
            self._show_note(
                "This looks like a paste: nothing is sent. Wait a second, then press ⏎."
            )
        else:
            self._show_note("")
            return
        event.stop()
        event.prevent_default()

    def _show_note(self, text: str) -> None:
        note = self.query_one("#send-note", Static)
        if bool(text) != note.display or text != str(note.content):
            note.display = bool(text)
            note.update(text)
            self.call_after_refresh(self._fit_sent)

    def _song_text(self) -> Content:
        song = self.song
        lines = []
        if song.custom_mode:
            lines.append(content(one_line(song.name, 60) or "untitled", "bold $foreground"))
        voice = {"m": "male voice", "f": "female voice"}.get(song.vocal_gender or "", "")
        if song.instrumental:
            voice = "instrumental"
        mode = "custom" if song.custom_mode else "simple"
        facts = [mode, self.caption, voice if song.custom_mode or song.instrumental else ""]
        lines.append(content(" · ".join(fact for fact in facts if fact), "$text-muted"))
        if line := source_line(self.app.studio, song):
            lines.append(content(line, "$foreground"))
        if song.custom_mode:
            lines.append(content(song.style))
            if song.negative_tags and self.uses["negative_tags"] != "none":
                lines.append(content(f"without {song.negative_tags}"))
            lines += self._weights()
            if not song.instrumental:
                lines.append(content(self._lyrics(), "$secondary"))
        else:
            lines.append(content(song.prompt, "$foreground", lines=True))
        if fields := summary(song, self.uses):
            lines.append(fields)
        found = hints(song)
        if found:
            line = f"line {found[0].line + 1}: " if found[0].line is not None else ""
            more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
            lines.append(content(f"{line}{found[0].message}{more}", "$warning"))
        return Content("\n").join(lines)

    def _weights(self) -> list[Content]:
        song = self.song
        named = [
            (LABELS[name].lower(), getattr(song, name))
            for name in WEIGHTS
            if self.uses[name] != "none"
        ]
        facts = [f"{label} {value:.2f}" for label, value in named if value is not None]
        if song.persona_id and self.uses["persona_id"] != "none":
            facts.append(f"persona {song.persona_id}")
        return [content(" · ".join(facts))] if facts else []

    def _lyrics(self) -> str:
        song = self.song
        seconds = duration(song.lyrics, song.style)
        facts = [outline(song.lyrics), word_count(song.lyrics)]
        facts.append(clock(seconds) if seconds else "")
        return " · ".join(fact for fact in facts if fact)

    def _show(self) -> None:
        quote = self.quote(self.count)
        price, after = cost(quote, self.balance)
        many = "1 task" if self.count == 1 else f"{self.count} tasks"
        if quote.reason:
            line = Content.assemble(f"‹ {many} › ", content(quote.reason, "$error"))
        else:
            line = Content.assemble(
                ("‹ ", "$text-muted"), (many, "bold $primary"), (" › ", "$text-muted"),
                content(price, "bold $foreground"), content(f" · {after}" if after else ""),
            )  # fmt: skip
        if quote.warning:
            line = Content("\n").join([line, content(quote.warning, "$warning")])
        self.query_one("#price", Static).update(line)

    def action_more(self, step: int) -> None:
        self.action_set(self.count + step)

    def action_set(self, count: int) -> None:
        self.count = max(1, min(MOST_TASKS, count))
        self._show()

    def action_scroll_sent(self, pages: int) -> None:
        sent = self.query_one("#sent", VerticalScroll)
        sent.scroll_relative(y=pages * max(1, sent.size.height - 1), animate=False)

    def action_send(self) -> None:
        if not self._is_price_visible():
            text = "The window is too small to show the price: make it larger."
            self.app.notify(text, title="Nothing is sent", severity="warning", timeout=6)
        elif self.quote(self.count).free:
            self.dismiss(self.count)
        elif not self.quote(self.count).reason and self._sending is None:
            self._sending = self.set_timer(BURST_SECONDS, partial(self._send, self.count))

    def _send(self, count: int) -> None:
        if self._sending is None or not self.is_active:
            return
        if self.app.key_queue.is_empty:
            self.dismiss(count)
        else:
            self._sending = self.set_timer(BURST_SECONDS, partial(self._send, count))

    def _is_price_visible(self) -> bool:
        price = self.query_one("#price")
        if not price.region.area:
            return False  # not laid out yet
        return self.find_widget(price).visible_region == price.region
