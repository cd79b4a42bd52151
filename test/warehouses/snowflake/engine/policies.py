"""Policies and tags: registered, attached and listed. A table that has a policy cannot be read here."""

import rights
from datatypes import TEXT
from errors import SnowflakeError, not_modelled
from names import written
from text import Words


def find_policy(query, kind, words):
    return query.session.place.find(words.name(), kind, kind.capitalize())


def identifiers(words):
    return tuple(Words(item).identifier() for item in words.items())


def alter_policy(query, thing, words):
    """ADD and DROP of a row access or aggregation policy."""
    if words.take("ADD", "ROW", "ACCESS", "POLICY"):
        policy = find_policy(query, "ROW ACCESS POLICY", words)
        words.need("ON")
        thing.policies = [*thing.policies, (policy, identifiers(words))]
    elif words.take("DROP", "ROW", "ACCESS", "POLICY"):
        policy = find_policy(query, "ROW ACCESS POLICY", words)
        thing.policies = [entry for entry in thing.policies if entry[0] is not policy]
    elif words.take("SET", "AGGREGATION", "POLICY"):
        thing.policies = [*thing.policies, (find_policy(query, "AGGREGATION POLICY", words), ())]
    elif words.take("DROP", "ALL", "ROW", "ACCESS", "POLICIES"):
        thing.policies = [entry for entry in thing.policies if entry[0].kind != "ROW ACCESS POLICY"]
    else:
        raise not_modelled(f"ALTER {thing.kind} {words.rest()[:40]}")
    words.end("ALTER")


def column_policy(query, column, words):
    if words.take("SET", "MASKING", "POLICY"):
        column.masking = find_policy(query, "MASKING POLICY", words)
        words.take("FORCE")
    elif words.take("UNSET", "MASKING", "POLICY"):
        column.masking = None
    else:
        raise not_modelled(f"ALTER COLUMN {words.rest()[:40]}")


def set_tags(query, thing, words):
    while not words.done:
        tag = find_policy(query, "TAG", words)
        words.need("=")
        thing.tags[tag] = words.string()
        words.take(",")


def unset_tags(query, thing, words):
    while not words.done:
        thing.tags.pop(find_policy(query, "TAG", words), None)
        words.take(",")


def attached(thing):
    for policy, columns in thing.policies:
        yield policy, None, columns
    for column in thing.columns:
        if column.masking is not None:
            yield column.masking, column.name, ()


def protected(thing):
    """Throws for rows that a policy would change: the policy itself is not carried out here."""
    for policy, _, _ in attached(thing):
        raise not_modelled(f"reading {written(*thing.path)}, which {policy.kind.lower()} {policy.name} protects")


def everything(container):
    for thing in container.things.values():
        yield thing
        if hasattr(thing, "things"):
            yield from everything(thing)


def in_use(world, policy):
    if not policy.kind.endswith("POLICY"):
        return
    for thing in everything(world.account):
        if any(found is policy for found, _, _ in attached(thing)):
            raise SnowflakeError(
                3531,
                "42601",
                f"SQL compilation error:\nPolicy {policy.name} cannot be dropped/replaced as it is associated with one "
                "or more entities.",
            )


COLUMNS = [
    (name, TEXT)
    for name in (
        "POLICY_DB",
        "POLICY_SCHEMA",
        "POLICY_NAME",
        "POLICY_KIND",
        "REF_DATABASE_NAME",
        "REF_SCHEMA_NAME",
        "REF_ENTITY_NAME",
        "REF_ENTITY_DOMAIN",
        "REF_COLUMN_NAME",
        "REF_ARG_COLUMN_NAMES",
        "TAG_DATABASE",
        "TAG_SCHEMA",
        "TAG_NAME",
        "POLICY_STATUS",
    )
]


def references(scope, given):
    session = scope.binding.session
    if set(given) - {"REF_ENTITY_NAME", "REF_ENTITY_DOMAIN", "POLICY_NAME"}:
        raise not_modelled(f"POLICY_REFERENCES({', '.join(map(str, given))})")
    if "POLICY_NAME" in given:
        parts = session.place.whole(Words(given["POLICY_NAME"]).name())
        things = [t for t in everything(session.world.account) if any(p.path == parts for p, _, _ in attached(t))]
        wanted = parts
    else:
        thing = session.place.find(session.place.whole(Words(given["REF_ENTITY_NAME"]).name()))
        rights.need(scope.roles, thing, "ANY")
        things, wanted = [thing], None
    rows = []
    for thing in things:
        for policy, column, columns in attached(thing):
            if wanted is None or policy.path == wanted:
                listed = "[ " + ", ".join(f'"{c}"' for c in columns) + " ]" if columns else None
                rows.append(
                    (
                        *policy.path,
                        policy.kind.replace(" ", "_"),
                        *thing.path,
                        thing.kind,
                        column,
                        listed,
                        None,
                        None,
                        None,
                        "ACTIVE",
                    )
                )
    return COLUMNS, rows
