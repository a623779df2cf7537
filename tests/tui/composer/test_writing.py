"""The writer in the composer: a stream, a proposal beside the text, accepted, rejected, undone."""

from __future__ import annotations

import threading
from collections.abc import Callable

from textual.pilot import Pilot

from suno_tui.providers.song import Song
from suno_tui.tui.dialogs.item_picker import NameDialog, NameField
from suno_tui.tui.dialogs.picker import EntryRows, Picker
from suno_tui.tui.screens.composer.proposal_dialog import ProposalDialog, lines_of
from suno_tui.writer.proposal import Proposal, compare
from tests.fakes.chat import ChatServer, delta, stream
from tests.tui.composer.host import Host, ready, until

Open = Callable[..., Host]
LYRICS = "[Verse]\nThe kettle sings  \nall night for you\n\n[Chorus]\nOh sing it to me"
RHYMED = "1. The kettle sings a song\n2. all night long\n3. Oh sing it strong"


async def ask(app: Host, pilot: Pilot[None], typed: str, said: str = "") -> ProposalDialog:
    """Choose from the menu what is typed, say what is asked for, and return the proposal."""
    await pilot.press("alt+a")
    await until(pilot, lambda: isinstance(app.screen, Picker) and app.screen.query(EntryRows))
    await pilot.press(*typed, "enter")
    if said:
        await until(
            pilot, lambda: isinstance(app.screen, NameDialog) and app.screen.query(NameField)
        )
        dialog = app.screen
        assert isinstance(dialog, NameDialog)
        await until(pilot, lambda: dialog.field.has_focus)
        await pilot.press(*said, "enter")
    await until(pilot, lambda: isinstance(app.screen, ProposalDialog))
    assert isinstance(app.screen, ProposalDialog)
    return app.screen


async def test_a_proposal_is_streamed_and_only_what_is_accepted_changes(open_host: Open) -> None:
    half = threading.Event()
    with ChatServer() as server:
        app = open_host(f"[writer]\nbase_url = '{server.url}'\nmodel = 'tiny'\n")
        async with app.run_test(size=(80, 24)) as pilot:
            pane = await ready(pilot)
            pane.load(Song(custom_mode=True, title="Kettle", style="Folk", lyrics=LYRICS))
            pane.form.text("lyrics").focus()
            pane.form.set_typing(True)

            # While it comes, it is beside the text, and Esc leaves everything as it was.
            server.pieces = [delta("1. The kettle"), half.wait]
            dialog = await ask(app, pilot, "rhyme", "ABAB")
            await until(pilot, lambda: [row.new for row in dialog.rows.items] == ["1. The kettle"])
            assert dialog.why_not("accept_all") == "It is still being written."
            await pilot.press("a", "escape")
            await until(pilot, lambda: app.screen is not dialog)
            half.set()
            assert pane.song.lyrics == pane.form.text("lyrics").text == LYRICS

            # A trouble is told, and nothing changes.
            server.pieces = [delta("1. The kettle")]
            dialog = await ask(app, pilot, "rhyme", "ABAB")
            await until(pilot, lambda: dialog.why_not("retry") is None)
            assert "broke off" in str(dialog.query_one("#state").render())
            assert dialog.why_not("accept_all") == "There is nothing to accept."

            # Asked again: one line is ticked and accepted.
            server.pieces = stream(RHYMED)
            await pilot.press("r")
            await until(pilot, lambda: dialog.proposal is not None)
            await pilot.press("j", "space", "enter")
            await until(pilot, lambda: pane.song.lyrics == LYRICS.replace("for you", "long"))
            assert pane.form.text("lyrics").text == LYRICS.replace("for you", "long")

            # Undo brings back the exact text; all at once, then undone, too.
            lyrics = pane.form.text("lyrics")
            await until(pilot, lambda: lyrics.has_focus)
            await pilot.press("ctrl+z")
            await until(pilot, lambda: pane.song.lyrics == LYRICS)
            dialog = await ask(app, pilot, "rhyme", "ABAB")
            await until(pilot, lambda: dialog.proposal is not None)
            await pilot.press("a")
            await until(pilot, lambda: "strong" in pane.song.lyrics)
            assert pane.song.lyrics.split("\n")[::3] == ["[Verse]", ""]
            await until(pilot, lambda: lyrics.has_focus)
            await pilot.press("ctrl+z")
            await until(pilot, lambda: pane.song.lyrics == LYRICS)


async def test_without_a_writer_the_menu_says_what_works(open_host: Open) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(Song(custom_mode=True, title="Kettle", style="Folk", lyrics=LYRICS))
        pane.generate_bar.focus()
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, Picker) and app.screen.query(EntryRows))
        menu = app.screen
        assert isinstance(menu, Picker)
        assert [entry.value for entry in menu.entries] == ["words", "set_up"]


def test_fields_are_named_if_there_are_several_and_a_removed_line_can_be_ticked() -> None:
    rows = (*compare("style", "", "folk, warm"), *compare("lyrics", "a\nb\nc", "a\nd"))
    lines = [(one.sign, one.new, one.taken) for one in lines_of(Proposal(rows), {0}, wide=False)]
    assert lines == [
        ("#", "Style", None),
        ("+", "folk", True),
        ("+", "warm", False),
        ("#", "Lyrics", None),
        ("", "a", None),
        ("-", "d", None),
        ("+", "d", False),
        ("-", None, False),
    ]
    assert len(lines_of(Proposal(rows), set(), wide=True)) == 7
