"""Text from outside, made safe for the screen: never markup, never wider than there is room."""

from __future__ import annotations

from rich.cells import cell_len, chop_cells
from textual.content import Content

from suno_tui.common.text import clean
from suno_tui.tui.terminal.widths import graphemes, most_columns


def content(text: str, style: str = "", *, lines: bool = False) -> Content:
    """Return text as Textual's content, with `[Chorus]` as text and visible control characters.

    `style` is a style such as `$text-muted`; `lines` keeps line breaks.
    """
    return Content.styled(clean(text, lines=lines), style) if text else Content("")


def cells(text: str) -> int:
    """Return how many columns a text takes in the layout; some terminals draw more."""
    return cell_len(text)


def one_line(text: str, width: int) -> str:
    """Return a text on one line of at most `width` columns in any terminal; `…` marks a cut."""
    if width <= 0:
        return ""
    # Cut first: a title may have 10,000 characters.
    shown = " ".join(clean(text[: width * 8 + 64]).split())
    if most_columns(shown) <= width:
        return shown
    kept, room = [], width - 1
    for grapheme, _ in graphemes(shown):
        room -= most_columns(grapheme)
        if room < 0:
            break
        kept.append(grapheme)
    return "".join(kept).rstrip() + "…"


def ending(text: str, width: int) -> str:
    """Return a text of at most `width` columns; if it is longer, `…` and its last words, or the end
    of its last word."""
    if most_columns(text) <= width:
        return text
    kept = [grapheme for grapheme, _ in graphemes(text)]
    dropped = ""
    while kept and most_columns("…" + "".join(kept)) > width:
        dropped = kept.pop(0)
    rest = "".join(kept)
    words = rest if dropped == " " else rest.partition(" ")[2]
    return "…" + (words or rest)


def fit_named(name: str, ending: str, width: int) -> str:
    """Return a name and its ending, such as a take's number, of exactly `width` columns.

    If there is no room for both, the name is cut: the ending distinguishes it from the others.
    """
    room = width - cell_len(ending) - 1
    return fit(f"{one_line(name, room)} {ending}" if ending else name, width)


def fit(text: str, width: int, align: str = "left") -> str:
    """Return a text of exactly `width` columns; `align` is left or right."""
    shown = one_line(text, width)
    space = " " * max(0, width - cell_len(shown))
    return space + shown if align == "right" else shown + space


def parts(text: str, width: int) -> list[str]:
    """Wrap a text into lines of at most `width` columns; break only words that are longer."""
    text = clean(text)
    if most_columns(text) <= width:
        return [text]
    lines = [""]
    for word in text.split():
        space = 1 if lines[-1] else 0
        room = width - most_columns(lines[-1]) - space
        if most_columns(word) <= room:
            lines[-1] += " " * space + word
            continue
        if most_columns(word) > width and room > 1:
            start = chop_cells(word, room)[0]
            lines[-1] += " " * space + start
            word = word[len(start) :]
        lines += chop_cells(word, width)
    return lines if lines[0] else lines[1:]
