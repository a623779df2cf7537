from __future__ import annotations

import pytest

from suno_tui.lyrics.hints import hints, line_hint, lyrics_hints, style_hints
from suno_tui.lyrics.length import clock, duration
from suno_tui.providers.song import Song

VERSE = "[Verse]\n" + "Walking down the empty street\n" * 4
CHORUS = "[Chorus]\n" + "Summer nights, we come alive\n" * 4


def test_more_words_last_longer_and_slow_styles_too() -> None:
    short, long = duration(VERSE, "pop"), duration((VERSE + CHORUS) * 3, "pop")
    assert short and long
    assert 20 < short < 60
    assert 90 < long < 200
    slow, rap = duration(VERSE, "slow ballad"), duration(VERSE, "rap")
    assert slow and rap
    assert rap < short < slow


def test_a_chorus_without_words_is_sung_again() -> None:
    once, twice = duration(VERSE + CHORUS), duration(VERSE + CHORUS + "[Chorus]")
    assert once and twice
    assert twice - once > 10


def test_nothing_sung_has_no_length() -> None:
    assert duration("") is None
    assert duration("[Intro]\n[Outro]") is None


def test_a_clock_is_rounded_to_five_seconds() -> None:
    assert clock(158.2) == "~2:40"
    assert clock(61) == "~1:00"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("Hello <name>, come home", "<name> is still a placeholder"),
        ("[Verse: soft, slow, sad, long]", "4 cues"),
        ("[Intro]", "[Intro]: "),
        ("[Chorus", "open"),
        ("we were 17 in the rain", 'write "17" as a word'),
        ("dreamy synth-pop, female vocals, 80s", "reads like a style"),
        ("upbeat pop at 120 bpm", "reads like a style"),
        ("(whispered) come closer", "is sung"),
        ("Chorus:", "write [Chorus]"),
        ("(Verse 1)", "write [Verse 1], or it is sung"),
        ("(Pre-Chorus)", "write [Pre-Chorus]"),
        ("[Verse 1]text on the same line", "the line under [Verse 1]"),
        ("[Brigde]", "did you mean [Bridge]?"),
        ("[Verze 2]", "did you mean [Verse 2]?"),
    ],
)
def test_a_line_has_its_hint(line: str, says: str) -> None:
    assert says in (line_hint(line) or "")


@pytest.mark.parametrize(
    "line",
    [
        "",
        "[Verse]",
        "[Chorus: big, bright]",
        "Walking down the empty street",
        "You said:",
        "I love rock and roll, baby",
        "Play that piano, sing that song",
        "(oh, oh, oh)",
        "(hold me)",
        "[Whispered] come closer",
        "[Female Vocal]",
        "[Rap]",
        "[Fire]",
        "[x2]",
        "[Verse]  ",
    ],
)
def test_a_good_line_has_no_hint(line: str) -> None:
    assert line_hint(line) is None


@pytest.mark.parametrize(
    ("lyrics", "lines"),
    [
        ("[Verse 1]\n\n[Verse 1]\nla la\n[Chorus]\noh", [0]),
        ("[Verse]\nla la\n[Verse]\n[Chorus]\noh", [2]),
        ("[Chorus]\noh\n[Verse]\nla\n[Chorus]\n[Outro]\n", []),
        ("[Instrumental]\n[Verse: instrumental]\n[Verse]\nla\n[Chorus]", []),
    ],
    ids=["the same twice", "second verse", "repeated chorus", "played, or not yet written"],
)
def test_a_section_without_words_has_a_hint(lyrics: str, lines: list[int]) -> None:
    assert [hint.line for hint in lyrics_hints(lyrics)] == lines


def test_style_hints_name_brackets_contradictions_and_crowds() -> None:
    text = " ".join(hint.message for hint in style_hints("[pop], slow, fast"))
    assert "brackets" in text
    assert "slow and fast" in text
    assert "9 descriptors" in style_hints("a, b, c, d, e, f, g, h, i")[0].message
    assert "90 bpm and 140 BPM" in style_hints("90 bpm, 140 BPM")[0].message
    assert style_hints("Pop, Indie, 90 bpm, 90bpm") == ()


def test_hints_are_on_what_would_be_sent_and_never_problems() -> None:
    song = Song(
        custom_mode=True,
        title="Song for <name>",
        style="Pop",
        negative_tags="pop",
        lyrics="[Verse]\nin 1999",
    )
    assert [hint.field for hint in hints(song)] == ["title", "negative_tags", "lyrics"]
    assert hints(song)[2].line == 1
    assert song.problems() == ()
    assert hints(Song(prompt="a song")) == ()
    assert "Custom" in hints(Song(prompt="[Verse] la"))[0].message
