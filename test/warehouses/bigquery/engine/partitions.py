"""Partitions of a table: only what is told of them; rows are not kept apart."""

from errors import not_modelled
from schema import quoted

FORMATS = {"HOUR": "%Y%m%d%H", "DAY": "%Y%m%d", "MONTH": "%Y%m", "YEAR": "%Y"}
# Bytes of a value, as dry runs count them (documentation, "Estimate and control costs": data sizes).
WIDTHS = {"INTEGER": 8, "FLOAT": 8, "NUMERIC": 16, "BIGNUMERIC": 32, "BOOLEAN": 1, "STRING": 12, "BYTES": 12}


def column_of(relation):
    layout = relation.layout
    return (layout.get("timePartitioning") or layout.get("rangePartitioning") or {}).get("field")


def expression(relation):
    """The id of a row's partition, in DuckDB's SQL."""
    layout = relation.layout
    if "timePartitioning" in layout:
        name = quoted(column_of(relation))
        format = FORMATS[layout["timePartitioning"].get("type", "DAY")]
        return f"coalesce(strftime({name}, '{format}'), '__NULL__')"
    bounds = layout["rangePartitioning"]["range"]
    name, start, step = quoted(column_of(relation)), int(bounds["start"]), int(bounds["interval"])
    inside = f"{name} >= {start} AND {name} < {int(bounds['end'])}"
    return (
        f"CASE WHEN {name} IS NULL THEN '__NULL__' WHEN {inside} "
        f"THEN CAST({start} + (({name} - {start}) // {step}) * {step} AS VARCHAR) ELSE '__UNPARTITIONED__' END"
    )


def counts(world, relation):
    """(id, rows) of each partition; a table without partitions has one without an id."""
    if column_of(relation) is None:
        return [(None, world.storage.count(relation.data))]
    sql = f"SELECT {expression(relation)} AS id, count(*) FROM o.{relation.data} GROUP BY 1 ORDER BY 1"
    return world.storage.cursor().execute(sql).fetchall()


def condition(relation, id):
    """Which rows are in one partition, in DuckDB's SQL."""
    if column_of(relation) is None:
        raise not_modelled(f"a partition of a table that is not partitioned by a column ({relation.id}${id})")
    text = id.replace("'", "''")
    return f"{expression(relation)} = '{text}'"


def width(field):
    if field.get("mode") == "REPEATED":
        return 24
    if field["type"] == "RECORD":
        return sum(map(width, field["fields"]))
    return WIDTHS.get(field["type"], 8)


def bytes_of(relation, rows):
    return rows * max(1, sum(map(width, relation.fields)))
