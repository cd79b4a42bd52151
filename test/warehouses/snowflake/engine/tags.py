"""Tags: set on objects and columns, inherited by what is in them, and listed."""

import rights
from datatypes import TEXT
from errors import SnowflakeError, denied, missing, not_modelled
from names import written
from text import Words

COLUMNS = [
    (name, TEXT)
    for name in (
        "TAG_DATABASE",
        "TAG_SCHEMA",
        "TAG_NAME",
        "TAG_VALUE",
        "LEVEL",
        "OBJECT_DATABASE",
        "OBJECT_SCHEMA",
        "OBJECT_NAME",
        "DOMAIN",
        "COLUMN_NAME",
    )
]


def find_tag(query, words):
    session = query.session
    tag = session.place.find(words.name(), "TAG", "Tag")
    try:
        rights.enter(rights.all_roles(session), tag.parent)
    except SnowflakeError:
        raise missing("Tag", written(*tag.path)) from None
    return tag


def said(query, words):
    """[(tag, value)] up to the end, of which the role may set each."""
    found = []
    while not words.done:
        tag = find_tag(query, words)
        words.need("=")
        found.append((tag, words.string()))
        may_apply(query.session, tag)
        words.take(",")
    return found


def applies(roles, tag):
    """Whether a role may set a tag, or all of the account's."""
    above = tag
    while above.parent is not None:
        above = above.parent
    return rights.holds(roles, tag, "APPLY") or rights.holds(roles, above, "APPLY TAG")


def may_apply(session, tag):
    if not applies(rights.all_roles(session), tag):
        raise denied("TAG", tag.name)


def with_tags(query, words):
    """The tags of a clause WITH TAG (...), or None where there is none."""
    at = words.at
    words.take("WITH")
    if not words.take("TAG"):
        words.at = at
        return None
    return dict(said(query, Words(words.parens())))


def set_tags(query, thing, words):
    thing.tags = {**thing.tags, **dict(said(query, words))}


def unset_tags(query, thing, words):
    left = dict(thing.tags)
    while not words.done:
        tag = find_tag(query, words)
        may_apply(query.session, tag)
        left.pop(tag, None)
        words.take(",")
    thing.tags = left


def remapped(things, copies):
    """A clone has the clones of the tags and policies that lie in what was cloned, and else the very same."""
    def now(found):
        return copies.get(found, found)

    for thing in things:
        thing.tags = {now(tag): value for tag, value in thing.tags.items()}
        thing.policies = [(now(policy), columns) for policy, columns in thing.policies]
        for column in thing.columns:
            column.tags = {now(tag): value for tag, value in column.tags.items()}
            column.masking = now(column.masking)


def references(scope, name, given):
    """TAG_REFERENCES of an object, TAG_REFERENCES_ALL_COLUMNS of a relation: what is nearest to it counts."""
    session = scope.binding.session
    if set(given) != {0, 1}:
        raise not_modelled(f"{name}({', '.join(map(str, given))})")
    domain = str(given[1]).upper()
    parts = Words(given[0]).name()
    if domain == "DATABASE" and name == "TAG_REFERENCES":
        thing = session.place.find_database(parts[0])
    elif domain == "SCHEMA" and name == "TAG_REFERENCES":
        thing = session.place.find_schema(parts)
    elif domain == "TABLE":
        thing = session.place.find(session.place.whole(parts), said="Object")
    else:
        raise not_modelled(f"{name} of a {domain.lower()}")
    if not rights.sees(scope.roles, thing):
        raise missing(rights.SHOWN.get(thing.kind, "Object"), thing.name)
    if name == "TAG_REFERENCES":
        return COLUMNS, [row(thing, domain, None, found) for found in effective(thing).items()]
    return COLUMNS, [
        row(thing, "COLUMN", column.name, found)
        for column in thing.columns
        for found in {**effective(thing), **{tag: (value, "COLUMN") for tag, value in column.tags.items()}}.items()
    ]


def effective(thing):
    """{tag: (value, level)} of an object: its own, and those of what it is in."""
    found = {}
    while thing is not None and thing.kind != "ACCOUNT":
        level = thing.kind if thing.kind in ("DATABASE", "SCHEMA") else "TABLE"
        found = {**{tag: (value, level) for tag, value in thing.tags.items()}, **found}
        thing = thing.parent
    return found


def row(thing, domain, column, found):
    tag, (value, level) = found
    path = thing.path
    schema = path[1] if len(path) > 1 else None
    above = (path[0], schema, path[-1]) if len(path) > 2 else (path[0] if len(path) > 1 else None, None, path[-1])
    return (*tag.path, value, level, *above, domain, column)
