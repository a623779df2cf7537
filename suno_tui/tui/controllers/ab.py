"""A/B: swapping between the takes of what plays, blind where wanted, and keeping the better one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from suno_tui.tui.widgets.content import one_line

if TYPE_CHECKING:
    from suno_tui.library.track import Track
    from suno_tui.tui.context import Context
    from suno_tui.tui.playback.session import PlaybackSession


class AB:
    """What the keys do with the takes of one song. Found by the dispatcher."""

    def __init__(self, app: Context) -> None:
        self.app = app
        self._one_by_one = asyncio.Lock()

    @property
    def _session(self) -> PlaybackSession:
        return self.app.playback.session

    def label(self, id: str) -> str | None:
        if id == "blind" and self._session.blind is not None:
            return "Reveal the takes"
        return None

    def why_not(self, id: str) -> str | None:
        """Why there is nothing to compare."""
        deck = self._session
        if deck.track is None:
            return "Nothing plays."
        if deck.laid_on:
            return "It does not play yet: space plays on."
        return None

    def _compare(self, do: Callable[[], Awaitable[None]]) -> None:
        """Do it beside the keys, which must not wait while a take is decoded and measured.

        One after the other: K means the take that a B just before it went to.
        """

        async def run() -> None:
            async with self._one_by_one:
                await do()

        self.app.run_worker(run(), group="compare")

    def action_swap(self) -> None:
        """A/B: the next take of the same song, at the same moment."""
        self._compare(self._swap)

    def action_blind(self) -> None:
        """Hide which take is which; and tell it."""
        self._compare(self._blind)

    def action_keep(self) -> None:
        """The take that is heard is the better one: rate it, and the others into the trash."""
        self._compare(self._keep)

    async def _swap(self) -> None:
        from suno_tui.tui.playback.blind_test import next_take

        takes = await self._takes()
        deck, track = self._session, self._session.track
        if track is None or not takes:
            return
        order = takes if deck.blind is None else deck.blind.order
        other = next_take(order, track, deck.position)
        if other is None:
            self.app.say("The other take ends before this moment.")
        else:
            await self._swap_to(other)

    async def _blind(self) -> None:
        from suno_tui.tui.playback.blind_test import next_take

        deck = self._session
        if deck.blind is not None:
            track = deck.track
            deck.reveal()
            self.app.playback.show()
            self.app.navigation.update_keys()
            if track is not None:
                self.app.say(f"You hear take {track.take}.")
            await self._read_shape()
            return
        takes = await self._takes()
        if not takes or deck.track is None:
            return
        deck.compare_blindly()
        assert deck.blind is not None
        first = deck.blind.order[0]
        # Which of them one hears first is chance too.
        if first.id != deck.track.id and next_take((deck.track, first), deck.track, deck.position):
            await self._swap_to(first)
        self.app.playback.show()
        self.app.navigation.update_keys()
        keys = [self.app.keymap.key(name) for name in ("swap", "keep", "blind")]
        self.app.say("Blind: {} swaps, {} keeps what you hear, {} tells.".format(*keys))

    async def _keep(self) -> None:
        takes = await self._takes()
        deck, track = self._session, self._session.track
        if track is None or not takes:
            return
        others = [take.id for take in takes if take.id != track.id]
        stars = self.app.studio.settings.player.winner_rating
        made = await self.app.library.make_change(
            lambda library: library.keep(track.id, others, rating=stars)
        )
        if made is None:
            return
        [winner] = made
        deck.reveal()
        deck.takes = (winner,)
        deck.track = winner
        rest = "the other take is" if len(others) == 1 else f"the {len(others)} other takes are"
        rated = f" ({'★' * winner.rating})" if winner.rating else ""
        self.app.say(
            f"{one_line(winner.name, 40)} {winner.take} is kept{rated}; {rest} in the trash. "
            f"{self.app.keymap.key('undo')} takes it back."
        )
        self.app.navigation.update_keys()
        await self._read_shape()

    async def _takes(self) -> tuple[Track, ...]:
        """All takes of the song; none, and a word about it, where there is only one."""
        deck = self._session
        if not deck.takes:
            await deck.read_shape()
        if len(deck.takes) < 2:
            self.app.say("There is no other take of this song.")
            return ()
        return deck.takes

    async def _swap_to(self, other: Track) -> None:
        if trouble := await self._session.swap(other):
            name = f"{one_line(other.name, 40)} {self._session.letter(other)}"
            self.app.notify(f"{name}: {trouble}", title="No swap", markup=False, timeout=6)
        self.app.playback.show()
        await self._read_shape()

    async def _read_shape(self) -> None:
        await self._session.read_shape()
        self.app.playback.show()
