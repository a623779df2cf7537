"""Providers in the studio: add one, paste a key, check it, choose it, for all songs or for one."""

from __future__ import annotations

import stat
from collections.abc import Iterator

import pytest

from suno_tui.common.secret import Environment
from suno_tui.config.config_file import change_setting
from suno_tui.config.settings import Settings
from suno_tui.providers.song import Song
from suno_tui.tui.dialogs.form import FormInput, SecretInput
from suno_tui.tui.screens.providers.dialog import ProvidersDialog, check
from suno_tui.tui.screens.providers.form import EditProvider
from suno_tui.tui.screens.settings.dialog import apply_settings
from tests.fake_provider import KEY, FakeProvider, refusal
from tests.fakes.acestep import AceStep
from tests.tui.conftest import OpenApp, RunApp, settled, until
from tests.tui.screen_assertions import sees, shown
from tests.tui.seed import add_task

SONG = Song(prompt="a waltz")


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    with FakeProvider(balance=140) as fake:
        yield fake


def config(provider: FakeProvider, *, default: str = "mine", key: str = KEY) -> str:
    return (
        f'provider = "{default}"\n[providers.mine]\nbase_url = "{provider.url}"\nkey = "{key}"\n'
        "[queue]\nrequests_per_second = 100\n"
    )


async def test_a_provider_is_added_checked_and_used_without_a_restart(
    run_app: RunApp, provider: FakeProvider
) -> None:
    async with run_app(tasks=False) as (app, pilot):
        await pilot.press("escape", "2", "&")
        await sees(app, "● local", "built in: made on this machine", "hosted")
        await pilot.press("n")
        await pilot.pause()
        await pilot.press(*"mine", "tab", *provider.url, "tab", *KEY)
        await pilot.pause()
        assert "•" * len(KEY) in shown(app)
        assert KEY not in shown(app), "a key is never drawn"
        await pilot.press("enter")
        await sees(app, "mine answers and accepts the key. Balance: 140 cr ($0.70).")
        settings = Settings.load(app.studio.home)
        assert settings.providers["mine"].key == KEY
        assert stat.S_IMODE(app.studio.home.config_file.stat().st_mode) == 0o600
        await pilot.press("enter")
        await sees(app, "New songs are made by mine.", "● mine")
        await pilot.press("escape")
        await until(lambda: "140 cr" in shown(app).splitlines()[0])
        (task,) = app.studio.generate(SONG)
        assert (task.provider, task.base_url, task.credits) == ("mine", provider.url, 24)
        assert not any(KEY in message.text for message in app.messages)


async def test_a_wrong_key_is_reported_and_a_new_one_releases_held_tasks(
    run_app: RunApp, provider: FakeProvider
) -> None:
    async with run_app(tasks=False, config=config(provider, key="sk-wrong")) as (app, pilot):
        held = add_task(
            app.studio.tasks, SONG, provider="mine", hold_code="invalid_api_key",
            hold_message="The API key is not valid.",
        )  # fmt: skip
        await sees(app, "‖ a waltz", "API key not valid")
        await pilot.press("escape", "2", "i")
        await sees(app, "&: check the provider and its key.")
        await pilot.press("&")
        await sees(app, "● mine", "key in config.toml")
        await pilot.press("c")
        await sees(app, "does not accept the key (401)")
        await pilot.press("e")
        await pilot.pause()
        assert app.screen.query_one("#key", SecretInput).value == "", "a key is never shown again"
        await pilot.press(*KEY, "enter")
        await sees(app, "mine answers and accepts the key.")
        await until(lambda: app.studio.tasks.get(held).hold is None)


async def test_the_welcome_names_the_provider_of_the_moment(
    run_app: RunApp, provider: FakeProvider
) -> None:
    settings = config(provider, default="local")
    async with run_app(tracks=False, tasks=False, config=settings) as (app, pilot):
        await sees(app, "Free, on this machine, with no account")
        await pilot.press("escape", "2", "&", "end", "enter", "escape")
        await sees(app, 'Songs are made by "mine"')
        assert "free" not in shown(app)


