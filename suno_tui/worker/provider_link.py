"""The worker's access to one provider: its client and two circuit breakers.

Trouble with the whole provider (no network, a bad key, "slow down", no credits) trips a circuit
breaker: after a while one task tries again, and the others wait for the result.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

from suno_tui.common.errors import HomeError, SettingsError, StudioError
from suno_tui.providers.errors import (
    AccountRefused,
    InsufficientCredits,
    NetworkError,
    ProviderDown,
    ProviderError,
    RateLimited,
    SpendLimitExceeded,
    WrongAddress,
)
from suno_tui.providers.remote import Amount
from suno_tui.tasks.balances import Account
from suno_tui.tasks.holds import HoldCode
from suno_tui.tasks.models import Hold, Status
from suno_tui.worker.circuit_breaker import CircuitBreaker
from suno_tui.worker.journal import Journal
from suno_tui.worker.sending_order import SendingOrder
from suno_tui.worker.timings import Timings

if TYPE_CHECKING:
    from suno_tui.providers.provider import Provider


CHECK_AGAIN = 5.0
"""Seconds for which an answer shows that a server is not busy."""


class OtherAddress(SettingsError):
    """The provider has another address than when the task was queued."""

    title = "The provider has moved"
    code = HoldCode.OTHER_ADDRESS

    def __init__(self, name: str, then: str, now: str) -> None:
        super().__init__(
            f"this song was queued for {name!r} at {then}, but the address is {now} now. The song "
            "is not sent there: set the base URL back, or forget the task and generate it again."
        )


OTHER_UNCERTAIN = Hold(
    HoldCode.CHECKING_OTHER,
    "Nothing else is sent until it is known whether the provider took another song.",
)


class OtherShell(SettingsError):
    """The task needs a key that is not in the environment of this process."""

    title = "The task belongs to another shell"
    code = HoldCode.OTHER_SHELL


class ProviderLink:
    """Access to a provider, with one account, at the address that its tasks were queued for.

    `connect` makes its client, and a new one once `settings_version()` changes. `ours` is false if
    the environment lacks the account's key; then only files can be downloaded.
    """

    def __init__(
        self,
        name: str,
        base_url: str | None,
        connect: Callable[[str], Provider],
        journal: Journal,
        timings: Timings,
        account: str | None = None,
        ours: bool = True,
        settings_version: Callable[[], object] = lambda: None,
    ) -> None:
        self._settings_version = settings_version
        self._connected_with: object = None
        """The version of the settings that the client was made with."""
        self.name = name
        self.base_url = base_url
        self.account = account
        self._journal = journal
        self._ours = ours
        self._connect = connect
        self._client: Provider | None = None
        self._keyless: Provider | None = None
        self._connecting = asyncio.Lock()
        self.access = CircuitBreaker(
            timings, lambda old, new, at: self._changed(old, new, at, queued=False)
        )
        """For every request."""
        self.spending = CircuitBreaker(
            timings, lambda old, new, at: self._changed(old, new, at, queued=True)
        )
        """For songs that are sent."""
        self.order = SendingOrder(journal.first_of)
        """Which of the waiting songs is sent next."""
        self.sending = asyncio.Lock()
        """Songs are sent one by one, so that the balance shows what became of each."""
        self.uploading = SendingOrder(journal.first_of)
        """Which task's track is uploaded next, one at a time; other songs are sent meanwhile."""
        self._busy_checked_until = 0.0
        self._uncertain: set[str] = set()
        self.none_uncertain = asyncio.Event()
        """Cleared, and nothing is sent, while it is not known whether a song was taken."""
        self.none_uncertain.set()

    @property
    def in_process(self) -> bool:
        """Whether the provider is the built-in one; false until a client was made."""
        return self._client is not None and self._client.in_process

    @property
    def poll_most(self) -> float:
        """The longest wait between two polls of a task, in seconds."""
        most = self._client.capabilities.poll_most if self._client else None
        return math.inf if most is None else most

    @property
    def early(self) -> bool:
        """Whether a take may be ready before the others are."""
        return self._client is not None and self._client.capabilities.early

    @property
    def grace(self) -> float:
        """Seconds after sending a song in which the provider may not know the task yet."""
        return self._client.capabilities.grace if self._client else 0.0

    async def check_busy(self) -> None:
        """Check that a server which may be busy answers, so that no song is sent in vain."""
        loop = asyncio.get_running_loop()
        try:
            client = await self.client()
        except StudioError:
            return  # the request that follows handles it
        if client.capabilities.silent_is_busy and loop.time() >= self._busy_checked_until:
            async with self.turn() as client:  # a turn without a request would count as an answer
                await client.probe(quick=True)
            self._busy_checked_until = loop.time() + CHECK_AGAIN

    def write_hold(
        self,
        before: Hold | None,
        hold: Hold | None,
        retry_at: float | None = None,
        *,
        queued: bool = True,
    ) -> None:
        """Replace the hold `before` of the provider's tasks (`queued`: of those not sent yet)."""
        self._journal.hold_provider(
            self.name,
            self.base_url,
            self.account,
            before,
            hold,
            ours=self._ours,
            queued=queued,
            retry_at=retry_at,
        )

    def _changed(
        self,
        before: Hold | None,
        hold: Hold | None,
        retry_at: float | None = None,
        *,
        queued: bool,
    ) -> None:
        """Write a breaker's new hold; if it was lifted, write the hold that still applies."""
        self.write_hold(before, hold, retry_at, queued=queued)
        left = self.reason(Status.QUEUED)
        if hold is None and left:
            self.write_hold(None, left, self.retry_at(left))

    def reason(self, status: Status) -> Hold | None:
        """Return why a task of that status waits for the provider, or None."""
        unsent = status is Status.QUEUED
        if self.access.hold and (unsent or status in (Status.PENDING, Status.PROCESSING)):
            return self.access.hold
        if unsent and self.spending.hold:
            return self.spending.hold
        return OTHER_UNCERTAIN if unsent and self._uncertain else None

    def retry_at(self, hold: Hold) -> float | None:
        """Return when a hold of the provider is tried again, in unix seconds."""
        breakers = (self.access, self.spending)
        return next((each.wakes_at for each in breakers if each.hold == hold), None)

    @property
    def retry_due(self) -> bool:
        """Whether it is time to try again."""
        return self.access.retry_due or self.spending.retry_due

    @property
    def blocked(self) -> bool:
        return bool(self.access.hold or self.spending.hold)

    def add_uncertain(self, id: str) -> None:
        """Send nothing, as it is not known whether that task was taken."""
        if not self._uncertain:
            with contextlib.suppress(HomeError):
                self.write_hold(None, OTHER_UNCERTAIN)
        self._uncertain.add(id)
        self.none_uncertain.clear()

    def remove_uncertain(self, id: str) -> None:
        """Undo `add_uncertain`: the outcome is known, or the user has to find it out."""
        if id in self._uncertain:
            self._uncertain.discard(id)
            if not self._uncertain:
                with contextlib.suppress(HomeError):
                    self._changed(OTHER_UNCERTAIN, None, queued=True)
        if not self._uncertain:
            self.none_uncertain.set()

    async def client(self) -> Provider:
        """Return the provider's client; it is closed by the owner of `connect`.

        Raises `SettingsError` if the provider or its key is missing, and `OtherAddress`.
        """
        if not self._ours:
            raise OtherShell("Its key is in the environment of another shell.")
        async with self._connecting:
            version = self._settings_version()
            current = self._client is not None and (
                self._client.in_process or version == self._connected_with
            )
            if not current:
                # A key may come from a command that takes its time, such as a password manager.
                client = await asyncio.to_thread(self._connect, self.name)
                if self.base_url is not None and client.base_url != self.base_url:
                    raise OtherAddress(self.name, self.base_url, client.base_url)
                self._client, self._connected_with = client, version
            assert self._client is not None
            return self._client

    async def file_client(self) -> Provider:
        """Return a client for files, which need no key; it works without a key in the settings.

        Raises `SettingsError` if the address isn't known either.
        """
        try:
            return await self.client()
        except SettingsError:
            if self.base_url is None:
                raise
        if self._keyless is None:
            from suno_tui.providers.client import Client

            self._keyless = Client(self.base_url, None)
        return self._keyless

    async def aclose(self) -> None:
        """Close the client without a key."""
        if self._keyless is not None:
            keyless, self._keyless = self._keyless, None
            await keyless.aclose()

    @contextlib.asynccontextmanager
    async def turn(self, *, sending: bool = False) -> AsyncIterator[Provider]:
        """Yield the client once requests are allowed; `sending` is for a request that sends a song.

        Errors of the request are raised again. An error that concerns every task first trips a
        circuit breaker: `spending` for an answer to a song, `access` for everything else.
        """
        breaker = self.spending if sending else self.access
        async with self.access.attempt():
            try:
                yield await self.client()
            except SettingsError as error:
                self._client = None
                self.access.trip(hold_for(error), refused=True)
                raise
            except NetworkError as error:
                self.access.trip(hold_for(error), refused=False)
                raise
            except AccountRefused as error:
                # The next try reads the settings and the key again.
                self._client = None
                breaker.trip(hold_for(error), refused=True, at_least=error.retry_after)
                raise
            except (RateLimited, WrongAddress) as error:
                breaker.trip(hold_for(error), refused=False, at_least=error.retry_after)
                raise
            except ProviderError:
                self.access.reset()
                raise
            self.access.reset()
            if sending:
                self.spending.reset()

    async def balance(self) -> Amount | None:
        """Return the account's credits and record them for views; None if the provider hides them.

        If the request fails (5xx), nothing is sent for a while: the answer to a song would be lost
        as well, and without the balance there is no way to find out what became of it.
        """
        try:
            async with self.turn() as client:
                asked_at = time.time()
                try:
                    found = (await client.credits()).balance
                    if found is not None:
                        self._share_balance(found, asked_at)
                    return found
                except (InsufficientCredits, SpendLimitExceeded):
                    return None
                except (AccountRefused, RateLimited, ProviderDown):
                    raise
                except ProviderError:
                    return None
        except ProviderDown as error:
            self.spending.trip(hold_for(error), refused=False, at_least=error.retry_after)
            raise

    def _share_balance(self, credits: Amount, asked_at: float) -> None:
        account = Account(self.name, self.base_url, self.account)
        with contextlib.suppress(HomeError):
            self._journal.store.note_balance(account, credits, asked_at)


def hold_for(error: StudioError) -> Hold:
    """Return the hold that a task has while the error lasts."""
    return Hold(error.code, f"{error.title}: {error}")
