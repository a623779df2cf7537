"""Media keys, on a private bus: what a desktop sees, and what its keys do."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from suno_tui.listener.about import About
from suno_tui.listener.cache import Cache
from suno_tui.listener.mpris import NAME, PATH, PLAYER, ROOT, MediaKeys
from suno_tui.listener.protocol import File
from suno_tui.listener.session import Session
from suno_tui.player.player import Player
from tests.needs import find, need
from tests.player.recorder import Recorder

PROPERTIES = "org.freedesktop.DBus.Properties"


@pytest.fixture
def bus(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a bus of our own."""
    need("dbus")
    process = subprocess.Popen(
        [find("dbus-daemon") or "", "--session", "--nofork", "--print-address",
         f"--address=unix:path={folder}/bus"],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    yield address
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.fixture
def session(tmp_path: Path, song: Path, other: Path, recorder: Recorder) -> Iterator[Session]:
    """A player with a track and one that follows."""
    cache = Cache(tmp_path / "cache")
    files = [File(letter * 64, 1000, ".mp3") for letter in "ab"]
    paths = {files[0].hash: song, files[1].hash: other}
    cache.find = lambda file: paths.get(file.hash)
    cover = tmp_path / "a cover.jpg"
    abouts = {
        files[0].hash: About("Rain", "lofi", 3.0, "abcdefghij", 1, cover),
        files[1].hash: About("Snow", "", 3.0, "bcdefghijk", 2),
    }
    player = Player(output=lambda: recorder)
    session = Session(player, cache, abouts.get)
    session.carry_out({"verb": "load", "frame": 0, **files[0].fields()})
    session.carry_out({"verb": "next", "files": files[1:], "more": False})
    player.wait()
    yield session
    player.close()


class Desktop:
    """What a desktop does: it calls, and gets signals."""

    def __init__(self, bus: Any) -> None:
        self.bus = bus
        self.signals: list[tuple[str, list[Any]]] = []
        bus.add_message_handler(self._receive)

    def _receive(self, message: Any) -> None:
        if message.path == PATH and message.member in ("PropertiesChanged", "Seeked"):
            self.signals.append((message.member, message.body))

    async def call(self, interface: str, member: str, signature: str = "", *body: Any) -> Any:
        from dbus_fast import Message

        reply = await self.bus.call(
            Message(NAME, PATH, interface, member, signature=signature, body=list(body))
        )
        return reply.error_name or (reply.body[0] if reply.body else None)

    async def all(self) -> dict[str, Any]:
        found = await self.call(PROPERTIES, "GetAll", "s", PLAYER)
        return {name: value.value for name, value in found.items()}

    async def receives(self, member: str, value: Any, name: str = "") -> None:
        """Wait for a signal with a value, of a property if one is named."""
        async with asyncio.timeout(20):
            while not any(  # noqa: ASYNC110 - the other side is a process
                signal == member
                and (body[1][name].value if name and name in body[1] else body[0]) == value
                for signal, body in self.signals
            ):
                await asyncio.sleep(0.01)


@pytest.fixture
async def desktop(bus: str, session: Session) -> AsyncIterator[Desktop]:
    from dbus_fast import Message
    from dbus_fast.aio import MessageBus

    connected = await MessageBus(bus_address=bus).connect()
    keys = MediaKeys(lambda: session)
    keys.changed()
    rule = f"type='signal',path='{PATH}'"
    await connected.call(
        Message(
            "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "AddMatch",
            signature="s", body=[rule],
        )
    )  # fmt: skip
    desktop = Desktop(connected)
    async with asyncio.timeout(20):
        while not isinstance(  # noqa: ASYNC110 - the other side is a process
            await desktop.call(PROPERTIES, "GetAll", "s", ROOT), dict
        ):
            await asyncio.sleep(0.01)
    session.wake = keys.changed  # type: ignore[method-assign]
    yield desktop
    keys.close()
    connected.disconnect()
    assert keys._thread is not None
    await asyncio.to_thread(keys._thread.join, 20)
    assert not keys._thread.is_alive()


async def test_a_desktop_shows_the_track(desktop: Desktop, tmp_path: Path) -> None:
    found = await desktop.all()
    assert found["PlaybackStatus"] == "Paused"
    assert found["CanPlay"]
    assert {name: value.value for name, value in found["Metadata"].items()} == {
        "mpris:trackid": "/org/suno_tui/track/abcdefghij",
        "mpris:length": pytest.approx(3_000_000, abs=100_000),
        "mpris:artUrl": (tmp_path / "a cover.jpg").as_uri(),
        "xesam:title": "Rain",
        "xesam:artist": ["suno-tui"],
        "xesam:genre": ["lofi"],
    }
    identity = await desktop.call(PROPERTIES, "Get", "ss", ROOT, "Identity")
    assert identity.value == "suno-tui"
    described = await desktop.call("org.freedesktop.DBus.Introspectable", "Introspect")
    assert PLAYER in described


async def test_the_media_keys_control_the_player(desktop: Desktop, session: Session) -> None:
    from dbus_fast import Variant

    player = session.player
    await desktop.call(PLAYER, "PlayPause")
    assert player.playing
    await desktop.receives("PropertiesChanged", "Playing", "PlaybackStatus")
    await desktop.call(PLAYER, "Seek", "x", 2_500_000)
    assert player.position == 2.5
    await desktop.receives("Seeked", 2_500_000)
    await desktop.call(PLAYER, "SetPosition", "ox", "/org/suno_tui/track/another", 1_000_000)
    assert player.position == 2.5
    await desktop.call(PLAYER, "SetPosition", "ox", "/org/suno_tui/track/abcdefghij", 1_000_000)
    assert player.position == 1.0
    await desktop.call(PROPERTIES, "Set", "ssv", PLAYER, "Volume", Variant("d", 0.5))
    assert player.volume == 50
    await desktop.receives("PropertiesChanged", 0.5, "Volume")
    await desktop.call(PLAYER, "Next")
    assert (await desktop.all())["Metadata"]["xesam:title"].value == "Snow"
    await desktop.call(PLAYER, "Previous")
    assert (await desktop.all())["Metadata"]["xesam:title"].value == "Rain"
    await desktop.call(PLAYER, "Stop")
    assert not player.playing
    assert await desktop.call(PLAYER, "OpenUri", "s", "file:///x") == (
        "org.freedesktop.DBus.Error.UnknownMethod"
    )
    assert await desktop.call(PLAYER, "Seek", "s", "far") == (
        "org.freedesktop.DBus.Error.UnknownMethod"
    )


async def test_a_second_player_has_a_name_of_its_own(desktop: Desktop, bus: str) -> None:
    from dbus_fast import Message

    second = MediaKeys(lambda: None)
    second.changed()
    async with asyncio.timeout(20):
        names: list[str] = []
        while not any(name.startswith(f"{NAME}.instance") for name in names):
            reply = await desktop.bus.call(
                Message(
                    "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                    "ListNames",
                )
            )  # fmt: skip
            names = reply.body[0]
    second.close()


def test_without_a_bus_nothing_happens(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for address in (None, f"unix:path={tmp_path}/none", "nonsense"):
        if address is not None:
            monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        keys = MediaKeys(lambda: None)
        keys.changed()
        assert keys._thread is not None
        keys._thread.join(20)
        assert not keys._thread.is_alive()
        keys.changed()
        keys.close()
