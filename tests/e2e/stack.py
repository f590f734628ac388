# SPDX-License-Identifier: MIT
"""A stack of a few made tables, as one call."""
import hashlib, json, pathlib, re

import openpyxl
from conftest import cells_of, load, sheaf
from sound import check_package

CELL = re.compile(r'([A-Z]+)([0-9]+)$')
SOURCE_COLUMNS = ['_file', '_sheet', '_row']


def column_of(letters):
    n = 0
    for c in letters:
        n = 26 * n + ord(c) - 64
    return n - 1


def table_of(cells, sheet='Data'):
    """The rows of a sheet from `sheaf cells`: lists of (kind, value), None where nothing is; booleans as True and False."""
    rows = {}
    for (name, ref), (kind, value) in cells.items():
        if name == sheet:
            letters, row = CELL.match(ref).groups()
            rows.setdefault(int(row), {})[column_of(letters)] = (kind, value)
    assert sorted(rows) == list(range(1, len(rows) + 1)), 'a row is missing'
    return [[rows[r].get(c) for c in range(max(map(max, rows.values())) + 1)] for r in sorted(rows)]


class Stack:
    """The outcome of one run. rows: the values of the data rows; typed: the same as (kind, value)."""

    def __init__(self, result, out):
        self.result, self.out, self.code, self.err = result, out, result.code, result.err
        self.json = json.loads(result.out)
        self.issues, self.codes = self.json['issues'], [i['code'] for i in self.json['issues']]
        self.read = result.code in (0, 1, 2)
        if self.read and out.suffix == '.xlsx' and 'output' in self.json:
            self.cells = cells_of(out)
            head, *self.typed = table_of(self.cells)
            self.header = [c[1] if c else None for c in head]
            if self.header[:1] == ['_file']:  # a file given by its path is shown with its folder, which is pytest's business
                for row in self.typed:
                    row[0] = row[0][0], pathlib.PurePosixPath(row[0][1]).name
            self.rows = [[c[1] if c else None for c in row] for row in self.typed]

    def column(self, name, typed=False):
        at = self.header.index(name)
        return [row[at] if at < len(row) else None for row in (self.typed if typed else self.rows)]

    def data(self):
        """The rows without the source columns."""
        return [row[3:] for row in self.rows]

    def issue(self, code):
        found = [i for i in self.issues if i['code'] == code]
        assert found, (code, self.issues)
        return found[0]

    @property
    def sha(self):
        return hashlib.sha256(self.out.read_bytes()).hexdigest()

    @property
    def report(self):
        return json.loads(self.out.with_suffix('.json').read_text())


def stack(folder, *sources, options=(), out='out.xlsx', env=None, command='merge'):
    """Runs sheaf merge -m stack with --json and a report, checks what every run must keep."""
    out = pathlib.Path(folder) / out
    where = ['-o', out] if command == 'merge' else []
    result = sheaf(command, '-m', 'stack', *where, '--json', '--report', out.with_suffix('.json'), *options, *sources, env=env)
    assert result.out.startswith('{'), (result.code, result.err)
    outcome = Stack(result, out)
    j = outcome.json
    assert j['exit_code'] == result.code
    if outcome.read:
        assert j['cells_read'] == j['cells_used'] + j['cells_not_applicable'] + j['cells_skipped'], j
        assert j['self_check_passed'] is True
        assert j['row_counts']['written'] == j['rows']
        if command == 'merge' and out.suffix == '.xlsx':
            check_package(out)
            more = [s for s in {s for s, _ in outcome.cells} if s.startswith('Data (')]
            assert len(outcome.rows) + sum(len(table_of(outcome.cells, s)) - 1 for s in more) == j['rows']
            assert len(outcome.header) == j['columns']
    return outcome


def table(path, rows, sheet='Data', at=(1, 1), formats=None, change=None):
    """A workbook with one table; formats: {name of a column: number format}; change(book, sheet) may do more."""
    book = openpyxl.Workbook()
    page = book.active
    page.title = sheet
    for r, values in enumerate(rows, at[0]):
        for c, value in enumerate(values, at[1]):
            cell = page.cell(r, c)
            if value is not None:
                cell.value = value
                if isinstance(value, str):
                    cell.data_type = 's'  # also "=x"
            if formats and r > at[0] and rows[0][c - at[1]] in formats:
                cell.number_format = formats[rows[0][c - at[1]]]
    if change:
        change(book, page)
    book.save(path)
    return pathlib.Path(path)


__all__ = ['Stack', 'stack', 'table', 'table_of', 'load', 'SOURCE_COLUMNS']
