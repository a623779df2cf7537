"""Sequences that reach a user who looks elsewhere: bell, desktop notification, window title."""

from __future__ import annotations

from collections.abc import Mapping

from suno_tui.common.text import clean


def notification(title: str, text: str, how: str, env: Mapping[str, str]) -> str:
    """Return what to send: nothing for `off`, a bell for `bell`, OSC 9 and 777 for `terminal`.

    Inside tmux the sequences are wrapped to pass through it, which needs `allow-passthrough`; tmux
    passes the bell on by itself.
    """
    if how == "off":
        return ""
    if how == "bell":
        return "\a"
    plain = clean(f"{title}: {text}").replace(";", ",")
    head, body = clean(title).replace(";", ","), clean(text).replace(";", ",")
    sequences = f"\x1b]9;{plain[:200]}\a", f"\x1b]777;notify;{head[:80]};{body[:200]}\a"
    return "".join(wrap(sequence, env) for sequence in sequences) + "\a"


def wrap(sequence: str, env: Mapping[str, str]) -> str:
    """Wrap a sequence so that it passes through tmux, if tmux is running."""
    if "TMUX" not in env:
        return sequence
    return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"


SAVE_TITLE = "\x1b[22;2t"
RESTORE_TITLE = "\x1b[23;2t"


def window_title(text: str) -> str:
    """Return the sequence that sets the title of the terminal's window."""
    return f"\x1b]2;{clean(text)[:120]}\a"
