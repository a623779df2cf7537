"""The file of the draft that is being written: its name, its lock, and changes by others."""

from __future__ import annotations

import contextlib
from dataclasses import replace

from suno_tui.common.errors import StudioError
from suno_tui.common.locks import Lock
from suno_tui.drafts import SongFolder, StoredSong, named_by_title
from suno_tui.providers.song import Song

_TEXTS = ("prompt", "title", "style", "lyrics", "negative_tags")


class DraftSession:
    """One open draft at a time in a folder of drafts. Its methods raise `HomeError`."""

    def __init__(self, folder: SongFolder) -> None:
        self.folder = folder
        self.name: str | None = None
        self.saved: Song | None = None
        self.provider: str | None = None
        """The song's provider, if it is not the default one; written with the next save."""
        self._saved_provider: str | None = None
        self.forks = 0
        """How often another program wrote the draft, so that ours got a new name."""
        self._named_by_user = False
        self._written: int | None = None
        self._lock: Lock | None = None

    def restore(self, wanted: str | None) -> StoredSong | None:
        """Open the draft of that name, or else the last written; return None if there is none.

        A draft that another studio has open is skipped. An empty name means a new draft: None.
        Raises `DamagedFile`.
        """
        if wanted == "":
            return None
        names = self.folder.names()
        first = [wanted] if wanted in names else []
        name = next((name for name in (*first, *names) if not self._in_use(name)), None)
        kept = self.folder.load(name) if name else None
        if kept:
            self.switch_to(kept.name, kept.song, kept.provider)
        return kept

    def switch_to(self, name: str | None, song: Song | None, provider: str | None = None) -> None:
        """Write another draft from now on; None is a new one."""
        self.name, self.saved = name, song if name else None
        self.provider = self._saved_provider = provider
        self._named_by_user = bool(name and song and not named_by_title(name, song))
        self._written = self._stamp()
        self._lock_draft()

    def close(self) -> None:
        """Release the draft for other studios."""
        if self._lock is not None:
            # Before the release, while the file is still ours.
            with contextlib.suppress(OSError):
                self._lock.path.unlink()
            self._lock.release()
            self._lock = None

    def save(self, song: Song) -> bool:
        """Write the song if it has changed; return whether it was written.

        A draft that another program wrote in the meantime is not touched: ours gets a new name.
        """
        same = song == self.saved and self.provider == self._saved_provider
        if same or (self.name is None and not has_text(song)):
            return False
        if self.name is None or self._changed_elsewhere:
            self._save_as(song.name or self.name or "untitled", song)
        else:
            self._save(self.name, song)
        return True

    def _save_as(self, wanted: str, song: Song) -> None:
        forked = self.name is not None
        self._save(self.folder.free_name(wanted), song)
        self._named_by_user = False
        self.forks += forked

    def _save(self, name: str, song: Song) -> None:
        provider = self.provider
        self.folder.save(name, song, provider=provider or "")
        self.name, self.saved, self._saved_provider = name, song, provider
        self._written = self._stamp()
        self._lock_draft()

    def settle(self, song: Song) -> None:
        """Save, name the draft by its title, and delete it if it holds no text any more."""
        self.save(song)
        if self.name is None or self._changed_elsewhere:
            return
        if not has_text(song):
            if not self.folder.holds_more(self.name):
                self.folder.delete(self.name)
            self.switch_to(None, None)
        elif not self._named_by_user and not named_by_title(self.name, song):
            self._move_to(song.name)

    def rename(self, name: str) -> None:
        """Give the draft a name of the user's own, which a new title does not change."""
        self._move_to(name)
        self._named_by_user = True

    def _move_to(self, wanted: str) -> None:
        if self.name is None:
            return
        if self._changed_elsewhere and self.saved is not None:
            self._save_as(wanted, self.saved)
        else:
            self.name = self.folder.rename(self.name, wanted)
            self._written = self._stamp()
            self._lock_draft()

    @property
    def _changed_elsewhere(self) -> bool:
        """Whether another program has written the draft since we did."""
        return self.name is not None and self._stamp() != self._written

    def _lock_of(self, name: str) -> Lock:
        return Lock(self.folder.folder / f".{name}.lock")

    def _in_use(self, name: str) -> bool:
        return self._lock_of(name).holder() is not None

    def _lock_draft(self) -> None:
        """Lock the draft against other studios; without a lock it can still be written."""
        path = self._lock_of(self.name).path if self.name else None
        if self._lock is not None and self._lock.path == path:
            return
        self.close()
        if self.name:
            lock = self._lock_of(self.name)
            with contextlib.suppress(StudioError):
                self._lock = lock if lock.acquire() else None

    def _stamp(self) -> int | None:
        if self.name is None:
            return None
        try:
            return (self.folder.folder / f"{self.name}.toml").stat().st_mtime_ns
        except OSError:
            return None


def has_text(song: Song) -> bool:
    """Return whether the song has any text."""
    return any(getattr(song, name).strip() for name in _TEXTS)


def blank(like: Song) -> Song:
    """Return an empty song in the same mode and for the same model."""
    return replace(Song(), model=like.model, custom_mode=like.custom_mode)
