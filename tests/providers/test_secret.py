"""A key is shown by nothing: no repr, no format, no pickle, no traceback that prints variables."""

from __future__ import annotations

import copy
import io
import json
import pickle
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from rich.console import Console
from rich.traceback import Traceback

from suno_tui.common import secret as secret_module
from suno_tui.common.paths import Home
from suno_tui.common.secret import Environment, Secret, plain_http_warning
from suno_tui.config import settings as settings_module
from suno_tui.config.settings import Settings
from suno_tui.config.tables import ProviderSettings
from suno_tui.providers import client as client_module
from suno_tui.providers import origin as origin_module
from suno_tui.providers.client import Client
from suno_tui.providers.errors import NetworkError
from suno_tui.providers.suno import answers
from suno_tui.studio import Studio

KEY = "sk-SECRETSECRETSECRET0123456789"


def test_nothing_shows_it() -> None:
    secret = Secret(KEY)
    shown = [
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret:>40}",
        f"{secret!r}",
        "%s %r" % (secret, secret),  # noqa: UP031
        repr([secret]),
        str(vars(secret_module)),
        repr(ProviderSettings(key=secret)),
        repr(Environment({"SUNO_TUI_API_KEY": KEY})),
        str(Environment({"SUNO_TUI_API_KEY": KEY})),
    ]
    assert not any(KEY[3:] in text for text in shown)
    for write in (pickle.dumps, json.dumps):
        with pytest.raises(TypeError):
            write(secret)
    assert copy.deepcopy({"key": secret})["key"].reveal() == KEY


def test_it_is_compared_and_is_empty_or_not() -> None:
    assert Secret(KEY) == Secret(KEY) == KEY
    assert Secret(KEY) != Secret(KEY + "x")
    assert Secret("ü\udc80") == "ü\udc80"
    assert Secret(KEY) != 5
    assert Secret(KEY)
    assert not Secret("")
    assert Secret.of(None) is None


@pytest.mark.parametrize(
    ("body", "left"),
    [
        (b"no " + KEY.encode() + b" here", b"no (the key) here"),
        (KEY.encode() * 2, b"(the key)" * 2),
        (b"cut " + KEY[:9].encode(), b"cut (the key)"),
        (b"sk-", b"sk-"),
    ],
)
def test_an_answer_is_freed_of_it(body: bytes, left: bytes) -> None:
    assert Secret(KEY).hide_in(body) == left


class Failing(Exception):
    """Raised where nobody expects it."""


def failing(*_: Any, **__: Any) -> Any:
    raise Failing("here")


def holds_key(error: BaseException) -> bool:
    """Whether a traceback shows the key, printed with all variables as Textual prints it."""
    screen = Console(file=io.StringIO(), width=400)
    found = Traceback.from_exception(
        type(error), error, error.__traceback__, show_locals=True, locals_max_string=100_000,
        locals_max_length=1000,
    )  # fmt: skip
    screen.print(found)
    assert isinstance(screen.file, io.StringIO)
    # pytest keeps parts of an assertion in variables of the test, so it is looked for in here.
    return KEY[3:] in screen.file.getvalue() + "".join(traceback.format_exception(error))


def home_with(tmp_path: Path, **provider: str) -> Home:
    home = Home.find({"SUNO_TUI_HOME": str(tmp_path / "home")})
    home.create()
    lines = "".join(f"{name} = {value}\n" for name, value in provider.items())
    home.config_file.write_text(f"[providers.hosted]\n{lines}" if lines else "")
    home.config_file.chmod(0o600)
    return home


def by_environment(tmp_path: Path) -> tuple[Home, dict[str, str]]:
    return home_with(tmp_path), {"SUNO_TUI_API_KEY": KEY}


def by_variable(tmp_path: Path) -> tuple[Home, dict[str, str]]:
    return home_with(tmp_path, key_env="'MY_KEY'"), {"MY_KEY": KEY}


def by_settings(tmp_path: Path) -> tuple[Home, dict[str, str]]:
    return home_with(tmp_path, key=f"'{KEY}'"), {}


def by_file(tmp_path: Path) -> tuple[Home, dict[str, str]]:
    (tmp_path / "key").write_text(KEY)
    (tmp_path / "key").chmod(0o600)
    return home_with(tmp_path, key_file=f"'{tmp_path}/key'"), {}


def by_command(tmp_path: Path) -> tuple[Home, dict[str, str]]:
    by_file(tmp_path)
    return home_with(tmp_path, key_command=f"['cat', '{tmp_path}/key']"), {}


