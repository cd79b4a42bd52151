"""Snowflake's errors: a number, a SQLSTATE and the words of the real one."""


class SnowflakeError(Exception):
    def __init__(self, code, sqlstate, message):
        super().__init__(message)
        self.code, self.sqlstate, self.message = code, sqlstate, message


def compilation(code, sqlstate, message):
    return SnowflakeError(code, sqlstate, f"SQL compilation error:\n{message}")


def missing(kind, name):
    """Also what a role gets that may not know of the object."""
    states = {"Database": "02000", "Schema": "02000"}
    return compilation(2003, states.get(kind, "42S02"), f"{kind} '{name}' does not exist or not authorized.")


def cannot():
    """What USE and SHOW say of what is missing."""
    return compilation(2043, "02000", "Object does not exist, or operation cannot be performed.")


def exists(name):
    return compilation(2002, "42710", f"Object '{name}' already exists.")


def denied(kind, name):
    message = f"SQL access control error:\nInsufficient privileges to operate on {kind.lower()} '{name}'."
    return SnowflakeError(3001, "42501", message)


def syntax(text, position=0):
    return compilation(1003, "42000", f"syntax error line 1 at position {position} unexpected '{text}'.")


def no_column(name):
    return SnowflakeError(
        904, "42000", f"SQL compilation error: error line 1 at position 0\ninvalid identifier '{name}'"
    )


def no_current(what):
    code = {"database": 90105, "schema": 90106}[what]
    message = f"Cannot perform operation. This session does not have a current {what}. Call 'USE {what.upper()}'."
    return SnowflakeError(code, "22000", message)


def not_modelled(what):
    """For whatever the test server does not do: it never answers OK to it."""
    return SnowflakeError(2, "0A000", f"Unsupported feature: the test server does not model {what}")


def no_history(kind, name):
    return SnowflakeError(
        707,
        "02000",
        f"Time travel data is not available for {kind.lower()} {name}. The requested time is either beyond the allowed "
        "time travel period or before the object creation time.",
    )
