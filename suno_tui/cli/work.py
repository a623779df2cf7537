"""`suno-tui work`: run the worker in the foreground."""

from __future__ import annotations

import asyncio
from contextlib import closing

from suno_tui.cli.opening import open_studio
from suno_tui.cli.output import hold_text, print_line
from suno_tui.cli.parser import Options
from suno_tui.studio import Studio
from suno_tui.tasks.patience import Outcome

CODES = {Outcome.DONE: 0, Outcome.REFUSED: 3, Outcome.OWED: 4, Outcome.STOPPED: 4}


def run(options: Options) -> int:
    """Work until nothing is owed, or with `--stay` until a signal; return the exit code."""
    # A worker that a view started prints no warnings, as its stderr is not read.
    opened = Studio.open() if options.detached else open_studio()
    with closing(opened) as studio:
        outcome = asyncio.run(
            studio.work(
                stay=options.stay,
                patience=None if options.stay or options.detached else options.patience,
                detached=options.detached,
                callback_listen=options.callback_listen,
                callback_url=options.callback_url,
            )
        )
        left = studio.tasks.live()
    if options.stay and outcome is Outcome.STOPPED:
        return 0
    for task in left:
        print_line(task.id, f"{task.status:11}", task.title, hold_text(task))
    return CODES[outcome]