async def test_a_song_has_a_provider_of_its_own(run_app: RunApp, provider: FakeProvider) -> None:
    async with run_app(tasks=False, config=config(provider, default="local")) as (app, pilot):
        app.main.composer.load(SONG)
        await pilot.press("escape", "p")
        await sees(app, "Provider of this song")
        await pilot.press("end", "enter")
        await sees(app, "24 cr · $0.12 · mine")
        (task,) = app.studio.generate(SONG)
        assert task.provider == "mine"
        app.main.composer.action_new_draft()
        assert app.studio.current_provider == "local", "a new song has the default"


@pytest.mark.parametrize(("default", "price"), [("local", " free"), ("mine", "24 cr $0.12")])
async def test_the_list_of_models_has_the_price_of_the_provider(
    run_app: RunApp, provider: FakeProvider, default: str, price: str
) -> None:
    async with run_app(tasks=False, config=config(provider, default=default)) as (app, pilot):
        await pilot.press("escape")
        app.main.composer.form.field("model").focus()
        await pilot.press("enter")
        await sees(app, "Built in, full" if default == "local" else "Suno V5.5", price)
        assert ("Suno V5.5" in shown(app)) is (default == "mine")
        assert ("24 cr $0.12" in shown(app)) is (default == "mine")


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (None, "mine answers and accepts the key. Balance: 140 cr ($0.70)."),
        (refusal(401, "invalid_api_key"), "mine: It answers, but does not accept the key (401)."),
        (refusal(404, "not_found"), "mine: "),
    ],
)
async def test_a_check_ends_in_a_sentence(
    run_app: RunApp, provider: FakeProvider, fault: object, told: str
) -> None:
    async with run_app(tasks=False, config=config(provider, default="local")) as (app, _):
        if fault is not None:
            provider.always["credits"] = fault  # type: ignore[assignment]
        text, _style = await check(app.studio, "mine", "e")
        assert text.startswith(told)


async def test_a_variable_of_the_shell_decides(run_app: RunApp, provider: FakeProvider) -> None:
    async with run_app(tasks=False, config=config(provider)) as (app, pilot):
        app.studio.env = Environment({"SUNO_TUI_PROVIDER": "mine"})
        dialog = ProvidersDialog(app.studio, lambda _name: None)
        app.push_screen(dialog)
        await pilot.pause()
        await pilot.press("home", "enter")
        await sees(app, "SUNO_TUI_PROVIDER is set in this shell and decides.")
        assert Settings.load(app.studio.home).provider == "mine"


async def test_the_first_start_offers_ones_own_server(run_app: RunApp) -> None:
    with AceStep() as server:
        async with run_app((80, 24), tracks=False, tasks=False) as (app, pilot):
            await sees(app, "Your key or ACE-Step: esc &.")
            await pilot.press("escape", "&")
            await sees(app, "I have a key", "I run ACE-Step", "Use for new songs")
            await pilot.press("end")
            await sees(app, "⏎ Set it up")
            await pilot.press("enter")
            await sees(app, "uv run acestep-api", "http://127.0.0.1:8001")
            await pilot.press("tab", "ctrl+u", *server.url, "enter")
            await sees(app, "acestep: it works, free, 2 models, 0 being made, 0 waiting.")
            assert "I run ACE-Step" not in shown(app), "there is one now"
            await pilot.press("enter")
            await sees(app, "New songs are made by acestep.")
            await pilot.press("escape")
            await sees(app, "acestep · free", "ACE-Step 1.5 turbo", "0/512")
            (task,) = app.studio.generate(Song(model="acestep-v15-turbo", prompt="a waltz"))
            assert (task.credits, task.url_life, task.base_url) == (0, None, server.url)


async def test_switching_the_provider_brings_its_models(run_app: RunApp) -> None:
    settings = (
        'provider = "mine"\n[providers.mine]\nbase_url = "http://127.0.0.1:9"\nkey = "k"\n'
        '[providers.other]\ndialect = "kie"\nbase_url = "http://127.0.0.1:9"\nkey = "k"\n'
    )
    async with run_app(tasks=False, config=settings) as (app, pilot):
        app.main.composer.load(SONG)
        await pilot.press("escape", "p")
        await sees(app, "Provider of this song")
        await pilot.press("end", "enter")
        await sees(app, "V6", "/3000", "12 cr · $0.06 · other")
        assert app.main.composer.problems == ()


