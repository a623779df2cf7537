from __future__ import annotations

from suno_tui.lyrics.tags import complete_tag


def names(typed: str, before: str = "") -> list[str]:
    return [tag.text for tag in complete_tag(typed, before)]


def test_the_likeliest_tag_comes_first() -> None:
    assert names("")[0] == "Verse 1"
    assert names("", "[Verse]\nla")[0] == "Chorus"
    assert names("", "[Verse]\nla\n[Chorus]\nla")[0] == "Verse 2"
    assert names("", "[Bridge]\nla")[0] == "Final Chorus"


def test_typing_narrows_the_tags_and_a_whole_tag_is_not_offered() -> None:
    assert names("pre") == ["Pre-Chorus"]
    assert "Chorus" not in names("chorus")
    assert names("zzz") == []


def test_an_unreliable_tag_is_offered_with_its_doubt() -> None:
    assert complete_tag("intr", "")[0].doubt
