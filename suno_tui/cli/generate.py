"""`suno-tui generate`: queue a song and wait for its takes."""

from __future__ import annotations

import sys
from urllib.parse import urlsplit

from suno_tui.cli.carrying import carrying_of, carrying_song, option_of
from suno_tui.cli.opening import open_studio
from suno_tui.cli.output import print_json, print_line
from suno_tui.cli.parser import Options
from suno_tui.cli.reading import read_text
from suno_tui.cli.wait import wait
from suno_tui.common.errors import UsageError
from suno_tui.common.text import clean
from suno_tui.config.settings import LOCAL
from suno_tui.providers.capabilities import dollars
from suno_tui.providers.song import InvalidSong, Song
from suno_tui.providers.song_fields import CUSTOM, PARAMETERS
from suno_tui.studio import Studio

NOT_EXACT = {
    "wish": "a wish",
    "none": "not possible at this provider",
}


def run(options: Options) -> int:
    """Queue the song of the options. Raises `UsageError` that names the wrong option."""
    studio = open_studio()
    try:
        song = read_song(options, studio)
        if problem := _callback_problem(options.callback_url):
            raise UsageError(problem)
        if options.dry_run:
            return _dry_run(options, studio, song)
        if studio.provider == LOCAL:
            _warn_of_files(studio)
        if warning := studio.key_warning:
            print(f"suno-tui: {clean(warning)}", file=sys.stderr)
        tasks = studio.generate(song, options.count, callback_url=options.callback_url)
        return wait(studio, tasks, options)
    except InvalidSong as error:
        problems = (f"{_option(each.field, options)}: {each.message}" for each in error.problems)
        raise UsageError("; ".join(problems)) from error
    finally:
        studio.close()


def read_song(options: Options, studio: Studio) -> Song:
    """Return the song of the options, in custom mode if any option of that mode is given."""
    given = {name: value for name in CUSTOM if (value := getattr(options, name)) is not None}
    if options.prompt is not None and given:
        names = ", ".join(_option(name, options) for name in given)
        raise UsageError(f"give either a PROMPT (simple mode) or {names} (custom mode), not both.")
    prompt = options.prompt or ""
    if prompt == "-":
        prompt = read_text("PROMPT", prompt).strip()
    if "lyrics" in given:
        given["lyrics"] = read_text("--lyrics", given["lyrics"]).strip("\n")
    if way := carrying_of(options):
        chosen = {name: x for name in PARAMETERS if (x := getattr(options, name)) is not None}
        return carrying_song(options, studio, way, {**given, **chosen}, prompt)
    return Song(
        model=studio.capabilities().default_model.id if options.model is None else options.model,
        custom_mode=bool(given),
        instrumental=options.instrumental,
        prompt=prompt,
        **given,
        **{name: getattr(options, name) for name in PARAMETERS},
    )


def _warn_of_files(studio: Studio) -> None:
    from suno_tui.server.engine_files import soundfont_trouble, voice_trouble

    if trouble := soundfont_trouble(studio.settings.local, read=True):
        print(f"suno-tui: the SoundFont can't be used: {clean(trouble)}", file=sys.stderr)
    if trouble := voice_trouble(studio.settings.local, read=True):
        print(f"suno-tui: the voice can't be used: {clean(trouble)}", file=sys.stderr)


def _option(field: str, options: Options) -> str:
    """Return the option for a field of the song."""
    if (way := carrying_of(options)) and (found := option_of(field, way)):
        return found
    return "PROMPT" if field == "prompt" else "--" + field.replace("_", "-")


def _callback_problem(url: str | None) -> str | None:
    if url is None:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme in ("http", "https") and parts.hostname:
        return None
    return f"--callback-url: {url!r} is not an http or https URL."


def _dry_run(options: Options, studio: Studio, song: Song) -> int:
    if problems := studio.problems(song):
        raise InvalidSong(problems)
    quote = studio.quote(song, options.count)
    request = studio.request(song, options.callback_url)
    uses, given = studio.uses(song), song.parameters | song.options
    if options.json:
        print_json(
            {
                "provider": quote.provider,
                "tasks": quote.tasks,
                "credits": quote.credits,
                "limit": quote.reason,
                "fields": {name: uses[name] for name in given},
                "carries_on": song.carrying,
                "request": request,
            }
        )
        return 0
    money = dollars(quote.credits, quote.credit)
    price = "free" if quote.free else f"{quote.credits} credits{money and ', '}{money}"
    tasks = "1 task" if quote.tasks == 1 else f"{quote.tasks} tasks"
    print_line(f"Would send {tasks} to {quote.provider}: {price}")
    if quote.reason:
        print_line(f"Would be refused: {quote.reason}")
    for name, value in request.get("input", request).items():
        if name != "model":
            print_line(f"{name}: {value}")
    print_line(f"model: {song.model}")
    for name in given:
        if uses[name] != "exact":
            print_line(f"{_option(name, options)}: {NOT_EXACT[uses[name]]}")
    return 0
