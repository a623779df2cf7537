"""The settings: what `config.toml` and the environment say, and how mistakes are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from suno_tui.api.catalog import MODELS
from suno_tui.errors import SettingsError
from suno_tui.home import Home
from suno_tui.settings import HOSTED_BASE_URL, Settings


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
        ("quue.downloads = 3", "quue: there is no such setting. Did you mean 'queue'?"),
        ("[queue]\ndownload = 3", "queue.download: there is no such setting. Did you mean"),
        ("[providers.x]\nbaseurl = ''", "Did you mean 'base_url'?"),
        ("[queue]\ndownloads = 'many'", "queue.downloads: "),
        ("[queue]\ndownloads = 0", "queue.downloads: "),
        ("[screen]\nnotify = 'shout'", "screen.notify: "),
        ("[providers.local]", "`local` is the built-in provider"),
    ],
)
def test_a_mistake_is_named_with_its_place(home: Home, text: str, said: str) -> None:
    with pytest.raises(SettingsError) as found:
        load(home, text)
    assert said in str(found.value)
    assert str(home.config_file) in str(found.value)
    assert found.value.exit_code == 2


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
    with pytest.raises(SettingsError, match="leave one"):
        settings.catalogue()
