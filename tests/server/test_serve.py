"""The server's edges: proxies, ports, keys at the start, rehearsal, and what OpenAPI says."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from suno_tui.common import file_systems
from suno_tui.providers.suno.wire import ERRORS
from suno_tui.server import accounts, admin, logs, openapi, serve
from suno_tui.server.app import routes
from suno_tui.server.serve import CannotListen, NetworkDisk, Server, add_keys, listen
from suno_tui.server.service import Rules, Service, open_database
from suno_tui.server.storage import STORAGE_TROUBLES
from tests.server import fakes
from tests.server.conftest import SIMPLE, Running, create, ended, running, titled
from tests.server.test_contract import CREATE, refused

MINE = "sk-this-is-a-key-of-my-own-0000001"


@pytest.fixture(scope="module")
def open_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service with rehearsal and metrics that trusts proxies on this machine."""
    proxies = (accounts.parse_network("127.0.0.0/8"),)
    rules = Rules(rehearse=True, metrics=True, trusted_proxies=proxies)
    folder = tmp_path_factory.mktemp("open")
    with running(Service(folder, workers=1, make=fakes.MAKE, rules=rules)) as served:
        yield served


def test_a_trusted_proxy_says_for_whom_it_asks(open_server: Running) -> None:
    key = open_server.key(limits={"allow": ["192.0.2.7"]})

    def ask(forwarded: str) -> int:
        client = open_server.client(key, **{"X-Forwarded-For": forwarded})
        return client.get("/v1/credits").status_code

    assert ask("192.0.2.7") == 200
    # What the client itself claims stands to the left of what the proxy saw.
    assert ask("192.0.2.7, 198.51.100.1") == 403
    assert ask("198.51.100.1, 192.0.2.7") == 200
    assert ask("nonsense") == 403


def test_urls_are_those_of_the_proxy(open_server: Running) -> None:
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "music.example"}
    client = open_server.client(**forwarded)
    body = ended(client, create(client))
    assert body["output"]["urls"][0].startswith("https://music.example/files/")


def test_forwarded_headers_of_others_are_ignored(served: Running) -> None:
    client = served.client(**{"X-Forwarded-Host": "evil.example"})
    body = ended(client, create(client))
    assert body["output"]["urls"][0].startswith(served.url)
    answer = client.post(CREATE, json=SIMPLE, headers={"Host": "a b/c"})
    assert answer.status_code == 400


@pytest.mark.parametrize("code", ERRORS)
def test_every_error_can_be_rehearsed(open_server: Running, code: str) -> None:
    client = open_server.client(open_server.key(24))
    refused(client.post(CREATE, json=SIMPLE, headers={"X-Rehearse": code}), code)
    refused(client.post(CREATE, json=titled(f"Song [rehearse: {code}]")), code)
    refused(client.get("/v1/credits", headers={"X-Rehearse": code}), code)
    assert client.get("/v1/credits").json()["data"]["balance"] == 24


def test_a_failing_task_is_rehearsed(open_server: Running) -> None:
    client = open_server.client(open_server.key(24))
    assert ended(client, create(client, **{"X-Rehearse": "fail"}))["status"] == "failed"
    assert client.get("/v1/credits").json()["data"]["balance"] == 24


def test_a_slow_task_is_rehearsed(open_server: Running) -> None:
    client = open_server.client()
    slow, quick = create(client, titled("[rehearse: slow]")), create(client)
    assert ended(client, quick)["status"] == "completed"
    assert client.get(f"/v1/tasks/{slow}").json()["status"] == "pending"


def test_a_lost_answer_is_rehearsed(open_server: Running) -> None:
    client = open_server.client(open_server.key(48))
    headers = {"X-Rehearse": "lost-answer", "Idempotency-Key": "once"}
    with pytest.raises(httpx.RemoteProtocolError):
        client.post(CREATE, json=SIMPLE, headers=headers)
    assert client.get("/v1/credits").json()["data"]["balance"] == 24
    task_id = create(client, **{"Idempotency-Key": "once"})
    assert ended(client, task_id)["status"] == "completed"
    assert client.get("/v1/credits").json()["data"]["balance"] == 24


