"""The space that is kept for what must not be lost."""

from __future__ import annotations

from pathlib import Path

from suno_tui.worker.disk_reserve import SIZE, DiskReserve


def test_the_lent_reserve_is_filled_again_after_the_write(tmp_path: Path) -> None:
    reserve = DiskReserve(tmp_path / "reserve")
    reserve.ensure()
    with reserve.lend():
        assert not reserve.path.exists(), "the space is free inside"
    assert reserve.path.stat().st_size == SIZE


def test_a_loan_ends_without_an_error_on_a_disk_that_has_less_room_than_before(
    tmp_path: Path,
) -> None:
    reserve = DiskReserve(tmp_path / "missing" / "reserve")
    with reserve.lend():
        pass
    assert not reserve.path.exists()


def test_what_is_left_of_a_reserve_is_completed_and_not_given_up(tmp_path: Path) -> None:
    reserve = DiskReserve(tmp_path / "reserve")
    reserve.path.write_bytes(b"\0" * 10_000)
    part = reserve.path.stat().st_ino
    reserve.ensure()
    assert (reserve.path.stat().st_size, reserve.path.stat().st_ino) == (SIZE, part)
