"""The books: charged once, refunded once, never overdrawn; purchased = balance + consumed."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from suno_tui.common import sqlite as sqlite_files
from suno_tui.common.file_systems import Abilities
from suno_tui.providers.tables.suno import MODELS
from suno_tui.server import accounts, admin, ledger
from suno_tui.server.database import Database, Store
from suno_tui.server.ledger import Order, Refused
from suno_tui.server.service import Rules, Service, open_database
from tests.examples import examples
from tests.server import fakes
from tests.server.conftest import (
    SIMPLE,
    Clock,
    Running,
    create,
    ended,
    running,
    titled,
    waiting_for,
)
from tests.server.test_contract import CREATE, refused


@pytest.mark.parametrize("_", range(20))
def test_fifty_creates_at_once_on_a_balance_for_ten(served: Running, _: int) -> None:
    key = served.key(240)
    with ThreadPoolExecutor(50) as pool, httpx.Client(trust_env=False, timeout=60) as client:
        headers = {"Authorization": f"Bearer {key}"}

        def post(_: int) -> int:
            url = served.url + CREATE
            return client.post(url, json=SIMPLE, headers=headers).status_code

        codes = list(pool.map(post, range(50)))
    assert sorted(codes) == [200] * 10 + [402] * 40
    answer = served.client(key).get("/v1/credits").json()["data"]
    assert answer == {"balance": 0, "total_purchased": 240, "total_consumed": 240}


async def test_a_full_disk_undoes_all_that_it_refuses(tmp_path: Path) -> None:
    """Writes share a commit: none may be refused and stored nevertheless."""

    def keep(number: int, size: int = 0) -> Callable[[Database], object]:
        return lambda db: db.run("INSERT INTO models (id) VALUES (?)", f"{number}" + "x" * size)

    def fill(db: Database) -> None:
        began.set()
        assert go.wait(20)
        db.run(f"PRAGMA max_page_count = {db.value('PRAGMA page_count') + 2}")

    store = Store(tmp_path / "service.sqlite")
    began, go = threading.Event(), threading.Event()
    filled = asyncio.create_task(store.write(fill))
    await asyncio.to_thread(began.wait)
    # These wait for the first one, so that they are one batch.
    works = [keep(1), keep(2, 200_000), keep(3), keep(4)]
    writes = [asyncio.create_task(store.write(work)) for work in works]
    await asyncio.sleep(0)
    go.set()
    await filled
    outcomes = await asyncio.gather(*writes, return_exceptions=True)
    assert all(isinstance(outcome, sqlite3.OperationalError) for outcome in outcomes)
    kept = {row[0] for row in store.read.run("SELECT id FROM models")}
    assert kept == {model.id for model in MODELS}
    await store.write(keep(5))
    store.close()


async def test_writes_that_share_a_commit_fail_alone(tmp_path: Path) -> None:
    def keep(name: str, error: Exception | None = None) -> Callable[[Database], str]:
        def work(db: Database) -> str:
            db.run("INSERT INTO models (id) VALUES (?)", name)
            if error is not None:
                raise error
            return name

        return work

    def refuse(_: Database) -> None:
        raise KeyError("before it changed anything")

    store = Store(tmp_path / "service.sqlite")
    works = [keep("a"), refuse, keep("b", ValueError("half way")), keep("a"), keep("c")]
    first, refused, half, double, last = await asyncio.gather(
        *map(store.write, works), return_exceptions=True
    )
    assert (first, last) == ("a", "c")
    assert isinstance(refused, KeyError)
    assert isinstance(half, ValueError)
    assert isinstance(double, sqlite3.IntegrityError)
    kept = {row[0] for row in store.read.run("SELECT id FROM models")}
    assert kept - {model.id for model in MODELS} == {"a", "c"}
    store.close()


async def test_the_end_waits_for_no_snapshot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a disk without shared memory a reader keeps the writer waiting."""
    monkeypatch.setattr(
        sqlite_files, "abilities", lambda folder: Abilities(locks=False, shared_memory=False)
    )
    opened = sqlite_files.open_database
    monkeypatch.setattr(
        sqlite_files, "open_database", lambda path, **how: opened(path, **{**how, "timeout": 0.2})
    )
    store = Store(tmp_path / "service.sqlite")
    await store.write(lambda db: db.run("CREATE TABLE notes (text TEXT)"))
    writing = asyncio.ensure_future(store.write(lambda db: db.run("INSERT INTO notes VALUES (1)")))
    asyncio.get_running_loop().call_soon(store.read.run, "SELECT * FROM notes")
    asyncio.get_running_loop().call_soon(store.close)
    await writing


