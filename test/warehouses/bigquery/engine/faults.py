"""What tests tell the server to do with requests: fail, delay, drop the connection, hold until told to go on; and to let
a job fail that was taken."""

import itertools
import re
import threading

from errors import BigQueryError


class Dropped(Exception):
    """The connection is to be closed without an answer."""


class Rule:
    def __init__(self, id, given):
        self.id, self.seen = id, 0
        self.pattern = re.compile(given["match"], re.I | re.S)
        self.nth, self.when, self.action = given.get("nth", 1), given.get("when", "before"), given["do"]
        self.onwards, self.every = given.get("onwards", False), given.get("every")
        self.reached, self.released, self.lock = threading.Event(), threading.Event(), threading.Lock()

    def fits(self, text):
        """Counts the request, and says whether it is one that is meant."""
        if not self.pattern.search(text):
            return False
        with self.lock:
            self.seen += 1
            if self.every:
                return self.seen >= self.nth and (self.seen - self.nth) % self.every == 0
            return self.seen == self.nth or (self.onwards and self.seen > self.nth)


class Faults:
    def __init__(self, world):
        self.world, self.rules, self.ids = world, {}, itertools.count(1)

    def add(self, given):
        rule = Rule(next(self.ids), given)
        self.rules[rule.id] = rule
        return rule.id

    def meant(self, text):
        """The rules for one request; asked once for each."""
        return [rule for rule in list(self.rules.values()) if rule.fits(text)]

    def apply(self, rules, when, call):
        for rule in rules:
            if rule.when == when:
                self.do(rule, call)

    def do(self, rule, call):
        rule.reached.set()
        action = rule.action
        if action["kind"] == "fail":
            error = BigQueryError(action["reason"], action["message"], action.get("code"))
            if action.get("job"):
                call.doomed = error
                return
            raise error
        if action["kind"] == "delay":
            rule.released.wait(action["ms"] / 1000)
        elif action["kind"] == "hold":
            rule.released.wait()
        elif action["kind"] == "drop":
            raise Dropped
