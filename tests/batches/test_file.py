"""A batch file on disk is written as a whole, and only over what was read."""

from __future__ import annotations

from pathlib import Path

import pytest

from suno_tui.batches.file import BatchFile
from suno_tui.batches.rewriting import change_row, remove_row
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
    with pytest.raises(UsageError, match="Somebody else has changed the file"):
        file.change(lambda text: remove_row(text, "csv", 2))
    assert file.path.read_text() == "prompt\nanother's\n"
    assert file.text == "prompt\nanother's\n"


def test_a_new_file_has_songs_to_begin_with(tmp_path: Path) -> None:
    file = BatchFile.create(tmp_path / "new.toml")
    assert "[[song]]" in file.read()
    with pytest.raises(UsageError, match="exists already"):
        BatchFile.create(tmp_path / "new.toml")
    with pytest.raises(UsageError, match="There is no folder"):
        BatchFile.create(tmp_path / "none" / "new.toml")
    with pytest.raises(UsageError, match="a batch file ends with"):
        BatchFile(tmp_path / "new.txt")
