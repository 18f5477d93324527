"""What the assistant remembers, in one SQLite file: timers, alarms, lists, the state of the home.

Every change is one transaction: it is kept whole or not at all. A connection is opened for each, so
threads and processes may share the file.
"""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ..errors import MondegreenError
from ..jobs.files import replacing

ReminderKind = Literal["timer", "alarm"]

VERSION = 2
PATIENCE = 30.0
"""Seconds: with 5, twenty programs that wrote without a pause lost 26 commands of 1,600."""
LATEST = 253_402_300_800.0
"""The year 10000, which no calendar of Python's has."""
_TURN = 0.05
"""Seconds that SQLite itself waits for a file that is held, before we try again."""
_UNCOLLECTED = 86_400.0
_SCHEMA = (
    """CREATE TABLE reminders (
        id INTEGER PRIMARY KEY,
        kind TEXT NOT NULL CHECK (kind IN ('timer', 'alarm')),
        label TEXT NOT NULL,
        due REAL NOT NULL,
        length REAL NOT NULL,
        left REAL
    )""",
    """CREATE TABLE items (
        id INTEGER PRIMARY KEY,
        list TEXT NOT NULL,
        item TEXT NOT NULL COLLATE NOCASE,
        UNIQUE (list, item)
    )""",
    """CREATE TABLE state (
        thing TEXT NOT NULL,
        room TEXT NOT NULL,
        property TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (thing, room, property)
    )""",
)


_COLUMNS = "id, kind, label, due, length, left"
"""As Reminder has them."""


class StoreError(MondegreenError):
    """The assistant's memory cannot be read or written; what was in it is as it was."""


@dataclass(frozen=True)
class Reminder:
    """A timer or an alarm that is set."""

    id: int
    kind: ReminderKind
    label: str
    """What a timer is for ("pasta"), the time an alarm was set for ("07:30"), or nothing."""
    due: float
    """Seconds since 1970 (UTC)."""
    length: float
    """Seconds from when it was set."""
    left: float | None = None
    """Seconds that a paused timer still has to run; it is due at no time."""


