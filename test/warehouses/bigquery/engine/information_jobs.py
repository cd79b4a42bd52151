"""INFORMATION_SCHEMA.JOBS of a region: the jobs of a project, with what they cost."""

from clock import moment

S, I, T, B, L = "STRING", "INT64", "TIMESTAMP", "BOOL", "LABELS"
COLUMNS = [
    ("creation_time", T),
    ("project_id", S),
    ("user_email", S),
    ("job_id", S),
    ("job_type", S),
    ("statement_type", S),
    ("priority", S),
    ("start_time", T),
    ("end_time", T),
    ("query", S),
    ("state", S),
    ("total_bytes_processed", I),
    ("total_bytes_billed", I),
    ("total_slot_ms", I),
    ("cache_hit", B),
    ("labels", L),
    ("parent_job_id", S),
    ("referenced_tables", "REFERENCES"),
    ("error_result", "ERROR"),
]


def rows(world, project, datasets, caller, view):
    found = []
    for job in list(world.jobs.values()):
        if job.project != project or (view == "JOBS_BY_USER" and job.user != caller):
            continue
        labels = [{"key": key, "value": value} for key, value in job.labels.items()]
        tables = [{"project_id": p, "dataset_id": d, "table_id": t} for p, d, t in job.referenced]
        found.append(
            (
                moment(job.created * 1000),
                job.project,
                job.user,
                job.id,
                job.kind,
                job.statement_type,
                "INTERACTIVE",
                moment(job.started * 1000),
                moment(job.ended * 1000) if job.ended else None,
                job.text,
                job.state,
                job.bytes,
                job.billed,
                job.slot_ms,
                False,
                labels,
                job.parent,
                tables,
                {"debug_info": None, "location": None, **job.error.item()} if job.error is not None else None,
            )
        )
    return found
