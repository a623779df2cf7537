"""Drop the connection to a listener again and again: `python -m tests.benchmarks.drops [COUNT]`.

Two network namespaces, a real sshd, one long piece of music. At a random moment ssh is killed, the
cable is pulled and mended, or the laptop sleeps; then the laptop connects again, if it has to. At
the end the recording must be the music without a gap, and nothing may be left behind.
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
        song = noise(machines.folder / "song.mp3", 900, 1)
        command = machines.listen()
        studio = machines.studio()
        studio("volume=", 100)
        studio("load", song)
        wait_for(lambda: studio("whole"), "the music to be there", 300)
        studio("play")
        for at in range(count):
            time.sleep(chance.uniform(0, 1))
            how = chance.choice(["kill", "cable", "sleep"])
            drop(machines, command, how, chance)
            if how == "kill":
                command = machines.listen()
            wait_for(lambda: not studio("find") and studio("connected"), "the studio to follow")
            assert studio("path") == str(song)
            assert studio("playing")
            done[how] += 1
            print(f"\r{at + 1}", end="", flush=True)
        position = studio("position")
        studio("pause")
        time.sleep(2)
        recorded = machines.recorded()
        sounding = recorded[recorded.any(axis=1)]
        expected = reference(song.read_bytes())
        expected = expected[expected.any(axis=1)][: len(sounding)]
        same = np.array_equal(sounding, expected)
        print(f"\n{dict(done)}: {len(sounding) / RATE:.1f} s played, the same as here: {same}")
        print(f"the studio said {position:.1f} s; sockets at the host: {machines.sockets()}")
        studio("unload")
        studio.close()
        return 0 if same and len(machines.sockets()) <= 1 else 1
    finally:
        machines.close()


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100))
