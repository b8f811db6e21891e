"""The store of runs: one table, in a SQLite file of the user's or any database SQLAlchemy knows.

`EXPLORER_DATABASE` names the database ("postgresql://..."); otherwise it is `runs.sqlite` in the user's data folder.
A run belongs to its owner: every call names it, and for anybody else the run does not exist. What one owner can
keep is bounded; the oldest run without a note goes first. A database that is damaged, of another version or out of
reach is answered in words and is never written to.

Safe to use from several threads and processes.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import sys
import threading
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sql
from sqlalchemy.engine import Connection, Row
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

VERSION = 1
APPLICATION = "deep-vision-explorer"
MOST = 300  # runs of one owner
LONGEST_NOTE = 4000  # characters
LONGEST_TITLE = 120
LARGEST = 2**18  # bytes of settings, metrics or packed curves
STATES = ("done", "stopped", "failed")

_METADATA = sql.MetaData()
_ABOUT = sql.Table("explorer_about", _METADATA, sql.Column("version", sql.Integer, nullable=False))
_RUNS = sql.Table(
    "explorer_runs",
    _METADATA,
    sql.Column("id", sql.String(32), primary_key=True),
    sql.Column("owner", sql.String(64), nullable=False, index=True),
    sql.Column("experiment", sql.String(128), nullable=False),
    sql.Column("title", sql.String(LONGEST_TITLE), nullable=False),
    sql.Column("created", sql.Float, nullable=False),  # seconds since 1970
    sql.Column("seconds", sql.Float, nullable=False),
    sql.Column("state", sql.String(16), nullable=False),
    sql.Column("facts", sql.Text, nullable=False),  # settings, changes, metrics, provenance as JSON
    sql.Column("curves", sql.LargeBinary, nullable=False),  # JSON, packed
    sql.Column("notes", sql.Text, nullable=False),
)
_BRIEF = [column for column in _RUNS.c if column.name != "curves"]


class HistoryError(RuntimeError):
    """The history cannot be read or written; the message says why and what to do."""


class NoSuchRun(LookupError):  # noqa: N818 - read as a sentence where it is raised
    """The run never existed, was removed, or belongs to somebody else: the three look the same."""


@dataclass(frozen=True)
class Run:
    """One run.

    Attributes:
        id: Its name in the history.
        experiment: The module that ran.
        title: For the reader.
        created: When it ended, UTC.
        seconds: How long it ran.
        state: done, stopped or failed.
        settings: It was started with, as plain data.
        changes: Knobs turned meanwhile: each with "batch", "knob" and "value".
        metrics: Its figures.
        provenance: Commit, versions, hardware.
        notes: The reader's own words.
        curves: Kind of report -> reports; empty in lists.
    """

    id: str
    experiment: str
    title: str
    created: datetime
    seconds: float
    state: str
    settings: Mapping[str, Any]
    changes: Sequence[Mapping[str, Any]]
    metrics: Mapping[str, Any]
    provenance: Mapping[str, Any]
    notes: str = ""
    curves: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)


def default_url() -> str:
    """The database in use: `EXPLORER_DATABASE`, or a file in the user's data folder."""
    if url := os.environ.get("EXPLORER_DATABASE", "").strip():
        return url
    if sys.platform == "win32":
        base = Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return f"sqlite:///{base / APPLICATION / 'runs.sqlite'}"


