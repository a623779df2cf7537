"""The databases: made for SQLite as old as distributions have it, and synced to the disk."""

from __future__ import annotations

import ast
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from suno_tui.cli import main
from suno_tui.common import sqlite
from suno_tui.common.errors import DamagedFile, HomeError
from suno_tui.common.file_systems import Abilities
from suno_tui.common.paths import Home
from suno_tui.common.sqlite import OldSQLite, busy_advice, connect
from suno_tui.library import row_mapping
from suno_tui.server import tables as service_schema
from suno_tui.server.database import Database
from suno_tui.tasks import tables as queue_schema
from suno_tui.tasks.store import TaskStore
from tests.command import environment, json_lines, suno_tui
from tests.fake_provider import KEY, FakeProvider, real_jpeg, real_mp3

SOURCE = Path(sqlite.__file__).parent.parent

NEWER = {
    r"\bSTRICT\b": (3, 37),
    r"\bRETURNING\b": (3, 35),
    r"\bMATERIALIZED\b": (3, 35),
    r"\bDROP\s+COLUMN\b": (3, 35),
    r"\b(SQRT|POW|POWER|CEIL|FLOOR|LOG|LN|EXP|MOD|PI|TRUNC|SIGN)\s*\(": (3, 35),
    r"\bTRIGRAM\b": (3, 34),
    r"\bGENERATED\s+ALWAYS|\bAS\s*\([^)]*\)\s*(STORED|VIRTUAL)": (3, 31),
    r"\bNULLS\s+(FIRST|LAST)": (3, 30),
    r"\)\s*FILTER\s*\(": (3, 30),
    r"\bVACUUM\s+INTO": (3, 27),
    r"\bIS\s+(NOT\s+)?DISTINCT": (3, 39),
    r"\b(RIGHT|FULL)\s+(OUTER\s+)?JOIN": (3, 39),
    r"\bUNIXEPOCH\s*\(|\bFORMAT\s*\(|->>?": (3, 38),
    r"\bJSON\w*\s*\(": (3, 38),  # before it, only if it was built in
    r"\b(STRING_AGG|CONCAT|CONCAT_WS|OCTET_LENGTH|TIMEDIFF)\s*\(": (3, 44),
}
"""Syntax that came after `LEAST`, and when (https://www.sqlite.org/changes.html)."""

_SQL = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|WITH|DROP|REPLACE|VACUUM)\s[^\n]")


def too_new(statement: str) -> list[str]:
    """Return the parts of a statement that the oldest SQLite doesn't know."""
    code = re.sub(r"--[^\n]*|'[^']*'", " ", statement)
    found = [what for what in NEWER if re.search(what, code, re.IGNORECASE)]
    outer = code
    while (inner := re.sub(r"\([^()]*\)", " ", outer)) != outer:
        outer = inner
    if re.search(r"\bUPDATE\b[^;]*\bSET\b[^;]*\bFROM\b", outer, re.IGNORECASE):
        found.append("UPDATE FROM (3.33)")
    return found


def statements() -> Iterator[tuple[str, str]]:
    """Yield every SQL text of the program, and its place."""
    for file in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            text = ""
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                text = node.value
            elif isinstance(node, ast.JoinedStr):
                parts = (
                    part.value if isinstance(part, ast.Constant) else "x" for part in node.values
                )
                text = "".join(map(str, parts))
            if _SQL.match(text):
                yield f"{file.relative_to(SOURCE)}:{getattr(node, 'lineno', 0)}", text


