"""Who writes, from the settings to a proposal; and where a key of the writer is found."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from suno_tui.cli.writer_state import writer_state
from suno_tui.common.errors import SettingsError
from suno_tui.common.paths import Home
from suno_tui.common.secret import Secret
from suno_tui.config.config_file import change_setting
from suno_tui.config.fields import Kind, Setting
from suno_tui.config.settings import Settings
from suno_tui.config.writer_edits import key_sources, set_writer
from suno_tui.providers.song import Song
from suno_tui.providers.tables.suno import MODELS
from suno_tui.studio import Studio
from suno_tui.tui.actions.keymap import Keymap
from suno_tui.tui.screens.composer.writing import WriterForm
from suno_tui.tui.screens.settings.dialog import SettingsDialog
from suno_tui.writer.errors import WriterError
from suno_tui.writer.partner import ChatPartner, host_of
from suno_tui.writer.proposal import Proposal
from suno_tui.writer.wishes import IDEA, NAME, POLISH, Wish
from tests.fakes.acestep import AceStep
from tests.fakes.chat import ChatServer, stream

KEY = "wk-SECRETSECRET42"
SONG = Song(custom_mode=True, title="Kettle", style="folk", lyrics="[Verse]\nthe kettle")


def open_studio(home: Home, config: str) -> Studio:
    home.config_file.parent.mkdir(parents=True, exist_ok=True)
    home.config_file.write_text(config)
    home.config_file.chmod(0o600)
    return Studio.open(home)


def test_nobody_writes_until_somebody_is_set_up(home: Home) -> None:
    studio = open_studio(home, "")
    assert studio.partners() == ()
    studio.close()


async def test_a_chat_server_is_asked_with_its_key(home: Home, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{KEY}\nnotes\n")
    with ChatServer() as server:
        server.pieces = stream("Low Water\nHigh Water")
        studio = open_studio(
            home,
            f"[writer]\nbase_url = '{server.url}'\nmodel = 'tiny'\n"
            f"key_command = ['cat', '{tmp_path}/key']\n",
        )
        (partner,) = studio.partners()
        assert (partner.name, f"http://{partner.host}") == ("tiny", server.url)
        assert POLISH not in partner.kinds
        model = studio.model_of(SONG)
        proposal = await partner.write(Wish(NAME), SONG, model, lambda _: None)
        assert [row.new for row in proposal.rows] == ["Low Water", "High Water"]
        assert server.requests[0][1]["authorization"] == f"Bearer {KEY}"
        studio.close()


async def test_an_acestep_server_writes_and_polishes(home: Home) -> None:
    with AceStep() as server:
        server.lm = True
        studio = open_studio(
            home, f"[providers.mine]\ndialect = 'acestep'\nbase_url = '{server.url}'\n"
        )
        (partner,) = studio.partners()
        model = studio.model_of(SONG)
        for kind, path in ((IDEA, "/v1/create_sample"), (POLISH, "/format_input")):
            proposal = await partner.write(Wish(kind, "a kettle"), SONG, model, lambda _: None)
            assert proposal.texts(proposal.all) == {
                "style": "warm folk, fingerpicked guitar",
                "lyrics": "[Verse]\nThe kettle sings",
            }
            assert proposal.note == "It suggests 96 bpm, C Major, 4/4, 150 s."
            assert server.requests[-1][2] == path
        assert server.written[0]["query"] == "a kettle"
        assert server.written[1]["lyrics"] == SONG.lyrics
        assert server.ledger == {}
        server.lm = None
        with pytest.raises(WriterError, match="runs no language model"):
            await partner.write(Wish(IDEA, "x"), SONG, model, lambda _: None)
        server.old = True
        with pytest.raises(WriterError, match="too old to write"):
            await partner.write(Wish(IDEA, "x"), SONG, model, lambda _: None)
        studio.close()


def test_the_key_comes_from_the_environment_a_file_a_command_or_the_settings(
    home: Home, tmp_path: Path
) -> None:
    file = tmp_path / "key"
    file.write_text(KEY)
    file.chmod(0o600)
    for line in (f"key = '{KEY}'", f"key_file = '{file}'", f"key_command = ['cat', '{file}']"):
        settings = open_studio(home, f"[writer]\nbase_url = 'http://h'\n{line}\n").settings
        assert settings.writer_key({}) == KEY
        assert settings.writer_key({"SUNO_TUI_WRITER_KEY": "wk-2"}) == "wk-2"
        # The second reading does without pydantic.
        assert Settings.load(home).writer_key({}) == KEY
    file.chmod(0o644)
    bad = open_studio(home, f"[writer]\nbase_url = 'http://h'\nkey_file = '{file}'\n")
    with pytest.raises(SettingsError, match="chmod 600"):
        bad.settings.writer_key({})
    home.config_file.write_text(f"[writer]\nkey = '{KEY}'\n")
    home.config_file.chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        Settings.load(home)


def test_a_command_that_others_may_have_written_is_not_run(home: Home) -> None:
    open_studio(home, "[writer]\nbase_url = 'http://h'\nkey_command = ['echo', 'wk']\n").close()
    home.config_file.chmod(0o622)
    settings = Settings.load(home)
    assert settings.untrusted
    with pytest.raises(SettingsError):
        settings.writer_key({})


def test_setting_up_keeps_a_key_for_its_own_address_only(home: Home) -> None:
    set_writer(home, "http://127.0.0.1:1/v1", "tiny", Secret(KEY), None)
    assert home.config_file.stat().st_mode & 0o777 == 0o600
    assert KEY not in repr(Settings.load(home))
    assert set_writer(home, "http://127.0.0.1:1/v1", "small", None, None).writer.key == KEY
    changed = set_writer(home, "http://127.0.0.1:2/v1", "", None, ["pass", "writer"]).writer
    assert (changed.key, changed.key_command, changed.model) == (None, ["pass", "writer"], None)
    with pytest.raises(SettingsError):
        set_writer(home, "not an address", "", None, None)
    assert set_writer(home, "", "", None, None).writer.base_url is None
    assert KEY not in home.config_file.read_text()


SOURCES = {
    "key": KEY,
    "key_env": "HOME",
    "key_file": "/tmp/key",
    "key_command": ["pass", "writer"],
}


def configured(home: Home, source: str) -> Home:
    line = f"{source} = {json.dumps(SOURCES[source])}"
    open_studio(home, f"[writer]\nbase_url = 'https://h:443/v1/'\n{line}\n").close()
    return home


@pytest.mark.parametrize("source", SOURCES)
def test_no_source_of_the_key_goes_along_to_another_server(home: Home, source: str) -> None:
    configured(home, source)
    # The same server, spelled otherwise.
    assert key_sources(set_writer(home, "https://h/v1", "small", None, None).writer) == [source]
    for other in ("http://h/v1", "https://h2/v1", "https://h:444/v1"):
        assert key_sources(set_writer(configured(home, source), other, "", None, None).writer) == []


def test_the_key_is_never_stored_with_another_servers_address(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured(home, "key_env")
    seen = []

    def change(home: Home, path: tuple[str, ...], value: Any) -> Settings:
        writer = change_setting(home, path, value).writer
        seen.append((writer.base_url, key_sources(writer)))
        return Settings.load(home)

    monkeypatch.setattr("suno_tui.config.writer_edits.change_setting", change)
    set_writer(home, "https://other/v1", "", Secret(KEY), None)
    moved = [keys for url, keys in seen if url == "https://other/v1"]
    assert moved == [[], ["key"]]
    assert [keys for url, keys in seen if url != "https://other/v1"][-1] == []


def test_the_form_says_what_becomes_of_the_key(home: Home) -> None:
    studio = open_studio(
        home, "[writer]\nbase_url = 'http://h/v1'\nkey_command = ['pass', 'writer']\n"
    )
    form = WriterForm(studio)
    same = {"base_url": "http://h/v1", "model": "", "key": "", "command": "pass writer"}
    other = same | {"base_url": "http://h2/v1"}
    assert "over plain http" in form.foot(same)
    assert "over plain http" in form.foot(other | {"key": KEY})
    assert form.foot(other) == "This is another server, so the key that was set up is forgotten."
    assert form.foot(same | {"command": ""}) == ""
    form.act(same | {"command": ""})
    assert key_sources(Settings.load(home).writer) == []
    form.act(same | {"command": "pass other"})
    assert Settings.load(home).writer.key_command == ["pass", "other"]
    assert "is forgotten" in form.act(other)
    assert key_sources(Settings.load(home).writer) == []
    for name in ("key_env", "key_file"):
        studio.settings = Settings.load(configured(home, name))
        form = WriterForm(studio)
        assert str(SOURCES[name]) in next(
            field.hint for field in form.fields if field.name == "key"
        )
        assert form.foot(same | {"base_url": "http://127.0.0.1/v1", "command": ""})
    studio.env = {"SUNO_TUI_WRITER_KEY": KEY}
    studio.settings = Settings()
    form = WriterForm(studio)
    assert "over plain http" in form.foot(same | {"command": ""})
    assert "is sent to it" in form.foot(same | {"command": "", "base_url": "https://h/v1"})
    studio.close()


async def test_an_answer_is_read_beside_the_screen(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = []

    def slow(*_: Any) -> Proposal:
        threads.append(threading.current_thread())
        return Proposal(())

    monkeypatch.setattr("suno_tui.writer.partner.read", slow)
    with ChatServer() as server:
        server.pieces = stream("Low Water")
        partner = ChatPartner(server.url, None, lambda: None, {})
        await partner.write(Wish(NAME), SONG, MODELS[0], lambda _: None)
    assert threads != [threading.main_thread()]


def test_the_address_is_changed_in_the_form_that_sees_to_its_key() -> None:
    for name in ("key", "base_url", "model"):
        kind: Kind = "secret" if name == "key" else "text"
        dialog: Any = SimpleNamespace(
            LABELS={},
            editing=False,
            current=Setting(("writer", name), kind, ""),
            rows=SimpleNamespace(current=None),
            app=SimpleNamespace(keymap=Keymap({})),
        )
        why = SettingsDialog.why_not(dialog, "open")
        assert why == (None if name == "model" else "a in the composer (Write) sets both up.")


def test_the_doctor_says_where_the_key_comes_from_and_does_not_read_it(home: Home) -> None:
    studio = open_studio(home, "")
    studio.env = {}
    assert "off" in writer_state(studio)[1]
    for source, words in (
        ("key", "config.toml"),
        ("key_env", "the variable HOME"),
        ("key_file", "/tmp/key"),
        ("key_command", "the command pass"),
    ):
        studio.settings = Settings.load(configured(home, source))
        assert writer_state(studio) == (True, f"h:443, its key from {words}")
    studio.env = {"SUNO_TUI_WRITER_KEY": KEY}
    studio.settings.writer.base_url = "http://h"
    ok, detail = writer_state(studio)
    assert ok is None
    assert "over plain http" in detail
    studio.close()


def test_an_address_that_is_none_is_a_mistake_in_the_settings(home: Home) -> None:
    for text in ("http://[::1/v1", "ftp://host", "http://h:99999", "host"):
        with pytest.raises(SettingsError, match="must be an address that begins"):
            open_studio(home, f"[writer]\nbase_url = '{text}'\n")
    open_studio(home, "[writer]\nbase_url = ''\n").close()
    # A provider's address is not checked, and neither may stop the list.
    assert host_of("http://[::1/v1")


def test_the_key_is_in_no_file_but_the_settings(home: Home) -> None:
    studio = open_studio(home, f"[writer]\nbase_url = 'http://127.0.0.1:9'\nkey = '{KEY}'\n")
    studio.partners()
    studio.drafts.save("kettle", SONG)
    studio.close()
    folders = {home.config_file.parent, home.data, home.cache, home.log}
    holding = {
        file
        for folder in folders
        for file in folder.rglob("*")
        if file.is_file() and KEY.encode() in file.read_bytes()
    }
    assert holding == {home.config_file}
