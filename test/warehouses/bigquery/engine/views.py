"""CREATE VIEW and CREATE MATERIALIZED VIEW: the text is kept, and read anew each time the view is."""

import re

import access
import executing
import options
from binding import Binding, Reading, parsed, whole
from context import Context
from create_table import checked_names, new_name, taken
from errors import BigQueryError, invalid_query, not_modelled
from objects import Relation
from results import Result
from schema import column
from translate import to_duckdb

POINTER = re.compile(r"\s*select\s+\*\s+from\s+((?:`[^`]+`|[\w]+)(?:\.(?:`[^`]+`|[\w]+))*)\s*", re.I)


def create_view(context, words, flags):
    path, dataset = new_name(context, words, flags)
    if taken(context, path, flags, "VIEW"):
        return Result("CREATE_VIEW", target=path, operation="SKIP")
    relation = Relation("VIEW", dataset, path[2])
    listed = [column(item) for item in words.items()] if words.next_is("(") else []
    if words.take("OPTIONS"):
        given = options.read(context, words.items())
        if given.pop("privacy_policy", None):
            raise not_modelled("the option privacy_policy")
        options.whole(relation, given, "CREATE VIEW")
    words.need("AS")
    relation.query = words.rest()
    seen = define(context, relation)
    if listed:
        if [one["name"] for one in listed] != [one["name"] for one in relation.fields]:
            raise not_modelled("a list of columns in CREATE VIEW that gives them other names")
        relation.fields = described_by(relation.fields, listed)
    if context.dry:
        return Result("CREATE_VIEW", target=path, fields=relation.fields, tables=seen)
    with context.world.lock:
        if taken(context, path, flags, "VIEW"):
            return Result("CREATE_VIEW", target=path, operation="SKIP")
        replaced = context.world.find(path) is not None
        if replaced:
            access.need_edit(context.world, relation, context.caller)
        context.world.put(relation)
    done = "REPLACE" if replaced else "CREATE"
    return Result("CREATE_VIEW", target=path, operation=done, tables=seen)


def define(context, relation):
    """Finds the columns of a view's text; refuses one over what is not there or may not be read. Gives what it reads."""
    dataset = relation.dataset
    inner = Context(context.world, context.project, context.caller, dataset.location, default_of(relation))
    inner.unfiltered = True
    binding = Binding(context.world, inner)
    pointed = pointer(context, relation)
    if pointed is not None:
        return pointed
    with context.world.lock:
        # As read through the view itself: its dataset may be authorised where the one who defines it may not read.
        tree = binding.bind(parsed(relation.query), (relation,), default_of(relation))
    relation.fields = checked_names(executing.described(binding, tree), tree)
    return binding.tables


def pointer(context, relation):
    """A view that is nothing but all of one table or view: its columns are that one's. Else None."""
    match = POINTER.fullmatch(relation.query)
    if match is None or "INFORMATION_SCHEMA" in match[1].upper():
        return None
    path = whole(match[1].replace("`", "").split("."), context.project, default_of(relation))
    with context.world.lock:
        found = context.world.relation(path, relation.dataset.location)
        if found.kind not in ("TABLE", "SNAPSHOT", "MATERIALIZED_VIEW"):
            return None
        access.need_read(found, context.caller, relation)
        relation.fields = [plain(field) for field in found.fields]
        return [Reading(found, found.data)]


def plain(field):
    kept = {name: field[name] for name in ("name", "type") if name in field}
    kept["mode"] = "REPEATED" if field.get("mode") == "REPEATED" else "NULLABLE"
    if "fields" in field:
        kept["fields"] = [plain(one) for one in field["fields"]]
    return kept


def default_of(relation):
    return (relation.dataset.project, relation.dataset.name)


def repoint(context, relation, query, fields=None):
    """Gives a view another text in place: its grants, labels and age stay. Gives the new one, not yet put there."""
    if query != relation.query:
        access.need_edit(context.world, relation, context.caller)
    changed = relation.like(query=query)
    define(context, changed)
    if fields is not None:
        changed.fields = described_by(changed.fields, fields)
    return changed


def described_by(computed, given):
    """What a client says of a view's columns: descriptions and policy tags. Names and types are the text's."""
    if [f["name"].lower() for f in computed] != [f["name"].lower() for f in given]:
        raise BigQueryError(
            "invalid",
            "Provided Schema does not match View: "
            f"{', '.join(f['name'] for f in given)} instead of {', '.join(f['name'] for f in computed)}",
        )
    made = []
    for one, said in zip(computed, given):
        kept = {key: said[key] for key in ("description", "policyTags") if said.get(key)}
        if said.get("fields") and one.get("fields"):
            kept["fields"] = described_by(one["fields"], said["fields"])
        made.append({**one, **kept})
    return made


def create_materialized(context, words, flags):
    """Its rows are those of the moment when it is made or refreshed."""
    path, dataset = new_name(context, words, flags)
    if taken(context, path, flags, "MATERIALIZED_VIEW"):
        return Result("CREATE_MATERIALIZED_VIEW", target=path, operation="SKIP")
    relation = Relation("MATERIALIZED_VIEW", dataset, path[2])
    relation.layout = options.table_layout(words, [])
    materialized = {"enableRefresh": True, "refreshIntervalMs": "1800000"}
    if words.take("OPTIONS"):
        left = options.apply(relation, options.read(context, words.items()))
        materialized |= materialized_options(left)
    words.need("AS")
    relation.query = words.rest()
    relation.extra["materializedView"] = {**materialized, "query": relation.query}
    seen = define(context, relation)
    if any(one.relation.kind != "TABLE" for one in seen):
        raise invalid_query("A materialized view can only read tables")
    options.check_layout(relation.layout, relation.fields)
    if context.dry:
        return Result("CREATE_MATERIALIZED_VIEW", target=path, fields=relation.fields, tables=seen)
    fresh(context, relation)
    with context.world.lock:
        replaced = context.world.find(path) is not None
        context.world.put(relation)
    done = "REPLACE" if replaced else "CREATE"
    return Result("CREATE_MATERIALIZED_VIEW", target=path, operation=done, tables=seen)


def materialized_options(left):
    found = {}
    if "enable_refresh" in left:
        found["enableRefresh"] = bool(left.pop("enable_refresh"))
    if "refresh_interval_minutes" in left:
        found["refreshIntervalMs"] = str(int(float(left.pop("refresh_interval_minutes")) * 60_000))
    if left:
        raise not_modelled(f"the option {sorted(left)[0]} in CREATE MATERIALIZED VIEW")
    return found


def fresh(context, relation):
    """Rows of now. Whoever refreshes it reads as its definer did."""
    inner = Context(context.world, context.project, access.OWNER, relation.dataset.location, default_of(relation))
    binding = Binding(context.world, inner)
    with context.world.lock:
        tree = binding.bind(parsed(relation.query))
    data = context.world.storage.create(relation.fields)
    executing.execute(binding, f"INSERT INTO o.{data} {to_duckdb(tree)}")
    relation.data = data
    relation.extra["refreshed"] = context.world.clock.ms()