def test_no_statement_is_newer_than_the_oldest_sqlite() -> None:
    found = dict(statements())
    assert any(place.startswith("worker/journal") for place in found)
    tables = [queue_schema.TABLES, service_schema.TABLES, row_mapping.TABLES]
    assert set(tables) & set(found.values())
    assert {place: new for place, text in found.items() if (new := too_new(text))} == {}


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE x (a INTEGER) STRICT",
        "CREATE TABLE x (a INTEGER) STRICT, WITHOUT ROWID",
        "INSERT INTO x VALUES (1) RETURNING a",
        "ALTER TABLE x DROP COLUMN a",
        "SELECT a FROM x ORDER BY a NULLS LAST",
        "SELECT count(*) FILTER (WHERE a) FROM x",
        "SELECT a FROM x WHERE a IS NOT DISTINCT FROM b",
        "SELECT a ->> 'b' FROM x",
        "SELECT json_extract(a, 'b') FROM x",
        "SELECT unixepoch()",
        "CREATE TABLE x (a INTEGER, b INTEGER AS (a + 1) STORED)",
        "UPDATE x SET a = y.a FROM y WHERE y.b = x.b",
    ],
)
def test_newer_syntax_would_be_found(statement: str) -> None:
    assert too_new(statement)


def test_a_search_may_find_that_word() -> None:
    assert not too_new("SELECT 'STRICT RETURNING' FROM restricted -- STRICT")


@pytest.mark.parametrize("number", [(3, 25, 3), (3, 7, 15)])
def test_a_too_old_sqlite_is_refused_with_the_version_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: tuple[int, int, int]
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", number)
    monkeypatch.setattr(sqlite3, "sqlite_version", ".".join(map(str, number)))
    for opened in (TaskStore, lambda path: Database(path).run("SELECT 1")):
        with pytest.raises(OldSQLite, match=r"suno-tui needs 3\.26\.0 or later"):
            opened(tmp_path / "x.sqlite")
    assert sqlite.missing_features() is not None


# Tables as suno-tui made them until it ran on older libraries.

_STRICT = """
CREATE TABLE a (id TEXT PRIMARY KEY, n INTEGER NOT NULL) STRICT;
CREATE INDEX a_n ON a (n);
CREATE TABLE b (a TEXT NOT NULL REFERENCES a (id) ON DELETE CASCADE, k INTEGER,
    PRIMARY KEY (a, k)  -- the end
) STRICT, WITHOUT ROWID;
CREATE TRIGGER t AFTER INSERT ON a BEGIN
    UPDATE a SET n = iif(new.n > 5, 5, new.n) WHERE id = new.id;
END;
INSERT INTO a VALUES ('STRICT', 1);
INSERT INTO b VALUES ('STRICT', 3);
PRAGMA user_version = 3;
"""

needs_strict = pytest.mark.skipif(
    sqlite3.sqlite_version_info < (3, 37), reason="this SQLite knows no STRICT tables"
)


