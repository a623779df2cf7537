from __future__ import annotations

from pathlib import Path

import pytest

from suno_tui.lyrics.pasted import apply, read_song
from suno_tui.lyrics.sections import outline
from suno_tui.providers.song import Song

LYRICS = "[Verse]\nWalking down the empty street\n\n[Chorus]\nTitle: queen of the night"


@pytest.mark.parametrize(
    "text",
    [
        f"Title: Summer Nights\nStyle: Pop, Indie\nLyrics:\n{LYRICS}",
        f"**Title:** Summer Nights\r\n**Style of Music:** Pop, Indie\r\n\r\nLyrics:\r\n{LYRICS}",
        f"# Title\nSummer Nights\n\n## Style\n`Pop, Indie`\n\n## Lyrics\n```\n{LYRICS}\n```",
        f'---\nSong Title: "Summer Nights"\nGenre (max 200): Pop, Indie\n---\nLyrics:\n\n{LYRICS}',
        f"Title: Summer Nights\nStyle: Pop, Indie\n{LYRICS}",
        f"Title: Summer Nights\n\n{LYRICS}\n\nStyle: Pop, Indie",
        f"Title: Summer Nights\nStyle: Pop, Indie\n\n---\n{LYRICS}",
    ],
)
def test_a_whole_song_is_understood(text: str) -> None:
    fields = read_song(text)
    assert fields == {"title": "Summer Nights", "style": "Pop, Indie", "lyrics": LYRICS}


def test_lyrics_without_a_head_or_a_tag_are_a_paragraph_of_their_own() -> None:
    fields = read_song("Title: Rain\nStyle:\n\nfolk,\nslow\n\nIt rained\n\nIt rains")
    assert fields == {"title": "Rain", "style": "folk, slow", "lyrics": "It rained\n\nIt rains"}


@pytest.mark.parametrize(
    "text",
    [
        "**Rain**\n\nStyle: folk\nLyrics:\nIt rained",
        "# Rain\n\n**Style of Music:** folk\n\nIt rained",
        "Rain\nStyle: folk\nLyrics:\nIt rained",
    ],
)
def test_a_heading_or_a_short_line_before_all_heads_is_the_title(text: str) -> None:
    assert read_song(text) == {"title": "Rain", "style": "folk", "lyrics": "It rained"}


def test_what_belongs_to_no_field_is_the_prompt() -> None:
    fields = read_song("Here is your song!\n\nTitle: Rain\nArtist: me\nStyle: folk\nLyrics: la")
    assert fields == {
        "title": "Rain",
        "style": "folk",
        "lyrics": "la",
        "prompt": "Here is your song!\n\nArtist: me",
    }


@pytest.mark.parametrize(
    ("text", "style"),
    [
        ("Genre: jazz\nMood: sad", "jazz, sad"),
        ("Style: **pop**, warm\nBPM: 90\nKey: C minor", "pop, warm, 90 bpm, C minor"),
        ("Mood: sad\nStyle: pop\nTags: foo", "pop, sad, foo"),
        ("Style: pop\nInstruments:\n- piano\n- drums", "pop, piano, drums"),
        ("Style: pop\nVocals: breathy female", "pop, breathy female vocals"),
        ("Style: **synth pop**, *dreamy*", "synth pop, dreamy"),
    ],
)
def test_descriptors_under_heads_of_their_own_join_the_style(text: str, style: str) -> None:
    fields = read_song(f"Title: **Rain** 🌧\n{text}\nLyrics:\nMood: sung")
    assert fields is not None
    assert (fields["title"], fields["style"]) == ("Rain 🌧", style)
    assert fields["lyrics"] == "Mood: sung"


def test_dashes_among_lyrics_stay_and_those_around_them_go() -> None:
    fields = read_song("Title: T\nStyle: s\nLyrics:\n---\n**[Verse]**\nla\n---\nlo\n\n---\n")
    assert fields and fields["lyrics"] == "[Verse]\nla\n---\nlo"


