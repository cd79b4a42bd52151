"""Who comes in, and what a session is told when it is over."""

import rights
from sessions import DEFAULTS, WITHOUT_EFFECT, Session
from system_functions import close
from text import Words


def refused(code, message):
    return {"data": None, "code": code, "message": message, "success": False}


def login(world, asked, data):
    user = world.users.get(str(data.get("LOGIN_NAME") or user_of_token(data)).upper())
    problem = authenticated(user, data)
    if problem is not None:
        return problem
    role = name(asked.get("roleName")) or user.role
    allowed = {"PUBLIC"}
    for granted in user.roles:
        allowed |= rights.roles_of(world, granted)
    if role not in allowed:
        return refused(
            "390189",
            f"Role '{role}' specified in the connect string is not granted to this user. Contact your local system "
            "administrator, or attempt to login with another role, e.g. PUBLIC.",
        )
    warehouse = name(asked.get("warehouse")) or user.warehouse
    usable = rights.may_use_warehouse(world, rights.roles_of(world, role), warehouse)
    session = Session(world, next(world.session_ids), user, role, warehouse if usable else None, None, None)
    place(world, session, name(asked.get("databaseName")), name(asked.get("schemaName")))
    for key, value in (data.get("SESSION_PARAMETERS") or {}).items():
        if key in DEFAULTS or key in WITHOUT_EFFECT:
            session.parameters[key] = str(value)
    with world.lock:
        world.sessions[str(session.id)] = session
    return {"data": document(session), "success": True, "code": None, "message": None}


def name(text):
    return Words(text).identifier() if text else None


def place(world, session, database, schema):
    """Names in a connection that mean nothing leave the session without them; that is no error to Snowflake."""
    found = world.account.get("DATABASE", database) if database else None
    if found is None or not rights.sees(rights.all_roles(session), found):
        return
    session.database = database
    wanted = schema or "PUBLIC"
    inner = found.get("SCHEMA", wanted)
    if inner is not None and rights.sees(rights.all_roles(session), inner):
        session.schema = wanted


def user_of_token(data):
    """With OAuth or a programmatic token the user may be left out; the token says who it is."""
    return "FAKE" if data.get("TOKEN") else ""


def authenticated(user, data):
    """None when they may come in. Tokens are not checked further than that they are there."""
    way = str(data.get("AUTHENTICATOR") or "SNOWFLAKE").upper()
    wrong = refused("390100", "Incorrect username or password was specified.")
    if way == "SNOWFLAKE":
        return (
            None if user is not None and user.password is not None and data.get("PASSWORD") == user.password else wrong
        )
    if way == "SNOWFLAKE_JWT":
        token = data.get("TOKEN") or ""
        return None if user is not None and token.count(".") == 2 else refused("390144", "JWT token is invalid.")
    if way in ("OAUTH", "PROGRAMMATIC_ACCESS_TOKEN"):
        if data.get("TOKEN") and data["TOKEN"] != "expired":
            return None
        return refused("390318" if data.get("TOKEN") else "390303", "OAuth access token expired or invalid.")
    if way == "EXTERNALBROWSER":
        return (
            None
            if data.get("TOKEN")
            else refused("390190", "There was an error related to the SAML Identity Provider account parameter.")
        )
    return refused("390190", f"The test server does not know the authenticator {way}.")


PARAMETERS = {
    "AUTOCOMMIT": True,
    "TIMEZONE": "Etc/UTC",
    "CLIENT_SESSION_KEEP_ALIVE": False,
    "CLIENT_SESSION_KEEP_ALIVE_HEARTBEAT_FREQUENCY": 3600,
    "CLIENT_STAGE_ARRAY_BINDING_THRESHOLD": 0,
    "CLIENT_PREFETCH_THREADS": 4,
    "CLIENT_TELEMETRY_ENABLED": False,
    "DATE_OUTPUT_FORMAT": "YYYY-MM-DD",
    "TIME_OUTPUT_FORMAT": "HH24:MI:SS",
    "TIMESTAMP_OUTPUT_FORMAT": "YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM",
    "TIMESTAMP_NTZ_OUTPUT_FORMAT": "YYYY-MM-DD HH24:MI:SS.FF3",
    "TIMESTAMP_LTZ_OUTPUT_FORMAT": "",
    "TIMESTAMP_TZ_OUTPUT_FORMAT": "",
    "BINARY_OUTPUT_FORMAT": "HEX",
}


def document(session):
    return {
        "token": session.token,
        "masterToken": session.master,
        "validityInSeconds": 3600,
        "masterValidityInSeconds": 14400,
        "sessionId": session.id,
        "displayUserName": session.user.name,
        "serverVersion": "9.40.1",
        "parameters": [{"name": key, "value": value} for key, value in PARAMETERS.items()],
        "sessionInfo": {
            "databaseName": session.database,
            "schemaName": session.schema,
            "warehouseName": session.warehouse,
            "roleName": session.role,
        },
    }


def session_of(world, header, path):
    """The session of a request, or the answer that there is none any more."""
    token = (header or "").partition('Token="')[2].rstrip('"')
    for session in list(world.sessions.values()):
        if token in (session.token, session.master):
            if session.ended is not None:
                return refused(str(session.ended), GONE[session.ended])
            return session
    return refused("390104", "User must login again to access the service.")


GONE = {
    390111: "Session no longer exists. New login required to access the service.",
    390112: "Your session has expired. Please login again.",
    390114: "Authentication token has expired. The user must authenticate again.",
}


def renewed(session):
    data = {
        "sessionToken": session.token,
        "masterToken": session.master,
        "validityInSecondsST": 3600,
        "validityInSecondsMT": 14400,
        "sessionId": session.id,
    }
    return {"data": data, "success": True, "code": None, "message": None}


def log_out(world, session):
    close(world, session, 390111)
