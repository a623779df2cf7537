"""Media keys and the desktop's player controls: MPRIS 2.2 on the session's D-Bus, if there is one.

The names are defined at https://specifications.freedesktop.org/mpris-spec/latest/. This runs in the
process that owns the sound. Without a bus, or without the extra `mpris`, it does nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from suno_tui.common.text import clean
from suno_tui.listener.protocol import Message, as_frame
from suno_tui.player.sound import RATE

if TYPE_CHECKING:
    from dbus_fast import Message as Call
    from dbus_fast import Variant
    from dbus_fast.aio import MessageBus

    from suno_tui.listener.session import Commanded

NAME = "org.mpris.MediaPlayer2.suno_tui"
PATH = "/org/mpris/MediaPlayer2"
ROOT, PLAYER = "org.mpris.MediaPlayer2", "org.mpris.MediaPlayer2.Player"
_PROPERTIES = "org.freedesktop.DBus.Properties"
_NO_TRACK = "/org/mpris/MediaPlayer2/TrackList/NoTrack"
_ARTIST = "suno-tui"
"""The same as in the tags of the files."""
_LOOK_SECONDS = 1.0
"""Seconds between two comparisons while something plays."""
_JUMP_SECONDS = 2.0
"""If the position differs from the clock by more seconds, the user has sought."""
_XML = f"""<!DOCTYPE node PUBLIC "-//freedesktop//DTD D-BUS Object Introspection 1.0//EN"
"http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd">
<node><interface name="{_PROPERTIES}">
<method name="Get"><arg direction="in" type="s"/><arg direction="in" type="s"/>
<arg direction="out" type="v"/></method>
<method name="GetAll"><arg direction="in" type="s"/><arg direction="out" type="a{{sv}}"/></method>
<method name="Set"><arg direction="in" type="s"/><arg direction="in" type="s"/>
<arg direction="in" type="v"/></method>
<signal name="PropertiesChanged"><arg type="s"/><arg type="a{{sv}}"/><arg type="as"/></signal>
</interface><interface name="{ROOT}"><method name="Raise"/><method name="Quit"/>
<property name="CanQuit" type="b" access="read"/><property name="CanRaise" type="b" access="read"/>
<property name="HasTrackList" type="b" access="read"/>
<property name="Identity" type="s" access="read"/>
<property name="SupportedUriSchemes" type="as" access="read"/>
<property name="SupportedMimeTypes" type="as" access="read"/></interface>
<interface name="{PLAYER}"><method name="Next"/><method name="Previous"/><method name="Pause"/>
<method name="PlayPause"/><method name="Stop"/><method name="Play"/>
<method name="Seek"><arg direction="in" type="x"/></method>
<method name="SetPosition"><arg direction="in" type="o"/><arg direction="in" type="x"/></method>
<signal name="Seeked"><arg type="x"/></signal>
<property name="PlaybackStatus" type="s" access="read"/>
<property name="Rate" type="d" access="read"/><property name="MinimumRate" type="d" access="read"/>
<property name="MaximumRate" type="d" access="read"/>
<property name="Metadata" type="a{{sv}}" access="read"/>
<property name="Volume" type="d" access="readwrite"/>
<property name="Position" type="x" access="read"/>
<property name="CanGoNext" type="b" access="read"/>
<property name="CanGoPrevious" type="b" access="read"/>
<property name="CanPlay" type="b" access="read"/><property name="CanPause" type="b" access="read"/>
<property name="CanSeek" type="b" access="read"/>
<property name="CanControl" type="b" access="read"/>
</interface></node>"""


class MediaKeys:
    """The player on the desktop's bus. It runs in its own thread."""

    def __init__(self, commanded: Callable[[], Commanded | None]) -> None:
        """`commanded` returns what plays or played last; None if there is nothing."""
        self._commanded = commanded
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._look: asyncio.Event | None = None
        self._closing = False
        self._bus: MessageBus | None = None
        self._known: dict[str, Variant] = {}
        self._mark = (0.0, 0.0, False)
        """At the last comparison: the position in seconds, the time, and whether it played."""
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def started(self) -> bool:
        """Whether `changed` was called."""
        return self._thread is not None

    def changed(self) -> None:
        """Report changes to the desktop. Any thread may call it; returns at once.

        The first call connects to the bus.
        """
        if self._thread is None and not self._closing:
            self._thread = threading.Thread(target=self._run, name="media keys", daemon=True)
            self._thread.start()
        self._wake()

    def close(self) -> None:
        """Leave the bus; returns before that is done."""
        self._closing = True
        self._wake()

    def _wake(self) -> None:
        if self._loop is not None and self._look is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._look.set)

    def _run(self) -> None:
        address = _address(os.environ)
        if address is None:
            return
        try:
            import dbus_fast
        except ImportError:
            return
        # Trouble with the bus must not stop the music.
        with contextlib.suppress(OSError, EOFError, ValueError, dbus_fast.DBusError):
            asyncio.run(self._serve(address))

    async def _serve(self, address: str) -> None:
        from dbus_fast import NameFlag, RequestNameReply
        from dbus_fast.aio import MessageBus

        self._loop, self._look = asyncio.get_running_loop(), asyncio.Event()
        self._bus = bus = await MessageBus(bus_address=address).connect()
        bus.add_message_handler(self._handle)
        self._known = self._player_properties()
        if await bus.request_name(NAME, NameFlag.DO_NOT_QUEUE) != RequestNameReply.PRIMARY_OWNER:
            await bus.request_name(f"{NAME}.instance{os.getpid()}")
        gone: asyncio.Future[None] = asyncio.ensure_future(
            bus.wait_for_disconnect()  # type: ignore[no-untyped-call,unused-ignore]
        )
        try:
            while not self._closing and not gone.done():
                playing = await asyncio.to_thread(self._compare)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._look.wait(), _LOOK_SECONDS if playing else None)
                self._look.clear()
        finally:
            bus.disconnect()
            gone.cancel()

    def _compare(self) -> bool:
        """Send what has changed since the last comparison; return whether something plays."""
        now, moment = self._now(), time.monotonic()
        properties = self._player_properties(now)
        changed = {
            name: value for name, value in properties.items() if self._known.get(name) != value
        }
        self._known = properties
        at, (before, looked_at, played) = now["frame"] / RATE, self._mark
        expected = before + (moment - looked_at if played else 0.0)
        self._mark = at, moment, bool(now["playing"])
        if changed:
            self._signal(_PROPERTIES, "PropertiesChanged", "sa{sv}as", [PLAYER, changed, []])
        if abs(at - expected) > _JUMP_SECONDS and "Metadata" not in changed:
            self._signal(PLAYER, "Seeked", "x", [round(at * 1e6)])
        return bool(now["playing"])

    def _signal(self, interface: str, member: str, signature: str, body: list[Any]) -> None:
        from dbus_fast import Message as Call

        call = Call.new_signal(PATH, interface, member, signature, body)
        if self._loop is not None and self._bus is not None:
            self._loop.call_soon_threadsafe(self._bus.send, call)

    def _now(self) -> Message:
        commanded = self._commanded()
        if commanded is not None:
            with contextlib.suppress(TimeoutError):
                return commanded.now()
        return {"loaded": False, "playing": False, "frame": 0, "volume": 0, "seconds": 0.0}

    def _handle(self, call: Call) -> bool | None:
        """Answer a call to our object in a thread, since the player may take a moment."""
        from dbus_fast import MessageType

        if call.message_type != MessageType.METHOD_CALL or call.path != PATH:
            return None
        task = asyncio.ensure_future(self._answer(call))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return True

    async def _answer(self, call: Call) -> None:
        from dbus_fast import ErrorType
        from dbus_fast import Message as Reply

        assert self._bus is not None
        try:
            signature, body = await asyncio.to_thread(self._carry_out, call)
        except LookupError:
            error, why = ErrorType.UNKNOWN_METHOD, f"There is no {call.member}."
            await self._bus.send(Reply.new_error(call, error, why))
        except (TypeError, ValueError):
            await self._bus.send(Reply.new_error(call, ErrorType.INVALID_ARGS, "Wrong arguments."))
        else:
            await self._bus.send(Reply.new_method_return(call, signature, body))
            self._wake()

    def _carry_out(self, call: Call) -> tuple[str, list[Any]]:
        """Carry out a call; return the signature and body of the answer.

        Raises `LookupError`, `TypeError` and `ValueError`.
        """
        if call.interface == PLAYER:
            self._control(call.member or "", call.body)
            return "", []
        match call.interface, call.member, call.body:
            case "org.freedesktop.DBus.Introspectable", "Introspect", []:
                return "s", [_XML]
            case "org.freedesktop.DBus.Properties", "Get", [interface, name]:
                return "v", [self._properties(interface)[name]]
            case "org.freedesktop.DBus.Properties", "GetAll", [interface]:
                return "a{sv}", [self._properties(interface)]
            case "org.freedesktop.DBus.Properties", "Set", [_, "Volume", value]:
                self._order("volume", percent=round(100 * max(0.0, min(1.0, float(value.value)))))
            case "org.freedesktop.DBus.Peer", "Ping", []:
                pass
            case "org.mpris.MediaPlayer2", "Raise" | "Quit", []:
                pass
            case _:
                raise LookupError
        return "", []

    def _control(self, member: str, body: list[Any]) -> None:
        now = self._now()
        match member, body:
            case "Next", []:
                self._order("skip", by=1)
            case "Previous", []:
                self._order("skip", by=-1)
            case "Play", []:
                self._order("play")
            case "Pause", []:
                self._order("pause")
            case "PlayPause", []:
                self._order("pause" if now["playing"] else "play")
            case "Stop", []:
                self._order("pause")
                self._order("seek", frame=0)
            case "Seek", [int(by)]:
                self._seek(now["frame"] / RATE + by / 1e6, now)
            case "SetPosition", [str(track), int(to)]:
                # The specification: ignore it if another track plays now.
                if track == _track_path(now) and 0 <= to / 1e6 <= (now["seconds"] or to / 1e6):
                    self._seek(to / 1e6, now)
            case _:
                raise LookupError

    def _seek(self, seconds: float, now: Message) -> None:
        if now["seconds"] and seconds > now["seconds"]:
            self._order("skip", by=1)  # the specification demands this
        else:
            self._order("seek", frame=as_frame(seconds * RATE))

    def _order(self, verb: str, **fields: Any) -> None:
        commanded = self._commanded()
        if commanded is not None:
            commanded.carry_out({"verb": verb, **fields})
            commanded.wake()

    def _properties(self, interface: str) -> Mapping[str, Variant]:
        from dbus_fast import Variant

        if interface == PLAYER:
            now = self._now()
            at = Variant("x", round(now["frame"] / RATE * 1e6))
            return {**self._player_properties(now), "Position": at}
        if interface == ROOT:
            return {
                "CanQuit": Variant("b", False),
                "CanRaise": Variant("b", False),
                "HasTrackList": Variant("b", False),
                "Identity": Variant("s", "suno-tui"),
                "SupportedUriSchemes": Variant("as", []),
                "SupportedMimeTypes": Variant("as", []),
            }
        raise LookupError

    def _player_properties(self, now: Message | None = None) -> dict[str, Variant]:
        """Return all properties of the player except the position, which changes all the time."""
        from dbus_fast import Variant

        now = self._now() if now is None else now
        loaded = bool(now["loaded"])
        status = "Playing" if now["playing"] else "Paused" if loaded else "Stopped"
        can = {
            f"Can{what}": Variant("b", loaded)
            for what in ("GoNext", "GoPrevious", "Play", "Pause", "Seek")
        }
        return {
            "PlaybackStatus": Variant("s", status),
            "Metadata": Variant("a{sv}", self._metadata(now)),
            "Volume": Variant("d", now["volume"] / 100),
            **{f"{which}Rate": Variant("d", 1.0) for which in ("", "Minimum", "Maximum")},
            **can,
            "CanControl": Variant("b", True),
        }

    def _metadata(self, now: Message) -> dict[str, Variant]:
        from dbus_fast import Variant

        found = {"mpris:trackid": Variant("o", _track_path(now))}
        if not now["loaded"]:
            return found
        found["xesam:title"] = Variant("s", clean(now["title"]))
        found["xesam:artist"] = Variant("as", [_ARTIST])
        if now["style"]:
            found["xesam:genre"] = Variant("as", [clean(now["style"])])
        if now["seconds"]:
            found["mpris:length"] = Variant("x", round(now["seconds"] * 1e6))
        commanded = self._commanded()
        cover = commanded.cover() if commanded is not None else None
        if cover is not None:
            found["mpris:artUrl"] = Variant("s", cover.as_uri())
        return found


def _track_path(now: Message) -> str:
    if not now["loaded"]:
        return _NO_TRACK
    name = now["track"]
    if not re.fullmatch(r"\w+", name, re.ASCII):  # an id may be any text, a D-Bus path may not
        text = (name or now["title"]).encode("utf-8", "replace")
        name = hashlib.sha256(text).hexdigest()[:16]
    return f"/org/suno_tui/track/{name}"


def _address(env: Mapping[str, str]) -> str | None:
    """Return the address of the session's bus; None if there is no sign of one."""
    if address := env.get("DBUS_SESSION_BUS_ADDRESS"):
        return address
    path = f"{env.get('XDG_RUNTIME_DIR', f'/run/user/{os.getuid()}')}/bus"
    return f"unix:path={path}" if Path(path).exists() else None
