"""`suno-tui recipe`: list recipes, and share them as one TOML file."""

from __future__ import annotations

import sys
from contextlib import closing
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from suno_tui.cli.opening import open_studio
from suno_tui.cli.output import print_json, print_line, write_line
from suno_tui.cli.parser import Options
from suno_tui.cli.reading import read_text
from suno_tui.cli.table import note_empty
from suno_tui.common.atomic_files import write_bytes
from suno_tui.common.errors import UsageError
from suno_tui.common.safe_files import NotToml, parse_toml
from suno_tui.drafts import file_name
from suno_tui.providers.song import Song

if TYPE_CHECKING:
    from suno_tui.drafts import SongFolder

TABLE = "recipe"
"""The name of the tables in a recipe file."""
STARTER = "starter_recipes.toml"
"""The file with the recipes that come with the program."""


def run(options: Options) -> int:
    """Run the action. Raises `UsageError`, and has written no recipe then."""
    with closing(open_studio()) as studio:
        if options.action == "export":
            return _export(studio.recipes, options)
        if options.action == "import":
            return _import(studio.recipes, options)
        names = sorted(studio.recipes.names())
        if not names and not options.json:
            note_empty("No recipes yet. `suno-tui recipe import --starter` adds sixty.")
        for name in names:
            stored = studio.recipes.load(name)
            if stored is None:
                continue
            if options.json:
                print_json({"name": name, "song": stored.song.to_table()})
            else:
                print_line(f"{name:24}", stored.song.style or stored.song.prompt)
    return 0


def _export(recipes: SongFolder, options: Options) -> int:
    import tomli_w

    tables = []
    for name in options.names or sorted(recipes.names()):
        stored = recipes.load(name)
        if stored is None:
            raise UsageError(f"There is no recipe {name!r}. `suno-tui recipe` lists them.")
        tables.append({"name": name} | stored.song.to_table())
    if not tables:
        raise UsageError("There are no recipes to export.")
    text = tomli_w.dumps({TABLE: tables}, multiline_strings=True)
    if options.to is None:
        write_line(text.rstrip("\n"))
    else:
        if options.to.exists():
            raise UsageError(f"{options.to} exists already. Choose another name.")
        write_bytes(options.to, text.encode())
    return 0


def _import(recipes: SongFolder, options: Options) -> int:
    if (options.file is None) is not options.starter:
        raise UsageError("Give either a FILE (- for standard input) or --starter.")
    if options.starter:
        source, text = "the starter pack", starter_text()
    else:
        source, text = options.file, read_text("FILE", options.file)
    songs = read_recipes(text, source)
    added = 0
    for name, song in songs:
        kept = recipes.load(name)
        if kept is not None and kept.song == song:
            continue
        free = recipes.free_name(name)
        recipes.save(free, song)
        added += 1
        if options.json:
            print_json({"name": free})
    there = len(songs) - added
    before = f", {there} {'was' if there == 1 else 'were'} there already" if there else ""
    print(f"suno-tui: {added} recipe{'s' * (added != 1)} added{before}.", file=sys.stderr)
    return 0


def starter_text() -> str:
    """Return the text of the starter pack."""
    return files("suno_tui").joinpath(STARTER).read_text("utf-8")


def read_recipes(text: str, source: str) -> list[tuple[str, Song]]:
    """Return the names and songs of a recipe file. Raises `UsageError` if it is invalid."""
    try:
        tables = parse_toml(text.encode()).get(TABLE)
    except NotToml as error:
        raise UsageError(f"{source}: is not valid TOML ({error}).") from error
    if not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables):
        raise UsageError(f"{source}: there is no [[{TABLE}]] in it.")
    return [_recipe(number, table, source) for number, table in enumerate(tables, 1)]


def _recipe(number: int, table: dict[str, Any], source: str) -> tuple[str, Song]:
    name = table.get("name")
    if not isinstance(name, str) or not name.strip():
        raise UsageError(f"{source}: recipe {number} has no name.")
    if misfits := Song.misfits(table):
        raise UsageError(f"{source}: recipe {name!r}: {misfits[0]}.")
    return file_name(name), Song.from_table(table)
