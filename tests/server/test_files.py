"""Audio and covers: ranges, 24 hours, and nothing else of the machine's files."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from suno_tui.providers.tables.suno import URL_LIFE
from suno_tui.server import accounts, admin, ledger
from suno_tui.server.database import Database
from suno_tui.server.ledger import Order, TakeRow
from suno_tui.server.service import Service, open_database
from suno_tui.server.storage import FolderStorage, Stored, new_name
from tests.server import fakes
from tests.server.conftest import Clock, Running, create, ended, running, until


@pytest.fixture
def url(served: Running) -> str:
    client = served.client()
    found: str = ended(client, create(client))["output"]["urls"][0]
    return found


def test_the_name_can_not_be_guessed(url: str) -> None:
    name = url.rpartition("/")[2]
    assert name.endswith(".mp3")
    assert len(name) >= 32 + len(".mp3")


@pytest.mark.parametrize(
    ("header", "content_range", "part"),
    [
        ("bytes=0-9", "bytes 0-9/{}", slice(0, 10)),
        ("bytes=10-", "bytes 10-{}/{}", slice(10, None)),
        ("bytes=-5", "bytes {}-{}/{}", slice(-5, None)),
    ],
)
def test_ranges(url: str, header: str, content_range: str, part: slice) -> None:
    whole = httpx.get(url)
    assert whole.headers["accept-ranges"] == "bytes"
    some = httpx.get(url, headers={"Range": header})
    assert some.status_code == 206
    assert some.content == whole.content[part]
    assert some.headers["content-range"].endswith(f"/{len(whole.content)}")


def test_a_range_past_the_end(url: str) -> None:
    size = len(httpx.get(url).content)
    answer = httpx.get(url, headers={"Range": f"bytes={size}-"})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{size}"


def test_a_range_in_another_unit_is_the_whole(url: str) -> None:
    answer = httpx.get(url, headers={"Range": "seconds=0-3"})
    assert answer.status_code == 200
    assert len(answer.content) == int(answer.headers["content-length"]) > 4


def test_several_ranges_and_a_malformed_one(url: str) -> None:
    several = httpx.get(url, headers={"Range": "bytes=0-1,10-11"})
    assert several.status_code == 206
    assert several.headers["content-type"].startswith("multipart/byteranges; boundary=")
    assert several.content.count(b"Content-Range: bytes ") == 2
    assert httpx.get(url, headers={"Range": "bytes=5-2"}).status_code == 400


def test_a_range_of_a_changed_file_is_the_whole_file(url: str) -> None:
    answer = httpx.get(url, headers={"Range": "bytes=5-", "If-Range": '"other"'})
    assert answer.status_code == 200


def test_head(url: str) -> None:
    answer = httpx.head(url)
    assert answer.status_code == 200
    assert int(answer.headers["content-length"]) == len(httpx.get(url).content)
    assert answer.content == b""


def test_after_24_hours_a_file_is_gone_and_deleted(served: Running, clock: Clock, url: str) -> None:
    path = served.service.folder / "files" / url.partition("/files/")[2]
    assert path.exists()
    clock.ahead += 24 * 3600 + 5
    answer = httpx.get(url)
    assert answer.status_code == 410
    assert set(answer.json()["error"]) == {"code", "message", "type"}
    until(lambda: not path.exists())
    assert httpx.get(url).status_code == 410


def failed_with_a_take(db: Database, now: float) -> tuple[str, str]:
    """Record a failed task with one finished take; return the names of its files."""
    key = accounts.find_key(db, admin.add_key(db, "a"))
    assert key is not None
    order = Order("suno-v5", {"prompt": "x"}, 0, now, "http://x")
    task_id = ledger.accept(db, key.id, order, backlog=0)
    names = new_name("audio", ".mp3", now), new_name("covers", ".jpg", now)
    ledger.add_take(db, task_id, TakeRow(1, "take", "", "", "", 1.0, *names))
    assert ledger.fail(db, task_id, "no", now)
    return names


def test_at_exactly_24_hours_a_file_is_no_longer_given(tmp_path: Path) -> None:
    with contextlib.closing(open_database(tmp_path)) as db:
        audio, _ = failed_with_a_take(db, 100.0)
        db.run("UPDATE files SET expires_at = ?", 100.0 + URL_LIFE)
        assert ledger.file_state(db, audio, 100.0 + URL_LIFE - 0.001) == "here"
        assert ledger.file_state(db, audio, 100.0 + URL_LIFE) == "gone"
        assert audio in ledger.due_files(db, 100.0 + URL_LIFE)


async def test_the_files_of_a_failed_task_are_deleted(tmp_path: Path) -> None:
    service = Service(tmp_path, workers=1, make=fakes.MAKE)
    with contextlib.closing(open_database(tmp_path)) as db:
        names = failed_with_a_take(db, time.time())
        for name in names:
            service.storage.save(name, b"paid back")
        assert {ledger.file_state(db, name, time.time()) for name in names} == {"gone"}
        async with service:
            async with asyncio.timeout(20):
                while any(service.storage.stored()):  # noqa: ASYNC110 - the engine tidies up
                    await asyncio.sleep(0.01)


def test_tasks_begin_while_a_slow_storage_is_tidied_up(tmp_path: Path) -> None:
    go = threading.Event()

    class Slow(FolderStorage):
        def stored(self) -> Iterator[Stored]:
            go.wait()
            yield from super().stored()

    lost = tmp_path / "files" / new_name("audio", ".mp3", 0)
    lost.parent.mkdir(parents=True)
    lost.touch()
    service = Service(tmp_path, workers=1, make=fakes.MAKE, storage=Slow(tmp_path / "files"))
    with running(service) as served:
        client = served.client()
        try:
            assert ended(client, create(client))["status"] == "completed"
            assert lost.exists()
        finally:
            go.set()
        until(lambda: not lost.exists())
        assert len(list(service.storage.stored())) == 4


@pytest.mark.parametrize(
    "path",
    [
        "/files/",
        "/files/audio",
        "/files/../service.sqlite",
        "/files/%2e%2e/service.sqlite",
        "/files/..%2fservice.sqlite",
        "/files//etc/passwd",
        "/files/%2fetc%2fpasswd",
        "/files/audio/..\\..\\service.sqlite",
        "/files/audio/x%00.mp3",
        "/files/%ed%a0%80.mp3",
    ],
)
def test_no_path_leads_to_another_file(served: Running, path: str) -> None:
    # httpx would tidy the dots away.
    connection = http.client.HTTPConnection("127.0.0.1", int(served.url.rpartition(":")[2]))
    with contextlib.closing(connection):
        connection.putrequest("GET", path)
        connection.endheaders()
        answer = connection.getresponse()
        assert answer.status == 404
        assert set(json.loads(answer.read())["error"]) == {"code", "message", "type"}
