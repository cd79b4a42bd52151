"""Which function answers which request."""

import re

import datasets_rest as datasets
import iam_rest as iam
import jobs_rest as jobs
import routines_rest as routines
import tables_change as change
import tables_rest as tables
from errors import BigQueryError

P, D, T = r"projects/([^/]+)", r"/datasets/([^/:]+)", r"/tables/([^/:]+)"
ROUTES = [
    ("GET", r"projects", datasets.list_projects),
    ("GET", rf"{P}/datasets", datasets.list_datasets),
    ("POST", rf"{P}/datasets", datasets.insert),
    ("GET", rf"{P}{D}", datasets.get),
    ("PATCH", rf"{P}{D}", lambda call, *of: datasets.change(call, *of, True)),
    ("PUT", rf"{P}{D}", lambda call, *of: datasets.change(call, *of, False)),
    ("DELETE", rf"{P}{D}", datasets.delete),
    ("GET", rf"{P}{D}/tables", tables.list_tables),
    ("POST", rf"{P}{D}/tables", change.insert),
    ("GET", rf"{P}{D}{T}", tables.get),
    ("PATCH", rf"{P}{D}{T}", lambda call, *of: change.change(call, *of, True)),
    ("PUT", rf"{P}{D}{T}", lambda call, *of: change.change(call, *of, False)),
    ("DELETE", rf"{P}{D}{T}", tables.delete),
    ("GET", rf"{P}{D}{T}/data", jobs.table_data),
    ("GET", rf"{P}{D}{T}/rowAccessPolicies", tables.policies),
    ("POST", rf"{P}{D}{T}:getIamPolicy", iam.get),
    ("POST", rf"{P}{D}{T}:setIamPolicy", iam.set),
    ("POST", rf"{P}{D}{T}:testIamPermissions", iam.test),
    ("GET", rf"{P}{D}/routines", routines.listed),
    ("POST", rf"{P}{D}/routines", routines.insert),
    ("PUT", rf"{P}{D}/routines/([^/]+)", routines.update),
    ("GET", rf"{P}{D}/routines/([^/]+)", routines.get),
    ("DELETE", rf"{P}{D}/routines/([^/]+)", routines.delete),
    ("GET", rf"{P}/jobs", jobs.list_jobs),
    ("POST", rf"{P}/jobs", jobs.insert),
    ("GET", rf"{P}/jobs/([^/]+)", jobs.get),
    ("POST", rf"{P}/jobs/([^/]+)/cancel", jobs.cancel),
    ("DELETE", rf"{P}/jobs/([^/]+)/delete", jobs.delete),
    ("POST", rf"{P}/queries", jobs.query),
    ("GET", rf"{P}/queries/([^/]+)", jobs.query_results),
]
COMPILED = [(method, re.compile(pattern), run) for method, pattern, run in ROUTES]


def route(call):
    path = call.path.removeprefix("/bigquery/v2/")
    known = False
    for method, pattern, run in COMPILED:
        match = pattern.fullmatch(path)
        if match is not None:
            known = True
            if method == call.method:
                call.project = match.groups()[0] if match.groups() else None
                return run(call, *match.groups())
    what = f"{call.method} {call.path}" if known else call.path
    raise BigQueryError("notImplemented", f"The test server does not model {what}", status=501)
