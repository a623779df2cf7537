"""Route the sound to a listener or to this machine's own output; the target may change any time."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from suno_tui.listener import sockets
from suno_tui.listener.files import KnownFiles
from suno_tui.listener.link import Link, NoListener, WrongVersion
from suno_tui.listener.remote import RemotePlayer
from suno_tui.listener.starting import HomePlayer
from suno_tui.media.errors import CantPlay
from suno_tui.player.external_output import PacedOutput
from suno_tui.player.output import Output
from suno_tui.player.player import Player

AUTO, HERE, OFF, LISTENER = "auto", "here", "off", "listener"
_STREAM = "stream"


class NoSound(PacedOutput):
    """An output that plays nothing in real time, because the user turned the sound off."""

    kind = "off"
    why = "The sound is off."

    def give(self, pcm: bytes) -> None:
        pass


@dataclass(frozen=True, slots=True)
class Found:
    """A socket in the listeners' folder, with the listener's name or why it can't be used."""

    path: Path
    name: str = ""
    trouble: str = ""


class RoutedPlayer:
    """A player (the interface of `player.Player`) that plays here or through a listener.

    With the target `auto`, it uses the newest listener that answers, else this machine. When the
    target changes, the music goes on there at the same position.
    """

    def __init__(
        self,
        here: Player,
        *,
        folder: Callable[[], Path],
        studio: str,
        kilobits: int = 0,
        files: KnownFiles | None = None,
        home: HomePlayer | None = None,
    ) -> None:
        """`folder` returns the listeners' folder (it may raise `HomeError`), `studio` is the id of
        this home for listeners. `home` plays in place of `here` if it runs or is wanted; if it is
        wanted, it plays on after `close`."""
        self.here = here
        self.home = home
        self.remote = RemotePlayer(studio, files, volume=here.volume, kilobits=kilobits)
        self.on_change: Callable[[], None] = lambda: None
        """Called from another thread after a listener has reported what plays there."""
        self.remote.on_change = lambda: self.on_change()
        self.target = AUTO
        self.socket: Path | None = None
        """The socket of the listener that is used or was used last."""
        self.outdated = False
        """Whether the last listener that was tried has an incompatible version."""
        self._wanted: Path | None = None
        """The listener that the user chose."""
        self._folder = folder
        self._now: Player | RemotePlayer = here
        self._routing = threading.Lock()
        self._seen: object = None
        self._looking = False

    # The user's choice.

    def choose(self, target: str, socket: Path | None = None) -> str:
        """Send the sound to `auto`, `here`, `off` or `listener` (with its socket), where it goes
        on. Blocks for some seconds at most. Returns why that failed, else ""."""
        with self._routing:
            if target == LISTENER:
                assert socket is not None
                if trouble := self._attach(socket):
                    return trouble
                self._wanted = socket
            self.target = target
            if target == AUTO:
                self._find_best()
            elif target == OFF or (target == HERE and not self._use_home_player()):
                self._switch(self.here)
            self.here.send_to(NoSound if target == OFF else None)
        return ""

    def listeners(self) -> list[Found]:
        """Return the listeners that can be chosen, the newest first. Blocks for some seconds."""
        listed = []
        for path in self._sockets():
            if path == self.socket and self.remote.connected:
                listed.append(Found(path, self.remote.name))
                continue
            connection = sockets.connect(path, remove_dead=True)
            if connection is None:
                continue
            try:
                probe = Link(connection, self.remote.studio)
            except WrongVersion as error:
                listed.append(Found(path, error.name, error.state))
            except NoListener as error:
                listed.append(Found(path, trouble=str(error)))
            else:
                listed.append(Found(path, probe.name))
                probe.close()
        return listed

    @property
    def to_listener(self) -> bool:
        """Whether the sound goes to a listener, or went to one whose connection is lost."""
        return self._now is self.remote

    @property
    def listener_id(self) -> str:
        """The id of the listener that the sound goes to; empty if there is none."""
        link = self.remote.link if self.to_listener else None
        return link.listener if link is not None else ""

    @property
    def at_home(self) -> bool:
        """Whether the sound comes from the player that outlives the studio."""
        return self.to_listener and self.home is not None and self.socket == self.home.socket

    @property
    def stays(self) -> bool:
        """Whether the music plays on after `close`."""
        return self.at_home and self.home is not None and self.home.wanted

    def find(self) -> None:
        """Look for a new or returned listener; if there is none, this costs reading a folder."""
        if self._should_look():
            with self._routing:
                self._find_best()

    def find_soon(self) -> None:
        """Call `find` in a thread, if there may be something to find."""
        if self._looking or not self._should_look():
            return
        self._looking = True

        def run() -> None:
            try:
                self.find()
            finally:
                self._looking = False

        threading.Thread(target=run, name="listeners", daemon=True).start()

    def _should_look(self) -> bool:
        lost = self.to_listener and not self.remote.connected
        home = self.home is not None and self.home.wanted and not self.to_listener
        if self.target in (AUTO, LISTENER):
            return lost or home or self._stamp() != self._seen
        return self.target == HERE and (lost or home)

    def send_ahead(self, paths: Sequence[Path]) -> None:
        """Send files to the listener while nothing else is sent."""
        self.remote.send_ahead(paths)

    # The interface of `player.Player`.

    def load(self, path: Path, *, start: float = 0.0) -> None:
        """Load a file, paused, at `start` seconds. May block for seconds if a listener is new."""
        self.find()
        if self.to_listener and not self.remote.connected:
            self._now = self.here
        self._now.load(path, start=start)

    def unload(self) -> None:
        self._now.unload()

    def follow(self, *paths: Path) -> None:
        """Set the files that play next; this machine's own player takes only the first."""
        self._now.follow(*paths)

    def skip(self, by: int) -> None:
        """Make a listener play the next file (1) or the previous one (-1)."""
        if self.to_listener:
            self.remote.skip(by)

    def play(self) -> None:
        """Play on. If the last listener is lost, play at another one, else on this machine."""
        if self.to_listener and not self.remote.connected:
            threading.Thread(target=self._play_somewhere, name="listeners", daemon=True).start()
        else:
            self._now.play()
            self.find_soon()

    def pause(self) -> None:
        self._now.pause()

    def toggle(self) -> None:
        if self.playing:
            self.pause()
        else:
            self.play()

    def seek(self, seconds: float) -> None:
        self._now.seek(seconds)

    def prepare(self, path: Path) -> None:
        self._now.prepare(path)

    def switch(self, path: Path) -> str:
        return self._now.switch(path)

    def wait(self, timeout: float = 10.0) -> str:
        return self._now.wait(timeout)

    def send_to(self, output: Callable[[], Output] | None) -> None:
        """Send this machine's sound to another output, or with None to the default one."""
        self.target = _STREAM if output is not None else AUTO
        self.here.send_to(output)
        if output is None:
            self.find_soon()
        else:
            threading.Thread(target=self._use_this_machine, name="listeners", daemon=True).start()

    @property
    def path(self) -> Path | None:
        return self._now.path

    @property
    def position(self) -> float:
        return self._now.position

    @property
    def duration(self) -> float:
        return self._now.duration

    @property
    def playing(self) -> bool:
        return self._now.playing

    @property
    def ended(self) -> bool:
        return self._now.ended

    @property
    def error(self) -> str:
        return self._now.error

    @property
    def whole(self) -> bool:
        return self._now.whole

    @property
    def output(self) -> str:
        """As `Player.output`, or `listener`."""
        if self.at_home:
            return self.remote.device[0]
        return "listener" if self.to_listener else self.here.output

    @property
    def why(self) -> str:
        return self.remote.device[1] if self.at_home else self._now.why

    @property
    def waiting(self) -> bool:
        return self._now.waiting

    @property
    def volume(self) -> int:
        return self._now.volume

    @volume.setter
    def volume(self, volume: int) -> None:
        self.here.volume = self.remote.volume = volume

    def close(self, *, stop: bool = True) -> None:
        """Stop, and close the device. With `stop`, a listener's music ends too, except at the
        player that outlives the studio."""
        self.remote.close(stop=stop and not self.stays)
        self.here.close()

    def still_plays(self, path: Path) -> bool:
        """Return whether a listener still plays a file, as after a restart or a lost connection.

        That file is the loaded one then. Blocks for some seconds at most.
        """
        with contextlib.suppress(CantPlay):
            self.remote.files.file(path)
            self.find()
            return self.to_listener and self.remote.path == path and self.remote.playing
        return False

    def _use_this_machine(self) -> None:
        with self._routing:
            if self.target == _STREAM:
                self._switch(self.here)

    def _play_somewhere(self) -> None:
        self.find()
        with self._routing:
            if self.to_listener and not self.remote.connected:
                self._switch(self.here)
        self._now.play()

    # Finding listeners and switching to them; the caller holds `_routing`.

    def _sockets(self) -> list[Path]:
        with contextlib.suppress(Exception):
            return sockets.found(self._folder())
        return []

    def _stamp(self) -> object:
        """Return a value that changes if a listener comes or goes."""
        stamps: list[int] = []
        with contextlib.suppress(Exception):
            stamps.append(self._folder().stat().st_mtime_ns)
        with contextlib.suppress(OSError):
            stamps.append(self.home.socket.stat().st_mtime_ns if self.home is not None else 0)
        return stamps

    def _find_best(self) -> None:
        """Use the listener that the user wants, else the newest one that answers."""
        self._seen = self._stamp()
        if self.to_listener and self.remote.connected and self.target == LISTENER:
            return
        every = self._sockets() if self.target != HERE else []
        if self.target == LISTENER and self._wanted in every:
            every.remove(self._wanted)
            every.insert(0, self._wanted)
        if all(self._attach(path) for path in every):
            self._use_home_player()
        self._seen = self._stamp()

    def _use_home_player(self) -> bool:
        """Send the sound to the player that outlives the studio; return whether that worked."""
        if self.home is None:
            return False
        if not self._attach(self.home.socket):
            return True
        if not self.home.wanted:
            return False
        if self.home.start() and not self._attach(self.home.socket):
            return True
        self.home = None  # it can't be started, so this studio plays by itself
        return False

    def _attach(self, path: Path) -> str:
        """Send the sound to the listener at a socket; return why that failed, else ""."""
        if path == self.socket and self.remote.connected:
            self._switch(self.remote)
            return ""
        connection = sockets.connect(path, remove_dead=True)
        if connection is None:
            return "It is not there any more."
        try:
            self.remote.attach(connection)
        except NoListener as error:
            self.outdated = isinstance(error, WrongVersion)
            return str(error)
        self.socket, self.outdated = path, False
        self._switch(self.remote)
        return ""

    def _switch(self, to: Player | RemotePlayer) -> None:
        """Let another player take over what plays."""
        old = self._now
        if old is to:
            return
        path, playing = old.path, old.playing
        old.pause()
        at, volume = old.position, old.volume
        self._now = to
        if path is not None:
            to.volume = volume
            to.load(path, start=at)
            if playing:
                to.play()
        old.unload()