@pytest.mark.parametrize(
    "text",
    ["", LYRICS, f"Title: only this\n{LYRICS}", "Title: only this", "Pop, Indie", "a: b\nc: d"],
)
def test_a_text_that_is_no_whole_song_stays_text(text: str) -> None:
    assert read_song(text) is None


def test_a_paste_changes_only_the_fields_that_it_names() -> None:
    song = Song(title="Old", style="Old style", negative_tags="drums", prompt="kept")
    fields = read_song("Title: New\nVocals: Female\nLyrics:\n[Verse]\nla")
    assert fields is not None
    changed = apply(song, fields)
    assert changed == Song(
        custom_mode=True,
        title="New",
        style="Old style",
        negative_tags="drums",
        prompt="kept",
        vocal_gender="f",
        lyrics="[Verse]\nla",
    )


def test_instrumental_lyrics_make_the_song_instrumental() -> None:
    fields = read_song("Title: T\nStyle: Ambient\nLyrics: [Instrumental]")
    assert fields is not None
    changed = apply(Song(), fields)
    assert changed.instrumental
    assert changed.problems() == ()


DATA = Path(__file__).with_name("data")


def test_a_fence_ends_its_field_and_notes_are_no_lyrics() -> None:
    song = read_song((DATA / "sheet-notes.txt").read_text())
    assert song is not None
    assert song["title"] == "Boards and Rope"
    assert song["negative_tags"] == "Trap, Techno, Autotune"
    assert song["lyrics"].startswith("[Intro: 8 bars - drone, boards far away]\n\n[Verse 1: bass")
    assert song["lyrics"].endswith("[Outro: drone alone]\nNobody waits at the door")
    assert "\\" not in song["lyrics"]
    assert outline(song["lyrics"]) == "I·V1·C·O"
    assert "NOTES" in song["prompt"] and "leaving a harbour" in song["prompt"]


@pytest.mark.parametrize(
    ("file", "wanted"),
    [
        (
            "sheet-custom-lyrics.txt",
            {"style": "Indie pop, warm synths, female vocal", "lyrics": "[Verse 1]\nThe kettle"},
        ),
        (
            "sheet-ja.txt",
            {"title": "雨が止むまで", "style": "J-Pop, アコース", "lyrics": "【Aメロ】\nやかん"},
        ),
    ],
)
def test_sheets_of_other_makers_and_languages(file: str, wanted: dict[str, str]) -> None:
    song = read_song((DATA / file).read_text())
    assert song is not None
    assert song.keys() == wanted.keys()
    for field, beginning in wanted.items():
        assert song[field].startswith(beginning)


@pytest.mark.parametrize(
    ("text", "title", "lyrics"),
    [
        ("Título: Lluvia\nEstilo: pop\nLetra:\n[Verso]\nllueve", "Lluvia", "[Verso]\nllueve"),
        ("제목: 비\n스타일: 발라드\n가사 (12/3000):\n[1절]\n비가", "비", "[1절]\n비가"),
        ("Название: Дождь\nСтиль: поп\nТекст песни:\nдождь", "Дождь", "дождь"),
        ("शीर्षक: बारिश\nशैली: पॉप\nबोल:\n[मुखड़ा]\nपानी", "बारिश", "[मुखड़ा]\nपानी"),
        ("标题：雨\n风格：流行\n歌词：\n[主歌]\n下雨", "雨", "[主歌]\n下雨"),
        ("```\nTitle: Rain\nStyle: pop\nLyrics:\nrain\n```\n", "Rain", "rain"),
        (
            "Title: Rain\nStyle:\n```\npop\n```\nLyrics:\n```\nName: he\n```\nbye",
            "Rain",
            "Name: he",
        ),
        ("Title: Rain\nStyle: pop\nLyrics:\nrain\n\n---\nNotes: loud", "Rain", "rain"),
        ("Title: Rain\nStyle: pop\nLyrics:\nrain\nNotes: loud", "Rain", "rain\nNotes: loud"),
    ],
)
def test_heads_fences_and_notes(text: str, title: str, lyrics: str) -> None:
    song = read_song(text)
    assert song is not None
    assert (song["title"], song["lyrics"]) == (title, lyrics)
