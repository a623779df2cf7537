"""Changing one setting in `config.toml`: the line changes, and nothing else does."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from suno_tui.common.errors import DamagedFile, SettingsError
from suno_tui.common.paths import Home
from suno_tui.config.config_file import change_setting
from suno_tui.config.fields import all_settings, is_set, value_at
from suno_tui.config.settings import Settings
from tests.examples import examples

OWN = """# What I like
provider = "band"   # the loud one

[providers.band] # down the road
base_url = "http://band:1"
key = "sk-1#2"
key_command = [
  "pass",  # my keyring
  "suno",
]

# Not too many
[queue]
downloads = 2 # slow line
poll_seconds = 3.0

[keymap]
generate = 'g,alt+g'
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home.find({"SUNO_TUI_HOME": str(tmp_path)})
    made.create()
    return made


def changed(home: Home, text: str, path: str, value: Any) -> str:
    home.config_file.write_text(text)
    change_setting(home, path.split("."), value)
    return home.config_file.read_text()


@pytest.mark.parametrize(
    ("path", "value", "before", "after"),
    [
        ("queue.downloads", 6, "downloads = 2 # slow", "downloads = 6 # slow"),
        ("queue.poll_seconds", 0.5, "poll_seconds = 3.0", "poll_seconds = 0.5"),
        ("queue.downloads", None, "downloads = 2 # slow line\n", ""),
        ("provider", "local", '"band"   # the loud', '"local"   # the loud'),
        ("provider", None, 'provider = "band"   # the loud one\n', ""),
        ("keymap.generate", "x", "'g,alt+g'", '"x"'),
        ("keymap.zoom", "Z", "alt+g'\n", 'alt+g\'\nzoom = "Z"\n'),
        ("providers.band.key_command", None, OWN[OWN.index("key_c") : OWN.index("\n# Not")], ""),
        ("providers.band.key_env", "KEY", "]\n\n# Not", ']\nkey_env = "KEY"\n\n# Not'),
        ("screen.notify", "off", "alt+g'\n", 'alt+g\'\n\n[screen]\nnotify = "off"\n'),
        ("providers.new one.base_url", "http://x", "g'\n", None),
    ],
)
def test_only_the_line_changes(
    home: Home, path: str, value: Any, before: str, after: str | None
) -> None:
    if after is None:
        after = 'g\'\n\n[providers."new one"]\nbase_url = "http://x"\n'
    assert OWN.count(before) == 1
    assert changed(home, OWN, path, value) == OWN.replace(before, after)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "[queue]\ndownloads = 6\n"),
        ("# mine\n", "# mine\n\n[queue]\ndownloads = 6\n"),
        ("queue.downloads = 2\n", "queue.downloads = 6\n"),
        ("queue . 'downloads' = 2\n", "queue . 'downloads' = 6\n"),
        ("queue.poll_seconds = 2\n", "queue.downloads = 6\nqueue.poll_seconds = 2\n"),
        ("[queue]\r\ndownloads = 2\r\n", "[queue]\r\ndownloads = 6\r\n"),
        ("[queue]\r\npoll_seconds = 2", "[queue]\r\npoll_seconds = 2\r\ndownloads = 6\r\n"),
        ("[queue]\ndownloads = 2\r\n[screen]", "[queue]\ndownloads = 6\r\n[screen]"),
        ("[queue]\ndownloads=2", "[queue]\ndownloads=6\n"),
        ("[queue]", "[queue]\ndownloads = 6\n"),
        ("# downloads = 2\n[queue]\n", "# downloads = 2\n[queue]\ndownloads = 6\n"),
        ("[queue]\n# the screen\n[screen]\n", "[queue]\ndownloads = 6\n# the screen\n[screen]\n"),
        (
            "[local]\nsoundfont = '''\ndownloads = 2'''\n[queue]\ndownloads = 2\n",
            "[local]\nsoundfont = '''\ndownloads = 2'''\n[queue]\ndownloads = 6\n",
        ),
    ],
)
def test_a_change_fits_any_way_of_writing_the_file(home: Home, text: str, said: str) -> None:
    home.config_file.write_bytes(text.encode())
    assert change_setting(home, ("queue", "downloads"), 6).queue.downloads == 6
    assert home.config_file.read_bytes().decode() == said


def test_the_last_dotted_line_of_a_table_can_go(home: Home) -> None:
    assert changed(home, "queue.downloads = 2 \n# end\n", "queue.downloads", None) == "# end\n"


@pytest.mark.parametrize(
    ("text", "value", "said"),
    [
        ("queue = { downloads = 2 }\n", 3, "change safely"),
        ("queue = 3\n", 3, "not a table"),
        ("[queue]\ndownloads = 2\n", 0, "queue.downloads must be 1 or more"),
    ],
)
def test_an_impossible_change_is_refused_and_nothing_changes(
    home: Home, text: str, value: int, said: str
) -> None:
    home.config_file.write_text(text)
    with pytest.raises(SettingsError, match=said):
        change_setting(home, ("queue", "downloads"), value)
    assert home.config_file.read_text() == text


