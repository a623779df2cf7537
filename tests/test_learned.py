"""What is kept of what providers tell of themselves."""

from __future__ import annotations

from suno_tui.common.paths import Home
from suno_tui.config.learned import read_facts, write_facts

URL = "http://127.0.0.1:8001"


def test_a_provider_that_says_less_now_is_still_known(home: Home) -> None:
    write_facts(home, "mine", URL, {"models": [{"id": "xl"}], "lm": True, "queued": 3})
    write_facts(home, "mine", URL, {"models": [], "lm": None, "queued": None})
    assert read_facts(home, "mine", URL) == {"models": [{"id": "xl"}], "lm": True}
    write_facts(home, "mine", URL, {"models": [], "lm": False, "queued": 0})
    assert read_facts(home, "mine", URL) == {"models": [{"id": "xl"}], "lm": False, "queued": 0}
    assert read_facts(home, "mine", "http://127.0.0.1:9") == {}
