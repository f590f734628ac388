# SPDX-License-Identifier: MIT
"""python-calamine, and XlsxWriter (constant memory) for the stack: `read FILE...`, `stack [--source] OUT FILE...`.

python-calamine gives dates and durations as objects, and an error cell as an empty text: errors cannot be counted."""
import datetime, os, sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import xlsxwriter
from python_calamine import CalamineWorkbook
from answer import SOURCE, Tally, Union, main


def sheets(path):
    book = CalamineWorkbook.from_path(path)
    return [(path, name, book.get_sheet_by_name(name)) for name in book.sheet_names]


def read(paths):
    tally = Tally()
    for path in paths:
        for _, _, sheet in sheets(path):
            for row in sheet.iter_rows():
                tally.row(row)
    tally.errors = None
    tally.say()


def header_columns(union, header):
    return [union.place([str(v)])[0] if v != '' else None for v in header]


def survey(paths, union):
    """Every sheet with its rows and where they go: python-calamine reads a sheet at once, and keeps it small until its rows are asked for."""
    for source in [source for path in paths for source in sheets(path)]:
        rows = source[2].iter_rows()
        yield *source, rows, header_columns(union, next(rows, ()))


def stack(out, paths, source):
    union = Union(SOURCE if source else ())
    surveyed = list(survey(paths, union))
    book = xlsxwriter.Workbook(out, {'constant_memory': True})
    target = book.add_worksheet('Data')
    dates = {datetime.datetime: 'yyyy-mm-dd hh:mm:ss', datetime.date: 'yyyy-mm-dd', datetime.time: 'hh:mm:ss', datetime.timedelta: '[h]:mm:ss'}
    formats = {kind: book.add_format({'num_format': code}) for kind, code in dates.items()}
    write = {str: target.write_string, float: target.write_number, int: target.write_number, bool: target.write_boolean}
    for column, name in enumerate(union.at):
        target.write_string(0, column, name)
    n = 0
    for path, name, sheet, rows, places in surveyed:
        for number, row in enumerate(rows, 2):
            cells = [(at, v) for at, v in zip(places, row) if v != '' and at is not None]
            if not cells:
                continue
            n += 1
            if source:
                target.write_string(n, 0, path)
                target.write_string(n, 1, name)
                target.write_number(n, 2, number)
            for at, v in cells:
                kind = type(v)
                if kind in write:
                    write[kind](n, at, v)
                else:
                    target.write_datetime(n, at, v, formats[kind])
    book.close()


main(read, stack)
