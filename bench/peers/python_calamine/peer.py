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
    for name in book.sheet_names:
        sheet = book.get_sheet_by_name(name)
        yield name, sheet, (sheet.start or (0, 0))[0]


def read(paths):
    tally = Tally()
    for path in paths:
        for _, sheet, _ in sheets(path):
            for row in sheet.to_python():
                tally.row(row)
    tally.errors = None
    tally.say()


def header_columns(union, header):
    return [union.place([str(v)])[0] if v != '' else None for v in header]


def stack(out, paths, source):
    union = Union(SOURCE if source else ())
    for path in paths:
        for _, sheet, _ in sheets(path):
            header_columns(union, next(iter(sheet.to_python(nrows=1)), ()))
    book = xlsxwriter.Workbook(out, {'constant_memory': True})
    target = book.add_worksheet('Data')
    dates = {datetime.datetime: 'yyyy-mm-dd hh:mm:ss', datetime.date: 'yyyy-mm-dd', datetime.time: 'hh:mm:ss', datetime.timedelta: '[h]:mm:ss'}
    formats = {kind: book.add_format({'num_format': code}) for kind, code in dates.items()}
    write = {str: target.write_string, float: target.write_number, int: target.write_number, bool: target.write_boolean}
    for column, name in enumerate(union.at):
        target.write_string(0, column, name)
    n = 0
    for path in paths:
        for name, sheet, first in sheets(path):
            rows = iter(sheet.to_python())
            places = header_columns(union, next(rows, ()))
            for number, row in enumerate(rows, first + 2):
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
