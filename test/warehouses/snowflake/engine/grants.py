"""GRANT and REVOKE."""

from dataclasses import replace

import rights
from errors import SnowflakeError, denied, missing, not_modelled, syntax
from names import written
from objects import Grant, Thing
from other_objects import find_any
from results import status
from role_grants import grant_role
from shares import grant_database_role, share
from text import Words

DONE = "Statement executed successfully."
KINDS = (
    "DATABASE",
    "SCHEMA",
    "DYNAMIC TABLE",
    "EXTERNAL TABLE",
    "MATERIALIZED VIEW",
    "TABLE",
    "VIEW",
    "FUNCTION",
    "WAREHOUSE",
    "SEQUENCE",
    "STAGE",
    "STREAM",
    "TASK",
    "MASKING POLICY",
    "ROW ACCESS POLICY",
    "AGGREGATION POLICY",
    "TAG",
    "PROCEDURE",
    "FILE FORMAT",
    "PIPE",
)
PLURALS = {(k[:-1] + "IES" if k.endswith("Y") else k + "S"): k for k in KINDS}
ALL = {
    "TABLE": (
        "SELECT",
        "INSERT",
        "UPDATE",
        "DELETE",
        "TRUNCATE",
        "REFERENCES",
        "EVOLVE SCHEMA",
        "REBUILD",
        "APPLYBUDGET",
    ),
    "VIEW": ("SELECT", "REFERENCES"),
    "DATABASE": ("USAGE", "CREATE SCHEMA", "MONITOR", "MODIFY"),
    "SCHEMA": ("USAGE", "CREATE TABLE", "CREATE VIEW", "CREATE FUNCTION", "MONITOR", "MODIFY"),
}

KNOWN = {
    *("ALL", "ALL PRIVILEGES", "OWNERSHIP", "USAGE", "MONITOR", "MODIFY", "OPERATE", "READ", "WRITE"),
    *(privilege for privileges in ALL.values() for privilege in privileges),
    *("MANAGE GRANTS", "EXECUTE TASK", "EXECUTE ALERT", "MONITOR USAGE", "IMPORTED PRIVILEGES"),
}


class Said:
    """What a GRANT or REVOKE says."""

    def __init__(self, query, words, way):
        session = query.session
        self.only_option = way == "FROM" and words.take("GRANT", "OPTION", "FOR")
        self.privileges = privileges(words)
        self.future, self.kind, self.targets, self.container = False, None, [], None
        if words.take("ACCOUNT"):
            self.kind, self.targets = "ACCOUNT", [session.world.account]
        elif which := words.take_any("ALL", "FUTURE"):
            self.many(session, words, which)
        else:
            self.one(session, words)
        words.need(way)
        self.to = words.take_any("ROLE", "USER", "DATABASE ROLE", "SHARE") or "ROLE"
        if self.to == "DATABASE ROLE":
            raise not_modelled("grants to a database role")
        self.grantee = share(session, words, self.targets, self.privileges) if self.to == "SHARE" else words.identifier()
        if self.to != "SHARE" and self.grantee not in session.world.roles:
            raise missing("Role", written(self.grantee))
        self.option = way == "TO" and words.take("WITH", "GRANT", "OPTION")
        self.current = words.take_any("COPY CURRENT GRANTS", "REVOKE CURRENT GRANTS")
        words.take_any("CASCADE", "RESTRICT")
        words.end("GRANT")

    def many(self, session, words, which):
        plural = words.take_any(*PLURALS)
        if plural is None:
            words.end("GRANT on all or future")
        self.kind, self.future = PLURALS[plural], which == "FUTURE"
        words.need("IN")
        if words.take("DATABASE"):
            self.container = session.place.find_database(words.identifier())
        else:
            words.need("SCHEMA")
            self.container = session.place.find_schema(words.name())
        if not self.future:
            schemas = self.container.of("SCHEMA") if self.container.kind == "DATABASE" else [self.container]
            self.targets = schemas if self.kind == "SCHEMA" else [t for s in schemas for t in s.of(self.kind)]

    def one(self, session, words):
        self.kind = words.take_any(*KINDS)
        if self.kind is None:
            words.end("GRANT")
        if self.kind == "WAREHOUSE":
            self.targets = [warehouse(session, words.identifier())]
            return
        self.targets = [find_any(session, self.kind, words)]


def warehouse(session, name):
    found = session.world.warehouses.get(name)
    if found is None:
        raise missing("Warehouse", written(name))
    if "thing" not in found:
        found["thing"] = Thing("WAREHOUSE", 0, "SYSADMIN", found["created"], name, session.world.account)
    return found["thing"]


def privileges(words):
    found = []
    while True:
        name = []
        while not (words.next_is("ON") or words.next_is(",")):
            name.append(words.token("word").text.upper())
        if " ".join(name) not in KNOWN and name[:1] not in (["CREATE"], ["APPLY"]):
            raise syntax(" ".join(name))
        found.append(" ".join(name))
        if words.take(","):
            continue
        words.need("ON")
        return found


