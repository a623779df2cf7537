"""Change, add and remove rows of a batch file; everything else stays as the user wrote it.

Each function builds a new text, and returns it only if it reads back as exactly the wanted rows.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from suno_tui.batches.batch import FIELDS, ID, read_field
from suno_tui.batches.rows import BODY, FENCE, TABLE, TABLE_HEAD, Row, body_field, read_rows
from suno_tui.common.errors import UsageError
from suno_tui.common.safe_files import NotToml, blank_texts, parse_toml
from suno_tui.common.toml_lines import set_value

Values = Mapping[str, Any]

_CELL = re.compile(r'("(?:[^"]|"")*"|[^",\r\n][^,\r\n]*|)(,|\r?\n?\Z)')
_OTHER_HEAD = re.compile(rf"^[ \t]*\[(?!\[?[ \t]*{TABLE}[ \t]*\.)", re.MULTILINE)
"""The head of a TOML table that doesn't belong to a song."""
_BY_HAND = "Only you can change this row: edit the file itself."


def change_row(text: str, kind: str, line: int, changes: Values) -> str:
    """Set values of the row that begins at a line; a value of None is removed.

    Raises `UsageError` if there is no such row, or if only the user can change it.
    """
    rows, at = _find(text, kind, line)
    wanted = _merged(rows[at].values, changes)
    if not wanted and kind in ("csv", "jsonl"):
        raise UsageError("The row would be empty. Remove it instead.")
    change = {"csv": _change_csv, "jsonl": _change_jsonl, "toml": _change_toml, "md": _change_md}
    new = change[kind](text, rows[at], changes)
    return _verified(new, kind, [*rows[:at], Row(line, wanted), *rows[at + 1 :]])


def add_row(text: str, kind: str, values: Values) -> str:
    """Add a row after the last one. Raises `UsageError`."""
    wanted = _merged({}, values)
    if not wanted:
        raise UsageError("The row is empty: write at least a prompt.")
    rows = _rows(text, kind)
    add = {"csv": _add_csv, "jsonl": _add_jsonl, "toml": _add_toml, "md": _add_md}
    return _verified(add[kind](text, wanted), kind, [*rows, Row(0, wanted)])


def remove_row(text: str, kind: str, line: int) -> str:
    """Remove the row that begins at a line. Raises `UsageError`."""
    rows, at = _find(text, kind, line)
    if len(rows) == 1 and kind in ("toml", "md"):
        raise UsageError("This is the file's only song. Change it instead.")
    remove = {"csv": _remove_csv, "jsonl": _remove_jsonl, "toml": _remove_toml, "md": _remove_md}
    return _verified(remove[kind](text, line), kind, [*rows[:at], *rows[at + 1 :]])


def shown(value: Any) -> str:
    """Return the text of a value in a form."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).replace("\r\n", "\n")


def typed(name: str, text: str, kind: str, old: Any = None) -> Any:
    """Return the value for a text from a form, in a file of that kind; None if it is empty.

    `old` is the value before, so that an unchanged value keeps its type.
    """
    if not text.strip():
        return None
    if old is not None and text == shown(old):
        return old
    if kind == "csv":
        return text
    if name in FIELDS:
        return read_field(name, text)
    if isinstance(old, int | float) or (name == ID and old is None):
        try:
            number = json.loads(text)
        except ValueError:
            return text
        return number if isinstance(number, int | float) and str(number) == text else text
    return text


def _rows(text: str, kind: str) -> list[Row]:
    """Return the rows of a text; none if it is blank."""
    return read_rows(text, kind) if text.strip() else []


def _find(text: str, kind: str, line: int) -> tuple[list[Row], int]:
    rows = _rows(text, kind)
    found = [at for at, row in enumerate(rows) if row.line == line]
    if not found:
        raise UsageError(f"There is no row in line {line}.")
    if len(found) > 1:
        raise UsageError(_BY_HAND)
    return rows, found[0]


def _merged(values: Values, changes: Values) -> dict[str, Any]:
    return {name: x for name, x in {**values, **changes}.items() if x is not None}


def _verified(text: str, kind: str, wanted: Sequence[Row]) -> str:
    """Return the text if it reads back as the wanted rows. Raises `UsageError`."""
    try:
        rows = _rows(text, kind)
    except UsageError:
        rows = None
    if rows is None or [_plain(row) for row in rows] != [_plain(row) for row in wanted]:
        raise UsageError(_BY_HAND)
    return text


def _plain(row: Row) -> tuple[str, dict[str, str]]:
    """Return a row in a form to compare: 1, 1.0 and true differ, but line ends don't count."""
    texts = {
        name: repr(x.replace("\r\n", "\n") if isinstance(x, str) else x)
        for name, x in row.values.items()
    }
    return row.why.partition("(")[0], texts


