"""Scripts: statements one after the other, with variables, ASSERT and transactions. Control flow is refused."""

from sqlglot import exp

from binding import Binding, parsed
from errors import BigQueryError, invalid_query, not_modelled
from executing import described, run
from results import Result
from statements import statement
from text import Words


def is_script(texts):
    """Whether the text is more than one statement that has a result of its own."""
    return len(texts) > 1 or Words(texts[0]).next_is("DECLARE") or Words(texts[0]).next_is("SET")


BLOCKS = ("IF", "LOOP", "WHILE", "REPEAT", "FOR", "CASE", "EXECUTE", "RAISE", "RETURN", "BREAK", "LEAVE", "END")


def check_kinds(texts):
    """A script that has anything in it that is not done here is refused as a whole."""
    for text in texts:
        words = Words(text)
        if words.peek() is not None and words.peek().text.upper() in BLOCKS:
            raise not_modelled(f"the statement {text[:60]!r}")
        if words.take("BEGIN") and not words.done and not words.next_is("TRANSACTION"):
            raise not_modelled("BEGIN ... END blocks")


def has_no_result(text):
    return Words(text).take_any("DECLARE", "SET", "BEGIN", "COMMIT", "ROLLBACK") is not None


def one(context, text):
    """One statement of a script; gives its result, or None for what has none."""
    words, context.moment = Words(text), None
    if words.take("DECLARE"):
        return declare(context, words)
    if words.take("SET"):
        return assign(context, words)
    if words.take("ASSERT"):
        return check(context, words)
    if words.next_is("BEGIN"):
        return begin(context, words)
    if words.take("COMMIT"):
        words.take("TRANSACTION")
        words.end("COMMIT")
        return commit(context)
    if words.take("ROLLBACK"):
        words.take("TRANSACTION")
        words.end("ROLLBACK")
        return rollback(context)
    return statement(context, text)


def declare(context, words):
    names = [words.identifier()]
    while words.take(","):
        names.append(words.identifier())
    kind = words.until("DEFAULT") or None
    value = parsed(f"SELECT {words.rest()}").expressions[0] if words.take("DEFAULT") else exp.Null()
    if kind is None and isinstance(value, exp.Null):
        raise invalid_query("A variable needs a type or a default")
    for name in names:
        if name.lower() in context.variables:
            raise invalid_query(f"Variable '{name}' is declared twice")
        context.set_variable(name, kind, value)


def assign(context, words):
    """SET x = value; SET (x, y) = (value, value) or a query that gives one STRUCT."""
    if words.peek() is not None and words.peek().text.startswith("@@"):
        raise not_modelled(f"SET {words.rest()[:40]}")
    if words.next_is("("):
        names = [part.strip().strip("`") for part in words.items()]
        words.need("=")
        values = several(words.rest(), len(names))
    else:
        names = [words.identifier()]
        words.need("=")
        values = [parsed(f"SELECT {words.rest()}").expressions[0]]
    kinds = [context.declared(name)["kind"] for name in names]
    for name, kind, value in zip(names, kinds, values):
        context.set_variable(name, kind, value)


def several(text, count):
    tree = parsed(f"SELECT {text}").expressions[0]
    if isinstance(tree, exp.Tuple):
        values = tree.expressions
    elif isinstance(tree, exp.Subquery) and isinstance(tree.this, exp.Select):
        query = tree.this
        # SELECT AS STRUCT a, b: a query for each of them.
        if (query.args.get("kind") or "").upper() != "STRUCT":
            raise invalid_query("SET of several variables needs a STRUCT")
        values = []
        for value in query.expressions:
            single = query.copy()
            single.set("kind", None)
            single.set("expressions", [value.copy()])
            values.append(exp.Subquery(this=single))
    elif isinstance(tree, exp.Paren):
        values = [tree.this]
    else:
        raise not_modelled(f"SET of several variables to {text[:40]!r}")
    if len(values) != count:
        raise invalid_query(f"SET has {count} variables and {len(values)} values")
    return values


def check(context, words):
    """ASSERT condition [AS 'text']: stops the script when it does not hold."""
    text = words.text[words.peek().start :]
    condition, said = split_as(text)
    binding = Binding(context.world, context)
    with context.world.lock:
        tree = binding.bind(parsed(f"SELECT {condition} AS v"))
    if context.dry:
        described(binding, tree)
        return Result("ASSERT", tables=binding.tables)
    found = run(binding, tree)
    if found.fields[0]["type"] != "BOOLEAN":
        raise invalid_query("ASSERT needs a condition of type BOOL")
    if found.values[0][0] is not True:
        raise invalid_query(said or "Assertion failed")
    return Result("ASSERT", tables=binding.tables)


def split_as(text):
    """The condition, and the text behind the last AS outside of parentheses."""
    words, depth, last = Words(text), 0, None
    for at, token in enumerate(words.tokens):
        depth += {"(": 1, ")": -1}.get(token.text, 0) if token.kind == "symbol" else 0
        if depth == 0 and token.kind == "word" and token.text.upper() == "AS":
            last = at
    if last is None:
        return text, None
    words.at = last + 1
    said = words.string()
    words.end("ASSERT")
    return text[: words.tokens[last].start], said


def begin(context, words):
    words.need("BEGIN")
    if not words.take("TRANSACTION") and not words.done:
        raise not_modelled("BEGIN ... END blocks")
    words.end("BEGIN TRANSACTION")
    if context.transaction is not None:
        raise invalid_query("Cannot begin a transaction within an already active transaction")
    context.transaction = {}
    return Result("BEGIN_TRANSACTION")


def commit(context):
    if context.transaction is None:
        raise invalid_query("Cannot commit without an active transaction")
    world = context.world
    with world.lock:
        for table, before in context.transaction.items():
            if table.data != before or table.dataset.relations.get(table.name) is not table:
                rollback(context)
                raise BigQueryError(
                    "invalid", f"Transaction is aborted due to concurrent update against table {table.id}."
                )
        for table in context.transaction:
            world.write(table, context.overlay[table])
    context.transaction, context.overlay = None, {}
    return Result("COMMIT_TRANSACTION")


def rollback(context):
    if context.transaction is None:
        raise invalid_query("Cannot roll back without an active transaction")
    context.transaction, context.overlay = None, {}
    return Result("ROLLBACK_TRANSACTION")