class Runs:
    """The history in one database. Nothing is opened before the first call."""

    def __init__(self, url: str | None = None) -> None:
        self._url = default_url() if url is None else url
        self._engine: sql.Engine | None = None
        self._opening = threading.Lock()

    def add(
        self,
        owner: str,
        *,
        experiment: str,
        title: str,
        settings: Mapping[str, Any],
        metrics: Mapping[str, Any],
        seconds: float,
        state: str = "done",
        changes: Sequence[Mapping[str, Any]] = (),
        curves: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
        provenance: Mapping[str, Any] | None = None,
        notes: str = "",
        job: str | None = None,
    ) -> Run:
        """Keep a run; one with the same `job` is kept once, as it was first.

        Raises HistoryError, also where it is larger than a history should hold.
        """
        if state not in STATES:
            raise HistoryError(f"A run that is kept is {', '.join(STATES)}, not {state!r}.")
        facts = {
            "settings": dict(settings),
            "changes": [dict(change) for change in changes],
            "metrics": dict(metrics),
            "provenance": dict(provenance or {}),
        }
        name = secrets.token_bytes(16) if job is None else f"{owner} {job}".encode()
        row = {
            "id": hashlib.sha256(name).hexdigest()[:24],
            "owner": owner,
            "experiment": experiment[:128],
            "title": _clean(title, LONGEST_TITLE) or "Untitled",
            "created": datetime.now(UTC).timestamp(),
            "seconds": float(seconds),
            "state": state,
            "facts": _packed_json(facts),
            "curves": pack_curves(curves or {}),
            "notes": _clean(notes, LONGEST_NOTE),
        }
        with self._connect() as connection:
            if connection.execute(sql.select(_RUNS.c.id).where(_mine(str(row["id"]), owner))).first() is None:
                self._make_room(connection, owner)
                connection.execute(_RUNS.insert().values(**row))
        return self.get(str(row["id"]), owner)

    def all(self, owner: str, *, experiment: str | None = None, most: int = MOST) -> list[Run]:
        """The owner's runs, newest first, without their curves."""
        wanted = sql.select(*_BRIEF).where(_RUNS.c.owner == owner).order_by(_RUNS.c.created.desc())
        if experiment is not None:
            wanted = wanted.where(_RUNS.c.experiment == experiment)
        with self._connect() as connection:
            return [_read(row) for row in connection.execute(wanted.limit(most))]

    def get(self, run: str, owner: str) -> Run:
        """One run with its curves. Raises NoSuchRun."""
        with self._connect() as connection:
            row = connection.execute(sql.select(_RUNS).where(_mine(run, owner))).first()
        if row is None:
            raise NoSuchRun("This run is not in the history.")
        return _read(row)

    def describe(self, run: str, owner: str, *, title: str | None = None, notes: str | None = None) -> None:
        """Change title or notes. Raises NoSuchRun."""
        values = {}
        if title is not None:
            values["title"] = _clean(title, LONGEST_TITLE) or "Untitled"
        if notes is not None:
            values["notes"] = _clean(notes, LONGEST_NOTE)
        with self._connect() as connection:
            changed = connection.execute(_RUNS.update().where(_mine(run, owner)).values(**values))
        if not changed.rowcount:
            raise NoSuchRun("This run is not in the history.")

    def remove(self, run: str, owner: str) -> None:
        """Forget a run; an unknown one is no error."""
        with self._connect() as connection:
            connection.execute(_RUNS.delete().where(_mine(run, owner)))

    def close(self) -> None:
        """Let the database go; the next call opens it again."""
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.dispose()

    def _make_room(self, connection: Connection, owner: str) -> None:
        kept = connection.execute(
            sql.select(_RUNS.c.id)
            .where(_RUNS.c.owner == owner)
            .order_by(_RUNS.c.notes == "", _RUNS.c.created.desc())  # with a note first, then the newest
        ).scalars()
        for run in list(kept)[MOST - 1 :]:
            connection.execute(_RUNS.delete().where(_mine(run, owner)))

    def _connect(self) -> _Transaction:
        with self._opening:
            if self._engine is None:
                self._engine = _open(self._url)
            return _Transaction(self._engine)


class _Transaction:
    """A connection that commits at the end of its block, with errors of the database as sentences."""

    def __init__(self, engine: sql.Engine) -> None:
        self._engine = engine
        self._context = engine.begin()

    def __enter__(self) -> Connection:
        try:
            return self._context.__enter__()
        except SQLAlchemyError as error:
            raise _explain(self._engine.url, error) from error

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:  # noqa: ANN401 - Python's own protocol
        try:
            self._context.__exit__(kind, error, trace)
        except SQLAlchemyError as late:
            raise _explain(self._engine.url, late) from late
        if isinstance(error, SQLAlchemyError):
            raise _explain(self._engine.url, error) from error


