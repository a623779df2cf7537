"""`suno-tui render-worker`: make takes for `suno-tui serve --cluster` on another machine."""

from __future__ import annotations

from suno_tui.cli.cluster_options import read_cluster
from suno_tui.cli.opening import open_studio
from suno_tui.cli.output import print_line
from suno_tui.cli.parser import Options
from suno_tui.common.errors import UsageError

GIB = 2**30


def run(options: Options) -> int:
    """Work until SIGTERM or Ctrl-C. Raises `UsageError` and `NoCluster`."""
    if options.workers < 0 or not 0.5 <= options.memory <= 1024:
        raise UsageError("--workers is 0 or more, and --memory from 0.5 to 1024 (GiB).")
    address = read_cluster(options)
    if address is None:
        raise UsageError("render-worker needs --cluster, the address of the scheduler.")
    from suno_tui.server.cluster_worker import run as work
    from suno_tui.server.render_pool import processors

    open_studio().choose_sounds()
    work(
        address,
        workers=options.workers or processors(),
        memory=int(options.memory * GIB),
        name=options.name,
        folder=options.scratch,
        say=print_line,
    )
    return 0