def inherit(query, words):
    """One grant on a container for all that is and comes to be in it; here it is only listed."""
    session = query.session
    said = Words(f"GRANT {words.rest()}")
    said.need("GRANT", "INHERITED")
    privilege = privileges(said)[0]
    said.need("ALL")
    plural = said.take_any(*PLURALS)
    said.need("IN", "DATABASE")
    database = session.place.find_database(said.identifier())
    said.need("TO", "ROLE")
    database.properties.setdefault("inherited", []).append((privilege, PLURALS[plural], said.identifier()))
    said.end("GRANT INHERITED")
    return status(DONE)


def grant(query, words):
    if words.next_is("INHERITED"):
        return inherit(query, words)
    if words.take("ROLE"):
        return grant_role(query, words, True)
    if words.next_is("DATABASE", "ROLE"):
        words.take("DATABASE", "ROLE")
        return grant_database_role(query, words)
    said = Said(query, words, "TO")
    session = query.session
    with session.world.lock:
        for privilege in said.privileges:
            if said.future:
                may_grant_future(session, said)
                said.container.future.append((said.kind, Grant(privilege, said.grantee, session.role, said.option)))
            for thing in said.targets:
                may_grant(session, thing, privilege)
                give(session, said, thing, privilege)
    return status(DONE)


def may_grant_future(session, said):
    """Who may manage grants in the whole account, and the owner of a schema that manages access: no other owner."""
    roles, container = rights.all_roles(session), said.container
    manages = rights.unlimited(roles) or "SECURITYADMIN" in roles or has_global(session, roles, "MANAGE GRANTS")
    if not manages and not (container.properties.get("managed") and container.owner in roles):
        raise denied(said.container.kind, said.container.name)


def has_global(session, roles, privilege):
    return any(g.privilege == privilege and g.grantee in roles for g in session.world.account.grants)


def may_grant(session, thing, privilege):
    """Who owns an object, or the schema when that manages access, or was given the privilege to pass on."""
    roles = rights.all_roles(session)
    rights.enter(roles, thing.parent)
    if rights.unlimited(roles) or "SECURITYADMIN" in roles:
        return
    above = thing.parent
    managed = above is not None and above.properties.get("managed")
    owner = above.owner if managed else thing.owner
    passed = any(g.grantee in roles and g.option and g.privilege == privilege for g in thing.grants)
    if owner in roles or passed:
        return
    if not rights.sees(roles, thing):
        raise missing(rights.SHOWN.get(thing.kind, "Object"), written(*thing.path))
    raise denied(thing.kind, thing.name)


def give(session, said, thing, privilege):
    if privilege == "OWNERSHIP":
        return transfer(session, said, thing)
    for name in ALL.get(thing.kind, ()) if privilege in ("ALL", "ALL PRIVILEGES") else (privilege,):
        allowed(thing, name)
        thing.grants = [g for g in thing.grants if (g.privilege, g.grantee) != (name, said.grantee)]
        thing.grants.append(Grant(name, said.grantee, session.role, said.option, said.to, session.world.clock.now()))


def allowed(thing, privilege):
    if privilege in ("ALL", "ALL PRIVILEGES"):
        raise not_modelled(f"ALL PRIVILEGES on a {thing.kind.lower()}")
    wrong = {"DATABASE": ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE"), "VIEW": ("USAGE", "TRUNCATE")}
    wrong["SCHEMA"], wrong["TABLE"] = wrong["DATABASE"], ("USAGE",)
    if privilege in wrong.get(thing.kind, ()):
        raise SnowflakeError(
            3008, "0A000", f"SQL compilation error:\nprivilege {privilege} does not apply to a {thing.kind}"
        )


def transfer(session, said, thing):
    others = [g for g in thing.grants if g.privilege != "OWNERSHIP"]
    if others and said.current is None:
        raise SnowflakeError(
            3036,
            "42501",
            f"SQL execution error: Dependent grant of privilege '{others[0].privilege}' on securable "
            f"'{written(*thing.path)}' to role '{others[0].grantee}' exists. It must be revoked first. More than one "
            "dependent grant may exist. Use 'SHOW GRANTS' command to view them.",
        )
    if said.current == "REVOKE CURRENT GRANTS":
        thing.grants = []
    thing.owner = said.grantee


def revoke(query, words):
    if words.take("ROLE"):
        return grant_role(query, words, False)
    said = Said(query, words, "FROM")
    session = query.session
    with session.world.lock:
        for privilege in said.privileges:
            if said.future:
                may_grant_future(session, said)
                said.container.future = [
                    (k, g)
                    for k, g in said.container.future
                    if not (
                        k == said.kind
                        and g.grantee == said.grantee
                        and privilege in (g.privilege, "ALL", "ALL PRIVILEGES")
                    )
                ]
            for thing in said.targets:
                may_grant(session, thing, privilege)
                taken(said, thing, privilege)
    return status(DONE)


def taken(said, thing, privilege):
    left = []
    for g in thing.grants:
        meant = g.grantee == said.grantee and privilege in (g.privilege, "ALL", "ALL PRIVILEGES")
        if not meant:
            left.append(g)
        elif said.only_option:
            left.append(replace(g, option=False))
    thing.grants = left
