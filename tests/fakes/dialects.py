"""Every dialect with its fake: what the worker's faults are tried against, from one table."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from suno_tui.config.settings import Settings
from suno_tui.providers.client import Client
from suno_tui.providers.dialects import dialect_of
from suno_tui.providers.song import Song
from suno_tui.providers.tables import TABLES
from suno_tui.tasks.models import Task
from suno_tui.tasks.store import TaskStore
from tests.fake_provider import KEY, FakeProvider, sound
from tests.fakes.acestep import AceStep
from tests.fakes.sunoapi import SunoApi

Fake = Any
"""They have `url`, `ledger`, `requests`, `arrived`, `faults`, `always`, `seen` and `charged`."""


@dataclass(frozen=True)
class Case:
    """A dialect, its fake, and what the ledger of that knows."""

    dialect: str
    make: Callable[[], Fake]
    title: Callable[[Any], str]
    """Returns what tells one song of the ledger from the others."""
    audio: Callable[[Fake, Any, int], bytes]

    @property
    def free(self) -> bool:
        return TABLES[self.dialect].free

    def song(self, song: Song, name: str) -> Song:
        """Return the song for this dialect, with a name of its own."""
        model = TABLES[self.dialect].default_model.id
        return dataclasses.replace(song, model=model, title=name, style=f"Pop, {name}")

    def add(self, store: TaskStore, song: Song) -> Task:
        can = Settings().capabilities("hosted") if self.dialect == "suno" else TABLES[self.dialect]
        (task,) = store.add_all(
            [song],
            provider="hosted",
            credits=can.default_model.credits,
            credit=can.credit,
            url_life=can.url_life,
        )
        return task

    def made(self, fake: Fake, name: str) -> list[Any]:
        """Return the entries of the ledger for a song."""
        return [each for each in fake.ledger.values() if self.title(each) == name]

    def takes(self, fake: Fake, task_id: str) -> Mapping[str, bytes]:
        """Return the audio that belongs to a task of the provider."""
        entry = fake.ledger[task_id]
        return {f"{task_id}-{n}.mp3": self.audio(fake, entry, n) for n in (1, 2)}


def client(dialect: str, url: str) -> Client:
    """Return a client as the worker has it."""
    return Client(url, None if dialect == "acestep" else KEY, dialect_of(dialect))


def _sound(fake: Fake, entry: Any, number: int) -> bytes:
    return sound(entry.id, number, fake.size)


CASES = [
    Case(
        "suno",
        lambda: FakeProvider(balance=100_000),
        lambda entry: str(entry.body["input"]["title"]),
        _sound,
    ),
    Case(
        "acestep",
        AceStep,
        lambda job: str(job.body["prompt"]).rpartition(", ")[2],
        lambda fake, job, number: bytes(fake.take_bytes(job, number)),
    ),
    *(
        Case(
            "kie" if kie else "sunoapi",
            lambda kie=kie: SunoApi(kie=kie, balance="100000.4"),  # type: ignore[misc]
            lambda entry: str(entry.body["title"]),
            _sound,
        )
        for kie in (False, True)
    ),
]
BY_NAME = {case.dialect: case for case in CASES}
