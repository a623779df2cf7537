"""The dialog that lists providers, adds and changes them, and checks that they answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from suno_tui.common.errors import StudioError
from suno_tui.config.provider_edits import remove_provider, use_provider
from suno_tui.config.settings import HOSTED, LOCAL
from suno_tui.providers.capabilities import amount, dollars, price
from suno_tui.tui.dialogs.dialog import Dialog
from suno_tui.tui.dialogs.item_picker import Item, ItemRows
from suno_tui.tui.widgets.content import cells, content

if TYPE_CHECKING:
    from suno_tui.studio import Studio
    from suno_tui.tui.context import Context

DEFAULT_VARIABLE = "SUNO_TUI_PROVIDER"
KEY_VARIABLE = "SUNO_TUI_API_KEY"


ACESTEP_ADDRESS = "http://127.0.0.1:8001"
"""The default address of ACE-Step's server."""
HAVE_KEY, RUN_ACESTEP = "+key", "+acestep"
_STEPS = (HAVE_KEY, RUN_ACESTEP)
FIRST_STEPS = [
    Item(HAVE_KEY, "I have a key", "paste it, with the address", "add it", "  "),
    Item(RUN_ACESTEP, "I run ACE-Step", "here or on another machine", "free", "  "),
]
_OWN_SERVER = (
    "In ACE-Step's folder, `uv run acestep-api` starts the server. Enter here asks it for its "
    "models; nothing costs anything."
)


class ProvidersDialog(Dialog[None]):
    """All providers. `changed` is called with a provider's name after each change of it."""

    app: Context
    DEFAULT_CSS = """
    ProvidersDialog {
        & > #frame { width: 92; }
        & ItemRows { height: auto; min-height: 3; max-height: 14; margin-top: 1; }
        & #provider-note { height: auto; min-height: 2; margin-top: 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "open", show=False)]
    LABELS = {"open": "Use for new songs", "new_item": "Add"}

    def __init__(self, studio: Studio, changed: Callable[[str], None]) -> None:
        super().__init__("Providers")
        self.studio = studio
        self.changed = changed
        steps = () if has_own(studio) else (item.name for item in FIRST_STEPS)
        names = max(map(cells, (*studio.providers, *steps)))
        self.rows = ItemRows("", 18, min(26, names + 4))
        self._note_is_on = ""
        """The provider that the note is about."""

    def body(self) -> ComposeResult:
        yield self.rows
        yield Static(id="provider-note")

    def on_mount(self) -> None:
        super().on_mount()
        self.show()
        names = [item.key for item in self.rows.items]
        self.rows.move_to(names.index(self.studio.provider))
        self.rows.focus()

    def show(self) -> None:
        """List the providers as they are now."""
        items = [provider_item(self.studio, name) for name in self.studio.providers]
        if not has_own(self.studio):
            items += FIRST_STEPS
        self.rows.set_items(items)
        self.rows.grow(12)

    @property
    def current_name(self) -> str:
        """The provider under the cursor."""
        return self.rows.current.key if self.rows.current is not None else LOCAL

    def on_virtual_list_opened(self) -> None:
        self.action_open()

    def on_virtual_list_moved(self) -> None:
        if self.current_name != self._note_is_on:
            self._show_note("")
        self._update_keys()

    def why_not(self, id: str) -> str | None:
        if self.current_name in _STEPS and id in ("edit_provider", "check_provider"):
            return "There is no provider yet: Enter adds it."
        if id == "edit_provider" and self.current_name == LOCAL:
            return "The built-in provider needs neither an address nor a key."
        if id == "remove_item" and self.current_name not in self.studio.settings.providers:
            return ""  # it is always there
        return None

    def label(self, id: str) -> str | None:
        return "Set it up" if id == "open" and self.current_name in _STEPS else super().label(id)

    def _why_not_remove(self, name: str) -> str:
        """Return why a provider can't be removed now; empty if it can."""
        live = [task for task in self.studio.tasks.live() if task.provider == name]
        if live:
            what = "1 task needs" if len(live) == 1 else f"{len(live)} tasks need"
            return f"{what} it. Cancel them first, or wait until they end."
        if name == self.studio.provider:
            return "New songs are made by it. Choose another provider for them first."
        return ""

    def _show_note(self, text: str, style: str = "$text-muted") -> None:
        self._note_is_on = self.current_name
        self.query_one("#provider-note", Static).update(content(text, style, lines=True))

    def action_open(self) -> None:
        """Make the provider the default for new songs."""
        name = self.current_name
        if name in _STEPS:
            self._add(name)
            return
        if DEFAULT_VARIABLE in self.studio.env:
            self._show_note(
                f"{DEFAULT_VARIABLE} is set in this shell and decides. Unset it.", "$warning"
            )
            return
        use_provider(self.studio.home, name)
        self._changed(name)
        self._show_note(f"New songs are made by {name}.", "$success")

    def action_new_item(self) -> None:
        self._add(HAVE_KEY)

    def _add(self, step: str) -> None:
        from suno_tui.tui.screens.providers.form import AddProvider

        def added(done: bool | None) -> None:
            if done:
                name = form.answers_given["name"]
                self._changed(name)
                self.rows.select(name)
                self.action_check_provider()

        if step == RUN_ACESTEP:
            name = self.studio.free_name("acestep")
            form = AddProvider(self.studio, name=name, address=ACESTEP_ADDRESS, about=_OWN_SERVER)
        else:
            form = AddProvider(self.studio)
        self.app.push_screen(form, added)

    def action_edit_provider(self) -> None:
        from suno_tui.tui.screens.providers.form import EditProvider

        name = self.current_name

        def edited(done: bool | None) -> None:
            if done:
                self._changed(name)
                self.action_check_provider()

        self.app.push_screen(EditProvider(self.studio, name), edited)

    def action_remove_item(self) -> None:
        """Remove a provider from `config.toml`, after a question."""
        name = self.current_name
        if why := self._why_not_remove(name):
            self._show_note(why, "$warning")
            return

        def remove() -> None:
            try:
                remove_provider(self.studio.home, name)
            except StudioError as error:
                self._show_note(str(error), "$error")
                return
            self._changed(name)
            self._show_note(f"{name} is removed.")

        text = "Its address and key are removed from config.toml. Its songs stay in the library."
        self.app.ask(f"Remove {name}?", text, remove, yes="Remove it", deletes=True)

    def _changed(self, name: str) -> None:
        self.studio.reload_settings()
        self.show()
        self.changed(name)

    @work(exclusive=True, group="check")
    async def action_check_provider(self) -> None:
        """Ask the provider for the balance, to find out whether address and key are right."""
        name = self.current_name
        self._show_note(f"Asking {name} …")
        text, style = await check(self.studio, name, self.app.keymap.key("edit_provider"))
        if style == "$success":
            self._changed(name)  # the header may still show an earlier trouble
            if name != self.studio.provider:
                text += " Enter: use it."
        if self.is_active and name == self.current_name:
            self._show_note(text, style)
            self.show()


