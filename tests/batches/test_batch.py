"""Batches: rows of four kinds of files become songs, with keys that stay."""

from __future__ import annotations

import json

import pytest

from suno_tui.batches.batch import Batch, make_batch
from suno_tui.batches.rows import KINDS, Row, kind_of, read_rows
from suno_tui.batches.templates import template
from suno_tui.common.errors import UsageError

MODEL = "suno-v5_5"


def batch(text: str, kind: str = "csv", *, sample: int | None = None, seed: int = 0) -> Batch:
    return make_batch(
        read_rows(text, kind), "test", model_of=lambda _: MODEL, sample=sample, seed=seed
    )


def troubles(text: str, kind: str = "csv") -> list[tuple[int, str]]:
    return [tuple(each) for each in batch(text, kind).troubles]  # type: ignore[misc]


@pytest.mark.parametrize("kind", sorted(set(KINDS.values())))
def test_a_template_is_a_batch_of_its_kind(kind: str) -> None:
    found = batch(template(kind), kind)
    assert found.troubles == []
    assert [entry.song.name for entry in found.entries] == [
        *["Rain on tin"] * 2,
        "a happy waltz for a shop that sells clocks",
        "a sad waltz for a shop that sells clocks",
    ]
    assert [entry.song.custom_mode for entry in found.entries] == [True, True, False, False]
    assert found.entries[0].song.style == "dream pop, 90 bpm"
    assert found.entries[1].song.lyrics == "[Verse]\nRain on tin\nAll night long"


def test_cells_are_read_by_the_kind_of_their_field() -> None:
    text = (
        "title,style,instrumental,style_weight,duration,bpm,language\n"
        'A,"pop, soft",yes,0.5,2:30,120,German\n'
    )
    (entry,) = batch(text).entries
    song = entry.song
    assert (song.style, song.instrumental, song.style_weight) == ("pop, soft", True, 0.5)
    assert (song.duration, song.bpm, song.language) == (150.0, 120, "de")


def test_every_broken_row_is_named_by_its_line() -> None:
    text = (
        'prompt,bpm,instrumental\n"two\nlines",,\ngood,fast,\ngood,,maybe\na,b,c,d\nsay {word},,\n'
    )
    assert troubles(text) == [
        (4, "`bpm` must be a whole number, not 'fast'"),
        (5, "`instrumental` must be true or false, not 'maybe'"),
        (6, "has 4 cells, but there are 3 columns"),
        (7, "there is no column for {word}"),
    ]


@pytest.mark.parametrize(
    ("kind", "text", "line", "why"),
    [
        ("jsonl", '{"prompt": "a"}\n\nnonsense\n', 3, "is not JSON"),
        ("jsonl", '{"prompt": "a"}\n[1]\n', 2, "must be an object"),
        ("jsonl", '{"prompt": ["a"]}\n', 1, "'prompt' must be one value"),
        ("toml", '[[song]]\nprompt = "a"\n\n[[song]]\nbpm = "x"\n', 4, "`bpm` must be"),
        ("md", "+++\n+++\n\na\n\n+++\nno toml\n+++\n\nb\n", 6, "is not TOML"),
        ("md", "+++\n+++\n\na\n\n+++\n", 6, "has no second line +++"),
        ("csv", 'prompt\na\n"b\n', 3, "is not CSV"),
        ("jsonl", '{"prompt": "\\ud83d"}\n', 1, "'prompt' contains half a character"),
        ("csv", "id,prompt\n1,a\n1,b\n", 3, "line 2 has the same id '1'"),
        (
            "toml",
            'song = [{id="1", prompt="a"}, {id="1", prompt="b"}]',
            1,
            "line 1 has the same id",
        ),
        ("csv", "prompt,title\nwaltz,Rain\n", 2, "has a prompt (simple mode) and"),
    ],
)
def test_what_is_wrong_has_its_line(kind: str, text: str, line: int, why: str) -> None:
    assert any(found == line and message.startswith(why) for found, message in troubles(text, kind))


def test_a_huge_number_is_a_problem_of_its_row() -> None:
    for kind, text, message in (
        ("jsonl", f'{{"duration": 1{"0" * 400}}}\n', "`duration` must be a number"),
        ("csv", f"duration\n{'9' * 400}:10\n", "`duration` must be a number"),
        ("csv", f"prompt\n{'[a|b]' * 15_000}\n", "makes countless songs"),
    ):
        assert message in str(batch(text, kind).troubles[0])


