"""The settings: what `config.toml` and the environment say, and how mistakes are named."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from suno_tui.common.errors import SettingsError
from suno_tui.common.paths import Home
from suno_tui.config.config_file import change_setting
from suno_tui.config.settings import Settings
from suno_tui.config.tables import HOSTED_BASE_URL
from suno_tui.providers.tables.suno import MODELS


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home.find({"SUNO_TUI_HOME": str(tmp_path)})
    made.create()
    return made


def load(home: Home, text: str) -> Settings:
    home.config_file.write_text(text)
    home.config_file.chmod(0o600)
    return Settings.load(home)


def test_no_file_is_every_default(home: Home) -> None:
    settings = Settings.load(home)
    assert settings.provider_name({}) == "local"
    assert settings.queue.requests_per_second == 5
    assert [model.id for model in settings.catalogue()] == ["suno-v5_5", "suno-v5"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[queue]\ndownloads = 'many'", "queue.downloads must be a whole number"),
        ("[queue]\ndownloads = 0", "queue.downloads must be 1 or more"),
        ("[queue]\ndownloads = 99", "queue.downloads must be at most 32"),
        ("queue.requests_per_second = 0", "queue.requests_per_second must be more than 0"),
        ("[screen]\nnotify = 'shout'", "notify must be one of 'off', 'bell', 'terminal'"),
        ("[screen]\nask_before_generate = 3", "ask_before_generate must be true or false"),
        ("[screen]\ntheme = 3", 'screen.theme must be text in quotes ("…")'),
        ("[player]\ncommand = [1]", "player.command, item 1, must be text"),
        ("[player]\ncommand = 'x'", "player.command must be a list of texts"),
        ("[providers.x]\nkey = 3", "providers.x.key must be text in quotes"),
        ("queue = 3", "queue must be a table"),
        ("wrong = 1\nqueue.downloads = 0", "wrong is not a setting"),
        ("[providers.local]", "`local` is the built-in provider"),
    ],
)
def test_a_mistake_is_reported_with_its_place(home: Home, text: str, said: str) -> None:
    with pytest.raises(SettingsError) as found:
        load(home, text)
    assert said in str(found.value)
    assert str(home.config_file) in str(found.value)
    assert found.value.exit_code == 2
    assert "input" not in str(found.value).lower(), "pydantic's own words"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("quue.downloads = 3", "quue is not a setting, so it is ignored. Did you mean 'queue'?"),
        ("[queue]\ndownload = 3", "queue.download is not a setting, so it is ignored. Did you"),
        ("[providers.x]\nbaseurl = ''", "Did you mean 'base_url'?"),
    ],
)
def test_an_unknown_setting_is_a_warning_and_the_others_work(
    home: Home, text: str, said: str
) -> None:
    for _ in range(2):  # nothing is remembered that would hide it at the next start
        settings = load(home, f"spend.day = 7\n{text}")
        (warning,) = settings.unknown
        assert said in warning
        assert warning.startswith(str(home.config_file))
        assert settings.spend.day == 7


def test_a_key_with_a_mistake_beside_it_is_never_shown(home: Home) -> None:
    with pytest.raises(SettingsError) as found:
        load(home, "[providers.x]\nkey = ['sk-secret']\nbaseurl = 'sk-secret'")
    assert "sk-secret" not in str(found.value)
    settings = load(home, "[providers.x]\nkey = 'sk-secret'")
    assert "sk-secret" not in repr(settings)


def test_a_file_with_a_key_must_be_private(home: Home) -> None:
    home.config_file.write_text("[providers.x]\nkey = 'sk-1'")
    home.config_file.chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        Settings.load(home)


def test_the_environment_goes_first(home: Home) -> None:
    settings = load(home, "[providers.hosted]\nbase_url = 'http://file'\nkey = 'sk-file'")
    assert settings.provider_name({}) == "hosted"
    assert settings.provider_address("hosted", {}) == ("http://file", None)
    assert settings.provider_key("hosted", {}) == "sk-file"
    env = {"SUNO_TUI_API_KEY": "sk-env", "SUNO_TUI_BASE_URL": "http://env/"}
    assert settings.provider_address("hosted", env) == ("http://env", None)
    assert settings.provider_key("hosted", env) == "sk-env"
    assert settings.provider_name({"SUNO_TUI_PROVIDER": "local"} | env) == "local"
    assert Settings().provider_address("hosted", {}) == (HOSTED_BASE_URL, None)
    assert Settings().provider_key("hosted", {}) is None


def test_an_unknown_provider_is_named_with_the_nearest(home: Home) -> None:
    settings = load(home, "[providers.studio]\nbase_url = 'http://x'")
    with pytest.raises(SettingsError, match="Did you mean 'studio'"):
        settings.provider_name({"SUNO_TUI_PROVIDER": "studdio"})
    with pytest.raises(SettingsError, match="any more"):
        settings.provider_address("gone", {})


def test_a_key_from_a_command_a_file_and_a_variable(home: Home, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("sk-from-file\n")
    (tmp_path / "key").chmod(0o600)
    settings = load(
        home,
        "[providers.a]\nkey_command = ['printf', 'sk-from-command\\nlogin: me\\n']\n"
        f"[providers.b]\nkey_file = '{tmp_path}/key'\n"
        "[providers.c]\nkey_env = 'MY_KEY'\n"
        "[providers.d]\nkey_command = ['false', 'sk-secret']\n",
    )
    assert settings.provider_key("a", {}) == "sk-from-command"
    assert settings.provider_key("b", {}) == "sk-from-file"
    assert settings.provider_key("c", {"MY_KEY": "sk-env"}) == "sk-env"
    assert settings.provider_key("c", {}) is None
    with pytest.raises(SettingsError, match="key command") as failed:
        settings.provider_key("d", {})
    assert "sk-secret" not in str(failed.value)
    (tmp_path / "key").chmod(0o640)
    with pytest.raises(SettingsError, match="chmod 600"):
        settings.provider_key("b", {})


def test_models_are_data(home: Home) -> None:
    settings = load(
        home,
        "[models.suno-v6]\nlabel = 'Suno V6'\ncredits = 30\n[models.suno-v5]\nretired = true\n"
        "[models.suno-v5_5]\ncredits = 20\n",
    )
    assert [(model.id, model.label, model.credits) for model in settings.catalogue()] == [
        ("suno-v5_5", "Suno V5.5", 20),
        ("suno-v6", "Suno V6", 30),
    ]


def test_some_model_is_left(home: Home) -> None:
    settings = load(home, "".join(f"[models.{model.id}]\nretired = true\n" for model in MODELS))
    with pytest.raises(SettingsError, match="Keep at least one"):
        settings.catalogue()


COMMANDS = """
[player]
command = ["touch", "/nonexistent/played"]
volume = 33
[providers.hosted]
key_command = ["echo", "sk-theirs"]
[providers.other]
key_env = "OTHER_KEY"
"""


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_commands_of_a_file_that_others_may_write_are_not_run(home: Home, mode: int) -> None:
    home.config_file.write_text(COMMANDS)
    home.config_file.chmod(mode)
    for _ in range(2):  # the second time the file is not examined
        settings = Settings.load(home)
        with pytest.raises(SettingsError) as found:
            settings.provider_key("hosted", {})
        told = f"{home.config_file} can be written by others (mode {mode:04o})"
        assert str(found.value).startswith(told)
        assert str(found.value).endswith(f"run: chmod go-w {home.config_file}")
        assert settings.player.command is None
        assert settings.untrusted == str(found.value)
        # Settings that run nothing still count.
        assert settings.player.volume == 33
        assert settings.provider_key("other", {"OTHER_KEY": "sk-1"}) == "sk-1"
        assert settings.provider_key("hosted", {"SUNO_TUI_API_KEY": "sk-2"}) == "sk-2"
    home.config_file.chmod(0o644)
    settings = Settings.load(home)
    assert settings.provider_key("hosted", {}) == "sk-theirs"
    assert settings.player.command is not None
    assert settings.untrusted is None


def test_commands_of_a_file_of_another_user_are_not_run(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.config_file.write_text(COMMANDS)
    home.config_file.chmod(0o644)
    monkeypatch.setattr(os, "geteuid", lambda: 4001)
    monkeypatch.setattr(Path, "stat", owned_by(4002))
    settings = Settings.load(home)
    with pytest.raises(SettingsError, match=r"belongs to another user \(mode 0644\).* chown 4001"):
        settings.provider_key("hosted", {})
    assert settings.player.command is None
    for owner in (0, 4001):
        monkeypatch.setattr(Path, "stat", owned_by(owner))
        assert Settings.load(home).untrusted is None


_STAT = Path.stat


def owned_by(owner: int) -> Callable[..., os.stat_result]:
    def found(self: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        facts = list(_STAT(self, follow_symlinks=follow_symlinks))
        facts[4] = owner
        return os.stat_result(facts)

    return found


def test_a_folder_that_others_may_write_to_counts_as_the_file(home: Home, tmp_path: Path) -> None:
    home.config_file.write_text(COMMANDS)
    home.config.chmod(0o777)
    told = Settings.load(home).untrusted
    assert told is not None
    assert told.startswith(f"{home.config} can be written by others (mode 0777)")
    home.config.chmod(0o1777)  # as /tmp: nobody else may replace the file
    assert Settings.load(home).untrusted is None
    home.config.chmod(0o700)
    # A link counts as both of its ends.
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    elsewhere.chmod(0o770)
    home.config_file.rename(elsewhere / "config.toml")
    home.config_file.symlink_to(elsewhere / "config.toml")
    told = Settings.load(home).untrusted
    assert told is not None
    assert f"chmod go-w {elsewhere}" in told
    elsewhere.chmod(0o700)
    assert Settings.load(home).untrusted is None


@pytest.mark.parametrize("start", [1, 2])
def test_a_players_command_alone_is_refused_too(home: Home, start: int) -> None:
    home.config_file.write_text('[player]\ncommand = ["aplay"]\n')
    for _ in range(start):  # the first start examines the file, the next ones take it as it is
        assert Settings.load(home).player.command == ["aplay"]
    home.config.chmod(0o777)
    settings = Settings.load(home)
    assert settings.player.command is None
    assert settings.untrusted is not None


def test_a_change_does_not_make_the_commands_of_others_the_users_own(home: Home) -> None:
    home.config_file.write_text(COMMANDS)
    home.config_file.chmod(0o666)
    with pytest.raises(SettingsError, match="chmod go-w"):
        change_setting(home, ("player", "volume"), 44)
    assert home.config_file.read_text() == COMMANDS
    assert home.config_file.stat().st_mode & 0o777 == 0o666


def test_a_file_without_commands_may_belong_to_all(home: Home) -> None:
    home.config_file.write_text("[player]\nvolume = 33\n")
    home.config_file.chmod(0o666)
    assert Settings.load(home).untrusted is None
