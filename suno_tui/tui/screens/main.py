"""The main screen: three panes side by side, or pages under a row of tabs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.geometry import Size
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, Static, TextArea

from suno_tui.common.errors import StudioError
from suno_tui.config.settings import LOCAL
from suno_tui.providers.catalog import TAKES
from suno_tui.tui.screens.composer import ComposePane
from suno_tui.tui.screens.header import Header
from suno_tui.tui.startup.key_queue import moves, texts
from suno_tui.tui.terminal.cell_diff.front import FrontCompositor
from suno_tui.tui.widgets.content import one_line

if TYPE_CHECKING:
    from datetime import datetime

    from suno_tui.providers.song import Song
    from suno_tui.studio import Studio
    from suno_tui.tui.actions.footer import KeyLine
    from suno_tui.tui.actions.table import Keymap
    from suno_tui.tui.app import StudioApp
    from suno_tui.tui.screens.library.pane import LibraryPane
    from suno_tui.tui.screens.player.bar import PlayerLine
    from suno_tui.tui.screens.player.page import PlayerPane
    from suno_tui.tui.screens.queue.pane import TasksPane
    from suno_tui.tui.widgets.virtual_list import Rows

PLACES = ("compose", "tasks", "library", "player")

ROUNDS = 4
"""Rounds of the event loop in which widgets take in a new size, and say what they need then."""

_TOO_SMALL = "This window is too small for the studio: it needs 60 x 16. Here is the queue."

PATIENCE_SECONDS = 1.0
"""How long the last session's picture stays at most when all could be used but the lists."""


