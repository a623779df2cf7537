"""Every limit of the provider is shown at its field, and nothing is queued."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from suno_tui.providers.song import Song
from suno_tui.providers.tables.suno import MODELS
from suno_tui.tui.screens.composer.field_help import about_model
from tests.tui.composer.host import Host, ready, until

Open = Callable[..., Host]

GOOD = Song(custom_mode=True, title="T", style="Pop", lyrics="la la")
SIMPLE = Song(prompt="a calm piano")

BAD = [
    (replace(SIMPLE, prompt="x" * 501), "prompt", "1 character too many; at most 500"),
    (replace(GOOD, lyrics="x" * 3001), "lyrics", "1 character too many; at most 3,000"),
    (replace(GOOD, title="x" * 81), "title", "1 character too many; at most 80"),
    (replace(GOOD, style="x" * 201), "style", "1 character too many; at most 200"),
    (replace(GOOD, negative_tags="🎵" * 101), "negative_tags", "2 characters too many"),
    (replace(GOOD, style_weight=1.5), "style_weight", "must be a number from 0 to 1"),
    (replace(GOOD, weirdness_constraint=-0.1), "weirdness_constraint", "from 0 to 1"),
    (replace(GOOD, audio_weight=float("nan")), "audio_weight", "from 0 to 1"),
    (replace(GOOD, vocal_gender="x"), "vocal_gender", "must be m or f"),
    (replace(GOOD, title=" "), "title", "a title is needed"),
    (replace(GOOD, style=""), "style", "a style is needed"),
    (replace(GOOD, lyrics=""), "lyrics", "needed, or instrumental"),
    (replace(SIMPLE, prompt=""), "prompt", "describe the song"),
    (replace(GOOD, model="suno-v3"), "model", "there is no 'suno-v3'"),
]


async def test_a_problem_is_shown_at_its_field_and_nothing_is_queued(open_host: Open) -> None:
    app = open_host("[screen]\nask_before_generate = false\n")
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        for song, field, message in BAD:
            pane.load(song)
            await pilot.pause()
            pane.action_generate()
            await pilot.pause()
            assert message in pane.form.note(field), (field, pane.form.note(field))
            assert message in pane.generate_bar.shown or field in pane.generate_bar.shown.lower()
            focused = app.screen.focused
            assert focused is pane.form.field(field)
        assert app.studio.tasks.all() == []
        pane.load(GOOD)
        await pilot.pause()
        fields = ("title", "style", "lyrics", "model", "style_weight", "vocal_gender")
        assert [pane.form.note(name) for name in fields] == [""] * 6


@pytest.mark.parametrize(
    ("size", "state"), [(71, ""), (72, "near"), (80, "near"), (81, "over"), (93, "over")]
)
async def test_counters_turn_near_and_over_the_limit(
    open_host: Open, size: int, state: str
) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(replace(GOOD, title="x" * size))
        row = pane.form.row("title")
        assert row is not None
        assert row.counter is not None
        assert row.counter.state == state
        await until(pilot, lambda: row.render_line(0).text.endswith(f" {size}/80"))


async def test_what_is_beyond_a_limit_is_marked(open_host: Open) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        lyrics = pane.form.text("lyrics")

        def marked() -> list[str]:
            rows = [lyrics.render_line(y) for y in range(lyrics.size.height)]
            return [
                "".join(part.text for part in row if part.style and part.style.underline).strip()
                for row in rows
            ]

        pane.load(replace(GOOD, lyrics=f"one two\n\n{'🎵' * 1492}\nthree"))
        await pilot.press("l")
        lyrics.move_cursor(lyrics.document.end)
        await until(pilot, lambda: not any(marked()))
        await pilot.press(*"four")
        await until(pilot, lambda: "our" in marked())
        await pilot.press("backspace", "backspace")
        await until(pilot, lambda: "o" in marked())
        lyrics.move_cursor((0, 0))
        await pilot.press("delete")
        await until(pilot, lambda: not any(marked()))


async def test_a_new_form_asks_for_nothing_in_red(open_host: Open) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(Song(custom_mode=True))
        await pilot.pause()
        assert [pane.form.note(name) for name in ("title", "style", "lyrics")] == ["", "", ""]
        assert pane.generate_bar.shown == "Not ready: title, style, lyrics"


async def test_problems_disappear_when_they_are_fixed(open_host: Open) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(replace(GOOD, title="x" * 81))
        pane.form.field("title").focus()
        await pilot.pause()
        assert pane.form.note("title")
        await pilot.press("backspace")
        await until(pilot, lambda: not pane.form.note("title"))
        assert pane.problems == ()
        assert pane.generate_bar.able


def test_a_model_about_which_nothing_is_said_leaves_no_gap() -> None:
    assert about_model(MODELS[0]._replace(note=""), 80, 1).plain == "⏎ all models"


async def test_the_limits_are_those_of_the_provider_from_the_start(open_host: Open) -> None:
    app = open_host(
        'provider = "kie"\n[providers.kie]\ndialect = "kie"\nbase_url = "http://127.0.0.1:9"\n'
    )
    async with app.run_test(size=(80, 24)) as pilot:
        form = (await ready(pilot)).form
        limits = [counter.limit for row in form._rows.values() if (counter := row.counter)]
        wanted = [form.model.limit(name) for name, row in form._rows.items() if row.counter]
        assert limits == wanted
        assert form.model.limit("style") == 1000
