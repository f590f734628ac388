#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""reference_openpyxl.py TEMPLATE OUT RETURNS...: the reference system's way of the same work with openpyxl: every return loaded, every
cell of the template's used range visited, numbers summed, a Contributions sheet with one row for each cell and file, saved. Cells that hold
a formula in the template are left out, which is less work than the reference does: with them 300 returns have more contributions
than a sheet has rows."""
import os, sys
import openpyxl


def main():
    template, out, paths = sys.argv[1], sys.argv[2], sys.argv[3:]
    book = openpyxl.load_workbook(template)
    ranges = [(ws.title, ws.max_row, ws.max_column) for ws in book.worksheets]
    formulas = {(ws.title, cell.row, cell.column) for ws in book.worksheets for row in ws.iter_rows() for cell in row if cell.data_type == 'f'}
    totals, contributions = {}, {}
    for path in paths:
        source = openpyxl.load_workbook(path, data_only=True)
        name = os.path.basename(path)
        for title, rows, columns in ranges:
            ws = source[title]
            for row in range(1, rows + 1):
                for column in range(1, columns + 1):
                    value = ws.cell(row=row, column=column).value
                    key = title, row, column
                    if isinstance(value, (int, float)) and not isinstance(value, bool) and key not in formulas:
                        totals[key] = totals.get(key, 0) + value
                        contributions.setdefault(key, []).append((name, value))
        source.close()
    listing = book.create_sheet('Contributions')
    listing.append(['Cell', 'File Name', 'Contribution'])
    for (title, row, column), total in totals.items():
        cell = book[title].cell(row=row, column=column)
        cell.value = total
        for name, value in contributions[title, row, column]:
            listing.append(['%s!%s' % (title, cell.coordinate), name, value])
    book.save(out)


main()
