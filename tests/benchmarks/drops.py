"""Drop the connection to a listener again and again: `python -m tests.benchmarks.drops [COUNT]`.

Two network namespaces, a real sshd, pieces of music that follow each other. At a random moment
ssh is killed, the cable is pulled and mended, or the laptop sleeps; then the laptop connects again,
if it has to. At the end the recording must be the music without a gap, and nothing may be left
behind.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections import Counter
from random import Random

import numpy as np

from tests.listener.network import RATE, Machines, noise
from tests.player.recorder import reference
from tests.terminal import wait_for

_SECONDS = 30.0


def drop(machines: Machines, command: object, how: str, chance: Random) -> None:
    if how == "kill":
        machines.kill(command)  # type: ignore[arg-type]
        time.sleep(chance.uniform(0, 1))
    elif how == "cable":
        machines.network.cut()
        time.sleep(chance.uniform(0, 2))
        machines.network.mend()
    else:
        number = machines.listener()
        assert number is not None
        os.kill(number, signal.SIGSTOP)
        time.sleep(chance.uniform(0, 2))
        os.kill(number, signal.SIGCONT)


def main(count: int) -> int:
    chance = Random(23)
    machines = Machines()
    done: Counter[str] = Counter()
    try:
        songs = [noise(machines.folder / f"{at}.mp3", _SECONDS, at) for at in range(12)]
        paths = [str(song) for song in songs]
        place = 0
        command = machines.listen()
        studio = machines.studio()
        studio("volume=", 100)
        studio("load", songs[0])
        studio("follow", *songs[1:])
        wait_for(lambda: studio("whole"), "the music to be there", 300)
        wait_for(lambda: all(studio("pushed", song) for song in songs[:4]), "the next ones", 300)
        studio("play")
        for at in range(count):
            time.sleep(chance.uniform(0, 1))
            how = chance.choice(["kill", "cable", "sleep"])
            drop(machines, command, how, chance)
            if how == "kill":
                command = machines.listen()
            wait_for(lambda: not studio("find") and studio("connected"), "the studio to follow")
            before, place = place, paths.index(studio("path"))
            assert place in (before, before + 1), (before, place)
            assert studio("playing")
            studio("follow", *songs[place + 1 :])  # as a studio does each second
            done[how] += 1
            print(f"\r{at + 1}", end="", flush=True)
        position = studio("position")
        studio("pause")
        time.sleep(2)
        recorded = machines.recorded()
        sounding = recorded[recorded.any(axis=1)]
        expected = np.concatenate([reference(song.read_bytes()) for song in songs[: place + 1]])
        expected = expected[expected.any(axis=1)][: len(sounding)]
        same = np.array_equal(sounding, expected)
        print(f"\n{dict(done)}: {len(sounding) / RATE:.1f} s played, the same as here: {same}")
        print(
            f"track {place + 1}, {position:.1f} s of it; sockets at the host: {machines.sockets()}"
        )
        studio("unload")
        studio.close()
        clean = same and len(machines.sockets()) <= 1
    finally:
        machines.close()
    try:
        wait_for(lambda: not machines.processes(), "all processes to end", 60)
    finally:
        print(f"processes that are left: {machines.processes()}")
    return 0 if clean else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100))
