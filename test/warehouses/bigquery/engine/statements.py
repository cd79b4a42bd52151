"""One statement: what it is, and who does it."""

import access
import row_policies
from alter import alter
from binding import Binding, parsed, whole
from clone import create_clone
from create_table import create_table
from dml import dml
from drop import drop
from errors import invalid_query, not_modelled
from executing import described, run
from external import create_external
from grants import grant
from results import Result
from routines import create_function
from schemas import create_schema
from text import Words
from views import create_materialized, create_view, fresh


def statement(context, text):
    words = Words(text)
    first = words.peek()
    if first is None:
        raise invalid_query("Syntax error: Unexpected end of statement")
    word = first.text.upper()
    if word in ("SELECT", "WITH", "(", "FROM"):
        return select(context, text)
    if word in ("INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE"):
        return dml(context, text)
    if word in DDL:
        if context.transaction is not None and not temporary(words):
            raise invalid_query("DDL on permanent objects is not allowed in a multi-statement transaction")
        words.at += 1
        return DDL[word](context, words)
    if words.take("CALL"):
        return call(context, words)
    if word in ("EXPORT", "LOAD", "UNDROP"):
        raise not_modelled(f"the statement {text[:60]!r}")
    raise words.unexpected()


def temporary(words):
    rest = [token.text.upper() for token in words.tokens[1:4]]
    return "TEMP" in rest or "TEMPORARY" in rest


def select(context, text):
    binding = Binding(context.world, context)
    with context.world.lock:
        tree = binding.bind(parsed(text))
    if context.dry:
        return Result("SELECT", described(binding, tree), [], tables=binding.tables)
    found = run(binding, tree)
    return Result("SELECT", found.fields, found.values, tables=binding.tables)


def create(context, words):
    replace = words.take("OR", "REPLACE")
    flags = {"replace": replace, "temporary": words.take("TEMP") or words.take("TEMPORARY"), "unless": False}
    if words.take("ROW", "ACCESS", "POLICY"):
        made = row_policies.create(context, words, replace)
        return Result("CREATE_ROW_ACCESS_POLICY", target=made.path if made else None)
    if words.take("SCHEMA"):
        return create_schema(context, words, flags)
    if words.take("FUNCTION"):
        return create_function(context, words, flags)
    if words.take("MATERIALIZED", "VIEW"):
        flags["unless"] = words.take("IF", "NOT", "EXISTS")
        return create_materialized(context, words, flags)
    if words.take("VIEW"):
        flags["unless"] = words.take("IF", "NOT", "EXISTS")
        return create_view(context, words, flags)
    if words.take("EXTERNAL", "TABLE"):
        flags["unless"] = words.take("IF", "NOT", "EXISTS")
        return create_external(context, words, flags)
    snapshot = words.take("SNAPSHOT")
    if not words.take("TABLE") or words.next_is("FUNCTION"):
        words.at = 1
        words.end("CREATE")
    flags["unless"] = words.take("IF", "NOT", "EXISTS")
    here = words.at
    words.path()
    is_clone = words.next_is("CLONE") or words.next_is("COPY")
    words.at = here
    if snapshot or is_clone:
        return create_clone(context, words, flags, snapshot)
    return create_table(context, words, flags)


def drop_any(context, words):
    if words.next_is("ROW") or words.next_is("ALL"):
        made = row_policies.drop(context, words)
        return Result("DROP_ROW_ACCESS_POLICY", target=made.path)
    return drop(context, words)


def call(context, words):
    """Only BQ.REFRESH_MATERIALIZED_VIEW('...')."""
    name = ".".join(words.path()).lower()
    if name != "bq.refresh_materialized_view":
        raise not_modelled(f"CALL {name}")
    (item,) = words.items()
    words.end("CALL")
    path = whole(Words(item).string().split("."), context.project, context.default)
    view = context.world.relation(path, context.location)
    access.need(view, context.caller, "write")
    if view.kind != "MATERIALIZED_VIEW":
        raise invalid_query(f"{view.id} is not a materialized view")
    if not context.dry:
        fresh(context, view)
        context.world.revise(view)
    return Result("CALL", target=path)


DDL = {
    "CREATE": create,
    "DROP": drop_any,
    "ALTER": alter,
    "GRANT": lambda context, words: grant(context, words, True),
    "REVOKE": lambda context, words: grant(context, words, False),
}
