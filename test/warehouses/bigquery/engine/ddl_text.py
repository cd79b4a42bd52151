"""What is there as the statement that would make it, and its options one by one."""

import json

from clock import literal
from schema import standard


def string(value):
    return json.dumps(value, ensure_ascii=False)


def labels_of(labels):
    inner = ", ".join(f"STRUCT({string(key)}, {string(value)})" for key, value in sorted(labels.items()))
    return f"[{inner}]"


def options_of(relation):
    """(name, type, value) as INFORMATION_SCHEMA.TABLE_OPTIONS tells them."""
    found = []
    if relation.description:
        found.append(("description", "STRING", string(relation.description)))
    if relation.friendly:
        found.append(("friendly_name", "STRING", string(relation.friendly)))
    if relation.expiration is not None:
        found.append(("expiration_timestamp", "TIMESTAMP", f"TIMESTAMP {string(literal(relation.expiration * 1000))}"))
    if relation.labels:
        found.append(("labels", "ARRAY<STRUCT<STRING, STRING>>", labels_of(relation.labels)))
    time = relation.layout.get("timePartitioning", {})
    if time.get("expirationMs"):
        found.append(("partition_expiration_days", "FLOAT64", str(int(time["expirationMs"]) / 86_400_000)))
    if relation.layout.get("requirePartitionFilter"):
        found.append(("require_partition_filter", "BOOL", "true"))
    for name, key in (("enable_refresh", "enableRefresh"), ("refresh_interval_minutes", "refreshIntervalMs")):
        value = relation.extra.get("materializedView", {}).get(key)
        if value is not None:
            text = str(int(value) / 60_000) if key == "refreshIntervalMs" else str(value).lower()
            found.append((name, "BOOL" if key == "enableRefresh" else "FLOAT64", text))
    return found + external_options(relation)


def external_options(relation):
    """The same of what is special to external tables."""
    made = relation.extra.get("externalDataConfiguration")
    if made is None:
        return []
    uris = ", ".join(map(string, made.get("sourceUris", [])))
    found = [("format", "STRING", string(made["sourceFormat"])), ("uris", "ARRAY<STRING>", f"[{uris}]")]
    skip = made.get("csvOptions", {}).get("skipLeadingRows")
    return found if skip is None else [*found, ("skip_leading_rows", "INT64", str(skip))]


def option_list(options):
    listed = ",\n  ".join(f"{name}={value}" for name, _, value in options)
    return f"\nOPTIONS(\n  {listed}\n)" if options else ""


def column(field):
    text = f"{field['name']} {standard(field)}"
    if field.get("defaultValueExpression"):
        text += f" DEFAULT {field['defaultValueExpression']}"
    if field.get("mode") == "REQUIRED":
        text += " NOT NULL"
    if field.get("description"):
        text += f" OPTIONS(description={string(field['description'])})"
    return text


def partition_clause(relation):
    """What stands behind PARTITION BY."""
    layout = relation.layout
    if "rangePartitioning" in layout:
        part = layout["rangePartitioning"]
        bounds = part["range"]
        return f"RANGE_BUCKET({part['field']}, GENERATE_ARRAY({bounds['start']}, {bounds['end']}, {bounds['interval']}))"
    part = layout.get("timePartitioning")
    if part is None:
        return None
    field, unit = part.get("field"), part.get("type", "DAY")
    kind = next((f["type"] for f in relation.fields if f["name"].lower() == (field or "").lower()), None)
    if kind == "DATE":
        return field if unit == "DAY" else f"DATE_TRUNC({field}, {unit})"
    if kind in ("TIMESTAMP", "DATETIME"):
        return f"DATE({field})" if unit == "DAY" else f"{kind}_TRUNC({field}, {unit})"
    return "_PARTITIONDATE" if unit == "DAY" else f"TIMESTAMP_TRUNC(_PARTITIONTIME, {unit})"


def of(relation):
    name = "`" + ".".join(relation.path) + "`"
    options = option_list(options_of(relation))
    if relation.kind == "VIEW":
        return f"CREATE VIEW {name}{options}\nAS {relation.query};"
    layout = ""
    if clause := partition_clause(relation):
        layout += f"\nPARTITION BY {clause}"
    if fields := relation.layout.get("clustering", {}).get("fields"):
        layout += f"\nCLUSTER BY {', '.join(fields)}"
    if relation.kind == "MATERIALIZED_VIEW":
        return f"CREATE MATERIALIZED VIEW {name}{layout}{options}\nAS {relation.query};"
    if relation.base:
        base = "`" + ".".join(relation.base["table"]) + "`"
        snapshot = "SNAPSHOT " if relation.kind == "SNAPSHOT" else ""
        at = f"\nFOR SYSTEM_TIME AS OF TIMESTAMP {string(literal(relation.base['time'] * 1000))}"
        return f"CREATE {snapshot}TABLE {name}\nCLONE {base}{at}{options};"
    columns = ",\n  ".join(map(column, relation.fields))
    external = "EXTERNAL " if relation.kind == "EXTERNAL" else ""
    return f"CREATE {external}TABLE {name}\n(\n  {columns}\n){layout}{options};"


def routine(one):
    body = one.body
    arguments = ", ".join(f"{a['name']} {a.get('typeSql', 'ANY TYPE')}" for a in body.get("arguments", []))
    returns = f" RETURNS {body['returnTypeSql']}" if body.get("returnTypeSql") else ""
    return f"CREATE FUNCTION `{'.'.join(one.path)}`({arguments}){returns}\nAS (\n{body.get('definitionBody')}\n);"


def schema_options(dataset):
    found = [("location", "STRING", string(dataset.location))]
    if dataset.extra.get("description"):
        found.append(("description", "STRING", string(dataset.extra["description"])))
    if dataset.labels:
        found.append(("labels", "ARRAY<STRUCT<STRING, STRING>>", labels_of(dataset.labels)))
    if dataset.extra.get("maxTimeTravelHours"):
        found.append(("max_time_travel_hours", "INT64", str(dataset.extra["maxTimeTravelHours"])))
    return found


def schema(dataset):
    return f"CREATE SCHEMA `{dataset.project}.{dataset.name}`{option_list(schema_options(dataset))};"
