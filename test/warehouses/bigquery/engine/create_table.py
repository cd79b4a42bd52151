"""CREATE TABLE: with columns, AS a query, LIKE another one."""

import access
import executing
import options
from binding import Binding, parsed, whole
from errors import BigQueryError, exists, invalid_query
from objects import Relation
from results import Result
from schema import column, quoted
from text import Words
from translate import to_duckdb


def new_name(context, words, flags):
    """The path of what is to be made, and what has the name now."""
    path = whole(words.path(), context.project, context.default)
    world = context.world
    dataset = world.dataset(*path[:2], context.location)
    context.locate(dataset.location)
    access.need_dataset(dataset, context.caller, "write")
    return path, dataset


def taken(context, path, flags, kind):
    """Whether there is nothing to do, because something has the name; refuses what may not be replaced."""
    old = context.world.find(path)
    if old is None:
        return False
    if flags["replace"]:
        if old.kind != kind:
            raise wrong_kind(old, kind)
        return False
    if flags["unless"]:
        return True
    raise exists("Table", old.id)


def wrong_kind(old, kind):
    """CREATE OR REPLACE of a view over a table and the other way round."""
    names = {"MATERIALIZED_VIEW": "materialized view", "EXTERNAL": "external table"}
    is_now, wanted = names.get(old.kind, old.kind.lower()), names.get(kind, kind.lower())
    return invalid_query(
        f"{old.id} is not allowed for this operation because it is currently a {is_now.upper()}; a {wanted} was expected."
    )


def create_table(context, words, flags):
    if flags["temporary"]:
        return temporary(context, words, flags)
    path, dataset = new_name(context, words, flags)
    relation = Relation("TABLE", dataset, path[2])
    with context.world.writer(path):
        if not context.dry and taken(context, path, flags, "TABLE"):
            return Result("CREATE_TABLE", target=path, operation="SKIP")
        query = shape(context, words, relation)
        # A query before it is looked for another time: what is replaced may have been made meanwhile.
        fill(context, relation, query)
        kind = "CREATE_TABLE" if query is None else "CREATE_TABLE_AS_SELECT"
        if context.dry:
            return Result(kind, target=path, fields=relation.fields, tables=read_by(query))
        with context.world.lock:
            replaced = context.world.find(path) is not None
            if taken(context, path, flags, "TABLE"):
                context.world.storage.forget(relation.data)
                return Result(kind, target=path, operation="SKIP")
            same_layout(context.world.find(path), relation)
            context.world.put(relation)
    done = "REPLACE" if replaced else "CREATE"
    return Result(kind, target=path, operation=done, tables=read_by(query), fields=relation.fields)


def same_layout(old, new):
    """BigQuery replaces no table by one that is partitioned or clustered otherwise."""
    if old is None:
        return
    for name in ("timePartitioning", "rangePartitioning", "clustering"):
        said = "clustering" if name == "clustering" else "partitioning"
        if spec(old.layout.get(name)) != spec(new.layout.get(name)):
            raise invalid_query(
                f"Cannot replace a table with a different {said} spec. Instead, DROP the table, and then recreate it. "
                f"New {said} spec is {spec(new.layout.get(name))} and existing spec is {spec(old.layout.get(name))}"
            )


def spec(part):
    return {key: value for key, value in part.items() if key != "expirationMs"} if part else None


def temporary(context, words, flags):
    name = words.identifier()
    relation = Relation("TABLE", Scratch(context.project), name)
    query = shape(context, words, relation)
    if name.lower() in context.temporary and not flags["replace"]:
        if flags["unless"]:
            return Result("CREATE_TABLE")
        raise exists("Table", name)
    fill(context, relation, query)
    context.temporary[name.lower()] = relation
    return Result("CREATE_TABLE_AS_SELECT" if query else "CREATE_TABLE", tables=read_by(query))


class Scratch:
    """Where temporary tables of a script are said to be."""

    name, access, labels = "_temporary", [], {}

    def __init__(self, project):
        self.project, self.location, self.history = project, None, {}


def read_by(query):
    return query[0].tables if query is not None else ()


