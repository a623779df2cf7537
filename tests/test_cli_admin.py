"""A service of one's own: `suno-tui serve`, its admin, and the studio as its client."""

from __future__ import annotations

import contextlib
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from suno_tui.common.paths import Home
from tests.command import SUNO_TUI, environment, json_lines, suno_tui


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, str, Path]]:
    """A server process: its base URL, its first key, and its home."""
    home = tmp_path / "served"
    home.mkdir()
    (home / "config.toml").write_text("[local]\ntarget_seconds = 6\n")
    server = subprocess.Popen(
        [*SUNO_TUI, "serve", "--port", "0", "--credits", "48"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment({"SUNO_TUI_HOME": str(home)}),
    )
    assert server.stdout is not None
    with server:
        said = server.stdout.readline() + server.stdout.readline()
        url = re.search(r"http://127\.0\.0\.1:\d+", said)
        key = re.search(r"sk-\S+", said)
        assert url and key, said
        yield url[0], key[0], home
        server.send_signal(signal.SIGTERM)
        _, errors = server.communicate(timeout=30)
    assert server.returncode == 0
    assert "Traceback" not in errors
    assert key[0] not in errors


def test_the_studio_is_a_client_of_a_served_provider(
    home: Home, served: tuple[str, str, Path]
) -> None:
    url, key, folder = served
    env = {"SUNO_TUI_BASE_URL": url, "SUNO_TUI_API_KEY": key}
    done = suno_tui("generate", "a short tune", "--instrumental", "--json", env=env)
    assert done.returncode == 0, done.stderr
    (task,) = json_lines(done.stdout)
    assert (task["provider"], len(task["tracks"])) == ("hosted", 2)
    (balance,) = json_lines(suno_tui("credits", "--json", env=env).stdout)
    assert balance == {
        "provider": "hosted",
        "balance": 24,
        "total_purchased": 48,
        "total_consumed": 24,
    }
    (charge,) = json_lines(suno_tui("spent", "--json").stdout)
    assert (charge["credits"], charge["state"]) == (24, "charged")
    assert "24 credits, $0.12" in suno_tui("spent").stdout

    # The second one fits the balance, the third is held with the reason, and nothing is lost.
    assert suno_tui("generate", "another", "--instrumental", env=env).returncode == 0
    refused = suno_tui("generate", "one too many", "--instrumental", "--json", env=env)
    assert refused.returncode == 3
    (held,) = json_lines(refused.stdout)
    assert (held["status"], held["hold"]["code"]) == ("queued", "insufficient_credits")

    own = {"SUNO_TUI_HOME": str(folder)}
    assert "balance 24" in suno_tui("admin", "keys", "top-up", "first", "24", env=own).stdout
    assert suno_tui("work", env=env).returncode == 0
    assert len(json_lines(suno_tui("library", "--json").stdout)) == 6
    audit = suno_tui("admin", "audit", "--json", env=own)
    assert audit.returncode == 0
    (books,) = json_lines(audit.stdout)
    assert (books["purchased"], books["balance"], books["consumed"]) == (72, 0, 72)
    for file in home.data.rglob("*"):
        assert not file.is_file() or key.encode() not in file.read_bytes(), file


def test_keys_and_models_are_the_owners(served: tuple[str, str, Path]) -> None:
    url, _, folder = served
    env = {"SUNO_TUI_HOME": str(folder)}

    def admin(*arguments: str) -> subprocess.CompletedProcess[str]:
        return suno_tui("admin", *arguments, env=env)

    def create(key: str, model: str = "suno-v5_5") -> tuple[int, str]:
        answer = httpx.post(
            f"{url}/v1/music/generations",
            json={"model": model, "input": {"prompt": "x"}},
            headers={"Authorization": f"Bearer {key}"},
        )
        return answer.status_code, answer.json().get("error", {}).get("code", "")

    key = admin("keys", "add", "band", "--credits", "240", "--hour", "0").stdout.strip()
    assert create(key) == (429, "spend_limit_exceeded")
    assert admin("keys", "limit", "band", "--hour", "-1", "--allow", "10.0.0.0/8").returncode == 0
    assert create(key) == (403, "ip_not_allowed")
    assert admin("keys", "limit", "band", "--allow", "").returncode == 0
    assert admin("models", "off", "suno-v5").returncode == 0
    assert create(key, "suno-v5") == (404, "model_not_found")
    assert admin("users", "ban", "band").returncode == 0
    assert create(key) == (401, "invalid_api_key")
    assert admin("users", "unban", "band").returncode == 0
    assert admin("keys", "disable", "band").returncode == 0
    assert create(key) == (401, "invalid_api_key")
    assert "disabled" in admin("keys", "list").stdout
    (first, band) = json_lines(admin("keys", "list", "--json").stdout)
    assert (first["name"], band["name"], band["disabled"]) == ("first", "band", True)
    assert key not in admin("keys", "list", "--json").stdout
    for wrong in (["keys", "disable", "nobody"], ["models", "on", "x"], ["keys", "add", "band"]):
        done = admin(*wrong)
        assert done.returncode == 2
        assert done.stderr.startswith("suno-tui: ")


@contextlib.contextmanager
def serving(home: Path, *arguments: str, **env: str) -> Iterator[tuple[str, str, list[str]]]:
    """A server process: its base URL, what it says on stderr before it begins, and on stdout."""
    with (
        (home / "stderr").open("w") as errors,
        subprocess.Popen(
            [*SUNO_TUI, "serve", "--port", "0", "--credits", "48", *arguments],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=environment({"SUNO_TUI_HOME": str(home), **env}),
        ) as server,
    ):
        assert server.stdout is not None
        first = server.stdout.readline()
        assert first.startswith("Serving on http"), (home / "stderr").read_text()
        said = [server.stdout.readline()]
        try:
            yield first.split()[-1], (home / "stderr").read_text(), said
        finally:
            server.send_signal(signal.SIGTERM)
            said += server.communicate(timeout=30)[0].splitlines()


def balance(url: str, key: str) -> int:
    answer = httpx.get(f"{url}/v1/credits", headers={"Authorization": f"Bearer {key}"})
    return int(answer.json()["data"]["balance"]) if answer.status_code == 200 else -1


FILED, OTHER, GIVEN = (f"sk-{name:-<40}" for name in ("filed", "other", "given"))


def test_keys_come_from_a_file_and_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"{FILED}\n\n{OTHER}\n")
    file.chmod(0o600)
    with serving(tmp_path, "--key-file", str(file), SUNO_TUI_SERVE_KEY=GIVEN) as (url, errors, _):
        assert [balance(url, key) for key in (FILED, OTHER, GIVEN)] == [48, 48, 48]
        assert "ps" not in errors
        done = suno_tui("admin", "keys", "list", env={"SUNO_TUI_HOME": str(tmp_path)})
        assert [line.split()[0] for line in done.stdout.splitlines()] == ["key-1", "key-2", "key-3"]


