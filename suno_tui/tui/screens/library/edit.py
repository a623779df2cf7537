"""Dialogs that edit title, style, tags and notes of tracks."""

from __future__ import annotations

from typing import Any

from suno_tui.library.track import Track
from suno_tui.tui.dialogs.form import Field, FormDialog
from suno_tui.tui.widgets.content import one_line

_NOTES_ROWS = 6
"""Rows of the notes in the dialog; more of them scroll."""


class EditOne(FormDialog):
    """Edits one track; the tags in its audio file are updated.

    A new title is set for all `takes` of the song, unless the user unticks that.
    """

    def __init__(self, track: Track, takes: list[Track]) -> None:
        values = {name: getattr(track, name) for name in ("title", "style", "tags", "notes")}
        # In a field of one line, a line break is shown as a space, and kept.
        fields = tuple(
            Field(name, name.capitalize(), value, rows=_NOTES_ROWS if name == "notes" else 1)
            for name, value in values.items()
        )
        every = Field("every", f"a new title for all {len(takes)} takes of the song", "yes")
        super().__init__(
            f"{one_line(track.name, 50)} {track.take}",
            fields,
            ticks=(every,) if len(takes) > 1 else (),
        )
        self.track, self.takes = track, takes
        self._before = {field.name: field.value for field in fields}

    def act(self, answers: dict[str, Any]) -> str:
        every = answers.pop("every", False)
        # A field that was not edited keeps its text in the file, with its line breaks.
        changed = {name: text for name, text in answers.items() if text != self._before[name]}
        library = self.app.studio.library
        others = [take for take in self.takes if take.id != self.track.id]
        with library.together():
            if "notes" in changed:
                library.annotate(self.track.id, notes=changed.pop("notes"))
            if changed:
                library.edit(self.track.id, **changed)
            if every and "title" in changed:
                for take in others:
                    library.edit(take.id, title=changed["title"])
        return ""


class EditMany(FormDialog):
    """Edits several tracks at once; an empty field changes nothing."""

    def __init__(self, ids: list[str]) -> None:
        super().__init__(
            f"{len(ids):,} tracks",
            (
                Field("add", "Add tags", hint="demo, summer"),
                Field("remove", "Remove tags"),
                Field("title", "Title", hint="as it is"),
                Field("style", "Style", hint="as it is"),
                Field("notes", "Notes", hint="as they are"),
            ),
            about="For all of them; empty fields change nothing.",
        )
        self.ids = ids

    def act(self, answers: dict[str, Any]) -> str:
        library = self.app.studio.library
        add, remove = (
            tags_of(answers["add"]),
            {tag.casefold() for tag in tags_of(answers["remove"])},
        )
        changed = {name: answers[name] for name in ("title", "style") if answers[name].strip()}
        edited = 0
        with library.together():
            for track_id in self.app.library.progress.each(self.ids):
                track = library.get(track_id)
                old = tags_of(track.tags)
                known = {tag.casefold() for tag in old}
                new = [tag for tag in add if tag.casefold() not in known]
                tags = [tag for tag in [*old, *new] if tag.casefold() not in remove]
                mine = changed | ({"tags": ", ".join(tags)} if tags != old else {})
                notes = answers["notes"]
                if notes.strip():
                    library.annotate(track_id, notes=notes)
                if mine:
                    library.edit(track_id, **mine)
                edited += bool(mine or notes.strip())
        if not edited:
            return "Nothing to change."
        return "1 track was edited." if edited == 1 else f"{edited:,} tracks were edited."


def tags_of(text: str) -> list[str]:
    """Return the tags between commas, each once."""
    return list(dict.fromkeys(tag.strip() for tag in text.split(",") if tag.strip()))
