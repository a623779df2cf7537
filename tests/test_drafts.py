"""Drafts and recipes: kept as text, and never lost to a damaged file."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suno_tui.common.errors import DamagedFile, HomeError, UsageError
from suno_tui.drafts import SongFolder, file_name
from suno_tui.providers.song import Song

SONG = Song(custom_mode=True, title="Summer Nights", style="Pop", lyrics="[Verse]\nNight\n")


def test_a_song_comes_back_and_unknown_keys_survive(tmp_path: Path) -> None:
    drafts = SongFolder(tmp_path / "drafts")
    assert drafts.names() == []
    assert drafts.load("summer") is None
    drafts.save("summer", SONG)
    path = tmp_path / "drafts" / "summer.toml"
    path.write_text(path.read_text() + 'my_note = "keep"\n')
    drafts.save("summer", Song(prompt="something else"))
    assert 'my_note = "keep"' in path.read_text()
    kept = drafts.load("summer")
    assert kept is not None
    assert kept.song == Song(prompt="something else")
    drafts.delete("summer")
    assert drafts.names() == []


def test_a_damaged_draft_is_named_and_kept_when_it_is_written_over(tmp_path: Path) -> None:
    drafts = SongFolder(tmp_path)
    (tmp_path / "x.toml").write_text("title = [")
    with pytest.raises(DamagedFile):
        drafts.load("x")
    drafts.save("x", SONG)
    assert (tmp_path / "x.damaged").read_text() == "title = ["
    kept = drafts.load("x")
    assert kept is not None
    assert kept.song == SONG


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("title = 1999", "`title` must be text"),
        ('lyrics = ["line one", "line two"]', "`lyrics` must be text"),
        ('custom_mode = "yes"', "`custom_mode` must be true or false"),
        ('style_weight = "0.5"', "`style_weight` must be a number"),
    ],
)
def test_a_value_that_a_rewrite_would_lose_is_damage(tmp_path: Path, line: str, why: str) -> None:
    folder = SongFolder(tmp_path)
    (tmp_path / "mine.toml").write_text(f'prompt = "x"\n{line}\n')
    with pytest.raises(DamagedFile, match=re.escape(why)):
        folder.load("mine")
    folder.save("mine", Song(prompt="new"))
    assert line in (tmp_path / "mine.damaged").read_text()


@pytest.mark.parametrize("damaged", [False, True])
def test_a_disk_that_refuses_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damaged: bool
) -> None:
    def refuse(self: Path, *_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self))

    drafts = SongFolder(tmp_path)
    drafts.save("x", SONG)
    if damaged:
        (tmp_path / "x.toml").write_text("title = [")
    monkeypatch.setattr(Path, "replace" if damaged else "unlink", refuse)
    with pytest.raises(HomeError, match="Give yourself permission"):
        drafts.save("x", SONG) if damaged else drafts.delete("x")
    monkeypatch.setattr(Path, "stat", refuse)
    with pytest.raises(HomeError, match="Give yourself permission"):
        drafts.names()


def test_a_free_name_is_like_the_wish(tmp_path: Path) -> None:
    drafts = SongFolder(tmp_path)
    names = []
    for _ in range(3):
        names.append(drafts.free_name("Summer Nights!"))
        drafts.save(names[-1], SONG)
    assert names == ["summer-nights", "summer-nights-2", "summer-nights-3"]


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "a\0b"])
def test_a_name_never_leaves_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        SongFolder(tmp_path).save(name, SONG)


@given(st.text())
def test_any_text_gives_a_safe_name(text: str) -> None:
    name = file_name(text)
    assert name == file_name(name)
    assert 0 < len(name.encode()) <= 80
    assert not set(name) & set("/\\.\0 ")


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("रात की बस", "रात-की-बस"),
        ("நள்ளிரவு", "நள்ளிரவு"),
        ("น้ำตก", "น้ําตก"),
        ("ශ්\u200dරී", "ශ්රී"),
        ("\u0301a", "a"),
    ],
)
def test_a_name_keeps_vowel_signs(title: str, name: str) -> None:
    assert file_name(title) == name


def test_a_draft_named_without_its_vowel_signs_still_opens(tmp_path: Path) -> None:
    """Names of earlier versions dropped them."""
    folder = SongFolder(tmp_path)
    song = Song(custom_mode=True, title="रात की बस")
    folder.save("र-त-क-बस", song)
    stored = folder.load("र-त-क-बस")
    assert stored is not None
    assert stored.song == song
    assert folder.free_name(song.title) == "रात-की-बस"