async def test_reads_of_one_turn_see_one_snapshot_and_those_of_the_next_a_new_one(
    tmp_path: Path,
) -> None:
    store, count = Store(tmp_path / "service.sqlite"), "SELECT count(*) FROM models"
    before = store.read.value(count)
    with contextlib.closing(Database(tmp_path / "service.sqlite")) as other:
        other.run("INSERT INTO models (id) VALUES ('new')")
    assert store.read.value(count) == before
    await asyncio.sleep(0)
    assert store.read.value(count) == before + 1
    store.close()


def test_the_same_idempotency_key_is_one_task_and_one_charge(served: Running, clock: Clock) -> None:
    client, other = served.client(served.key(100)), served.client(served.key(100))
    first = create(client, **{"Idempotency-Key": "n-1"})
    assert create(client, **{"Idempotency-Key": "n-1"}) == first
    assert create(client, **{"Idempotency-Key": "n-2"}) != first
    assert create(other, **{"Idempotency-Key": "n-1"}) != first
    assert client.get("/v1/credits").json()["data"]["total_consumed"] == 48
    answer = client.post(CREATE, json=titled("else"), headers={"Idempotency-Key": "n-1"})
    assert "Idempotency-Key" in refused(answer, "invalid_request")
    clock.ahead += 24 * 3600 + 1
    assert create(client, **{"Idempotency-Key": "n-1"}) != first


def test_the_same_idempotency_key_at_once(served: Running) -> None:
    client = served.client(served.key(1000))
    with ThreadPoolExecutor(10) as pool:
        ids = set(pool.map(lambda _: create(client, **{"Idempotency-Key": "at once"}), range(10)))
    assert len(ids) == 1
    assert client.get("/v1/credits").json()["data"]["total_consumed"] == 24


@pytest.mark.parametrize("nonce", ["", "x" * 256])
def test_an_idempotency_key_that_can_not_be(client: httpx.Client, nonce: str) -> None:
    answer = client.post(CREATE, json=SIMPLE, headers={"Idempotency-Key": nonce})
    refused(answer, "invalid_request")


def test_past_the_backlog_nothing_is_charged(tmp_path: Path) -> None:
    service = Service(tmp_path / "s", workers=1, make=fakes.MAKE, rules=Rules(backlog=2))
    with running(service) as served:
        client = served.client(served.key(100))
        wait = waiting_for(tmp_path / "go")
        ids = [create(client, wait), create(client, wait)]
        answer = client.post(CREATE, json=wait)
        refused(answer, "upstream_error")
        assert int(answer.headers["retry-after"]) > 0
        assert client.get("/v1/credits").json()["data"]["balance"] == 52
        (tmp_path / "go").touch()
        assert {ended(client, task_id)["status"] for task_id in ids} == {"completed"}
        create(client)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with contextlib.closing(open_database(tmp_path)) as found:
        yield found


def test_the_ids_of_tasks_sort_by_time(db: Database) -> None:
    key = accounts.find_key(db, admin.add_key(db, "a", credits=10**6))
    assert key is not None
    orders = [
        Order(model="suno-v5", input={}, credits=1, now=1.8e9 + n, base_url="") for n in (1, 2, 3)
    ]
    ids = [ledger.accept(db, key.id, order, backlog=0) for order in orders]
    assert ids == sorted(ids)
    assert {uuid.UUID(each).version for each in ids} == {7}


def test_bookings_can_not_be_changed_and_accounts_must_add_up(db: Database) -> None:
    admin.add_key(db, "a", credits=100)
    for sql in (
        "UPDATE bookings SET credits = 1",
        "DELETE FROM bookings",
        "UPDATE users SET balance = balance + 1",
        "UPDATE users SET balance = -1, consumed = 101",
        "INSERT INTO bookings (kind, credits, user_id, created_at) VALUES ('charge', 1, 1, 0)",
    ):
        with pytest.raises(sqlite3.IntegrityError):
            db.run(sql)
    assert admin.audit(db).problems == ()


