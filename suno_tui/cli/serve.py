"""`suno-tui serve`: the local provider over HTTP, for any client of the hosted one."""

from __future__ import annotations

from suno_tui.cli.parser import Options
from suno_tui.errors import UsageError
from suno_tui.studio import Studio


def run(options: Options) -> int:
    """Serve until SIGTERM or Ctrl-C. Raises `UsageError` and `CannotListen`."""
    if not 0 <= options.port <= 65535:
        raise UsageError("--port is from 0 to 65535.")
    if options.credits < 0 or options.workers < 0 or options.rate < 0 or options.backlog < 0:
        raise UsageError("--credits, --workers, --rate and --backlog are 0 or more.")
    from suno_tui.local.accounts import network
    from suno_tui.local.serve import run as serve
    from suno_tui.local.service import Rules

    try:
        proxies = tuple(network(text) for text in options.trusted_proxy)
    except ValueError as error:
        raise UsageError(f"--trusted-proxy: {error}.") from error
    studio = Studio.open()
    studio.choose_soundfont()
    serve(
        studio.served,
        host=options.host,
        port=options.port,
        key=options.key,
        credits=options.credits,
        workers=options.workers or studio.settings.local.workers,
        target_seconds=studio.settings.local.target_seconds,
        rules=Rules(
            rate=options.rate,
            backlog=options.backlog,
            trusted_proxies=proxies,
            public_url=options.public_url,
            private_callbacks=options.private_callbacks,
            rehearse=options.rehearse,
            metrics=options.metrics,
        ),
    )
    return 0
