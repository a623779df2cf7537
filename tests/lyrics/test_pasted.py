from __future__ import annotations

import pytest

from suno_tui.lyrics.pasted import apply, read_song
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


def test_a_paste_changes_what_it_names_and_nothing_else() -> None:
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
