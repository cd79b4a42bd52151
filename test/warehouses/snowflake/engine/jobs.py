"""Running requests, of one statement or several: each has its place in the history, and is answered when it is done."""

import threading
import traceback

import sessions
import statements
from datatypes import TEXT
from errors import SnowflakeError
from faults import Dropped
from results import MULTI, Result, document
from sessions import Query
from text import statements as cut
from text import tokens


class Job:
    """A request that runs in a thread of its own, so that it goes on when its connection is gone."""

    def __init__(self, server, session, body):
        self.server, self.session, self.world, self.body = server, session, session.world, body
        self.text, self.binds = body["sqlText"], body.get("bindings")
        self.parameters = body.get("parameters") or {}
        self.answered, self.answer, self.dropped = threading.Event(), None, None
        self.query = self.begin(self.text.strip(), None)
        self.thread = threading.Thread(target=self.work, daemon=True)

    def begin(self, text, parent):
        world, session = self.world, self.session
        query = Query(world.query_id(), text, session, world.clock.now(), parent=parent)
        query.tag = str(self.parameters.get("QUERY_TAG", session.parameter("QUERY_TAG")))
        world.queries[query.id] = query
        forget_results(world)
        return query

    def work(self):
        query = self.query
        timer = self.timer()
        try:
            self.answer = self.all()
        except Dropped as dropped:
            self.hang_up(dropped.rule)
        except SnowflakeError as error:
            self.answer = failure(error, query)
        except Exception as error:
            traceback.print_exc()
            self.answer = failure(SnowflakeError(603, "XX000", f"The test server failed: {error!r}"), query)
        finally:
            if timer is not None:
                timer.cancel()
            self.answered.set()

    def hang_up(self, rule):
        """Nobody is told how it went, though it may still be going on."""
        self.dropped = rule
        self.answered.set()

    def timer(self):
        seconds = float(
            self.parameters.get("STATEMENT_TIMEOUT_IN_SECONDS", self.session.parameter("STATEMENT_TIMEOUT_IN_SECONDS"))
            or 0
        )
        message = f"Statement reached its statement or warehouse timeout of {seconds:g} second(s) and was canceled."
        error = SnowflakeError(630, "57014", message)

        def stop():
            for query in [self.query, *self.running_children()]:
                sessions.end(query, error)

        if not 0 < seconds < 10**5:
            return None
        timer = threading.Timer(seconds, stop)
        timer.daemon = True
        timer.start()
        return timer

    def running_children(self):
        return [q for q in list(self.world.queries.values()) if q.parent == self.query.id and q.status == "RUNNING"]

    def all(self):
        count = int(self.parameters.get("MULTI_STATEMENT_COUNT", self.session.parameter("MULTI_STATEMENT_COUNT")))
        texts = cut(self.text)
        if count == 1 and len(texts) == 1:
            return self.one(self.query, texts[0], self.binds)
        try:
            if not texts:
                raise SnowflakeError(900, "42601", "SQL compilation error:\nEmpty SQL statement.")
            if count != 0 and count != len(texts):
                raise SnowflakeError(
                    8,
                    "0A000",
                    f"Actual statement count {len(texts)} did not match the desired statement count {count}.",
                )
            return self.several(texts)
        except SnowflakeError as error:
            self.finish(self.query, error)
            raise

    def several(self, texts):
        """One after the other; the first that fails is the last."""
        query, children, left = self.query, [], dict(self.binds or {})
        query.kind = "MULTI_STATEMENT"
        at = 0
        for text in texts:
            query.check()
            child = self.begin(text, query.id)
            at = self.text.index(text, at)
            try:
                self.one(child, text, shifted(left, text))
            except SnowflakeError as error:
                raise query.stop or of_several(error, self.text[:at], text) from None
            at += len(text)
            children.append(child)
        result = Result(
            [("multiple statement execution", TEXT)], [("Multiple statements executed successfully.",)], MULTI, children
        )
        return self.succeed(query, result)

    def one(self, query, text, binds):
        rules = self.server.faults.meant(text)
        try:
            self.server.faults.apply(rules, "before", query, self)
        except Dropped:
            for lost in {query.id: query, self.query.id: self.query}.values():
                self.finish(lost, SnowflakeError(603, "XX000", "The connection was dropped before this statement"))
            raise
        except SnowflakeError as error:
            self.finish(query, error)
            raise
        try:
            result = statements.run(query, text, binds)
        except SnowflakeError as error:
            self.finish(query, error)
            raise
        except Exception as error:
            traceback.print_exc()
            wrong = SnowflakeError(603, "XX000", f"The test server failed: {error!r}")
            self.finish(query, wrong)
            raise wrong from None
        self.session.last_query = query.id
        answer = self.succeed(query, result)
        try:
            self.server.faults.apply(rules, "after", query, self)
        except Dropped as dropped:
            # What comes after it in the request is done all the same.
            self.hang_up(dropped.rule)
        return answer

    def succeed(self, query, result):
        query.result, query.status = result, "SUCCESS"
        query.ended, query.produced = self.world.clock.now(), len(result.rows)
        return success(self.session, query)

    def finish(self, query, error):
        query.status, query.ended = "FAILED_WITH_ERROR", self.world.clock.now()
        query.code, query.message, query.error = error.code, error.message, error


