"""The worker's line to one provider: its client, and the gates that trouble closes.

What concerns a whole provider (no network, a bad key, "slow down", no credits) is met once, not by
each task: the gate closes, one task tries again when its time has come, and the others wait.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from suno_tui.api.backoff import Backoff
from suno_tui.api.errors import (
    AccountRefused,
    InsufficientCredits,
    NetworkError,
    ProviderDown,
    ProviderError,
    RateLimited,
    SpendLimitExceeded,
    WrongAddress,
)
from suno_tui.errors import HomeError, SettingsError, StudioError
from suno_tui.queue.journal import Journal
from suno_tui.queue.pace import Pace
from suno_tui.queue.records import Hold, Status

if TYPE_CHECKING:
    from suno_tui.api.client import Client

T = TypeVar("T")


class Gate:
    """Open, or closed with a reason until a time. `hold` is None while it is open."""

    def __init__(self, pace: Pace, write: Callable[[Hold | None, Hold | None], None]) -> None:
        self.hold: Hold | None = None
        self._write = write
        self._soft = Backoff(pace.trouble_first, pace.trouble_most)
        self._hard = Backoff(pace.hold_first, pace.hold_most)
        self._open_at = 0.0
        self._probe = asyncio.Lock()
        self._now = asyncio.Event()

    @property
    def due(self) -> bool:
        """It is closed, and the time has come to try again."""
        return self.hold is not None and asyncio.get_running_loop().time() >= self._open_at

    def close(self, hold: Hold, *, refused: bool, at_least: float | None = None) -> None:
        """Close, or stay closed, for a growing time; `refused` is no passing trouble."""
        now = asyncio.get_running_loop().time()
        # Requests that were on their way together count as one try.
        if self.hold is None or now >= self._open_at or self._now.is_set():
            self._open_at = now + (self._hard if refused else self._soft).next(at_least)
            self._now.clear()
        # Written each time: tasks that were added since, or that the user nudged, wait as well.
        before, self.hold = self.hold, hold
        self._write(before, hold)

    def open(self) -> None:
        """Whatever it was, it has passed."""
        if self.hold is not None:
            before, self.hold = self.hold, None
            self._write(before, None)
            self._soft.reset()
            self._hard.reset()

    def try_now(self) -> None:
        """The user asks for it: don't wait for the time."""
        self._now.set()

    @contextlib.asynccontextmanager
    async def passage(self) -> AsyncIterator[bool]:
        """Go through where it is open; else be the one that tries, when the time has come.

        The value says whether this is such a try.
        """
        if self.hold is not None:
            async with self._probe:
                await self._time_to_try()
                if self.hold is not None:
                    yield True
                    return
        yield False

    async def _time_to_try(self) -> None:
        loop = asyncio.get_running_loop()
        while self.hold is not None and (left := self._open_at - loop.time()) > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._now.wait()
                    return


class OtherAddress(SettingsError):
    """The provider's name means another address than when the task was queued."""

    title = "The provider has moved"
    code = "other_address"

    def __init__(self, name: str, then: str, now: str) -> None:
        super().__init__(
            f"this song was queued for {name!r} at {then}, and that is {now} now. It goes nowhere "
            "else: set the base URL back, or forget it and generate it anew."
        )


DOUBT = Hold(
    "checking_other",
    "Nothing else is sent until it is known whether the provider took another song.",
)


class OtherShell(SettingsError):
    """The task needs a key that this process's environment does not have."""

    title = "It belongs to another shell"
    code = "other_shell"