class Store:
    """The assistant's memory in one file, made when first written to. Constructing cannot fail."""

    def __init__(self, path: Path, *, patience: float = PATIENCE) -> None:
        self.path = path
        self.patience = patience
        """Seconds to try again while other programs hold the file."""

    @contextmanager
    def _transaction(self, *, writing: bool = True) -> Iterator[sqlite3.Connection]:
        """A connection inside a transaction, committed at the end. Raises StoreError.

        One that is not for `writing` waits for no writer, and sees nothing where no file is.

        A store that is damaged is copied beside itself first, once, so that whatever is done about
        it nothing more is lost.
        """
        db: sqlite3.Connection | None = None
        try:
            if writing:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            db = self._begun(writing)
            self._prepare(db)
            yield db
            db.execute("COMMIT")
        except (sqlite3.Error, OSError, UnicodeDecodeError) as error:
            copy = self._kept_copy() if _is_damage(error) else None
            raise StoreError(_explain(self.path, error, self.patience, copy)) from error
        finally:
            if db is not None:
                db.close()  # undoes what was not committed

    def _begun(self, writing: bool) -> sqlite3.Connection:
        """A connection in a transaction, after waiting for others. Raises sqlite3.Error."""
        until = time.monotonic() + self.patience
        place = self.path if writing or self.path.exists() else ":memory:"
        while True:
            db = sqlite3.connect(place, timeout=_TURN, isolation_level=None)
            try:
                # Readers do not wait for a writer, and a crash leaves whole transactions.
                db.execute("PRAGMA journal_mode = WAL")
                db.execute("BEGIN IMMEDIATE" if writing else "BEGIN")
            except sqlite3.OperationalError as error:
                db.close()
                if not _is_held(error) or time.monotonic() >= until:
                    raise
                # SQLite's own waits grow with each turn lost, so that the latest comer wins.
                time.sleep(random.uniform(0.001, 0.02))
            except BaseException:
                db.close()
                raise
            else:
                return db

    def _kept_copy(self) -> Path | None:
        """A copy of the damaged file beside it; the first one stays. None where none can be."""
        copy = self.path.with_name(f"{self.path.name}.damaged")
        if not copy.exists():
            try:
                with replacing(copy) as temporary:
                    shutil.copyfile(self.path, temporary)
            except (OSError, MondegreenError):
                return None
        return copy

    def _prepare(self, db: sqlite3.Connection) -> None:
        version = int(db.execute("PRAGMA user_version").fetchone()[0])
        if version == VERSION:
            return
        if version or db.execute("SELECT 1 FROM sqlite_master").fetchone():
            remedy = "update mondegreen" if version > VERSION else "move it away to start afresh"
            raise StoreError(
                f"{self.path} has layout {version}, this mondegreen writes layout {VERSION}; "
                f"{remedy}, or name another file"
            )
        for statement in _SCHEMA:
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {VERSION}")

    def add_reminder(self, kind: ReminderKind, label: str, due: float, now: float) -> Reminder:
        """Remember a timer or alarm that is due at `due` (both times in seconds since 1970).

        Those that nobody collected for a day are forgotten: no program that rings is running.
        """
        _check_time(due, "due")
        _check_time(now, "now")
        with self._transaction() as db:
            db.execute(
                "DELETE FROM reminders WHERE due < ? AND left IS NULL", (now - _UNCOLLECTED,)
            )
            row = db.execute(
                "INSERT INTO reminders (kind, label, due, length) VALUES (?, ?, ?, ?)",
                (kind, label, due, due - now),
            )
            number = int(row.lastrowid or 0)
        return Reminder(number, kind, label, due, due - now)

    def reminders(self, kind: ReminderKind | None = None) -> tuple[Reminder, ...]:
        """Everything that is set, the next to come first."""
        with self._transaction(writing=False) as db:
            rows = db.execute(
                f"SELECT {_COLUMNS} FROM reminders WHERE ? IS NULL OR kind = ? ORDER BY due, id",
                (kind, kind),
            ).fetchall()
        return tuple(Reminder(*row) for row in rows)

    def remove_reminders(self, reminders: Sequence[Reminder]) -> None:
        """Forget these timers and alarms."""
        with self._transaction() as db:
            db.executemany("DELETE FROM reminders WHERE id = ?", [(r.id,) for r in reminders])

    def change_reminders(self, reminders: Sequence[Reminder]) -> None:
        """Give these timers and alarms, known by their id, another `due` and `left`."""
        for reminder in reminders:
            _check_time(reminder.due, "due")
            _check_time(reminder.left or 0.0, "left")
        with self._transaction() as db:
            db.executemany(
                "UPDATE reminders SET due = ?, left = ? WHERE id = ?",
                [(r.due, r.left, r.id) for r in reminders],
            )

    def take_due(self, now: float) -> tuple[Reminder, ...]:
        """The timers and alarms whose time has come, forgotten at once so that each rings once.

        When an alarm last rang stays, as `get("alarm", "", "rung")`: one can be snoozed.
        """
        with self._transaction() as db:
            over = "FROM reminders WHERE due <= ? AND left IS NULL"
            rows = db.execute(f"SELECT {_COLUMNS} {over} ORDER BY due, id", (now,)).fetchall()
            db.execute(f"DELETE {over}", (now,))
            over_now = tuple(Reminder(*row) for row in rows)
            if any(reminder.kind == "alarm" for reminder in over_now):
                db.execute(
                    "INSERT OR REPLACE INTO state VALUES ('alarm', '', 'rung', ?)",
                    (json.dumps(now),),
                )
        return over_now

    def add_items(self, name: str, items: Sequence[str]) -> None:
        """Put items on the list of that name; what is on it already stays where it is."""
        with self._transaction() as db:
            db.executemany(
                "INSERT OR IGNORE INTO items (list, item) VALUES (?, ?)", [(name, i) for i in items]
            )

    def items(self, name: str) -> tuple[str, ...]:
        """What is on the list of that name, oldest first."""
        with self._transaction(writing=False) as db:
            rows = db.execute("SELECT item FROM items WHERE list = ? ORDER BY id", (name,))
            return tuple(row[0] for row in rows.fetchall())

    def remove_items(self, name: str, items: Sequence[str] | None = None) -> int:
        """Take items (or, with None, everything) off a list; how many were on it."""
        with self._transaction() as db:
            if items is None:
                return db.execute("DELETE FROM items WHERE list = ?", (name,)).rowcount
            query = "DELETE FROM items WHERE list = ? AND item = ?"
            return sum(db.execute(query, (name, item)).rowcount for item in items)

    def put(self, thing: str, room: str, **properties: Any) -> None:
        """Remember properties (JSON values) of a thing in a room; room "" means all rooms."""
        with self._transaction() as db:
            for name, value in properties.items():
                if not room:
                    db.execute("DELETE FROM state WHERE thing = ? AND property = ?", (thing, name))
                db.execute(
                    "INSERT OR REPLACE INTO state VALUES (?, ?, ?, ?)",
                    (thing, room, name, json.dumps(value)),
                )

    def change_all(self, room: str, **properties: Any) -> None:
        """Change properties of every thing in a room that has them; room "" means all rooms."""
        with self._transaction() as db:
            for name, value in properties.items():
                # What holds for all rooms holds for this one as well, from now on by itself.
                db.execute(
                    "INSERT OR IGNORE INTO state (thing, room, property, value) "
                    "SELECT thing, ?, property, value FROM state WHERE property = ? AND room = ''",
                    (room, name),
                )
                db.execute(
                    "UPDATE state SET value = ? WHERE property = ? AND ? IN (room, '')",
                    (json.dumps(value), name, room),
                )

    def get(self, thing: str, room: str, name: str) -> Any:
        """A property of a thing in a room, else what was said for all rooms, else None."""
        with self._transaction(writing=False) as db:
            row = db.execute(
                "SELECT value FROM state WHERE thing = ? AND property = ? AND room IN (?, '') "
                "ORDER BY room = '' LIMIT 1",
                (thing, name, room),
            ).fetchone()
        try:
            return json.loads(row[0]) if row else None
        except ValueError as error:
            raise StoreError(_explain(self.path, error)) from error