def shape(context, words, relation):
    """Reads what stands behind the name. Returns the binding and the bound query that fills it, if any."""
    if words.take("LIKE"):
        return like(context, words, relation)
    listed = None
    if words.next_is("("):
        listed = [item for item in words.items()]
        constraints = [item for item in listed if is_constraint(item)]
        relation.fields = [column(item) for item in listed if not is_constraint(item)]
        keys(relation, constraints)
    relation.layout = options.table_layout(words, relation.fields)
    if words.take("OPTIONS"):
        given = options.read(context, words.items())
        options.whole(relation, given, "CREATE TABLE")
    if not words.take("AS"):
        words.end("CREATE TABLE")
        if listed is None:
            raise invalid_query("CREATE TABLE needs columns or a query")
        untyped(relation.fields)
        options.check_layout(relation.layout, relation.fields)
        return None
    binding = Binding(context.world, context)
    with context.world.lock:
        tree = binding.bind(parsed(words.rest()))
    described = executing.described(binding, tree)
    relation.fields = with_names(relation.fields, described) if listed else checked_names(described, tree)
    options.check_layout(relation.layout, relation.fields)
    return binding, tree


def untyped(fields):
    for field in fields:
        if "type" not in field:
            raise invalid_query(f"Column {field['name']} has no type")


def checked_names(fields, tree=None):
    """Columns of what is made from a query: each has a name, no two the same."""
    nameless = executing.nameless_columns(tree) if tree is not None else []
    if any(nameless):
        raise invalid_query(f"CREATE TABLE columns must be named, but column {nameless.index(True) + 1} has no name")
    seen = set()
    for field in fields:
        if field["name"].lower() in seen:
            raise invalid_query(
                f"Duplicate column names in the result are not supported. Found duplicate(s): {field['name']}"
            )
        seen.add(field["name"].lower())
    return fields


def with_names(listed, described):
    """Columns that are declared for a query: they have its values in its order."""
    if len(listed) != len(described):
        raise invalid_query(
            f"The number of columns in the column definition list does not match the number of columns produced by the "
            f"query: {len(listed)} and {len(described)}"
        )
    made = []
    for one, given in zip(listed, described):
        if "type" not in one:
            made.append({**given, **one})
        elif given["name"].lower() != one["name"].lower():
            raise invalid_query(f"Column {one['name']} of the list is {given['name']} in the query")
        else:
            made.append(one)
    return made


def is_constraint(item):
    words = Words(item)
    if words.take("CONSTRAINT"):
        words.identifier()
    return words.take_any("PRIMARY KEY (", "FOREIGN KEY (") is not None


def keys(relation, constraints):
    """Keys are only told of: BigQuery enforces none."""
    found = {}
    primary = [field["name"] for field in relation.fields if field.pop("primary", None)]
    for item in constraints:
        words = Words(item)
        name = words.identifier() if words.take("CONSTRAINT") else None
        if words.take("PRIMARY", "KEY"):
            primary = [options.bare(part) for part in words.items()]
        else:
            words.need("FOREIGN", "KEY")
            columns = [options.bare(part) for part in words.items()]
            words.need("REFERENCES")
            target = whole(words.path(), relation.dataset.project, (relation.dataset.project, relation.dataset.name))
            others = [options.bare(part) for part in words.items()]
            found.setdefault("foreignKeys", []).append(foreign(name, columns, target, others))
        words.need("NOT", "ENFORCED")
        words.end("a constraint")
    if primary:
        found["primaryKey"] = {"columns": primary}
    if found:
        relation.extra["tableConstraints"] = found


def foreign(name, columns, target, others):
    project, dataset, table = target
    return {
        **({"name": name} if name else {}),
        "referencedTable": {"projectId": project, "datasetId": dataset, "tableId": table},
        "columnReferences": [
            {"referencingColumn": one, "referencedColumn": other} for one, other in zip(columns, others)
        ],
    }


def like(context, words, relation):
    """The columns, partitions, clusters and options of another table, without its rows."""
    source = context.world.relation(whole(words.path(), context.project, context.default), context.location)
    words.end("CREATE TABLE LIKE")
    access.need(source, context.caller, "metadata")
    if source.kind != "TABLE":
        raise invalid_query(f"CREATE TABLE LIKE needs a table: {source.id} is a {source.kind}")
    copied = source.like()
    for name in ("fields", "labels", "layout", "extra", "description", "friendly"):
        setattr(relation, name, getattr(copied, name))
    return None


def fill(context, relation, query):
    """Makes its first rows."""
    if context.dry:
        return
    relation.data = context.world.storage.create(relation.fields)
    if query is None:
        return
    binding, tree = query
    names = ", ".join(quoted(field["name"]) for field in relation.fields)
    try:
        executing.execute(binding, f"INSERT INTO o.{relation.data} ({names}) {to_duckdb(tree)}")
    except BigQueryError:
        context.world.storage.forget(relation.data)
        raise