def test_a_mistyped_column_is_found_and_one_that_some_row_uses_is_not() -> None:
    assert troubles("prompt,stlye\nwaltz,pop\n") == [
        (
            2,
            "the column 'stlye' is no field of a song, and no text uses {stlye}. "
            "Did you mean 'style'?",
        )
    ]
    assert troubles("prompt,town\nwaltz,Rome\nsong of {town},Oslo\n") == []


def test_choices_make_all_combinations_in_their_order() -> None:
    prompts = [entry.song.prompt for entry in batch("prompt\n[a|b] and [c|d|e]\n").entries]
    assert prompts == ["a and c", "a and d", "a and e", "b and c", "b and d", "b and e"]


def test_a_sample_is_the_same_for_the_same_seed() -> None:
    text = "prompt\n" + " ".join(["[a|b|c|d]"] * 5) + "\n"

    def prompts(seed: int) -> list[str]:
        return [entry.song.prompt for entry in batch(text, sample=4, seed=seed).entries]

    assert prompts(1) == prompts(1)
    assert len(set(prompts(1))) == 4
    assert prompts(1) != prompts(2)


def test_a_bracket_with_a_line_of_its_own_is_a_section_tag() -> None:
    lyrics = "[Verse | soft]\nIn [June|May] we met"
    rows = [Row(1, {"title": "T", "style": "pop", "lyrics": lyrics})]
    found = make_batch(rows, "test", model_of=lambda _: MODEL).entries
    assert [entry.song.lyrics for entry in found] == [
        "[Verse | soft]\nIn June we met",
        "[Verse | soft]\nIn May we met",
    ]


def test_filled_in_text_is_not_searched_for_placeholders() -> None:
    (entry,) = batch("prompt,name\nfor {name},[x|y] {z}\n").entries
    assert entry.song.prompt == "for [x|y] {z}"


def test_too_many_combinations_are_refused_at_once() -> None:
    text = "prompt\n" + " ".join(["[a|b|c|d|e|f|g|h|i|j]"] * 9) + "\n"
    ((line, message),) = troubles(text)
    assert (line, "1,000,000,000 songs" in message, "--sample" in message) == (2, True, True)
    assert len(batch(text, sample=3).entries) == 3


def test_keys_are_those_of_content_or_id() -> None:
    def keys(text: str) -> list[str]:
        return [entry.key for entry in batch(text).entries]

    one, two = keys("prompt\nwaltz\npolka\n")
    assert keys("prompt\npolka\nwaltz\n") == [two, one], "the order of rows does not matter"
    assert keys("prompt,bpm\nwaltz,90\n") != [one], "another song is another task"
    assert len(set(keys("prompt\nwaltz\nwaltz\n"))) == 2, "a row that is there twice is two songs"
    assert keys("id,prompt\n7,waltz\n") == keys("id,prompt\n7,a slow waltz\n")


def test_a_default_model_is_not_part_of_the_key() -> None:
    def keys(model: str, text: str) -> list[str]:
        rows = read_rows(text, "csv")
        found = make_batch(rows, "test", model_of=lambda _: model, sample=3)
        return [entry.key for entry in found.entries]

    text = "prompt,model\n[a|b|c|d] [e|f],\n"
    assert keys("suno-v5", text) == keys("suno-v5_5", text)
    assert keys("suno-v5", "\n\n" + text) == keys("suno-v5", text), "nor on its line"
    assert keys("suno-v5", text.replace("],", "],suno-v5")) != keys("suno-v5", text)


def test_a_sample_of_more_combinations_than_a_number_of_64_bits() -> None:
    assert len(batch("prompt\n" + "[a|b] " * 70 + "\n", sample=2).entries) == 2


def test_what_a_file_is_goes_by_its_name() -> None:
    assert [kind_of(name) for name in ("a.csv", "b.JSONL", "c.d.md")] == ["csv", "jsonl", "md"]
    with pytest.raises(UsageError, match="`suno-tui batch --template csv` prints one"):
        kind_of("songs.xlsx")


@pytest.mark.parametrize("text", ["", "\x00", '{"prompt": ', "+++", "[[song]]", "[" * 5000, '"'])
@pytest.mark.parametrize("kind", sorted(set(KINDS.values())))
def test_nonsense_is_no_crash(kind: str, text: str) -> None:
    try:
        found = batch(text, kind)
    except UsageError as error:
        assert str(error)
    else:
        assert not found.entries or not found.troubles or json.dumps(found.troubles)
