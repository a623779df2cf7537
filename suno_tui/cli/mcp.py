"""`suno-tui mcp`: let an AI agent work in the studio, within a budget."""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
from contextlib import closing
from typing import TYPE_CHECKING

from suno_tui.agents.agent import check_name
from suno_tui.agents.tools import AgentTools
from suno_tui.cli.opening import open_studio
from suno_tui.cli.parser import Options
from suno_tui.common.errors import UsageError
from suno_tui.common.host_port import read_host_port
from suno_tui.common.paths import expand_home

if TYPE_CHECKING:
    from suno_tui.common.paths import Home

TOKEN = "SUNO_TUI_MCP_TOKEN"
"""The variable with the token of `--http`."""


def run(options: Options) -> int:
    """Serve an agent until it disconnects. Raises `UsageError`, also without the extra `mcp`."""
    name = check_name(options.name)
    budget = options.budget and options.budget._replace(requester=f"agent {name}")
    if options.without_asking and budget is None:
        raise UsageError("--without-asking needs a --budget: nothing else would limit the agent.")
    address = None
    if options.http is not None:
        address = read_host_port(options.http, option="--http", example="127.0.0.1:8770")
    try:
        from suno_tui.agents.server import make_server, run_stdio, serve_http
    except ImportError as error:
        raise UsageError(
            f"This needs the extra `mcp` ({error}): pip install 'suno-tui[mcp]'."
        ) from error
    with closing(open_studio()) as studio:
        tools = AgentTools(
            studio,
            name,
            budget=budget,
            read_only=options.read_only,
            export_folder=expand_home(options.export_to),
        )
        server = make_server(tools, ask=not options.without_asking)
        if address is None:
            run_stdio(server)
            return 0
        host, port = address
        token = _token(studio.home)
        print(f"suno-tui: agents reach the studio at http://{options.http}/mcp", file=sys.stderr)
        asyncio.run(serve_http(server, host, port, token))
    return 0


def _token(home: Home) -> str:
    """Return the token from the environment, or from a file (0600) that is created if missing."""
    if token := os.environ.pop(TOKEN, "").strip():
        return token
    file = home.data / "mcp-token"
    if file.exists() and (kept := file.read_text().strip()):
        print(f"suno-tui: the token is in {file}", file=sys.stderr)
        return kept
    token = secrets.token_urlsafe(24)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as written:
        written.write(f"{token}\n")
    print(f"suno-tui: the token is in {file}", file=sys.stderr)
    return token
