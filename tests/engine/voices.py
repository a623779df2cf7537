"""A small statistical voice: two kinds of phones, whose spectra are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np

ORDER, STATES, RATE, ALPHA = 8, 5, 16_000, 0.42
VOWEL = np.array([9.0, 1.2, 0.4, -0.3, 0.2, 0.0, 0.1, 0.0])
OTHER = np.array([7.0, -0.8, 0.3, 0.2, 0.0, 0.1, 0.0, 0.0])
FRAMES = (12.0, 6.0)
"""How long a state of a vowel lasts, and one of another phone."""
HERTZ = 200.0


def _pdf(*tables: np.ndarray) -> bytes:
    counts = np.array([len(t) for t in tables], "<u4").tobytes()
    return counts + b"".join(t.astype("<f4").tobytes() for t in tables)


def _tree(name: str, states: int) -> bytes:
    question = 'QS Vowel { "*-aa+*","*-ah+*","*-iy+*","*-ow+*" }\n'
    blocks = (
        f'{{*}}[{s + 2}]\n{{\n 0 Vowel "{name}_s{s + 2}_2" "{name}_s{s + 2}_1"\n}}\n'
        for s in range(states)
    )
    return (question + "\n".join(blocks)).encode()


def voice_file(path: Path, *, language: str = "ENG", hertz: float = HERTZ) -> Path:
    """Write the voice."""
    deltas = np.zeros(ORDER * 2)
    variances = np.concatenate([np.full(ORDER, 0.01), np.full(ORDER * 2, 0.001)])
    shapes = np.array([np.concatenate([mean, deltas, variances]) for mean in (VOWEL, OTHER)])
    lengths = np.array([[n] * STATES + [1.0] * STATES for n in FRAMES])
    pitches = np.array([[np.log(hertz), 0, 0, 0.1, 0.1, 0.1, 0.9]])
    parts = {
        "DURATION_PDF": [_pdf(lengths)],
        "DURATION_TREE": [_tree("dur", 1)],
        "STREAM_WIN[MCP]": [b"1 1.0\n", b"3 -0.5 0.0 0.5\n", b"3 1.0 -2.0 1.0\n"],
        "STREAM_PDF[MCP]": [_pdf(*[shapes] * STATES)],
        "STREAM_PDF[LF0]": [_pdf(*[pitches] * STATES)],
        "STREAM_TREE[MCP]": [_tree("mcp", STATES)],
        "GV_PDF[MCP]": [_pdf(np.full((1, ORDER * 2), 0.01))],
    }
    places, data = [], b""
    for name, pieces in parts.items():
        spans = []
        for piece in pieces:
            spans.append(f"{len(data)}-{len(data) + len(piece) - 1}")
            data += piece
        places.append(f"{name}:{','.join(spans)}")
    head = f"""[GLOBAL]
HTS_VOICE_VERSION:1.0
SAMPLING_FREQUENCY:{RATE}
FRAME_PERIOD:{RATE // 200}
NUM_STATES:{STATES}
NUM_STREAMS:2
STREAM_TYPE:MCP,LF0
FULLCONTEXT_FORMAT:HTS_TTS_{language}
FULLCONTEXT_VERSION:1.0
[STREAM]
VECTOR_LENGTH[MCP]:{ORDER}
OPTION[MCP]:ALPHA={ALPHA}
[POSITION]
"""
    path.write_bytes(f"{head}{chr(10).join(places)}\n[DATA]\n".encode() + data)
    return path
