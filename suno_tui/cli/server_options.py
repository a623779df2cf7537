"""The options of `suno-tui serve` and `suno-tui admin`."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from suno_tui.cli.cluster_options import cluster_options
from suno_tui.cli.option_types import add_json, read_origin


def serve_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--host", metavar="H", default="127.0.0.1", help="address to listen on (%(default)s)")
    add("--port", metavar="P", type=int, default=8765, help="port (%(default)s)")
    add("--key", metavar="sk-…", help="accept this API key; for tests only, as ps shows it to all")
    add("--key-file", metavar="FILE", help="accept the API keys in a file (0600), one per line")
    add("--credits", metavar="N", type=int, default=10_000, help="balance of a key (%(default)s)")
    add("--workers", metavar="N", type=int, default=0, help="takes made at once (0: by memory)")
    add("--rate", metavar="N", type=int, default=600, help="requests per minute and key (600)")
    add(
        "--backlog",
        metavar="N",
        type=int,
        default=1000,
        help="most tasks that may wait (%(default)s; 0: no limit)",
    )
    add("--public-url", metavar="URL", help="the address that clients use, if behind a proxy")
    add(
        "--trusted-proxy",
        metavar="CIDR",
        action="append",
        default=[],
        help="trust X-Forwarded-For from this network; repeatable",
    )
    add(
        "--allow-origin",
        metavar="ORIGIN",
        action="append",
        default=[],
        type=read_origin,
        help="let web pages of ORIGIN call the API from a browser (CORS), such as "
        "https://app.example; * for all; repeatable",
    )
    add("--private-callbacks", action="store_true", help="allow callbacks to private addresses")
    add("--metrics", action="store_true", help="serve /metrics for Prometheus")
    add("--rehearse", action="store_true", help="let clients ask for documented failures")
    add("--storage", metavar="s3://…", help="keep files in this bucket and folder, not on disk")
    add("--redirect", action="store_true", help="redirect clients to the bucket for files")
    cluster_options(parser, "make the takes on the Dask cluster with this scheduler")


def render_worker_options(parser: argparse.ArgumentParser) -> None:
    cluster_options(parser, "the scheduler's address, such as tls://10.1.0.1:8786")
    add = parser.add_argument
    add("--workers", metavar="N", type=int, default=0, help="takes made at once (0: one per core)")
    add("--memory", metavar="GIB", type=float, default=2, help="memory of each worker (2)")
    add("--name", metavar="NAME", help="the machine's name in the cluster (default: its own)")
    add("--scratch", metavar="FOLDER", help="a local folder for Dask's own files (default: /tmp)")


def admin_options(parser: argparse.ArgumentParser) -> None:
    subjects = parser.add_subparsers(
        title="subjects", metavar="SUBJECT", dest="subject", required=True
    )
    add_json(parser)

    def subject(name: str, text: str) -> Callable[..., argparse.ArgumentParser]:
        made = subjects.add_parser(name, help=text, description=f"{text}.")
        actions = made.add_subparsers(
            title="actions", metavar="ACTION", dest="action", required=True
        )

        def action(name: str, text: str, target: str | None = None) -> argparse.ArgumentParser:
            made = actions.add_parser(name, help=text, description=f"{text}.")
            if target:
                made.add_argument("name", metavar=target)
            return made

        return action

    keys = subject("keys", "Manage API keys; a key is shown once and stored hashed")
    add = keys("add", "Create a key and print it; it is not shown again", "NAME")
    add.add_argument("--user", help="the user whose balance it spends; default: a new user")
    add.add_argument("--credits", metavar="N", type=int, default=0, help="credits to start with")
    _limits(add)
    add_json(keys("list", "List all keys and what they spent"), below=True)
    keys("disable", "Refuse a key", "NAME")
    keys("enable", "Accept a disabled key again", "NAME")
    _limits(keys("limit", "Change a key's limits", "NAME"))
    top_up = keys("top-up", "Add credits to the balance of a key's user", "NAME")
    top_up.add_argument("credits", metavar="N", type=int)
    keys("delete", "Delete a key for good; what it spent stays in the books", "NAME")
    users = subject("users", "Manage the owners of keys")
    users("ban", "Refuse all keys of a user", "NAME")
    users("unban", "Accept a user's keys again", "NAME")
    models = subject("models", "Choose which models are offered")
    models("list", "List all models")
    models("on", "Offer a model", "MODEL")
    models("off", "Stop offering a model; accepted tasks continue", "MODEL")
    text = "Check that all charges and refunds add up; exit code 1 if they don't"
    audit = subjects.add_parser("audit", help=text, description=f"{text}.")
    audit.set_defaults(action=None)
    cluster = subjects.add_parser(
        "cluster",
        help="Show the workers of a cluster",
        description="Show the workers of a cluster: engines, takes, load.",
    )
    cluster.set_defaults(action=None)
    cluster_options(cluster, "the scheduler's address")
    add_json(cluster, below=True)
    add_json(audit, below=True)


def _limits(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    for name, text in (
        ("hour", "credits per hour"),
        ("day", "credits per day"),
        ("total", "credits in total"),
        ("rate", "requests per minute"),
    ):
        add(f"--{name}", metavar="N", type=int, help=f"limit of {text}; -1: none")
    add("--allow", metavar="CIDR", action="append", help="accept it only from here; '': anywhere")
