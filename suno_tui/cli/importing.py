"""`suno-tui import`: take existing audio into the library, and undo that."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from suno_tui.cli.opening import open_studio
from suno_tui.cli.output import print_json, print_line
from suno_tui.cli.parser import Options
from suno_tui.cli.progress import ProgressLine
from suno_tui.common.errors import UsageError
from suno_tui.common.paths import expand_home
from suno_tui.common.text import clean, clock

if TYPE_CHECKING:
    from suno_tui.library.importing.imports import Imports, Result
    from suno_tui.library.importing.placing import Outcome
    from suno_tui.library.importing.plan import Plan

SHOWN = 10
"""How many files of each kind the preview lists; the others are counted."""

_DONE = {"copy": "copied", "move": "moved", "link": "linked", "in-place": "imported in place"}


def run(options: Options) -> int:
    """Show what would be imported, ask on a terminal, and do it; or undo an import.

    The exit code is 4 if a file that was to be imported could not be. Raises `UsageError`,
    `HomeError`, `ImportRuns`, `CantRead`, `UnknownImport`.
    """
    from suno_tui.library.importing.sources import How

    studio = open_studio()
    try:
        imports = studio.library.imports
        if options.undo is not None:
            if options.paths or options.dry_run:
                raise UsageError("--undo takes back a whole import: name no files with it.")
            return _undo(imports, options)
        paths = [expand_home(path).absolute() for path in options.paths]
        how = How(options.how) if options.how else None
        if not paths and how is How.IN_PLACE:
            paths = [studio.library.folder]
        if not paths:
            raise UsageError("Name the files or folders to import: `suno-tui import ~/Music`.")
        studio.library.refresh()
        reading = ProgressLine("Reading")
        try:
            plan = imports.plan(paths, how, progress=reading, records=studio.take_records())
        finally:
            reading.clear()
        if not options.json:
            _show(plan)
        if options.dry_run:
            for candidate in plan.candidates if options.json else ():
                print_json(candidate.to_json() | {"how": plan.how.value})
            return 0
        if _declined(plan, options):
            print("suno-tui: nothing was imported.", file=sys.stderr)
            return 0
        return _import(imports, plan, options)
    finally:
        studio.close()


def _import(imports: Imports, plan: Plan, options: Options) -> int:
    from suno_tui.library.importing.plan import State

    if options.json:
        for candidate in plan.candidates:
            if candidate.state is not State.NEW:
                print_json(candidate.to_json() | {"how": plan.how.value})

    def report(outcome: Outcome) -> None:
        if options.json:
            placing.clear()
            track = outcome.track
            print_json(
                outcome.candidate.to_json()
                | {
                    "how": plan.how.value,
                    "state": "imported" if track else "failed",
                    "why": outcome.why or outcome.candidate.why or None,
                    "track": track.to_json() if track else None,
                }
            )
        elif outcome.track is None:
            placing.clear()
            why = f"suno-tui: {outcome.candidate.source}: {outcome.why}."
            print(clean(why), file=sys.stderr)

    placing = ProgressLine("Importing")
    try:
        result = imports.run(plan, progress=placing, outcome=report)
    except KeyboardInterrupt:
        placing.clear()
        undo = f"`suno-tui import --undo {imports.last()}` undoes it"
        print(f"suno-tui: stopped; what was imported stays. {undo}.", file=sys.stderr)
        raise
    finally:
        placing.clear()
    _end(plan, result, options)
    return 4 if result.failed else 0


def _end(plan: Plan, result: Result, options: Options) -> None:
    from suno_tui.library.importing.plan import State

    if options.json:
        print_json(
            {
                "import": result.id or None,
                "imported": result.imported,
                "there": len(plan.of(State.THERE)),
                "refused": len(plan.of(State.REFUSED)),
                "failed": len(result.failed),
            }
        )
    elif result.id:
        print_line(
            f"{_tracks(result.imported)} {_DONE[plan.how.value]}. "
            f"To undo: suno-tui import --undo {result.id}"
        )


def _undo(imports: Imports, options: Options) -> int:
    line = ProgressLine("Undoing")
    try:
        done = imports.undo(options.undo, progress=line)
    finally:
        line.clear()
    for left in done.left:
        if options.json:
            print_json({"file": str(left.file), "why": left.why})
        else:
            print(clean(f"suno-tui: {left.file}: {left.why}."), file=sys.stderr)
    if options.json:
        print_json({"import": done.id, "undone": done.count, "left": len(done.left)})
    else:
        print_line(f"{_tracks(done.count)} removed from the library.")
    return 4 if done.left else 0


def _show(plan: Plan) -> None:
    """Print the preview: counts, and the first files of each kind."""
    from suno_tui.library.importing.plan import State

    new = plan.of(State.NEW)
    verb = {
        "copy": "to copy into the library",
        "move": "to move into the library",
        "link": "to link into the library",
        "in-place": "to import in place",
    }[plan.how.value]
    size = f", {plan.needed / 2**20:,.0f} MB" if plan.needed >> 20 else ""
    if not plan.candidates:
        print_line("No audio was found there (MP3, M4A, FLAC, WAV, Ogg or Opus).")
        return
    print_line(f"{len(new):,} new {verb}{size}")
    for candidate in new[:SHOWN]:
        duration = candidate.known.table["duration"] if candidate.known else 0
        trouble = f"({candidate.why})" if candidate.why else ""
        print_line("   ", clock(duration), candidate.title, str(candidate.source), trouble)
    _print_more(len(new))
    there, refused = plan.of(State.THERE), plan.of(State.REFUSED)
    if there:
        print_line(f"{len(there):,} in the library already")
        for candidate in there[:SHOWN]:
            print_line("   ", f"{candidate.source}: {candidate.why}")
        _print_more(len(there))
    if refused:
        print_line(f"{len(refused):,} can't be imported")
        for candidate in refused[:SHOWN]:
            print_line("   ", f"{candidate.source}: {candidate.why}")
        _print_more(len(refused))
    if plan.links:
        links = "1 link" if plan.links == 1 else f"{plan.links:,} links"
        print_line(f"{links} not followed: name a link itself to import what it leads to")


def _print_more(count: int) -> None:
    if count > SHOWN:
        print_line("   ", f"and {count - SHOWN:,} more")


def _declined(plan: Plan, options: Options) -> bool:
    """Ask on a terminal whether the user declines. Elsewhere don't: an import can be undone."""
    from suno_tui.library.importing.plan import State

    if options.yes or options.json or not plan.of(State.NEW) or not sys.stdin.isatty():
        return False
    print("Import them? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() not in ("y", "yes")


def _tracks(count: int) -> str:
    return "1 track" if count == 1 else f"{count:,} tracks"