def test_a_broken_download_is_rehearsed(open_server: Running) -> None:
    client = open_server.client()
    url = ended(client, create(client, titled("[rehearse: broken-download]")))["output"]["urls"][0]
    with httpx.stream("GET", url) as answer:
        size, got = int(answer.headers["content-length"]), b""
        with pytest.raises(httpx.RemoteProtocolError):
            for chunk in answer.iter_raw():
                got += chunk
    assert len(got) == size // 2
    rest = httpx.get(url, headers={"Range": f"bytes={len(got)}-"})
    assert len(got + rest.content) == size


def test_a_rehearsal_that_is_not_known(open_server: Running) -> None:
    client = open_server.client()
    answer = client.post(CREATE, json=SIMPLE, headers={"X-Rehearse": "catastrophe"})
    assert "broken-download" in refused(answer, "invalid_request")


def test_nothing_is_rehearsed_if_it_is_off(served: Running) -> None:
    client = served.client()
    body = titled("[rehearse: fail]")
    assert ended(client, create(client, body, **{"X-Rehearse": "fail"}))["status"] == "completed"


async def test_after_a_signal_to_stop_each_answer_closes_its_connection(tmp_path: Path) -> None:
    service = Service(tmp_path)
    server = Server(service)
    transport = httpx.ASGITransport(app=server.config.app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        assert "connection" not in (await client.get("/healthz")).headers
        server.should_exit = True
        for path in ("/healthz", "/v1/credits"):
            assert (await client.get(path)).headers["connection"] == "close"
    service.close()


def test_a_port_that_is_taken(served: Running) -> None:
    with pytest.raises(CannotListen, match="--port"):
        listen("127.0.0.1", int(served.url.rpartition(":")[2]))


def test_a_key_is_made_once_and_a_given_one_is_added(tmp_path: Path) -> None:
    with contextlib.closing(open_database(tmp_path)) as db:
        (said,) = add_keys(db, [], 240)
        secret = said.split()[-1]
        assert secret.startswith("sk-")
        assert secret not in add_keys(db, [], 240)[0]
        assert MINE not in add_keys(db, [MINE], 48)[0]
        add_keys(db, [MINE], 48)
        assert [(key.name, key.balance) for key in admin.list_keys(db)] == [
            ("first", 240),
            ("key-1", 48),
        ]
        assert accounts.find_key(db, MINE) is not None


def test_the_log_has_no_key_no_words_and_no_file_names(
    served: Running, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "suno_tui")
    key = served.key()
    client = served.client(key)
    body = ended(client, create(client, titled("Secret Song")))
    name = body["output"]["urls"][0].rpartition("/")[2]
    assert httpx.get(body["output"]["urls"][0]).status_code == 200
    text = [logs.JsonLines().format(record) for record in caplog.records]
    lines = [json.loads(line) for line in text]
    requests = [line for line in lines if line["message"] == "request"]
    assert {"POST", "GET"} <= {line["method"] for line in requests}
    assert all(line["ms"] >= 0 for line in requests)
    for secret in (key, "Secret Song", name):
        assert not any(secret in line for line in text)


def test_a_log_line_is_one_line_of_ascii_whatever_a_client_sent() -> None:
    hostile = "a\nb\r\x1b]52;c;eA==\x07\x7f\x9b\u202e\ud800"
    record = logging.LogRecord("suno_tui", logging.INFO, "", 0, "%s", (hostile,), None)
    record.path, record.status = hostile, Path("x")
    line = logs.JsonLines().format(record)
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["message"] == json.loads(line)["path"] == hostile


def test_the_server_writes_lines_together_and_a_warning_at_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "suno_tui")
    stream = io.StringIO()
    handler = logs.Batched(stream)
    handler.setFormatter(logs.JsonLines())
    monkeypatch.setattr(logs, "_handler", handler)
    written = []

    async def turn() -> None:
        logs.info("request", status=200)
        logs.info("request", path="\n")
        written.append(stream.getvalue())
        while not stream.getvalue():  # noqa: ASYNC110 - the timer is the handler's
            await asyncio.sleep(0)
        written.append(stream.getvalue())
        logs.info("last")
        handler.handle(logging.LogRecord("suno_tui", logging.WARNING, "", 0, "late", (), None))
        written.append(stream.getvalue())

    asyncio.run(turn())
    first, second, last, late = map(json.loads, written[2].splitlines())
    assert [len(text.splitlines()) for text in written] == [0, 2, 4]
    assert (first["status"], second["path"], last["message"]) == (200, "\n", "last")
    assert (late["level"], late.keys()) == ("warning", last.keys())