def test_an_audit_finds_what_was_tampered_with(db: Database) -> None:
    admin.add_key(db, "a", credits=100)
    db.run("UPDATE users SET purchased = 124, balance = 124")
    assert admin.audit(db).problems == ("The account of 'a' is not the sum of its bookings.",)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda db: admin.add_key(db, "owner"),
        lambda db: admin.add_key(db, " "),
        lambda db: admin.add_key(db, "b", secret="no"),
        lambda db: admin.add_key(db, "a"),
        lambda db: admin.add_key(db, "b", limits=admin.Limits(hour=-1)),
        lambda db: admin.add_key(db, "b", limits=admin.Limits(allow=["nowhere"])),
        lambda db: admin.add_key(db, "b", limits=admin.Limits(allow=["10.0.0.1"] * 11)),
        lambda db: admin.top_up(db, "a", 0),
        lambda db: admin.top_up(db, "nobody", 5),
        lambda db: admin.disable_key(db, "nobody"),
        lambda db: admin.ban_user(db, "nobody"),
        lambda db: admin.switch_model(db, "suno-v9", active=True),
        lambda db: admin.get_limits(db, "nobody"),
    ],
)
def test_admin_refuses_unknown_names_and_bad_values(db: Database, wrong: object) -> None:
    admin.add_key(db, "a", credits=5)
    assert callable(wrong)
    with pytest.raises(admin.AdminError):
        wrong(db)
    assert [key.name for key in admin.list_keys(db)] == ["a"]
    assert admin.audit(db).purchased == 5


def test_a_key_is_stored_hashed_and_shown_as_a_hint(db: Database, tmp_path: Path) -> None:
    secret = admin.add_key(db, "a", limits=admin.Limits(hour=5, allow=["10.0.0.0/8"]))
    key = accounts.find_key(db, secret)
    assert key is not None
    assert key.limit_hour == 5
    (facts,) = admin.list_keys(db)
    assert facts.hint == f"sk-…{secret[-4:]}"
    assert admin.get_limits(db, "a") == admin.Limits(hour=5, allow=("10.0.0.0/8",))
    db.close()
    for path in tmp_path.iterdir():
        assert secret.encode() not in path.read_bytes()
        assert path.stat().st_mode & 0o077 == 0


class Books(RuleBasedStateMachine):
    """Any order of buying, creating, ending and ending again leaves the books right."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.db = open_database(Path(self.folder.name))
        secret = admin.add_key(self.db, "a", limits=admin.Limits(total=500))
        key = accounts.find_key(self.db, secret)
        assert key is not None
        self.key = key
        self.tasks: list[str] = []

    def teardown(self) -> None:
        self.db.close()
        self.folder.cleanup()

    @rule(credits=st.integers(1, 60))
    def buy(self, credits: int) -> None:
        admin.top_up(self.db, "a", credits)

    @rule(credits=st.integers(0, 30), nonce=st.sampled_from([None, "x", "y"]))
    def create(self, credits: int, nonce: str | None) -> None:
        order = Order(
            model="suno-v5",
            input={"prompt": "x"},
            credits=credits,
            now=time.time(),
            base_url="http://x",
            callback_url="http://y",
            nonce=nonce,
        )
        before = ledger.balance(self.db, self.key.user_id)
        try:
            with self.db.transaction():
                task_id = ledger.accept(self.db, self.key.id, order, backlog=8)
        except Refused:
            assert ledger.balance(self.db, self.key.user_id) == before
        else:
            again = task_id in self.tasks
            after = ledger.balance(self.db, self.key.user_id)
            assert before["balance"] - after["balance"] == (0 if again else credits)
            self.tasks.append(task_id)

    @rule(data=st.data(), well=st.booleans())
    def end(self, data: st.DataObject, well: bool) -> None:
        if self.tasks:
            task_id = data.draw(st.sampled_from(self.tasks))
            with self.db.transaction():
                if well:
                    ledger.complete(self.db, task_id, time.time())
                else:
                    ledger.fail(self.db, task_id, "no", time.time())

    @invariant()
    def the_books_are_right(self) -> None:
        audit = admin.audit(self.db)
        assert audit.problems == ()
        assert audit.purchased == audit.balance + audit.consumed


TestBooks = Books.TestCase
TestBooks.settings = settings(
    max_examples=examples(20),
    stateful_step_count=20,
    suppress_health_check=[HealthCheck.too_slow],
)


def test_a_second_connection_keeps_the_locks_of_the_first(tmp_path: Path) -> None:
    """Otherwise another process deletes the write-ahead log, which is still in use."""
    code = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); "
    code += "print(c.execute('SELECT sum(balance) FROM users').fetchone()[0]); c.close()"

    def elsewhere() -> str:
        command = [sys.executable, "-c", code, str(first.path)]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    with contextlib.closing(open_database(tmp_path)) as first:
        admin.add_key(first, "a")
        with contextlib.closing(open_database(tmp_path)) as second:
            admin.list_keys(second)
            assert elsewhere() == "0"
            admin.top_up(first, "a", 24)
            assert elsewhere() == "24"
