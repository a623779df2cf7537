"""Where do I hear this? The sound follows the listener, who may sit at the other end of SSH."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, NamedTuple

from suno_tui.errors import StudioError
from suno_tui.media.files import interrupt
from suno_tui.player.sound import NO_DECODER
from suno_tui.tui.sound.comparing import Comparing
from suno_tui.tui.text import one_line

if TYPE_CHECKING:
    from suno_tui.player.stream import Now, Stream


class Way(NamedTuple):
    """A line of the dialog: a command to copy, an action, or (neither) a heading."""

    label: str
    text: str = ""
    action: str = ""


class Whereabouts(Comparing):
    """Where the sound goes; a part of the app."""

    stream: Stream | None = None
    _found = ("", "")
    """Kind and sentence of the machine's output, where nothing was played yet."""

    def action_where(self) -> None:
        from suno_tui.tui.sound.where_dialog import WhereDialog

        self.push_screen(WhereDialog())

    async def find_out_where(self) -> None:
        """Look for a device, where none was opened so far."""
        from suno_tui.player.output import open_output

        if not self.deck.output and not self._found[0] and not self.studio.settings.player.command:
            output = await asyncio.to_thread(open_output)
            await asyncio.to_thread(output.close)
            self._found = output.kind, output.why

    def where_it_goes(self) -> str:
        """In a sentence or two."""
        from suno_tui.player.afar import Line

        line = Line.of(self.studio.env)
        if self.stream is not None:
            count = self.stream.listeners
            who = {0: "Nobody listens yet.", 1: "One listens."}.get(count, f"{count} listen.")
            return f"The sound goes into the stream, and nowhere else. {who}"
        kind, why = self._found
        if self.deck.output:
            kind, why = self.deck.output, self.deck.why
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
        from suno_tui.player.afar import Line

        line, track = Line.of(self.studio.env), self.deck.track or self.main.library.track
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
        if track is not None and self.deck.blind is None:
            ways += [
                Way(f"Take the file along: {one_line(track.name, 40)} {track.take}"),
                Way("on your machine", line.fetch(track.audio)),
                Way("its path here", str(track.audio)),
            ]
        command = self.studio.settings.player.command
        ways += [
            Way("A command of your own, which is handed the sound"),
            Way("in config.toml", _command(command)),
        ]
        return ways

    def start_streaming(self) -> None:
        """Let the sound go into a stream, and serve it on the loopback interface."""
        from suno_tui.player.stream import Stream

        try:
            port = self.studio.settings.player.stream_port
            opened = self.studio.library.open_sound
            self.stream = Stream(self._now_playing, port=port, opened=opened)
        except StudioError as error:
            self.tell_error(error)
            return
        stream = self.stream
        self.studio.player.send_to(lambda: stream)
        if self.deck.trouble == one_line(NO_DECODER, 200):
            self.say("Nothing can be decoded here: the stream hands out the file itself.")
        self.show_sound()

    def stop_streaming(self) -> None:
        """Let the sound go where it goes usually."""
        if self.stream is not None:
            stream, self.stream = self.stream, None
            self.studio.player.send_to(None)
            # It may wait for a listener on a slow line.
            self.run_worker(asyncio.to_thread(stream.shut), group="stream")

    def end_stream(self) -> None:
        """The studio ends, and waits for no file that is being decoded."""
        interrupt()
        if self.stream is not None:
            self.stream.shut()

    def _now_playing(self) -> Now:
        """Asked by the threads of the stream's server."""
        from suno_tui.player.stream import Now

        deck = self.deck
        track = deck.track
        if track is None:
            return Now()
        return Now(one_line(deck.name, 200), None if deck.blind is not None else track.audio)


def _command(command: list[str] | None) -> str:
    if command:
        return f"[player] command = {command}"
    return '[player] command = ["ssh", "laptop", "aplay", "-q", "-f", "cd"]'