@pytest.mark.parametrize(("kind", "name"), [("nfs4", "NFS"), ("cifs", "SMB"), ("ext4", None)])
def test_serve_refuses_to_keep_its_books_on_a_network_disk(
    kind: str, name: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = tmp_path.stat().st_dev
    mounts = tmp_path / "mountinfo"
    where = f"{os.major(device)}:{os.minor(device)}"
    mounts.write_text(f"36 35 {where} / /home rw - {kind} server:/home rw\n")
    monkeypatch.setattr(file_systems, "MOUNTS", mounts)
    folder = tmp_path / "new" / "served"
    assert file_systems.network_disk(folder) == name
    if name is not None:
        with pytest.raises(NetworkDisk, match=name):
            serve.run(folder)
        assert not folder.exists()


def test_openapi_is_made_once(served: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    first = httpx.get(f"{served.url}/openapi.json").json()
    monkeypatch.setattr(openapi, "document", lambda **_: {})
    assert httpx.get(f"{served.url}/openapi.json").json() == first


def test_metrics_count_requests_and_tasks(open_server: Running) -> None:
    client = open_server.client(open_server.key(48))
    ended(client, create(client))
    client.get("/made/up")
    text = httpx.get(f"{open_server.url}/metrics").text
    families = {family.name: family for family in text_string_to_metric_families(text)}
    requests = {
        (sample.labels["route"], sample.labels["status"])
        for sample in families["suno_tui_requests"].samples
    }
    assert {(CREATE, "200"), ("/v1/tasks/{taskId}", "200"), ("other", "404")} <= requests
    tasks = {sample.labels["status"]: sample for sample in families["suno_tui_tasks"].samples}
    assert tasks["completed"].value >= 1
    kinds = {s.labels["kind"]: s.value for s in families["suno_tui_credits"].samples}
    assert kinds["purchased"] == kinds["balance"] + kinds["consumed"]
    plain = {name: family.samples[0].value for name, family in families.items() if family.samples}
    workers = open_server.service.render_queue.at_once
    assert plain["suno_tui_render_workers"] == workers
    assert plain["suno_tui_rendered_audio_seconds"] >= 2 * 12.345
    assert plain["suno_tui_renders_in_flight"] == plain["suno_tui_renders_waiting"] == 0
    assert (plain["suno_tui_render_retries"], plain["suno_tui_storage_ready"]) == (0, 1)
    failures = families["suno_tui_storage_failures"].samples
    assert {s.labels["kind"] for s in failures if "kind" in s.labels} == set(STORAGE_TROUBLES)
    assert "sk-" not in text


def test_nothing_is_counted_if_it_is_off(served: Running) -> None:
    assert httpx.get(f"{served.url}/metrics").status_code == 404


def test_openapi_names_what_is_served(served: Running) -> None:
    document: dict[str, Any] = httpx.get(f"{served.url}/openapi.json").json()
    paths = {re.sub(r"\{.*?\}", "x", path) for path in document["paths"]}
    routed = {re.sub(r"\{.*?\}", "x", route.path) for route in routes(served.service)}
    assert paths == routed - {"/openapi.json"}
    create_answers = document["paths"][CREATE]["post"]["responses"]
    codes = " ".join(answer["description"] for answer in create_answers.values())
    assert all(code in codes for code in ERRORS if code != "task_not_found")
    references = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)))
    assert references <= set(document["components"]["schemas"])
    assert "X-Rehearse" not in json.dumps(document)
    limits = document["components"]["schemas"]["CustomInput"]["properties"]
    assert limits["title"]["maxLength"] == 80


def test_openapi_names_what_is_switched_on(open_server: Running) -> None:
    document: dict[str, Any] = httpx.get(f"{open_server.url}/openapi.json").json()
    assert "/metrics" in document["paths"]
    (parameter,) = document["paths"][CREATE]["post"]["parameters"]
    assert parameter["name"] == "X-Rehearse"
    assert {*ERRORS, "lost-answer"} <= set(parameter["schema"]["enum"])
    answers = document["paths"]["/v1/credits"]["get"]["responses"]
    assert {str(status) for status, _ in ERRORS.values()} <= set(answers)
