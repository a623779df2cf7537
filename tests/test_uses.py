"""What a provider makes of a song's fields: exact, a wish, or not possible, by the song's model."""

from __future__ import annotations

import pytest

from suno_tui.common.paths import Home
from suno_tui.providers.song import Song
from suno_tui.studio import Studio

CONFIG = """
[providers.mine]
dialect = "sunoapi"
base_url = "https://api.sunoapi.org"
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
