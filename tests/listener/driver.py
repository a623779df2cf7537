"""A studio's player that a test drives by lines: `python -m tests.listener.driver`.

A line is a JSON list of a name and arguments: a method or a property of `RoutedPlayer`; a path is
given as an object with `path`. The answer is a line of JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.terminal import wait_for


class Driver:
    """The process, seen from the test."""

    def __init__(self, env: dict[str, str], prefix: list[str]) -> None:
        self._process = subprocess.Popen(
            [*prefix, sys.executable, "-m", "tests.listener.driver"],
            env={**os.environ, **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(self, name: str, *values: Any) -> Any:
        """Call a method, get a property (without values) or set one (`"volume="`)."""
        told = [{"path": str(each)} if isinstance(each, Path) else each for each in values]
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps([name, *told]), file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        assert answer, f"the studio ended at {name}"
        return json.loads(answer)

    def until(self, name: str, value: object = True) -> None:
        """Wait until a property has a value."""
        wait_for(lambda: self(name) == value, f"{name} to be {value}")

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


def main() -> None:
    from suno_tui.studio import Studio

    studio = Studio.open()
    player = studio.player
    try:
        for line in sys.stdin:
            name, *values = json.loads(line)
            given = [Path(each["path"]) if isinstance(each, dict) else each for each in values]
            if name.endswith("="):
                setattr(player, name[:-1], given[0])
                answer = None
            elif name == "connected":
                answer = player.to_listener and player.remote.connected
            elif name == "pushed":
                remote = player.remote
                file = remote.files.known(given[0])
                link = remote.link
                answer = file is not None and link is not None and link.has(file)
            else:
                found = getattr(player, name)
                answer = found(*given) if callable(found) else found
            print(json.dumps(answer, default=str), flush=True)
    finally:
        player.close(stop=False)
        studio.close()


if __name__ == "__main__":
    main()
