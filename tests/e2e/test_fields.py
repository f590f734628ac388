# SPDX-License-Identifier: MIT
"""Free text and dates in a form: no number fields, told once, so that the one real flaw is the one warning."""
import datetime

import openpyxl
import pytest

from conftest import load, sheaf
from job import merge

COVER = {'A1': 'Return', 'A3': 'Name of the branch', 'A4': 'Date of return', 'A5': 'Head of branch', 'A6': 'Audited'}
FIELDS = {'B3', 'B4', 'B5', 'B6'}


def book(path, cover=None, amounts=None, shift=0):
    """A cover sheet with four fields, an amounts sheet with three numbers; shift inserts rows above the fields."""
    out = openpyxl.Workbook()
    page, data = out.active, out.create_sheet('Amounts')
    page.title = 'Cover'
    for ref, text in COVER.items():
        page[ref] = text
        page['B%s' % ref[1:]].number_format = '0.00'
    for ref, value in (cover or {}).items():
        page[ref] = value
    if shift:
        page.insert_rows(2, shift)
    data['A1'], data['B1'] = 'Item', 'Amount'
    for row, name in enumerate(('Fees', 'Rent', 'Wages'), 2):
        data['A%d' % row] = name
        data['B%d' % row].number_format = '0.00'
    for ref, value in (amounts or {}).items():
        data[ref] = value
    out.save(path)
    return path


def returns(folder, n=12, flaw=True, shifted=()):
    """n returns as they should be, and one with text in a number cell."""
    made = []
    for i in range(1, n + 1):
        cover = {'B3': 'Branch %d' % i, 'B4': datetime.datetime(2024, 3, i), 'B5': 'A. Head', 'B6': i % 2 == 0}
        made.append(book(folder / ('return %02d.xlsx' % i), cover, {'B2': i, 'B3': 10 * i, 'B4': 100 * i}, 2 if i in shifted else 0))
    if flaw:
        cover = {'B3': 'Branch 99', 'B4': datetime.datetime(2024, 4, 1), 'B5': 'N. N.', 'B6': True}
        made.append(book(folder / 'return 99.xlsx', cover, {'B2': 1, 'B3': 'see letter', 'B4': 100}))
    return made


def fields(issues):
    return {i['cell']: i for i in issues if i['code'] == 'FIELD_NOT_NUMBER'}


def test_one_flaw_is_the_one_warning(tmp_path):
    template = book(tmp_path / 'template.xlsx')
    o = merge(tmp_path, template, *returns(tmp_path))
    assert o.code == 1 and o.json['warnings'] == 1 and o.json['notes'] == 4
    assert [(i['code'], i['source'], i['sheet'], i['cell'], i['value']) for i in o.issues if i['severity'] != 'info'] == [
        ('TEXT_NOT_NUMBER', 'return 99.xlsx', 'Amounts', 'B3', 'see letter')]
    told = fields(o.issues)
    assert set(told) == FIELDS and all(i['sheet'] == 'Cover' and i['count'] == 13 and 'source' not in i for i in told.values())
    assert told['B3']['value'] == 'Branch 1' and told['B4']['value'] == '2024-03-01' and told['B6']['value'] == 'FALSE'
    assert o.value('B3', 'Amounts') == 10 * sum(range(1, 13)) and o.value('B3', 'Cover') is None
    assert o.json['cells_skipped'] == 13 * 4 + 1  # the fields are skipped as before, and counted

    result = load(o.out)
    rows = list(result['Issues'].values)[1:]
    assert sorted(r[0] for r in rows) == ['info'] * 4 + ['warning']
    warned = {r[0]: (r[5], r[10]) for r in list(result['Sources'].values)[1:]}
    assert sorted(set(warned.values())) == [('used', 0), ('used with warnings', 1)] and list(warned.values())[-1][1] == 1
    report = o.report
    assert report['summary']['warnings'] == 1 and report['summary']['infos'] == 4
    assert sum(s['warnings'] for s in report['sources']) == 1
    assert len(report['issues']) == 5


def test_without_a_flaw_there_is_no_warning(tmp_path):
    template = book(tmp_path / 'template.xlsx')
    sources = returns(tmp_path, flaw=False)
    assert merge(tmp_path, template, *sources).code == 0
    check = sheaf('check', '-t', template, '--json', *sources)
    assert check.code == 0 and check.json['warnings'] == 0 and set(fields(check.json['issues'])) == FIELDS


def test_rows_that_moved_are_of_the_same_field(tmp_path):
    o = merge(tmp_path, book(tmp_path / 'template.xlsx'), *returns(tmp_path, flaw=False, shifted={2, 7}), options=['--drift=align'])
    assert {i['cell']: i['count'] for i in fields(o.issues).values()} == dict.fromkeys(FIELDS, 12)
    assert {i['code'] for i in o.issues if i['severity'] != 'info'} == {'ROW_INSERTED'}


def test_a_number_in_one_return_keeps_all_warnings(tmp_path):
    template = book(tmp_path / 'template.xlsx')
    sources = returns(tmp_path, flaw=False) + [book(tmp_path / 'odd.xlsx', {'B3': 17}, {'B2': 1})]
    o = merge(tmp_path, template, *sources)
    assert [i['cell'] for i in o.issues if i['code'] == 'TEXT_NOT_NUMBER'] == ['B3'] * 12
    assert o.value('B3', 'Cover') == 17 and set(fields(o.issues)) == FIELDS - {'B3'}


@pytest.mark.parametrize('n, folded', [(1, False), (2, True), (3, True)])
def test_a_few_returns(tmp_path, n, folded):
    o = merge(tmp_path, book(tmp_path / 'template.xlsx'), *returns(tmp_path, n=n, flaw=False))
    assert set(fields(o.issues)) == (FIELDS if folded else set())
    assert o.json['warnings'] == (0 if folded else 4)


def test_two_of_many_are_flaws(tmp_path):
    template = book(tmp_path / 'template.xlsx')
    bare = [book(tmp_path / ('bare %d.xlsx' % i), {}, {'B2': i}) for i in range(6)]
    o = merge(tmp_path, template, *bare, *returns(tmp_path, n=2, flaw=False))
    assert o.json['warnings'] == 8 and not fields(o.issues)


def long_form(path, n, value=None, extra=None):
    out = openpyxl.Workbook()
    page = out.active
    page.title = 'Data'
    for r in range(1, n + 1):
        page['A%d' % r] = 'Label %d' % r
        page['B%d' % r].number_format = '0.00'
        page['B%d' % r] = value
    for ref, text in (extra or {}).items():
        page[ref] = text
    out.save(path)
    return path


def test_more_fields_than_a_worker_tells_of_one_by_one(tmp_path):
    template = long_form(tmp_path / 'template.xlsx', 260)
    sources = [long_form(tmp_path / ('s%d.xlsx' % i), 260, 'text %d' % i) for i in range(4)]
    o = merge(tmp_path, template, *sources)
    assert o.code == 0 and o.json['warnings'] == 0 and len(fields(o.issues)) == 260
    sources[2] = long_form(tmp_path / 'odd.xlsx', 260, 'text', {'B230': 5, 'B260': 6})
    o = merge(tmp_path, template, *sources, out='odd-out.xlsx')
    left = [i for i in o.issues if i['severity'] == 'warning']
    assert len(fields(o.issues)) == 258 and {(i['code'], i['value'], i['count']) for i in left} == {('TOO_MANY', 'TEXT_NOT_NUMBER', 2)}
    assert len(left) == 3 == o.json['warnings']
