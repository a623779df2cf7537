"""`suno-tui admin`: manage the keys, users, models and books of `suno-tui serve`.

A running service uses every change from its next request.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from suno_tui.cli.opening import open_studio
from suno_tui.cli.output import print_json, print_line
from suno_tui.cli.parser import Options
from suno_tui.common.errors import UsageError
from suno_tui.server import admin

if TYPE_CHECKING:
    from suno_tui.server.database import Database


def run(options: Options) -> int:
    """Run one action. Raises `AdminError` for an unknown name or an invalid value."""
    from suno_tui.server.service import open_database

    if options.subject == "cluster":
        return _cluster(options)
    studio = open_studio()
    with contextlib.closing(open_database(studio.served)) as books:
        return _ACTIONS[options.subject, options.action](books, options)


def _add(books: Database, options: Options) -> int:
    secret = admin.add_key(
        books,
        options.name,
        user=options.user,
        credits=options.credits,
        limits=admin.Limits(**_limits(options)),
    )
    print_line(secret)
    return 0


def _list(books: Database, options: Options) -> int:
    for key in admin.list_keys(books):
        if options.json:
            made = datetime.fromtimestamp(key.created_at, UTC).isoformat()
            print_json({**asdict(key), "created_at": made})
            continue
        state = "banned" if key.banned else "disabled" if key.disabled else "in use"
        spent = f"spent {key.spent}, balance {key.balance} credits"
        limits = [
            f"{limit}/{name}"
            for name, limit in (
                ("hour", key.limit_hour),
                ("day", key.limit_day),
                ("total", key.limit_total),
            )
            if limit is not None
        ]
        if key.rate is not None:
            limits.append(f"{key.rate} requests/minute")
        print_line(f"{key.name:16}", key.hint, f"{state:8}", spent, *limits, *key.allow)
    return 0


def _disable(books: Database, options: Options) -> int:
    admin.disable_key(books, options.name, disabled=options.action == "disable")
    return 0


def _limit(books: Database, options: Options) -> int:
    admin.change_limits(books, options.name, _limits(options))
    return 0


def _top_up(books: Database, options: Options) -> int:
    print_line(f"balance {admin.top_up(books, options.name, options.credits)} credits")
    return 0


def _delete(books: Database, options: Options) -> int:
    admin.delete_key(books, options.name)
    return 0


def _ban(books: Database, options: Options) -> int:
    admin.ban_user(books, options.name, banned=options.action == "ban")
    return 0


def _models(books: Database, options: Options) -> int:
    if options.action == "list":
        for model, active in admin.list_models(books).items():
            print_line(f"{model:16}", "on" if active else "off")
    else:
        admin.switch_model(books, options.name, active=options.action == "on")
    return 0


def _audit(books: Database, options: Options) -> int:
    found = admin.audit(books)
    if options.json:
        print_json(asdict(found))
    else:
        print_line(f"purchased {found.purchased} = balance {found.balance} + {found.consumed} used")
        print_line(f"{found.charges} charges, {found.refunds} refunds, {found.live} live tasks")
        for problem in found.problems:
            print_line(f"PROBLEM: {problem}")
    return 1 if found.problems else 0


def _cluster(options: Options) -> int:
    """List the workers; exit code 1 if none has this machine's engine."""
    from suno_tui.cli.cluster_options import read_cluster
    from suno_tui.server.cluster import render_workers_of
    from suno_tui.server.cluster_render import engine_here

    address = read_cluster(options)
    if address is None:
        raise UsageError("admin cluster needs --cluster, the address of the scheduler.")
    open_studio().choose_sounds()
    engine = engine_here()
    workers = render_workers_of(address)
    for each in workers:
        used = each.engine == engine
        if options.json:
            print_json({**asdict(each), "used": used})
            continue
        state = "used" if used else "NOT USED"
        makes = "makes a take" if each.takes else "is idle"
        load = f"{makes}, {each.cpu:.0f}% CPU, {each.memory / 2**20:.0f} MiB"
        print_line(f"{each.name:24} {each.host:16} {state:8} {each.engine or 'no engine':20}", load)
    able = sum(each.threads for each in workers if each.engine == engine)
    if not options.json:
        print_line(f"{able} of {len(workers)} workers have this machine's engine ({engine}).")
    return 0 if able else 1


def _limits(options: Options) -> dict[str, Any]:
    """Return the given limits; a negative number removes a limit."""
    given: dict[str, Any] = {
        name: None if value < 0 else value
        for name in ("hour", "day", "total", "rate")
        if (value := getattr(options, name)) is not None
    }
    if options.allow is not None:
        given["allow"] = [text for text in options.allow if text]
    return given


_ACTIONS: dict[tuple[str, str | None], Callable[[Database, Options], int]] = {
    ("keys", "add"): _add,
    ("keys", "list"): _list,
    ("keys", "disable"): _disable,
    ("keys", "enable"): _disable,
    ("keys", "limit"): _limit,
    ("keys", "top-up"): _top_up,
    ("keys", "delete"): _delete,
    ("users", "ban"): _ban,
    ("users", "unban"): _ban,
    ("models", "list"): _models,
    ("models", "on"): _models,
    ("models", "off"): _models,
    ("audit", None): _audit,
}
