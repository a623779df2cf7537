"""The folders and files of one studio.

`SUNO_TUI_HOME` is one folder for everything; without it, the platform's usual folders are used.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from suno_tui.common.atomic_files import make_folder

APP = "suno-tui"


def expand_home(path: str | Path) -> Path:
    """Return a path with a leading `~` or `~user` expanded; as it is if there is no such user.

    `Path.expanduser` raises RuntimeError then; here the path turns out to be missing when it is
    used, which is reported as for any other path.
    """
    return Path(os.path.expanduser(path))  # noqa: PTH111


class Home(NamedTuple):
    """The folders and files of one studio. None of them need exist yet."""

    config: Path
    """The folder of `config.toml`."""
    data: Path
    """The folder of all that can't be replaced: library, queue, drafts, recipes, trash."""
    cache: Path
    """The folder of what can be made again: deleting it loses nothing."""
    log: Path

    @classmethod
    def find(cls, env: Mapping[str, str] | None = None) -> Home:
        """Return the home for an environment (`docs/cli.md`), without creating anything."""
        named = (os.environ if env is None else env).get("SUNO_TUI_HOME")
        if named:
            root = expand_home(named).absolute()
            return cls(config=root, data=root, cache=root / "cache", log=root / "log")
        import platformdirs

        return cls(
            config=Path(platformdirs.user_config_dir(APP)),
            data=Path(platformdirs.user_data_dir(APP)),
            cache=Path(platformdirs.user_cache_dir(APP)),
            log=Path(platformdirs.user_log_dir(APP)),
        )

    @property
    def config_file(self) -> Path:
        return self.config / "config.toml"

    @property
    def last_picture(self) -> Path:
        """The screen as it was when the studio last ended."""
        return self.cache / "last-picture.json"

    @property
    def state_file(self) -> Path:
        """What the screen remembers between runs (theme, volume, pane); it holds no settings."""
        return self.data / "state.toml"

    @property
    def library(self) -> Path:
        return self.data / "library"

    @property
    def queue(self) -> Path:
        return self.data / "queue.sqlite"

    @property
    def worker_lock(self) -> Path:
        return self.data / "worker.lock"

    @property
    def studio_lock(self) -> Path:
        return self.data / "studio.lock"

    @property
    def drafts(self) -> Path:
        return self.data / "drafts"

    @property
    def recipes(self) -> Path:
        return self.data / "recipes"

    @property
    def edit_log(self) -> Path:
        """The changes that agents made in the library, so that they can be undone."""
        return self.data / "agent-edits.jsonl"

    @property
    def editor(self) -> Path:
        """The files that the user's own editor has open, or had when the studio ended."""
        return self.data / "editor"

    @property
    def trash(self) -> Path:
        return self.data / "trash"

    @property
    def local(self) -> Path:
        return self.data / "local"

    def create(self) -> None:
        """Create the folders. Raises `HomeError`."""
        for folder in (self.config, self.data, self.cache, self.log):
            make_folder(folder)
