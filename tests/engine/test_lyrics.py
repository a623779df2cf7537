"""Lyrics become sections, lines and syllables, in any script."""

from __future__ import annotations

import pytest

from suno_tui.engine.g2p import english
from suno_tui.engine.lyrics import kind_of, sections, syllables

COUNTS = {
    "walking": 2, "down": 1, "empty": 2, "street": 1, "city": 2, "lights": 1, "beneath": 2,
    "every": 2, "shining": 2, "inside": 2, "summer": 2, "alive": 2, "dancing": 2, "under": 2,
    "neon": 2, "skies": 1, "remember": 3, "yesterday": 3, "beautiful": 3, "everything": 3,
    "together": 3, "forever": 3, "fading": 2, "faded": 2, "loved": 1, "wanted": 2, "hope": 1,
    "hopes": 1, "candles": 2, "burning": 2, "wishes": 2, "smile": 1, "smiled": 1, "whisper": 2,
    "moonlight": 2, "tomorrow": 3, "heartache": 2, "heaven": 2, "emotion": 3, "imagination": 5,
    "don't": 1, "couldn't": 2, "we're": 1, "baby": 2, "crazy": 2, "fire": 2, "people": 2,
    "little": 2, "believe": 2, "stranger": 2, "danger": 2, "changes": 2, "voices": 2, "rain": 1,
    "thunder": 2, "lightning": 2, "midnight": 2, "sunrise": 2, "highway": 2, "radio": 3,
    "memory": 3, "photograph": 3, "surrender": 3, "electric": 3, "paradise": 3, "melody": 3,
}  # fmt: skip


def test_most_english_words_have_the_right_number_of_syllables() -> None:
    wrong = {w: len(syllables(w)) for w, n in COUNTS.items() if len(syllables(w)) != n}
    assert len(wrong) <= 0.04 * len(COUNTS), wrong


@pytest.mark.parametrize(
    ("word", "phones"),
    [
        ("night", "N AY T"), ("street", "S T R IY T"), ("shining", "SH AY N IH NG"),
        ("phone", "F OW N"), ("knee", "N IY"), ("making", "M EY K IH NG"), ("rain", "R EY N"),
        ("station", "S T EY SH AH N"), ("love", "L AH V"), ("cats", "K AE T S"),
        ("judge", "JH AH JH"),
    ],
)  # fmt: skip
def test_letters_become_phones(word: str, phones: str) -> None:
    assert " ".join(english(word)) == phones


KINDS = {
    "intro": "Intro, Opening, Spoken Intro, Instrumental Intro, Intro: piano, Intro Verse",
    "verse": "Verse, VERSE 12, Verse2, Rap, Rap Verse, Part 1, Spoken Verse, Couplet, Куплет 1",
    "pre-chorus": "Pre-Chorus, PreChorus, Pre Chorus, Pre-Hook, Lift",
    "chorus": "Chorus, Final Chorus, Chorus x2, Chorus - Part 2, Post-Chorus, Refrain, Coro, サビ",
    "hook": "Hook, Hook x2",
    "bridge": "Bridge, Middle 8, Middle Eight, Middle, Instrumental Bridge, Bridge part 2",
    "solo": "Solo, Guitar Solo, Instrumental Solo",
    "drop": "Drop, Beat Drop, Drop with riser",
    "build": "Build, Build-Up, Buildup, Riser, Break - build up",
    "break": "Break, Breakdown, Instrumental Break, Rap Break, Pause",
    "interlude": "Interlude, Instrumental Interlude",
    "instrumental": "Instrumental, Instrumental Outro",
    "outro": "Outro, Coda, Ending, End, Fade Out, Fade to End",
    None: "Spoken Word, Narration, Whispered, Female Vocal, Duet, Party, Endless",
}


@pytest.mark.parametrize(
    ("tag", "kind"), [(tag, kind) for kind, tags in KINDS.items() for tag in tags.split(", ")]
)
def test_a_tag_names_a_kind_of_section(tag: str, kind: str | None) -> None:
    assert kind_of(tag) == kind


@pytest.mark.parametrize(
    "line",
    ["[Chorus]", " [ Chorus ]: ", "【Chorus】", "(Chorus)", "[Chorus (x1)]", "[Soft][Chorus]"],
)
def test_a_section_tag_stands_alone_on_its_line(line: str) -> None:
    (section,) = sections(f"{line}\none")
    assert (section.kind, section.name) == ("chorus", "Chorus")


def test_tags_make_the_form() -> None:
    found = sections(
        "a line before\n[Verse 1: soft]\none\n[Pre-Chorus]\ntwo\n[Chorus x2]\nthree\n"
        "[Guitar Solo]\n[whispering]\n[Bridge]\nfour [laughs]\n[Chorus]\n[Outro]\nfive"
    )
    assert [(s.kind, [line.text for line in s.lines]) for s in found] == [
        ("verse", ["a line before"]),
        ("verse", ["one"]),
        ("pre-chorus", ["two"]),
        ("chorus", ["three"]),
        ("chorus", ["three"]),
        ("solo", []),
        ("bridge", ["four"]),
        ("chorus", ["three"]),
        ("outro", ["five"]),
    ]
    assert [s.name for s in found][1] == "Verse 1"


def test_without_tags_what_returns_is_the_chorus() -> None:
    found = sections("one\ntwo\n\nla la\nla\n\nthree\nfour\n\nla la\nla")
    assert [s.kind for s in found] == ["verse", "chorus", "verse", "chorus"]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("さくらさくら", 6), ("안녕하세요", 5), ("你好世界", 4), ("привет мир", 3), ("señorita", 4),
        ("λόγος", 2), ("24", 2),
    ],
)  # fmt: skip
def test_other_scripts_have_syllables(text: str, count: int) -> None:
    assert len(syllables(text)) == count


@pytest.mark.parametrize("text", ["", "\n" * 10_000, "🎵\n!!!\n…", "[Verse]\n[Chorus]", "[]"])
def test_lyrics_without_words_are_sung_by_nobody(text: str) -> None:
    assert not any(s.lines for s in sections(text))


def test_a_line_that_is_too_long_for_a_breath_is_sung_as_several() -> None:
    (section,) = sections("[Verse]\n" + "la " * 300)
    assert all(1 <= len(line.syllables) <= 32 for line in section.lines)
    assert len(section.lines) > 4
