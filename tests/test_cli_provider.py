"""`suno-tui provider`: a server is asked what it is, and a song is made on it."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from suno_tui.common.paths import Home
from suno_tui.common.secret import Secret
from suno_tui.config.provider_edits import add_provider, set_key
from suno_tui.config.settings import Settings
from suno_tui.providers.errors import InvalidKey
from suno_tui.studio import Studio
from tests.command import json_lines, suno_tui
from tests.fake_provider import KEY, FakeProvider, Fault, real_mp3
from tests.fakes.acestep import AceStep
from tests.fakes.sunoapi import SunoApi

WITH_KEY = {"MY_KEY": KEY}


@pytest.mark.parametrize(
    ("make", "dialect", "price"),
    [
        (AceStep, "acestep", "free"),
        (FakeProvider, "suno", "1000 cr ($5.00)"),
        (SunoApi, "sunoapi", "1000.5 cr"),
        (lambda: SunoApi(kie=True), "kie", "1000.5 cr ($5.00)"),
    ],
)
def test_a_server_is_identified_before_it_is_added(
    home: Home, make: Callable[[], Any], dialect: str, price: str
) -> None:
    with make() as fake:
        key = [] if dialect == "acestep" else ["--key-env", "MY_KEY"]
        done = suno_tui("provider", "add", fake.url, "--use", *key, env=WITH_KEY)
        assert done.returncode == 0, done.stdout + done.stderr
        assert f"Added {dialect}: it speaks {dialect}." in done.stdout
        assert price in done.stdout
        assert fake.ledger == {}, "asking costs nothing"
        settings = Settings.load(home)
        assert settings.provider == dialect
        assert settings.providers[dialect].dialect == dialect
        assert KEY not in home.config_file.read_text()
        assert stat.S_IMODE(home.config_file.stat().st_mode) == 0o600
        listed = json_lines(suno_tui("provider", "list", "--json").stdout)
        assert [each["name"] for each in listed if each["in_use"]] == [dialect]


def test_a_song_is_made_on_ones_own_server(home: Home) -> None:
    with AceStep() as server:
        server.mp3 = real_mp3(2.0)
        suno_tui("provider", "add", server.url, "--use")
        done = suno_tui("generate", "a calm piano", "--instrumental", "--json")
        assert done.returncode == 0, done.stderr
        (task,) = json_lines(done.stdout)
        assert task["status"] == "completed"
        assert task["model"] == "acestep-v15-turbo"
        assert len(task["tracks"]) == 2
        for track in task["tracks"]:
            assert track["provider"] == "acestep"
            assert track["cover"], "the studio drew one"


def test_nothing_is_written_of_a_server_that_is_none(home: Home) -> None:
    done = suno_tui("provider", "add", "http://127.0.0.1:9", "--name", "x")
    assert done.returncode == 4
    assert "x" not in Settings.load(home).providers


def test_a_wrong_key_is_reported(home: Home) -> None:
    with AceStep() as server:
        server.key = "secret"
        done = suno_tui("provider", "add", server.url)
        assert done.returncode == 3
        assert Settings.load(home).providers == {}


def test_a_provider_is_tested_and_chosen(home: Home) -> None:
    with AceStep() as server:
        suno_tui("provider", "add", server.url, "--name", "gpu")
        assert suno_tui("provider", "use", "gpu").returncode == 0
        done = suno_tui("provider", "test")
        assert "gpu: it works, free, 2 models, 0 being made, 0 waiting" in done.stdout
        server.always["health"] = Fault(500)
        assert suno_tui("provider", "test", "gpu").returncode != 0
    assert suno_tui("provider", "use", "nobody").returncode == 2


@pytest.mark.parametrize("make", [AceStep, lambda: SunoApi(kie=True)])
def test_a_server_that_could_not_say_what_it_is_is_asked_again(
    home: Home, make: Callable[[], Any]
) -> None:
    """It was down when it was added, or the key was wrong."""
    with make() as fake, closing(Studio.open(home)) as studio:
        add_provider(home, "mine", fake.url)
        studio.reload_settings()
        if fake.key is not None:
            set_key(home, "mine", Secret("sk-wrong"))
            studio.reload_settings()
            with pytest.raises(InvalidKey):
                asyncio.run(studio.ask("mine"))
            set_key(home, "mine", Secret(KEY))
            studio.reload_settings()
        asyncio.run(studio.ask("mine"))
        assert Settings.load(home).dialect("mine") == fake.dialect
        assert studio.settings.dialect("mine") == fake.dialect


def test_an_unknown_name_is_compared_with_those_there_are(home: Home) -> None:
    wrong = suno_tui("provider", "use", "locla")
    assert wrong.returncode == 2
    assert wrong.stderr == "suno-tui: There is no provider 'locla'. Did you mean 'local'?\n"
