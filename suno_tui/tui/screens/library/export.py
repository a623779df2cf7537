"""The dialog that exports tracks to a folder or a zip file."""

from __future__ import annotations

import asyncio
from typing import Any

from suno_tui.common.errors import StudioError
from suno_tui.library.export_template import STANDARD, Template
from suno_tui.library.track import Track
from suno_tui.tui.dialogs.form import Field, FormDialog
from suno_tui.tui.widgets.content import one_line


class ExportDialog(FormDialog):
    """Asks for the target and the names; shows the name that the first track would get."""

    def __init__(self, ids: list[str], label: str, *, sketches: bool = False) -> None:
        """`sketches` says whether all tracks have a score and stems."""
        more = (
            Field("midi", "with the score, as MIDI"),
            Field("stems", "with the stems, as WAV: takes as long as making the song"),
        )
        super().__init__(
            f"Export {label}",
            (
                Field("to", "To", "~/Music/suno-tui", hint="a folder, or a zip file's name"),
                Field("template", "Names", STANDARD),
            ),
            ticks=(
                Field("zip", "one zip file"),
                Field("tags", "with tags and cover", "yes"),
                Field("lrc", "with the lyrics in time, as LRC"),
                *(more if sketches else ()),
            ),
            about="File names: {title} {take} {style} {date} {model} {key?} … (use / for folders)",
            done="export",
        )
        self.ids = ids

    def foot(self, answers: dict[str, Any]) -> str:
        try:
            track = self.app.studio.library.get(self.ids[0])
            name = Template.parse(answers["template"]).name(track)
        except StudioError as error:
            return str(error)
        return f"{name}{track.audio.suffix.lower()}"

    async def perform(self, answers: dict[str, Any]) -> str:
        self._show_foot("Exporting …")
        # It changes nothing in the library, so it does not keep the library's changes waiting.
        return await asyncio.to_thread(self.act, answers)

    def act(self, answers: dict[str, Any]) -> str:
        from suno_tui.common.errors import UsageError
        from suno_tui.library.export import export, exported, lyrics_in_time, place

        if not answers["to"].strip():
            raise UsageError("Name a folder to export to.")
        library = self.app.studio.library
        tracks = [library.get(track_id) for track_id in self.ids]
        midi, stems = answers.get("midi", False), answers.get("stems", False)
        extras = [lyrics_in_time(words=False)] if answers["lrc"] else []
        if midi or stems:
            from suno_tui.server.export_extras import export_extras

            extras += export_extras(
                tracks, midi=midi, stems="wav" if stems else None,
                say=lambda track, stem: self.show_progress(f"Exporting {_name(track)}: {stem}"),
            )  # fmt: skip
        done = 0

        def count(_: object) -> None:
            nonlocal done
            done += 1
            self.show_progress(f"Exporting: {done} of {len(tracks)} tracks")

        to = place(answers["to"].strip())
        export(
            tracks, to, inside=library.folder, template=answers["template"], archive=answers["zip"],
            tags=answers["tags"], extras=extras, on_exported=count,
        )  # fmt: skip
        return exported(done, to, archive=answers["zip"])


def _name(track: Track) -> str:
    return f"{one_line(track.name, 40)} {track.take}"
