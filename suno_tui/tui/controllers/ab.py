"""A/B: swapping between the takes of what plays, blind where wanted, and keeping the better one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import cached_property
from typing import TYPE_CHECKING

from suno_tui.tui.controllers.playback import SoundControls
from suno_tui.tui.widgets.content import one_line

if TYPE_CHECKING:
    from suno_tui.library.track import Track


class Comparing(SoundControls):
    """What the keys do with the takes of one song; a part of the app."""

    @cached_property
    def _one_by_one(self) -> asyncio.Lock:
        return asyncio.Lock()

    def _compare(self, do: Callable[[], Awaitable[None]]) -> None:
        """Do it beside the keys, which must not wait while a take is decoded and measured.

        One after the other: K means the take that a B just before it went to.
        """

        async def run() -> None:
            async with self._one_by_one:
                await do()

        self.run_worker(run(), group="compare")

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
        from suno_tui.tui.screens.player.blind_test import next_take

        takes = await self._takes()
        deck, track = self.deck, self.deck.track
        if track is None or not takes:
            return
        order = takes if deck.blind is None else deck.blind.order
        other = next_take(order, track, deck.position)
        if other is None:
            self.say("The other take ends before this moment.")
        else:
            await self._swap_to(other)

    async def _blind(self) -> None:
        from suno_tui.tui.screens.player.blind_test import next_take

        deck = self.deck
        if deck.blind is not None:
            track = deck.track
            deck.reveal()
            self.show_sound()
            self.main.update_keys()
            if track is not None:
                self.say(f"You hear take {track.take}.")
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
        self.show_sound()
        self.main.update_keys()
        keys = [self.keymap.key(name) for name in ("swap", "keep", "blind")]
        self.say("Blind: {} swaps, {} keeps what you hear, {} tells.".format(*keys))

    async def _keep(self) -> None:
        takes = await self._takes()
        deck, track = self.deck, self.deck.track
        if track is None or not takes:
            return
        others = [take.id for take in takes if take.id != track.id]
        stars = self.studio.settings.player.winner_rating
        made = await self.main.library.make_change(
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
        self.say(
            f"{one_line(winner.name, 40)} {winner.take} is kept{rated}; {rest} in the trash. "
            f"{self.keymap.key('undo')} takes it back."
        )
        self.main.update_keys()
        await self._read_shape()

    async def _takes(self) -> tuple[Track, ...]:
        """All takes of the song; none, and a word about it, where there is only one."""
        deck = self.deck
        if not deck.takes:
            await deck.read_shape()
        if len(deck.takes) < 2:
            self.say("There is no other take of this song.")
            return ()
        return deck.takes

    async def _swap_to(self, other: Track) -> None:
        if trouble := await self.deck.swap(other):
            name = f"{one_line(other.name, 40)} {self.deck.letter(other)}"
            self.notify(f"{name}: {trouble}", title="No swap", markup=False, timeout=6)
        self.show_sound()
        await self._read_shape()

    async def _read_shape(self) -> None:
        await self.deck.read_shape()
        self.show_sound()
