"""Files in object storage: a real S3 server on the loopback, which fails on request."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from suno_tui.server import admin, file_keeper, ledger, object_storage
from suno_tui.server.object_storage import NameTaken, ObjectStorage, requested, settings
from suno_tui.server.render_queue import RenderFigures
from suno_tui.server.service import Rules, Service
from suno_tui.server.storage import NotOurs, StorageTrouble, new_name
from tests.server import fakes
from tests.server.conftest import Clock, Running, create, ended, running, until
from tests.server.object_store import TROUBLES, ObjectStore

NAMES = iter(range(1000))


@pytest.fixture(scope="module")
def store() -> Iterator[ObjectStore]:
    made = ObjectStore()
    yield made
    made.close()


@pytest.fixture(scope="module", autouse=True)
def quick(store: ObjectStore) -> Iterator[None]:
    """Name the server in the usual variables, and wait as little as possible for it."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in store.environment().items():
            patch.setenv(name, value)
        patch.setattr(object_storage, "RETRIES", 0)
        patch.setattr(file_keeper, "WAITS", (0.02,))
        patch.setattr(file_keeper, "POLL_SECONDS", 0.02)
        yield


def new_place() -> str:
    return f"s3://songs/folder-{next(NAMES)}"


@pytest.fixture
def place() -> str:
    return new_place()


def serving(place: str, folder: Path, **options: Any) -> Service:
    storage = ObjectStorage(place, redirect=options.pop("redirect", False))
    storage.claim(folder)
    rules = Rules(rate=0)
    return Service(folder, workers=2, make=fakes.MAKE, storage=storage, rules=rules, **options)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, quick: None) -> Iterator[Running]:
    with running(serving(new_place(), tmp_path_factory.mktemp("service"))) as found:
        yield found


def test_a_take_is_in_the_bucket_and_is_sent_whole_or_in_part(served: Running) -> None:
    client = served.client()
    body = ended(client, create(client))
    url = body["output"]["urls"][0]
    whole = client.get(url)
    assert whole.content.startswith(b"ID3 take 1")
    assert whole.headers["content-type"] == "audio/mpeg"
    assert client.head(url).headers["content-length"] == str(len(whole.content))
    part = client.get(url, headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, whole.content[4:8])
    assert part.headers["content-range"] == f"bytes 4-7/{len(whole.content)}"
    assert client.get(url, headers={"Range": "bytes=-5"}).content == whole.content[-5:]
    beyond = client.get(url, headers={"Range": f"bytes={len(whole.content)}-"})
    assert (beyond.status_code, beyond.content) == (416, b"")
    with served.admin() as db:
        known = ledger.stored_files(db)
    assert {each.name for each in served.service.storage.stored()} == known
    assert len(known) >= 4


@pytest.mark.parametrize("how", TROUBLES)
def test_a_storage_in_trouble_makes_tasks_wait_and_costs_nothing_twice(
    how: str, served: Running, store: ObjectStore, caplog: pytest.LogCaptureFixture
) -> None:
    waits_and_goes_on(how, TROUBLES[how], served, store, caplog)