class Line:
    """A provider, by its name, the address that it had when its tasks were queued, and the account
    that they belong to."""

    def __init__(
        self,
        name: str,
        base_url: str | None,
        connect: Callable[[str], Client],
        journal: Journal,
        pace: Pace,
        account: str | None = None,
        ours: bool = True,
    ) -> None:
        self.name = name
        self.base_url = base_url
        self.account = account
        self._journal = journal
        self._ours = ours
        """Whether the environment has the account's key; else only files can be fetched."""
        self._connect = connect
        self._client: Client | None = None
        self._keyless: Client | None = None
        self._connecting = asyncio.Lock()
        self.access = Gate(pace, lambda old, new: self._changed(old, new, queued=False))
        """Everything that is asked of the provider."""
        self.spending = Gate(pace, lambda old, new: self._changed(old, new, queued=True))
        """Sending songs."""
        self.sending = asyncio.Lock()
        """Songs are sent one by one, so that the balance tells what became of each."""
        self._doubts: set[str] = set()
        self.no_doubts = asyncio.Event()
        """Nothing is sent while the balance has to tell what became of a song."""
        self.no_doubts.set()

    @property
    def near(self) -> bool:
        """Whether the provider is known to run in this process."""
        return self._client is not None and self._client.in_process

    def tell(self, before: Hold | None, hold: Hold | None, *, queued: bool = True) -> None:
        """Write why tasks wait into the records of all that have no other reason (`queued`: of
        those that are not sent yet)."""
        self._journal.hold_line(
            self.name, self.base_url, self.account, before, hold, ours=self._ours, queued=queued
        )

    def _changed(self, before: Hold | None, hold: Hold | None, *, queued: bool) -> None:
        """As `tell`; where one reason has passed, another may be left."""
        self.tell(before, hold, queued=queued)
        left = self.reason(Status.QUEUED)
        if hold is None and left:
            self.tell(None, left)

    def reason(self, status: Status) -> Hold | None:
        """Why a task of that status waits, if the provider is what it waits for."""
        unsent = status is Status.QUEUED
        if self.access.hold and (unsent or status in (Status.PENDING, Status.PROCESSING)):
            return self.access.hold
        if unsent and self.spending.hold:
            return self.spending.hold
        return DOUBT if unsent and self._doubts else None

    @property
    def trying(self) -> bool:
        """What was in trouble is tried again, or it is time to."""
        return self.access.due or self.spending.due

    @property
    def closed(self) -> bool:
        return bool(self.access.hold or self.spending.hold)

    def doubt(self, id: str) -> None:
        """Nobody knows whether that task was taken."""
        if not self._doubts:
            with contextlib.suppress(HomeError):
                self.tell(None, DOUBT)
        self._doubts.add(id)
        self.no_doubts.clear()

    def undoubt(self, id: str) -> None:
        """It is known now, or nothing more is to be found out."""
        if id in self._doubts:
            self._doubts.discard(id)
            if not self._doubts:
                with contextlib.suppress(HomeError):
                    self._changed(DOUBT, None, queued=True)
        if not self._doubts:
            self.no_doubts.set()

    async def client(self) -> Client:
        """The provider's client, which belongs to whoever gave `connect`.

        Raises `SettingsError` where the provider or its key is missing, `OtherAddress` where the
        name means another place by now.
        """
        if not self._ours:
            raise OtherShell("Its key is in the environment of another shell.")
        async with self._connecting:
            if self._client is None:
                # A key may come from a command that takes its time, such as a password manager.
                client = await asyncio.to_thread(self._connect, self.name)
                if self.base_url is not None and client.base_url != self.base_url:
                    raise OtherAddress(self.name, self.base_url, client.base_url)
                self._client = client
            return self._client

    async def file_client(self) -> Client:
        """A client for files: they belong to nobody's account, and end after a day. So the one
        without a key serves where the key or the provider is missing in the settings.

        Raises `SettingsError` where the address isn't known either.
        """
        try:
            return await self.client()
        except SettingsError:
            if self.base_url is None:
                raise
        if self._keyless is None:
            from suno_tui.api.client import Client

            self._keyless = Client(self.base_url, None)
        return self._keyless

    async def aclose(self) -> None:
        """Close what it has opened itself."""
        if self._keyless is not None:
            keyless, self._keyless = self._keyless, None
            await keyless.aclose()

    async def ask(self, request: Callable[[Client], Awaitable[T]], *, sending: bool = False) -> T:
        """Ask the provider through the gate. Raises what went wrong; where it concerns every task,
        a gate is closed then: what was said of a song that was sent concerns sending alone."""
        gate = self.spending if sending else self.access
        async with self.access.passage():
            try:
                answer = await request(await self.client())
            except SettingsError as error:
                self._client = None
                self.access.close(hold_for(error), refused=True)
                raise
            except NetworkError as error:
                self.access.close(hold_for(error), refused=False)
                raise
            except AccountRefused as error:
                # The next try reads the settings and the key again.
                self._client = None
                gate.close(hold_for(error), refused=True, at_least=error.retry_after)
                raise
            except (RateLimited, WrongAddress) as error:
                gate.close(hold_for(error), refused=False, at_least=error.retry_after)
                raise
            except ProviderError:
                self.access.open()
                raise
            self.access.open()
            if sending:
                self.spending.open()
            return answer

    async def balance(self) -> int | None:
        """The account's credits; None where the provider doesn't tell.

        Where it has trouble (5xx) nothing is sent meanwhile: the answer would be lost as well, and
        without the balance nobody could find out what became of the song.
        """

        async def ask(client: Client) -> int | None:
            try:
                return (await client.credits()).balance
            except (InsufficientCredits, SpendLimitExceeded):
                return None
            except (AccountRefused, RateLimited, ProviderDown):
                raise
            except ProviderError:
                return None

        try:
            return await self.ask(ask)
        except ProviderDown as error:
            self.spending.close(hold_for(error), refused=False, at_least=error.retry_after)
            raise


def hold_for(error: StudioError) -> Hold:
    """The reason that a task shows while the error lasts."""
    return Hold(error.code, f"{error.title}: {error}")
