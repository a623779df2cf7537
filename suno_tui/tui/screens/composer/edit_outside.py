"""The user's own editor on the song's large text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from suno_tui.providers.song import Song
from suno_tui.tui.screens.composer.autosave import Autosave
from suno_tui.tui.screens.composer.form import SongForm
from suno_tui.tui.screens.composer.notices import Notices

if TYPE_CHECKING:
    from suno_tui.studio import Studio
    from suno_tui.tui.context import Context


async def edit_outside(
    app: Context, studio: Studio, form: SongForm, autosave: Autosave, notices: Notices
) -> None:
    """Open $EDITOR on the lyrics, or on the prompt in simple mode. Raises `StudioError`.

    If the text was changed here meanwhile, it stays, and the editor's text becomes a new draft.
    """
    from suno_tui.tui.controllers import external_editor

    name = "lyrics" if form.song.custom_mode else "prompt"
    autosave.save()
    last = form.text(name).text

    async def store(text: str) -> None:
        nonlocal last
        if form.text(name).text != last:
            draft = studio.drafts.free_name("from the editor")
            table = {"custom_mode": name == "lyrics", name: text}
            studio.drafts.save(draft, Song.from_table(table))
            notices.say(f"The text here has changed: the editor's text is now the draft {draft}.")
            return
        last = text
        form.text(name).replace_all(text)
        autosave.save()

    await external_editor.edit_in_editor(app, studio, last, name, store)
