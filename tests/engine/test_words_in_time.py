"""The moment of each syllable: from the score into the file, and back out of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from suno_tui.engine.lyrics import sections
from suno_tui.engine.spelling import divided, pieces
from suno_tui.engine.take import Take
from suno_tui.media import files
from suno_tui.providers.song import Song

SongMaker = Callable[..., Song]
TakeMaker = Callable[..., Take]


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("morning", ["mor", "ning"]),
        ("river", ["ri", "ver"]),
        ("paper,", ["pa", "per,"]),
        ("nothing", ["no", "thing"]),
        ("counted", ["coun", "ted"]),
        ("étoile", ["é", "toile"]),
        ("sky", ["sky"]),
        ("radio", ["radio", "", ""]),
        ("1999", ["1999", "", "", "", ""]),
    ],
)
def test_a_word_is_divided_where_its_letters_tell(word: str, parts: list[str]) -> None:
    assert divided(word, len(parts)) == parts


def test_the_pieces_of_a_line_are_its_text() -> None:
    text = '"Hold on" — to me…'
    found = pieces(text, [('"Hold', 1), ('on"', 1), ("to", 1), ("me", 1)])
    assert found == ('"Hold ', 'on" — ', "to ", "me…")
    assert pieces("♥ oh 2", [("oh", 1), ("2", 1)]) == ("♥ oh ", "2")
    assert pieces("la la", [("la", 0), ("la", 1)]) == ("la la",)


def test_every_line_has_a_piece_for_each_syllable() -> None:
    long = " ".join(["wonderful"] * 12)
    found = sections(f"[Verse]\nWe kept the morning light\n{long}\n你好\n...!\nこんにちは world")
    for line in (line for section in found for line in section.lines):
        assert len(line.pieces) == len(line.syllables)
        assert "".join(line.pieces) == line.text
    assert found[0].lines[0].pieces == ("We ", "kept ", "the ", "mor", "ning ", "light")


@pytest.mark.parametrize("number", [1, 2])  # another tempo, another opening
def test_a_take_keeps_the_moment_of_each_word(
    song: SongMaker, take: TakeMaker, tmp_path: Path, number: int
) -> None:
    made = take(song(), number=number, seconds=9)
    assert made.lines
    file = tmp_path / "take.mp3"
    file.write_bytes(made.mp3)
    found = files.timed_lines(file)
    assert [text for _, text, _ in found] == [line.text for line in made.lines]
    for (at, text, parts), line in zip(found, made.lines, strict=True):
        assert at == pytest.approx(line.start, abs=0.001)
        assert "".join(part for _, part in parts) == text
        moments = [moment for moment, _ in parts]
        assert moments == sorted(moments)
        assert parts[-1][0] == pytest.approx(line.end, abs=0.001)
        assert parts[-1][1] == ""
