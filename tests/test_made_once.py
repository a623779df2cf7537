"""A part that threads ask for at the same time is made once, and so has one owner."""

from __future__ import annotations

import threading

from suno_tui.common.made_once import made_once
from suno_tui.common.paths import Home
from suno_tui.studio import Studio


class Whole:
    def __init__(self) -> None:
        self.seen: list[object] = []
        self.other = threading.Thread(target=lambda: self.seen.append(self.part))

    @made_once
    def part(self) -> object:
        if not self.other.ident:
            self.other.start()
            self.other.join(0.1)  # if the other thread could make one of its own, it would now
        return object()


def test_two_threads_get_the_same_part() -> None:
    whole = Whole()
    first = whole.part
    whole.other.join()
    assert whole.seen == [first]
    assert whole.part is first


def test_a_thread_that_is_late_gets_the_library_that_was_closed(home: Home) -> None:
    studio = Studio.open(home)
    library = studio.library
    studio.close()
    assert studio.library is library
