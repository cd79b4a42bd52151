"""CREATE EXTERNAL TABLE: what is said of it is kept, and what lies outside is never read."""

import options
from create_table import new_name, taken
from errors import invalid_query, not_modelled
from objects import Relation
from results import Result
from schema import column

KIND = "CREATE_EXTERNAL_TABLE"


def create_external(context, words, flags):
    path, dataset = new_name(context, words, flags)
    relation = Relation("EXTERNAL", dataset, path[2])
    if not words.next_is("("):
        raise not_modelled("an external table that finds out its columns")
    relation.fields = [column(item) for item in words.items()]
    words.need("OPTIONS")
    given = options.read(context, words.items())
    words.end("CREATE EXTERNAL TABLE")
    relation.extra["externalDataConfiguration"] = configuration(given)
    options.whole(relation, given, "CREATE EXTERNAL TABLE")
    if context.dry:
        return Result(KIND, target=path, fields=relation.fields)
    with context.world.lock:
        replaced = context.world.find(path) is not None
        if taken(context, path, flags, "EXTERNAL"):
            return Result(KIND, target=path, operation="SKIP")
        context.world.put(relation)
    return Result(KIND, target=path, operation="REPLACE" if replaced else "CREATE", fields=relation.fields)


def configuration(given):
    """As the API shows it; takes what it reads away."""
    if not {"format", "uris"} <= given.keys():
        raise invalid_query("An external table needs the options format and uris")
    made = {"sourceFormat": given.pop("format").upper(), "sourceUris": list(given.pop("uris"))}
    if "skip_leading_rows" in given:
        made["csvOptions"] = {"skipLeadingRows": str(given.pop("skip_leading_rows"))}
    return made