@needs_strict
def test_strict_tables_become_plain_ones_with_all_their_rows(tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite"
    with closing(sqlite3.connect(path)) as made:
        made.executescript(_STRICT)
    sqlite._remove_strict(path, 5, Abilities(locks=True, shared_memory=True))
    with closing(connect(path, timeout=5)) as opened:
        tables = "".join(row[0] or "" for row in opened.execute("SELECT sql FROM sqlite_master"))
        assert "STRICT" not in tables
        assert "WITHOUT ROWID" in tables
        assert opened.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert opened.execute("PRAGMA user_version").fetchone() == (3,)
        assert opened.execute("SELECT * FROM a JOIN b ON a = id").fetchall() == [
            ("STRICT", 1, "STRICT", 3)
        ]
        opened.execute("INSERT INTO a VALUES ('x', 9)")
        assert opened.execute("SELECT n FROM a WHERE id = 'x'").fetchone() == (5,)


@pytest.mark.parametrize("credits", ["many", 1.5])
def test_credits_are_whole_numbers_without_strict_tables(tmp_path: Path, credits: object) -> None:
    store = TaskStore(tmp_path / "queue.sqlite")
    with pytest.raises(DamagedFile, match="CHECK"), store.write() as queue:
        queue.execute(
            "INSERT INTO charges (task, provider, credits, at, state) VALUES ('x', 'y', ?, 1, 'z')",
            (credits,),
        )
    store.close()
    service = Database(tmp_path / "service.sqlite")
    for table in ("UPDATE users SET balance = ?, purchased = ?", "UPDATE keys SET spent = ?"):
        service.run("INSERT OR IGNORE INTO users (id, name, created_at) VALUES (1, 'x', 1)")
        service.run(
            "INSERT OR IGNORE INTO keys (id, user_id, name, hint, created_at) "
            "VALUES (1, 1, 'x', 'x', 1)"
        )
        with pytest.raises(sqlite3.IntegrityError):
            service.run(table, *[credits] * table.count("?"))
    service.close()


FULL = 2


def full(connection: sqlite3.Connection) -> tuple[object, ...]:
    return (
        connection.execute("PRAGMA synchronous").fetchone()[0],
        connection.execute("PRAGMA journal_mode").fetchone()[0],
        connection.execute("PRAGMA foreign_keys").fetchone()[0],
    )


def test_records_of_money_are_on_disk_before_they_are_answered(tmp_path: Path) -> None:
    """In WAL, any less than FULL loses the last commits in a power cut."""
    store = TaskStore(tmp_path / "queue.sqlite")
    with store.read() as queue:
        assert full(queue) == (FULL, "wal", 1)
    store.close()
    service = Database(tmp_path / "service.sqlite")
    assert full(service._open()) == (FULL, "wal", 1)
    service.close()


@pytest.mark.parametrize("locks", [True, False])
def test_without_shared_memory_the_queue_goes_on_in_another_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, locks: bool
) -> None:
    before = TaskStore(tmp_path / "queue.sqlite")  # in WAL, as on the disk that it came from
    before.close()
    monkeypatch.setattr(
        sqlite, "abilities", lambda folder: Abilities(locks=locks, shared_memory=False)
    )
    one, other = TaskStore(tmp_path / "queue.sqlite"), TaskStore(tmp_path / "queue.sqlite")
    seen = other.outside_version()
    with one.write() as queue:
        assert full(queue) == (FULL, "delete", 1)
        queue.execute("INSERT INTO flags VALUES ('x', 'y')")
    assert other.outside_version() != seen
    with other.read() as queue:
        assert queue.execute("SELECT value FROM flags WHERE name = 'x'").fetchone()[0] == "y"
    one.close()
    other.close()
    assert {path.name for path in tmp_path.iterdir()} == {"queue.sqlite"}


def test_a_lock_folder_that_was_left_is_named(tmp_path: Path) -> None:
    path = tmp_path / "queue.sqlite"
    assert "Try again" in busy_advice(path)
    (tmp_path / "queue.sqlite.lock").mkdir()
    assert str(tmp_path / "queue.sqlite.lock") in busy_advice(path)


