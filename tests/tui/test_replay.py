"""Replay, and more like this, from the library: money is asked for as for any other song."""

from __future__ import annotations

import pytest

from suno_tui.config.tables import ProviderSettings
from suno_tui.library.track import Origin, Relation, Track
from suno_tui.library.track_files import change_file
from suno_tui.providers.song import Song
from suno_tui.tui.app import StudioApp
from suno_tui.tui.screens.composer.generate_dialog import GenerateDialog
from suno_tui.tui.screens.library.details import relatives
from tests.tui.conftest import RunApp, until
from tests.tui.screen_assertions import notified, sees

pytestmark = pytest.mark.usefixtures("good_terminal")


async def at_a_track(app: StudioApp, **keys: object) -> Track:
    """Go to the library's first track after its text file was changed so."""
    track = app.main.library.track
    assert track is not None
    change_file(track.file, keys)
    app.main.library.scan()
    library = app.main.library

    def changed() -> bool:
        assert library.track is not None
        return all(getattr(library.track, name) == value for name, value in keys.items())

    await until(changed)
    assert library.track is not None
    return library.track


async def test_a_replay_goes_to_its_own_provider_with_its_seed(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        track = await at_a_track(app, provider="local", seed=41)
        known = len(app.studio.tasks.all())
        await pilot.press("escape", "3", "R")
        await until(lambda: len(app.studio.tasks.all()) > known)
        task = app.studio.tasks.all()[0]
        assert (task.provider, task.song.seed, task.song.takes) == ("local", 41, 1)
        assert task.origin == Origin(track.id, Relation.REPLAY)
        # Its file is none of the engine's.
        await notified(app, "no longer says how it was made")


async def test_a_replay_that_costs_is_asked_for_with_the_word(run_app: RunApp) -> None:
    """With the label of its own provider's model, whoever makes the song that is being written."""
    async with run_app((80, 24)) as (app, pilot):
        app.studio.settings.providers["ace"] = ProviderSettings(
            dialect="acestep", base_url="http://127.0.0.1:9"
        )
        app.studio.song_provider = "ace"
        track = await at_a_track(app, provider="hosted")
        known = len(app.studio.tasks.all())
        alerts: list[str] = []
        app.main.composer.notices.alert = lambda text, *_, **__: alerts.append(text)  # type: ignore[method-assign]
        await pilot.press("escape", "3", "R")
        await until(lambda: isinstance(app.screen, GenerateDialog))
        await sees(app, "hosted takes no seed: it makes new takes of the song", "24 cr", "Suno V5")
        await pilot.press("escape")
        assert len(app.studio.tasks.all()) == known
        await pilot.press("R")
        await until(lambda: isinstance(app.screen, GenerateDialog))
        await pilot.pause(0.1)
        await pilot.press("enter")
        await until(lambda: len(app.studio.tasks.all()) > known)
        task = app.studio.tasks.all()[0]
        assert (task.provider, task.credits, task.song.seed) == ("hosted", 24, None)
        assert alerts == [], "it was read before it was paid"
        assert task.origin == Origin(track.id, Relation.MORE)


async def test_more_like_this_has_a_parent_and_no_seed(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        track = await at_a_track(app, provider="local")
        app.studio.song_provider = "local"
        known = len(app.studio.tasks.all())
        await pilot.press("escape", "3", "A")
        await until(lambda: len(app.studio.tasks.all()) > known)
        task = app.studio.tasks.all()[0]
        assert task.origin == Origin(track.id, Relation.MORE)
        assert task.song.seed is None


async def test_more_like_a_replay_has_as_many_takes_as_usual(run_app: RunApp) -> None:
    async with run_app(tasks=False) as (app, pilot):
        (once,) = app.studio.generate(
            Song(prompt="a waltz", takes=1, seed=7), origin=Origin("x", Relation.REPLAY)
        )
        app.studio.tasks.cancel(once.id)
        await sees(app, "a waltz")
        await pilot.press("escape", "2", "A")
        await until(lambda: len(app.studio.tasks.all()) == 2)
        song = app.studio.tasks.all()[0].song
        assert (song.takes, song.seed) == (None, None)


async def test_the_page_shows_the_family(run_app: RunApp) -> None:
    async with run_app((120, 60)) as (app, pilot):
        library, parent = app.studio.library, app.main.library.track
        assert parent is not None
        child, other = [each for each in library.tracks() if each.name != parent.name][:2]
        change_file(child.file, {"parent": parent.id, "relation": "replay"})
        change_file(other.file, {"parent": parent.id, "relation": "more"})
        app.main.library.scan()
        await until(lambda: len(library.family(parent).children) == 2)
        await pilot.press("escape", "3", "i")
        await sees(app, "Family", f"Replays {child.name} {child.take}", child.id)
        await sees(app, f"More like it {other.name} {other.take}", other.id)
    child = library.get(child.id)
    assert dict(relatives(child, library.family(child)))["Replay of"].endswith(parent.id)
    library.trash([parent.id])
    gone = dict(relatives(child, library.family(child)))["Replay of"]
    assert gone == f"{parent.id}, which is not in the library"