class MainScreen(Screen[None]):
    """Everything at a glance from 100x30 on; smaller, the same panes are pages."""

    DEFAULT_CSS = Path(__file__).with_name("main.tcss").read_text()
    AUTO_FOCUS = ""
    app: StudioApp
    _compositor: FrontCompositor
    tasks: TasksPane
    library: LibraryPane
    player: PlayerPane
    player_line: PlayerLine
    keys: KeyLine

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._compositor = FrontCompositor()
        self.studio = studio
        remembered = studio.remembered()
        pane = remembered.get("pane")
        self.page = str(pane) if pane in PLACES[:3] else "compose"
        """The place that has the focus, or had it last."""
        self.new_here = remembered.get("new_here", not remembered) is True
        """Whether there is nothing yet; until that was looked at, whether there was nothing."""
        self.zoomed = False
        self._waits = True
        """Whether what is there is not drawn: more comes in a moment, and each picture costs."""
        self.composer = ComposePane(studio)
        # The focus comes when all is there: its frame has its colours from the start.
        self.composer.set_class(self.page == "compose", "-active")
        self._welcome: Static | None = None
        self._last: dict[str, Widget] = {}
        self._before_tiny: tuple[str, Widget | None] = (self.page, None)
        """Where one was when the window became too small."""
        self._keys_wait = False
        self._heard: tuple[str | None, bool, bool] = (None, False, False)
        """Of what plays, that which decides which keys work."""
        self.complete = False
        """Whether all panes are there. Who comes to write can do so before the lists are."""
        self._begins_with = "compose"
        """The place that is there before the others."""
        self._filling = False
        self._waits_for = {"focus", "tracks"}
        """What the first picture has to show before it counts as one."""
        self.drawn = asyncio.Event()
        """That the first picture is there: what takes long and can wait has waited for it."""

    def compose(self) -> ComposeResult:
        # As `main.tcss` will have it: what is foreseen wrong costs one layout more, no harm.
        width, height = self.app.size
        wide = width if self._pages else max(44, min(width * 2 // 5, 84))
        self.composer.fit(wide, height - 3)
        if self.page == "library" and self.app.has_picture and not self._tiny:
            self._begins_with = "library"
        else:
            # Over the last picture nobody sees that the rest of the form is still to come.
            self.composer.form.brief = self.app.has_picture
        yield Header(self.studio.provider, self.go)
        with Horizontal(id="body"):
            with Vertical(id="compose-place"):
                if self._begins_with == "compose":
                    yield from self._writing()
            with Vertical(id="right"):
                if self._begins_with == "library":
                    # In the place of the tasks, which come with the rest.
                    place = Vertical(id="tasks-pane")
                    place.display = not self._pages
                    yield place
                    yield self._listing()
        yield Vertical(id="foot")

    def _writing(self) -> Iterable[Widget]:
        # From the start: it would push the composer down under one's eyes.
        if self.new_here:
            self._welcome = Static(id="welcome")
            yield self._welcome
        yield self.composer

    def _listing(self) -> LibraryPane:
        from suno_tui.tui.screens.library.pane import LibraryPane

        self.library = LibraryPane(self.studio, self._now)
        self.library.set_class(self.page == "library", "-active")
        return self.library

    def _extend_compose(self, widgets: list[Widget]) -> None:
        pass  # the rack for messages comes with the rest

    def on_mount(self) -> None:
        self.watch(self, "focused", self._focus_moved, init=False)
        self._lay_out()
        if self.page != self._begins_with or self._tiny:
            self.call_next(self._fill)
            return
        self.go(self.page)
        if self.page == "compose":
            self.app.typeahead.open(texts)
            self._settle(self._can_write, lay_out=False)
        else:
            self.set_timer(PATIENCE_SECONDS, self._fill)
            try:
                self.library.check()
            except StudioError:
                self.call_next(self._fill)  # it is told when all is there

    def _can_write(self) -> None:
        """The composer is there: what is typed shows, while the rest is on its way."""
        self.app.lift_curtain(self._pane("compose").region)
        self._draw(self.focused)
        self.call_next(self._fill)

    def _can_move(self) -> None:
        """The tracks are there, and one moves among them while the rest is on its way."""
        self.app.lift_curtain(self.library.region)
        self._draw(self.library.rows)
        self.call_next(self._fill)

    async def _fill(self) -> None:
        """The other panes and the lines at the foot; what they need is loaded only now."""
        if self._filling:
            return
        self._filling = True
        from suno_tui.tui.actions.footer import KeyLine
        from suno_tui.tui.screens.player.bar import PlayerLine
        from suno_tui.tui.screens.player.page import PlayerPane
        from suno_tui.tui.screens.queue.pane import TasksPane

        try:
            self.studio.tasks.version()
        except StudioError as error:
            self.app.fail(error)
            return
        self._waits = True
        right = self.query_one("#right")
        too_small = Static(_TOO_SMALL, id="too-small")
        self.tasks = TasksPane(self.studio, self._now)
        self.tasks.set_class(self.page == "tasks", "-active")
        if self._begins_with == "library":
            await self.query_one("#compose-place").mount(*self._writing())
            await self.query_one("#tasks-pane").remove()
            await right.mount(too_small, self.tasks, before=0)
        else:
            await right.mount(too_small, self.tasks, self._listing())
        await self.composer.complete()
        self.player = PlayerPane(self.app.deck)
        self.player_line = PlayerLine(self.app.deck, id="player-line")
        self.keys = KeyLine(id="keys")
        await self.query_one("#body").mount(self.player)
        await self.query_one("#foot").mount(self.player_line, self.keys)
        messages: list[Widget] = []
        super()._extend_compose(messages)
        await self.mount(*messages, before=0)
        self.app._refresh_notifications()
        self.complete = True
        self._lay_out()
        self.app.look()
        if self.library.listed:
            self.app.show_counts()
            self.app.library_listed()
        if self.page != self._begins_with or self._tiny:
            self.go(self.page)
        self.app.begun()
        self.update_keys()
        self.set_timer(PATIENCE_SECONDS, self._show)
        self._settle(partial(self._has, "focus"), lay_out=True)

    def _settle(self, then: Callable[[], None], *, lay_out: bool, rounds: int = ROUNDS) -> None:
        """Do this when the widgets have what was sent to them, laid out before if `lay_out`."""
        if rounds:
            again = partial(self._settle, then, lay_out=lay_out, rounds=rounds - 1)
            asyncio.get_running_loop().call_soon(again)
        elif lay_out:
            if self._waits:
                super()._on_timer_update()
            self._settle(then, lay_out=False)
        else:
            self.call_later(then)

    def _on_timer_update(self) -> None:
        if not self._waits:
            super()._on_timer_update()
            return
        # What is not drawn needs no clock: Textual's lays it out sixty times a second.
        self._update_timer.pause()
        self.call_next(self._invoke_and_clear_callbacks)

    def hurry(self) -> None:
        """Somebody types: what is there is drawn, and does not wait for the rest."""
        if self.complete:
            self._waits = False

    def _has(self, what: str) -> None:
        self._waits_for.discard(what)
        if not self._waits_for:
            self._show()

    def _show(self) -> None:
        if self.drawn.is_set():
            return
        self._draw()
        self.app.lift_curtain()
        self.call_after_refresh(self._drawn)

    def _drawn(self) -> None:
        self.drawn.set()
        if self.library.listed:
            self.library.follow()
        self.app.drawn()

    def _draw(self, field: Widget | None = None) -> None:
        """Draw all, or what is needed to type into this field."""
        if self._unlaid(field):
            self._layout_required = False
            self._refresh_layout()
        self._waits = False
        # A scrollbar that came with the layout gets its place by the next one.
        self._compositor.update_widgets(self._dirty_widgets & self._compositor.full_map.keys())
        self._dirty_widgets.clear()
        if field is not None and self.app.has_picture:
            self._compositor.narrow(field.region)
        self._compositor_refresh()

    def _unlaid(self, field: Widget | None) -> bool:
        """Whether anything has changed its shape since the last layout; with a field, not whether
        others have got scrollbars."""
        wanted = {widget for widgets in self._layout_widgets.values() for widget in widgets}
        if field is not None:
            wanted -= {other for other in self.query(TextArea) if other is not field}
        return bool(wanted)

    def _refresh_layout(self, size: Size | None = None, scroll: bool = False) -> None:
        if not self._waits:
            super()._refresh_layout(size, scroll)
            return
        first = not self._compositor.widgets
        before = [
            (widget, widget.scrollbars_enabled)
            for widget in self.walk_children(Widget, with_self=True)
            if first or not widget._layout_required
        ]
        super()._refresh_layout(size, scroll)
        # To be told its size makes a widget ask for one more layout: for bars that come or go.
        for widget, bars in before:
            if widget.scrollbars_enabled == bars:
                widget._layout_required = False
        if first:
            self.call_later(self._laid_out)

    def _laid_out(self) -> None:
        """What was asked for before the first layout came with it."""
        self._layout_required = False
        self._layout_widgets.clear()

    def _screen_resized(self, size: Size) -> None:
        # At the start Textual tells the same size four times, and would lay out each time.
        if not self._waits or size != self.outer_size:
            super()._screen_resized(size)

    def _compositor_refresh(self) -> None:
        if not self._waits:
            super()._compositor_refresh()

    def on_screen_suspend(self) -> None:
        """A dialog has keys of its own: those of the panes do nothing until it is closed."""
        self.show_instead(" ")

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        # At the start everything was styled a moment ago.
        event.refresh_styles = self.stack_updates > 0
        self.show_instead("")

    def on_resize(self, event: events.Resize) -> None:
        before, was_tiny = (self.page, self.focused), self.has_class("-tiny")
        self._lay_out()
        if self.has_class("-tiny"):
            if not was_tiny:
                self._before_tiny = before
            self.call_after_refresh(self.go, "tasks")
        elif was_tiny:
            self.call_after_refresh(self._come_back)

    def _come_back(self) -> None:
        """The window is large enough again: to the place and the focus of before."""
        place, focused = self._before_tiny
        known = place in self._last
        self.go(place)
        if focused is not None and _can_have_focus(focused):
            focused.focus()
        elif focused is None and known:
            self.set_focus(None)

    def _now(self) -> datetime:
        return self.app.now()

    # What others tell

    def show_counts(self, live: int, tracks: int) -> None:
        """The numbers in the tabs, and the welcome while there is nothing yet."""
        header = self.query_one(Header)
        header.counts = {"tasks": str(live or ""), "library": f"{tracks:,}" if tracks else ""}
        header.look()
        self.new_here = not tracks and not self.tasks.rows.items
        if self._welcome is not None and not self.new_here:
            self._welcome.remove()
            self._welcome = None
        elif self._welcome is None and self.new_here:
            self._welcome = Static(id="welcome")
            self.query_one("#compose-place").mount(self._welcome, before=0)
        self._write_welcome()

    def _write_welcome(self) -> None:
        if self._welcome is not None:
            text = _welcome(self.app.keymap, self.studio.provider, short=self.single)
            if text != self._welcome.content:
                self._welcome.update(text)

    def show_balance(self, balance: int | None, trouble: str) -> None:
        header = self.query_one(Header)
        header.balance, header.trouble = balance, trouble
        header.look()
        self.composer.set_balance(balance)

    def show_sound(self) -> None:
        """The player's line, its page, and the row of the track that plays."""
        if not self.complete:
            return
        # While the app ends, a track may still be told of and the widgets be gone.
        if self.player_line.is_attached:
            self.player_line.look()
        if self.player.is_attached:
            self.player.look()
        # In a blind comparison the list must not tell which take is heard.
        deck = self.app.deck
        track_id = deck.track.id if deck.track else None
        self.library.rows.mark_playing(track_id if deck.blind is None else None)
        heard = (track_id, deck.playing, deck.blind is not None)
        if heard != self._heard:
            self._heard = heard
            self.update_keys()

    def write(self, song: Song) -> None:
        """Put a song into the composer; what was there stays as a draft."""
        self.composer.load(song)
        self.go("compose")

    # Places

    @property
    def single(self) -> bool:
        """One place at a time, by lack of room, by zoom, or because it is the player's."""
        return self.has_class("-single")

    def go(self, place: str) -> None:
        """Show a place and put the focus where it was there."""
        if self.has_class("-tiny") and self.complete:
            place = "tasks"  # the only one that is shown
        if place != self.page and self.page == "player":
            self.zoomed = False
        self.page = place
        if place not in self._places:
            return  # a click at the start: one goes there when it comes
        self._lay_out()
        if place == "player":
            self.player.look()
        last = self._last.get(place)
        if last is None or not _can_have_focus(last):
            inside = [widget for widget in self._pane(place).query("*") if _can_have_focus(widget)]
            # Who comes to write wants to write; elsewhere the list comes first.
            fields = [widget for widget in inside if isinstance(widget, Input | TextArea)]
            wanted = fields if place == "compose" else []
            last = next(iter(wanted or inside), None)
        if last is not None:
            last.focus()
        self.update_keys()

    def place_of(self, widget: Widget | None) -> str | None:
        """The place that a widget is in."""
        while widget is not None and widget is not self:
            for place in self._places:
                if widget is self._pane(place):
                    return place
            parent = widget.parent
            widget = parent if isinstance(parent, Widget) else None
        return None

    @property
    def here(self) -> Widget:
        """The pane that one is in, also when nothing has the focus."""
        return self.composer if self.page == "compose" else self._pane(self.page)

    def _pane(self, place: str) -> Widget:
        return self.query_one(
            {
                "compose": "#compose-place",
                "tasks": "#tasks-pane",
                "library": "#library-pane",
                "player": "#player-pane",
            }[place]
        )

    @property
    def _places(self) -> tuple[str, ...]:
        """Those that are there already."""
        return PLACES if self.complete else ("compose", self._begins_with)

    @property
    def _pages(self) -> bool:
        """Whether there is room for one place at a time only."""
        width, height = self.app.size
        return width < 100 or height < 30

    @property
    def _tiny(self) -> bool:
        """Whether there is room for the queue only."""
        width, height = self.app.size
        return width < 60 or height < 16

    def _lay_out(self) -> None:
        tiny = self._tiny
        self.set_class(tiny, "-tiny")
        single = self._pages or self.zoomed or self.page == "player"
        self.set_class(single, "-single")
        self._write_welcome()
        for place in self._places:
            shown = place == ("tasks" if tiny else self.page) if single else place != "player"
            self._pane(place).display = shown
        self.query_one("#right").display = not single or self.page in ("tasks", "library") or tiny
        header = self.query_one(Header)
        header.page = self.page if single else None
        header.look()

    def _focus_moved(self, focused: Widget | None) -> None:
        place = self.place_of(focused)
        if focused is not None and place is not None:
            # Back in the composer one goes on writing, wherever Esc has led from the field.
            if place != "compose" or isinstance(focused, Input | TextArea):
                self._last[place] = focused
            if place != self.page:
                self.page = place
                self._lay_out()
        self.update_keys()

    def update_keys(self) -> None:
        """Look again at what works here, once things have settled."""
        if self.complete and not self._keys_wait:
            self._keys_wait = True
            self.call_after_refresh(self._update_keys)

    def _update_keys(self) -> None:
        self._keys_wait = False
        self.keys.update_keys()

    def show_instead(self, text: str) -> None:
        """A text in place of the keys, until an empty one ends that."""
        if self.complete and self.keys.is_attached:
            self.keys.show_instead(text)

    def on_rows_moved(self, event: Rows.Moved) -> None:
        self.update_keys()

    def on_listing_listed(self) -> None:
        if not self.complete:
            self._waits_for.discard("tracks")
            if not self._filling:
                self.app.typeahead.open(moves)
                self._settle(self._can_move, lay_out=True)
            return
        self.update_keys()
        self.app.show_counts()
        self.app.library_listed()
        if not self.drawn.is_set():
            self._settle(partial(self._has, "tracks"), lay_out=True)

    # Actions that work everywhere

    def label(self, id: str) -> str | None:
        if id != "clear":
            return None
        if self.app.dispatcher.in_text():
            return "Leave field"
        return "Close message" if self.app.says_something and not self._leads_back else "Back"

    def why_not(self, id: str) -> str | None:
        """An empty reason needs no words."""
        if id == "zoom" and (self.page == "player" or (self._pages and not self.zoomed)):
            return "This pane is alone already."
        if id != "clear":
            return None
        useful = self.app.dispatcher.in_text() or self._leads_back or self.app.says_something
        return None if useful else ""

    @property
    def _leads_back(self) -> bool:
        return self.zoomed or self.page == "player"

    def action_go_compose(self) -> None:
        self.go("compose")

    def action_go_tasks(self) -> None:
        self.go("tasks")

    def action_go_library(self) -> None:
        self.go("library")

    def action_go_player(self) -> None:
        self.go("player")

    def action_next_field(self) -> None:
        self._return_to_field()
        self.focus_next()

    def action_previous_field(self) -> None:
        self._return_to_field()
        self.focus_previous()

    def action_zoom(self) -> None:
        self.zoomed = not self.zoomed
        self._lay_out()

    def action_clear(self) -> None:
        """Esc: out of the field, the zoom, the player's page; else a message is closed."""
        if self.app.dispatcher.in_text():
            self.set_focus(None)
        elif self.page == "player":
            self.go("library")
        elif self.zoomed:
            self.action_zoom()
        else:
            self.app.end_messages()
        self.update_keys()

    def action_generate(self) -> None:
        self.go("compose")
        self.composer.action_generate()

    def action_edit_outside(self) -> None:
        self.go("compose")
        self.composer.action_edit_outside()

    def action_filter(self) -> None:
        self.go("library")
        self.library.action_filter()

    def _return_to_field(self) -> None:
        """After Esc no field has the focus: go on from the one that had it."""
        last = self._last.get(self.page)
        if self.focused is None and last is not None and _can_have_focus(last):
            self.set_focus(last)


def _can_have_focus(widget: Widget) -> bool:
    shown = all(node.display for node in widget.ancestors_with_self if isinstance(node, Widget))
    return widget.is_attached and widget.focusable and shown


def _welcome(keymap: Keymap, provider: str, *, short: bool) -> Content:
    """What a new user needs to know: in two lines where it is short."""
    key = "bold $footer-key-foreground"
    maker = f"Made by the provider {one_line(provider, 20)}."
    if provider == LOCAL:
        maker = "Made on this machine, free, with no account."
        maker += "" if short else " For the hosted provider, set SUNO_TUI_API_KEY."
    return Content.assemble(
        ("Welcome. ", "bold $foreground"),
        "Say what you want to hear; ",
        (keymap.chord("generate"), key),
        f" makes {TAKES} takes.",
        "\n" if short else " ",
        f"{maker} ",
        (keymap.chord("help"), key),
        ": help.",
    )
