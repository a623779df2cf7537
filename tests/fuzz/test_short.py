"""Fuzz for seconds with fixed inputs, and run every input again that once found something."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.fuzz import TARGETS
from tests.fuzz.mutate import mutate
from tests.fuzz.target import Finding, Target, check

FOUND = sorted((Path(__file__).parent / "found").glob("*/*"))


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


def folder_of(folders: Path, name: str) -> Path:
    made = folders / name
    made.mkdir(exist_ok=True)
    return made


@pytest.mark.parametrize("name", TARGETS)
def test_damaged_bytes_are_told_and_never_obeyed(name: str, folders: Path) -> None:
    target, folder = TARGETS[name], folder_of(folders, name)
    seeds = target.seeds()

    @settings(
        max_examples=examples(40),
        suppress_health_check=list(HealthCheck),
    )
    @given(chance=st.randoms(use_true_random=False))
    def run(chance: Random) -> None:
        check(target, mutate(seeds, target.tokens, chance), folder)

    for seed in seeds:
        check(target, seed, folder)
    run()


@pytest.mark.parametrize("file", FOUND, ids=lambda file: f"{file.parent.name}-{file.name}")
def test_what_was_found_once_is_not_found_again(file: Path, folders: Path) -> None:
    check(TARGETS[file.parent.name], file.read_bytes(), folder_of(folders, file.parent.name))


@pytest.mark.parametrize("printed", ["a\x1b[2J", "\x9b31m", "a\rb", "\u202e", "\ud800", "a\x00"])
def test_what_controls_a_terminal_is_a_finding(printed: str, tmp_path: Path) -> None:
    target = Target("x", lambda data, folder: print(printed), lambda: [b""])
    with pytest.raises(Finding):
        check(target, b"", tmp_path)


def test_other_errors_are_findings(tmp_path: Path) -> None:
    target = Target("x", lambda data, folder: print(1 / len(data)), lambda: [b""])
    with pytest.raises(ZeroDivisionError):
        check(target, b"", tmp_path)
