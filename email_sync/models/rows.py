"""Many rows in one statement, as they are: without the ORM.

Column by column: to PostgreSQL's parser an array is one constant, and writing it takes Python a
third of the time that single values take.
"""

from odoo.tools import SQL

_NUMBERS = ("bool", "float8", "int4", "int8", "numeric")


def new_ids(model, count):
    """Return ids for so many new records of a model (list of int)."""
    model.env.cr.execute(
        "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
        [model._table, count],
    )
    return [id_ for (id_,) in model.env.cr.fetchall()]


def insert_rows(model, columns, rows, constants=None, conflict=None):
    """Insert rows into the table of a model, made by its user now. Its cache is not told.

    :param columns: names of fields
    :param rows: list of tuples, a value for each column
    :param constants: ``{field name: value}``, the same in all rows
    :param SQL conflict: an ON CONFLICT clause
    """
    if not rows:
        return
    constants = {**(constants or {}), **(_get_log_values(model) if model._log_access else {})}
    types = [_get_type(model, column) for column in columns]
    arrays = [
        SQL("%s::%s[]", _as_array(values, type_), SQL(type_))
        for type_, values in zip(types, zip(*rows, strict=True), strict=True)
    ]
    values = [SQL.identifier("new", column) for column in columns]
    model.env.cr.execute(
        SQL(
            "INSERT INTO %s (%s) SELECT %s FROM unnest(%s) AS new (%s) %s",
            SQL.identifier(model._table),
            SQL(", ").join(map(SQL.identifier, [*columns, *constants])),
            SQL(", ").join([*values, *constants.values()]),
            SQL(", ").join(arrays),
            SQL(", ").join(map(SQL.identifier, columns)),
            conflict or SQL(),
        )
    )


def _get_log_values(model):
    now, uid = model.env.cr.now(), model.env.uid
    return {"create_uid": uid, "create_date": now, "write_uid": uid, "write_date": now}


def _get_type(model, column):
    return "int4" if column == "id" else model._fields[column].column_type[0]


def _as_array(values, type_):
    write = str if type_ in _NUMBERS else _quote
    return f"{{{','.join('NULL' if value is None else write(value) for value in values)}}}"


def _quote(value):
    if isinstance(value, bytes):
        value = f"\\x{value.hex()}"
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