def _line_end(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _with_last_line_end(text: str) -> str:
    """Return the text with a line end after its last line."""
    return text if not text or text.endswith("\n") else text + _line_end(text)


# CSV


def _records(text: str) -> Iterator[tuple[int, int, list[str]]]:
    """Yield for each record its first line, the line after its last (both from 0), its cells."""
    reader = csv.reader(io.StringIO(text, newline=""))
    begin = 0
    for cells in reader:
        yield begin, reader.line_num, cells
        begin = reader.line_num


def _raw_cells(record: str, cells: Sequence[str]) -> list[str]:
    """Return the cells of a record as they are written, with quotation marks."""
    raw, at = [], 0
    while found := _CELL.match(record, at):
        raw.append(found[1])
        at = found.end()
        if found[2] != ",":
            break
    read = [next(csv.reader(io.StringIO(f"{each},", newline="")))[0] for each in raw]
    return raw if read == list(cells) else [_cell(each) for each in cells]


def _cell(value: Any) -> str:
    text = shown(value) if isinstance(value, bool) else str(value)
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="\r\n").writerow(["", text])
    return file.getvalue()[1:].removesuffix("\r\n")


def _change_csv(text: str, row: Row, changes: Values) -> str:
    lines, top, head, names = _csv_table(text, changes)
    for begin, end, cells in _records(text):
        if begin + 1 == row.line:
            record = "".join(lines[begin:end])
            raw = _raw_cells(record, cells)
            raw += [""] * (len(names) - len(raw))
            for name, value in changes.items():
                raw[names.index(name)] = "" if value is None else _cell(value)
            tail = record[len(record.rstrip("\r\n")) :]
            lines[begin:end] = [",".join(raw) + tail]
            break
    return "".join([head, *lines[top:]])


def _csv_table(text: str, values: Values) -> tuple[list[str], int, str, list[str]]:
    """Return the lines, the number of those up to the column names, their text, and the names.

    The text and the names include new columns for the given values.
    """
    lines = list(io.StringIO(text, newline=""))
    for begin, end, cells in _records(text):
        if any(cell.strip() for cell in cells):
            names = [name.strip() for name in cells]
            more = [name for name, x in values.items() if name not in names and x is not None]
            record = "".join(lines[begin:end])
            body = record.rstrip("\r\n")
            added = "".join(f",{_cell(name)}" for name in more)
            head = "".join(lines[:begin]) + body + added + record[len(body) :]
            return lines, end, head, names + more
    return lines, 0, "", []


def _add_csv(text: str, values: Values) -> str:
    text = _with_last_line_end(text)
    lines, top, head, names = _csv_table(text, values)
    if not names:
        names = list(values)
        head = ",".join(map(_cell, names)) + "\n"
    record = ",".join(_cell(values[name]) if name in values else "" for name in names)
    return "".join([head, *lines[top:], record, _line_end(text)])


def _remove_csv(text: str, line: int) -> str:
    lines = list(io.StringIO(text, newline=""))
    for begin, end, _ in _records(text):
        if begin + 1 == line:
            del lines[begin:end]
            break
    return "".join(lines)


# JSON Lines


def _change_jsonl(text: str, row: Row, changes: Values) -> str:
    lines = text.split("\n")
    old = lines[row.line - 1]
    bare = old.strip()
    styles = itertools.product(((", ", ": "), (",", ":")), (False, True))
    for separators, plain in styles:
        if json.dumps(row.values, ensure_ascii=plain, separators=separators) == bare:
            break
    else:
        separators, plain = (", ", ": "), False
    new = _json(_merged(row.values, changes), ensure_ascii=plain, separators=separators)
    start = old.index(bare)
    lines[row.line - 1] = old[:start] + new + old[start + len(bare) :]
    return "\n".join(lines)


def _add_jsonl(text: str, values: Values) -> str:
    return _with_last_line_end(text) + _json(values, ensure_ascii=False) + _line_end(text)


def _json(values: Values, **style: Any) -> str:
    """Return JSON with lone surrogates escaped, since they can't be written to a file."""
    return re.sub(
        "[\ud800-\udfff]", lambda half: rf"\u{ord(half[0]):x}", json.dumps(values, **style)
    )


def _remove_jsonl(text: str, line: int) -> str:
    lines = text.split("\n")
    del lines[line - 1]
    return "\n".join(lines)


# TOML


def _block(text: str, line: int) -> tuple[int, int, int]:
    """Return the offsets where a song's head begins and ends, and where the next song begins."""
    heads = list(TABLE_HEAD.finditer(text))
    for number, head in enumerate(heads):
        if text.count("\n", 0, head.start()) + 1 == line:
            after = heads[number + 1].start() if number + 1 < len(heads) else len(text)
            return head.start(), head.end(), after
    raise UsageError(_BY_HAND)


