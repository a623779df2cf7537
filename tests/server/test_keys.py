"""Keys: a deleted one stays deleted, a revoked one does not spend, limits are changed whole."""

from __future__ import annotations

import contextlib
import json
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from suno_tui.server import accounts, admin, ledger
from suno_tui.server.accounts import RateLimiter, parse_network
from suno_tui.server.admin import AdminError, Limits
from suno_tui.server.app import KNOWN_SECONDS
from suno_tui.server.database import Database
from suno_tui.server.ledger import Order, Refused
from suno_tui.server.serve import add_keys
from suno_tui.server.service import open_database
from tests.server.conftest import Clock, Running, create, titled
from tests.server.test_contract import CREATE, refused

SECRET = "sk-this-key-was-leaked-and-deleted-1"


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with contextlib.closing(open_database(tmp_path)) as found:
        yield found


def test_a_deleted_key_stays_deleted(db: Database) -> None:
    admin.add_key(db, "a", secret=SECRET, credits=100)
    admin.delete_key(db, "a")
    assert accounts.find_key(db, SECRET) is None
    assert admin.list_keys(db) == []
    with pytest.raises(AdminError, match="was deleted, and a deleted key stays deleted"):
        admin.add_key(db, "b", secret=SECRET, credits=200)
    (said,) = add_keys(db, [SECRET], 200)
    assert "was deleted, and stays refused" in said
    assert SECRET not in said
    assert accounts.find_key(db, SECRET) is None
    assert admin.audit(db).purchased == 100


def test_the_name_of_a_deleted_key_is_free_and_nothing_brings_it_back(db: Database) -> None:
    admin.add_key(db, "a", secret=SECRET)
    admin.delete_key(db, "a")
    name = db.value("SELECT name FROM keys")
    for act in (admin.disable_key, admin.delete_key, admin.get_limits):
        for each in ("a", name):
            with pytest.raises(AdminError, match="no key called"):
                act(db, each)
    with pytest.raises(AdminError, match="no key called"):
        admin.disable_key(db, name, disabled=False)
    with pytest.raises(AdminError, match="no key called"):
        admin.top_up(db, name, 5)
    admin.add_key(db, "a")
    assert [key.name for key in admin.list_keys(db)] == ["a"]


FORMAT_1 = """
CREATE TABLE users (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, banned INTEGER NOT NULL DEFAULT 0,
    purchased INTEGER NOT NULL DEFAULT 0, balance INTEGER NOT NULL DEFAULT 0,
    consumed INTEGER NOT NULL DEFAULT 0, created_at REAL NOT NULL);
CREATE TABLE keys (
    id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users, name TEXT NOT NULL UNIQUE,
    hash BLOB UNIQUE, hint TEXT NOT NULL, disabled INTEGER NOT NULL DEFAULT 0,
    allow TEXT NOT NULL DEFAULT '[]', rate INTEGER, limit_hour INTEGER, limit_day INTEGER,
    limit_total INTEGER, spent INTEGER NOT NULL DEFAULT 0, created_at REAL NOT NULL);
INSERT INTO users (name, created_at) VALUES ('owner', 1), ('band', 1);
PRAGMA user_version = 1;
"""


def test_a_database_of_the_first_format_goes_on_with_its_short_keys(tmp_path: Path) -> None:
    old = sqlite3.connect(tmp_path / "service.sqlite")
    old.executescript(FORMAT_1)
    rows = [
        (1, "owner", None, 0),
        (2, "short", accounts.hash_secret("sk-1"), 0),
        (2, "gone (deleted 3)", None, 1),
    ]
    sql = "INSERT INTO keys (user_id, name, hash, hint, disabled, created_at) "
    old.executemany(sql + "VALUES (?, ?, ?, 'sk-…', ?, 1)", rows)
    old.commit()
    old.close()
    with contextlib.closing(open_database(tmp_path)) as db:
        assert accounts.find_key(db, "sk-1") is not None
        assert accounts.owner_key(db) is not None
        assert [key.name for key in admin.list_keys(db)] == ["short"]
        assert add_keys(db, ["sk-1"], 5) == ["API key: the given one."]
        with pytest.raises(AdminError, match="no key called"):
            admin.disable_key(db, "gone (deleted 3)", disabled=False)
        admin.delete_key(db, "short")
        with pytest.raises(AdminError, match="was deleted"):
            admin.add_key(db, "short", secret="sk-1")
    # Opened once more, it is as it was left.
    with contextlib.closing(open_database(tmp_path)) as db:
        assert db.value("PRAGMA user_version") == 2
        assert admin.was_deleted(db, "sk-1")


def test_a_new_key_has_32_characters(db: Database) -> None:
    with pytest.raises(AdminError, match="at least 32 characters"):
        admin.add_key(db, "a", secret="sk-" + "x" * 28)
    with pytest.raises(AdminError, match="at least 32 characters"):
        add_keys(db, ["sk-" + "x" * 29, "sk-1"], 5)
    assert admin.list_keys(db) == []
    admin.add_key(db, "a", secret="sk-" + "x" * 29)
    assert len(admin.add_key(db, "b")) >= 32


@pytest.mark.parametrize("name", ["two\nlines", "\x1b]52;c;eA==\x07"])
def test_a_name_must_be_printable(db: Database, name: str) -> None:
    with pytest.raises(AdminError):
        admin.add_key(db, name)
    with pytest.raises(AdminError):
        admin.add_key(db, "a", user=name)


