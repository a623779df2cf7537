"""Every command reports an unusable proxy or certificate in one sentence that names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command import json_lines, suno_tui
from tests.fake_provider import KEY, FakeProvider, real_jpeg, real_mp3

DEAD = "http://127.0.0.1:9"
SECRET = "sk-SECRETSECRETSECRET0123456789"


def variables(**more: str) -> dict[str, str]:
    return {"SUNO_TUI_BASE_URL": DEAD, "SUNO_TUI_API_KEY": SECRET, **more}


@pytest.mark.parametrize(
    ("name", "value"),
    [("ALL_PROXY", "socks4://127.0.0.1:9"), ("SSL_CERT_FILE", "/nonexistent.pem")],
)
def test_every_command_names_the_variable(name: str, value: str) -> None:
    env = variables(**{name: value})
    balance, doctor = suno_tui("credits", env=env), suno_tui("doctor", "--json", env=env)
    waited = suno_tui("generate", "x", "--json", env=env)
    worked = suno_tui("work", "--patience", "1", env=env)
    assert balance.returncode == 2
    (provider,) = (line for line in json_lines(doctor.stdout) if line["check"] == "provider")
    (hold,) = {line["hold"]["message"] for line in json_lines(waited.stdout) if line["hold"]}
    for text in (balance.stderr.strip(), provider["detail"], hold):
        assert name in text
        assert "\n" not in text
    for done in (balance, doctor, waited, worked):
        assert "Traceback" not in done.stdout + done.stderr
        assert SECRET not in done.stdout + done.stderr


def test_a_profile_of_a_company_works(tmp_path: Path) -> None:
    fake = FakeProvider(polls=1)
    fake.mp3, fake.jpeg = real_mp3(1.0), real_jpeg()
    with fake:
        env = {
            "SUNO_TUI_BASE_URL": fake.url,
            "SUNO_TUI_API_KEY": KEY,
            "HTTPS_PROXY": "http://127.0.0.1:9",
            "HTTP_PROXY": "http://127.0.0.1:9",
            "NO_PROXY": "localhost,127.0.0.0/8,::1,[::1],fd00::/8,http://[",
        }
        done = suno_tui("generate", "x", "--json", env=env)
        assert done.returncode == 0, done.stderr


def test_an_unencrypted_key_is_reported_before_it_is_sent() -> None:
    # 203.0.113.0/24 belongs to nobody; the proxy that leads there isn't there.
    env = variables(SUNO_TUI_BASE_URL="http://203.0.113.5", HTTP_PROXY="http://127.0.0.1:9")
    said = "The API key is sent to 203.0.113.5 over plain http"
    queued = suno_tui("generate", "x", "--no-wait", "--json", env=env)
    assert said in queued.stderr
    assert said not in queued.stdout
    (key,) = (
        line
        for line in json_lines(suno_tui("doctor", "--json", env=env).stdout)
        if line["check"] == "key"
    )
    assert key["ok"] is None
    assert said in key["detail"]


def test_a_key_for_this_machine_is_not_reported() -> None:
    done = suno_tui("generate", "x", "--no-wait", env=variables())
    assert "plain http" not in done.stderr
