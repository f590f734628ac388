#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""make_returns.py FOLDER RETURNS CELLS: a template and RETURNS filled copies with CELLS numbers each (4 sheets, labels, totals).

One workbook is made by XlsxWriter; the others are the same package with other numbers in the sheets, so that ten thousand take seconds.
Deterministic."""
import io, os, random, sys, zipfile
import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell, xl_col_to_name

SHEETS, COLUMNS = 4, 10


def write_form(path, cells, number):
    book = xlsxwriter.Workbook(path, {'in_memory': True})
    money = book.add_format({'num_format': '#,##0.00', 'border': 1})
    head = book.add_format({'bold': True, 'bg_color': '#D9E2F3', 'border': 1})
    rows = cells // (SHEETS * COLUMNS)
    for s in range(SHEETS):
        ws = book.add_worksheet('Part %s' % 'ABCD'[s])
        ws.write(0, 0, 'Part %s of the quarterly return' % 'ABCD'[s], head)
        for c in range(COLUMNS):
            ws.write(2, 1 + c, 'Column %d' % (c + 1), head)
        ws.write(2, 1 + COLUMNS, 'Total', head)
        for r in range(rows):
            ws.write(3 + r, 0, 'Line %d' % (r + 1), head)
            for c in range(COLUMNS):
                if number is None:
                    ws.write_blank(3 + r, 1 + c, None, money)
                else:
                    ws.write_number(3 + r, 1 + c, number(s, r, c), money)
            ws.write_formula(3 + r, 1 + COLUMNS, '=SUM(B%d:%s%d)' % (4 + r, xl_col_to_name(COLUMNS), 4 + r), money, 0)
    book.close()


MARK = 987650000.25  # each number of the model is unique, so that it can be found in the XML and replaced


def main():
    folder, returns, cells = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    os.makedirs(os.path.join(folder, 'returns'), exist_ok=True)
    write_form(os.path.join(folder, 'template.xlsx'), cells, None)
    model = io.BytesIO()
    write_form(model, cells, lambda s, r, c: MARK)
    parts = {}
    with zipfile.ZipFile(model) as z:
        for name in z.namelist():
            parts[name] = z.read(name)
    token = ('<v>%s</v>' % MARK).encode()
    split = {n: b.split(token) for n, b in parts.items() if 'worksheets/sheet' in n}
    assert sum(len(p) - 1 for p in split.values()) == cells // (SHEETS * COLUMNS) * SHEETS * COLUMNS
    for i in range(returns):
        rng = random.Random(i * 7919 + cells)
        path = os.path.join(folder, 'returns', 'office %05d.xlsx' % (i + 1))
        with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED, compresslevel=6) as z:
            for name, body in parts.items():
                if name in split:
                    pieces = [split[name][0]]
                    for rest in split[name][1:]:
                        pieces.append(b'<v>%.2f</v>' % (rng.randrange(-2000000, 200000000) / 100))
                        pieces.append(rest)
                    body = b''.join(pieces)
                z.writestr(zipfile.ZipInfo(name, (2024, 10, 1, 0, 0, 0)), body, zipfile.ZIP_DEFLATED)


main()
