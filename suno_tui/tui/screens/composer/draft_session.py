"""Keeps the song that is being written on disk: within a second, by name, and only its own file."""

from __future__ import annotations

import contextlib
from dataclasses import replace

from suno_tui.common.errors import StudioError
from suno_tui.common.locks import Lock
from suno_tui.drafts import SongFolder, StoredSong, named_by_title
from suno_tui.providers.song import Song

_TEXTS = ("prompt", "title", "style", "lyrics", "negative_tags")


class DraftSession:
    """One draft at a time in a folder of drafts. Raises what the folder raises (`HomeError`)."""

    def __init__(self, folder: SongFolder) -> None:
        self.folder = folder
        self.name: str | None = None
        self.saved: Song | None = None
        self.forks = 0
        """How often somebody else had written our draft, and ours went on under a new name."""
        self._named_by_user = False
        self._written: int | None = None
        self._lock: Lock | None = None

    def restore(self, wish: str | None) -> StoredSong | None:
        """The draft to go on with: the one of that name, else the last written; None for none.

        One that another studio has open is left to it. An empty wish is a new draft that nothing
        was typed into yet. Raises `DamagedFile`.
        """
        if wish == "":
            return None
        names = self.folder.names()
        wished = [wish] if wish in names else []
        name = next((one for one in (*wished, *names) if not self._in_use(one)), None)
        kept = self.folder.load(name) if name else None
        if kept:
            self.take(kept.name, kept.song)
        return kept

    def take(self, name: str | None, song: Song | None) -> None:
        """Go on with this draft; a name of None is a new one."""
        self.name, self.saved = name, song if name else None
        self._named_by_user = bool(name and song and not named_by_title(name, song))
        self._written = self._stamp()
        self._hold()

    def close(self) -> None:
        """Let others have the draft."""
        if self._lock is not None:
            # Our file still, so that no name in the folder stays behind.
            with contextlib.suppress(OSError):
                self._lock.path.unlink()
            self._lock.release()
            self._lock = None

    def save(self, song: Song) -> bool:
        """Write the song where it differs from what was written; True where it was.

        A draft that somebody else wrote in the meantime is left to them: ours gets a new name.
        """
        if song == self.saved or (self.name is None and not has_text(song)):
            return False
        if self.name is None or self._foreign:
            self._save_as(song.name or self.name or "untitled", song)
        else:
            self._save(self.name, song)
        return True

    def _save_as(self, wish: str, song: Song) -> None:
        forked = self.name is not None
        self._save(self.folder.free_name(wish), song)
        self._named_by_user = False
        self.forks += forked

    def _save(self, name: str, song: Song) -> None:
        self.folder.save(name, song)
        self.name, self.saved = name, song
        self._written = self._stamp()
        self._hold()

    def settle(self, song: Song) -> None:
        """Save, give the draft the name of its title, and drop it where nothing is left of it."""
        self.save(song)
        if self.name is None or self._foreign:
            return
        if not has_text(song):
            if not self.folder.holds_more(self.name):
                self.folder.delete(self.name)
            self.take(None, None)
        elif not self._named_by_user and not named_by_title(self.name, song):
            self._call_it(song.name)

    def rename(self, name: str) -> None:
        """Keep the draft under a name of the user's own."""
        self._call_it(name)
        self._named_by_user = True

    def _call_it(self, wish: str) -> None:
        if self.name is None:
            return
        if self._foreign and self.saved is not None:
            self._save_as(wish, self.saved)
        else:
            self.name = self.folder.rename(self.name, wish)
            self._written = self._stamp()
            self._hold()

    @property
    def _foreign(self) -> bool:
        """Whether somebody else has written our draft since we did."""
        return self.name is not None and self._stamp() != self._written

    def _lock_of(self, name: str) -> Lock:
        return Lock(self.folder.folder / f".{name}.lock")

    def _in_use(self, name: str) -> bool:
        return self._lock_of(name).holder() is not None

    def _hold(self) -> None:
        """Show other studios that this draft is open here; a draft is no worse without that."""
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
    """Whether anything was written into the song."""
    return any(getattr(song, name).strip() for name in _TEXTS)


def blank(like: Song) -> Song:
    """An empty song in the same mode and for the same model."""
    return replace(Song(), model=like.model, custom_mode=like.custom_mode)
