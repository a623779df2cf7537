"""`suno-tui work`: do all that the queue owes, in the foreground."""

from __future__ import annotations

import asyncio

from suno_tui.cli.output import held, print_line
from suno_tui.cli.parser import Options
from suno_tui.errors import UsageError
from suno_tui.queue.listening import Listening
from suno_tui.queue.patience import Outcome
from suno_tui.queue.process import log_to
from suno_tui.studio import Studio

CODES = {Outcome.DONE: 0, Outcome.REFUSED: 3, Outcome.OWED: 4, Outcome.STOPPED: 4}


def run(options: Options) -> int:
    """Work until nothing is owed; with `--stay`, until a signal ends it."""
    listening = _listening(options)
    studio = Studio.open()
    try:
        log_to(studio.home)
        patience = None if options.stay or options.detached else options.patience
        work = studio.work(
            stay=options.stay, patience=patience, detached=options.detached, listening=listening
        )
        outcome = asyncio.run(work)
        left = studio.tasks.live()
    finally:
        studio.close()
    if options.stay and outcome is Outcome.STOPPED:
        return 0
    for task in left:
        print_line(task.id, f"{task.status:11}", task.title, held(task))
    return CODES[outcome]


def _listening(options: Options) -> Listening | None:
    address, url = options.callback_listen, options.callback_url
    if address and url:
        return Listening.read(address, url)
    if address or url:
        raise UsageError(
            "--callback-listen HOST:PORT and --callback-url URL belong together: where callbacks "
            "are heard, and the public URL that leads there."
        )
    return None
