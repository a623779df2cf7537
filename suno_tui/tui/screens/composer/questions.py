"""The questions that the composer's actions ask in dialogs, and what is done with the answers.

Dialogs are imported late, because the start does without them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from suno_tui.common.errors import StudioError
from suno_tui.drafts import SongFolder
from suno_tui.providers.remote import Amount
from suno_tui.providers.song import NO_SOURCE, Song
from suno_tui.tui.screens.composer.form import SongForm
from suno_tui.tui.screens.composer.lyrics_editor import LyricsEditor
from suno_tui.tui.screens.composer.notices import Notices
from suno_tui.tui.screens.composer.personas import Persona, PersonaStore
from suno_tui.tui.sending import PLAIN, Sending
from suno_tui.tui.widgets.content import one_line

if TYPE_CHECKING:
    from suno_tui.offers import Quote
    from suno_tui.studio import Studio
    from suno_tui.tasks.models import Task
    from suno_tui.tui.context import Context

_OPEN = "<topic> in a text is asked for each time the recipe is used."


async def ask_count(
    app: Context, studio: Studio, song: Song, balance: Amount | None, how: Sending = PLAIN
) -> int | None:
    """Show what is sent and its cost; return how many tasks the user wants, None for none."""
    from suno_tui.tui.screens.composer.generate_dialog import GenerateDialog

    model = studio.capabilities(how.provider).model(song.model)
    label = model.label if model else song.model
    if how.provider is None:
        balance = song_balance(studio, balance)
    elif how.provider != studio.provider:
        balance = studio.known_balance(how.provider)

    def quote(count: int) -> Quote:
        found = studio.quote(song, count, how.provider)
        warnings = [each for each in (how.doubt, found.warning) if each]
        return found._replace(warning="\n".join(warnings) or None)

    dialog = GenerateDialog(song, label, quote, balance, studio.uses(song, how.provider))
    return await app.push_screen_wait(dialog)


async def ask_parameters(app: Context, studio: Studio, song: Song) -> Song | None:
    """Let the user set tempo, key, length and the like; return the song with them."""
    from suno_tui.tui.screens.composer.parameters_dialog import ParametersDialog

    dialog = ParametersDialog(song, studio.current_provider, studio.model_of(song))
    return dialog.song if await app.push_screen_wait(dialog) else None


async def choose_model(app: Context, studio: Studio, current: str) -> str | None:
    """Let the user choose a model, by the prices of the provider that makes the song."""
    from suno_tui.tui.dialogs.item_picker import model_picker

    can = studio.capabilities()
    return await app.push_screen_wait(model_picker(can.models, current, can.credit))


async def choose_provider(app: Context, studio: Studio) -> None:
    """Let the user choose the provider of the song that is being written."""
    from suno_tui.tui.dialogs.item_picker import ItemPicker
    from suno_tui.tui.screens.providers.dialog import provider_item

    items = [provider_item(studio, name) for name in studio.providers]
    picker = ItemPicker("Provider of this song", items, end_width=18, name_width=20, open="Choose")
    picker.rows.cursor = studio.providers.index(studio.current_provider)
    if name := await app.push_screen_wait(picker):
        studio.choose_provider(name)


def song_balance(studio: Studio, balance: Amount | None) -> Amount | None:
    """Return the balance at the provider of the song; `balance` is that of the default one."""
    named = studio.song_provider
    return balance if named is None else studio.known_balance(named)


def send(
    studio: Studio,
    songs: tuple[Song, ...],
    notices: Notices,
    count: int = 1,
    how: Sending = PLAIN,
) -> tuple[Task, ...]:
    """Queue `count` tasks for each song; return them, including those queued before an error.
    Notices report both.
    """
    tasks: list[Task] = []
    try:
        for song in songs:
            tasks += studio.generate(song, count, provider=how.provider, origin=how.origin)
    except StudioError as error:
        done = f"{len(tasks)} tasks were queued before that. " if tasks else ""
        notices.alert(f"{error}\n{done}Nothing that you typed is lost.", error.title)
    if tasks:
        what = f"Queued, {len(tasks)} tasks" if len(tasks) > 1 else "Queued"
        notices.say(f"{what}: {one_line(songs[0].name, 40)}")
        if how.doubt:
            notices.alert(how.doubt, "It may not be the same", severity="warning")
    return tuple(tasks)


async def start_from(app: Context, name: str, recipe: Song, song: Song) -> Song:
    """Return the song with the values of a recipe; fields that the recipe lacks stay.

    Asks for the text of each placeholder of the recipe.
    """
    from suno_tui.lyrics.placeholders import fill, placeholders
    from suno_tui.tui.dialogs.item_picker import NameDialog

    song = replace(song, **recipe.to_table())
    for placeholder in placeholders(recipe):
        ask = NameDialog(
            f"{name}: {placeholder}",
            "",
            f"Value for {placeholder}? (Esc: skip)",
            "Type a value, or press Esc to skip it.",
            enter="fill it in",
        )
        if text := await app.push_screen_wait(ask):
            song = fill(song, placeholder, text)
    return song


async def save_recipe(app: Context, recipes: SongFolder, song: Song) -> str | None:
    """Ask for a name and save the song under it; return the name. Raises `StudioError`."""
    from suno_tui.tui.dialogs.item_picker import NameDialog

    wanted = await app.push_screen_wait(NameDialog("Save as recipe", song.name, _OPEN))
    if not wanted:
        return None
    name = recipes.free_name(wanted)
    recipes.save(name, replace(song, **NO_SOURCE))
    return name


async def name_persona(app: Context, store: PersonaStore, id: str) -> None:
    """Ask for a name and a note for a persona's id, and keep them. Raises `StudioError`."""
    from suno_tui.tui.dialogs.item_picker import NameDialog

    known = next((persona for persona in store.known() if persona.id == id), None)
    current = ", ".join(part for part in (known.name, known.note) if part) if known else ""
    ask = NameDialog(f"A name for {one_line(id, 30)}", current, "A name, a comma, and a note")
    if text := await app.push_screen_wait(ask):
        name, _, note = (part.strip() for part in text.partition(","))
        store.keep(Persona(id, name, note))


async def go_to_section(app: Context, form: SongForm) -> None:
    """Let the user choose a section of the lyrics, and go there."""
    from suno_tui.tui.dialogs.item_picker import section_picker

    lyrics = form.query_one(LyricsEditor)
    picker = section_picker(form.song.lyrics, lyrics.cursor_location[0])
    if line := await app.push_screen_wait(picker):
        lyrics.focus()
        lyrics.go_to_line(int(line))


async def go_to_hint(app: Context, form: SongForm) -> None:
    """Let the user choose one of the hints on the song, and go to what it is about."""
    from suno_tui.lyrics.hints import hints
    from suno_tui.tui.dialogs.item_picker import HintPicker

    found, field = hints(form.song), form.screen.focused
    at = field.cursor_location[0] if isinstance(field, LyricsEditor) else 0
    picker = HintPicker(found, field.name or "" if field else "", at)
    if number := await app.push_screen_wait(picker):
        hint = found[int(number)]
        form.field(hint.field).focus()
        if hint.line is not None:
            form.query_one(LyricsEditor).go_to_line(hint.line)
