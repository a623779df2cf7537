"""`suno-tui spent`: each charge at the price that its credits had."""

from __future__ import annotations

from argparse import Namespace
from contextlib import closing
from decimal import Decimal

import pytest

from suno_tui.cli import spent
from suno_tui.common.paths import Home
from suno_tui.providers.song import Song
from suno_tui.tasks.store import TaskStore
from suno_tui.worker.journal import Journal


def pay(home: Home, credit: Decimal | None, provider: str = "gone") -> None:
    with closing(TaskStore(home.queue)) as store:
        (task,) = store.add_all([Song(prompt="x")], provider=provider, credits=12, credit=credit)
        assert Journal(store).write_receipt(task, None)


def last_line(capsys: pytest.CaptureFixture[str]) -> str:
    assert spent.run(Namespace(json=False, by=None)) == 0
    return capsys.readouterr().out.splitlines()[-1]


def test_credits_of_a_removed_provider_keep_their_price(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert last_line(capsys).split() == ["in", "all", "0", "credits,", "$0.00"]
    pay(home, Decimal("0.01"))
    pay(home, Decimal("0.005"), "hosted")
    assert last_line(capsys).split() == ["in", "all", "24", "credits,", "$0.18"]


def test_credits_whose_price_is_not_known_are_not_given_another_ones(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    pay(home, None)
    pay(home, Decimal("0.005"), "hosted")
    assert last_line(capsys).split() == ["in", "all", "24", "credits"]


def test_a_song_that_was_refused_is_not_listed_as_paid(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(TaskStore(home.queue)) as store:
        (task,) = store.add_all([Song(prompt="x")], provider="hosted", credits=12)
        for _ in range(2):
            assert Journal(store).write_receipt(task, None)
            Journal(store).not_taken(task.id)
    assert spent.run(Namespace(json=False, by=None)) == 0
    out = capsys.readouterr().out
    assert [line.split("  ")[0] for line in out.splitlines()] == [
        "last 24 hours",
        "last 30 days",
        "in all",
    ]
    assert spent.run(Namespace(json=True, by=None)) == 0
    assert capsys.readouterr().out.count('"state": "void"') == 2
