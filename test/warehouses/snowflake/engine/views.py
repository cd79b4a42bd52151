"""CREATE VIEW: the text is kept, and read anew each time the view is."""

import datatypes
import rights
from binding import Binding, parsed
from derive import settled, types_of
from errors import compilation, exists
from executing import described
from names import Place, written
from objects import Column, Thing
from places import place
from policies import find_policy, identifiers
from query import named
from results import status
from tags import with_tags
from text import Words


def create_view(query, words, flags):
    session = query.session
    parts = session.place.whole(words.name())
    schema = session.place.find_schema(parts[:2])
    rights.may_create(session, schema, "VIEW")
    listed = [view_column(query, item) for item in words.items()] if words.next_is("(") else []
    comment, copied, policies, tags = "", False, [], {}
    while not words.take("AS"):
        if words.take("COPY", "GRANTS"):
            copied = True
        elif words.take("COMMENT", "="):
            comment = words.string()
        elif words.take("CHANGE_TRACKING", "="):
            words.value()
        elif (found := with_tags(query, words)) is not None:
            tags = found
        elif found := policy_clause(query, words):
            policies.append(found)
        else:
            words.end("CREATE VIEW")
    old = session.temporary.get(tuple(parts)) if flags["temporary"] else schema.get("RELATION", parts[2])
    if old is not None and flags["unless"]:
        return status(f"{parts[2]} already exists, statement succeeded.")
    if old is not None and not flags["replace"]:
        raise exists(written(*parts))
    view = session.world.make(Thing, "VIEW", session.role)
    view.comment, view.text, view.policies, view.tags = comment, words.text, policies, tags
    view.properties = {"query": words.rest(), "secure": flags["secure"], "place": parts[:2]}
    with session.world.lock:
        view.columns = columns_of(query, view, parts[:2], listed)
        if flags["temporary"]:
            view.name, view.properties["temporary"] = parts[2], True
            session.temporary[tuple(parts)] = view
        else:
            place(session, schema, parts[2], view, flags, copied)
    return status(f"View {parts[2]} successfully created.")


def policy_clause(query, words):
    words.take("WITH")
    if words.take("ROW", "ACCESS", "POLICY"):
        policy = find_policy(query, "ROW ACCESS POLICY", words)
        words.need("ON")
        return policy, identifiers(words)
    if words.take("AGGREGATION", "POLICY"):
        return find_policy(query, "AGGREGATION POLICY", words), ()
    return words.end("CREATE VIEW")


def view_column(query, item):
    words = Words(item)
    made = Column(words.identifier(), None)
    while not words.done:
        if words.take("WITH", "MASKING", "POLICY") or words.take("MASKING", "POLICY"):
            made.masking = find_policy(query, "MASKING POLICY", words)
            continue
        if (found := with_tags(query, words)) is not None:
            made.tags = found
            continue
        words.need("COMMENT")
        words.take("=")
        made.comment = words.string()
    return made


def columns_of(query, view, parts, listed):
    """A view over what is not there is refused here."""
    binding = Binding(query.session, query, defines=True)
    place = Place(query.session.world, *parts)
    tree = binding.bind(named(parsed(view.properties["query"])), place)
    produced = described(binding, tree.copy())
    if listed and len(listed) != len(produced):
        raise compilation(
            2057,
            "42601",
            f"View definition declared {len(listed)} column(s), but view query produces {len(produced)} column(s).",
        )
    view.properties["produces"] = [name for name, _ in produced]
    names = [name for name, _ in produced]
    for name in names:
        if names.count(name) > 1 and not listed:
            raise compilation(2025, "42S21", f"duplicate column name '{name}'")
    kinds = settled(types_of(tree), [datatypes.of_duckdb(kind) for _, kind in produced])
    given = listed or [Column(name, None) for name in names]
    return [Column(column.name, kind, comment=column.comment, masking=column.masking, tags=column.tags) for column, kind in zip(given, kinds)]