def test_a_key_on_the_command_line_is_warned_of_and_a_deleted_one_stays_deleted(
    tmp_path: Path,
) -> None:
    with serving(tmp_path, "--key", GIVEN) as (url, errors, _):
        assert "can read it with ps" in errors
        assert GIVEN not in errors
        assert balance(url, GIVEN) == 48
        own = {"SUNO_TUI_HOME": str(tmp_path)}
        assert suno_tui("admin", "keys", "delete", "key-1", env=own).returncode == 0
        assert balance(url, GIVEN) == -1
    with serving(tmp_path, "--key", GIVEN) as (url, _, said):
        assert "was deleted, and stays refused" in said[0]
        assert balance(url, GIVEN) == -1


@pytest.mark.parametrize(
    ("text", "mode", "words"),
    [
        (FILED, 0o644, "chmod 600"),
        (FILED, 0o620, "chmod 600"),
        ("\n \n", 0o600, "no key in"),
        ("sk-1\n", 0o600, "at least 32 characters"),
        (None, 0o600, "No such file"),
    ],
)
def test_a_file_of_keys_that_can_not_be_used(
    tmp_path: Path, text: str | None, mode: int, words: str
) -> None:
    file = tmp_path / "keys"
    if text is not None:
        file.write_text(text)
        file.chmod(mode)
    own = {"SUNO_TUI_HOME": str(tmp_path)}
    done = suno_tui("serve", "--port", "0", "--key-file", str(file), env=own)
    assert done.returncode == 2
    assert words in done.stderr
    assert FILED not in done.stderr
