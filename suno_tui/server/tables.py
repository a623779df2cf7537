"""The service's tables; triggers in the database keep the books.

`bookings` is append-only. Triggers add each booking to the user's account and the key's total, so
that purchased = balance + consumed always holds, no balance is negative, and a task is charged once
and refunded at most once, by the amount of the charge.
"""

from __future__ import annotations

VERSION = 2

TABLES = """
CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    banned INTEGER NOT NULL DEFAULT 0,
    purchased INTEGER NOT NULL DEFAULT 0 CHECK (typeof(purchased) = 'integer'),
    balance INTEGER NOT NULL DEFAULT 0
        CHECK (typeof(balance) = 'integer' AND balance >= 0),
    consumed INTEGER NOT NULL DEFAULT 0
        CHECK (typeof(consumed) = 'integer' AND consumed >= 0),
    created_at REAL NOT NULL,
    CHECK (purchased = balance + consumed)
);

CREATE TABLE keys (
    id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users,
    name TEXT NOT NULL UNIQUE,
    hash BLOB UNIQUE,
    hint TEXT NOT NULL,
    disabled INTEGER NOT NULL DEFAULT 0,
    allow TEXT NOT NULL DEFAULT '[]',
    rate INTEGER CHECK (rate >= 0),
    limit_hour INTEGER CHECK (limit_hour >= 0),
    limit_day INTEGER CHECK (limit_day >= 0),
    limit_total INTEGER CHECK (limit_total >= 0),
    spent INTEGER NOT NULL DEFAULT 0 CHECK (typeof(spent) = 'integer' AND spent >= 0),
    created_at REAL NOT NULL,
    deleted_at REAL
);

CREATE TABLE models (
    id TEXT NOT NULL PRIMARY KEY,
    active INTEGER NOT NULL DEFAULT 1
);

CREATE TABLE tasks (
    id TEXT NOT NULL PRIMARY KEY,
    key_id INTEGER NOT NULL REFERENCES keys,
    status TEXT NOT NULL DEFAULT 'pending'
        CHECK (status IN ('pending', 'processing', 'completed', 'failed')),
    model TEXT NOT NULL,
    input TEXT NOT NULL,
    seed INTEGER NOT NULL,
    credits INTEGER NOT NULL CHECK (typeof(credits) = 'integer' AND credits >= 0),
    refunded INTEGER NOT NULL DEFAULT 0,
    callback_url TEXT,
    base_url TEXT NOT NULL,
    rehearse TEXT,
    created_at REAL NOT NULL,
    completed_at REAL,
    error_code TEXT,
    error_message TEXT
);
CREATE INDEX tasks_live ON tasks (status) WHERE status IN ('pending', 'processing');
CREATE INDEX tasks_spent ON tasks (key_id, created_at);

CREATE TABLE takes (
    task_id TEXT NOT NULL REFERENCES tasks,
    number INTEGER NOT NULL,
    id TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    tags TEXT NOT NULL,
    lyrics TEXT NOT NULL,
    duration REAL NOT NULL,
    audio TEXT NOT NULL,
    cover TEXT NOT NULL,
    PRIMARY KEY (task_id, number)
);

CREATE TABLE files (
    name TEXT NOT NULL PRIMARY KEY,
    task_id TEXT NOT NULL REFERENCES tasks,
    expires_at REAL,
    gone INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX files_task ON files (task_id);
CREATE INDEX files_due ON files (expires_at) WHERE NOT gone;

CREATE TABLE idempotency (
    key_id INTEGER NOT NULL REFERENCES keys,
    nonce TEXT NOT NULL,
    digest BLOB NOT NULL,
    task_id TEXT NOT NULL REFERENCES tasks,
    created_at REAL NOT NULL,
    PRIMARY KEY (key_id, nonce)
);
CREATE INDEX idempotency_age ON idempotency (created_at);

CREATE TABLE callbacks (
    task_id TEXT NOT NULL PRIMARY KEY REFERENCES tasks,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_at REAL,
    outcome TEXT
);
CREATE INDEX callbacks_due ON callbacks (next_at) WHERE next_at IS NOT NULL;

CREATE TABLE bookings (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('purchase', 'charge', 'refund')),
    credits INTEGER NOT NULL CHECK (typeof(credits) = 'integer' AND credits > 0),
    user_id INTEGER NOT NULL REFERENCES users,
    key_id INTEGER REFERENCES keys,
    task_id TEXT REFERENCES tasks,
    created_at REAL NOT NULL,
    UNIQUE (task_id, kind),
    CHECK ((kind = 'purchase') = (task_id IS NULL)),
    CHECK ((kind = 'purchase') = (key_id IS NULL))
);

CREATE TRIGGER booking_refund BEFORE INSERT ON bookings WHEN new.kind = 'refund' BEGIN
    SELECT RAISE(ABORT, 'a refund needs its charge') WHERE NOT EXISTS (
        SELECT 1 FROM bookings WHERE kind = 'charge' AND task_id = new.task_id
            AND credits = new.credits AND user_id = new.user_id AND key_id = new.key_id
    );
END;
CREATE TRIGGER booking_carried AFTER INSERT ON bookings BEGIN
    UPDATE users SET
        purchased = purchased + iif(new.kind = 'purchase', new.credits, 0),
        balance = balance + iif(new.kind = 'charge', -new.credits, new.credits),
        consumed = consumed + CASE new.kind
            WHEN 'charge' THEN new.credits WHEN 'refund' THEN -new.credits ELSE 0 END
    WHERE id = new.user_id;
    UPDATE keys SET spent = spent + iif(new.kind = 'charge', new.credits, -new.credits)
    WHERE id = new.key_id;
END;
CREATE TRIGGER booking_kept BEFORE DELETE ON bookings BEGIN
    SELECT RAISE(ABORT, 'bookings are never deleted');
END;
CREATE TRIGGER booking_fixed BEFORE UPDATE ON bookings BEGIN
    SELECT RAISE(ABORT, 'bookings are never changed');
END;
"""

MIGRATIONS = {
    1: """
ALTER TABLE keys ADD COLUMN deleted_at REAL;
UPDATE keys SET deleted_at = created_at WHERE hash IS NULL AND name LIKE '% (deleted %)';
""",
}
"""The SQL that leads from each format to the next. Format 1 did not keep the hash of a deleted key,
so such a key can be added again; the hashes of keys that are deleted from now on are kept."""
