"""The orders that the library's list can be sorted by, and the dialog to choose one."""

from __future__ import annotations

from typing import NamedTuple

from suno_tui.library.views import OWN_ORDER, View
from suno_tui.tui.dialogs.picker import Entry, Picker


class Order(NamedTuple):
    """A sort order: its name in a query, its label, what its two directions mean, and whether the
    second is used first."""

    name: str
    label: str
    up: str
    down: str
    begins_down: bool = False

    @property
    def first(self) -> str:
        """The order in the direction that is used first, as in a query."""
        return f"-{self.name}" if self.begins_down else self.name

    def direction(self, sort: str) -> str:
        """Return what the direction of a sort order means."""
        return self.down if sort.startswith("-") else self.up


ORDERS = (
    Order("added", "Added", "oldest first", "newest first", True),
    Order("title", "Title", "A to Z", "Z to A"),
    Order("style", "Style", "A to Z", "Z to A"),
    Order("rating", "Rating", "lowest first", "best first", True),
    Order("fav", "Favourite", "favourites last", "favourites first", True),
    Order("len", "Length", "shortest first", "longest first", True),
    Order("bpm", "Tempo", "slowest first", "fastest first"),
    Order("model", "Model", "A to Z", "Z to A"),
    Order("provider", "Provider", "A to Z", "Z to A"),
    Order("take", "Take", "first takes first", "last takes first"),
)
_OWN = {
    "playlist": Order(OWN_ORDER, "Playlist", "as in the playlist", ""),
    "trash": Order(OWN_ORDER, "Deleted", "latest first", ""),
}


def orders(view: View) -> tuple[Order, ...]:
    """Return the orders on offer in a view."""
    own = _OWN.get(view.kind)
    return (own, *ORDERS) if own is not None else ORDERS


def chosen(name: str, sort: str) -> str:
    """Return the sort order after `name` was chosen; choosing the present one reverses it."""
    if name == OWN_ORDER:
        return name
    if sort.lstrip("-").split(",")[0] == name:
        return name if sort.startswith("-") else f"-{name}"
    return next(order.first for order in ORDERS if order.name == name)


def label(sort: str, view: View) -> str:
    """Return a text for a sort order: `Added, newest first`."""
    name = sort.lstrip("-").split(",")[0]
    order = next(each for each in orders(view) if each.name == name)
    return f"{order.label}, {order.direction(sort)}"


def sort_picker(sort: str, view: View) -> Picker:
    """Return the dialog; it returns the name of an order."""
    entries = []
    for order in orders(view):
        current = sort.lstrip("-").split(",")[0] == order.name
        if not current:
            more = order.direction(order.first)
        elif order.name == OWN_ORDER:
            more = f"{order.up} (now)"
        else:
            sign = "▾" if sort.startswith("-") else "▴"
            again = order.direction(chosen(order.name, sort))
            more = f"{sign} {order.direction(sort)} (now); again: {again}"
        entries.append(Entry(order.name, order.label, "", more))
    return Picker("Sort", entries, start=sort.lstrip("-").split(",")[0])
