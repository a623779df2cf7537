"""`suno-tui batch`: queue the songs of a file, each once, and wait for them."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import PurePath
from typing import TYPE_CHECKING

from suno_tui.batches.rows import MOST, kind_of
from suno_tui.batches.templates import OTHERS, template
from suno_tui.cli.opening import open_studio
from suno_tui.cli.output import print_json, print_line, write_line
from suno_tui.cli.parser import Options
from suno_tui.cli.wait import wait
from suno_tui.common.errors import UsageError
from suno_tui.common.safe_files import NotText, decode, read_file
from suno_tui.common.text import clean
from suno_tui.studio_batches import CheckedBatch, Priced, check_batch, queue_batch, total

if TYPE_CHECKING:
    from suno_tui.studio import Studio
    from suno_tui.tasks.models import Task


def run(options: Options) -> int:
    """Queue the songs that were not queued before, and wait for all of them.

    Raises `UsageError`, and has queued nothing then.
    """
    if options.template:
        write_line(template(options.template).rstrip("\n"))
        print(_next(options.template), file=sys.stderr)
        return 0
    if options.file is None:
        raise UsageError("name a FILE, or - for standard input; --template prints an empty file.")
    kind = options.format or kind_of(options.file)
    name = options.name or PurePath(options.file).stem
    if options.screen:
        return _show(options)
    with closing(open_studio()) as studio:
        batch = check_batch(
            studio, _read(options.file), kind, name, sample=options.sample, seed=options.seed
        )
        if options.check:
            return _check(studio, batch, options)
        if batch.troubles:
            for trouble in batch.troubles:
                print(f"suno-tui: {clean(f'{options.file}: {trouble}')}", file=sys.stderr)
            count = len(batch.troubles)
            raise UsageError(f"{count} problem{'s' * (count > 1)}, so nothing was queued.")
        if not batch.songs:
            raise UsageError(f"{options.file} has no songs. --template prints an empty file.")
        return _send(studio, batch, options)


def _next(kind: str) -> str:
    """Return what to do with a template."""
    # In the other formats, a comment in the template says this.
    more = f"Other columns: {', '.join(OTHERS)}.\n" if kind == "csv" else ""
    file = f"songs.{kind}"
    return (
        f"{more}Save it (> {file}) and change it. Then `suno-tui batch {file} --check` says what "
        f"is wrong and what it costs, `suno-tui batch {file}` sends it, and with --screen you do "
        "all of that in a table."
    )


def _show(options: Options) -> int:
    """Open the studio with the file's table. Raises `UsageError`."""
    from pathlib import Path

    from suno_tui.cli import screen

    given = (options.file == "-", options.json, options.check, options.sample, options.budget)
    if any(given) or options.format or options.name:
        raise UsageError("--screen goes with a FILE alone: the rest is chosen on the screen.")
    return screen.run(batch=Path(options.file))


def _read(name: str) -> str:
    try:
        if name == "-":
            data = sys.stdin.buffer.read(MOST + 1)
            if len(data) > MOST:
                raise UsageError(f"more than {MOST >> 20} MB came in.")
            return decode(data)
        return decode(read_file(name, most=MOST, pipes=True))
    except OSError as error:
        raise UsageError(f"{name}: {error.strerror}.") from error
    except NotText as error:
        raise UsageError(f"{name}: {error}.") from error


def _check(studio: Studio, batch: CheckedBatch, options: Options) -> int:
    """Print what each song would cost, and all problems; send nothing."""
    by_line, known = batch.problems, batch.known(studio)
    for priced in batch.songs:
        problems = by_line.pop(priced.entry.line, [])
        there = known.get(priced.entry.key)
        if options.json:
            print_json(_row(priced, problems, there))
        elif problems:
            for problem in problems:
                print_line(f"{priced.entry.line:5}", "wrong", problem)
        else:
            state = f"{there.status} ({there.id})" if there else "new"
            print_line(
                f"{priced.entry.line:5}", f"{state:9}", f"{priced.cost:12}", priced.entry.song.name
            )
    for line, messages in sorted(by_line.items()):
        for message in messages:
            if options.json:
                print_json({"row": line, "problems": [message]})
            else:
                print_line(f"{line:5}", "wrong", message)
    new = batch.new(known)
    if options.json:
        cost = sum(priced.credits for priced in new)
        counts = {"songs": len(batch.songs), "new": len(new), "problems": len(batch.troubles)}
        print_json(counts | {"credits": cost})
    else:
        print_line(total(studio, new, len(batch.songs)))
    return 2 if batch.troubles else 0


def _row(priced: Priced, problems: list[str], there: Task | None) -> dict[str, object]:
    return {
        "row": priced.entry.line,
        "title": priced.entry.song.name,
        "provider": priced.provider,
        "model": priced.entry.song.model,
        "credits": priced.credits,
        "problems": problems,
        "task": there.id if there else None,
    }


def _send(studio: Studio, batch: CheckedBatch, options: Options) -> int:
    """Queue the new songs and wait for all. Raises `SpendLimitReached`: the rest is not queued."""
    known = batch.known(studio)
    new = batch.new(known)
    print(f"suno-tui: {clean(total(studio, new, len(batch.songs)))}", file=sys.stderr)
    if any(priced.credits for priced in new) and not options.yes and not _agreed(options):
        raise UsageError("Nothing was queued. --yes sends without asking.")
    known |= queue_batch(studio, batch, new, options.budget)
    tasks = [known[priced.entry.key] for priced in batch.songs]
    lines = {known[priced.entry.key].id: {"row": priced.entry.line} for priced in batch.songs}
    return wait(studio, tasks, options, facts=lines)


def _agreed(options: Options) -> bool:
    """Ask on a terminal and return the answer; without a terminal, take it as yes."""
    if options.json or options.file == "-" or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return True
    print("Send them? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")
