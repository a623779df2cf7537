"""A row of a batch file is changed, added or removed, and all else stays byte for byte."""

from __future__ import annotations

import re

import pytest

from suno_tui.batches import rewriting
from suno_tui.batches.rewriting import add_row, change_row, remove_row, typed
from suno_tui.batches.rows import KINDS, read_rows
from suno_tui.batches.templates import template
from suno_tui.common.errors import UsageError

CSV = 'id, title ,"lyrics",own\n1,"Rain, again","two\nlines",\'x\'\n\n2,Sun,"say ""hi""",\n'
JSONL = '{"id":1,"prompt":"Ünder"}\n\n  {"prompt": "b", "bpm": 120}\r\n'
TOML = (
    "# mine\nother = 1\n\n[[song]] # first\ntitle = 'Rain' # keep\nstyle = \"pop\"\n"
    'lyrics = """\nold\nwords"""\n\n# about the second\n[[song]]\nprompt = "b"\nbpm = 120\n'
)
MD = (
    "+++\n# mine\ntitle = 'Rain'\nstyle = \"pop\"\n+++\n\n[Verse]\nold\n\n"
    "+++\nid = 2\n+++\na waltz\n"
)


@pytest.mark.parametrize(
    ("text", "kind", "line", "changes", "old", "new"),
    [
        (CSV, "csv", 2, {"title": "Snow"}, '"Rain, again"', "Snow"),
        (CSV, "csv", 5, {"own": "a,b", "lyrics": None}, '"say ""hi""",', ',"a,b"'),
        (CSV, "csv", 5, {"lyrics": "one\ntwo"}, '"say ""hi"""', '"one\ntwo"'),
        (CSV.replace("\n", "\r\n"), "csv", 5, {"title": "Fog"}, "Sun", "Fog"),
        (JSONL, "jsonl", 1, {"prompt": "Ä"}, '{"id":1,"prompt":"Ünder"}', '{"id":1,"prompt":"Ä"}'),
        (JSONL, "jsonl", 3, {"bpm": 90, "prompt": None}, '"prompt": "b", "bpm": 120', '"bpm": 90'),
        (TOML, "toml", 4, {"title": "Snow"}, "'Rain' # keep", '"Snow" # keep'),
        (TOML, "toml", 4, {"lyrics": "new\nwords"}, "old\nwords", "new\nwords"),
        (TOML, "toml", 12, {"key": "D minor"}, "bpm = 120\n", 'bpm = 120\nkey = "D minor"\n'),
        (TOML, "toml", 12, {"bpm": None}, "bpm = 120\n", ""),
        (MD, "md", 1, {"lyrics": "[Verse]\nnew"}, "old", "new"),
        (MD, "md", 1, {"title": "Snow"}, "'Rain'", '"Snow"'),
        (MD, "md", 10, {"prompt": "a polka", "bpm": 120}, "2\n+++\na waltz",
         "2\nbpm = 120\n+++\na polka"),
        (MD, "md", 10, {"prompt": None}, "a waltz\n", ""),
        (MD.replace("\n", "\r\n"), "md", 1, {"lyrics": "a\nb"}, "[Verse]\r\nold", "a\r\nb"),
    ],
)  # fmt: skip
def test_one_row_is_changed(
    text: str, kind: str, line: int, changes: dict[str, object], old: str, new: str
) -> None:
    assert text.count(old) == 1
    assert change_row(text, kind, line, changes) == text.replace(old, new)


def test_a_song_of_toml_goes_alone() -> None:
    """Neither `[Verse]` in its lyrics nor a table of its own ends it, but another table does."""
    lyrics = 'lyrics = """\n[Verse]\n[notes]\n"""\n'
    head, song = '[[song]]\nprompt = "a"\n\n', f'[[song]]\ntitle = "b"\n{lyrics}[song.own]\nx = 1\n'
    notes = "\n# mine\n[notes]\nword = 1\n\n[[more]]\nword = 2\n"
    removed = remove_row(head + song + notes, "toml", 4)
    assert removed == head + notes.removeprefix("\n")
    assert remove_row(song + notes + head, "toml", 1) == notes.removeprefix("\n") + head
    with pytest.raises(UsageError, match="Only you can change this row"):
        remove_row(head + song + '["song".more]\nx = 1\n', "toml", 4)


def test_a_removal_that_would_change_other_rows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rewriting, "_OTHER_HEAD", re.compile("(?!)"))
    with pytest.raises(UsageError, match="Only you can change this row"):
        remove_row(f"{TOML}[notes]\nword = 1\n", "toml", 12)


def test_half_a_character_stays_escaped() -> None:
    text = '{"prompt": "é \\ud83d", "bpm": 90}\n'
    changed = change_row(text, "jsonl", 1, {"bpm": 91})
    assert changed == text.replace("90", "91")
    assert "\\ud83d" in add_row(changed, "jsonl", read_rows(text, "jsonl")[0].values)


def test_a_new_column_goes_behind_the_others() -> None:
    changed = change_row("id,prompt\n1,a\n2,b\n", "csv", 3, {"bpm": "90"})
    assert changed == "id,prompt,bpm\n1,a\n2,b,90\n"


def test_a_prompt_below_a_head_becomes_one_of_its_values() -> None:
    """With a title, the text below the head is the lyrics."""
    changed = change_row(MD, "md", 10, {"title": "Waltz"})
    assert read_rows(changed, "md")[1].values == {"id": 2, "title": "Waltz", "prompt": "a waltz"}


@pytest.mark.parametrize("kind", sorted(set(KINDS.values())))
def test_rows_come_and_go(kind: str) -> None:
    first = template(kind)
    more = add_row(first, kind, {"id": "3", "title": "Ünd", "lyrics": "a\n\nb", "own": "x"})
    row = read_rows(more, kind)[-1]
    assert row.values == {"id": "3", "title": "Ünd", "lyrics": "a\n\nb", "own": "x"}
    assert len(read_rows(more, kind)) == 3
    less = remove_row(more, kind, row.line)
    assert read_rows(less, kind) == read_rows(first, kind)
    assert read_rows(add_row("", kind, {"prompt": "a"}), kind)[0].values == {"prompt": "a"}


@pytest.mark.parametrize(
    ("text", "kind", "line", "changes"),
    [
        ("+++\n+++\na\n", "md", 1, {"prompt": "b\n+++\nc"}),
        ("[[song]]\nprompt = '''\n[[song]]\n'''\n", "toml", 1, {"prompt": "b"}),
        ("prompt\na\n", "csv", 2, {"prompt": None}),
        ("prompt\na\n", "csv", 9, {"prompt": "b"}),
    ],
)
def test_what_can_t_be_changed_safely_is_left_to_the_user(
    text: str, kind: str, line: int, changes: dict[str, object]
) -> None:
    with pytest.raises(UsageError):
        change_row(text, kind, line, changes)


def test_a_typed_text_becomes_a_value_of_its_kind() -> None:
    assert typed("bpm", "90", "toml", 120) == 90
    assert typed("bpm", "90", "csv") == "90"
    assert typed("bpm", "fast", "toml") == "fast"
    assert typed("instrumental", "yes", "jsonl", True) is True
    assert typed("instrumental", "no", "jsonl", True) is False
    assert typed("id", "7", "jsonl", 6) == 7
    assert typed("town", "7", "jsonl", "6") == "7"
    assert typed("title", " ", "csv", "old") is None
