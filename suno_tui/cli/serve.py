"""`suno-tui serve`: the built-in provider over HTTP, for any client of the hosted API."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

from suno_tui.cli.cluster_options import read_cluster
from suno_tui.cli.opening import open_studio
from suno_tui.cli.parser import Options
from suno_tui.common.errors import StudioError, UsageError
from suno_tui.common.paths import expand_home

KEY_VARIABLE = "SUNO_TUI_SERVE_KEY"
"""The environment variable with a key that the server accepts."""

_EXTRA = ("httptools", "prometheus_client")
"""Packages that only the extra `serve` brings."""


class NoServer(StudioError):
    """The packages of the extra `serve` are not installed."""

    title = "The server is not installed"
    code = "no_server"
    exit_code = 2


def run(options: Options) -> int:
    """Serve until SIGTERM or Ctrl-C. Raises `UsageError`, `NoServer` and `CannotListen`."""
    if not 0 <= options.port <= 65535:
        raise UsageError("--port is from 0 to 65535.")
    if options.credits < 0 or options.workers < 0 or options.rate < 0 or options.backlog < 0:
        raise UsageError("--credits, --workers, --rate and --backlog are 0 or more.")
    if any(find_spec(name) is None for name in _EXTRA):
        raise NoServer("serve needs a few more packages: pip install 'suno-tui[serve]'")
    from suno_tui.server.accounts import parse_network
    from suno_tui.server.serve import run as serve
    from suno_tui.server.service import Rules

    cluster, storage = read_cluster(options), None
    if cluster is not None and options.workers:
        raise UsageError("--workers is for takes made here: with --cluster, give it render-worker.")
    if options.storage is not None:
        from suno_tui.server.object_storage import ObjectStorage

        storage = ObjectStorage(options.storage, redirect=options.redirect)
    elif options.redirect:
        raise UsageError("--redirect needs --storage.")
    try:
        proxies = tuple(parse_network(text) for text in options.trusted_proxy)
    except ValueError as error:
        raise UsageError(f"--trusted-proxy: {error}.") from error
    studio = open_studio()
    studio.choose_sounds()
    serve(
        studio.served,
        host=options.host,
        port=options.port,
        keys=_keys(options),
        credits=options.credits,
        workers=options.workers or studio.settings.local.workers,
        target_seconds=studio.settings.local.target_seconds,
        cluster=cluster,
        storage=storage,
        rules=Rules(
            rate=options.rate,
            backlog=options.backlog,
            trusted_proxies=proxies,
            public_url=options.public_url,
            origins=tuple(options.allow_origin),
            private_callbacks=options.private_callbacks,
            rehearse=options.rehearse,
            metrics=options.metrics,
        ),
    )
    return 0


def _keys(options: Options) -> list[str]:
    """Return the keys to accept: from the command line, a file and the environment."""
    keys = []
    if options.key is not None:
        print(
            "suno-tui: --key is only for tests: all users of this machine can read it with ps. Use "
            f"--key-file or {KEY_VARIABLE}, or make keys with `suno-tui admin keys add NAME`.",
            file=sys.stderr,
        )
        keys.append(options.key)
    if options.key_file is not None:
        keys += _read_keys(expand_home(options.key_file))
    # Removed, so that the processes that make the music don't inherit it.
    if key := os.environ.pop(KEY_VARIABLE, None):
        keys.append(key)
    return list(dict.fromkeys(keys))


def _read_keys(path: Path) -> list[str]:
    """Return the keys in a file. Raises `UsageError` if others may read it, or its group change it.

    Its group may read it, as with systemd's credentials and mounted secrets.
    """
    try:
        with path.open(encoding="utf-8") as file:
            if os.fstat(file.fileno()).st_mode & 0o027:
                raise UsageError(
                    f"--key-file: others may read or change {path}. Run `chmod 600` on it."
                )
            keys = [line for line in map(str.strip, file) if line]
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--key-file: {error}.") from error
    if not keys:
        raise UsageError(f"--key-file: there is no key in {path}.")
    return keys
