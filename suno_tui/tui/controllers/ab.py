"""A/B comparison: swap between takes, blindly if the user likes, and keep the better one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from suno_tui.tui.widgets.content import one_line

if TYPE_CHECKING:
    from suno_tui.library.track import Track
    from suno_tui.tui.context import Context
    from suno_tui.tui.playback.session import PlaybackSession


class TakeComparison:
    """The actions on the takes of the song that plays. Found by the dispatcher."""

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
        """Return why there is nothing to compare."""
        session = self._session
        if session.track is None:
            return "Nothing playing."
        if session.restored:
            return f"It is not playing: {self.app.keymap.key('play')} resumes it."
        return None

    def _compare(self, do: Callable[[], Awaitable[None]]) -> None:
        """Run an action in the background, since a take is decoded and measured first.

        Actions run one after the other: K right after B keeps the take that B went to.
        """

        async def run() -> None:
            async with self._one_by_one:
                await do()

        self.app.run_worker(run(), group="compare")

    def action_swap(self) -> None:
        """Go on with the next take of the song, at the same moment."""
        self._compare(self._switch)

    def action_blind(self) -> None:
        """Hide which take is which, or reveal it."""
        self._compare(self._blind)

    def action_keep(self) -> None:
        """Keep the take that plays: rate it, and move the others to the trash."""
        self._compare(self._keep)

    async def _switch(self) -> None:
        from suno_tui.tui.playback.blind_test import next_take

        takes = await self._takes()
        session, track = self._session, self._session.track
        if track is None or not takes:
            return
        order = takes if session.blind is None else session.blind.order
        other = next_take(order, track, session.position)
        if other is None:
            self.app.notify_briefly("The other take ends before this moment.")
        else:
            await self._switch_to(other)

    async def _blind(self) -> None:
        from suno_tui.tui.playback.blind_test import next_take

        session = self._session
        if session.blind is not None:
            track = session.track
            session.reveal()
            self.app.playback.show()
            self.app.navigation.update_keys()
            if track is not None:
                self.app.notify_briefly(f"You hear take {track.take}.")
            await self._read_details()
            return
        takes = await self._takes()
        if not takes or session.track is None:
            return
        session.compare_blindly()
        assert session.blind is not None
        first = session.blind.order[0]
        # Chance also decides which take plays first.
        if first.id != session.track.id and next_take(
            (session.track, first), session.track, session.position
        ):
            await self._switch_to(first)
        self.app.playback.show()
        self.app.navigation.update_keys()
        keys = [self.app.keymap.key(name) for name in ("swap", "keep", "blind")]
        self.app.notify_briefly(
            "Blind: {} swaps, {} keeps this take, {} reveals them.".format(*keys)
        )

    async def _keep(self) -> None:
        takes = await self._takes()
        session, track = self._session, self._session.track
        if track is None or not takes:
            return
        others = [take.id for take in takes if take.id != track.id]
        stars = self.app.studio.settings.player.winner_rating
        made = await self.app.library.try_apply(
            lambda library: library.keep(track.id, others, rating=stars)
        )
        if made is None:
            return
        [winner] = made
        session.reveal()
        session.takes = (winner,)
        session.track = winner
        rest = "the other take is" if len(others) == 1 else f"the {len(others)} other takes are"
        rated = f" ({'★' * winner.rating})" if winner.rating else ""
        self.app.notify_briefly(
            f"{one_line(winner.name, 40)} {winner.take} kept{rated}; {rest} in the trash. "
            f"{self.app.keymap.key('undo')} undoes it."
        )
        self.app.navigation.update_keys()
        await self._read_details()

    async def _takes(self) -> tuple[Track, ...]:
        """Return all takes of the song; none, with a notice, if there is only one."""
        session = self._session
        if not session.takes:
            await session.read_details()
        if len(session.takes) < 2:
            self.app.notify_briefly("This song has no other take.")
            return ()
        return session.takes

    async def _switch_to(self, other: Track) -> None:
        if trouble := await self._session.switch_take(other):
            name = f"{one_line(other.name, 40)} {self._session.take_label(other)}"
            self.app.notify(f"{name}: {trouble}", title="No swap", timeout=6)
        self.app.playback.show()
        await self._read_details()

    async def _read_details(self) -> None:
        await self._session.read_details()
        self.app.playback.show()
