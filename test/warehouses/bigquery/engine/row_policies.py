"""Row access policies: each says who sees the rows for which its filter holds. A table that has any shows nothing to
whoever is named by none (documentation, "Row-level security": also to the table's owner)."""

from sqlglot import exp

import access
import binding
from errors import BigQueryError, exists, invalid_query
from executing import described
from objects import Policy
from text import unquoted


def mine(relation, caller):
    return [p for p in relation.policies if any(access.binding_names(member, caller) for member in p.grantees)]


def filtered(scope, relation, data):
    """The rows that the one who asks may see."""
    filters = [scope.walk(condition(policy), frozenset()) for policy in mine(relation, scope.context.caller)]
    chosen = exp.or_(*filters) if filters else exp.false()
    return exp.Subquery(this=exp.Select(expressions=[exp.Star()]).from_(binding.physical(data)).where(chosen))


def condition(policy):
    return binding.parsed(f"SELECT 1 WHERE {policy.filter}").args["where"].this


def sees_all(relation, caller):
    return not relation.policies or any(p.filter.strip().upper() == "TRUE" for p in mine(relation, caller))


def need_all(relation, caller):
    """Whoever copies a table must see all of its rows."""
    if not sees_all(relation, caller):
        raise BigQueryError(
            "accessDenied",
            f"Access Denied: Table {relation.id}: User cannot read all rows: a row access policy hides some",
        )


def create(context, words, replace):
    """CREATE [OR REPLACE] ROW ACCESS POLICY [IF NOT EXISTS] name ON table [GRANT TO (...)] FILTER USING (...)."""
    unless = words.take("IF", "NOT", "EXISTS")
    name = words.identifier()
    words.need("ON")
    relation = context.world.relation(binding.whole(words.path(), context.project, context.default))
    access.need(relation, context.caller, "own")
    grantees = []
    if words.take("GRANT"):
        words.need("TO")
        grantees = [unquoted(item) for item in words.items()]
    words.need("FILTER", "USING")
    text = words.parens()
    words.end("CREATE ROW ACCESS POLICY")
    if relation.kind != "TABLE":
        raise invalid_query(f"Row access policies can only be created on tables, not on {relation.id}")
    old = next((p for p in relation.policies if p.name == name), None)
    if old is not None and unless:
        return None
    if old is not None and not replace:
        raise exists("Row access policy", f"{name} on table {relation.id}")
    made = Policy(name, tuple(grantees), text.strip(), context.world.clock.ms())
    check(context, relation, made)
    with context.world.lock:
        relation.policies = [p for p in relation.policies if p.name != name] + [made]
        context.world.revise(relation)
    return relation


def check(context, relation, policy):
    one = binding.Binding(context.world, context)
    scope = binding.Scope(one, (), context.default)
    tree = exp.Select(expressions=[exp.alias_(scope.walk(condition(policy), frozenset()), "v")])
    fields = described(one, tree.from_(binding.physical(relation.data)))
    if fields[0]["type"] != "BOOLEAN":
        raise invalid_query(f"The filter of row access policy {policy.name} must be of type BOOL")


def drop(context, words):
    """DROP ROW ACCESS POLICY [IF EXISTS] name ON table; DROP ALL ROW ACCESS POLICIES ON table."""
    whole = words.take("ALL", "ROW", "ACCESS", "POLICIES")
    lenient = name = None
    if not whole:
        words.need("ROW", "ACCESS", "POLICY")
        lenient = words.take("IF", "EXISTS")
        name = words.identifier()
    words.need("ON")
    relation = context.world.relation(binding.whole(words.path(), context.project, context.default))
    words.end("DROP ROW ACCESS POLICY")
    access.need(relation, context.caller, "own")
    with context.world.lock:
        left = [] if whole else [p for p in relation.policies if p.name != name]
        if not whole and len(left) == len(relation.policies):
            if lenient:
                return relation
            raise BigQueryError("notFound", f"Not found: Row access policy {name} on table {relation.id}")
        relation.policies = left
        context.world.revise(relation)
    return relation


def listed(relation):
    project, dataset, table = relation.path
    return [
        {
            "rowAccessPolicyReference": {
                "projectId": project,
                "datasetId": dataset,
                "tableId": table,
                "policyId": policy.name,
            },
            "filterPredicate": policy.filter,
            "grantees": list(policy.grantees),
        }
        for policy in relation.policies
    ]
