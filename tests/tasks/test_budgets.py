"""Budgets: who asked is on record, and nobody spends more than they were given."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from suno_tui.providers.song import Song
from suno_tui.tasks.spending import Budget, SpendLimitReached
from suno_tui.tasks.store import TaskStore
from suno_tui.worker.journal import Journal

SONG = Song(prompt="a waltz")
AGENT = "agent claude"
CREDIT = Decimal("0.005")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[TaskStore]:
    with closing(TaskStore(tmp_path / "home" / "queue.sqlite")) as opened:
        yield opened


def ask(
    store: TaskStore,
    budget: str | None,
    count: int = 1,
    *,
    requester: str = AGENT,
    credit: Decimal | None = CREDIT,
    keys: tuple[str, ...] = (),
) -> list[str]:
    limits = [Budget.read(budget, requester)] if budget else []
    tasks = store.add_all(
        [SONG] * count, provider="hosted", credits=24, credit=credit, limits=limits,
        requester=requester, keys=keys,
    )  # fmt: skip
    return [task.id for task in tasks]


@pytest.mark.parametrize("budget", ["$0.60", "0.60", "120cr", "120 credits", "143 cr"])
def test_a_budget_is_spent_to_its_end_and_no_further(store: TaskStore, budget: str) -> None:
    ask(store, budget, 2)
    ask(store, budget, 3)
    with pytest.raises(SpendLimitReached, match=f"Over the budget of {AGENT}"):
        ask(store, budget)
    ask(store, None, requester="")
    ask(store, budget, requester="batch jingles")
    assert len(store.all()) == 7, "the others have money of their own"


def test_a_sent_song_counts_against_a_budget_until_it_is_refunded(store: TaskStore) -> None:
    (first,) = ask(store, "24cr")
    journal = Journal(store)
    assert journal.write_receipt(store.get(first), balance=None, callback_url=None)
    (charge,) = store.charges()
    assert charge.requester == AGENT
    with pytest.raises(SpendLimitReached):
        ask(store, "24cr")
    with store.write() as connection:
        connection.execute("UPDATE charges SET state = 'refunded'")
    ask(store, "24cr")


def test_of_twenty_at_once_as_many_are_queued_as_the_budget_pays(store: TaskStore) -> None:
    refused = []

    def one() -> None:
        own = TaskStore(store.path)
        try:
            ask(own, "120cr")
        except SpendLimitReached:
            refused.append(1)
        finally:
            own.close()

    threads = [threading.Thread(target=one) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(store.all()), len(refused)) == (5, 15)


def test_a_key_is_one_task(store: TaskStore) -> None:
    (one,) = ask(store, "24cr", keys=("a",))
    assert ask(store, "24cr", keys=("a",)) == [one], "it costs nothing again"
    with pytest.raises(SpendLimitReached):
        ask(store, "24cr", 2, keys=("a", "b"))
    assert ask(store, "48cr", 2, keys=("b", "a"))[1] == one
    assert {key: task.id for key, task in store.by_key(["a", "c"]).items()} == {"a": one}


def test_a_retry_is_paid_by_its_requester(store: TaskStore) -> None:
    (mine,) = ask(store, None, requester="")
    store.cancel(mine)
    with pytest.raises(SpendLimitReached):
        store.retry(mine, limits=[Budget.read("23cr", AGENT)], requester=AGENT)
    assert store.retry(mine, limits=[Budget.read("24cr", AGENT)], requester=AGENT).live
    assert store.get(mine).requester == AGENT
    with pytest.raises(SpendLimitReached):
        ask(store, "24cr")


def test_dollars_need_a_price(store: TaskStore) -> None:
    with pytest.raises(SpendLimitReached, match="Give the budget in credits"):
        ask(store, "$5", credit=None)
    ask(store, "24cr", credit=None)
    with pytest.raises(SpendLimitReached, match="Give the budget in credits"):
        ask(store, "$5")


@pytest.mark.parametrize("text", ["", "a lot", "$5cr", "1.5cr", "-1", "1e9", "1,50"])
def test_an_amount_is_dollars_or_credits(text: str) -> None:
    with pytest.raises(ValueError, match="credits"):
        Budget.read(text, AGENT)
