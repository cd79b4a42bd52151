"""What a statement has done."""

from dataclasses import dataclass, field


@dataclass
class Result:
    statement: str
    # The columns and values that it gives; None for what gives none.
    fields: list | None = None
    values: list | None = None
    # What it made, changed or dropped.
    target: tuple | None = None
    routine: tuple | None = None
    operation: str | None = None
    # Rows: inserted, updated, deleted.
    counts: dict = field(default_factory=dict)
    # The tables that it read.
    tables: tuple = ()
