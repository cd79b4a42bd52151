"""Query jobs: a statement or a script, its statistics and its result."""

import destination
import parameters
import scripts
from context import Context
from errors import BigQueryError, invalid, missing, not_modelled
from partitions import bytes_of
from results import Result
from text import statements

KNOWN = {
    "query",
    "useLegacySql",
    "defaultDataset",
    "queryParameters",
    "parameterMode",
    "maximumBytesBilled",
    "priority",
    "useQueryCache",
    "destinationTable",
    "writeDisposition",
    "createDisposition",
    "allowLargeResults",
    "flattenResults",
    "connectionProperties",
    "createSession",
}
# What the Node client leaves in a configuration; the real one takes no notice of it.
IGNORED = {"types"}
LEAST_BILLED = 10 * 1024 * 1024


def context_of(job, given):
    default = given.get("defaultDataset")
    if default:
        default = (default.get("projectId") or job.project, default["datasetId"])
    context = Context(job.world, job.project, job.user, job.location, default, given.get("queryParameters") or ())
    context.job = job
    context.dry = job.dry
    return context


def work(job):
    given = job.configuration["query"]
    strange = sorted(set(given) - KNOWN - IGNORED)
    if strange or given.get("createSession") or given.get("connectionProperties"):
        raise not_modelled(f"{strange[0] if strange else 'sessions'} of a query job")
    if given.get("useLegacySql", True):
        raise not_modelled("legacy SQL (useLegacySql is true when it is left out)")
    job.context = context = context_of(job, given)
    positional = (given.get("parameterMode") or "").upper() == "POSITIONAL"
    texts = statements(parameters.numbered(given["query"]) if positional else given["query"])
    if not texts:
        raise invalid("Query text is empty")
    scripts.check_kinds(texts)
    if scripts.is_script(texts):
        script(job, context, texts)
    else:
        single(job, context, texts[0])
    job.location = context.location or "US"


def single(job, context, text):
    context.alone = True
    limit(job, context, text)
    result = scripts.one(context, text)
    if context.transaction is not None:
        raise invalid("A transaction must be begun and ended in one script or session")
    record(job, result)
    if result.statement == "SELECT" and not job.dry:
        destination.write(job, context, result)


def limit(job, context, text):
    """A query that would read more than it may is not begun."""
    most = job.configuration["query"].get("maximumBytesBilled")
    if most is None or job.dry:
        return
    dry = context_of(job, job.configuration["query"])
    dry.dry, dry.variables, dry.temporary, dry.functions = True, context.variables, context.temporary, context.functions
    dry.transaction, dry.overlay = context.transaction, context.overlay
    if scripts.has_no_result(text):
        return
    result = scripts.one(dry, text)
    needed = max(read(job.world, result.tables), LEAST_BILLED if result.tables else 0)
    if needed > int(most):
        raise BigQueryError(
            "bytesBilledLimitExceeded",
            f"Query exceeded limit for bytes billed: {most}. {needed} or higher required.",
        )


def read(world, tables):
    return sum(bytes_of(one.relation, world.storage.count(one.data)) for one in dict.fromkeys(tables))


def script(job, context, texts):
    """Statement by statement, each a job of its own below this one."""
    last = None
    job.statement_type = "SCRIPT"
    try:
        for at, text in enumerate(texts):
            context.check()
            if job.dry:
                dry_step(job, context, text)
                continue
            limit(job, context, text)
            result = scripts.one(context, text)
            if result is not None:
                child(job, at, text, result)
                last = result
    finally:
        if context.transaction is not None:
            scripts.rollback(context)
    if last is not None and last.statement == "SELECT":
        job.result = last
    else:
        job.result = Result("SCRIPT", fields=None)
    if job.configuration["query"].get("destinationTable"):
        raise not_modelled("a destination table of a script")


def dry_step(job, context, text):
    """What a dry run can know of a script is only its first statements that need no other's effect."""
    raise not_modelled("dry runs of scripts")


def child(job, at, text, result):
    from jobs import Job

    given = {"query": {"query": text, "useLegacySql": False}}
    made = Job(job.world, job.project, f"script_job_{job.id}_{at}", job.location, "QUERY", given, job.user)
    made.parent, made.labels = job.id, job.labels
    record(made, result)
    made.finish()
    job.world.jobs[job.project, made.id] = made
    job.children.append(made)
    job.bytes += made.bytes
    job.billed += made.billed
    job.referenced += [one for one in made.referenced if one not in job.referenced]


def record(job, result):
    job.result, job.statement_type = result, result.statement
    job.referenced = list(dict.fromkeys(one.relation.path for one in result.tables))
    job.bytes = read(job.world, result.tables)
    if result.statement in ("CREATE_VIEW", "CREATE_MATERIALIZED_VIEW"):
        job.bytes = 0
    if job.bytes and not job.dry:
        job.billed = max(LEAST_BILLED, job.bytes)


def configuration(job):
    given = dict(job.configuration["query"])
    where = destination.of(job)
    if where is not None:
        given["destinationTable"] = where
    return given


def named(path):
    return {"projectId": path[0], "datasetId": path[1], "tableId": path[2]}


def statistics(job):
    query = {
        "totalBytesProcessed": str(job.bytes),
        "totalBytesBilled": str(job.billed),
        "totalSlotMs": str(job.slot_ms),
        "cacheHit": False,
        "statementType": job.statement_type,
    }
    result = job.result
    if job.referenced:
        query["referencedTables"] = [named(path) for path in job.referenced]
    if result is not None:
        if result.fields is not None and (job.dry or result.statement == "SELECT"):
            query["schema"] = {"fields": result.fields}
        if result.target and result.operation:
            query |= {"ddlOperationPerformed": result.operation, "ddlTargetTable": named(result.target)}
        if result.routine:
            project, dataset, name = result.routine
            query["ddlTargetRoutine"] = {"projectId": project, "datasetId": dataset, "routineId": name}
        if result.counts:
            keys = {"inserted": "insertedRowCount", "updated": "updatedRowCount", "deleted": "deletedRowCount"}
            query["numDmlAffectedRows"] = str(sum(result.counts.values()))
            query["dmlStats"] = {keys[name]: str(count) for name, count in result.counts.items()}
    if job.dry:
        query["totalBytesProcessedAccuracy"] = "PRECISE"
    return {
        "query": query,
        "totalBytesProcessed": str(job.bytes),
        "totalSlotMs": str(job.slot_ms),
    }


def rows_of(job):
    """The columns and values of a job that is done; a script gives those of its last SELECT."""
    if job.error is not None:
        raise job.error
    if job.kind != "QUERY":
        raise invalid(f"Job {job.id} is no query")
    if job.result is None:
        raise missing("Job", job.id)
    if job.result.statement == "SELECT":
        return job.result.fields, job.result.values
    return None, []
