"""Object parameters: those of a container hold for what is in it."""

from time_travel import retention

# Their defaults. How long the past is kept has a place of its own (time_travel.py).
PARAMETERS = {
    "MAX_DATA_EXTENSION_TIME_IN_DAYS": "14",
    "DEFAULT_DDL_COLLATION": "",
    "LOG_LEVEL": "OFF",
    "TRACE_LEVEL": "OFF",
}


def set_parameter(thing, words):
    name = words.take_any(*PARAMETERS)
    if name is None:
        return False
    words.need("=")
    thing.properties[name] = words.value()
    return True


def unset_parameter(thing, words):
    name = words.take_any(*PARAMETERS)
    if name is not None:
        thing.properties.pop(name, None)
    return name is not None


def holder(thing, key):
    while thing is not None and key not in thing.properties:
        thing = thing.parent
    return thing


def of_object(thing):
    """The rows of SHOW PARAMETERS; the level is that of the object where a parameter was set."""
    above = holder(thing, "retention")
    days = ("DATA_RETENTION_TIME_IN_DAYS", str(retention(thing)), "1")
    rows = [(*days, above.kind if above is not None else "", "number of days to retain the old version", "NUMBER")]
    for name, default in PARAMETERS.items():
        above = holder(thing, name)
        value, level = (default, "") if above is None else (above.properties[name], above.kind)
        rows.append((name, value, default, level, "", "STRING"))
    return rows