def _change_toml(text: str, row: Row, changes: Values) -> str:
    _, begin, end = _block(text, row.line)
    return text[:begin] + _set_all(text[begin:end], changes, _line_end(text)) + text[end:]


def _set_all(block: str, changes: Values, end: str) -> str:
    """Set values in the text of one TOML table."""
    for name, value in changes.items():
        try:
            old = parse_toml(block.encode())
        except NotToml as error:
            raise UsageError(_BY_HAND) from error
        wanted = _merged(old, {name: value})
        if wanted == old and (value is None or type(wanted[name]) is type(old.get(name))):
            continue
        many = isinstance(value, str) and "\n" in value
        new = set_value(block, [name], value, [wanted], multiline=many)
        if new is None:
            raise UsageError(_BY_HAND)
        block = new
    return block


def _add_toml(text: str, values: Values) -> str:
    import tomli_w

    body = tomli_w.dumps(dict(values), multiline_strings=True)
    added = "\n" * bool(text.strip()) + f"[[{TABLE}]]\n{body}"
    return _with_last_line_end(text) + added.replace("\n", _line_end(text))


def _remove_toml(text: str, line: int) -> str:
    start, begin, end = _block(text, line)
    if other := _OTHER_HEAD.search(blank_texts(text[begin:end])):
        end = begin + other.start()
    lines = text[begin:end].splitlines(keepends=True)
    while len(lines) > 1 and lines[-1].lstrip().startswith("#"):
        end -= len(lines.pop())  # a comment on what follows
    rest = text[:start] + text[end:]
    at = sum(head.start() < start for head in TABLE_HEAD.finditer(text))
    try:
        wanted, found = parse_toml(text.encode()), parse_toml(rest.encode())
    except NotToml as error:
        raise UsageError(_BY_HAND) from error
    del wanted[TABLE][at]
    if _comparable(found) != _comparable(wanted):
        raise UsageError(_BY_HAND)
    return rest


def _comparable(table: Values) -> str:
    """Return a TOML table in a form to compare: 1 and true differ, but the order doesn't count."""
    return json.dumps(table, sort_keys=True, default=repr)


# Markdown


def _part(lines: Sequence[str], line: int) -> tuple[int, int, int]:
    """Return the lines (from 0) of a song's two fences, and the line after its text."""
    fences = [number for number, each in enumerate(lines) if each.rstrip() == FENCE]
    if line - 1 not in fences[::2]:
        raise UsageError(_BY_HAND)
    at = fences.index(line - 1)
    if at + 1 >= len(fences):
        raise UsageError(_BY_HAND)
    return line - 1, fences[at + 1], fences[at + 2] if at + 2 < len(fences) else len(lines)


def _change_md(text: str, row: Row, changes: Values) -> str:
    lines = text.split("\n")
    first, last, end = _part(lines, row.line)
    head = "".join(f"{each}\n" for each in lines[first + 1 : last])
    try:
        old = parse_toml(head.encode())
    except NotToml as error:
        raise UsageError(_BY_HAND) from error
    body, new = _split(_merged(row.values, changes), old)
    head = _set_all(head, {name: new.get(name) for name in {**old, **new}}, _line_end(text))
    below = _body(lines[last + 1 : end], body, _line_end(text).removesuffix("\n"))
    lines[first + 1 : end] = [*head.split("\n")[:-1], lines[last], *below]
    return "\n".join(lines)


def _split(values: Values, head: Values) -> tuple[str, dict[str, Any]]:
    """Return the text below a song's front matter, and the values inside it."""
    new = {name: x for name, x in values.items() if name in head or name not in BODY}
    field = body_field(new)
    body = ""
    for name in BODY:
        if name in values and name not in head:
            if name == field:
                body = str(values[name]).replace("\r\n", "\n").strip("\n")
            else:
                new[name] = values[name]
    return body, new


def _body(old: Sequence[str], body: str, end: str) -> list[str]:
    """Return the lines of a song's text; the blank lines around the old text are kept."""
    full = [number for number, line in enumerate(old) if line.strip("\r")]
    if body == "\n".join(line.removesuffix("\r") for line in old).strip("\n"):
        return list(old)
    before, after = ([end], [end]) if not full else (old[: full[0]], old[full[-1] + 1 :])
    if not full and old and not body:
        return list(old)
    lines = [line + end for line in body.split("\n")] if body else []
    return [*before, *lines, *(after if after or not lines else [""])]


def _add_md(text: str, values: Values) -> str:
    import tomli_w

    body, head = _split(values, {})
    song = f"{FENCE}\n{tomli_w.dumps(head)}{FENCE}\n\n{body}\n"
    added = "\n" * bool(text.strip()) + song
    return _with_last_line_end(text) + added.replace("\n", _line_end(text))


def _remove_md(text: str, line: int) -> str:
    lines = text.split("\n")
    first, _, end = _part(lines, line)
    del lines[first:end]
    return "\n".join(lines)
