"""The command lines of ssh, and what a host answers."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from suno_tui.common.errors import UsageError
from suno_tui.listener.ssh import (
    Ssh,
    Target,
    answer_in,
    has_shared_connection,
    parse,
    remote_command,
)

OURS = Path("/run/user/1000/suno-tui/own.sock")


def test_options_of_ssh_the_host_and_the_studios_arguments() -> None:
    words = ["-4Cp", "22", "-J", "jump", "-oUser=x", "me@host", "--", "library", "-p"]
    assert parse(words) == Target(words[:5], "me@host", ["library", "-p"])
    assert parse(["host"]) == Target([], "host", [])


@pytest.mark.parametrize("words", [[], ["-p", "22"], ["--", "x"], ["host", "ls"]])
def test_words_without_a_host_or_with_a_command_are_wrong(words: list[str]) -> None:
    with pytest.raises(UsageError):
        parse(words)


def test_the_users_own_options_come_first() -> None:
    ssh = Ssh(parse(["-o", "ServerAliveInterval=5", "host"]), Path("/run/c1"))
    line = ssh.studio(["suno-tui"], OURS, "/run/x.sock")
    assert line[:3] == ["ssh", "-o", "ServerAliveInterval=5"]
    assert "ControlPath=/run/c1" in line
    assert f"/run/x.sock:{OURS}" in line
    assert line[-3:-1] == ["--", "host"]


def test_a_connection_that_the_user_shares_is_used() -> None:
    assert has_shared_connection("controlmaster auto\ncontrolpath ~/.ssh/%C\n")
    assert not has_shared_connection("controlmaster false\n")
    assert not has_shared_connection("controlpath none\n")
    line = Ssh(parse(["host"]), None).probe(["suno-tui"])
    assert not [word for word in line if word.startswith("Control")]


def test_the_command_there_keeps_its_exit_code_and_removes_its_socket(tmp_path: Path) -> None:
    forwarded = tmp_path / "it's a.sock"
    forwarded.touch()
    words = ["sh", "-c", 'echo "$COLORTERM $0"; exit 7', "a b'c"]
    line = remote_command(words, socket=str(forwarded))
    for shell in ("sh", "bash"):
        done = subprocess.run(
            [shell, "-c", line], env={"LC_COLORTERM": "truecolor", "PATH": "/usr/bin:/bin"},
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert (done.returncode, done.stdout) == (7, "truecolor a b'c\n")
        assert not forwarded.exists()


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ('Welcome!\n{"listeners": "/run/st", "program": "1.2"}\n', ("/run/st", "1.2", 0)),
        ('{"listeners": "/a", "program": 5, "protocol": 1, "oldest": 1}', ("/a", "5", 0)),
        ('{"listeners": "/a", "protocol": 0}', ("/a", "", -1)),
        ('{"listeners": "/a", "protocol": 9}', ("/a", "", 0)),
        ('{"listeners": "/a", "protocol": 9, "oldest": 9}', ("/a", "", 1)),
        ('{"listeners": "/a", "protocol": "9", "oldest": null}', ("/a", "", 0)),
        ('{"listeners": "relative"}', None),
        ('{"listeners": "/a:/b"}', None),
        ('{"listeners": ["/a"]}', None),
        ("[]\n1\nnot found", None),
    ],
)
def test_what_a_host_answers(text: str, answer: tuple[str, str, int] | None) -> None:
    assert answer_in(text) == answer
