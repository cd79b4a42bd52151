"""The account: its objects, roles, users and sessions, under one lock."""

import itertools
import threading
import uuid

from clock import Clock
from errors import exists
from names import written
from objects import Container, Grant, space_of
from storage import Storage

ADMINS = ("ACCOUNTADMIN", "SYSADMIN", "SECURITYADMIN", "USERADMIN")


class Role:
    def __init__(self, name, owner, created):
        self.name, self.owner, self.created, self.comment = name, owner, created, ""
        self.roles = set()


class User:
    def __init__(self, name, password, roles, role, warehouse=None):
        self.name, self.password, self.roles, self.role, self.warehouse = name, password, set(roles), role, warehouse


class World:
    def __init__(self):
        self.lock = threading.RLock()
        # Told whenever a table is free to be written again, or a statement is to end.
        self.changed = threading.Condition(self.lock)
        self.clock, self.storage = Clock(), Storage()
        self.ids, self.session_ids, self.epoch = itertools.count(1001), itertools.count(70001), 0
        self.sessions, self.queries, self.requests = {}, {}, {}
        now = self.clock.now()
        self.account = Container("ACCOUNT", 0, "ACCOUNTADMIN", now, "TESTACCOUNT")
        self.roles = {name: Role(name, "", now) for name in (*ADMINS, "PUBLIC")}
        self.roles["ACCOUNTADMIN"].roles |= {"SYSADMIN", "SECURITYADMIN"}
        self.roles["SECURITYADMIN"].roles |= {"USERADMIN"}
        self.users = {"FAKE": User("FAKE", "snow", ["ACCOUNTADMIN"], "SYSADMIN", "WH")}
        self.warehouses = {"WH": {"size": "X-Small", "created": now, "auto_suspend": 600, "auto_resume": True}}
        self.parameters = {}
        # By their names (images.py).
        self.images = {}

    def make(self, shape, kind, owner):
        now = self.clock.now()
        return shape(kind, next(self.ids), owner, now)

    def query_id(self):
        return str(uuid.uuid4())

    def changed_names(self):
        """Names mean something else from here on, so what was concluded from them before holds no longer."""
        self.epoch += 1

    def add(self, container, thing, name, replace=False, now=None):
        """Puts a new object under a name, with what future grants say; what had the name is dropped if it may be."""
        now = now or self.clock.now()
        old = container.get(space_of(thing.kind), name)
        if old is not None:
            if not replace:
                raise exists(written(*old.path))
            container.drop(old, now)
        container.put(thing, name, now)
        self.future_grants(container, thing)
        self.changed_names()
        return old

    def future_grants(self, container, thing):
        """Those of the schema take the place of those of the database (Snowflake: Managing access, future grants)."""
        while container is not None and container.kind != "ACCOUNT":
            fitting = [grant for kind, grant in container.future if kind == thing.kind]
            if fitting:
                for grant in fitting:
                    if grant.privilege == "OWNERSHIP":
                        thing.owner = grant.grantee
                    else:
                        thing.grants.append(
                            Grant(grant.privilege, grant.grantee, grant.grantor, grant.option, created=thing.created)
                        )
                return
            container = container.parent
