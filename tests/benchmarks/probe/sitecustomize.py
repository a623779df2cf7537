"""Tell what a process holds. With this folder in PYTHONPATH and `SUNO_TUI_PROBE` a folder, it
writes there, every few seconds and under its number, the bytes that are in use in the C heap and
the blocks that Python has given out.

The memory that the system counts is more: pages of the heap that are free but not given back.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
import time
from pathlib import Path

SECONDS = 4


class _Mallinfo(ctypes.Structure):
    """`struct mallinfo2` of glibc (mallinfo(3))."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    ]


def _write(folder: Path) -> None:
    mallinfo = ctypes.CDLL(None).mallinfo2
    mallinfo.restype = _Mallinfo
    while True:
        found = mallinfo()
        new = folder / f".{os.getpid()}"
        new.write_text(f"{found.uordblks + found.hblkhd} {sys.getallocatedblocks()}")
        new.replace(folder / str(os.getpid()))
        time.sleep(SECONDS)


if folder := os.environ.get("SUNO_TUI_PROBE"):
    threading.Thread(target=_write, args=[Path(folder)], daemon=True).start()
