"""What a statement gives back, and how the wire writes it."""

import json
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from decimal import Decimal

from datatypes import BOOLEAN, FLOAT, INSTANT, NUMBER, TEXT

EPOCH_DAY = date(1970, 1, 1)
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
# Numbers by which drivers know what kind of statement they have run.
SELECT, INSERT, UPDATE, DELETE, MERGE, MULTI = 0x1000, 0x3100, 0x3200, 0x3300, 0x3400, 0xA000
SESSION, TRANSACTION, DDL = 0x4000, 0x5000, 0x6000


@dataclass
class Result:
    """Columns are (name, data type) or (name, data type, nullable)."""

    columns: list
    rows: list
    kind: int = SELECT
    children: list = field(default_factory=list)


def status(message, kind=DDL):
    return Result([("status", TEXT)], [(message,)], kind)


def table(columns, rows):
    """A result whose columns are given as {name: type}."""
    names = {"text": TEXT, "number": NUMBER, "time": INSTANT, "flag": BOOLEAN, "float": FLOAT}
    return Result([(name, names[kind]) for name, kind in columns.items()], rows)


def nanos(moment):
    gap = moment - EPOCH
    return (gap.days * 86400 + gap.seconds) * 10**9 + gap.microseconds * 1000


def fraction(count):
    sign = "-" if count < 0 else ""
    return f"{sign}{abs(count) // 10**9}.{abs(count) % 10**9:09d}"


def written(value, wire):
    if value is None:
        return None
    if wire == "boolean":
        return "1" if value else "0"
    if wire == "date":
        return str((value - EPOCH_DAY).days)
    if wire == "time":
        return f"{value.hour * 3600 + value.minute * 60 + value.second}.{value.microsecond * 1000:09d}"
    if wire == "timestamp_ntz":
        return fraction(nanos(value.replace(tzinfo=timezone.utc)))
    if wire == "timestamp_ltz":
        return fraction(nanos(value))
    if wire == "timestamp_tz":
        return f"{fraction(nanos(value))} {1440 + round((value.utcoffset().total_seconds()) / 60)}"
    if isinstance(value, bytes):
        return value.hex().upper()
    if isinstance(value, (list, dict, tuple)):
        return json.dumps(value, default=str, separators=(",", ":"))
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value)


def row_type(name, kind, nullable=True):
    wire = kind.wire
    text = wire in ("text", "binary")
    return {
        "name": name,
        "database": "",
        "schema": "",
        "table": "",
        "nullable": nullable,
        "type": wire,
        "length": kind.size if text else None,
        "byteLength": min(kind.size * 4, 4 * 16777216) if wire == "text" and kind.size else kind.size if text else None,
        "precision": kind.size if wire == "fixed" else 0 if wire.startswith("time") else None,
        "scale": kind.scale if wire == "fixed" else kind.size if wire.startswith("time") else None,
        "collation": None,
    }


def document(result):
    wires = [column[1].wire for column in result.columns]
    return {
        "rowtype": [row_type(*column) for column in result.columns],
        "rowset": [[written(value, wire) for value, wire in zip(row, wires)] for row in result.rows],
        "total": len(result.rows),
        "returned": len(result.rows),
        "queryResultFormat": "json",
        "statementTypeId": result.kind,
    }
