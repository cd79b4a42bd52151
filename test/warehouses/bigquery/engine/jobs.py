"""Jobs: each runs in a thread of its own, so that it goes on when its connection is gone. An id can be used once, also
that of a job that failed."""

import re
import threading
import traceback

import copy_jobs
import load_jobs
import query_jobs
from errors import BigQueryError, exists, invalid, missing
from options import check_labels

ID = re.compile(r"[\w-]{1,1024}", re.A)


class Job:
    def __init__(self, world, project, id, location, kind, configuration, user):
        self.world, self.project, self.id, self.location = world, project, id, location
        self.kind, self.configuration, self.user = kind, configuration, user
        self.created = self.started = world.clock.ms()
        self.ended, self.state, self.error = None, "RUNNING", None
        self.located = threading.Event()
        self.done, self.context, self.parent, self.children = threading.Event(), None, None, []
        self.labels = configuration.get("labels") or {}
        self.text = (configuration.get("query") or {}).get("query")
        self.statement_type, self.result, self.referenced = None, None, []
        self.bytes = self.billed = self.slot_ms = 0
        self.dry = bool(configuration.get("dryRun"))
        self.timeout = configuration.get("jobTimeoutMs")
        # Said by a test: that it fails although it was taken (faults.py).
        self.doomed = None

    def begin(self):
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()

    def work(self):
        timer = self.timer()
        try:
            if self.doomed is not None:
                raise self.doomed
            RUN[self.kind](self)
        except BigQueryError as error:
            self.error = error
        except Exception as error:
            traceback.print_exc()
            self.error = BigQueryError("internalError", f"The test server failed: {error!r}")
        finally:
            if timer is not None:
                timer.cancel()
            self.finish()

    def locate(self, location):
        if self.location is None:
            self.location = location
        self.located.set()

    def timer(self):
        if self.timeout in (None, "0", 0):
            return None
        error = BigQueryError("stopped", f"Job execution was cancelled: Job timed out after {self.timeout} ms")
        timer = threading.Timer(int(self.timeout) / 1000, lambda: self.stop(error))
        timer.daemon = True
        timer.start()
        return timer

    def finish(self):
        self.ended = max(self.world.clock.ms(), self.started)
        if self.error is None and not self.dry:
            self.slot_ms = max(1, self.ended - self.started)
        self.state = "DONE"
        self.located.set()
        self.done.set()

    def cancel(self):
        self.stop(BigQueryError("stopped", "Job execution was cancelled: User requested cancellation"))

    def stop(self, error):
        """Until it has ended: a query that has not quite begun does not notice that it is interrupted."""

        def until_done():
            while not self.done.wait(0.02):
                if self.context is not None:
                    self.context.stop(error)

        threading.Thread(target=until_done, daemon=True).start()


RUN = {"QUERY": query_jobs.work, "COPY": copy_jobs.work, "LOAD": load_jobs.work}


def insert(world, project, body, user, upload=None):
    """Takes a job and begins it."""
    configuration = body.get("configuration") or {}
    kinds = [kind for kind in ("query", "copy", "load", "extract") if kind in configuration]
    if len(kinds) != 1:
        raise invalid("Required parameter is missing: a job configuration of one kind")
    kind = kinds[0].upper()
    if kind not in RUN:
        raise BigQueryError("notImplemented", f"The test server does not model jobs of kind {kind}", status=501)
    reference = body.get("jobReference") or {}
    job = reserve(world, project, reference, kind, configuration, user)
    job.upload = upload
    if job.dry:
        job.work()
        if job.error is not None:
            raise job.error
    return job


def reserve(world, project, reference, kind, configuration, user):
    id = reference.get("jobId")
    world.datasets(project)
    if id is not None and not ID.fullmatch(id):
        raise invalid(f'Invalid job ID "{id}".')
    dry = bool(configuration.get("dryRun"))
    check_labels(configuration.get("labels") or {})
    with world.lock:
        if id is None:
            id = f"job_{next(world.numbers):08d}_{next(world.revisions)}"
        location = reference.get("location")
        if (project, id) in world.jobs:
            raise exists("Job", f"{project}:{world.jobs[project, id].location or 'US'}.{id}")
        job = Job(world, project, id, location, kind, configuration, user)
        if not dry:
            world.jobs[project, id] = job
    return job


def find(world, project, id, location=None):
    job = world.jobs.get((project, id))
    # Outside of the US and the EU a job is only found where one says it is.
    wanted = (location or "").lower() or None
    where = (job.location or "US").lower() if job is not None else None
    if job is None or (wanted != where if wanted else where not in ("us", "eu")):
        raise missing("Job", f"{project}:{location + '.' if location else ''}{id}")
    return job


def reference(job):
    return {"projectId": job.project, "jobId": job.id, "location": job.location or "US"}


def begun(job):
    """A job as it is shown to who has begun it, which is not before it is known where it runs."""
    job.located.wait(10)
    return {
        "kind": "bigquery#job",
        "id": f"{job.project}:{job.location or 'US'}.{job.id}",
        "jobReference": reference(job),
        "configuration": {**job.configuration, "jobType": job.kind},
        "status": {"state": "RUNNING"},
        "statistics": {"creationTime": str(job.created), "startTime": str(job.started)},
        "user_email": job.user,
    }


def resource(job, whole=True):
    """A job as the API shows it."""
    status = {"state": job.state}
    if job.error is not None:
        status |= {"errorResult": job.error.item(), "errors": [job.error.item()]}
    statistics = {"creationTime": str(job.created), "startTime": str(job.started)}
    if job.ended:
        statistics |= {"endTime": str(job.ended), "finalExecutionDurationMs": str(job.ended - job.started)}
    if job.parent:
        statistics["parentJobId"] = job.parent
    if job.children:
        statistics["numChildJobs"] = str(len(job.children))
    statistics |= STATISTICS[job.kind](job)
    configuration = {**job.configuration, "jobType": job.kind}
    if job.kind == "QUERY":
        configuration["query"] = query_jobs.configuration(job)
    found = {
        "kind": "bigquery#job",
        "id": f"{job.project}:{job.location or 'US'}.{job.id}",
        "jobReference": reference(job),
        "configuration": configuration,
        "status": status,
        "statistics": statistics,
        "user_email": job.user,
    }
    if whole:
        found |= {"etag": f'"{job.id}.{job.state}"'}
    else:
        found |= {"state": job.state}
        if job.error is not None:
            found["errorResult"] = job.error.item()
    return found


STATISTICS = {
    "QUERY": query_jobs.statistics,
    "COPY": lambda job: {"copy": {"copiedRows": str(getattr(job, "rows", 0))}},
    "LOAD": lambda job: {"load": {"outputRows": str(getattr(job, "rows", 0)), "inputFiles": "1"}},
}