def test_a_change_leaves_what_is_no_setting_as_it_is(home: Home) -> None:
    home.config_file.write_text("[queue]\nupload = 2\n")
    settings = change_setting(home, ("queue", "downloads"), 3)
    assert (settings.queue.downloads, len(settings.unknown)) == (3, 1)
    assert home.config_file.read_text() == "[queue]\nupload = 2\ndownloads = 3\n"


def test_a_damaged_file_is_never_overwritten(home: Home) -> None:
    for text in (b"[queue\ndownloads = 2", b"\xff\xfe"):
        home.config_file.write_bytes(text)
        with pytest.raises(DamagedFile, match=r"config\.toml"):
            change_setting(home, ("queue", "downloads"), 3)
        assert home.config_file.read_bytes() == text


def test_the_file_is_private_and_a_link_stays_a_link(home: Home, tmp_path: Path) -> None:
    kept = tmp_path / "dotfiles" / "suno.toml"
    kept.parent.mkdir()
    kept.write_text(OWN)
    kept.chmod(0o644)
    home.config_file.symlink_to(kept)
    change_setting(home, ("queue", "downloads"), 3)
    assert home.config_file.is_symlink()
    assert "downloads = 3 # slow line" in kept.read_text()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=20)


@hypothesis_settings(
    max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(TEXTS, min_size=1, max_size=4), TEXTS, st.booleans())
def test_any_text_is_written_so_that_it_is_read_again(
    home: Home, command: list[str], note: str, both: bool
) -> None:
    home.config_file.write_text(OWN)
    change_setting(home, ("providers", "band", "key_command"), command)
    change_setting(home, ("local", "soundfont"), note)
    if both:
        change_setting(home, ("local", "soundfont"), note + "#")
    wanted = tomllib.loads(OWN)
    wanted["providers"]["band"]["key_command"] = command
    wanted["local"] = {"soundfont": note + "#" * both}
    assert tomllib.loads(home.config_file.read_text()) == wanted
    assert "# slow line" in home.config_file.read_text()


def test_the_schema_has_every_setting_once() -> None:
    settings = Settings()
    found = {".".join(one.path): one for one in all_settings(settings)}
    assert {"provider", "queue.downloads", "screen.theme", "player.volume"} <= set(found)
    assert all(one.description for one in found.values())
    for one in found.values():
        assert value_at(settings, one.path) == one.default
        assert not is_set({}, one.path)
    assert found["queue.downloads"].limits == "1 to 32"
    assert found["queue.requests_per_second"].limits == "more than 0, at most 100"
    assert found["spend.day"].limits == "0 or more"
    assert found["screen.notify"].limits == "off, bell, terminal"


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("queue.downloads", " 7 ", 7),
        ("queue.downloads", "", None),
        ("queue.poll_seconds", "2.5", 2.5),
        ("local.target_seconds", "30", 30),
        ("screen.ask_before_generate", "no", False),
        ("screen.notify", "bell", "bell"),
        ("local.soundfont", "off", "off"),
    ],
)
def test_a_text_becomes_a_value(name: str, text: str, value: Any) -> None:
    [one] = [one for one in all_settings(Settings()) if ".".join(one.path) == name]
    assert one.read(text) == value
    assert one.read(one.show(value)) == value


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("queue.downloads", "many", "Write a whole number, 1 to 32."),
        ("queue.downloads", "33", "33 is out of bounds. Write a whole number, 1 to 32."),
        ("queue.downloads", "1_0", "Write a whole number"),
        ("queue.poll_seconds", "nan", "out of bounds"),
        ("queue.requests_per_second", "0", "more than 0, at most 100"),
        ("spend.day", "-1", "0 or more"),
        ("screen.notify", "shout", "There are: off, bell, terminal."),
        ("screen.ask_before_generate", "perhaps", "yes or no"),
    ],
)
def test_an_invalid_text_is_explained(name: str, text: str, said: str) -> None:
    [one] = [one for one in all_settings(Settings()) if ".".join(one.path) == name]
    with pytest.raises(SettingsError, match=said):
        one.read(text)


def test_secrets_are_set_or_not_and_commands_are_words() -> None:
    settings = Settings.from_table(
        Home.find({"SUNO_TUI_HOME": "/nowhere"}),
        {"providers": {"band": {"key": "sk-1", "key_command": ["pass", "my key"]}}},
    )
    found = {one.path[2]: one for one in all_settings(settings) if one.path[0] == "providers"}
    assert found["key"].show(value_at(settings, found["key"].path)) == "set"
    shown = found["key_command"].show(value_at(settings, found["key_command"].path))
    assert shown == "pass 'my key'"
    assert found["key_command"].read(shown) == ["pass", "my key"]
    with pytest.raises(SettingsError, match="command"):
        found["key_command"].read("pass 'my")
