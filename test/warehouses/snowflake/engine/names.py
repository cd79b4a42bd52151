"""Names as Snowflake writes them in messages, and as it finds what they mean."""

import re

from errors import missing, no_current

PLAIN = re.compile(r"[A-Z_][A-Z0-9_$]*$")


def written(*parts):
    return ".".join(part if PLAIN.match(part) else '"' + part.replace('"', '""') + '"' for part in parts)


MARK = "\x1f"


def stored(name):
    """A name as DuckDB gets it. To DuckDB "a" and "A" are the same, so capitals are written down beside the name."""
    if MARK in name or name == name.upper():
        return name
    return name + MARK + "".join("01"[char.islower()] for char in name)


def told(text):
    """DuckDB's names, or a text with such names in it, as the client knows them."""
    return re.sub(MARK + "[01]*", "", text)


def like(pattern):
    """SHOW's and LIKE's patterns: % and _ are wildcards, a backslash takes that away; case does not matter."""
    out, at = "", 0
    while at < len(pattern):
        char = pattern[at]
        if char == "\\" and at + 1 < len(pattern):
            at += 1
            out += re.escape(pattern[at])
        else:
            out += {"%": ".*", "_": "."}.get(char) or re.escape(char)
        at += 1
    return re.compile(out + r"\Z", re.I | re.S)


class Place:
    """Where names without a database or schema are looked for: a session's, or that of the view they are in."""

    def __init__(self, world, database, schema):
        self.world, self.database, self.schema = world, database, schema

    def whole(self, parts, length=3):
        """All parts of a name. Throws when the session has no database or schema that could complete it."""
        parts = list(parts)
        if len(parts) < length:
            current = [self.database, self.schema] if length == 3 else [self.database]
            for what, value in zip(("database", "schema"), current[: length - len(parts)]):
                if value is None:
                    raise no_current(what)
            parts = current[: length - len(parts)] + parts
        if length == 3 and parts[1] == "":
            parts[1] = "PUBLIC"
        if len(parts) > length:
            raise missing("Object", written(*parts))
        return parts

    def find_database(self, name):
        found = self.world.account.get("DATABASE", name)
        if found is None:
            raise missing("Database", written(name))
        return found

    def find_schema(self, parts):
        database, schema = self.whole(parts, 2)
        found = self.find_database(database).get("SCHEMA", schema)
        if found is None:
            raise missing("Schema", written(database, schema))
        return found

    def find(self, parts, space="RELATION", said="Object"):
        database, schema, name = self.whole(parts)
        found = self.find_schema([database, schema]).get(space, name)
        if found is None:
            raise missing(said, written(database, schema, name))
        return found
