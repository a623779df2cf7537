"""Cut machines of a cluster off for a while: `sudo python -m tests.benchmarks.partitions`.

Server, scheduler, two machines with render workers, and the object storage are processes in network
namespaces of their own, joined by a bridge. Each is cut off in turn, for 12 s and for 40 s (a
connection is taken for dead after 30 s), by letting its packets vanish, while songs come in; then
one of each kind is killed. Every task must be completed or refunded once, with the bytes that one
machine makes. Ten minutes; needs root on Linux.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path

import httpx

from tests.benchmarks.cluster import sleep_take
from tests.server.cluster import ROOT, Cluster
from tests.server.conftest import until
from tests.server.server_process import ServerProcess

PLACES = {
    name: f"10.213.7.{n}" for n, name in enumerate(("server", "scheduler", "one", "two", "s3"), 1)
}
HERE = "10.213.7.254"
BRIDGE = "suno-br"
CUTS = (12, 40)
SONGS_EACH = 15
WAIT = 300
make_take = partial(sleep_take, seconds=1.0)


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


def inside(place: str) -> list[str]:
    return ["ip", "netns", "exec", f"suno-{place}"]


@contextmanager
def networks() -> Iterator[None]:
    """Make the namespaces and the bridge; remove them in the end."""
    with ExitStack() as undo:
        ip("link", "add", BRIDGE, "type", "bridge")
        undo.callback(ip, "link", "del", BRIDGE)
        ip("addr", "add", f"{HERE}/24", "dev", BRIDGE)
        ip("link", "set", BRIDGE, "up")
        for place, address in PLACES.items():
            ip("netns", "add", f"suno-{place}")
            undo.callback(ip, "netns", "del", f"suno-{place}")
            ip(
                "link",
                "add",
                f"s-{place}",
                "type",
                "veth",
                "peer",
                "name",
                "eth0",
                "netns",
                f"suno-{place}",
            )
            ip("link", "set", f"s-{place}", "master", BRIDGE, "up")
            for words in (
                ("addr", "add", f"{address}/24", "dev", "eth0"),
                ("link", "set", "eth0", "up"),
                ("link", "set", "lo", "up"),
            ):
                ip("-n", f"suno-{place}", *words)
        yield


@contextmanager
def cut_off(place: str) -> Iterator[None]:
    """Let all packets from and to a place vanish meanwhile."""
    ip("link", "set", f"s-{place}", "nomaster")
    try:
        yield
    finally:
        ip("link", "set", f"s-{place}", "master", BRIDGE)


@contextmanager
def object_storage(folder: Path) -> Iterator[None]:
    url = f"http://{PLACES['s3']}:5000"
    command = [*inside("s3"), sys.executable, "-m", "moto.server", "-H", "0.0.0.0", "-p", "5000"]
    with (folder / "s3.log").open("w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT)

    def is_there() -> bool:
        with suppress(httpx.TransportError):
            return httpx.put(f"{url}/songs", trust_env=False).is_success
        return False

    try:
        until(is_there, WAIT)
        os.environ |= {
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "us-east-1",
        }
        yield
    finally:
        server.kill()
        server.wait()


def main() -> None:
    names = iter(range(10**6))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        stack.enter_context(networks())
        stack.enter_context(object_storage(folder))
        cluster = Cluster(folder, 2, host=PLACES["scheduler"], port=8786, inside=inside)
        stack.callback(cluster.close)
        cluster.start_scheduler()
        for machine in ("one", "two"):
            cluster.start_workers(machine)
        server = ServerProcess(
            folder,
            cluster,
            make="tests.benchmarks.partitions:make_take",
            host=PLACES["server"],
            inside=inside("server"),
        )
        stack.callback(server.kill)
        stack.callback(lambda: print(*server.warnings(), sep="\n"))

        def all_ended() -> bool:
            time.sleep(0.2)  # to look at the books costs time that the others need
            return server.all_ended()

        def send() -> None:
            for _ in range(SONGS_EACH):
                server.create(str(next(names)))

        send()
        server.await_an_end(WAIT)
        for seconds in CUTS:
            for place in PLACES:
                send()
                before, begun = server.ended(), time.monotonic()
                with cut_off(place):
                    time.sleep(seconds)
                    during = server.ended() - before
                if place != "server":
                    send()
                until(all_ended, WAIT)
                took = time.monotonic() - begun - seconds
                print(f"{place:9} cut off for {seconds} s: {during} tasks ended meanwhile, "
                      f"all others {took:.0f} s after", flush=True)  # fmt: skip
        for what in (cluster.kill_a_worker, cluster.restart_scheduler, server.restart):
            send()
            server.await_an_end(WAIT)
            what()
        until(all_ended, WAIT)
        lost = server.check()
        print(f"{len(server.tasks)} tasks are completed or refunded once; {lost} lost files")


if __name__ == "__main__":
    main()
