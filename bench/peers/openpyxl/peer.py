#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""openpyxl: `read [--full] FILE...` and `stack [--source] OUT FILE...`; read-only mode and the write-only workbook, but for --full."""
import os, sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import openpyxl
from answer import SOURCE, Tally, Union, main

FULL = '--full' in sys.argv
if FULL:
    sys.argv.remove('--full')


def read(paths):
    tally = Tally()
    for path in paths:
        book = openpyxl.load_workbook(path, read_only=not FULL, data_only=True)
        for sheet in book.worksheets:
            for row in sheet.iter_rows(values_only=True):
                tally.row(row)
        book.close()
    tally.say()


def open_books(paths):
    for path in paths:
        book = openpyxl.load_workbook(path, read_only=not FULL, data_only=True)
        yield path, book
        book.close()


def is_header(v):
    return v is not None and v != ''


def header_columns(union, header):
    """Where each cell of a row goes; None: no header above it."""
    return [union.place([str(v)])[0] if is_header(v) else None for v in header]


def stack(out, paths, source):
    union = Union(SOURCE if source else ())
    for _, book in open_books(paths):
        for sheet in book.worksheets:
            header = next(sheet.iter_rows(min_row=1, max_row=1, values_only=True), ())
            header_columns(union, header)
    result = openpyxl.Workbook(write_only=True)
    target = result.create_sheet('Data')
    target.append(list(union.at))
    width = len(union.at)
    for path, book in open_books(paths):
        for sheet in book.worksheets:
            rows = sheet.iter_rows(values_only=True)
            places = header_columns(union, next(rows, ()))
            for number, row in enumerate(rows, 2):
                line = [None] * width
                for at, v in zip(places, row):
                    if v is not None and at is not None:
                        line[at] = v
                if all(v is None for v in line):
                    continue
                if source:
                    line[:3] = path, sheet.title, number
                target.append(line)
    result.save(out)


main(read, stack)