def test_a_stale_lock_folder_is_reported_and_the_index_removes_its_own(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As after `kill -9` in mid-write, on a disk without locks."""
    monkeypatch.setattr(
        sqlite, "abilities", lambda folder: Abilities(locks=False, shared_memory=False)
    )
    TaskStore(home.queue).close()
    assert main(["library"]) == 0
    [index] = home.cache.rglob("*.sqlite")
    for file in (home.queue, index):
        sqlite.lock_folder(file).mkdir()
        os.utime(sqlite.lock_folder(file), (1, 1))
    assert main(["library"]) == 0
    assert not sqlite.lock_folder(index).exists()
    assert main(["doctor"]) == 1
    assert f"delete the folder {sqlite.lock_folder(home.queue)}" in capsys.readouterr().out


def test_the_doctor_reports_the_version_that_is_needed(home: Home) -> None:
    script = (
        "import sqlite3\nsqlite3.sqlite_version_info = (3, 22, 0)\n"
        "sqlite3.sqlite_version = '3.22.0'\n"
        "from suno_tui.cli import main\nraise SystemExit(main(['{}']))"
    )
    told = "This Python uses SQLite 3.22.0, and suno-tui needs 3.26.0 or later"
    for command, code in (("doctor", 1), ("queue", 4)):
        done = subprocess.run(
            [sys.executable, "-c", script.format(command)],
            capture_output=True,
            text=True,
            timeout=60,
            env=environment(),
        )
        assert done.returncode == code, done.stderr
        assert told in done.stdout + done.stderr
        assert "Traceback" not in done.stderr


# With a real old library: SUNO_TUI_OLD_SQLITE names a folder with libsqlite3.so.0 (.ci builds it).

OLD = os.environ.get("SUNO_TUI_OLD_SQLITE", "")
needs_old = pytest.mark.skipif(not OLD, reason="SUNO_TUI_OLD_SQLITE names no old library")


@pytest.fixture
def old() -> dict[str, str]:
    """The environment in which Python uses the old library; else the test fails."""
    env = {"LD_LIBRARY_PATH": OLD}
    script = "import sqlite3; print(sqlite3.sqlite_version)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environment(env)
    )
    assert done.stdout.strip() in ("3.26.0", "3.34.0"), done
    return env


def service_of(folder: Path) -> None:
    database = Database(folder / "local" / "served" / "service.sqlite")
    database.run("SELECT 1")
    database.close()


@needs_old
@pytest.mark.parametrize("made_by", ["old", "new", "new and strict"])
def test_every_command_works_with_the_old_library(
    home: Home, old: dict[str, str], made_by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeProvider(polls=1)
    fake.mp3, fake.jpeg = real_mp3(1.0), real_jpeg()
    home.config_file.write_text("[queue]\npoll_seconds = 0.2\nrequests_per_second = 50\n")
    if made_by == "new and strict":
        make_strict(home, monkeypatch)
    with fake:
        hosted = {"SUNO_TUI_BASE_URL": fake.url, "SUNO_TUI_API_KEY": KEY}

        def run(*arguments: str, new: bool = False) -> str:
            env = hosted if new else {**hosted, **old}
            done = suno_tui(*arguments, env=env)
            assert done.returncode == 0, done.stderr
            return done.stdout

        if made_by == "new":
            run("generate", "wind", "--json", new=True)
            run("admin", "keys", "add", "first", new=True)
        [task] = json_lines(run("generate", "rain", "--json"))
        first, _ = (track["id"] for track in task["tracks"])
        run("track", "edit", first, "--title", "Tiếng hát")
        for word in ("tieng", "tiếng", "hát"):
            assert len(json_lines(run("library", "--json", word))) == 1
        assert json_lines(run("queue", "--all", "--json"))
        assert json_lines(run("library", "--json", f"id:{first}"))
        run("playlist", "create", "Rain")
        run("spent")
        run("credits")
        run("admin", "keys", "add", "second", "--credits", "100")
        run("admin", "audit")
        checks = {check["check"]: check for check in json_lines(run("doctor", "--json"))}
        assert checks["sqlite"]["ok"] is True
        assert checks["queue"]["ok"] is True


def make_strict(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make databases as an earlier suno-tui did."""

    def strict(text: str) -> str:
        text = re.sub(r"^\);$", ") STRICT;", text, flags=re.MULTILINE)
        return re.sub(r"\) WITHOUT ROWID;$", ") STRICT, WITHOUT ROWID;", text, flags=re.MULTILINE)

    with monkeypatch.context() as then:
        migrations = {**queue_schema.MIGRATIONS, 0: strict(queue_schema.TABLES)}
        then.setattr(queue_schema, "MIGRATIONS", migrations)
        then.setattr("suno_tui.server.database.TABLES", strict(service_schema.TABLES))
        TaskStore(home.queue).close()
        service_of(home.data)
    with closing(sqlite3.connect(home.queue)) as made:
        assert "STRICT" in made.execute("SELECT group_concat(sql) FROM sqlite_master").fetchone()[0]


def test_a_full_disk_is_named_once(tmp_path: Path) -> None:
    path = tmp_path / "full.sqlite"
    connection = sqlite3.connect(path)
    with pytest.raises(HomeError) as raised, queue_schema.database_errors(path):
        connection.execute("CREATE TABLE t (x)")
        connection.execute("PRAGMA max_page_count = 2")
        connection.execute("INSERT INTO t VALUES (zeroblob(100000))")
    connection.close()
    assert str(raised.value) == (
        f"{path}: the disk is full. Free some space; the queue then resumes."
    )
