"""The exact types of a query's columns, where they can be read off its text: columns of tables, casts. None elsewhere."""


def types_of(tree):
    return []
