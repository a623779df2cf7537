"""With a key and a base URL: requests are exactly the documented ones, and no key leaks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from suno_tui.common.locks import Lock
from suno_tui.common.paths import Home
from tests.command import json_lines, suno_tui
from tests.fake_provider import KEY, PRICE, FakeProvider, Fault, real_jpeg, real_mp3, refusal
from tests.terminal import wait_for
from tests.test_cli_generate import PIANO, SUMMER, assert_whole

DANCE = "An upbeat electronic dance track with heavy bass drops"


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    fake = FakeProvider(polls=1)
    fake.mp3, fake.jpeg = real_mp3(2.0), real_jpeg()
    with fake:
        yield fake


def env(provider: FakeProvider) -> dict[str, str]:
    return {"SUNO_TUI_BASE_URL": provider.url, "SUNO_TUI_API_KEY": KEY}


@pytest.mark.parametrize(
    ("arguments", "stdin", "body"),
    [
        (
            [PIANO, "--instrumental"],
            "",
            {
                "model": "suno-v5_5",
                "input": {"prompt": PIANO, "custom_mode": False, "instrumental": True},
            },
        ),
        (
            [DANCE, "--model", "suno-v5"],
            "",
            {"model": "suno-v5", "input": {"prompt": DANCE}},
        ),
        (
            [
                *("--title", "Peaceful Piano Meditation", "--style", "Classical, Ambient, Piano"),
                *("--negative-tags", "Heavy Metal, Drums", "--instrumental"),
            ],
            "",
            {
                "model": "suno-v5_5",
                "input": {
                    "custom_mode": True,
                    "instrumental": True,
                    "title": "Peaceful Piano Meditation",
                    "style": "Classical, Ambient, Piano",
                    "negative_tags": "Heavy Metal, Drums",
                },
            },
        ),
        (
            [
                *("--title", "Summer Nights", "--style", "Pop, Indie", "--vocal-gender", "f"),
                *("--lyrics", "-", "--callback-url", "https://your-server.com/webhook"),
            ],
            SUMMER + "\n",
            {
                "model": "suno-v5_5",
                "callback_url": "https://your-server.com/webhook",
                "input": {
                    "custom_mode": True,
                    "instrumental": False,
                    "title": "Summer Nights",
                    "style": "Pop, Indie",
                    "vocal_gender": "f",
                    "prompt": SUMMER,
                },
            },
        ),
    ],
)
def test_the_documents_requests_go_out_as_documented(
    home: Home, provider: FakeProvider, arguments: list[str], stdin: str, body: dict[str, Any]
) -> None:
    done = suno_tui("generate", *arguments, "--json", env=env(provider), stdin=stdin)
    assert done.returncode == 0, done.stderr
    (task,) = json_lines(done.stdout)
    for track in task["tracks"]:
        assert_whole(track)
    (entry,) = provider.ledger.values()
    assert json.dumps(entry.body) == json.dumps(body)  # in the same order, too
    (create,) = [each for each in provider.requests if each[1] == "POST"]
    assert create[2] == "/v1/music/generations"
    headers = {name.lower(): value for name, value in create[3].items()}
    assert headers["authorization"] == f"Bearer {KEY}"
    assert headers["content-type"] == "application/json"
    assert headers["idempotency-key"] == entry.nonce
    for file in home.data.rglob("*"):
        assert not file.is_file() or KEY.encode() not in file.read_bytes(), file
    assert KEY not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("status", "code", "exit_code"),
    [
        (400, "invalid_request", 2),
        (401, "invalid_api_key", 3),
        (402, "insufficient_credits", 3),
        (403, "ip_not_allowed", 3),
        (404, "model_not_found", 3),
        (429, "spend_limit_exceeded", 3),
    ],
)
def test_every_refusal_has_its_exit_code_and_costs_nothing(
    home: Home, provider: FakeProvider, status: int, code: str, exit_code: int
) -> None:
    provider.always["create"] = refusal(status, code, "The provider's own words.")
    done = suno_tui("generate", PIANO, "--json", env=env(provider))
    assert done.returncode == exit_code, done.stderr
    (task,) = json_lines(done.stdout)
    reason = task["error"] if exit_code == 2 else task["hold"]
    assert reason["code"] == code
    assert "The provider's own words." in reason["message"]
    assert "The provider's own words." in done.stderr
    assert provider.ledger == {}
    suno_tui("queue", "forget", task["id"])


def test_a_failed_task_is_exit_code_1_and_its_refund_is_reported(
    home: Home, provider: FakeProvider
) -> None:
    provider.fail_next = 1
    done = suno_tui("generate", PIANO, "--json", env=env(provider))
    assert done.returncode == 1
    (task,) = json_lines(done.stdout)
    assert (task["status"], task["error"]["code"]) == ("failed", "upstream_error")
    assert provider.balance == 1000
    assert suno_tui("work", env=env(provider)).returncode == 0
    (charge,) = json_lines(suno_tui("spent", "--json").stdout)
    assert (charge["credits"], charge["state"]) == (PRICE, "refunded")


def test_a_lost_answer_is_explained_and_a_wrong_id_replaced(
    home: Home, provider: FakeProvider
) -> None:
    provider.faults["create"].append(Fault(accept=True, drop=True))

    lost = suno_tui("generate", PIANO, "--instrumental", env=env(provider))

    assert lost.returncode == 4
    assert "Stopped waiting; the task stays in the queue until you decide.\n" in lost.stderr
    assert "`suno-tui work` continues" not in lost.stderr
    [task] = json_lines(suno_tui("queue", "--json").stdout)
    settle = ("queue", "settle", task["id"], "--taken")
    assert suno_tui(*settle, "mistyped", env=env(provider)).returncode == 0
    assert suno_tui("work", "--patience", "1", env=env(provider)).returncode == 4
    waits = suno_tui("queue", env=env(provider)).stdout
    assert f"If the id mistyped is wrong, `suno-tui {' '.join(settle)} TASK_ID` replaces" in waits
    assert suno_tui(*settle, next(iter(provider.ledger)), env=env(provider)).returncode == 0
    assert suno_tui("work", env=env(provider)).returncode == 0
    assert provider.charged() == PRICE


def test_the_balance_in_credits(home: Home, provider: FakeProvider) -> None:
    done = suno_tui("credits", "--json", env=env(provider))
    assert json.loads(done.stdout)["balance"] == 1000
    assert "1000 credits ($5.00)" in suno_tui("credits", env=env(provider)).stdout


def test_a_song_is_sent_only_to_the_address_it_was_queued_for(
    home: Home, provider: FakeProvider
) -> None:
    """A worker with another key and address yields, and mixes up no songs."""
    dead = {"SUNO_TUI_API_KEY": "sk-old", "SUNO_TUI_BASE_URL": "http://127.0.0.1:9"}
    first = suno_tui("generate", "for the old place", "--no-wait", "--json", env=dead)
    (old,) = json_lines(first.stdout)
    wait_for(lambda: worker_of(home), "the first worker")
    done = suno_tui("generate", PIANO, "--json", env=env(provider))
    assert done.returncode == 0, done.stderr
    (entry,) = provider.ledger.values()
    assert entry.body["input"]["prompt"] == PIANO
    (left,) = json_lines(suno_tui("queue", "--json").stdout)
    assert (left["id"], left["status"]) == (old["id"], "queued")
    assert left["hold"]["code"] in ("other_address", "other_shell", "offline")
    done = suno_tui("work", env=env(provider))
    assert done.returncode == 3
    assert "http://127.0.0.1:9" in done.stdout
    assert len(provider.ledger) == 1
    suno_tui("queue", "forget", old["id"])


def worker_of(home: Home) -> int | None:
    return Lock(home.worker_lock).holder()
