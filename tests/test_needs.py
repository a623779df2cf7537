"""What is promised and missing fails; what is not promised is skipped."""

from __future__ import annotations

import pytest

from tests import needs


@pytest.fixture(autouse=True)
def _nothing_is_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(needs, "is_here", lambda name: name == "tmux")


@pytest.mark.parametrize("promised", ["ssh", "all"])
def test_what_is_promised_and_missing_fails(monkeypatch: pytest.MonkeyPatch, promised: str) -> None:
    monkeypatch.setattr(needs, "PROMISED", frozenset({promised}))
    needs.need("tmux")
    with pytest.raises(pytest.fail.Exception, match="ssh is missing: install an OpenSSH server"):
        needs.need("tmux", "ssh")


def test_what_nobody_promised_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(needs, "PROMISED", frozenset({"tmux", ""}))
    with pytest.raises(pytest.skip.Exception, match="ssh is missing"):
        needs.need("tmux", "ssh")


def test_everything_that_is_checked_is_explained() -> None:
    assert needs.CHECKS.keys() == needs.WHY.keys()


def test_screens_alone_are_drawn_a_second_time(request: pytest.FixtureRequest) -> None:
    """The conftest's hook: nothing else in a run has the marker."""
    again = {
        item.path.parent.name
        for item in request.session.items
        if item.get_closest_marker("flaky") and not item.get_closest_marker("screen")
    }
    assert again <= {"tui", "cell_diff", "composer", "controllers"}