def test_such_a_traceback_shows_a_plain_text() -> None:
    def hold() -> None:
        plain = KEY + ""
        failing(plain)

    with pytest.raises(Failing) as caught:
        hold()
    assert holds_key(caught.value)


WAYS = [by_environment, by_variable, by_settings, by_file, by_command]
PLACES = [
    (settings_module, "_unchecked"),
    (settings_module, "remember_valid"),
    (settings_module, "require_private"),
    (Settings, "from_table"),
    (Settings, "_entry"),
    (settings_module, "read_key"),
    (secret_module.Secret, "__bool__"),
    (client_module, "origin_of"),
    (client_module, "is_key"),
    (client_module, "check"),
    (client_module, "KeyAuth"),
    (client_module, "Routes"),
    (httpx, "AsyncClient"),
    (httpx, "Limits"),
    (client_module, "Client"),
    (origin_module.KeyAuth, "auth_flow"),
    (httpx.AsyncHTTPTransport, "handle_async_request"),
    (httpx.AsyncClient, "build_request"),
    (answers, "read_credits"),
    (client_module, "retry_after"),
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("place", PLACES, ids=[name for _, name in PLACES])
async def test_no_stack_frame_of_a_request_holds_the_key(
    way: Callable[[Path], tuple[Home, dict[str, str]]],
    place: tuple[Any, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    home, variables = way(tmp_path)
    variables |= {"SUNO_TUI_BASE_URL": "http://127.0.0.1:9", "SUNO_TUI_PROVIDER": "hosted"}
    variables = Environment(variables)  # type: ignore[assignment]
    monkeypatch.setattr(*place, failing)
    with pytest.raises((Failing, NetworkError)) as caught:
        await Studio.open(home, variables).credits()
    assert not holds_key(caught.value)


async def test_a_key_that_httpcore_was_sending_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # The frames of h11 hold the request's headers as they are sent.
    import h11

    from tests.providers.raw_host import RawHost, sending

    monkeypatch.setattr(h11._connection.Connection, "send", failing)
    async with RawHost(sending(b"")) as host, Client(host.url, Secret(KEY)) as client:
        with pytest.raises(NetworkError, match="Failing") as caught:
            await client.credits()
    assert not holds_key(caught.value)
    assert KEY[3:] not in caplog.text
    assert "in send" in caplog.text or "in failing" in caplog.text


async def test_a_broken_connection_does_not_show_it() -> None:
    from tests.providers.raw_host import RawHost, sending

    async with RawHost(sending(b"no HTTP")) as host, Client(host.url, Secret(KEY)) as client:
        with pytest.raises(NetworkError) as caught:
            await client.credits()
    assert not holds_key(caught.value)


def test_a_file_of_settings_that_is_damaged_does_not_show_it(tmp_path: Path) -> None:
    home, _ = by_settings(tmp_path)
    home.config_file.write_text(home.config_file.read_text() + "\n[[[")
    with pytest.raises(Exception, match="not valid TOML") as caught:
        Studio.open(home, Environment({}))
    assert not holds_key(caught.value)


async def test_the_key_leaves_in_one_header_to_its_own_origin_alone() -> None:
    heads: list[httpx.Headers] = []

    def answer(request: httpx.Request) -> httpx.Response:
        heads.append(request.headers)
        return httpx.Response(200, json={"balance": 1})

    async with Client(
        "https://a.example", Secret(KEY), transport=httpx.MockTransport(answer)
    ) as it:
        await it.credits()
        await it._api.get("https://b.example/v1/credits")
        await it._api.get("http://a.example/v1/credits")
    assert [head.get("Authorization") for head in heads] == [f"Bearer {KEY}", None, None]
    assert KEY[3:] not in repr(heads)


@pytest.mark.parametrize(
    ("url", "warned"),
    [
        ("http://api.example.com", True),
        ("http://192.168.0.5:8000", True),
        ("http://[fd00::1]", True),
        ("http://localhost.example.com", True),
        ("https://api.example.com", False),
        ("http://localhost:8000", False),
        ("http://studio.localhost", False),
        ("http://127.0.0.2", False),
        ("http://[::1]:8000", False),
        ("http://[", False),
        ("", False),
    ],
)
def test_a_key_sent_over_plain_http_is_warned_about(url: str, warned: bool) -> None:
    said = plain_http_warning(url, Secret(KEY))
    assert (said is not None) is warned
    assert KEY not in (said or "")
    assert plain_http_warning(url, None) is None
