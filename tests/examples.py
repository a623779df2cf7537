"""How many examples hypothesis tries: the same ones every time, or more and random ones.

A test that fails by chance stops a merge that has nothing to do with it. Hence new examples are
tried by hand: with `SUNO_TUI_EXAMPLES=20`, twenty times as many.
"""

from __future__ import annotations

import os

from hypothesis import settings
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

TIMES = int(os.environ.get("SUNO_TUI_EXAMPLES", "0"))
"""Read before any test, since tests see no variable of ours."""


def examples(usual: int) -> int:
    """Return how many examples a test tries that usually tries so many."""
    return usual * max(1, TIMES)


def choose() -> None:
    """Have hypothesis try the same examples every time, unless more are wanted."""
    settings.register_profile("random", max_examples=examples(100), deadline=None, database=None)
    settings.register_profile("same", deadline=None, derandomize=True)
    settings.load_profile("random" if TIMES else "same")
    if not TIMES:
        # It also tries constants of all modules of ours that are imported by then, which depends on
        # the tests that ran before.
        vars(providers)["_get_local_constants"] = Constants