async def test_enter_goes_through_the_form_which_shows_mistakes(
    run_app: RunApp, provider: FakeProvider
) -> None:
    async with run_app(tasks=False) as (app, pilot):
        await pilot.press("escape", "2", "&", "n")
        await sees(app, "Add a provider", "Enter or Tab: next field")
        await pilot.press(*"my band", "enter", *f"{provider.url}x", "enter", *KEY, "enter")
        await sees(app, "A provider's name has letters, digits, - and _ only.", "Enter: save")
        assert not app.messages, "what the dialog says is not said twice"
        name, address = (app.screen.query_one(each, FormInput) for each in ("#name", "#base_url"))
        name.value = "band"
        await pilot.press("enter")
        await sees(app, "An address begins with https:// or http://")
        address.value = provider.url
        await pilot.press("enter")
        await sees(app, "band answers and accepts the key.")
        assert Settings.load(app.studio.home).providers["band"].key == KEY


async def test_a_provider_is_removed_unless_something_needs_it(
    run_app: RunApp, provider: FakeProvider
) -> None:
    settings = "# mine\n" + config(provider, default="mine")
    async with run_app(tasks=False, config=settings) as (app, pilot):
        task = add_task(app.studio.tasks, SONG, provider="mine")
        await pilot.press("escape", "2", "&", "end", "d")
        await sees(app, "1 task needs it.")
        app.studio.tasks.cancel(task)
        await pilot.press("d")
        await sees(app, "New songs are made by it. Choose another provider")
        await pilot.press("home", "enter", "end", "d")
        await sees(app, "Remove mine?", "Its songs")
        await pilot.press("y")
        await sees(app, "mine is removed.")
        assert app.studio.home.config_file.read_text() == (
            '# mine\nprovider = "local"\n[queue]\nrequests_per_second = 100\n'
        )
        assert app.studio.providers == ["local", "hosted"]


async def test_the_provider_of_the_settings_is_used_at_once(
    run_app: RunApp, provider: FakeProvider
) -> None:
    async with run_app(tasks=False, config=config(provider, default="local")) as (app, _):
        apply_settings(app, change_setting(app.studio.home, ("provider",), "mine"))
        assert app.studio.current_provider == "mine"
        await until(lambda: "140 cr" in shown(app).splitlines()[0])


async def test_a_draft_keeps_the_provider_of_its_song(
    open_app: OpenApp, provider: FakeProvider
) -> None:
    app = open_app(tasks=False, config=config(provider, default="local"))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        app.main.composer.load(SONG)
        await pilot.press("escape", "1", "p")
        await sees(app, "Provider of this song")
        await pilot.press("end", "enter")
        await sees(app, "24 cr · $0.12 · mine")
        await pilot.press("ctrl+n", *"techno", "escape")
        await sees(app, "2 takes · free")
        app.main.composer.save()
        await pilot.press("O")
        await sees(app, "a waltz")
        await pilot.press("home", "down", "enter")
        await sees(app, "24 cr · $0.12 · mine")
    file = app.studio.home.drafts / "a-waltz.toml"
    assert 'provider = "mine"' in file.read_text()
    app = open_app(tracks=False, tasks=False)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await sees(app, "24 cr · $0.12 · mine")
        app.studio.choose_provider("local")
        app.main.composer.save()
        assert "provider" not in file.read_text()


def test_the_form_counts_the_songs_that_the_present_key_has_to_download(open_app: OpenApp) -> None:
    studio = open_app(tasks=False).studio
    song = Song(prompt="rain")
    made = {"provider": "hosted", "status": "processing", "accepted_at": 9.0}
    add_task(studio.tasks, song, **made)  # type: ignore[arg-type]
    assert EditProvider(studio, "hosted").about.startswith("1 song is being made there")
    add_task(studio.tasks, song, **made)  # type: ignore[arg-type]
    assert EditProvider(studio, "hosted").about.startswith("2 songs are being made there")
