"""BigQuery's errors: a reason, an HTTP status and the words of the real one."""

STATUS = {
    "accessDenied": 403,
    "authError": 401,
    "backendError": 503,
    "conditionNotMet": 412,
    "duplicate": 409,
    "internalError": 500,
    "jobBackendError": 400,
    "jobRateLimitExceeded": 400,
    "notFound": 404,
    "quotaExceeded": 403,
    "rateLimitExceeded": 403,
}
RPC = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND"}
RPC |= {409: "ALREADY_EXISTS", 412: "FAILED_PRECONDITION", 500: "INTERNAL", 503: "UNAVAILABLE"}


class BigQueryError(Exception):
    def __init__(self, reason, message, status=None, location=None):
        super().__init__(message)
        self.reason, self.message, self.location = reason, message, location
        self.status = status or STATUS.get(reason, 400)

    def item(self):
        """As it stands in a job's status."""
        where = {"location": self.location} if self.location else {}
        return {"reason": self.reason, **where, "message": self.message}

    def document(self):
        """As it is answered over HTTP."""
        item = {"domain": "global", **self.item()}
        rpc = {"status": RPC.get(self.status, "UNKNOWN")}
        return {"error": {"code": self.status, "message": self.message, "errors": [item], **rpc}}


def invalid(message):
    return BigQueryError("invalid", message)


def invalid_query(message):
    return BigQueryError("invalidQuery", message, location="query")


def syntax(message, line=1, column=1):
    return invalid_query(f"Syntax error: {message} at [{line}:{column}]")


def missing(kind, name, location=None):
    where = f" was not found in location {location}" if location else ""
    return BigQueryError("notFound", f"Not found: {kind} {name}{where}")


def exists(kind, name):
    return BigQueryError("duplicate", f"Already Exists: {kind} {name}")


def stale():
    return BigQueryError("conditionNotMet", "Precondition check failed.")


def denied(kind, name, permission, user):
    return BigQueryError(
        "accessDenied",
        f"Access Denied: {kind} {name}: User does not have {permission} permission for "
        f"{kind.lower()} {name}, or perhaps it does not exist. ({user})",
    )


def refuse_others(body, known, of):
    """What a client says and nobody here would hear."""
    strange = sorted(name for name, value in body.items() if name not in known and value is not None)
    if strange:
        raise not_modelled(f"{strange[0]} of {of}")


def not_modelled(what):
    """For whatever the test server does not do: it never answers OK to it."""
    return BigQueryError("notImplemented", f"The test server does not model {what}", status=501)
