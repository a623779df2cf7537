"""Where the sound goes, and the options to hear it, also at the far end of an SSH connection."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from suno_tui.common.errors import StudioError
from suno_tui.media.files import interrupt
from suno_tui.player.sound import NO_DECODER
from suno_tui.tui.widgets.content import one_line

if TYPE_CHECKING:
    from suno_tui.listener.routing import Found, RoutedPlayer
    from suno_tui.player.stream import NowPlaying, Stream
    from suno_tui.tui.context import Context
    from suno_tui.tui.playback.session import PlaybackSession


class ListeningOption(NamedTuple):
    """An option to hear the sound: a command to copy, or an action; a heading if it has neither."""

    label: str
    text: str = ""
    action: str = ""
    """`stream`, or a target: `auto`, `here`, `off`, or the socket of a listener."""
    copied: str = "command"
    """What the text is, for the notice."""


class SoundTarget:
    """The sound's target: this machine's device, a stream on the loopback, or a command."""

    def __init__(self, app: Context) -> None:
        self.app = app
        self.stream: Stream | None = None
        self._found = ("", "")
        """Kind and description of the machine's output, found before anything was played."""
        self._listeners: list[Found] = []

    @property
    def _session(self) -> PlaybackSession:
        return self.app.playback.session

    @property
    def _player(self) -> RoutedPlayer:
        return self.app.studio.player

    async def detect_device(self) -> None:
        """Look for listeners, and for a device, if none was opened so far."""
        from suno_tui.player.output import open_output

        self._listeners = await asyncio.to_thread(self._player.listeners)
        command = self.app.studio.settings.player.command
        if not self._session.output and not self._found[0] and not command:
            output = await asyncio.to_thread(open_output)
            await asyncio.to_thread(output.close)
            self._found = output.kind, output.why

    def describe(self) -> str:
        """Describe in a sentence or two where the sound goes."""
        from suno_tui.player.ssh_commands import SshCommands

        ssh = SshCommands.of(self.app.studio.env)
        if self._player.to_listener and not self._player.at_home:
            return self._player.why
        if self.stream is not None:
            count = self.stream.listeners
            audience = {0: "No listeners yet.", 1: "1 listener."}.get(count, f"{count} listeners.")
            return f"Playing to the stream only. {audience}"
        kind, why = self._found
        if self._session.output:
            kind, why = self._session.output, self._session.why
        if kind == "device":
            here = f"Playing on this machine, {socket.gethostname()}. {why}"
            if ssh.client:
                here += f"\nYou are connected over SSH from {ssh.client}. To listen there:"
            return here
        if kind == "silent":
            return (
                f"This machine, {socket.gethostname()}, has no sound device, so "
                "playback is silent. To listen where you are:"
            )
        return why or "The sound device was not opened yet."

    def listening_options(self) -> list[ListeningOption]:
        """Return the options to hear the sound."""
        from suno_tui.player.ssh_commands import SshCommands

        ssh = SshCommands.of(self.app.studio.env)
        track = self._session.track or self.app.tracks.current
        options = [ListeningOption("Where the sound goes"), *self._targets()]
        if not self._listeners:
            options += [
                ListeningOption("To hear it on your own machine, open the studio from there"),
                ListeningOption("on your machine", ssh.studio),
            ]
        options.append(ListeningOption("Stream to your computer"))
        if self.stream is None:
            options.append(ListeningOption("Start the stream", action="stream"))
        else:
            url = self.stream.url
            options += [
                ListeningOption("on your machine", ssh.tunnel(self.stream.port)),
                ListeningOption("then open", url, copied="stream address"),
                ListeningOption("or without a browser", f"mpv --profile=low-latency {url}live.mp3"),
                ListeningOption("Stop the stream", action="stream"),
            ]
        if track is not None and self._session.blind is None:
            options += [
                ListeningOption(f"Copy the file: {one_line(track.name, 40)} {track.take}"),
                ListeningOption("on your machine", ssh.copy(track.audio)),
                ListeningOption("its path here", str(track.audio), copied="path"),
            ]
        command = self.app.studio.settings.player.command
        options += [
            ListeningOption("Your own command, which receives the sound"),
            ListeningOption("in config.toml", _command(command), copied="setting"),
        ]
        return options

    def _targets(self) -> list[ListeningOption]:
        """Return the targets to choose from, with their states."""
        player = self._player
        chosen = "stream" if self.stream is not None else player.target
        rows = [("auto", "auto", "Automatic: your own machine if it listens, else this one")]
        for each in self._listeners:
            name = one_line(each.name, 40) or "A listener"
            state = one_line(each.trouble, 120) or (
                "connected" if player.to_listener and player.socket == each.path else "listens"
            )
            here = player.target == "listener" and player.socket == each.path
            rows.append(("listener" if here else "", str(each.path), f"{name}: {state}"))
        device = {"device": "its sound device", "silent": "no sound device, silent"}
        kind = self._session.output if self._session.output != "listener" else ""
        command = self.app.studio.settings.player.command
        how = f"your command {command[0]}" if command else device.get(kind or self._found[0], "")
        here_now = f"This machine, {socket.gethostname()}{f': {how}' if how else ''}"
        rows += [("here", "here", here_now), ("off", "off", "Off: time passes in silence")]
        return [
            ListeningOption(f"{'●' if mark and mark == chosen else '○'} {text}", action=action)
            for mark, action, text in rows
        ]

    async def choose(self, action: str) -> None:
        """Send the sound to a target of `listening_options`; the track goes on there."""
        target = action if action in ("auto", "here", "off") else "listener"
        path = Path(action) if target == "listener" else None
        if self.stream is not None:
            self.stop_streaming()
        trouble = await asyncio.to_thread(self._player.choose, target, path)
        if trouble:
            self.app.notify(one_line(trouble, 200), title="The sound stays where it was")
        await self.detect_device()
        self.app.playback.show()

    def start_streaming(self) -> None:
        """Send the sound into a stream, which is served on the loopback interface."""
        from suno_tui.player.stream import Stream

        try:
            port = self.app.studio.settings.player.stream_port
            opened = self.app.studio.library.open_sound
            self.stream = Stream(self._now_playing, port=port, opened=opened)
        except StudioError as error:
            self.app.notify_error(error)
            return
        stream = self.stream
        self._player.send_to(lambda: stream)
        if port not in (0, stream.port):
            self.app.notify_briefly(stream.why)
        if self._session.trouble == one_line(NO_DECODER, 200):
            self.app.notify_briefly(
                "This machine can't decode audio: the stream sends the file itself."
            )
        self.app.playback.show()

    def stop_streaming(self) -> None:
        """End the stream, and send the sound to its usual target."""
        if self.stream is not None:
            stream, self.stream = self.stream, None
            self._player.send_to(None)
            # It may wait for a listener with a slow connection.
            self.app.run_worker(asyncio.to_thread(stream.stop_serving), group="stream")

    def end_stream(self) -> None:
        """End the stream at exit, without waiting for a file that is being decoded."""
        interrupt()
        if self.stream is not None:
            self.stream.stop_serving()

    def _now_playing(self) -> NowPlaying:
        """Return the track that plays; called by the threads of the stream's server."""
        from suno_tui.player.stream import NowPlaying

        session = self._session
        track = session.track
        if track is None:
            return NowPlaying()
        return NowPlaying(
            one_line(session.name, 200), None if session.blind is not None else track.audio
        )


def _command(command: list[str] | None) -> str:
    if command:
        return f"[player] command = {command}"
    return '[player] command = ["ssh", "laptop", "aplay", "-q", "-f", "cd"]'
