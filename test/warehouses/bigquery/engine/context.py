"""What one statement, or the statements of a script, run in: who asks, parameters, variables, temporary tables."""

from sqlglot import exp

import binding
import executing
import parameters
from clock import literal
from errors import BigQueryError, invalid_query


class Context:
    def __init__(self, world, project, caller, location=None, default=None, given=()):
        self.world, self.project, self.caller = world, project, caller
        # A job runs in one location: that of the first dataset that it names, where it says none.
        self.location, self.default = location, default
        self.given = given
        self.variables, self.temporary, self.functions = {}, {}, {}
        # The rows of tables that an open transaction has written.
        self.overlay, self.transaction = {}, None
        # Whether row access policies are left out, as for the definition of a view.
        self.unfiltered = False
        self.cursors, self.stopped = [], None
        # When the statement that is running was begun, once it has asked.
        self.moment = None
        self.dry, self.job = False, None
        # Whether this is a statement and no script.
        self.alone = False

    def locate(self, location):
        if self.location is None:
            self.location = location
        if self.job is not None:
            self.job.locate(self.location)

    def settle(self):
        """A statement that is all of its job and names no dataset runs in the US."""
        if self.job is not None and self.alone:
            self.locate("US")

    def check(self):
        if self.stopped is not None:
            raise self.stopped

    def stop(self, error):
        self.stopped = error
        for cursor in list(self.cursors):
            cursor.interrupt()

    def parameter(self, node):
        found = parameters.find(node, self.given)
        return parameters.expression(found)

    def variable(self, name):
        """Its value, which lies in a table of one row."""
        data = self.variables[name]["data"]
        return exp.Subquery(this=exp.select("v").from_(binding.physical(data)))

    def evaluate(self, tree):
        """The value of an expression that reads no table."""
        one = binding.Binding(self.world, self)
        bound = one.bind(exp.Select(expressions=[exp.alias_(tree.copy(), "v")]))
        rows = executing.run(one, bound).values
        return rows[0][0]

    def now(self):
        """CURRENT_TIMESTAMP is the server's time, which tests may move; it stands still during a statement."""
        if self.moment is None:
            self.moment = self.world.clock.now()
        return exp.cast(exp.Literal.string(literal(self.moment)), "TIMESTAMPTZ", dialect="duckdb")

    def set_variable(self, name, kind, tree):
        """Gives a variable a value; `kind` is its type in SQL, or None for that of the value."""
        if kind is not None:
            tree = exp.cast(tree.copy(), exp.DataType.build(kind, dialect="bigquery"))
        one = binding.Binding(self.world, self)
        bound = one.bind(exp.Select(expressions=[exp.alias_(tree.copy(), "v")]))
        fields = executing.described(one, bound)
        storage = self.world.storage
        data = storage.create(fields)
        try:
            executing.execute(one, f"INSERT INTO o.{data} {executing.to_duckdb(bound)}")
        except BigQueryError:
            storage.forget(data)
            raise
        old = self.variables.get(name.lower())
        self.variables[name.lower()] = {"data": data, "kind": kind}
        if old:
            storage.forget(old["data"])

    def declared(self, name):
        found = self.variables.get(name.lower())
        if found is None:
            raise invalid_query(f"Undeclared variable: {name}")
        return found
