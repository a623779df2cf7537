"""The tools of an agent, without the protocol: values in, plain tables out.

Text from songs, providers or files is under the key `foreign` of an answer, with control characters
made visible: it is data, and never tells the agent what to do. There are no tools for what only the
owner may do: settling, forgetting, emptying the trash, keys, settings, and files outside the export
folder.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from suno_tui.agents.agent import Refused
from suno_tui.agents.library_tools import MOST_FOUND, LibraryTools, within
from suno_tui.agents.tables import task_table
from suno_tui.batches.batch import song_of
from suno_tui.common.errors import UsageError
from suno_tui.common.text import clean
from suno_tui.drafts import file_name
from suno_tui.providers.capabilities import dollars
from suno_tui.providers.song import Song
from suno_tui.tasks.events import NoWorker, follow
from suno_tui.tasks.spending import SpendLimitReached
from suno_tui.tasks.worker_starter import why_no_worker

if TYPE_CHECKING:
    from suno_tui.studio import Studio
    from suno_tui.tasks.models import Task
    from suno_tui.tasks.spending import Budget

MOST_WAIT = 50.0
"""The most seconds that `wait` takes, since clients give up after a minute."""
MOST_COUNT = 20
"""The most tasks in one call of `generate`."""
BUDGET_TIME = timedelta(days=1)
"""The time that the budget is for; what was spent earlier does not count."""
Report = Callable[[float, str], Awaitable[None]]
"""Called with the progress (0 to 1) and a text."""


class AgentTools(LibraryTools):
    """All tools of one agent. Every method raises `StudioError` with a message for the agent."""

    def __init__(
        self,
        studio: Studio,
        name: str,
        *,
        budget: Budget | None = None,
        read_only: bool = False,
        export_folder: Path,
    ) -> None:
        super().__init__(studio, name, read_only=read_only, export_folder=export_folder)
        self._budget = budget

    @property
    def budget(self) -> Budget | None:
        """What the agent may spend in 24 hours; None if only the owner's limits apply."""
        if self._budget is None:
            return None
        return self._budget._replace(since=datetime.now(UTC) - BUDGET_TIME)

    # The studio and its songs.

    def status(self) -> dict[str, Any]:
        """Return the provider in use, the budget, and the size of the queue and the library."""
        studio = self.studio
        live = studio.tasks.live()
        models = studio.capabilities(studio.provider).models
        return self.spending() | {
            "foreign": {"models": [clean(model.id) for model in models]},
            "read_only": self.read_only,
            "queue": {"live": len(live), "paused": studio.tasks.paused,
                      "need_the_owner": sum(task.hold is not None for task in live)},
            "tracks": studio.library.count(),
        }  # fmt: skip

    def spending(self) -> dict[str, Any]:
        """Return the provider, the last known balance, and the agent's name and budget."""
        provider = self.studio.provider
        balance = self.studio.known_balance(provider)
        return {
            "provider": provider,
            "free": self.studio.capabilities(provider).free,
            "balance_credits": None if balance is None else float(balance),
            "budget": str(self.budget) if self.budget else None,
            "requester": self.requester,
        }

    def check_song(self, song: Mapping[str, Any], count: int = 1) -> dict[str, Any]:
        """Return a song's problems and price, and what the provider makes of its fields."""
        made, problems = self._song(song)
        quote = self.studio.quote(made, self._count(count))
        uses = self.studio.uses(made, quote.provider)
        refused = quote.reason
        if refused is None and self.budget is not None:
            try:
                self.studio.tasks.allow([self.budget], quote.credits, quote.credit)
            except SpendLimitReached as error:
                refused = str(error)
        return {
            "good": not problems and refused is None,
            "problems": problems,
            "refused": refused,
            "provider": quote.provider,
            "free": quote.free,
            "credits": quote.credits,
            "dollars": dollars(quote.credits, quote.credit) or None,
            "takes": quote.takes,
            "fields": {name: uses[name] for name in made.parameters | made.options},
        }

    def question(self, song: Mapping[str, Any], idempotency_key: str, count: int = 1) -> str | None:
        """Return what the owner has to agree to before a song is sent; None if it costs nothing."""
        self.may_write()
        made, problems = self._song(song)
        keys = self._keys(idempotency_key, count)
        count = len(keys) - len(self.studio.tasks.by_key(keys))
        if problems or not count:
            return None  # nothing will be sent, and `generate` says why
        quote = self.studio.quote(made, count)
        if quote.free or not quote.credits:
            return None
        if self.budget is not None:
            self.studio.tasks.allow([self.budget], quote.credits, quote.credit)
        money = dollars(quote.credits, quote.credit)
        songs = "1 song" if quote.tasks == 1 else f"{quote.tasks} songs"
        cost = f"{quote.credits} credits{money and ', '}{money}"
        return f"{self.requester} wants {songs} ({clean(made.name)}) from {quote.provider}: {cost}."

    def generate(
        self, song: Mapping[str, Any], idempotency_key: str, count: int = 1
    ) -> dict[str, Any]:
        """Queue a song `count` times; with the same key, it is never queued again."""
        self.may_write()
        made, problems = self._song(song)
        if problems:
            raise UsageError("; ".join(f"{each['field']}: {each['message']}" for each in problems))
        if not idempotency_key.strip() or len(idempotency_key) > 200:
            raise UsageError("idempotency_key: choose 1 to 200 characters, new for each song.")
        keys = self._keys(idempotency_key, count)
        known = self.studio.tasks.by_key(keys)
        if any(task.song != made for task in known.values()):
            raise UsageError("idempotency_key: another song has this key. Choose a new one.")
        tasks = self.studio.generate_all(
            [made] * len(keys), requester=self.requester, budget=self.budget, keys=keys
        )
        return {"tasks": [task_table(task) for task in tasks], "queued_before": len(known)}

    async def wait(
        self, ids: Sequence[str], seconds: float, report: Report | None = None
    ) -> dict[str, Any]:
        """Wait until the tasks have ended, `seconds` at most; return their state then."""
        if not 1 <= len(ids) <= MOST_FOUND:
            raise UsageError(f"ids: 1 to {MOST_FOUND} tasks.")
        store = self.studio.tasks
        found = [store.find(each).id for each in ids]
        reported = trouble = ""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(max(seconds, 0.0), MOST_WAIT)):
                async for event in follow(store, found, patience=None, wake=self.studio.wake):
                    if isinstance(event, NoWorker):
                        trouble = why_no_worker(self.studio.home)
                    tasks = [store.get(each) for each in found]
                    over = [task for task in tasks if not task.live or task.forgotten]
                    states = ", ".join(f"{task.id} {task.status}" for task in tasks)
                    if report is not None and states != reported:
                        reported = states
                        await report(len(over) / len(tasks), states)
        await asyncio.to_thread(self.studio.library.refresh)
        tasks = [store.get(each) for each in found]
        done = all(not task.live or task.forgotten for task in tasks)
        return {
            "done": done,
            "tasks": [task_table(task) for task in tasks],
            "foreign": {"trouble": clean(trouble)} if trouble else {},
        }

    def tasks(self, state: str = "live", limit: int = 20) -> dict[str, Any]:
        """Return tasks, the newest first: `live`, `ended`, `mine` or `all`."""
        wanted: dict[str, Callable[[Task], bool]] = {
            "live": lambda task: task.live,
            "ended": lambda task: not task.live,
            "mine": lambda task: task.requester == self.requester,
            "all": lambda task: True,
        }
        if state not in wanted:
            raise UsageError(f"state: one of {', '.join(wanted)}.")
        found = list(filter(wanted[state], self.studio.tasks.all()))
        return {
            "tasks": [task_table(task) for task in found[: within(limit)]],
            "in_all": len(found),
        }

    def retry_question(self, id: str) -> str | None:
        """Return what the owner has to agree to before a task is sent again; None if it is free."""
        from suno_tui.tasks.transitions import sends_again

        task = self._to_retry(id)
        if not task.credits or not sends_again(task):
            return None
        money = dollars(task.credits, task.credit)
        cost = f"{task.credits} credits{money and ', '}{money}"
        return f"{self.requester} wants to send {clean(task.title)} again: {cost}."

    def retry(self, id: str) -> dict[str, Any]:
        """Send a failed or expired task again, at its price; try a held one now."""
        task = self._to_retry(id)
        task = self.studio.retry(task.id, requester=self.requester, budget=self.budget)
        self.studio.wake()
        return task_table(task)

    def _to_retry(self, id: str) -> Task:
        self.may_write()
        task = self.studio.tasks.find(id)
        if str(task.status) == "uncertain":
            raise Refused(
                f"It is not known whether the provider took {task.id}, so it may be paid twice if "
                "it is sent again. Only the owner can settle that, in the studio or with "
                "`suno-tui queue settle`."
            )
        return task

    def cancel(self, id: str) -> dict[str, Any]:
        """Stop a task that this agent asked for."""
        self.may_write()
        task = self.studio.tasks.find(id)
        if task.requester != self.requester:
            who = task.requester or "the owner"
            raise Refused(f"{task.id} belongs to {clean(who)}: cancel only your own tasks.")
        return task_table(self.studio.tasks.cancel(task.id))

    # Texts.

    def put_in_composer(self, song: Mapping[str, Any], name: str = "") -> dict[str, Any]:
        """Keep a song as a draft for the owner; it is not sent."""
        self.may_write()
        made, problems = self._song(song)
        drafts = self.studio.drafts
        free = drafts.free_name(file_name(name or made.name or "from an agent"))
        drafts.save(free, made)
        return {"foreign": {"draft": clean(free)}, "problems": problems}

    def writing_guide(self, topic: str) -> str:
        """Return the guide to lyrics, styles or limits."""
        from suno_tui.agents.guide import TOPICS, guide

        if topic not in TOPICS:
            raise UsageError(f"topic: one of {', '.join(TOPICS)}.")
        return guide(topic, self.studio.provider, self.studio.capabilities(self.studio.provider))

    # Helpers.

    def _keys(self, idempotency_key: str, count: int) -> list[str]:
        return [f"{self.requester}: {idempotency_key}#{n}" for n in range(self._count(count))]

    def _count(self, count: int) -> int:
        if not 1 <= count <= MOST_COUNT:
            raise UsageError(f"count: 1 to {MOST_COUNT}.")
        return count

    def _song(self, given: Mapping[str, Any]) -> tuple[Song, list[dict[str, str]]]:
        """Return the song, and its problems as tables of field and message."""
        values = {name: value for name, value in given.items() if value is not None}
        model = self.studio.capabilities(self.studio.provider).default_model.id
        song, troubles = song_of(values, model)
        found = [{"field": "song", "message": text} for text in troubles]
        problems = self.studio.problems(song, self.studio.provider)
        return song, found + [{"field": p.field, "message": clean(p.message)} for p in problems]
