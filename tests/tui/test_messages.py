"""Messages: together, never over the queue's rows, none for what is visible, and a log of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from textual.widgets._toast import Toast

from suno_tui.providers.song import Song
from suno_tui.tasks.balances import Account
from suno_tui.tasks.store import TaskStore
from suno_tui.tui.app import StudioApp
from suno_tui.tui.dialogs.reader import Reader
from suno_tui.tui.message_log import MOST, Message, MessageLog
from tests.fake_provider import KEY, FakeProvider, Fault, refusal
from tests.tui.conftest import OpenApp, RunApp, settled, until
from tests.tui.screen_assertions import notified, sees, shown
from tests.tui.seed import NOW, add_task


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    with FakeProvider(balance=140) as fake:
        yield fake


def config(provider: FakeProvider) -> str:
    return (
        f'provider = "mine"\n[providers.mine]\nbase_url = "{provider.url}"\nkey = "{KEY}"\n'
        "[queue]\nrequests_per_second = 100\n"
    )


def waiting(store: TaskStore, count: int) -> list[str]:
    return [add_task(store, Song(prompt=f"song {i}")) for i in range(count)]


def texts(app: StudioApp) -> list[str]:
    return [note.message for note in app._notifications]


@pytest.mark.parametrize(("keys", "said"), [(("3", "z"), True), (("2",), False)])
async def test_nine_cancelled_tasks_are_one_message_or_none(
    run_app: RunApp, keys: tuple[str, ...], said: bool
) -> None:
    async with run_app(tasks=False) as (app, pilot):
        ids = waiting(app.studio.tasks, 9)
        app.main.tasks.reload()
        await pilot.press("escape", *keys)
        for each in ids[:5]:
            app.studio.tasks.cancel(each)
        app.main.tasks.reload()
        await pilot.pause()
        for each in ids[5:]:
            app.studio.tasks.cancel(each)
        app.main.tasks.reload()
        await until(lambda: any("9 tasks" in m.text for m in app.messages) or not said)
        await pilot.pause()
        assert texts(app) == (["9 tasks cancelled"] if said else [])
        assert len(app.messages) >= 1, "the log has it all the same"


async def test_a_message_covers_no_row_of_the_queue(open_app: OpenApp) -> None:
    app = open_app()
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await settled(pilot)
        for number in range(9):
            app.notify(f"message {number}", title="Title")
        await until(lambda: any(toast.region.area for toast in app.screen.query(Toast)))
        await pilot.pause()
        queue = app.main.tasks.region
        shown_ = [toast.region for toast in app.screen.query(Toast) if toast.region.area]
        assert not any(queue.overlaps(region) for region in shown_)
        assert texts(app) == ["message 6", "message 7", "message 8"]


async def test_messages_are_read_again(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        app.notify("The first.", title="Song [a]")
        app.notify_briefly("The second.")
        app.dismiss_notices()
        await pilot.press("escape", "2", "M")
        await sees(app, "Messages", "21:30:00 The second.", "21:30:00 Song [a]: The first.")
        assert isinstance(app.screen, Reader)


def test_the_log_is_bounded() -> None:
    log = MessageLog()
    for number in range(MOST + 5):
        log.add(Message(NOW, "", str(number), "information"))
    assert len(log) == MOST
    assert next(iter(log)).text == str(MOST + 4)


async def test_what_needs_the_user_is_counted_until_it_is_answered(run_app: RunApp) -> None:
    async with run_app(tasks=False) as (app, pilot):
        waiting(app.studio.tasks, 3)
        held = [
            add_task(
                app.studio.tasks,
                Song(prompt=f"held {i}"),
                provider="hosted",
                hold_code="invalid_api_key",
                hold_message="The API key is not valid.",
            )
            for i in range(2)
        ]
        await notified(app, "2 tasks need you: The API key is not valid.")
        assert len(texts(app)) == 1
        await pilot.press("escape", "3")
        app.dismiss_notices()
        await until(lambda: "@ 2 need you" in shown(app).splitlines()[0])
        await pilot.press("@")
        await pilot.pause()
        assert app.main.page == "tasks"
        assert app.main.tasks.selected is not None
        assert app.main.tasks.selected.id == held[0]
        await pilot.press("@")
        assert app.main.tasks.selected.id == held[1]
        for each in held:
            app.studio.tasks.cancel(each)
        await until(lambda: "need" not in shown(app).splitlines()[0])


async def test_a_balance_that_the_worker_learned_is_in_the_header(
    run_app: RunApp, provider: FakeProvider
) -> None:
    async with run_app(tasks=False, config=config(provider)) as (app, _):
        await until(lambda: "140 cr" in shown(app).splitlines()[0])
        worker = TaskStore(app.studio.home.queue)
        worker.note_balance(Account("mine", provider.url), 116, NOW.timestamp() * 2)
        worker.close()
        await until(lambda: "116 cr" in shown(app).splitlines()[0])


async def test_the_balance_is_true_after_a_lost_reply(
    run_app: RunApp, provider: FakeProvider
) -> None:
    """The fault `accept_then_drop`: the song is charged, and the connection breaks."""
    provider.faults["create"].append(Fault(accept=True, drop=True))
    async with run_app(tasks=False, config=config(provider)) as (app, _):
        await until(lambda: "140 cr" in shown(app).splitlines()[0])
        app.studio.generate(Song(prompt="a waltz"))
        await app.studio.work(patience=20)
        await sees(app, "needs your answer", "@ 1 needs you", "116 cr")


async def test_a_key_that_becomes_invalid_is_reported(
    run_app: RunApp, provider: FakeProvider
) -> None:
    async with run_app(tasks=False, config=config(provider)) as (app, _):
        await until(lambda: "140 cr" in shown(app).splitlines()[0])
        for kind in ("create", "credits"):
            provider.always[kind] = refusal(401, "invalid_api_key", "The key is not valid.")
        app.studio.generate(Song(prompt="a waltz"))
        await app.studio.work(patience=20)
        await notified(app, "a waltz needs you", "The API key is not valid")
        await sees(app, "API key not valid", "@ 1 needs you")
        await until(lambda: "140 cr" not in shown(app).splitlines()[0])