_DAMAGED = ("not a database", "malformed", "no such", "decode", "corrupt", "datatype mismatch")
_REMEDIES = (
    (("locked", "busy"), "it is held by another program; close that and try again"),
    (("full",), "the disk is full; make room and try again"),
    (("disk I/O",), "it could not be written or read to the end; is the disk full or failing?"),
    (
        ("readonly", "read-only"),
        "it or its folder may not be written to; allow it, or name another",
    ),
    (
        (*_DAMAGED, "JSON"),
        "it is damaged or no mondegreen store: move it away to start afresh, or bring back a copy",
    ),
)
_OTHERWISE = "check that its folder exists and may be written to, or name another file"


def _check_time(seconds: float, name: str) -> None:
    """Raise StoreError for a time that no calendar has."""
    if not 0 <= seconds < LATEST:  # and not nan
        raise StoreError(f"{name} is {seconds}; expected seconds since 1970, before the year 10000")


def _is_held(error: Exception) -> bool:
    return any(sign in str(error) for sign in ("locked", "busy"))


def _is_damage(error: Exception) -> bool:
    return isinstance(error, UnicodeDecodeError) or any(sign in str(error) for sign in _DAMAGED)


def _explain(
    path: Path, error: Exception, patience: float = PATIENCE, copy: Path | None = None
) -> str:
    """What is wrong with the file, and what to do."""
    if isinstance(error, UnicodeDecodeError):
        error = sqlite3.DatabaseError("malformed: a text in it is no text")
    if isinstance(error, OSError):
        reason = error.strerror or str(error)
        return f"cannot make the folder {path.parent}: {reason}; name another file for the store"
    problem = f"JSON: {error}" if isinstance(error, ValueError) else str(error)
    remedy = next(
        (text for signs, text in _REMEDIES if any(s in problem for s in signs)), _OTHERWISE
    )
    if _is_held(error):
        remedy = f"tried for {patience:g} s; {remedy}"
    where = f"; a copy of it is {copy}" if copy else ""
    return f"the store {path} cannot be used ({problem}); nothing was changed: {remedy}{where}"
