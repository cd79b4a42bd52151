"""Values as BigQuery's API writes them: every scalar a string."""

import base64
import json
import math
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from clock import EPOCH

MICROSECOND = timedelta(microseconds=1)


def document(fields, values, whole_micros):
    """`whole_micros`: timestamps as a whole number of microseconds, as newer clients ask for."""
    return [{"f": [{"v": cell(v, f, whole_micros)} for v, f in zip(row, fields)]} for row in values]


def cell(value, field, whole_micros):
    if field.get("mode") == "REPEATED":
        inner = {**field, "mode": "NULLABLE"}
        return [{"v": cell(one, inner, whole_micros)} for one in value or []]
    if value is None:
        return None
    if field["type"] == "RECORD":
        values = list(value.values()) if isinstance(value, dict) else list(value)
        return {"f": [{"v": cell(v, f, whole_micros)} for v, f in zip(values, field["fields"])]}
    return scalar(value, field["type"], whole_micros)


def scalar(value, kind, whole_micros):
    if isinstance(value, bool):
        return "true" if value else "false"
    if kind == "TIMESTAMP" and isinstance(value, datetime):
        micros = (value - EPOCH) // MICROSECOND
        return str(micros) if whole_micros else f"{micros // 10**6}.{micros % 10**6:06d}"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, float):
        return number(value, kind)
    if isinstance(value, Decimal):
        text = format(value.normalize(), "f")
        return "0" if text == "-0" else text
    if isinstance(value, timedelta):
        return interval(value)
    if isinstance(value, (dict, list)):
        return json.dumps(value)
    return str(value)


def number(value, kind):
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return str(int(value)) if kind == "INTEGER" else repr(value)


def interval(value):
    seconds = value.seconds
    return f"0-0 {value.days} {seconds // 3600}:{seconds // 60 % 60}:{seconds % 60}"
