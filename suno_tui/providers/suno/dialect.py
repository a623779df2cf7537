"""The dialect of `docs/suno-api.txt`, as `docs/api.md` interprets it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from suno_tui.providers.capabilities import Capabilities
from suno_tui.providers.dialect import Call, Dialect, Facts, Reply
from suno_tui.providers.errors import ProviderError, TaskNotFound, WrongAddress
from suno_tui.providers.remote import Accepted, Credits, RemoteTask
from suno_tui.providers.song import Song
from suno_tui.providers.source import Source
from suno_tui.providers.suno import answers
from suno_tui.providers.tables.suno import SUNO


@dataclass(frozen=True)
class SunoDialect:
    """See `Dialect`."""

    capabilities: Capabilities = SUNO
    exact: bool = False
    """Whether the provider takes all fields of a song (`Song.to_wire`): only the built-in one."""

    def create(
        self, song: Song, *, nonce: str, callback_url: str | None, source: Source | None = None
    ) -> Call:
        body = song.to_wire(callback_url, exact=self.exact)
        return Call("POST", "/v1/music/generations", body, {"Idempotency-Key": nonce})

    def upload(self, song: Song, source: Source) -> Call | None:
        return None

    def uploaded(self, reply: Reply) -> str:
        raise NotImplementedError

    def created(self, reply: Reply) -> Accepted:
        return Accepted(answers.read_created(reply.status, reply.body, reply.retry_after))

    def poll(self, ids: Sequence[str]) -> Call:
        return Call("GET", f"/v1/tasks/{quote(ids[0], safe='')}")

    def tasks(self, reply: Reply, ids: Sequence[str]) -> Mapping[str, RemoteTask | ProviderError]:
        try:
            if error := self.refusal(reply):
                raise error
            found = answers.read_task(reply.base_url, reply.status, reply.body, reply.retry_after)
        except WrongAddress as error:
            if error.http_status != 404:
                raise
            missing = TaskNotFound(error.message, http_status=404)
            return {ids[0]: missing}
        return {ids[0]: found}

    def activity(self) -> Call | None:
        return None

    def idle(self, reply: Reply) -> bool:
        return False

    def balance(self) -> Call | None:
        return Call("GET", "/v1/credits")

    def credits(self, reply: Reply) -> Credits:
        return answers.read_credits(reply.status, reply.body, reply.retry_after)

    def refusal(self, reply: Reply) -> ProviderError | None:
        # Refusals with a 2xx status are found by the functions that parse the answers.
        if reply.good:
            return None
        return answers.refusal(reply.status, reply.body, reply.retry_after)

    def probe(self) -> tuple[Call, ...]:
        return (Call("GET", "/v1/credits"),)

    def learn(self, replies: Sequence[Reply | None]) -> Facts:
        reply = replies[0]
        if reply is None:
            return {}
        if error := self.refusal(reply):
            raise error
        self.credits(reply)
        return {}

    def with_facts(self, facts: Facts) -> Dialect:
        return self
