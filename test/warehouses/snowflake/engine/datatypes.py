"""Snowflake's data types: how they are written, where DuckDB keeps them, and what the wire calls them."""

import re
from dataclasses import dataclass

from errors import compilation

LONGEST = 16777216
SYNONYMS = {
    **dict.fromkeys(("NUMBER", "DECIMAL", "NUMERIC", "DEC"), "NUMBER"),
    **dict.fromkeys(("INT", "INTEGER", "BIGINT", "SMALLINT", "TINYINT", "BYTEINT"), "INT"),
    **dict.fromkeys(("FLOAT", "FLOAT4", "FLOAT8", "DOUBLE", "DOUBLE PRECISION", "REAL"), "FLOAT"),
    **dict.fromkeys(("VARCHAR", "STRING", "TEXT", "NVARCHAR", "NVARCHAR2", "CHAR VARYING", "NCHAR VARYING"), "VARCHAR"),
    **dict.fromkeys(("CHAR", "CHARACTER", "NCHAR"), "CHAR"),
    **dict.fromkeys(("BINARY", "VARBINARY"), "BINARY"),
    **dict.fromkeys(("TIMESTAMP_NTZ", "TIMESTAMPNTZ", "DATETIME", "TIMESTAMP"), "TIMESTAMP_NTZ"),
    **dict.fromkeys(("TIMESTAMP_LTZ", "TIMESTAMPLTZ"), "TIMESTAMP_LTZ"),
    **dict.fromkeys(("TIMESTAMP_TZ", "TIMESTAMPTZ"), "TIMESTAMP_TZ"),
    **{name: name for name in ("BOOLEAN", "DATE", "TIME", "VARIANT", "OBJECT", "ARRAY")},
}
WRITTEN = re.compile(
    r"\s*([A-Za-z_][\w]*(?:\s+(?:PRECISION|VARYING))?)\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?\s*\Z", re.I
)


@dataclass(frozen=True)
class DataType:
    """`size` is the precision of a number or of a time, or the length of a text."""

    base: str
    size: int | None = None
    scale: int = 0

    @property
    def written(self):
        if self.base == "NUMBER":
            return f"NUMBER({self.size},{self.scale})"
        return self.base if self.size is None else f"{self.base}({self.size})"

    @property
    def storage(self):
        if self.base == "NUMBER":
            return f"DECIMAL({self.size},{self.scale})" if self.scale else "BIGINT"
        return STORED[self.base]

    @property
    def wire(self):
        return {"NUMBER": "fixed", "FLOAT": "real", "VARCHAR": "text"}.get(self.base, self.base.lower())


STORED = {
    "FLOAT": "DOUBLE",
    "VARCHAR": "VARCHAR",
    "BINARY": "BLOB",
    "BOOLEAN": "BOOLEAN",
    "DATE": "DATE",
    "TIME": "TIME",
    "TIMESTAMP_NTZ": "TIMESTAMP",
    "TIMESTAMP_LTZ": "TIMESTAMPTZ",
    "TIMESTAMP_TZ": "TIMESTAMPTZ",
    "VARIANT": "JSON",
    "OBJECT": "JSON",
    "ARRAY": "JSON",
}


def read(text):
    """A type as it stands in a statement."""
    match = WRITTEN.match(text)
    base = SYNONYMS.get(re.sub(r"\s+", " ", match[1]).upper()) if match else None
    if base is None:
        raise compilation(2040, "42601", f"Unsupported data type '{text.strip()}'.")
    size, scale = (int(match[2]) if match[2] else None), int(match[3] or 0)
    if base == "NUMBER":
        return DataType("NUMBER", 38 if size is None else size, scale)
    if base == "INT":
        return DataType("NUMBER", 38, 0)
    if base == "CHAR":
        return DataType("VARCHAR", size or 1)
    if base == "VARCHAR":
        return DataType("VARCHAR", size or LONGEST)
    if base == "BINARY":
        return DataType("BINARY", size or LONGEST // 2)
    if base.startswith("TIME"):
        return DataType(base, 9 if size is None else size)
    return DataType(base)


TEXT, NUMBER, INSTANT = DataType("VARCHAR", LONGEST), DataType("NUMBER", 38, 0), DataType("TIMESTAMP_LTZ", 9)
BOOLEAN, FLOAT, VARIANT = DataType("BOOLEAN"), DataType("FLOAT"), DataType("VARIANT")
INFERRED = {
    "BOOLEAN": BOOLEAN,
    "VARCHAR": TEXT,
    "UUID": TEXT,
    "NULL": TEXT,
    '"NULL"': TEXT,
    "DATE": DataType("DATE"),
    "TIME": DataType("TIME", 9),
    "DOUBLE": FLOAT,
    "FLOAT": FLOAT,
    "JSON": VARIANT,
    "BLOB": DataType("BINARY", LONGEST // 2),
    "TIMESTAMP WITH TIME ZONE": DataType("TIMESTAMP_TZ", 9),
    "INTERVAL": TEXT,
}


def of_duckdb(name):
    """The type of what DuckDB computed."""
    name = str(name)
    if name in INFERRED:
        return INFERRED[name]
    if name.startswith("DECIMAL"):
        size, scale = re.search(r"(\d+),\s*(\d+)", name).groups()
        return DataType("NUMBER", int(size), int(scale))
    if name.endswith("INT") or name in ("INTEGER", "UINTEGER"):
        return NUMBER
    if name.startswith("TIMESTAMP"):
        return DataType("TIMESTAMP_NTZ", 9)
    if name.endswith("[]"):
        return DataType("ARRAY")
    if name.startswith(("STRUCT", "MAP")):
        return DataType("OBJECT")
    raise compilation(2040, "42601", f"the test server has no data type for DuckDB's {name}")
