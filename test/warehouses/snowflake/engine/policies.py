"""Policies: registered, attached and listed. A table that has a policy cannot be read here."""

import rights
from datatypes import TEXT
from errors import SnowflakeError, not_modelled
from names import written
from tags import set_tags, unset_tags
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
        if any(entry[0].kind == "ROW ACCESS POLICY" for entry in thing.policies):
            raise SnowflakeError(3534, "42601", "SQL compilation error:\nThere is a row access policy on it already.")
        thing.policies = [*thing.policies, (policy, identifiers(words))]
    elif words.take("DROP", "ROW", "ACCESS", "POLICY"):
        policy = find_policy(query, "ROW ACCESS POLICY", words)
        thing.policies = [entry for entry in thing.policies if entry[0] is not policy]
        if words.take(","):
            return alter_policy(query, thing, words)
    elif words.take("SET", "AGGREGATION", "POLICY"):
        policy = find_policy(query, "AGGREGATION POLICY", words)
        others = [entry for entry in thing.policies if entry[0].kind != "AGGREGATION POLICY"]
        if len(others) < len(thing.policies) and not words.take("FORCE"):
            raise SnowflakeError(3533, "42601", "SQL compilation error:\nThere is an aggregation policy on it already.")
        thing.policies = [*others, (policy, ())]
    elif words.take("DROP", "ALL", "ROW", "ACCESS", "POLICIES"):
        thing.policies = [entry for entry in thing.policies if entry[0].kind != "ROW ACCESS POLICY"]
    else:
        raise not_modelled(f"ALTER {thing.kind} {words.rest()[:40]}")
    words.end("ALTER")


def column_policy(query, column, words):
    if words.take("SET", "MASKING", "POLICY"):
        policy = find_policy(query, "MASKING POLICY", words)
        forced = words.take("FORCE")
        if column.masking is not None and not forced:
            raise SnowflakeError(
                3532, "42601", f"SQL compilation error:\nColumn {column.name} already attached to a masking policy."
            )
        column.masking = policy
    elif words.take("UNSET", "MASKING", "POLICY"):
        column.masking = None
    elif words.take("SET", "TAG"):
        set_tags(query, column, words)
    elif words.take("UNSET", "TAG"):
        unset_tags(query, column, words)
    else:
        raise not_modelled(f"ALTER COLUMN {words.rest()[:40]}")


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


def in_use(world, policy, within=None):
    """Throws for a policy that is attached to something, of which nothing that is `within` a container counts."""
    if not policy.kind.endswith("POLICY"):
        return
    inside = () if within is None else set(map(id, everything(within)))
    for thing in everything(world.account):
        if id(thing) not in inside and any(found is policy for found, _, _ in attached(thing)):
            raise SnowflakeError(
                3531,
                "42601",
                f"SQL compilation error:\nPolicy {policy.name} cannot be dropped/replaced as it is associated with one "
                "or more entities.",
            )


def left_behind(world, container):
    """Throws for a container with policies that something outside of it has."""
    for thing in list(everything(container)):
        in_use(world, thing, container)


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
