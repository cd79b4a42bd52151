"""Names in a query: their parts, and the project and dataset of those that leave them out."""

from sqlglot import exp

from errors import invalid_query


def needs_object(node):
    """OBJECT_PRIVILEGES is only told of one object (documentation, "OBJECT_PRIVILEGES view")."""
    where = node.find_ancestor(exp.Select).args.get("where")
    columns = [one.this.name.lower() for one in where.find_all(exp.EQ)] if where is not None else []
    if "object_name" not in columns:
        raise invalid_query("INFORMATION_SCHEMA.OBJECT_PRIVILEGES needs a WHERE clause that names one object")


def whole(parts, project, default):
    """A name with its project and dataset; INFORMATION_SCHEMA views keep their own shape."""
    upper = [part.upper() for part in parts]
    if "INFORMATION_SCHEMA" in upper:
        at = upper.index("INFORMATION_SCHEMA")
        before = parts[:at]
        if len(before) < 2 and not (before and before[0].lower().startswith("region-")):
            before = [project, *(before or ([default[1]] if default else []))]
        elif len(before) == 1:
            before = [project, before[0]]
        return (*before, ".".join(upper[at:]))
    if len(parts) == 3:
        return tuple(parts)
    if len(parts) == 2:
        return (project, *parts)
    if len(parts) == 1 and default:
        return (*default, parts[0])
    if len(parts) == 1:
        raise invalid_query(
            f'Table "{parts[0]}" must be qualified with a dataset (e.g. dataset.table).'
        )
    raise invalid_query(f"Invalid table-valued name: {'.'.join(parts)}")


def parts_of(node):
    parts = []
    for part in (node.args.get("catalog"), node.args.get("db"), node.this):
        if part is not None:
            flat = list(part.flatten()) if isinstance(part, exp.Dot) else [part]
            for one in flat:
                parts += one.name.split(".")
    return parts


def identifier(name):
    return exp.to_identifier(name, quoted=True)
