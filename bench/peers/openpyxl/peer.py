#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""openpyxl: `read [--full] FILE...` and `stack [--source] OUT FILE...`; read-only and write-only mode,
but for --full."""
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


def header_columns(union, header):
    """Where each cell of a row goes; None: no header above it."""
    return [None if v is None or v == '' else union.place([str(v)])[0] for v in header]


def lines_of(union, path, book, source):
    """The rows of a book as lines of the result; the header, where it has not been seen, goes into the union first."""
    for sheet in book.worksheets:
        rows = sheet.iter_rows(values_only=True)
        places = header_columns(union, next(rows, ()))
        for number, row in enumerate(rows, 2):
            line = [None] * len(union.at)
            for at, v in zip(places, row):
                if v is not None and at is not None:
                    line[at] = v
            if any(v is not None for v in line):
                if source:
                    line[:3] = path, sheet.title, number
                yield line


def stack_streaming(out, paths, union, source):
    """Every book twice: first its headers, for the result's goes first."""
    for _, book in open_books(paths):
        for sheet in book.worksheets:
            header_columns(union, next(sheet.iter_rows(max_row=1, values_only=True), ()))
    result = openpyxl.Workbook(write_only=True)
    target = result.create_sheet('Data')
    target.append(list(union.at))
    for path, book in open_books(paths):
        for line in lines_of(union, path, book, source):
            target.append(line)
    result.save(out)


def stack_in_memory(out, paths, union, source):
    result = openpyxl.Workbook()
    target = result.active
    target.title = 'Data'
    target.append(['header'])
    for path, book in open_books(paths):
        for line in lines_of(union, path, book, source):
            target.append(line)
    for column, name in enumerate(union.at, 1):
        target.cell(1, column, name)
    result.save(out)


def stack(out, paths, source):
    (stack_in_memory if FULL else stack_streaming)(out, paths, Union(SOURCE if source else ()), source)


main(read, stack)
