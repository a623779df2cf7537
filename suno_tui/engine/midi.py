"""A score as a Standard MIDI File, to open in any sequencer."""

from __future__ import annotations

import struct

from suno_tui.engine.score import Score

_TICKS = 480
_DRUMS = {
    "kick": 36,
    "snare": 38,
    "clap": 39,
    "rim": 37,
    "hat": 42,
    "open": 46,
    "crash": 49,
    "ride": 51,
    "tom1": 48,
    "tom2": 45,
    "tom3": 41,
    "shaker": 70,
    "tambourine": 54,
    "conga": 63,
    "clave": 75,
    "cowbell": 56,
    "timbale": 65,
    "taiko": 41,
    "brush": 40,
}


def score_to_midi(score: Score) -> bytes:
    """Return a file of format 1, 480 ticks a beat: tempo and form, a track a player, the voice.

    The voice carries its lyrics line by line; drums are on channel 10 with General MIDI numbers.
    """
    from suno_tui.engine.synth.instruments import INSTRUMENTS

    tracks = [_conductor(score)]
    channels = [c for c in range(16) if c != 9]
    for channel, part in zip(channels, score.parts, strict=False):
        events: list[tuple[int, bytes]] = [
            (0, _meta(3, f"{part.role}: {part.instrument}")),
            (0, bytes([0xC0 | channel, INSTRUMENTS[part.instrument].program])),
        ]
        for note in part.notes:
            events += _note(channel, note.start, note.length, note.pitch, note.velocity)
        tracks.append(_track(events))
    if score.hits:
        events = [(0, _meta(3, "drums"))]
        for hit in score.hits:
            events += _note(9, hit.start, 0.1, _DRUMS[hit.drum], hit.velocity)
        tracks.append(_track(events))
    if score.lines:
        channel = channels[min(len(score.parts), 14)]
        events = [(0, _meta(3, "voice")), (0, bytes([0xC0 | channel, 53]))]
        for line in score.lines:
            events.append((_at(line.start), _meta(5, line.text + "\n")))
            for sung in line.notes:
                for start, length, pitch in sung.pieces:
                    events += _note(channel, start, length, pitch, sung.velocity)
        tracks.append(_track(events))
    return struct.pack(">4sIHHH", b"MThd", 6, 1, len(tracks), _TICKS) + b"".join(tracks)


def _conductor(score: Score) -> bytes:
    tempo = round(60_000_000 / score.bpm)
    events = [
        (0, b"\xff\x51\x03" + tempo.to_bytes(3, "big")),
        (0, bytes([0xFF, 0x58, 4, score.beats_per_bar, 2, 24, 8])),
    ]
    events += [
        (_at(float(s.start_bar * score.beats_per_bar)), _meta(6, s.name)) for s in score.sections
    ]
    return _track(events)


def _at(beat: float) -> int:
    return max(0, round(beat * _TICKS))


def _note(
    channel: int,
    start: float,
    length: float,
    pitch: int,
    velocity: float,
) -> list[tuple[int, bytes]]:
    begin = _at(start)
    pitch = min(127, max(0, pitch))
    strength = min(127, max(1, round(velocity * 110)))
    return [
        (begin, bytes([0x90 | channel, pitch, strength])),
        (max(begin + 1, _at(start + length)), bytes([0x80 | channel, pitch, 0])),
    ]


def _meta(kind: int, text: str) -> bytes:
    data = text.encode("utf-8", "replace")[:500]
    return bytes([0xFF, kind]) + _length(len(data)) + data


def _length(value: int) -> bytes:
    """Return a variable-length quantity."""
    out = [value & 0x7F]
    while value := value >> 7:
        out.append(0x80 | value & 0x7F)
    return bytes(reversed(out))


def _track(events: list[tuple[int, bytes]]) -> bytes:
    """Return a track's chunk; at the same tick, notes end before others begin."""
    order = sorted(events, key=lambda e: (e[0], e[1][0] & 0xF0 != 0x80, e[1][0] < 0xC0))
    body = bytearray()
    now = 0
    for tick, data in order:
        body += _length(tick - now) + data
        now = tick
    body += b"\x00\xff\x2f\x00"
    return b"MTrk" + struct.pack(">I", len(body)) + bytes(body)
