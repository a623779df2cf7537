"""Copies of tracks for elsewhere: a folder with names by a template, or a zip file."""

from __future__ import annotations

from typing import Any

from suno_tui.errors import StudioError
from suno_tui.library.naming import STANDARD, Template
from suno_tui.tui.library.form import Field, Form


class ExportDialog(Form):
    """Asks where to and under which names; shows the name that the first track would get."""

    def __init__(self, ids: list[str], words: str) -> None:
        super().__init__(
            f"Export {words}",
            (
                Field("to", "To", "~/Music/suno-tui", hint="a folder, or a zip file's name"),
                Field("template", "Names", STANDARD),
            ),
            ticks=(Field("zip", "one zip file"), Field("tags", "with tags and cover", "yes")),
            about="Names by {title} {take} {style} {date} {model} {key?} …; / makes folders.",
            done="exports",
        )
        self.ids = ids

    def foot(self, answers: dict[str, Any]) -> str:
        try:
            track = self.app.studio.library.get(self.ids[0])
            name = Template.parse(answers["template"]).name(track)
        except StudioError as error:
            return str(error)
        return f"{name}{track.audio.suffix.lower()}"

    def act(self, answers: dict[str, Any]) -> str:
        from suno_tui.errors import UsageError
        from suno_tui.library.export import export, exported, place

        if not answers["to"].strip():
            raise UsageError("Name a folder to export to.")
        library = self.app.studio.library
        tracks = [library.get(track_id) for track_id in self.ids]
        done = 0

        def told(_: object) -> None:
            nonlocal done
            done += 1
            self.say(f"{done} of {len(tracks)}")

        to = place(answers["to"].strip())
        export(
            tracks, to, inside=library.folder, template=answers["template"], archive=answers["zip"],
            tags=answers["tags"], told=told,
        )  # fmt: skip
        return exported(done, to, archive=answers["zip"])