def of_several(error, before, text):
    """How a request of several says which failed and why (documentation, "Submitting multiple SQL statements")."""
    short = text if len(text) <= 30 else text[:27] + "..."
    line, position = before.count("\n") + 1, len(before) - before.rfind("\n") - 1
    said = "Execution of multiple statements failed on statement"
    return SnowflakeError(
        100132,
        "P0000",
        f'JavaScript execution error: Uncaught {said} "{short}" (at line {line}, position {position}).\n{error.message}'
        f" in SYSTEM$MULTISTMT at '    throw `{said} {{0}} (at line {{1}}, position {{2}}).`"
        ".replace('{1}', LINES[i])'"
        " position 4\nstackstrace: \nSYSTEM$MULTISTMT line: 10",
    )


KEPT_RESULTS = 500


def forget_results(world):
    """Results of long ago are not asked for again, except by mistake; that mistake then fails."""
    if len(world.queries) % KEPT_RESULTS:
        return
    old = list(world.queries.values())[: -2 * KEPT_RESULTS]
    for query in old:
        if query.status != "RUNNING":
            query.result = None
    done = {query.id for query in old}
    with world.lock:
        world.requests = {id: job for id, job in world.requests.items() if job.query.id not in done}


def shifted(binds, text):
    """The values that one of several statements uses; the others' are left for them."""
    places = sum(token.text == "?" for token in tokens(text))
    if not places:
        return binds
    keys = sorted((key for key in binds if key.isdigit()), key=int)[:places]
    return {str(at): binds.pop(key) for at, key in enumerate(keys, 1)}


def success(session, query):
    data = document(query.result)
    if query.result.children:
        data["resultIds"] = ",".join(child.id for child in query.result.children)
        data["resultTypes"] = ",".join(str(child.result.kind) for child in query.result.children)
    data |= {
        "queryId": query.id,
        "parameters": [{"name": "TIMEZONE", "value": "Etc/UTC"}, {"name": "BINARY_OUTPUT_FORMAT", "value": "HEX"}],
        "finalDatabaseName": session.database,
        "finalSchemaName": session.schema,
        "finalWarehouseName": session.warehouse,
        "finalRoleName": session.role,
        "numberOfBinds": 0,
        "arrayBindSupported": False,
        "version": 1,
        "sqlState": "00000",
    }
    return {"data": data, "success": True, "code": None, "message": None}


def failure(error, query):
    code = f"{error.code:06d}"
    data = {
        "errorCode": code,
        "sqlState": error.sqlstate,
        "queryId": query.id,
        "internalError": False,
        "line": -1,
        "pos": -1,
        "type": "COMPILATION",
    }
    return {"data": data, "code": code, "message": error.message, "success": False, "headers": None}
