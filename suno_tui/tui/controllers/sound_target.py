"""Where do I hear this? The sound follows the listener, who may sit at the other end of SSH."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, NamedTuple

from suno_tui.common.errors import StudioError
from suno_tui.media.files import interrupt
from suno_tui.player.sound import NO_DECODER
from suno_tui.tui.widgets.content import one_line

if TYPE_CHECKING:
    from suno_tui.player.stream import NowPlaying, Stream
    from suno_tui.tui.context import Context
    from suno_tui.tui.playback.session import PlaybackSession


class Way(NamedTuple):
    """A line of the dialog: a command to copy, an action, or (neither) a heading."""

    label: str
    text: str = ""
    action: str = ""


class SoundTarget:
    """Where the sound goes: this machine's device, a stream on the loopback, or a command."""

    def __init__(self, app: Context) -> None:
        self.app = app
        self.stream: Stream | None = None
        self._found = ("", "")
        """Kind and sentence of the machine's output, where nothing was played yet."""

    @property
    def _session(self) -> PlaybackSession:
        return self.app.playback.session

    async def find_out(self) -> None:
        """Look for a device, where none was opened so far."""
        from suno_tui.player.output import open_output

        command = self.app.studio.settings.player.command
        if not self._session.output and not self._found[0] and not command:
            output = await asyncio.to_thread(open_output)
            await asyncio.to_thread(output.close)
            self._found = output.kind, output.why

    def describe(self) -> str:
        """In a sentence or two."""
        from suno_tui.player.ssh_commands import SshCommands

        line = SshCommands.of(self.app.studio.env)
        if self.stream is not None:
            count = self.stream.listeners
            who = {0: "Nobody listens yet.", 1: "One listens."}.get(count, f"{count} listen.")
            return f"The sound goes into the stream, and nowhere else. {who}"
        kind, why = self._found
        if self._session.output:
            kind, why = self._session.output, self._session.why
        if kind == "device":
            here = f"The sound comes out of this machine, {socket.gethostname()}. {why}"
            if line.client:
                here += f"\nYou are here over SSH from {line.client}: hear it there by these ways."
            return here
        if kind == "silent":
            return (
                f"This machine, {socket.gethostname()}, has no sound device: time passes, and "
                "nothing is heard. It can be heard where you are:"
            )
        return why or "The sound device was not opened yet."

    def ways(self) -> list[Way]:
        """What can be done to hear it."""
        from suno_tui.player.ssh_commands import SshCommands

        line = SshCommands.of(self.app.studio.env)
        track = self._session.track or self.app.tracks.current
        ways = [Way("Stream what plays: heard where you are")]
        if self.stream is None:
            ways.append(Way("Start the stream", action="stream"))
        else:
            url = self.stream.url
            ways += [
                Way("on your machine", line.tunnel(self.stream.port)),
                Way("then open there", url),
                Way("or without browser", f"mpv --profile=low-latency {url}live.mp3"),
                Way("Stop the stream", action="stream"),
            ]
        if track is not None and self._session.blind is None:
            ways += [
                Way(f"Take the file along: {one_line(track.name, 40)} {track.take}"),
                Way("on your machine", line.fetch(track.audio)),
                Way("its path here", str(track.audio)),
            ]
        command = self.app.studio.settings.player.command
        ways += [
            Way("A command of your own, which is handed the sound"),
            Way("in config.toml", _command(command)),
        ]
        return ways

    def start_streaming(self) -> None:
        """Let the sound go into a stream, and serve it on the loopback interface."""
        from suno_tui.player.stream import Stream

        try:
            port = self.app.studio.settings.player.stream_port
            opened = self.app.studio.library.open_sound
            self.stream = Stream(self._now_playing, port=port, opened=opened)
        except StudioError as error:
            self.app.tell_error(error)
            return
        stream = self.stream
        self.app.studio.player.send_to(lambda: stream)
        if port not in (0, stream.port):
            self.app.say(stream.why)
        if self._session.trouble == one_line(NO_DECODER, 200):
            self.app.say("Nothing can be decoded here: the stream hands out the file itself.")
        self.app.playback.show()

    def stop_streaming(self) -> None:
        """Let the sound go where it goes usually."""
        if self.stream is not None:
            stream, self.stream = self.stream, None
            self.app.studio.player.send_to(None)
            # It may wait for a listener on a slow line.
            self.app.run_worker(asyncio.to_thread(stream.stop_serving), group="stream")

    def end_stream(self) -> None:
        """The studio ends, and waits for no file that is being decoded."""
        interrupt()
        if self.stream is not None:
            self.stream.stop_serving()

    def _now_playing(self) -> NowPlaying:
        """Asked by the threads of the stream's server."""
        from suno_tui.player.stream import NowPlaying

        deck = self._session
        track = deck.track
        if track is None:
            return NowPlaying()
        return NowPlaying(one_line(deck.name, 200), None if deck.blind is not None else track.audio)


def _command(command: list[str] | None) -> str:
    if command:
        return f"[player] command = {command}"
    return '[player] command = ["ssh", "laptop", "aplay", "-q", "-f", "cd"]'
