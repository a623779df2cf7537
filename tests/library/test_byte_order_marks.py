"""A byte order mark, as Notepad and PowerShell write it, is taken in every kind of text file."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from suno_tui.common.errors import DamagedFile, UsageError
from suno_tui.common.paths import Home
from suno_tui.config.config_file import change_setting
from suno_tui.config.settings import Settings
from suno_tui.drafts import SongFolder
from suno_tui.tui.themes.own import own_themes
from tests.command import json_lines, suno_tui
from tests.library.harness import House, mp3

MARK = codecs.BOM_UTF8


def test_settings(home: Home) -> None:
    text = "# mine\r\n[queue]\r\ndownloads = 7\r\n"
    home.config_file.write_bytes(MARK + text.encode())
    assert Settings.load(home).queue.downloads == 7
    change_setting(home, ("queue", "downloads"), 8)
    assert home.config_file.read_bytes() == MARK + text.replace("7", "8").encode()
    assert Settings.load(home).queue.downloads == 8


def test_settings_in_utf_16_are_refused_with_a_plain_word(home: Home) -> None:
    home.config_file.write_bytes("[queue]\r\n".encode("utf-16"))
    done = suno_tui("queue")
    assert done.returncode == 2
    assert "it is saved as UTF-16; save it as UTF-8" in done.stderr


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_track_and_what_a_person_wrote_in_it(house: House, end: str) -> None:
    house.folder.mkdir()
    (house.folder / "a.mp3").write_bytes(mp3())
    file = house.folder / "a.toml"
    text = f'# mine{end}id = "a"{end}title = "A" # so{end}rating = 1{end}'
    file.write_bytes(MARK + text.encode())
    assert [track.title for track in house.library.tracks()] == ["A"]
    house.library.annotate("a", rating=3)
    assert file.read_bytes() == MARK + text.replace("rating = 1", "rating = 3").encode()
    house.library.undo()
    assert file.read_bytes() == MARK + text.encode()


def test_drafts_and_recipes(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(MARK + b'prompt = "A song"\r\n')
    kept = SongFolder(tmp_path).load("a")
    assert kept is not None
    assert kept.song.prompt == "A song"
    (tmp_path / "a.toml").write_bytes('prompt = "A song"'.encode("utf-16"))
    with pytest.raises(DamagedFile, match="saved as UTF-16"):
        SongFolder(tmp_path).load("a")


def test_saved_searches(house: House) -> None:
    folder = house.folder / "playlists"
    folder.mkdir(parents=True)
    (folder / "searches.toml").write_bytes(MARK + b'best = "rating:5"\r\n')
    assert house.library.searches.all() == {"best": "rating:5"}


def test_themes(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_bytes(MARK + b'primary = "#7cb7ff"\r\n')
    themes, problems = own_themes(tmp_path)
    assert [theme.name for theme in themes] == ["mine"]
    assert problems == []


def test_lyrics_from_a_file_and_from_standard_input(home: Home, tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    words.write_bytes(MARK + b"[Verse]\r\nWalking\r\n")
    options = ("--title", "T", "--style", "S", "--dry-run", "--json")
    for name, stdin in ((str(words), ""), ("-", "\ufeff[Verse]\r\nWalking\r\n")):
        done = suno_tui("generate", *options, "--lyrics", name, stdin=stdin)
        (line,) = json_lines(done.stdout)
        assert "[Verse]\nWalking" in line["request"]["input"].values()


@pytest.mark.parametrize("command", ["generate", "edit"])
def test_lyrics_that_never_end_or_are_utf_16_are_refused(
    home: Home, tmp_path: Path, command: str
) -> None:
    words = tmp_path / "words.txt"
    words.write_bytes("[Verse]".encode("utf-16"))
    start = ("generate", "--title", "T", "--style", "S", "--dry-run")
    given = start if command == "generate" else ("track", "edit", "x")
    for name, why in ((str(words), "saved as UTF-16"), ("/dev/zero", "larger than 4 MB")):
        done = suno_tui(*given, "--lyrics", name)
        assert done.returncode == UsageError.exit_code
        assert why in done.stderr
