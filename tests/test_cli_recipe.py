"""`suno-tui recipe`: recipes are shared as one file, and sixty come with the program."""

from __future__ import annotations

from pathlib import Path

from suno_tui.cli.recipe import read_recipes, starter_text
from suno_tui.common.paths import Home
from suno_tui.lyrics.placeholders import fill, placeholders
from suno_tui.providers.tables.suno import LOCAL
from tests.command import json_lines, suno_tui


def test_every_recipe_of_the_starter_pack_is_a_song_once_it_is_filled() -> None:
    recipes = read_recipes(starter_text(), "the starter pack")
    assert len(dict(recipes)) == 60
    for name, song in recipes:
        for place in placeholders(song):
            song = fill(song, place, "the words of a user")
        assert song.problems(LOCAL.models) == (), name


def test_recipes_are_exported_and_imported_again(home: Home, tmp_path: Path) -> None:
    first = suno_tui("recipe", "import", "--starter", "--json")
    assert len(json_lines(first.stdout)) == 60
    file = tmp_path / "two.toml"
    assert suno_tui("recipe", "export", "jingle", "hymn", "--to", str(file)).returncode == 0
    again = suno_tui("recipe", "import", str(file))
    assert "0 recipes added, 2 were there already." in again.stderr
    file.write_text(file.read_text().replace("happy", "sad"))
    changed = suno_tui("recipe", "import", str(file), "--json")
    assert json_lines(changed.stdout) == [{"name": "jingle-2"}]
    assert "1 recipe added, 1 was there already." in changed.stderr
    names = [line["name"] for line in json_lines(suno_tui("recipe", "--json").stdout)]
    assert (len(names), "jingle-2" in names) == (61, True)


def test_a_broken_file_adds_nothing(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    for text, why in (
        ("[[recipe", "is not valid TOML"),
        ("a = 1", "there is no [[recipe]]"),
        ('[[recipe]]\nname = "a"\nprompt = "b"\n[[recipe]]\n', "recipe 2 has no name"),
        ('[[recipe]]\nname = "a"\nbpm = "x"\n', "`bpm` must be a whole number"),
    ):
        file.write_text(text)
        done = suno_tui("recipe", "import", str(file))
        assert (done.returncode, why in done.stderr) == (2, True)
    assert suno_tui("recipe", "--json").stdout == ""
