"""What the player that outlives its studios knows of the library."""

from __future__ import annotations

from pathlib import Path

import pytest

from suno_tui.library.by_audio import audio_hash
from suno_tui.listener.protocol import File
from suno_tui.sound import LibraryFiles
from tests.library.harness import House


def test_the_library_is_searched_again_only_after_a_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path)
    track = house.add("Rain")
    files = LibraryFiles(house.open())
    looked_for: list[str] = []
    of_hash = type(house.library).of_hash

    def counted(library: object, sha256: str) -> object:
        looked_for.append(sha256)
        return of_hash(library, sha256)  # type: ignore[arg-type]

    monkeypatch.setattr(type(house.library), "of_hash", counted)
    unknown = File("b" * 64, 1000, ".mp3")
    for _ in range(3):
        about = files.about(audio_hash(track))
        assert about is not None
        assert about.title == "Rain"
        assert files.find(unknown) is None
    assert looked_for == [audio_hash(track), unknown.hash]
    path = track.audio.with_suffix(".toml")
    path.write_text(path.read_text().replace('"Rain"', '"Snow"'))
    house.library.refresh()
    about = files.about(audio_hash(track))
    assert about is not None
    assert about.title == "Snow"
    house.close()
