"""From Snowflake's SQL, its names already bound, to DuckDB's. Most of it is fakesnow's."""

from fakesnow import transforms
from sqlglot import exp

from errors import not_modelled
from names import stored

STEPS = [
    transforms.semi_structured_types,
    transforms.try_parse_json,
    transforms.split,
    transforms.trim_cast_varchar,
    transforms.indices_to_json_extract,
    transforms.json_extract_cast_as_varchar,
    transforms.json_extract_cased_as_varchar,
    transforms.json_extract_precedence,
    transforms.flatten_value_cast_as_varchar,
    transforms.flatten,
    transforms.regex_replace,
    transforms.regex_substr,
    transforms.values_columns,
    transforms.to_date,
    transforms.timestamp_offsets,
    transforms.to_decimal,
    transforms.to_timestamp,
    transforms.to_variant,
    transforms.object_construct,
    transforms.timestamp_ntz,
    transforms.float_to_double,
    transforms.integer_precision,
    transforms.sample,
    transforms.array_size,
    transforms.random,
    transforms.array_agg_within_group,
    transforms.array_agg,
    transforms.object_agg,
    transforms.array_construct_etc,
    transforms.dateadd_date_cast,
    transforms.dateadd_string_literal_timestamp_cast,
    transforms.datediff_string_literal_timestamp_cast,
    transforms.haversine,
    transforms.hex_string,
    transforms.sha256,
    transforms.alias_in_join,
    transforms.alias_in_where,
    transforms.numeric_agg_implicit_cast,
]


def division(node):
    """Snowflake raises where DuckDB says infinity."""
    if isinstance(node, exp.Div):
        return exp.Anonymous(this="sf_div", expressions=[node.this, node.expression])
    return node


def generator(node):
    if isinstance(node, exp.TableFromRows) and isinstance(node.this, exp.Generator):
        count = node.this.args.get("rowcount")
        if count is None:
            raise not_modelled("GENERATOR without ROWCOUNT")
        call = exp.Anonymous(this="range", expressions=[count.copy()])
        alias = node.args.get("alias") or exp.TableAlias(this=exp.to_identifier("G"))
        return exp.Table(this=call, alias=exp.TableAlias(this=alias.this, columns=[exp.to_identifier("SEQ4")]))
    if type(node).__name__ in ("Seq4", "Seq8", "Seq2", "Seq1"):
        return exp.Column(this=exp.to_identifier("SEQ4"))
    return node


def to_duckdb(tree):
    for step in [generator, division, *STEPS]:
        tree = tree.transform(step, copy=False)
    return tree.sql(dialect="duckdb", comments=False)


def upper(tree):
    """Names that are not quoted are in capitals, and from here on all are meant exactly as they stand."""
    for node in tree.find_all(exp.Identifier):
        node.set("this", stored(node.this) if node.quoted else node.this.upper())
        node.set("quoted", True)
    return tree


def text(value):
    """A value as a string in a query."""
    return exp.Null() if value is None else exp.Literal.string(str(value))
