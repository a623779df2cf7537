"""Now playing: the track in the player, with lyrics that follow the sound."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING

from textual import work
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from suno_tui.library.track import Track
from suno_tui.tui.playback.session import PlaybackSession
from suno_tui.tui.playback.timed_lyrics import LyricLine, lyric_lines, wrapped
from suno_tui.tui.screens.library.labels import music, stars
from suno_tui.tui.screens.library.track_actions import SingleTrackActions
from suno_tui.tui.screens.player.bar import takes
from suno_tui.tui.widgets.content import cells, content, fit, one_line
from suno_tui.tui.widgets.cover import Cover
from suno_tui.tui.widgets.pane import Pane
from suno_tui.tui.widgets.virtual_list import Cell, VirtualList, centred
from suno_tui.tui.widgets.waveform import Waveform

if TYPE_CHECKING:
    from suno_tui.library.store import Library
    from suno_tui.tui.context import Context


class LyricRows(VirtualList[LyricLine]):
    """Lyrics; the line that is sung is highlighted and kept in view, word by word if possible."""

    BINDINGS = [
        Binding("j,down", "move_down", show=False),
        Binding("k,up", "move_up", show=False),
        Binding("pagedown", "move_page_down", show=False),
        Binding("pageup", "move_page_up", show=False),
        Binding("home", "move_top", show=False),
        Binding("G,end", "move_bottom", show=False),
        Binding("enter", "open_line", show=False),
    ]

    def __init__(self) -> None:
        super().__init__(id="sung")
        self.now: int | None = None
        """The row that is sung, the first if the line has several; None before the first line, or
        if no times are known."""
        self.position = 0.0
        """The second of the track that is playing."""
        self.empty_text = ""
        self._lines: list[LyricLine] = []

    def key_of(self, item: LyricLine) -> Hashable:
        return item.number

    def action_open_line(self) -> None:
        self.post_message(self.Opened(self))

    def draw(self, item: LyricLine, width: int) -> list[Cell]:
        if self._is_sung(item):
            sung = item.sung(self.position)
            rest = item.text[sung:].lstrip()
            before = item.text[: len(item.text) - len(rest)]
            if rest:
                room = max(0, width - cells(before))
                lit: list[Cell] = [(before, "accent")] if before else []
                return [*lit, (fit(rest, room), "strong")]
            role = "accent"
        elif item.text.startswith("["):
            role = "key"
        else:
            role = "muted" if self.now is not None and item.number < self.now else ""
        return [(fit(item.text, width), role)]

    def _is_sung(self, item: LyricLine) -> bool:
        """Return whether a row is of the line that is sung."""
        return self.now is not None and item.at is not None and item.at == self.items[self.now].at

    def draw_empty(self, width: int, height: int) -> list[list[Cell]]:
        return centred([(line, "muted") for line in self.empty_text.splitlines()], width, height)

    def set_lines(self, lines: list[LyricLine], empty_text: str) -> None:
        """Show the lyrics of another track, from the top; `empty_text` if it has none."""
        self.now, self.cursor, self.empty_text, self._lines = None, 0, empty_text, lines
        self.set_items(self._wrapped())
        self.scroll_to(y=0, animate=False, immediate=True)

    def on_resize(self) -> None:
        rows = self._wrapped()
        if [row.text for row in rows] != [row.text for row in self.items]:
            self.now, self.cursor = None, 0
            self.set_items(rows)
        super().on_resize()

    def _wrapped(self) -> list[LyricLine]:
        # As in `VirtualList`: one column for the cursor's sign, one left free at the scroll bar.
        return wrapped(self._lines, self.row_width - 2) if self.row_width > 2 else self._lines

    def show_position(self, position: float) -> float | None:
        """Highlight the words sung up to that second; return the second of the next one, or None.

        The cursor follows unless the user has moved it elsewhere.
        """
        previous, self.position = self.position, position
        timed = [(row.at, row.number) for row in self.items if row.at is not None]
        place = bisect_right(timed, (position, len(self.items)))
        now = timed[place - 1][1] if place else None
        while now and self.items[now - 1].at == self.items[now].at:
            now -= 1
        if now != self.now:
            before, self.now = self.now or 0, now
            followed = self.cursor == before
            last = max(before, now or 0)
            while last + 1 < len(self.items) and self.items[last + 1].at == self.items[last].at:
                last += 1
            # Lines that were sung are dimmed, so every row between the two changes.
            for number in range(min(before, now or 0), last + 1):
                self.refresh_row(number)
            if followed:
                self._reveal_row(now or 0)
        following = [timed[place][0]] if place < len(timed) else []
        for row in self.items[now:] if now is not None else ():
            if not self._is_sung(row):
                break
            if row.sung(previous) != row.sung(position):
                self.refresh_row(row.number)
            following += [at for at, _ in row.words if at > position][:1]
        return min(following, default=None)

    def _reveal_row(self, row: int) -> None:
        """Scroll a row into view by a page at a time, with room for the rows after it."""
        top, height = self.scroll_offset.y, self.size.height
        if height and not top <= row < top + height - _AHEAD:
            self.scroll_to(y=max(0, row - height // 4), animate=False, immediate=True)
        self.move_to(row)


class PlayerPane(Pane, SingleTrackActions):
    """The page of the track that plays."""

    place = "player"
    app: Context

    DEFAULT_CSS = """
    PlayerPane {
        padding: 0 0 0 1;
        & > #playing-facts { height: 2; padding-right: 1; }
        & > Waveform { height: 5; margin: 1 2 1 0; }
        & > Waveform.-low { height: 3; }
        & > Waveform.-high { height: 7; }
        & > Waveform.-none { display: none; }
        & > #playing-words { height: 1fr; }
        & LyricRows { width: 1fr; height: 1fr; }
    }
    """

    def __init__(self, session: PlaybackSession) -> None:
        super().__init__(id="player-pane")
        self.session = session
        self.rows = LyricRows()
        self._shown: object = None
        self._line_timer: Timer | None = None
        self._about = Content("")
        self._built = False

    def on_mount(self) -> None:
        self.set_title("Now playing")
        self.run_worker(self._build(), group="build")

    async def _build(self) -> None:
        # The first picture never shows this page and does not wait for it.
        await self.app.navigation.drawn.wait()
        if not self.is_attached:
            return  # the app exits
        cover = Cover(self.app.images, id="playing-cover")
        words = Horizontal(cover, self.rows, id="playing-words")
        await self.mount(Static(id="playing-facts"), Waveform(self.session), words)
        self._built = True
        self._fit()

    def on_resize(self) -> None:
        if self._built:
            self._fit()

    def _fit(self) -> None:
        width, height = self.size
        low, high = height < 24, height >= 44
        self.query_one(Waveform).set_class(low, "-low").set_class(high, "-high")
        wave = 3 if low else 7 if high else 5
        self.query_one(Cover).resize(width // 2 - 8, height - wave - 4)
        self.call_after_refresh(self.update_content)

    def update_content(self) -> None:
        """Show the track and the line that is sung."""
        track = self.session.track
        if not self.display or not self._built:
            return
        if self.session.blind is not None:
            # The same cover and lyrics for all takes, and no times: nothing reveals the take.
            track = self.session.takes[0]
        timed = self.session.timed_lyrics(track) if track is not None else ()
        seen = (track, timed, self.session.blind is None)
        if seen != self._shown:
            self._shown = seen
            self.query_one(Cover).show(track.cover if track is not None else None)
            self.query_one(Waveform).set_class(track is None, "-none")
            lines = lyric_lines(track.lyrics, timed) if track is not None else []
            if self.session.blind is not None:
                lines = [LyricLine(row.number, row.text) for row in lines]
            self.rows.set_lines(lines, _empty_text(track))
            seekable = any(row.at is not None for row in lines)
            self.set_subtitle("⏎ plays from the line" if seekable else "")
        about = facts(self.session, self.query_one("#playing-facts").content_size.width)
        if not about.is_same(self._about):
            self._about = about
            self.query_one("#playing-facts", Static).update(about, layout=False)
        self.query_one(Waveform).redraw()
        self._show_position()

    def on_virtual_list_opened(self, event: VirtualList.Opened) -> None:
        """Seek to the line under the cursor, if its moment is known."""
        event.stop()
        line = self.rows.current
        if line is not None and line.at is not None:
            self.session.seek(line.at - self.session.position)
            self.app.playback.show()

    def _show_position(self) -> None:
        """Highlight what is sung, and set a timer for the next word or line."""
        if self._line_timer is not None:
            self._line_timer.stop()
            self._line_timer = None
        following = self.rows.show_position(self.session.position)
        if self.session.playing and following is not None and self.display:
            self._line_timer = self.set_timer(
                max(0.05, following - self.session.position), self._show_position
            )

    @property
    def track(self) -> Track | None:
        return self.session.track

    def why_not(self, id: str) -> str | None:
        if self.session.blind is not None and id in _REVEALING:
            key = self.app.keymap.key("blind")
            return f"It would tell which take you hear; {key} reveals the takes."
        reason = super().why_not(id)
        return "Nothing playing." if reason and self.session.track is None else reason

    @work(group="change")
    async def change(self, do: Callable[[Library], object], notice: str = "") -> None:
        """Change the library, and show it here at once, even if its list is busy."""
        if await self.app.library.try_apply(do):
            if notice:
                self.app.notify_briefly(notice)
            if await self.session.refresh():
                self.app.playback.show()


_AHEAD = 2
"""Rows that stay in view below the line that is sung."""

_REVEALING = ("copy_path", "copy_id")


def _empty_text(track: Track | None) -> str:
    """Return the text to show instead of lyrics."""
    if track is None:
        return "Nothing playing.\nChoose a track in the library and press Enter."
    instrumental = track.song is not None and track.song.instrumental
    return "Instrumental." if instrumental else "No lyrics."


def facts(session: PlaybackSession, width: int) -> Content:
    """Return two rows: name, rating and takes; style, tempo and the next track.

    A blind comparison leaves out what would tell the takes apart.
    """
    track = session.track
    if track is None:
        return Content("")
    blind = session.blind is not None
    heart = "  ♥" if track.favorite else ""
    thought = Content("")
    if not blind:
        thought = Content.assemble((f"  {stars(track.rating)}", "$warning"), (heart, "$error"))
    about = [one_line(track.style or track.tags, 300)] + ([] if blind else [music(track)])
    follows = session.following
    then = f"then {one_line(follows.name, 30)} {follows.take}" if follows is not None else ""
    takes_shown = Content.assemble(
        ("blind " if blind else "take ", "$text-muted"),
        *(
            (text, "bold $accent" if role == "now" else "$text-muted")
            for text, role in takes(session)[1:]
        ),
    ).rstrip()
    several = takes_shown if len(session.takes) > 1 else Content("")
    name = one_line(track.name if several else f"{track.name} {track.take}", 200)
    return Content("\n").join(
        [
            _justified(content(name, "bold $accent"), thought, several, width),
            _justified(
                content(one_line(" · ".join(filter(None, about)), width), "$text-muted"),
                Content(""),
                content(then, "$text-muted"),
                width,
            ),
        ]
    )


def _justified(left: Content, after: Content, right: Content, width: int) -> Content:
    """Return a row: `left` with `after` next to it, and `right` at the right edge if it fits."""
    room = width - after.cell_length - right.cell_length
    if left.cell_length > room - 2:
        right = Content("")
        room = width - after.cell_length
        left = left.truncate(max(1, room), ellipsis=True)
    return Content.assemble(left, after, " " * max(0, room - left.cell_length), right)
