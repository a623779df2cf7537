"""Variables that name proxies and certificates: they work, or the error names them."""

from __future__ import annotations

import asyncio
import gc
import socket
from pathlib import Path

import pytest

from suno_tui.common.errors import SettingsError
from suno_tui.common.secret import Environment
from suno_tui.providers import errors
from suno_tui.providers.client import Client
from suno_tui.providers.network import bypasses, check, proxy_for
from tests.providers.raw_host import Host, RawHost, answer, sending

BALANCE = answer(b'{"balance": 7}')


@pytest.mark.parametrize(
    "variables",
    [
        {"ALL_PROXY": "socks4://127.0.0.1:9"},
        {"HTTPS_PROXY": "foo://127.0.0.1:9"},
        {"https_proxy": "127.0.0.1:80x"},
        {"HTTP_PROXY": "http://user:sk-password@:80"},
        {"HTTP_PROXY": "http://user:sk-password@proxy:99999"},
        {"ALL_PROXY": "http://[::1"},
        {"All_Proxy": "://"},
        {"SSL_CERT_FILE": "/nonexistent.pem"},
        {"SSL_CERT_FILE": __file__},
        {"SSL_CERT_FILE": "/"},
        {"SSL_CERT_DIR": "/nonexistent"},
        {"SSL_CERT_DIR": __file__},
    ],
)
def test_a_variable_that_cannot_be_followed_is_named(variables: dict[str, str]) -> None:
    (name,) = variables
    with pytest.raises(SettingsError, match=name) as caught:
        Client("http://127.0.0.1:9", "sk-x", env=variables)
    assert "sk-password" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_log_of_keys_that_cannot_be_written_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", "/nonexistent/keys")
    with pytest.raises(SettingsError, match="SSLKEYLOGFILE"):
        Client("http://127.0.0.1:9", "sk-x")


def test_a_missing_package_for_socks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "socksio", None)
    with pytest.raises(SettingsError, match="ALL_PROXY names a SOCKS proxy"):
        Client("http://127.0.0.1:9", "sk-x", env={"ALL_PROXY": "socks5://127.0.0.1:9"})


@pytest.mark.parametrize(
    "variables",
    [
        {"NETRC": "/nonexistent"},
        {"HTTP_PROXY": ""},
        {"HTTP_PROXY": "  "},
        {"HTTPS_PROXY": "foo://x", "https_proxy": ""},
        {"ALL_PROXY": "foo://x", "NO_PROXY": "*"},
        {"ALL_PROXY": "foo://x", "HTTP_PROXY": "p:1", "HTTPS_PROXY": "p:1"},
        {"HTTP_PROXY": "foo://x", "REQUEST_METHOD": "GET"},
        {"FTP_PROXY": "foo://x", "APT_PROXY": "bar"},
        {"NO_PROXY": "localhost,127.0.0.1,::1,[::1],fd00::/8,[fe80::]/10,http://[,:::,a:b,*.x"},
        {"SSL_CERT_FILE": "", "SSL_CERT_DIR": ""},
    ],
)
def test_harmless_variables_are_ignored(variables: dict[str, str]) -> None:
    check(Environment(variables))
    Client("http://[::1]:9", "sk-x", env=variables)


@pytest.mark.parametrize(
    ("entry", "hosts", "others"),
    [
        ("example.com", ["example.com", "api.example.com"], ["anexample.com", "example.org"]),
        (".example.com", ["example.com", "api.example.com"], ["anexample.com"]),
        ("*.example.com", ["api.example.com"], ["example.org"]),
        ("EXAMPLE.com", ["example.com"], []),
        ("example.com:8080", ["example.com:8080"], ["example.com:80"]),
        ("10.0.0.0/8", ["10.1.2.3"], ["11.1.2.3", "10.example.com"]),
        ("fd00::/8", ["fd12::1"], ["fe80::1"]),
        ("[fd00::]/8", ["fd12::1"], ["fe80::1"]),
        ("::1", ["::1"], ["::2"]),
        ("[::1]", ["::1"], ["::2"]),
        ("[::1]:443", ["[::1]:443"], ["[::1]:80"]),
        ("127.0.0.1", ["127.0.0.1"], ["127.0.0.2"]),
        ("http://example.com", ["example.com"], []),
        ("10.0.0.0/99", [], ["10.0.0.1"]),
        ("[::1", [], ["example.com", "::2"]),
        ("a:b:c, example.com  other.com", ["example.com", "other.com"], []),
        ("*", ["anything", "::1"], []),
        (",, ", [], ["example.com"]),
    ],
)
def test_hosts_without_a_proxy(entry: str, hosts: list[str], others: list[str]) -> None:
    env = Environment({"NO_PROXY": entry})

    def fits(text: str) -> bool:
        if text.startswith("["):
            name, _, port = text[1:].partition("]:")
            return bypasses(env, name, int(port))
        if text.count(":") == 1:
            name, _, port = text.partition(":")
            return bypasses(env, name, int(port))
        return bypasses(env, text, 80)

    assert [host for host in hosts if not fits(host)] == []
    assert [host for host in others if fits(host)] == []


