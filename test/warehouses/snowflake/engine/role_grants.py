"""GRANT ROLE and REVOKE ROLE."""

import rights
from errors import SnowflakeError, denied, missing
from names import written
from results import status


def grant_role(query, words, giving):
    session, world = query.session, query.session.world
    name = words.identifier()
    words.need("TO" if giving else "FROM")
    kind = words.take_any("ROLE", "USER")
    if kind is None:
        raise words.unexpected()
    grantee = words.identifier()
    words.end("GRANT ROLE")
    role = world.roles.get(name)
    if role is None:
        raise missing("Role", written(name))
    roles = rights.all_roles(session)
    if not rights.unlimited(roles) and "SECURITYADMIN" not in roles and role.owner not in roles:
        raise denied("role", name)
    holder = (world.roles if kind == "ROLE" else world.users).get(grantee)
    if holder is None:
        raise missing(kind.title(), written(grantee))
    if giving and kind == "ROLE" and grantee in rights.roles_of(world, name):
        raise SnowflakeError(3023, "0A000", "SQL execution error: cycle in role grants")
    (holder.roles.add if giving else holder.roles.discard)(name)
    return status("Statement executed successfully.")
