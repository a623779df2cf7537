"""The options for a Dask cluster, shared by `serve`, `render-worker` and `admin cluster`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from suno_tui.server.cluster_address import ClusterAddress


def cluster_options(parser: argparse.ArgumentParser, text: str) -> None:
    add = parser.add_argument
    add("--cluster", metavar="ADDRESS", help=text)
    add("--cluster-ca", metavar="FILE", help="certificate of the authority that signed the others")
    add("--cluster-cert", metavar="FILE", help="certificate of this machine")
    add("--cluster-key", metavar="FILE", help="its private key")
    add("--insecure-cluster", action="store_true", help="allow tcp:// on a network that you trust")


def read_cluster(options: argparse.Namespace) -> ClusterAddress | None:
    """Return the cluster that the options name, if any. Raises `UsageError` and `NoCluster`."""
    if options.cluster is None:
        return None
    from suno_tui.server.cluster_address import ClusterAddress

    return ClusterAddress.checked(
        options.cluster,
        ca=options.cluster_ca,
        cert=options.cluster_cert,
        key=options.cluster_key,
        insecure=options.insecure_cluster,
    )
