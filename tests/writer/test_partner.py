"""Who writes, from the settings to a proposal; and where a key of the writer is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from suno_tui.common.errors import SettingsError
from suno_tui.common.paths import Home
from suno_tui.common.secret import Secret
from suno_tui.config.settings import Settings
from suno_tui.config.writer_edits import set_writer
from suno_tui.providers.song import Song
from suno_tui.studio import Studio
from suno_tui.writer.errors import WriterError
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
            assert proposal.note == "It would take 96 bpm, C Major, 4/4, 150 s."
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
    with pytest.raises(SettingsError, match="other address"):
        set_writer(home, "http://127.0.0.1:2/v1", "small", None, None)
    changed = set_writer(home, "http://127.0.0.1:2/v1", "", None, ["pass", "writer"]).writer
    assert (changed.key, changed.key_command, changed.model) == (None, ["pass", "writer"], None)
    with pytest.raises(SettingsError):
        set_writer(home, "not an address", "", None, None)
    assert set_writer(home, "", "", None, None).writer.base_url is None
    assert KEY not in home.config_file.read_text()


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
