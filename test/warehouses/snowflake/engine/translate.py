"""From Snowflake's SQL, its names already bound, to DuckDB's. Most of it is fakesnow's."""

from fakesnow import transforms
from sqlglot import exp

from errors import not_modelled
from names import stored

# Each step, and the nodes without which it has nothing to do: most statements have few of them, and a walk costs.
STEPS = [
    (transforms.semi_structured_types, (exp.DataType,)),
    (transforms.try_parse_json, (exp.Anonymous,)),
    (transforms.split, (exp.Split,)),
    (transforms.trim_cast_varchar, (exp.Trim,)),
    (transforms.indices_to_json_extract, (exp.Bracket,)),
    (transforms.json_extract_cast_as_varchar, (exp.Cast,)),
    (transforms.json_extract_cased_as_varchar, (exp.Upper, exp.Lower)),
    (transforms.json_extract_precedence, (exp.JSONExtract, exp.JSONExtractScalar)),
    (transforms.flatten_value_cast_as_varchar, (exp.Cast,)),
    (transforms.flatten, (exp.Lateral, exp.TableFromRows)),
    (transforms.regex_replace, (exp.RegexpReplace,)),
    (transforms.regex_substr, (exp.RegexpExtract,)),
    (transforms.values_columns, (exp.Values,)),
    (transforms.to_date, (exp.Anonymous,)),
    (transforms.timestamp_offsets, (exp.Cast,)),
    (transforms.to_decimal, (exp.ToNumber,)),
    (transforms.to_timestamp, (exp.UnixToTime, exp.Anonymous, exp.Cast)),
    (transforms.to_variant, (exp.ToVariant,)),
    (transforms.object_construct, (exp.StarMap, exp.Struct, exp.JSONObject)),
    (transforms.timestamp_ntz, (exp.DataType,)),
    (transforms.float_to_double, (exp.DataType,)),
    (transforms.integer_precision, (exp.DataType,)),
    (transforms.sample, (exp.TableSample,)),
    (transforms.array_size, (exp.ArraySize,)),
    (transforms.random, (exp.Rand,)),
    (transforms.array_agg_within_group, (exp.WithinGroup,)),
    (transforms.array_agg, (exp.ArrayAgg,)),
    (transforms.object_agg, (exp.ObjectAgg,)),
    (transforms.array_construct_etc, (exp.ArrayConstructCompact, exp.Array, exp.ArrayConcat)),
    (transforms.dateadd_date_cast, (exp.DateAdd,)),
    (transforms.dateadd_string_literal_timestamp_cast, (exp.DateAdd,)),
    (transforms.datediff_string_literal_timestamp_cast, (exp.DateDiff,)),
    (transforms.haversine, (exp.Anonymous,)),
    (transforms.hex_string, (exp.HexString,)),
    (transforms.sha256, (exp.SHA2, exp.SHA2Digest, exp.Anonymous)),
    (transforms.alias_in_join, (exp.Join,)),
    (transforms.alias_in_where, (exp.Where,)),
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
    present = kinds_in(tree)
    for step, triggers in [(generator, (exp.TableFromRows, exp.Func)), (division, (exp.Div,)), *STEPS]:
        if any(issubclass(kind, triggers) for kind in present):
            tree = tree.transform(step, copy=False)
            present = kinds_in(tree)
    return tree.sql(dialect="duckdb", comments=False)


def kinds_in(tree):
    return {type(node) for node in tree.walk()}


def upper(tree):
    """Names that are not quoted are in capitals, and from here on all are meant exactly as they stand."""
    for node in tree.find_all(exp.Identifier):
        node.set("this", stored(node.this) if node.quoted else node.this.upper())
        node.set("quoted", True)
    return tree


def text(value):
    """A value as a string in a query."""
    return exp.Null() if value is None else exp.Literal.string(str(value))
