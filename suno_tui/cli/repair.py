"""`suno-tui library repair`: show the changes to damaged text files, and rebuild them."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from suno_tui.cli.opening import open_studio
from suno_tui.cli.output import print_json, print_line
from suno_tui.cli.parser import Options
from suno_tui.common.errors import DamagedFile, UsageError

if TYPE_CHECKING:
    from suno_tui.library.repair import Repair


def run(options: Options) -> int:
    """Show what is damaged and can be rebuilt, ask, and rebuild it.

    With `--yes` it does not ask. The exit code is 4 if something stays damaged.
    """
    left = 0
    with closing(open_studio()) as studio:
        studio.library.refresh()
        repairs = _chosen(studio.library.repairs(studio.take_records()), options.what)
        for repair in repairs:
            _show(repair, options)
            if not repair.possible or not (options.yes or _asked(options)):
                left += 1
                continue
            studio.library.repair(repair)
            if not options.json:
                print_line(f"{repair.file}: repaired")
    if not repairs and not options.json:
        print_line("Nothing is damaged.")
    if left and not options.yes and not options.json and not _may_ask(options):
        print("suno-tui: nothing was written; add --yes to repair the files.", file=sys.stderr)
    return DamagedFile.exit_code if left else 0


def _chosen(repairs: list[Repair], what: list[str]) -> list[Repair]:
    """Return the repairs that `what` names: ids or their beginnings, paths of texts or of audio."""
    if not what:
        return repairs
    chosen = []
    for name in what:
        path = Path(name).absolute()
        mine = [
            repair
            for repair in repairs
            if path.with_suffix(".toml") == repair.file.absolute()
            or str(repair.new.get("id", repair.old.get("id", ""))).startswith(name)
        ]
        if not mine:
            raise UsageError(f"No damaged file matches {name!r}. Nothing was changed.")
        chosen += [repair for repair in mine if repair not in chosen]
    return chosen


def _show(repair: Repair, options: Options) -> None:
    if options.json:
        print_json(
            {
                "file": str(repair.file),
                "why": repair.why,
                "id": repair.new.get("id"),
                "changes": repair.difference(),
                "lost": list(repair.lost),
                "possible": repair.possible,
            }
        )
        return
    print_line(f"{repair.file}: {repair.why.rstrip('.')}.")
    for line in repair.difference() if repair.possible else [repair.advice]:
        print_line(f"    {line}")


def _may_ask(options: Options) -> bool:
    return not options.json and sys.stdin.isatty()


def _asked(options: Options) -> bool:
    if not _may_ask(options):
        return False
    print("    Write it? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")