def test_so_does_one_that_does_not_answer(
    place: str,
    tmp_path: Path,
    store: ObjectStore,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    service = serving(place, tmp_path)
    monkeypatch.setattr(object_storage, "PUT_TIMEOUT", timedelta(seconds=1))
    service.storage._puts = ObjectStorage(place)._puts  # type: ignore[attr-defined]
    with running(service) as served:
        until(lambda: service.render_queue._files._claimed)
        waits_and_goes_on("silent", "slow", served, store, caplog)


def waits_and_goes_on(
    how: str, kind: str, served: Running, store: ObjectStore, caplog: pytest.LogCaptureFixture
) -> None:
    """Check that a task waits for a storage in trouble, and what log, metrics and books say."""
    caplog.set_level(logging.INFO, "suno_tui")
    client = served.client(served.key(24))

    def figures() -> RenderFigures:
        return served.service.render_queue.figures

    with store.in_trouble(how):
        task_id = create(client)
        before = figures().storage_failures.get(kind, 0)
        until(lambda: figures().storage_failures.get(kind, 0) > before + 2)
        assert client.get(f"/v1/tasks/{task_id}").json()["status"] == "processing"
        assert figures().storage_trouble == kind
    assert ended(client, task_id)["status"] == "completed"
    assert client.get("/v1/credits").json()["data"]["balance"] == 0
    assert figures().storage_trouble is None
    with served.admin() as db:
        assert admin.audit(db).problems == ()
    said = [r.getMessage() for r in caplog.records if "the storage can" in r.getMessage()]
    assert [text.partition(":")[0] for text in said] == [
        "the storage can't be used",
        "the storage can be used again",
    ]
    ours = [r.getMessage() for r in caplog.records if r.name.startswith("suno_tui")]
    assert not any("mp3" in text for text in ours)


def test_a_client_never_sees_half_a_file(served: Running, store: ObjectStore) -> None:
    client = served.client()
    url = ended(client, create(client))["output"]["urls"][0]
    whole = client.get(url).content
    with pytest.MonkeyPatch.context() as patch:
        # The storage ends each answer half way, as it does if a client reads slowly.
        patch.setattr(object_storage, "CHUNK", 1)
        store.cut = object_storage.RESUMES + 2
        assert client.get(url).content == whole
        assert store.cut == 0
    store.cut = 1000
    try:
        with pytest.raises((httpx.RemoteProtocolError, httpx.HTTPStatusError)):
            client.get(url).raise_for_status()
    finally:
        store.cut = 0
    with store.in_trouble("slow"):
        answer = client.get(url)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    assert answer.json()["error"]["code"] == "upstream_error"


def test_with_redirect_the_storage_sends_the_file_until_its_24_hours_are_over(
    place: str, tmp_path: Path
) -> None:
    clock = Clock()
    with running(serving(place, tmp_path, redirect=True, clock=clock)) as served:
        client = served.client()
        url = ended(client, create(client))["output"]["urls"][0]
        clock.ahead = 23 * 3600
        answer = client.get(url)
        assert answer.status_code == 302
        where = httpx.URL(answer.headers["location"])
        assert 3500 < int(where.params["X-Amz-Expires"]) <= 3600
        assert httpx.get(where, trust_env=False).content.startswith(b"ID3")
        clock.ahead = 25 * 3600
        assert client.get(url).status_code == 410


def test_a_file_may_take_longer_than_other_calls(
    place: str, store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient, name = ObjectStorage(place), new_name("audio", ".mp3", 0)
    monkeypatch.setattr(object_storage, "TIMEOUT", timedelta(seconds=0.05))
    storage = ObjectStorage(place)
    with ThreadPoolExecutor() as threads:
        with store.in_trouble("silent"):
            before = store.calls["PUT"]
            saved = threads.submit(storage.save, name, b"x")
            until(lambda: store.calls["PUT"] > before)
            with pytest.raises(StorageTrouble, match="does not answer in time"):
                list(storage.stored())
        saved.result(20)
    assert [each.name for each in patient.stored()] == [name]


def test_a_file_is_never_put_over_another_one(place: str) -> None:
    storage = ObjectStorage(place)
    name = new_name("audio", ".mp3", 0)
    storage.save(name, b"first")
    storage.save(name, b"first")  # the answer to the first one was lost
    with pytest.raises(NameTaken):
        storage.save(name, b"other")


def test_lost_and_expired_files_are_deleted_and_no_other_ones(
    place: str, tmp_path: Path, store: ObjectStore
) -> None:
    storage, clock = ObjectStorage(place), Clock()
    lost = new_name("audio", ".mp3", 0)
    for name in (lost, "audio/of-somebody-else.mp3"):
        storage.save(name, b"x")
    with running(serving(place, tmp_path, clock=clock)) as served:
        client = served.client()
        ended(client, create(client))
        # It is young: a worker may have put it a moment ago.
        assert lost in {each.name for each in storage.stored()}
        assert len(list(storage.stored())) == 5
    clock.ahead = 25 * 3600
    store.calls.clear()
    with running(serving(place, tmp_path, clock=clock)):
        until(lambda: not list(storage.stored()))
    storage.save("audio/of-somebody-else.mp3", b"x")
    # All expired files by one call, and the lost one by another.
    assert (store.calls["DELETE"], store.calls["POST"]) == (0, 2)


def test_files_that_can_not_be_deleted_are_told_and_keep_no_task_waiting(
    place: str, tmp_path: Path, store: ObjectStore, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    with running(serving(place, tmp_path, clock=clock)) as served:
        client = served.client()
        old = ended(client, create(client))["output"]["urls"][0]
        store.refuse, store.refuse_only = "refused", "POST"
        clock.ahead = 25 * 3600
        try:
            until(lambda: "old files can't be deleted from the storage: it refuses" in caplog.text)
            assert ended(client, create(client))["status"] == "completed"
            assert served.service.render_queue.figures.storage_trouble is None
            assert "tasks wait" not in caplog.text
        finally:
            store.refuse = store.refuse_only = ""
        assert client.get(old).status_code == 410
        clock.ahead += 60
        until(lambda: len(list(served.service.storage.stored())) == 4)


def test_a_storage_that_was_away_at_the_start_is_claimed_before_anything_is_put_there(
    place: str, tmp_path: Path, store: ObjectStore, caplog: pytest.LogCaptureFixture
) -> None:
    import obstore

    (tmp_path / "other").mkdir()
    ObjectStorage(place).claim(tmp_path / "other")
    storage = ObjectStorage(place)
    service = Service(tmp_path / "one", workers=2, make=fakes.MAKE, storage=storage)
    with store.in_trouble("slow"), ExitStack() as stack:
        served = stack.enter_context(running(service))
        client = served.client()
        task_id = create(client)
        until(lambda: service.render_queue.figures.storage_trouble == "slow")
        runs = stack.pop_all()
    with runs:
        until(lambda: service.render_queue.figures.storage_trouble == "taken")
        assert "belongs to another server" in caplog.text
        assert client.get(f"/v1/tasks/{task_id}").json()["status"] == "processing"
        assert list(storage.stored()) == []
        obstore.delete(storage._store, object_storage._MARK)  # as the owner of both does
        assert ended(client, task_id)["status"] == "completed"


def test_two_servers_can_not_share_a_place(place: str, tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
    ObjectStorage(place).claim(one)
    ObjectStorage(place).claim(one)
    with pytest.raises(NotOurs, match="another server"):
        ObjectStorage(place).claim(other)


def test_settings_come_from_variables_and_from_the_files_of_the_aws_tools(tmp_path: Path) -> None:
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "credentials").write_text(
        "[default]\naws_access_key_id = a\naws_secret_access_key = b\naws_session_token = t\n"
    )
    (tmp_path / ".aws" / "config").write_text(
        "[default]\nregion = eu-central-1\n[profile studio]\nendpoint_url = http://s3.example\n"
    )
    home = {"HOME": str(tmp_path)}
    assert settings(home) == {
        "access_key_id": "a",
        "secret_access_key": "b",
        "session_token": "t",
        "region": "eu-central-1",
    }
    assert settings({**home, "AWS_PROFILE": "studio"}) == {
        "endpoint": "http://s3.example",
        "region": "us-east-1",
    }
    given = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y"}
    assert settings({**home, **given}) == {
        "access_key_id": "x",
        "secret_access_key": "y",
        "region": "eu-central-1",
    }


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=5-", (5, 10)),
        ("bytes=5-99", (5, 10)),
        ("bytes=-3", (7, 10)),
        ("bytes=-30", (0, 10)),
        ("bytes=-0", (10, 10)),
        ("bytes=10-", (10, 10)),
        ("bytes=5-4", None),
        ("bytes=-", None),
        ("bytes=0-1,3-4", None),
        ("lines=0-1", None),
    ],
)
def test_ranges(header: str, part: tuple[int, int] | None) -> None:
    assert requested(header, 10) == part
