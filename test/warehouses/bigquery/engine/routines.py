"""CREATE FUNCTION: SQL functions over scalars. All else of one's own is refused."""

import access
import executing
from binding import Binding, parsed, whole
from errors import exists, not_modelled
from objects import Routine
from results import Result
from sqlglot import exp
from text import Words


def create_function(context, words, flags):
    flags["unless"] = words.take("IF", "NOT", "EXISTS")
    parts = words.path()
    body = signature(words)
    if flags["temporary"]:
        check(context, body)
        context.functions[parts[-1].lower()] = body
        return Result("CREATE_FUNCTION")
    path = whole(parts, context.project, context.default)
    with context.world.lock:
        dataset = context.world.dataset(*path[:2], context.location)
        context.locate(dataset.location)
        access.need_dataset(dataset, context.caller, "write")
        old = dataset.routines.get(path[2])
        if old is not None and flags["unless"]:
            return Result("CREATE_FUNCTION", routine=path, operation="SKIP")
        if old is not None and not flags["replace"]:
            raise exists("Routine", f"{path[0]}:{path[1]}.{path[2]}")
        check(context, body, dataset)
        if not context.dry:
            place(context.world, dataset, path[2], body)
    return Result("CREATE_FUNCTION", routine=path, operation="REPLACE" if old else "CREATE")


def place(world, dataset, name, body):
    old = dataset.routines.get(name)
    now = world.clock.ms()
    made = Routine(dataset, name, old.created if old else now, now, next(world.revisions), body)
    made.modified = max(now, old.modified + 1) if old else now
    dataset.routines[name] = made
    return made


def signature(words):
    arguments = [argument(item) for item in words.items()]
    body = {"routineType": "SCALAR_FUNCTION", "language": "SQL", "arguments": arguments}
    if words.take("RETURNS"):
        body["returnTypeSql"] = words.until("AS", "OPTIONS", "LANGUAGE", "REMOTE", "DETERMINISTIC", "NOT DETERMINISTIC")
    if words.take("OPTIONS"):
        raise not_modelled("OPTIONS of a function")
    words.need("AS") if words.next_is("AS") else words.end("CREATE FUNCTION")
    body["definitionBody"] = words.parens().strip()
    words.end("CREATE FUNCTION")
    return body


def argument(item):
    words = Words(item)
    name = words.identifier()
    if words.take("ANY", "TYPE"):
        return {"name": name, "argumentKind": "ANY_TYPE"}
    return {"name": name, "typeSql": words.rest()}


def check(context, body, dataset=None):
    """The body must be an expression over what is there; arguments of any type are left for the call."""
    binding = Binding(context.world, context)
    default = (dataset.project, dataset.name) if dataset is not None else context.default
    tree = binding.bind(parsed(f"SELECT {body['definitionBody']} AS v"), (), default)
    given = {a["name"].lower(): a.get("typeSql") for a in body["arguments"]}
    if None in given.values():
        return

    def value(node):
        if isinstance(node, exp.Column) and not node.table and node.name.lower() in given:
            return exp.cast(exp.Null(), exp.DataType.build(given[node.name.lower()], dialect="bigquery"))
        return node

    executing.described(binding, tree.transform(value))
