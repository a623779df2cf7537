from __future__ import annotations

import pytest

from suno_tui.lyrics.sections import cues, doubt, is_tag_line, kind_of, outline, sections, sung

WHOLE = """\
[Short Instrumental Intro]
[Verse 1: soft, whispered]
one
[Pre-Chorus]
two
[Chorus]
three

[Verse 2]
[Female Singer]
four (echo)
[Chorus x2]
[Middle 8]
five
[Guitar Solo]
[Final Chorus]
six
[Outro]
seven
"""


def test_an_outline_has_the_shape_of_the_song() -> None:
    assert outline(WHOLE) == "In·V1·Pc·C·V2·C·B·S·C·O"
    assert outline("[Verse]\na\n[Chorus]\nb") == "V·C"
    assert outline("[Verse]\na\n[Verse]\nb\n[Chorus]\nc") == "V1·V2·C"
    assert outline("no tags at all\njust words") == ""
    assert outline("") == ""


def test_sections_know_their_lines_and_cues() -> None:
    parts = sections(WHOLE)
    assert [part.line for part in parts[:4]] == [0, 1, 3, 5]
    assert parts[1].cues == ("soft", "whispered")
    assert parts[4].cues == ("Female Singer",)
    assert parts[4].lines == ("four (echo)",)


def test_words_before_the_first_tag_are_a_section_without_a_kind() -> None:
    first, second = sections("hello\n[Chorus]\nworld")
    assert first.kind is None
    assert first.lines == ("hello",)
    assert second.short == "C"


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("Verse", "Verse"),
        ("VERSE 12", "Verse"),
        ("pre-chorus", "Pre-Chorus"),
        ("PreChorus", "Pre-Chorus"),
        ("Post Chorus", "Post-Chorus"),
        ("Chorus | anthemic", "Chorus"),
        ("Bridge - whispered", "Bridge"),
        ("Short Instrumental Intro", "Instrumental"),
        ("Instrumental Break", "Instrumental"),
        ("Guitar Solo", "Solo"),
        ("Estribillo", "Chorus"),
        ("サビ", "Chorus"),
        ("Whispered", None),
        ("Converse shoes", None),
        ("", None),
    ],
)
def test_tags_name_parts(tag: str, name: str | None) -> None:
    kind = kind_of(tag)
    assert (kind.tag if kind else None) == name


def test_cues_are_what_a_tag_asks_beside_its_part() -> None:
    assert cues("Verse 2: soft, whispered | piano only") == ("soft", "whispered", "piano only")
    assert cues("Whispered") == ("Whispered",)
    assert cues("Chorus") == ()


def test_brackets_are_never_sung() -> None:
    assert sung("[softly] hold me [now]") == "hold me"
    assert is_tag_line("  [Verse][Soft] ")
    assert not is_tag_line("[Verse] words")
    assert not is_tag_line("[open")


def test_unreliable_tags_say_why() -> None:
    assert "Short Instrumental Intro" in str(doubt("Intro"))
    assert doubt("Short Instrumental Intro") is None
    assert doubt("Chorus") is None


@pytest.mark.parametrize(
    "text", ["[", "]", "[[]]", "[/chorus]", "[@click=app.quit]", "\x00[V\x1b]"]
)
def test_any_text_has_sections(text: str) -> None:
    assert isinstance(sections(text * 3), tuple)
