"""`suno-tui batch`: queue the songs of a file, each once, and wait for them."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

from suno_tui.batches.batch import Batch, Entry, Trouble, make_batch
from suno_tui.batches.rows import MOST, kind_of, read_rows
from suno_tui.batches.templates import template
from suno_tui.cli.opening import open_studio
from suno_tui.cli.output import print_json, print_line, write_line
from suno_tui.cli.parser import Options
from suno_tui.cli.wait import wait
from suno_tui.common.errors import UsageError
from suno_tui.common.safe_files import NotText, decode, read_file
from suno_tui.common.text import clean
from suno_tui.providers.capabilities import dollars

if TYPE_CHECKING:
    from suno_tui.studio import Studio
    from suno_tui.tasks.models import Task


class Priced(NamedTuple):
    """A song of the batch with what it will cost."""

    entry: Entry
    provider: str
    credits: int
    dollars: str
    """Empty if it is free, or if nobody knows what a credit costs."""


def run(options: Options) -> int:
    """Queue what was not queued before, and wait. Raises `UsageError`; nothing was queued then."""
    if options.template:
        write_line(template(options.template).rstrip("\n"))
        return 0
    if options.file is None:
        raise UsageError("name a FILE, or - for standard input; --template prints an empty one.")
    kind = options.format or kind_of(options.file)
    name = options.name or PurePath(options.file).stem
    with closing(open_studio()) as studio:
        batch = read_batch(studio, options, kind, name)
        priced = _priced(studio, batch)
        if options.check:
            return _check(studio, batch, priced, options)
        if batch.troubles:
            for trouble in batch.troubles:
                print(f"suno-tui: {clean(f'{options.file}: {trouble}')}", file=sys.stderr)
            count = len(batch.troubles)
            raise UsageError(f"{count} problem{'s' * (count > 1)}, so nothing was queued.")
        if not priced:
            raise UsageError(f"{options.file} has no songs. --template prints an empty file.")
        return _send(studio, priced, name, options)


def read_batch(studio: Studio, options: Options, kind: str, name: str) -> Batch:
    """Return the songs of the file, and all that is wrong with them, also for their providers."""
    text = _read(options.file)

    def model_of(provider: str | None) -> str:
        return studio.capabilities(provider or studio.provider).default_model.id

    rows = read_rows(text, kind)
    batch = make_batch(rows, name, model_of=model_of, sample=options.sample, seed=options.seed)
    for entry in batch.entries:
        problems = studio.problems(entry.song, entry.provider or studio.provider)
        batch.troubles += [Trouble(entry.line, f"{p.field}: {p.message}") for p in problems]
    batch.troubles = sorted(dict.fromkeys(batch.troubles))
    return batch


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


def _priced(studio: Studio, batch: Batch) -> list[Priced]:
    found = []
    for entry in batch.entries:
        provider = entry.provider or studio.provider
        quote = studio.price(entry.song, provider)
        found.append(Priced(entry, provider, quote, _dollars(studio, provider, quote)))
    return found


def _dollars(studio: Studio, provider: str, credits: int) -> str:
    return dollars(credits, studio.capabilities(provider).credit) if credits else ""


def _check(studio: Studio, batch: Batch, priced: list[Priced], options: Options) -> int:
    """Print what each song would cost and what is wrong; send nothing."""
    by_line: dict[int, list[str]] = {}
    for line, message in batch.troubles:
        by_line.setdefault(line, []).append(message)
    known = studio.tasks.by_key(each.entry.key for each in priced)
    for one in priced:
        problems = by_line.pop(one.entry.line, [])
        there = known.get(one.entry.key)
        if options.json:
            print_json(_row(one, problems, there))
        elif problems:
            for problem in problems:
                print_line(f"{one.entry.line:5}", "wrong", problem)
        else:
            cost = f"{one.credits} cr {one.dollars}".rstrip() if one.credits else "free"
            state = f"{there.status} ({there.id})" if there else "new"
            print_line(f"{one.entry.line:5}", f"{state:9}", f"{cost:12}", one.entry.song.name)
    for line, messages in sorted(by_line.items()):
        for message in messages:
            if options.json:
                print_json({"row": line, "problems": [message]})
            else:
                print_line(f"{line:5}", "wrong", message)
    new = [one for one in priced if one.entry.key not in known]
    if options.json:
        total = sum(one.credits for one in new)
        counts = {"songs": len(priced), "new": len(new), "problems": len(batch.troubles)}
        print_json(counts | {"credits": total})
    else:
        print_line(_total(studio, new, len(priced)))
    return 2 if batch.troubles else 0


def _row(one: Priced, problems: list[str], there: Task | None) -> dict[str, object]:
    return {
        "row": one.entry.line,
        "title": one.entry.song.name,
        "provider": one.provider,
        "model": one.entry.song.model,
        "credits": one.credits,
        "problems": problems,
        "task": there.id if there else None,
    }


def _total(studio: Studio, new: list[Priced], count: int) -> str:
    """Return what sending the new songs would cost, in a sentence."""
    songs = "1 song" if count == 1 else f"{count:,} songs"
    before = "" if len(new) == count else f", {count - len(new):,} of them queued before"
    costs = []
    for provider in dict.fromkeys(one.provider for one in new):
        cost = sum(one.credits for one in new if one.provider == provider)
        money = _dollars(studio, provider, cost)
        if cost:
            costs.append(f"{cost:,} credits{money and ', '}{money} at {provider}")
    return f"{songs}{before}: {'; '.join(costs) or 'free'}."


def _send(studio: Studio, priced: list[Priced], name: str, options: Options) -> int:
    """Queue what is new and wait for all. Raises `SpendLimitReached`: the rest was not queued."""
    from suno_tui.tasks.spending import SpendLimitReached

    requester = f"batch {name}"
    known = studio.tasks.by_key(one.entry.key for one in priced)
    new = [one for one in priced if one.entry.key not in known]
    print(f"suno-tui: {clean(_total(studio, new, len(priced)))}", file=sys.stderr)
    if any(one.credits for one in new) and not options.yes and not _agreed(options):
        raise UsageError("Nothing was queued. --yes sends without a question.")
    groups: dict[tuple[str, int], list[Priced]] = {}
    for one in new:
        groups.setdefault((one.provider, one.credits), []).append(one)
    budget = options.budget and options.budget._replace(requester=requester)
    for number, ((provider, _), ones) in enumerate(groups.items()):
        try:
            tasks = studio.generate_all(
                [one.entry.song for one in ones],
                provider=provider,
                requester=requester,
                budget=budget,
                keys=[one.entry.key for one in ones],
            )
        except SpendLimitReached as error:
            if number:
                raise SpendLimitReached(f"{error} A part was queued before; {_AGAIN}") from error
            raise
        known |= {one.entry.key: task for one, task in zip(ones, tasks, strict=True)}
    tasks = [known[one.entry.key] for one in priced]
    lines = {known[one.entry.key].id: {"row": one.entry.line} for one in priced}
    return wait(studio, tasks, options, facts=lines)


_AGAIN = "the same command queues the rest once it may."


def _agreed(options: Options) -> bool:
    """Ask on a terminal; where nobody can answer, the command itself is the word."""
    if options.json or options.file == "-" or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return True
    print("Send them? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")
