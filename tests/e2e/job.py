# SPDX-License-Identifier: MIT
"""A merge of a few made books, as one call."""
import json
import pathlib

from books import form
from conftest import cells_of, load, sheaf
from sound import check_package


class Outcome:
    def __init__(self, result, out):
        self.result, self.out, self.code, self.err = result, out, result.code, result.err
        self.json = json.loads(result.out)
        self.issues = self.json['issues']
        for issue in self.issues:  # a file given by its path is shown with its folder, which is pytest's business
            if 'source' in issue:
                issue['source'] = pathlib.PurePosixPath(issue['source']).name
        self.codes = [i['code'] for i in self.issues]
        self._cells = None

    @property
    def cells(self):
        assert self.code in (0, 1, 2), self.err
        if self._cells is None:
            self._cells = cells_of(self.out)
        return self._cells

    def value(self, ref, sheet='Data'):
        kind, value = self.cells.get((sheet, ref), (None, None))
        return value

    def kind(self, ref, sheet='Data'):
        return self.cells.get((sheet, ref), (None, None))[0]

    def issue(self, code, **where):
        found = [i for i in self.issues if i['code'] == code and all(i.get(k) == v for k, v in where.items())]
        assert found, (code, where, self.issues)
        return found[0]

    @property
    def report(self):
        return json.loads(self.out.with_suffix('.json').read_text())


def merge(folder, template, *sources, options=(), out='out.xlsx', env=None):
    """Runs sheaf merge with --json and a report, checks what every run must keep, returns the Outcome."""
    out = pathlib.Path(folder) / out
    result = sheaf('merge', '-t', template, '-o', out, '--json', '--report', out.with_suffix('.json'), *options, *sources, env=env)
    assert result.out.startswith('{'), (result.code, result.err)
    outcome = Outcome(result, out)
    j = outcome.json
    assert j['exit_code'] == result.code
    if result.code in (0, 1, 2):
        assert j['cells_read'] == j['cells_used'] + j['cells_not_applicable'] + j['cells_skipped'], j
        assert j['self_check_passed'] is True
        check_package(out)
    return outcome


def fill(folder, *values, options=(), template=None, **kind):
    """The small form and one source for each dict of values, merged."""
    folder = pathlib.Path(folder)
    template = template or form(folder / 'template.xlsx', **kind)
    sources = [form(folder / ('source %02d.xlsx' % i), v, **kind) for i, v in enumerate(values, 1)]
    return merge(folder, template, *sources, options=['--duplicates=all', *options])


__all__ = ['Outcome', 'merge', 'fill', 'load']
