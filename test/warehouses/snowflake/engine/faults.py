"""What tests tell the server to do with statements: fail, delay, drop the connection, hold until told to go on."""

import itertools
import re
import threading
import time

from errors import SnowflakeError


class Dropped(Exception):
    """The connection is to be closed without an answer."""

    def __init__(self, rule):
        super().__init__()
        self.rule = rule


class Rule:
    def __init__(self, id, given):
        self.id, self.seen = id, 0
        self.pattern = re.compile(given["match"], re.I | re.S)
        self.nth, self.when, self.action = given.get("nth", 1), given["when"], given["do"]
        self.onwards = given.get("onwards", False)
        self.reached, self.released = threading.Event(), threading.Event()

    def fits(self, text):
        """Counts the statement, and says whether it is the one that is meant."""
        if not self.pattern.search(text):
            return False
        self.seen += 1
        return self.seen == self.nth or (self.onwards and self.seen > self.nth)


class Faults:
    def __init__(self, world):
        self.world, self.rules, self.ids = world, {}, itertools.count(1)

    def add(self, given):
        rule = Rule(next(self.ids), given)
        self.rules[rule.id] = rule
        return rule.id

    def meant(self, text):
        """The rules for one statement; asked once for each that is run."""
        return [rule for rule in list(self.rules.values()) if rule.fits(text)]

    def apply(self, rules, when, query, job):
        for rule in rules:
            if rule.when == when:
                self.do(rule, query, job)

    def do(self, rule, query, job):
        rule.reached.set()
        action = rule.action
        if action["kind"] == "fail":
            raise SnowflakeError(action["code"], action.get("sqlState", "XX000"), action["message"])
        if action["kind"] == "delay":
            self.wait(rule, query, job, action["ms"] / 1000)
        elif action["kind"] == "hold":
            self.wait(rule, query, job, None)
        elif action["kind"] == "drop":
            raise Dropped(rule)

    def wait(self, rule, query, job, seconds):
        deadline = None if seconds is None else time.monotonic() + seconds
        while not rule.released.is_set() and (deadline is None or time.monotonic() < deadline):
            query.check()
            # One that is done cannot be cancelled any more, but the request that it is part of can.
            job.query.check()
            rule.released.wait(0.02)
