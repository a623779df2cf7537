"""What a provider makes of a song's fields: exact, a wish, or not possible, by the song's model."""

from __future__ import annotations

from dataclasses import replace

import pytest

from suno_tui.common.paths import Home
from suno_tui.providers.song import Song
from suno_tui.studio import Studio

CONFIG = """
[providers.mine]
dialect = "sunoapi"
base_url = "https://api.sunoapi.org"

[providers.ace]
dialect = "acestep"
base_url = "http://127.0.0.1:8001"
"""


@pytest.fixture
def studio(home: Home) -> Studio:
    home.config_file.write_text(CONFIG)
    return Studio.open(home)


@pytest.mark.parametrize(("model", "use"), [("V6", "exact"), ("V5", "wish"), ("gone", "exact")])
def test_the_songs_own_model_counts(studio: Studio, model: str, use: str) -> None:
    song = Song(model=model, custom_mode=True, title="T", style="Pop", duration=90.0)
    assert studio.uses(song, "mine")["duration"] == use

    assert studio.uses(Song(model=model, duration=90.0), "mine")["duration"] == "wish"


def test_the_number_of_takes_is_exact_where_it_can_be_chosen(studio: Studio) -> None:
    song = Song(takes=1)
    assert studio.uses(song, "mine")["takes"] == "none"
    assert studio.uses(song, "local")["takes"] == "exact"


FULL = Song(
    custom_mode=True, title="T", style="Pop", lyrics="la", negative_tags="drums", vocal_gender="f",
    persona_id="p", style_weight=0.5, weirdness_constraint=0.5, audio_weight=0.5,
)  # fmt: skip


def lost(studio: Studio, song: Song, provider: str) -> set[str]:
    uses = studio.uses(song, provider)
    return {name for name in song.options if uses[name] == "none"}


def test_what_is_not_sent_is_not_possible(studio: Studio) -> None:
    weights = {"style_weight", "weirdness_constraint", "audio_weight"}
    # It runs no language model, as far as is known.
    assert lost(studio, FULL, "ace") == {*weights, "persona_id", "negative_tags"}
    assert lost(studio, FULL, "hosted") == lost(studio, FULL, "mine") == set()
    assert lost(studio, replace(FULL, instrumental=True), "mine") == {"audio_weight"}
    assert lost(studio, replace(FULL, custom_mode=False), "ace") == set(), "they are not asked for"
