"""tables.getIamPolicy, setIamPolicy and testIamPermissions."""

import access
from errors import not_modelled, stale
from objects import etag


def policy(one):
    bindings = [{"role": role, "members": sorted(members)} for role, members in sorted(one.bindings.items()) if members]
    return {"version": 1, "etag": etag("iam", one.id, bindings), "bindings": bindings}


def get(call, project, dataset, table):
    one = call.world.relation((project, dataset, table))
    access.need(one, call.user, "own")
    return policy(one)


def set(call, project, dataset, table):
    given = call.body.get("policy") or {}
    with call.world.lock:
        one = call.world.relation((project, dataset, table))
        access.need(one, call.user, "own")
        if given.get("etag") and given["etag"] != policy(one)["etag"]:
            raise stale()
        made = {}
        for binding in given.get("bindings") or []:
            if binding.get("condition"):
                raise not_modelled("conditions of IAM bindings")
            if binding["role"] not in access.ROLES:
                raise not_modelled(f"the role {binding['role']}")
            made.setdefault(binding["role"], {*()}).update(binding["members"])
        one.bindings = made
        return policy(one)


# Which of the levels of access.py a permission needs.
NEEDED = {
    "bigquery.tables.get": "metadata",
    "bigquery.tables.getData": "read",
    "bigquery.tables.export": "read",
    "bigquery.tables.createSnapshot": "read",
    "bigquery.tables.update": "write",
    "bigquery.tables.updateData": "write",
    "bigquery.tables.delete": "write",
    "bigquery.tables.getIamPolicy": "own",
    "bigquery.tables.setIamPolicy": "own",
    "bigquery.rowAccessPolicies.list": "own",
    "bigquery.rowAccessPolicies.create": "own",
}


def test(call, project, dataset, table):
    one = call.world.relation((project, dataset, table))
    for name in call.body.get("permissions") or []:
        if name not in NEEDED:
            raise not_modelled(f"the permission {name}")
    return {"permissions": [p for p in call.body.get("permissions") or [] if access.may(one, call.user, NEEDED[p])]}
