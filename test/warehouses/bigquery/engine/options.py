"""OPTIONS(...) of tables, views and datasets."""

from binding import parsed
from clock import microseconds
from errors import BigQueryError, invalid_query, not_modelled
from text import Words

NULL = object()


def read(context, items):
    """name -> value, of each that is given; NULL takes an option away."""
    found = {}
    for item in items:
        words = Words(item)
        name = words.identifier().lower()
        words.need("=")
        text = words.rest()
        if name == "tags":
            no_tags(text)
        else:
            found[name] = labels(text) if name == "labels" else value(context, text)
    return found


def no_tags(text):
    if [token.text for token in Words(text).tokens] != ["[", "]"]:
        raise not_modelled("resource tags")


def value(context, text):
    if text.strip().upper() == "NULL":
        return NULL
    words = Words(text)
    if len(words.tokens) == 1 and words.peek().kind == "string":
        return words.string()
    return context.evaluate(parsed(f"SELECT {text}").expressions[0])


def labels(text):
    if text.strip().upper() == "NULL":
        return {}
    words = Words(text)
    words.take("ARRAY")
    found = {}
    words.need("[")
    while not words.take("]"):
        words.take("STRUCT")
        words.need("(")
        key = words.string()
        words.need(",")
        found[key] = words.string()
        words.need(")")
        words.take(",")
    check_labels(found)
    return found


def check_labels(labels):
    for key, text in labels.items():
        fine = key and len(key) <= 63 and len(text) <= 63 and plain(key) and plain(text)
        if not fine or not (key[0].isalpha() or key[0] == "_"):
            raise BigQueryError(
                "invalid", f'Label "{key}": "{text}" is not valid: lower-case letters, digits, _ and -, at most 63'
            )
    if len(labels) > 64:
        raise BigQueryError("invalid", "A resource may have at most 64 labels")


def plain(text):
    return all(c.islower() or c.isdigit() or c in "_-" or (c.isalpha() and not c.isupper()) for c in text)


def apply(relation, given):
    """Sets what can be said of any table or view. Returns what is left over."""
    left = dict(given)
    if "labels" in left:
        relation.labels = left.pop("labels")
    if "description" in left:
        relation.description = plainly(left.pop("description"))
        check_description(relation.description)
    if "friendly_name" in left:
        relation.friendly = plainly(left.pop("friendly_name"))
    if "expiration_timestamp" in left:
        at = plainly(left.pop("expiration_timestamp"))
        relation.expiration = None if at is None else microseconds(at) // 1000
    if "partition_expiration_days" in left:
        days = plainly(left.pop("partition_expiration_days"))
        time = relation.layout.get("timePartitioning")
        if time is None:
            raise invalid_query("partition_expiration_days needs a table that is partitioned by time")
        time.pop("expirationMs", None)
        if days is not None:
            time["expirationMs"] = str(int(float(days) * 86_400_000))
    if "require_partition_filter" in left:
        if plainly(left.pop("require_partition_filter")):
            relation.layout["requirePartitionFilter"] = True
        else:
            relation.layout.pop("requirePartitionFilter", None)
    return left


def check_description(text):
    if text is not None and len(text) > 16384:
        raise BigQueryError("invalid", "The description field is too long: at most 16384 characters")


def plainly(value):
    return None if value is NULL else value


def whole(relation, given, of):
    """All of the options, or a refusal of what is not done."""
    left = apply(relation, given)
    if left:
        raise not_modelled(f"the option {sorted(left)[0]} in {of}")


def table_layout(words, fields):
    """PARTITION BY and CLUSTER BY, as the API shows them."""
    layout = {}
    if words.take("PARTITION", "BY"):
        layout |= partitioning(words.until("CLUSTER BY", "OPTIONS", "AS", "DEFAULT COLLATE", "WITH"), fields)
    if words.take("CLUSTER", "BY"):
        names = words.until("OPTIONS", "AS", "DEFAULT COLLATE", "WITH")
        layout["clustering"] = {"fields": [part.strip().strip("`") for part in names.split(",")]}
    return layout


def partitioning(text, fields):
    words = Words(text)
    if words.take("RANGE_BUCKET"):
        column, array = words.items()
        words.end("PARTITION BY")
        inner = Words(array)
        inner.need("GENERATE_ARRAY")
        bounds = [part.strip() for part in inner.items()]
        if len(bounds) != 3:
            raise invalid_query("GENERATE_ARRAY in PARTITION BY needs a start, an end and an interval")
        start, end, interval = bounds
        return {"rangePartitioning": {"field": bare(column), "range": {"start": start, "end": end, "interval": interval}}}
    unit = "DAY"
    if words.take_any("DATE_TRUNC", "TIMESTAMP_TRUNC", "DATETIME_TRUNC"):
        column, unit = words.items()
    elif words.take("DATE"):
        (column,) = words.items()
    else:
        column = words.identifier()
    words.end("PARTITION BY")
    column, unit = bare(column), unit.strip().upper()
    if column.upper() in ("_PARTITIONDATE", "_PARTITIONTIME"):
        raise not_modelled("partitions by the time of ingestion")
    if unit not in ("HOUR", "DAY", "MONTH", "YEAR"):
        raise invalid_query(f"A partition cannot be a {unit}")
    return {"timePartitioning": {"type": unit, "field": column}}


def bare(text):
    return text.strip().strip("`")


def check_layout(layout, fields):
    """The columns that a layout names must be there and of a type that fits."""
    kinds = {field["name"].lower(): field for field in fields}
    for key, allowed in (
        ("timePartitioning", ("DATE", "TIMESTAMP", "DATETIME")),
        ("rangePartitioning", ("INTEGER",)),
    ):
        name = layout.get(key, {}).get("field")
        if key in layout and name is None:
            raise not_modelled("partitions by the time of ingestion")
        if name is not None:
            found = kinds.get(name.lower())
            if found is None:
                raise invalid_query(f"The field specified for partitioning cannot be found in the schema: {name}")
            if found["type"] not in allowed or found.get("mode") == "REPEATED":
                raise invalid_query(f"The field {name} of type {found['type']} cannot be partitioned by")
    clustered = layout.get("clustering", {}).get("fields", [])
    if len(clustered) > 4:
        raise invalid_query("A table can be clustered by at most 4 columns")
    for name in clustered:
        if name.lower() not in kinds:
            raise invalid_query(f"The field specified for clustering cannot be found in the schema: {name}")
