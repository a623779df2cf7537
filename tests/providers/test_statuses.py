"""What a task's answer means, whatever words a provider has for its state."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from suno_tui.providers.errors import BadAnswer
from suno_tui.providers.remote import MOST_TAKES, RemoteTask
from suno_tui.providers.suno.answers import possible_ids, read_credits, read_task
from suno_tui.providers.suno.values import integer, progress, read_time

URL = "https://files.example.com/1.mp3"
ADDRESS = {"output": {"urls": [URL]}}
ERROR = {"error": {"code": "too_rude", "message": "Not these words."}}


def read(**table: Any) -> RemoteTask:
    return read_task("https://api.example.com", 200, json.dumps({"id": "a"} | table).encode())


@pytest.mark.parametrize(
    ("word", "more", "status", "understood"),
    [
        # The document's words count as they stand.
        ("pending", {}, "pending", True),
        ("processing", ADDRESS, "processing", True),
        ("processing", ERROR, "processing", True),
        ("processing", {"error": {"code": 0, "message": ""}}, "processing", True),
        ("completed", {}, "completed", True),
        ("completed", ERROR, "completed", True),
        ("failed", ADDRESS, "failed", True),
        # An answer with addresses is a result.
        ("SUCCESS", ADDRESS, "completed", True),
        ("gizmo", ADDRESS, "completed", True),
        ("", ADDRESS, "completed", True),
        (3, ADDRESS, "completed", True),
        ("CALLBACK_EXCEPTION", ADDRESS, "completed", True),
        ("gizmo", ADDRESS | ERROR, "completed", True),
        ("processing", ADDRESS | {"completed_at": 1775384028}, "completed", True),
        # Not where more is to come: the second take would be lost.
        ("FIRST_SUCCESS", ADDRESS, "processing", True),
        ("streaming", ADDRESS, "processing", True),
        ("FIRST_SUCCESS", ADDRESS | {"completed_at": 1775384028}, "completed", True),
        ("TEXT_SUCCESS", {}, "processing", True),
        ("In Progress", {}, "processing", True),
        ("queued", {}, "processing", True),
        # An error or a word of failure is a failure.
        ("SENSITIVE_WORD_ERROR", {}, "failed", True),
        ("CREATE_TASK_FAILED", {}, "failed", True),
        ("generate-audio-failed", {}, "failed", True),
        ("error", {}, "failed", True),
        ("Timed out", {}, "failed", True),
        ("gizmo", ERROR, "failed", True),
        ("gizmo", {"errorMessage": "Not these words."}, "failed", True),
        # Nobody knows the rest, and nothing is guessed that would end a paid task.
        ("SUCCESS", {}, "processing", False),
        ("gizmo", {}, "processing", False),
        ("unfailing", {}, "processing", False),
        (7, {}, "processing", False),
        ("", {}, "processing", False),
    ],
)
def test_what_a_word_means(word: Any, more: dict[str, Any], status: str, understood: bool) -> None:
    task = read(status=word, **more)
    assert (task.status, task.understood) == (status, understood)
    assert task.raw_status == str(word)


@pytest.mark.parametrize(
    ("table", "error"),
    [
        ({"status": "gizmo"} | ERROR, ("too_rude", "Not these words.")),
        ({"status": "processing"} | ERROR, ("too_rude", "Not these words.")),
        (
            {"status": "SENSITIVE_WORD_ERROR", "errorMessage": "Rude."},
            ("sensitive_word_error", "Rude."),
        ),
        (
            {"status": "SENSITIVE_WORD_ERROR"},
            ("sensitive_word_error", "The provider gives no reason."),
        ),
        ({"status": "failed", "error": "No."}, ("failed", "No.")),
        ({"status": "processing", "error": False}, None),
        ({"status": "failed", "error": {"code": "x" * 300_000}}, None),
    ],
)
def test_the_error_is_read(table: dict[str, Any], error: tuple[str, str] | None) -> None:
    found = read(**table).error
    if error is None and found is not None:
        assert len(found[0]) <= 100
    else:
        assert found == error


@pytest.mark.parametrize("status", [None, [], {}])
def test_without_a_word_it_is_not_understood(status: Any) -> None:
    with pytest.raises(BadAnswer):
        read(status=status)


def test_no_more_takes_than_one_can_want() -> None:
    task = read(status="completed", output={"urls": [URL] * 1000})
    assert (len(task.results), task.left_out) == (MOST_TAKES, 1000 - MOST_TAKES)
    assert read(status="completed", **ADDRESS).left_out == 0


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, 1.0), (1.0, 1.0), ("1", 1.0), (0.5, 0.5), (1.01, 0.0101), (50, 0.5), (100, 1.0),
        (0, 0.0), (1e300, 1.0), (10**400, None), ("9" * 4000, None), (-1, None), (True, None),
        ([], None), (None, None), ("nan", None),
    ],
)  # fmt: skip
def test_progress(value: Any, expected: float | None) -> None:
    assert progress(value) == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (2**63 - 1, 2**63 - 1), (2**63, None), (-(2**63) + 1, -(2**63) + 1), (10**30, None),
        (-(10**30), None), (1e308, None), ("1e30", None), ("9" * 4000, None), (5.9, 5), ("12", 12),
        (True, None), ({}, None),
    ],
)  # fmt: skip
def test_whole_numbers_fit_into_a_database(value: Any, expected: int | None) -> None:
    assert integer(value) == expected


@pytest.mark.parametrize(
    "text", ["1" + "0" * 30, "-1" + "0" * 30, "1e308", "9" * 5000, "NaN", "Infinity", "1e9999"]
)
@pytest.mark.parametrize("name", ["balance", "total_purchased", "total_consumed"])
def test_a_balance_beyond_all_bounds_is_unknown(text: str, name: str) -> None:
    body = f'{{"data": {{"other": 1, "{name}": {text}}}}}'.encode()
    assert getattr(read_credits(200, body), name) is None


def test_a_number_of_thousands_of_digits_spoils_nothing_else() -> None:
    output = json.dumps({"urls": [URL]})
    body = f'{{"status": "completed", "progress": {"9" * 5000}, "output": {output}}}'
    task = read_task("https://api.example.com", 200, body.encode())
    assert (task.status, task.progress, len(task.results)) == ("completed", None, 1)


@pytest.mark.parametrize("value", ["9999-12-31T23:59:59Z", "1970-01-02", 9.9e10, 9e14, 86400])
def test_a_time_outside_this_century_is_ignored(value: Any) -> None:
    assert read_time(value) is None
    assert isinstance(read_time("2026-04-05T10:11:48Z"), datetime)


@pytest.mark.parametrize(
    ("raw", "ids"),
    [
        (b'{"data": {"jobs": [{"job_id": "a1"}], "paid": "yes"}}', ["a1"]),
        (b'{"result": {"TaskID": 12345}}', ["12345"]),
        (b"<html>Accepted, task id: 3f2a-77</html>", ["3f2a-77"]),
        (
            b'{"x": "a1b2c3d4-e5f6-7890-abcd-ef1234567890", "msg": "accepted"',
            ["a1b2c3d4-e5f6-7890-abcd-ef1234567890"],
        ),
        (b'["tok_12345678abcdef", "wonderful-words-here"]', ["tok_12345678abcdef"]),
        (b'{"t": "tok_12345678abcdef", "id": "z9"}', ["z9", "tok_12345678abcdef"]),
        (b'{"id": "z9"} {"id": "z9"}', ["z9"]),
        (b"\xff\xfe", []),
        (b"", []),
    ],
)
def test_ids_in_an_answer_that_was_not_understood(raw: bytes, ids: list[str]) -> None:
    assert possible_ids(raw) == ids


def test_ids_are_bounded() -> None:
    assert len(possible_ids(b'{"id": "a%d"}' * 3000 % tuple(range(3000)))) == 20
    assert len(possible_ids(b"1" * 65536)) <= 20
