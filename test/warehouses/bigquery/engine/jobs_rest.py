"""jobs.* of the API, and tabledata.list."""

import access
import destination
import jobs
import query_jobs
import rows
from errors import BigQueryError, missing, not_modelled, refuse_others
from schema import quoted

LONGEST = 10_000


def insert(call, project):
    job = jobs.insert(call.world, project, call.body, call.user)
    if job.dry:
        return jobs.resource(job)
    call.launch(job)
    # Told as it was begun; but who asks again at once finds a short one done.
    job.done.wait(0.025)
    return jobs.begun(job)


def get(call, project, id):
    job = jobs.find(call.world, project, id, call.asked.get("location"))
    return jobs.resource(job)


def cancel(call, project, id):
    job = jobs.find(call.world, project, id, call.asked.get("location"))
    job.cancel()
    return {"kind": "bigquery#jobCancelResponse", "job": jobs.resource(job)}


def delete(call, project, id):
    raise not_modelled("jobs.delete")


def list_jobs(call, project):
    call.world.datasets(project)
    found = [job for job in reversed(list(call.world.jobs.values())) if job.project == project]
    asked = call.asked
    if asked.get("parentJobId"):
        found = [job for job in found if job.parent == asked["parentJobId"]]
    else:
        found = [job for job in found if job.parent is None]
    if asked.get("allUsers") != "true":
        found = [job for job in found if job.user == call.user]
    if asked.get("minCreationTime"):
        found = [job for job in found if job.created >= int(asked["minCreationTime"])]
    if asked.get("maxCreationTime"):
        found = [job for job in found if job.created <= int(asked["maxCreationTime"])]
    if asked.get("stateFilter"):
        states = [state.upper() for state in call.several("stateFilter")]
        found = [job for job in found if job.state in states]
    page, token = call.page(found)
    told = [jobs.resource(job, False) for job in page]
    if (asked.get("projection") or "").lower() != "full":
        for one in told:
            del one["configuration"]
    answer = {"kind": "bigquery#jobList", "jobs": told}
    return answer | ({"nextPageToken": token} if token else {})


OF_QUERY = {"kind", "maxResults", "timeoutMs", "jobTimeoutMs", "formatOptions", "location", "labels", "requestId"}
OF_QUERY |= {"dryRun", "jobCreationMode"}


def query(call, project):
    """jobs.query: a query that is answered at once when it does not take long."""
    body = dict(call.body)
    refuse_others(body, OF_QUERY | query_jobs.KNOWN | query_jobs.IGNORED, "jobs.query")
    configuration = {"query": {"useLegacySql": True}}
    for name in query_jobs.KNOWN:
        if name in body:
            configuration["query"][name] = body[name]
    for name in ("labels", "dryRun", "jobTimeoutMs"):
        if name in body:
            configuration[name] = body[name]
    reference = {"location": body["location"]} if body.get("location") else {}
    asked = (project, call.user, body.get("requestId"))
    again = call.world.requests.get(asked) if asked[2] else None
    if again is not None:
        again.done.wait(LONGEST / 1000)
        return results(call, again, {"maxResults": body.get("maxResults")})
    job = jobs.insert(call.world, project, {"configuration": configuration, "jobReference": reference}, call.user)
    if job.dry:
        return results(call, job, {})
    if asked[2]:
        call.world.requests[asked] = job
    call.launch(job)
    job.done.wait(min(float(body.get("timeoutMs") or LONGEST), 200_000) / 1000)
    options = body.get("formatOptions") or {}
    return results(call, job, {"maxResults": body.get("maxResults"), "int64": options.get("useInt64Timestamp")})


def query_results(call, project, id):
    job = jobs.find(call.world, project, id, call.asked.get("location"))
    job.done.wait(min(float(call.asked.get("timeoutMs") or LONGEST), 200_000) / 1000)
    return results(call, job, page_of(call))


def page_of(call):
    asked = call.asked
    return {
        "maxResults": asked.get("maxResults"),
        "pageToken": asked.get("pageToken"),
        "startIndex": asked.get("startIndex"),
        "int64": asked.get("formatOptions.useInt64Timestamp") == "true",
    }


def results(call, job, page):
    answer = {
        "kind": "bigquery#getQueryResultsResponse",
        "etag": f'"{job.id}"',
        "jobReference": jobs.reference(job),
        "jobComplete": job.state == "DONE",
        "cacheHit": False,
    }
    if job.state != "DONE":
        return answer
    fields, values = query_jobs.rows_of(job)
    answer |= {"totalBytesProcessed": str(job.bytes), "jobCreationReason": {"code": "REQUESTED"}}
    if job.result.counts:
        answer["numDmlAffectedRows"] = str(sum(job.result.counts.values()))
    if fields is None:
        return answer | {"schema": {"fields": []}, "totalRows": "0"}
    return answer | {"schema": {"fields": fields}} | window(fields, values, page)


def window(fields, values, page):
    """A page of rows."""
    start = int(page.get("pageToken") or page.get("startIndex") or 0)
    most = page.get("maxResults")
    end = start + int(most) if most not in (None, "") else len(values)
    chosen = values[start:end]
    answer = {"totalRows": str(len(values))}
    if most not in ("0", 0):
        answer["rows"] = rows.document(fields, chosen, bool(page.get("int64")))
        if end < len(values):
            answer["pageToken"] = str(end)
    return answer


def table_data(call, project, dataset, table):
    if dataset == destination.HIDDEN:
        job = call.world.jobs.get((project, table.removeprefix("anon")))
        if job is None or job.result is None or job.result.fields is None:
            raise missing("Table", f"{project}:{dataset}.{table}")
        return window(job.result.fields, job.result.values, page_of(call))
    one = call.world.relation((project, dataset, table))
    access.need(one, call.user, "read")
    if one.kind not in ("TABLE", "SNAPSHOT"):
        raise BigQueryError("invalid", f"Cannot list a table of type {one.kind}.")
    if one.policies:
        raise BigQueryError("accessDenied", f"Access Denied: Table {one.id}: it has row access policies")
    names = ", ".join(quoted(field["name"]) for field in one.fields)
    values = call.world.storage.cursor().execute(f"SELECT {names} FROM o.{one.data}").fetchall()
    return window(one.fields, values, page_of(call))
