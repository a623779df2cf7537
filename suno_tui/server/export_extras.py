"""Write scores and stems next to exported tracks of the built-in engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from suno_tui.config.settings import LOCAL
from suno_tui.library.export import Extra
from suno_tui.library.track import Track
from suno_tui.server.rerender import Sketch, check_format


def export_extras(
    tracks: Sequence[Track],
    *,
    midi: bool,
    stems: str | None,
    say: Callable[[Track, str], None],
) -> list[Extra]:
    """Return the writers of scores and stems, after checking all tracks.

    `stems` is the kind of their files, `wav` or `flac`; None for no stems. `say` is called for each
    stem that begins. Raises `NotASketch`, `AnotherEngine`, and `UsageError` if FLAC can't be
    written here.
    """
    if not (midi or stems):
        return []
    if stems:
        check_format(stems)
    sketches = {
        track.id: Sketch.read(track.audio, track.song, exact=track.provider == LOCAL)
        for track in tracks
    }
    for track in tracks:
        sketches[track.id].compose_again(track.audio)

    def write_midi(track: Track, file: Path) -> None:
        sketches[track.id].write_midi(track.audio, file)

    def write_stems(track: Track, folder: Path) -> None:
        def progress(stage: str, share: float) -> None:
            role = stage.removeprefix("stem:")
            if role != stage and role not in begun:
                begun.add(role)
                say(track, role)

        begun: set[str] = set()
        sketches[track.id].write_stems(track.audio, folder, stems or "", progress)

    extras = [Extra(".mid", write_midi)] if midi else []
    return extras + ([Extra(" stems", write_stems)] if stems else [])
