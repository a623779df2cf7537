"""A batch file on disk is written as a whole, and only over what was read."""

from __future__ import annotations

from pathlib import Path

import pytest

from suno_tui.batches.file import BatchFile, FileChanged
from suno_tui.batches.rewriting import change_row, remove_row
from suno_tui.batches.rows import read_rows
from suno_tui.common.errors import UsageError

TEXT = "\ufeffid,prompt\n1,a\n2,b\n"


@pytest.fixture
def file(tmp_path: Path) -> BatchFile:
    real = tmp_path / "real.csv"
    real.write_text(TEXT)
    real.chmod(0o640)
    (tmp_path / "songs.csv").symlink_to(real)
    file = BatchFile(tmp_path / "songs.csv")
    file.read()
    return file


def test_a_change_keeps_link_mode_and_mark_and_is_undone(file: BatchFile) -> None:
    file.change(lambda text: change_row(text, "csv", 3, {"prompt": "c"}))
    file.change(lambda text: remove_row(text, "csv", 2))
    assert file.path.read_text() == "\ufeffid,prompt\n2,c\n"
    assert file.path.is_symlink()
    assert file.path.stat().st_mode & 0o777 == 0o640
    assert not file.touched()
    assert (file.undo(), file.undo(), file.undo()) == (True, True, False)
    assert file.path.read_text() == TEXT


def test_what_others_wrote_meanwhile_is_never_overwritten(file: BatchFile) -> None:
    file.path.write_text("prompt\nanother's\n")
    assert file.touched()
    with pytest.raises(FileChanged, match="The file was changed meanwhile"):
        file.change(lambda text: remove_row(text, "csv", 2))
    assert file.path.read_text() == "prompt\nanother's\n"
    assert file.text == "prompt\nanother's\n"


def test_a_reading_gets_a_new_number_for_a_new_text(file: BatchFile) -> None:
    first = file.current()
    file.read()
    assert file.current() == first, "the same text is no other one"
    file.path.write_text("id,prompt\n1,a\n")
    assert file.reading == first
    second = file.current()
    assert (second.number, second.text) == (first.number + 1, "id,prompt\n1,a\n")


def test_an_undo_leaves_what_an_editor_wrote_since(file: BatchFile) -> None:
    file.change(lambda text: change_row(text, "csv", 3, {"prompt": "c"}))
    file.path.write_text("an editor's\n")
    file.read()
    with pytest.raises(FileChanged, match="Nothing was undone"):
        file.undo()
    assert file.path.read_text() == "an editor's\n"


def test_a_file_that_can_t_be_read_is_never_overwritten(file: BatchFile) -> None:
    data = TEXT.encode("utf-16")
    file.path.write_bytes(data)
    for _ in range(2):  # the second time it is what was read last
        with pytest.raises(UsageError):
            file.change(lambda text: "prompt\nover it\n")
        assert file.path.read_bytes() == data
    assert (file.text, "UTF-16" in file.current().why) == ("", True)


def test_a_row_that_moved_is_not_removed_for_another(file: BatchFile) -> None:
    shown = read_rows(file.text, "csv")[0]
    file.change(lambda text: remove_row(text, "csv", shown.line), shown)
    with pytest.raises(FileChanged, match="This row was changed in the file"):
        file.change(lambda text: remove_row(text, "csv", shown.line), shown)
    assert file.path.read_text() == "\ufeffid,prompt\n2,b\n"


def test_a_new_file_has_songs_to_begin_with(tmp_path: Path) -> None:
    file = BatchFile.create(tmp_path / "new.toml")
    assert "[[song]]" in file.read()
    with pytest.raises(UsageError, match="exists already"):
        BatchFile.create(tmp_path / "new.toml")
    with pytest.raises(UsageError, match="There is no folder"):
        BatchFile.create(tmp_path / "none" / "new.toml")
    with pytest.raises(UsageError, match="a batch file's name ends with"):
        BatchFile(tmp_path / "new.txt")