REVOKED: dict[str, tuple[Callable[[Database, str], object], str]] = {
    "deleted": (admin.delete_key, "invalid_api_key"),
    "disabled": (admin.disable_key, "invalid_api_key"),
    "banned": (admin.ban_user, "invalid_api_key"),
    "limited": (
        lambda db, name: admin.change_limits(db, name, {"total": 0}),
        "spend_limit_exceeded",
    ),
    "kept out": (
        lambda db, name: admin.change_limits(db, name, {"allow": ["192.0.2.1"]}),
        "ip_not_allowed",
    ),
}


@pytest.mark.parametrize("how", REVOKED)
def test_a_revoked_key_does_not_spend_through_a_request_that_had_begun(
    served: Running, how: str
) -> None:
    name = f"victim {how}"
    key = served.key(100, name=name)
    revoke, code = REVOKED[how]
    body = json.dumps(titled("x")).encode()
    head = f"POST {CREATE} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"
    head += f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
    address = ("127.0.0.1", int(served.url.rpartition(":")[2]))
    with socket.create_connection(address, 20) as held:
        held.sendall(head.encode())
        # The server asks for the body only after the key was let in.
        assert held.recv(100).startswith(b"HTTP/1.1 100")
        with served.admin() as db:
            revoke(db, name)
        held.sendall(body)
        answer = b"".join(iter(lambda: held.recv(65536), b""))
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == code
    with served.admin() as db:
        assert db.value("SELECT spent FROM keys WHERE hash = ?", accounts.hash_secret(key)) == 0


def test_a_lower_rate_holds_for_a_key_that_only_creates(served: Running, clock: Clock) -> None:
    client = served.client(served.key(1000, name="hasty"))
    create(client)
    with served.admin() as db:
        admin.set_limits(db, "hasty", Limits(rate=1))
    clock.ahead += 0.6 * KNOWN_SECONDS
    create(client)
    clock.ahead += 0.6 * KNOWN_SECONDS
    create(client)
    refused(client.post(CREATE, json=titled("x")), "rate_limit_exceeded")
    with served.admin() as db:
        admin.set_limits(db, "hasty", Limits(rate=0))
    create(client)


def test_a_key_that_has_just_paid_is_refused_as_soon_as_it_is_deleted(served: Running) -> None:
    client = served.client(served.key(1000, name="gone"))
    create(client)
    with served.admin() as db:
        admin.set_limits(db, "gone", Limits(allow=["192.0.2.1"]))
    refused(client.post(CREATE, json=titled("x")), "ip_not_allowed")
    refused(client.post(CREATE, json={}), "ip_not_allowed")
    with served.admin() as db:
        admin.delete_key(db, "gone")
    refused(client.post(CREATE, json=titled("x")), "invalid_api_key")
    refused(client.post(CREATE, json={}), "invalid_api_key")


def test_the_ledger_reads_the_key_again(db: Database) -> None:
    """An idempotent repetition is no way around it either."""
    key = accounts.find_key(db, admin.add_key(db, "a", credits=100))
    assert key is not None
    order = Order(model="suno-v5", input={}, credits=24, now=time.time(), base_url="", nonce="n")
    ledger.accept(db, key.id, order, backlog=0)
    admin.ban_user(db, "a")
    with pytest.raises(Refused) as found:
        ledger.accept(db, key.id, order, backlog=0)
    assert found.value.code == "invalid_api_key"


def test_limits_are_read_and_changed_in_one_transaction(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change by another process between reading and writing has to wait."""
    real = admin.get_limits

    def read(mine: Database, name: str) -> Limits:
        found = real(mine, name)
        with contextlib.closing(Database(db.path)) as other:
            other.run("PRAGMA busy_timeout = 0")
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                admin.set_limits(other, name, Limits(day=100))
        return found

    admin.add_key(db, "a", limits=Limits(day=100))
    monkeypatch.setattr(admin, "get_limits", read)
    admin.change_limits(db, "a", {"allow": ["10.0.0.0/8"]})
    assert real(db, "a") == Limits(day=100, allow=("10.0.0.0/8",))


def test_two_servers_that_start_at_once_make_one_key(tmp_path: Path) -> None:
    said: list[str] = []
    ready = threading.Barrier(4)

    def start() -> None:
        with contextlib.closing(open_database(tmp_path)) as db:
            db.value("SELECT 1")
            ready.wait(20)
            said.extend(add_keys(db, [SECRET], 5))

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == ["API key: the given one."] * 4
    with contextlib.closing(open_database(tmp_path)) as db:
        assert [key.name for key in admin.list_keys(db)] == ["key-1"]


def test_a_rate_is_saved_up_for_a_minute_and_no_longer(db: Database) -> None:
    key = accounts.find_key(db, admin.add_key(db, "a", limits=Limits(rate=3)))
    assert key is not None
    limiter = RateLimiter(600)
    assert limiter.take(key, 1000.0) == 0
    later = 1000.0 + 24 * 3600
    assert [limiter.take(key, later) for _ in range(4)] == [0, 0, 0, 20]


def test_setting_the_clock_changes_no_rate(served: Running) -> None:
    client = served.client(served.key(limits={"rate": 1}))
    assert client.get("/v1/credits").status_code == 200
    clock = served.service.clock
    served.service.clock = lambda: clock() + 24 * 3600
    try:
        assert client.get("/v1/credits").status_code == 429
    finally:
        served.service.clock = clock


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("::ffff:10.0.0.1", "10.0.0.1/32"),
        ("::ffff:10.1.2.3/104", "10.0.0.0/8"),
        ("::ffff:0:0/96", "0.0.0.0/0"),
        ("::/0", "::/0"),
        ("2001:db8::/32", "2001:db8::/32"),
    ],
)
def test_a_mapped_address_in_an_allow_list_is_the_one_that_it_maps(text: str, plain: str) -> None:
    assert str(parse_network(text)) == plain