def provider_item(studio: Studio, name: str) -> Item:
    """Return a provider's line: default or not, address, where its key comes from, balance."""
    lead = "● " if name == studio.provider else "  "
    if name == LOCAL:
        return Item(name, name, "built in: made on this machine", "free", lead)
    address, _ = studio.settings.provider_address(name, studio.env)
    can, balance = studio.capabilities(name), studio.known_balance(name)
    end = "free" if can.free else key_source(studio, name)
    if balance is not None:
        end = price(balance, can.credit, "{} {}")
    return Item(name, name, address, end, lead)


def has_own(studio: Studio) -> bool:
    """Return whether the user has set up a provider, or has a key."""
    return bool(studio.settings.providers or studio.env.get(KEY_VARIABLE))


def key_source(studio: Studio, name: str) -> str:
    """Return where the key of a provider comes from; the key itself is not read."""
    if name == HOSTED and studio.env.get(KEY_VARIABLE):
        return f"${KEY_VARIABLE}"
    entry = studio.settings.providers.get(name)
    if entry is None:
        return "no key"
    if entry.key is not None:
        return "key in config.toml"
    if entry.key_env is not None:
        return f"${entry.key_env}"
    if entry.key_file is not None:
        return "key in a file"
    return "key by command" if entry.key_command else "no key"


async def check(studio: Studio, name: str, key: str) -> tuple[str, str]:
    """Ask a provider for the balance; return a sentence on the result, and its style.

    `key` opens its form.
    """
    if name == LOCAL:
        return "Built in: ready, free, and no key is needed.", "$success"
    try:
        found = await studio.ask(name)
    except StudioError as error:
        code = getattr(error, "code", "")
        advice = {
            "no_key": f"There is no key yet. {key}: enter it.",
            "invalid_api_key": f"It answers, but does not accept the key (401). {key}: enter "
            "another.",
            "wrong_address": f"Something answers there, but not this API. {key}: change the "
            "address.",
            "offline": f"It can't be reached: {error}",
        }
        return f"{name}: {advice.get(code, f'{error.title}: {error}')}", "$error"
    if found.free:
        return f"{name}: {found}.", "$success"
    if found.balance is None:
        return f"{name} answers and accepts the key. It does not show a balance.", "$success"
    owned = f"{amount(found.balance)} cr"
    if worth := dollars(found.balance, studio.capabilities(name).credit):
        owned += f" ({worth})"
    return f"{name} answers and accepts the key. Balance: {owned}.", "$success"
