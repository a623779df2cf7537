"""Playlists and saved searches, made here and by hand."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal
from unicodedata import normalize

import pytest

from suno_tui.common.errors import DamagedFile
from suno_tui.library.playlists import BadPlaylist, UnknownPlaylist
from suno_tui.library.query import QueryError
from suno_tui.library.searches import UnknownSearch
from suno_tui.library.track import Track
from suno_tui.library.undo import CantUndo
from tests.library.harness import House, mp3

Form = Literal["NFC", "NFD"]


def titles(house: House, name: str = "Evening") -> list[str | None]:
    return [
        entry.track.title if entry.track else None
        for entry in house.library.playlists.entries(name)
    ]


def test_a_playlist_is_a_file_that_any_player_reads(house: House) -> None:
    track = house.add()
    lists = house.library.playlists
    lists.create("Evening", [track])
    file = house.folder / "playlists" / "Evening.m3u8"
    audio = track.audio.relative_to(house.folder)
    assert file.read_text() == (
        f"#EXTM3U\n#PLAYLIST:Evening\n#EXTINF:1,Summer Nights 1\n#SUNO-TUI:{track.id}\n../{audio}\n"
    )
    assert (file.parent / f"../{audio}").is_file()
    assert lists.names() == ["Evening"]
    assert [entry.track for entry in lists.entries("Evening")] == [track]


def test_pieces_are_added_moved_and_removed(house: House) -> None:
    tracks = [house.add(title) for title in ("A", "B", "C")]
    lists = house.library.playlists
    lists.create("Evening")
    lists.add("Evening", tracks)
    lists.add("Evening", [tracks[2]], at=0)
    assert titles(house) == ["C", "A", "B", "C"]
    lists.move("Evening", 0, 2)
    assert titles(house) == ["A", "B", "C", "C"]
    lists.remove("Evening", [1, 3])
    assert titles(house) == ["A", "C"]
    lists.rename("Evening", "Morning")
    assert lists.names() == ["Morning"]
    assert titles(house, "Morning") == ["A", "C"]
    assert "#PLAYLIST:Morning" in (house.folder / "playlists/Morning.m3u8").read_text()
    lists.delete("Morning")
    assert lists.names() == []
    assert house.library.count() == 3


def test_a_track_that_was_moved_is_found_by_its_id(house: House) -> None:
    track, other = house.add("A"), house.add("B")
    lists = house.library.playlists
    lists.create("Evening", [track])
    track.file.parent.rename(house.folder / "elsewhere")
    house.library.refresh()
    assert titles(house) == ["A"]
    lists.add("Evening", [other])
    assert "\n../elsewhere/a-1.mp3\n" in lists.file("Evening").read_text()


def test_a_track_in_the_trash_comes_back_to_its_place(house: House) -> None:
    tracks = [house.add(title) for title in ("A", "B")]
    house.library.playlists.create("Evening", tracks)
    house.library.trash([tracks[0].id])
    assert titles(house) == [None, "B"]
    assert house.library.playlists.entries("Evening")[0].text == "A 1"
    house.library.undo()
    assert titles(house) == ["A", "B"]


def test_a_list_made_by_hand_is_read_and_its_lines_stay(house: House, tmp_path: Path) -> None:
    track, other = house.add("A"), house.add("B")
    lists = house.library.playlists
    lists.folder.mkdir()
    kept = [
        b"\xef\xbb\xbf#EXTM3U\r\n# my own \xff comment\r\n",
        f"../{track.audio.relative_to(house.folder)}\r\n".encode(),
        b"\n#EXTINF:12,Somebody - Elsewhere\nhttp://elsewhere.example/x.mp3\n",
        f"{other.audio.as_uri()}\n{track.audio}\n".encode(),
        b"C:\\Music\\x.mp3\n../../../../etc/passwd\n",
        b"# the end\n",
    ]
    lists.file("Evening").write_bytes(b"".join(kept))
    assert titles(house) == ["A", None, "B", "A", None, None]
    lists.add("Evening", [other])
    lists.remove("Evening", [4, 5])
    data = lists.file("Evening").read_bytes()
    for line in (b"# my own \xff comment", b"#EXTINF:12,Somebody - Elsewhere", b"# the end"):
        assert line in data
    assert titles(house) == ["A", None, "B", "A", "B"]


@pytest.mark.parametrize("name", ["", "a/b", "..", ".hidden", "con", "x" * 300, "a\nb"])
def test_names_that_no_file_can_have(house: House, name: str) -> None:
    with pytest.raises(BadPlaylist):
        house.library.playlists.create(name)
    assert not (house.folder / "playlists").exists()


def test_missing_playlists_and_entries_are_reported(house: House) -> None:
    lists = house.library.playlists
    assert lists.names() == []
    with pytest.raises(UnknownPlaylist):
        lists.add("None", [])
    lists.create("Evening", [house.add()])
    with pytest.raises(BadPlaylist):
        lists.create("evening")
    with pytest.raises(BadPlaylist):
        lists.remove("Evening", [0, 1])
    with pytest.raises(BadPlaylist):
        lists.move("Evening", 0, 1)
    assert titles(house) == ["Summer Nights"]


def test_titles_cant_break_the_lines(house: House) -> None:
    house.library.playlists.create("Evening", [house.add("A\n../../etc\x1b[2J\u2028b", song=None)])
    assert titles(house) == ["A\n../../etc\x1b[2J\u2028b"]
    text = house.library.playlists.file("Evening").read_text()
    assert len(text.splitlines()) == 5
    assert "\x1b" not in text


def test_searches_are_kept_in_a_file(house: House) -> None:
    searches = house.library.searches
    assert searches.all() == {}
    searches.save("best  lo-fi", "style:lofi rating:>=4")
    searches.save("Best", "fav:yes")
    searches.file.write_text(searches.file.read_text() + "other = 3\n")
    searches.save("Best", "rating:5")
    assert house.open().searches.all() == {
        "Best": "rating:5",
        "best lo-fi": "style:lofi rating:>=4",
    }
    assert "other = 3" in searches.file.read_text()
    searches.forget("Best")
    with pytest.raises(UnknownSearch, match="Best"):
        searches.forget("Best")
    assert list(searches.all()) == ["best lo-fi"]
    with pytest.raises(QueryError):
        searches.save("wrong", "ratign:3")
    searches.file.write_text("= broken")
    with pytest.raises(DamagedFile):
        searches.save("Best", "fav:yes")
    assert searches.file.read_text() == "= broken"


def test_the_folder_of_playlists_holds_no_tracks(house: House) -> None:
    house.library.searches.save("Best", "fav:yes")
    house.library.playlists.create("Evening", [house.add()])
    house.library.refresh()
    assert house.library.damaged() == []
    assert house.library.count() == 1


def test_odd_names_of_others_hide_nothing(house: House) -> None:
    track = house.add()
    lists = house.library.playlists
    lists.create("Good", [track])
    for name in ("What now?.m3u8", "Loud.M3U8", ".hidden.m3u8"):
        (lists.folder / name).write_bytes(lists.file("Good").read_bytes())
    Path(os.fsdecode(os.fsencode(lists.folder) + b"/Gr\xf6\xdfe.m3u8")).write_text("#EXTM3U\n")
    assert lists.names() == ["Good", "Loud", "What now?"]
    for name in lists.names():
        assert [entry.track for entry in lists.entries(name)] == [track]
    lists.rename("What now?", "What now")
    lists.delete("Loud")
    assert lists.names() == ["Good", "What now"]


def test_lines_that_are_no_unicode_are_passed_over(house: House) -> None:
    track = house.add()
    lists = house.library.playlists
    lists.create("Old", [track])
    data = lists.file("Old").read_bytes().replace(b"#SUNO-TUI:", b"#Nothing:")
    lists.file("Old").write_bytes(data + b"../Gr\xf6\xdfe.mp3\n")
    assert [entry.track for entry in lists.entries("Old")] == [track, None]


def test_every_change_of_lists_is_taken_back_and_made_again(house: House) -> None:
    library, lists = house.library, house.library.playlists
    one, two = house.add("One"), house.add("Two")

    def there() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in lists.folder.iterdir()}

    lists.create("Old", [one, two])
    lists.file("Old").write_bytes(b"\xef\xbb\xbf# mine\r\n" + lists.file("Old").read_bytes())
    states = [there()]
    changes: list[Callable[[], object]] = [
        lambda: lists.create("New", [one]),
        lambda: lists.add("New", [two]),
        lambda: lists.move("New", 0, 1),
        lambda: lists.remove("Old", [0]),
        lambda: lists.rename("Old", "Older"),
        lambda: lists.delete("New"),
        lambda: library.searches.save("best", "fav:yes"),
        lambda: library.searches.forget("best"),
    ]
    for do in changes:
        do()
        states.append(there())
    for before in states[-2::-1]:
        assert library.undo() is not None
        assert there() == before
    for after in states[1:]:
        assert library.redo() is not None
        assert there() == after
    lists.file("Older").write_bytes(b"#EXTM3U\n")
    theirs = there()
    for _ in range(3):
        library.undo()
    with pytest.raises(CantUndo):
        library.undo()
    assert theirs["Older.m3u8"] == lists.file("Older").read_bytes()


def test_a_playlist_of_a_windows_player(house: House) -> None:
    """Backslashes, a drive, a byte order mark and CRLF; an edit keeps all of them."""
    one, two, three = house.add("One"), house.add("Two"), house.add("Three")
    file = house.folder / "playlists" / "Evening.m3u8"
    file.parent.mkdir()

    def windows(track: Track) -> str:
        return str(track.audio.relative_to(house.folder)).replace("/", "\\")

    lines = [
        "#EXTM3U",
        "#EXTINF:120,Somebody - One",
        f"..\\{windows(one)}",
        f"C:\\Users\\me\\Music\\library\\{windows(two)}",
        f"\\\\server\\music\\{windows(three)}",
        "D:\\elsewhere\\Nothing.mp3",
    ]
    text = "".join(f"{line}\r\n" for line in lines)
    file.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert titles(house) == ["One", "Two", "Three", None]
    house.library.playlists.add("Evening", [two])
    after = file.read_bytes()
    assert after.startswith(b"\xef\xbb\xbf" + text.encode())
    assert after.count(b"\r\n") == after.count(b"\n") == len(lines) + 3
    assert titles(house) == ["One", "Two", "Three", None, "Two"]


def test_a_name_with_a_backslash_goes_before_a_border(house: House) -> None:
    track = house.add()
    for path in [track.file, track.audio]:
        path.rename(house.folder / f"a\\b{path.suffix}")
    (house.folder / "playlists").mkdir()
    (house.folder / "playlists" / "Evening.m3u8").write_text("../a\\b.mp3\n")
    house.library.refresh()
    assert titles(house) == ["Summer Nights"]


def test_an_absolute_path_of_another_machine(house: House) -> None:
    track = house.add()
    path = track.audio.relative_to(house.folder)
    (house.folder / "playlists").mkdir()
    file = house.folder / "playlists" / "Evening.m3u8"
    file.write_text(f"/Users/me/Music/{path}\nfile:///home/me/library/{path}\n/{path.name}\n")
    assert titles(house) == ["Summer Nights", "Summer Nights", None]


@pytest.mark.parametrize("written", ["NFC", "NFD"])
@pytest.mark.parametrize("text", ["NFC", "NFD"])
@pytest.mark.parametrize("audio", ["NFC", "NFD"])
def test_accents_are_the_same_in_both_spellings(
    house: House, written: Form, text: Form, audio: Form
) -> None:
    name = "Élan-1"
    house.folder.mkdir()
    (house.folder / normalize(text, f"{name}.toml")).write_text('id = "élan"\ntitle = "Élan"\n')
    (house.folder / normalize(audio, f"{name}.mp3")).write_bytes(mp3())
    (house.folder / "playlists").mkdir()
    file = house.folder / "playlists" / "Evening.m3u8"
    file.write_text(normalize(written, f"../{name}.mp3\n"))
    house.library.refresh()
    assert titles(house) == ["Élan"]
    assert house.library.damaged() == []
    (track,) = house.library.tracks()
    house.library.trash([track.id])
    assert [path.name for path in house.folder.iterdir()] == ["playlists"]
    house.library.undo()
    assert house.library.get(track.id).audio.is_file()


def test_m3u_files_are_playlists_too(house: House) -> None:
    track = house.add("Größe")
    for path in [track.file, track.audio]:
        path.rename(house.folder / f"Größe{path.suffix}")
    house.library.refresh()
    folder = house.folder / "playlists"
    folder.mkdir()
    (folder / "Old.m3u").write_bytes("..\\Größe.mp3\r\n".encode("cp1252"))
    (folder / "Both.M3U").write_text("../Größe.mp3\n")
    (folder / "Both.m3u8").write_text("")
    lists = house.library.playlists
    assert lists.names() == ["Both", "Both.M3U", "Old"]
    assert titles(house, "Old") == titles(house, "Both.M3U") == ["Größe"]
    assert titles(house, "Both") == []
    lists.rename("Old", "New")
    assert (folder / "New.m3u").read_bytes() == "..\\Größe.mp3\r\n".encode("cp1252")
    lists.delete("New")
    assert lists.names() == ["Both", "Both.M3U"]


def test_a_playlist_in_utf_16_is_refused_with_a_plain_word(house: House) -> None:
    folder = house.folder / "playlists"
    folder.mkdir(parents=True)
    (folder / "Evening.m3u8").write_bytes("../a.mp3\r\n".encode("utf-16"))
    with pytest.raises(DamagedFile, match="saved as UTF-16"):
        house.library.playlists.entries("Evening")


def test_ids_and_names_write_no_lines_of_their_own(house: House) -> None:
    house.folder.mkdir()
    for stem, own in (("a", 'id="x\\n/etc/passwd\\n#"'), ("b\nevil.mp3\n", 'id="y"')):
        (house.folder / f"{stem}.toml").write_text(f'{own}\ntitle="{stem[0]}"\nduration=1\n')
        (house.folder / f"{stem}.mp3").write_bytes(mp3())
    tracks = house.library.tracks(sort="title")
    house.library.playlists.create("Evening", tracks)
    text = (house.folder / "playlists" / "Evening.m3u8").read_text()
    assert not {"/etc/passwd", "evil.mp3"} & set(text.splitlines())
    assert len(text.splitlines()) == 2 + 3 * len(tracks) == 8
    assert titles(house) == ["a", "b"]