def _open(url: str) -> sql.Engine:
    """Connect, make the tables where there are none, check the version where there are."""
    try:
        parsed = sql.make_url(url)
        local = parsed.get_backend_name() == "sqlite"
        if local and parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = sql.create_engine(
            parsed, connect_args={"timeout": 10} if local else {}, pool_pre_ping=not local
        )
    except OSError as error:
        raise HistoryError(f"The run history cannot be kept: {error.strerror or error}.") from error
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError, ValueError) as error:
        raise HistoryError(
            "EXPLORER_DATABASE names no database that can be used here: write an address like sqlite:///runs.sqlite, "
            "and install its driver."
        ) from error
    if local:
        sql.event.listen(engine, "connect", _prepare)
    with suppress(
        HistoryError
    ):  # where another process makes them at the same moment, the next line finds them
        _make_tables(engine)
    with _Transaction(engine) as connection:
        found = connection.execute(sql.select(_ABOUT.c.version)).scalar()
        if found != VERSION:
            raise HistoryError(
                f"The run history was written by another version of this program (its format is {found}, ours is "
                f"{VERSION}): update the program, or name another database with EXPLORER_DATABASE."
            )
    return engine


def _make_tables(engine: sql.Engine) -> None:
    with _Transaction(engine) as connection:
        if not sql.inspect(connection).has_table(_ABOUT.name):
            _METADATA.create_all(connection)
            connection.execute(_ABOUT.insert().values(version=VERSION))


def _prepare(connection: Any, _record: Any) -> None:  # noqa: ANN401 - the driver's own
    connection.execute("PRAGMA journal_mode=WAL")  # readers do not wait for a writer


def _explain(url: sql.URL, error: SQLAlchemyError) -> HistoryError:
    name = Path(url.database).name if url.database else "the database"
    words = str(error).lower()
    if "not a database" in words or "malformed" in words:
        return HistoryError(
            f"The run history {name} is damaged. Runs go on, but are not kept: move the file away to start a new one."
        )
    if "readonly" in words or "read-only" in words or "unable to open" in words:
        return HistoryError(f"The run history {name} cannot be written here. Runs go on, but are not kept.")
    if "full" in words:
        return HistoryError("The disk is full. Runs go on, but are not kept.")
    if "locked" in words:
        return HistoryError(f"The run history {name} is in use by another program: try again.")
    return HistoryError("The run history cannot be reached. Runs go on, but are not kept.")


def pack_curves(curves: Mapping[str, Sequence[Mapping[str, Any]]]) -> bytes:
    """Curves as packed JSON, thinned until they are small enough."""
    kept = {kind: list(points) for kind, points in curves.items()}
    while len(packed := zlib.compress(json.dumps(kept, separators=(",", ":")).encode())) > LARGEST:
        if not any(len(points) > 2 for points in kept.values()):
            return zlib.compress(b"{}")
        kept = {kind: [*points[:-1:2], *points[-1:]] for kind, points in kept.items()}
    return packed


def _packed_json(facts: Mapping[str, Any]) -> str:
    text = json.dumps(facts, separators=(",", ":"))
    if len(text) > LARGEST:
        raise HistoryError(
            "This run has more settings and figures than a history should hold: it is not kept."
        )
    return text


def _read(row: Row[Any]) -> Run:
    facts = json.loads(row.facts)
    packed = row._mapping.get("curves")  # noqa: SLF001 - SQLAlchemy's public name for it
    return Run(
        id=row.id,
        experiment=row.experiment,
        title=row.title,
        created=datetime.fromtimestamp(row.created, UTC),
        seconds=row.seconds,
        state=row.state,
        notes=row.notes,
        curves={} if packed is None else json.loads(zlib.decompress(packed)),
        **facts,
    )


def _mine(run: str, owner: str) -> sql.ColumnElement[bool]:
    return sql.and_(_RUNS.c.id == run, _RUNS.c.owner == owner)


def _clean(text: str, most: int) -> str:
    """Without what no reader can see, and no longer than allowed."""
    return "".join(sign for sign in text if sign.isprintable() or sign in "\n\t")[:most].strip()