@pytest.mark.parametrize(
    ("variables", "url", "name"),
    [
        ({"HTTP_PROXY": "p:1", "ALL_PROXY": "q:1"}, "http://x", "HTTP_PROXY"),
        ({"HTTP_PROXY": "p:1", "ALL_PROXY": "q:1"}, "https://x", "ALL_PROXY"),
        ({"HTTP_PROXY": "p:1", "http_proxy": "q:1"}, "http://x", "http_proxy"),
        ({"HTTPS_PROXY": "p:1"}, "http://x", ""),
        ({"ALL_PROXY": "p:1", "no_proxy": "x"}, "https://x", ""),
    ],
)
def test_which_proxy(variables: dict[str, str], url: str, name: str) -> None:
    assert proxy_for(Environment(variables), url) == name


async def test_a_proxy_is_used_and_passed_by() -> None:
    async with RawHost(sending(BALANCE)) as host, RawHost(sending(BALANCE)) as proxy:
        env = {"HTTP_PROXY": proxy.url, "NO_PROXY": "[::1], 127.0.0.0/8"}
        async with Client(host.url, "sk-x", env=env) as client:
            assert (await client.credits()).balance == 7
        assert (len(host.heads), len(proxy.heads)) == (1, 0)
        async with Client(host.url, "sk-x", env=env | {"NO_PROXY": "[::1]"}) as client:
            assert (await client.credits()).balance == 7
        assert (len(host.heads), len(proxy.heads)) == (1, 1)


class Socks(Host):
    """A SOCKS5 proxy that leads to one host, or answers with `nonsense`."""

    def __init__(self, port: int, nonsense: bytes = b"") -> None:
        super().__init__()
        self.to = port
        self.nonsense = nonsense
        self.used = 0

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.used += 1
        await reader.readexactly((await reader.readexactly(2))[1])
        writer.write(self.nonsense or b"\x05\x00")
        if self.nonsense:
            return
        assert (await reader.readexactly(4))[3] == 1
        await reader.readexactly(6)
        writer.write(b"\x05\x00\x00\x01\0\0\0\0\0\0")
        there, back = await asyncio.open_connection("127.0.0.1", self.to)
        back.write(await reader.readuntil(b"\r\n\r\n"))
        writer.write(await there.read())
        back.close()


@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "socks", "SOCKS5"])
async def test_socks_works(scheme: str) -> None:
    async with RawHost(sending(BALANCE)) as host, Socks(host.port) as socks:
        env = {"ALL_PROXY": f"{scheme}://127.0.0.1:{socks.port}"}
        async with Client(host.url, "sk-x", env=env) as client:
            assert (await client.credits()).balance == 7
    assert socks.used == 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("nonsense", [b"HTTP/1.1 400\r\n\r\n", b"\x05", b"\x05\xff", b"\x04\x00"])
async def test_an_invalid_answer_of_a_socks_proxy_means_nothing_was_sent(nonsense: bytes) -> None:
    async with Socks(0, nonsense) as socks:
        env = {"ALL_PROXY": f"socks5://127.0.0.1:{socks.port}"}
        async with Client("http://127.0.0.1:9", "sk-x", env=env) as client:
            with pytest.raises(errors.NeverSent):
                await client.credits()
    gc.collect()  # httpcore leaves such a connection to the collector


async def test_a_proxy_that_does_not_answer_has_sent_nothing() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        for scheme in ("http", "socks5"):
            env = {"ALL_PROXY": f"{scheme}://127.0.0.1:{free.getsockname()[1]}"}
            async with Client("http://127.0.0.1:9", "sk-x", env=env) as client:
                with pytest.raises(errors.NeverSent):
                    await client.credits()


def test_certificates_of_ones_own_are_read(tmp_path: Path) -> None:
    import certifi

    own = tmp_path / "own.pem"
    own.write_bytes(Path(certifi.where()).read_bytes())
    Client("https://api.example.com", "sk-x", env={"SSL_CERT_FILE": str(own)})
    Client("https://api.example.com", "sk-x", env={"SSL_CERT_DIR": str(tmp_path)})
