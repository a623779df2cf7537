"""Speech of espeak-ng's library: the samples, and the moment of each phone.

The program gives no times, so its library is called. Its speech depends on earlier lines, so each
line is spoken by a separate process, which runs this file.
"""

from __future__ import annotations

import ctypes
import json
import subprocess
import sys
from typing import Any

_SECONDS = 5.0  # after which a line is given up

_NAMES = (
    "libespeak-ng.so.1",
    "libespeak-ng.1.dylib",
    "/opt/homebrew/lib/libespeak-ng.1.dylib",
    "/usr/local/lib/libespeak-ng.1.dylib",
)
_PEOPLE = {"f": b"en-us+f2", "m": b"en-us"}
_PHONES = {
    "AA": "A:", "AE": "a", "AH": "V", "AO": "O:", "AW": "aU", "AY": "aI", "EH": "E", "ER": "3:",
    "EY": "eI", "IH": "I", "IY": "i:", "OW": "oU", "OY": "OI", "UH": "U", "UW": "u:",
    "P": "p", "B": "b", "T": "t", "D": "d", "K": "k", "G": "g", "CH": "tS", "JH": "dZ", "F": "f",
    "V": "v", "TH": "T", "DH": "D", "S": "s", "Z": "z", "SH": "S", "ZH": "Z", "HH": "h",
    "M": "m", "N": "n", "NG": "N", "L": "l", "R": "r", "W": "w", "Y": "j",
}  # fmt: skip
_VOWELS = frozenset(list(_PHONES)[:15])
# From speak_lib.h
_SYNCHRONOUS, _PHONE_EVENTS, _RETURN_ERRORS = 2, 0x1, 0x8000
_UTF8, _AS_PHONES, _RATE = 0x1, 0x100, 1
_END, _PHONE = 0, 7
_WORDS_A_MINUTE = 140


class _Id(ctypes.Union):
    _fields_ = (("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique", ctypes.c_uint),
        ("position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("milliseconds", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user", ctypes.c_void_p),
        ("id", _Id),
    )


_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


def speak(sounds: tuple[str, ...], gender: str) -> tuple[list[float], bytes, int]:
    """Speak phones (ARPAbet); return the seconds of their borders, samples and rate.

    Samples are 16 bits, mono. Raises `ValueError` if it can't speak them, or speaks others.
    """
    if not all(sound in _PHONES for sound in sounds):
        raise ValueError
    marked = (("'" if sound in _VOWELS else "") + _PHONES[sound] for sound in sounds)
    command = [sys.executable, "-I", "-S", __file__, gender, f"[[{' '.join(marked)}]]"]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise ValueError from error
    head, _, samples = done.stdout.partition(b"\n")
    told = json.loads(head)
    rate, phones = told["rate"], told["phones"]
    count = len(sounds)
    if [name for _, name in phones[:count]] != [_PHONES[sound] for sound in sounds]:
        raise ValueError
    end = phones[count][0] if len(phones) > count else len(samples) // 2
    return [at / rate for at in (*(at for at, _ in phones[:count]), end)], samples, rate


def _library() -> tuple[Any, int]:
    """Return the initialised library and its rate in Hz."""
    for name in _NAMES:
        try:
            found: Any = ctypes.CDLL(name)
        except OSError:
            continue
        rate = found.espeak_Initialize(_SYNCHRONOUS, 0, None, _PHONE_EVENTS | _RETURN_ERRORS)
        if rate > 0:
            return found, int(rate)
    sys.exit(1)


def main(gender: str, text: str) -> None:
    """Speak espeak's phones; write a line of JSON with the times, and the samples, to stdout."""
    espeak, rate = _library()
    samples: list[bytes] = []
    phones: list[tuple[int, str]] = []

    def collect(wave: Any, count: int, events: Any) -> int:
        if wave and count > 0:
            samples.append(ctypes.string_at(wave, count * 2))
        i = 0
        while events[i].type != _END:
            if events[i].type == _PHONE:
                phones.append((events[i].sample, events[i].id.string.decode("utf-8", "replace")))
            i += 1
        return 0

    callback = _CALLBACK(collect)
    espeak.espeak_SetSynthCallback(callback)
    espeak.espeak_SetParameter(_RATE, _WORDS_A_MINUTE, 0)
    said = text.encode() + b"\0"
    flags = _UTF8 | _AS_PHONES
    if espeak.espeak_SetVoiceByName(_PEOPLE[gender]) or espeak.espeak_Synth(
        said, len(said), 0, 1, 0, flags, None, None
    ):
        sys.exit(1)
    espeak.espeak_Synchronize()
    head = json.dumps({"rate": rate, "phones": phones}).encode()
    sys.stdout.buffer.write(head + b"\n" + b"".join(samples))


if __name__ == "__main__":
    main(*sys.argv[1:])
