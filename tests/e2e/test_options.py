# SPDX-License-Identifier: MIT
"""Every option of the command line, and the rules behind it, against values computed here with statistics and fractions."""
import csv, datetime, hashlib, io, json, math, os, random, re, statistics, zipfile
from fractions import Fraction

import openpyxl
import pytest
from books import form, labelled, raw, row
from conftest import ROOT, cells_of, load, sheaf
from job import fill, merge
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill, Protection

COLUMN = [3, -1.5, 12.25, 0, 7, 7, 1e6, 0.001]


def exact(value):
    return Fraction(repr(value))


def rows_of(path, sheet):
    rows = list(load(path)[sheet].iter_rows(values_only=True))
    return [dict(zip(rows[0], r)) for r in rows[1:]]


def source_values(o):
    """{cell: [the values of its contributors in order]} of a wide Contributions sheet."""
    rows = list(load(o.out)['Contributions'].iter_rows(values_only=True))
    return {r[1]: [v for v in r[7:] if v is not None] for r in rows[1:]}


# --- functions ----------------------------------------------------------------------------------------------------------------------

def correctly_rounded_root(square):
    """The double nearest to the root of a fraction."""
    scale = 10 ** 60
    return float(Fraction(math.isqrt(square.numerator * scale * scale // square.denominator), scale))


def variance(values, sample):
    mean = sum(values) / len(values)
    return sum((v - mean) ** 2 for v in values) / (len(values) - sample)


FUNCTIONS = {
    'sum': lambda v: float(sum(v)), 'count': len, 'counta': len, 'average': lambda v: float(sum(v) / len(v)),
    'max': lambda v: float(max(v)), 'min': lambda v: float(min(v)), 'product': lambda v: float(math.prod(v)),
    'stdev': lambda v: correctly_rounded_root(variance(v, 1)), 'stdevp': lambda v: correctly_rounded_root(variance(v, 0)),
    'var': lambda v: float(variance(v, 1)), 'varp': lambda v: float(variance(v, 0)), 'median': lambda v: float(statistics.median(v)),
    'first': lambda v: float(v[0]), 'last': lambda v: float(v[-1]),
}


@pytest.mark.parametrize('name', FUNCTIONS)
def test_function_is_exact(tmp_path, name):
    numbers = random.Random(name)
    random_column = [round(numbers.uniform(-1e4, 1e4), numbers.randrange(7)) for _ in COLUMN]
    big = [1e9 + i / 8 for i in range(len(COLUMN))]  # a naive variance loses all its digits here
    o = fill(tmp_path, *[{'B2': a, 'B3': b, 'B4': c} for a, b, c in zip(COLUMN, random_column, big)], {'B5': 1}, options=['-f', name])
    for ref, column in (('B2', COLUMN), ('B3', random_column), ('B4', big)):
        assert o.value(ref) == FUNCTIONS[name]([exact(v) for v in column]), (name, ref)
    for record in o.report['results']:
        assert record['function'] == name and record['n'] == (1 if record['cell'] == 'B5' else len(COLUMN))


def test_function_without_a_result_shows_an_error_and_says_so(tmp_path):
    for name in ('stdev', 'var'):
        o = fill(tmp_path, {'B2': 1}, {'C2': 1}, options=['-f', name])
        assert o.kind('B2') == 'e' and o.value('B2') == '#DIV/0!' and 'RESULT_UNDEFINED' in o.codes
    o = fill(tmp_path, {'B2': 1e308}, {'B2': 1e308}, {'B2': 1e308}, {'C2': 5}, options=['-f', 'sum'])
    assert o.value('B2') == '#NUM!' and 'RESULT_OVERFLOW' in o.codes and o.value('C2') == 5
    assert fill(tmp_path, {'B2': 1e308}, {'B2': 1e308}, options=['-f', 'average']).value('B2') == 1e308


def test_same_and_join(tmp_path):
    o = fill(tmp_path, {'B2': 'Yes', 'B3': 1, 'B4': 2}, {'B2': ' Yes', 'B3': 1.0, 'B4': 3}, options=['-f', 'same'])
    assert o.value('B3') == 1 and o.value('B4') is None and o.value('B2').strip() == 'Yes'
    assert o.issue('RESULT_NOT_SAME')['cell'] == 'B4' and o.codes.count('RESULT_NOT_SAME') == 1
    o = fill(tmp_path, {'B2': 'b', 'B3': 1.5}, {'B2': 'a', 'B3': 'x'}, {'B2': 'b'}, options=['-f', 'join'])
    assert o.value('B2') == 'b; a; b' and o.value('B3') == '1.5; x'


def test_avg_blank_zero_divides_by_all_sources(tmp_path):
    values = [{'B2': 6}, {'C2': 1}, {'B2': 3}]
    assert fill(tmp_path, *values, options=['-f', 'average']).value('B2') == 4.5
    assert fill(tmp_path, *values, options=['-f', 'average', '--avg-blank=zero']).value('B2') == 3


# --- values -------------------------------------------------------------------------------------------------------------------------

def error_sources(tmp_path):
    a = form(tmp_path / 'a.xlsx', {'B2': '#REF!', 'B3': 1})
    b = form(tmp_path / 'b.xlsx', {'B2': 5, 'B3': 2})
    c = form(tmp_path / 'c.xlsx', {'B2': '#N/A', 'B3': 3})
    return form(tmp_path / 't.xlsx'), a, b, c


def test_errors_skip_propagate_fail(tmp_path):
    books = error_sources(tmp_path)
    o = merge(tmp_path, *books)
    assert o.code == 1 and o.value('B2') == 5 and o.codes.count('ERROR_VALUE') == 2
    o = merge(tmp_path, *books, options=['--errors=propagate'])
    assert o.kind('B2') == 'e' and o.value('B2') == '#REF!' and o.value('B3') == 6
    o = merge(tmp_path, *books, options=['--errors=fail'])
    assert o.code == 2 and o.value('B2') == 5 and o.value('B3') == 2  # all or nothing: a's 1 and c's 3 do not count
    assert [s['status'] for s in o.report['sources']] == ['failed', 'used', 'failed'] or \
        [s['status'] for s in o.report['sources']] == ['rejected', 'used', 'rejected']
    o = merge(tmp_path, *books, options=['--errors=fail', '--max-failed=2'])
    assert o.code == 1


@pytest.mark.parametrize('rule, text, number', [
    ('locale:de', '1.234', 1234), ('locale:de', '1.234,5', 1234.5), ('locale:de', '12.50', None), ('locale:en', '1.234', 1.234),
    ('locale:en', '1,234', 1234), ('locale:en_US', '12,50', None), ('locale:de-CH', "1'234.50", 1234.5), ('locale:fr', '1\u202f234,5', 1234.5),
    ('off', '12', None), ('plain', '12.5', 12.5), ('plain', '1,234.50', None), ('plain', '$5', None), ('strict', '12,50', 12.5),
])
def test_text_numbers(tmp_path, rule, text, number):
    o = fill(tmp_path, {'B2': text}, {'C2': 1}, options=['--text-numbers=' + rule])
    assert o.value('B2') == number, o.issues
    assert ('TEXT_CONVERTED' in o.codes) == (number is not None)


def test_unknown_locale_is_wrong_usage(tmp_path):
    r = sheaf('merge', '-t', form(tmp_path / 't.xlsx'), '--text-numbers=locale:tlh', form(tmp_path / 's.xlsx', {'B2': 1}), cwd=tmp_path)
    assert r.code == 4 and 'tlh' in r.err


def test_numbers_of_17_digits(tmp_path):
    template = form(tmp_path / 't.xlsx')
    a = raw(tmp_path / 'a.xlsx', {'Data': row(1, A='Form', B='Column 1', C='Column 2') + row(2, A='Label 1', B='<v>1234567890.1234567</v>')
                                  + ''.join(row(r, A='Label %d' % (r - 1)) for r in range(3, 8))})
    b = form(tmp_path / 'b.xlsx', {'B2': 1})
    assert merge(tmp_path, template, a, b).value('B2') == float(Fraction('1234567891.12346'))
    assert merge(tmp_path, template, a, b, options=['--precision=full']).value('B2') == float(Fraction(repr(1234567890.1234567)) + 1)


@pytest.mark.parametrize('text', ['=1+1', '+1+1|x', '-2+3|cmd', '@SUM(A1)', "=cmd|' /C calc'!A0", '\t=1', '=HYPERLINK("http://example.org")'])
def test_formula_like_text_stays_text(tmp_path, text):
    o = fill(tmp_path, {'B2': "x" + text}, {'B2': text}, options=['-f', 'last'])
    live = load(o.out, values=False)
    if text.startswith('='):  # openpyxl writes that as a formula: write it as text by hand
        source = raw(tmp_path / 's.xlsx', {'Data': row(1, A='Form', B='Column 1', C='Column 2') + row(2, A='Label 1', B=text)
                                           + ''.join(row(r, A='Label %d' % (r - 1)) for r in range(3, 8))})
        o = merge(tmp_path, tmp_path / 'template.xlsx', source, options=['-f', 'last'])
        live = load(o.out, values=False)
    assert cells_of(o.out)['Data', 'B2'] == ('s', text)
    with zipfile.ZipFile(o.out) as z:
        for name in z.namelist():
            if name.startswith('xl/worksheets/') and name.endswith('.xml'):
                assert b'<f' not in z.read(name), name
    assert any(c.value == text and c.data_type == 's' or c.data_type == 'f' and c.value == text for r in live['Contributions'].iter_rows() for c in r)
    csv_out = merge(tmp_path, tmp_path / 'template.xlsx', *([source] if text.startswith('=') else [tmp_path / 'source 02.xlsx']),
                    options=['-f', 'last', '--contributions=csv'], out='csv.xlsx')
    beside = (tmp_path / 'csv.contributions.csv').read_text('utf-8-sig')
    for record in csv.reader(io.StringIO(beside)):
        assert not any(f[:1] in ('=', '+', '@', '\t', '\r') for f in record), record
    told = json.loads(sheaf('explain', '--json', csv_out.out, 'Data!B2').out)
    assert [c['value'] for c in told['contributions']] == [text], told


# --- roles of template cells --------------------------------------------------------------------------------------------------------

def test_notes_in_the_template_choose_the_function(tmp_path):
    def notes(book, page):
        for ref, word in (('B2', '@avg'), ('B3', '@max'), ('B4', '@ignore'), ('B5', '@wavg(C5)'), ('B6', 'Please fill in. @sum'), ('B7', '@count')):
            page[ref].comment = Comment(word, 'Office')
    template = form(tmp_path / 'template.xlsx', change=notes)
    o = fill(tmp_path, *[{'B%d' % r: v for r in range(2, 8)} | {'C5': w} for v, w in ((10, 1), (20, 3))], template=template,
             options=['-f', 'min'])
    assert (o.value('B2'), o.value('B3'), o.value('B4'), o.value('B5')) == (15, 20, None, 17.5)
    assert o.value('B7') == 2 and o.value('C5') == 1
    assert o.value('B6') in (10, 30)  # words before @sum: a remark to the person or an order; either way said by the function
    assert {r['cell']: r['function'] for r in o.report['results']}['B5'].startswith('wavg')


def test_a_weight_that_is_missing_is_told(tmp_path):
    def notes(book, page):
        page['B2'].comment = Comment('@wavg(C2)', 'Office')
    template = form(tmp_path / 'template.xlsx', change=notes)
    o = fill(tmp_path, {'B2': 10, 'C2': 2}, {'B2': 99}, {'B2': 40, 'C2': 1}, template=template)
    assert o.value('B2') == 20 and o.issue('WEIGHT_MISSING')
    o = fill(tmp_path, {'B2': 10, 'C2': 0}, template=template)
    assert o.value('B2') == '#DIV/0!'


def test_defined_names_choose_cells(tmp_path):
    from openpyxl.workbook.defined_name import DefinedName
    def named(book, page):
        for name, area in (('sheaf.ignore', 'Data!$B$2:$B$3'), ('sheaf.max', 'Data!$B$4'), ('sheaf.average', 'Data!$B$5:$C$5')):
            book.defined_names.append(DefinedName(name, attr_text=area))
    template = form(tmp_path / 'template.xlsx', change=named)
    o = fill(tmp_path, *[{'B%d' % r: v for r in range(2, 8)} for v in (10, 20)], template=template)
    assert [o.value('B%d' % r) for r in range(2, 8)] == [None, None, 20, 15, 30, 30]


def test_role_color(tmp_path):
    def colored(book, page):
        page['B2'].fill = PatternFill('solid', fgColor='FFFF8C00')
        page['B3'].fill = PatternFill('solid', fgColor='FF00B050')
    template = form(tmp_path / 'template.xlsx', change=colored)
    values = [{'B2': v, 'B3': v, 'B4': v} for v in (10, 20)]
    o = fill(tmp_path, *values, template=template, options=['--role-color', 'FF8C00=ignore', '--role-color', '00b050=average'])
    assert [o.value('B%d' % r) for r in (2, 3, 4)] == [None, 15, 30]
    assert [fill(tmp_path, *values, template=template).value('B%d' % r) for r in (2, 3, 4)] == [30, 30, 30]


def test_unlocked_cells_of_a_protected_sheet_are_the_inputs(tmp_path):
    def protect(book, page):
        page.protection.sheet = True
        page['B2'].protection = Protection(locked=False)
        page['C4'].protection = Protection(locked=False)
        page['C4'] = 5  # a number that people may change is an input
    template = form(tmp_path / 'template.xlsx', change=protect)
    o = fill(tmp_path, *[{'B2': v, 'B3': v, 'C4': v} for v in (10, 20)], template=template)
    assert (o.value('B2'), o.value('B3'), o.value('C4')) == (30, None, 30)


def test_range_limits_what_is_filled(tmp_path):
    values = [{'%s%d' % (c, r): v for c in 'BC' for r in range(2, 8)} for v in (10, 20)]
    o = fill(tmp_path, *values, options=['--range', 'B3:B4', '--range', 'Data!C5:C5'])
    filled = {k[1] for k, v in o.cells.items() if k[0] == 'Data' and v[0] == 'n'}
    assert filled == {'B3', 'B4', 'C5'}
    o = fill(tmp_path, *values, options=['-r', 'B:B'])
    assert {k[1] for k, v in o.cells.items() if k[0] == 'Data' and v[0] == 'n'} == {'B%d' % r for r in range(2, 8)}


def test_constants_and_template_filled(tmp_path):
    def year(book, page):
        page['B2'], page['B3'] = 2024, 7
    template = form(tmp_path / 'template.xlsx', change=year)
    values = [{'B2': 2024, 'B3': 1, 'B4': 5}, {'B2': 2024, 'B3': 2, 'B4': 6}]
    o = fill(tmp_path, *values, template=template)
    assert (o.value('B2'), o.value('B3'), o.value('B4')) == (2024, 7, 11)
    assert [i['cell'] for i in o.issues if i['code'] == 'CONSTANT_DIFFERS'] == ['B3', 'B3']
    for option in ('--constants=aggregate', '--template-filled'):
        o = fill(tmp_path, *values, template=template, options=[option])
        assert (o.value('B2'), o.value('B3'), o.value('B4')) == (4048, 3, 11), option
        assert 'CONSTANT_DIFFERS' not in o.codes


def test_a_filled_form_as_template_loses_its_own_numbers(tmp_path):
    """What no source has filled in must not keep the number of the form that served as template as if it were a total."""
    template = form(tmp_path / 'template.xlsx', {'B2': 1, 'B3': 77})
    o = fill(tmp_path, {'B2': 10}, {'B2': 20}, template=template, options=['--template-filled'])
    assert o.value('B2') == 30
    assert o.value('B3') is None or 'B3' in {i.get('cell') for i in o.issues} or o.value('B3') == 77  # the contract: stays as in the template


# --- sheets -------------------------------------------------------------------------------------------------------------------------

def three_sheets(path, numbers, names=('Data', 'Costs', 'Extra'), active=0, hidden=()):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for i, name in enumerate(names):
        page = book.create_sheet(name)
        for ref, text in labelled().items():
            page[ref] = text
        page['B2'].number_format = '0.00'
        if numbers:
            page['B2'] = numbers[i]
        if i in hidden:
            page.sheet_state = 'hidden'
    book.active = active
    book.save(path)
    return path


@pytest.mark.parametrize('which, expected', [
    (None, [3, 30, 300]), ('Costs', [None, 30, None]), ('#1', [3, None, None]), ('active', [None, None, 300]),
    ('/^(Data|Ex)/', [3, None, 300]), ('all', [3, 30, 300]), ('data', [3, None, None]),
])
def test_sheet_selectors(tmp_path, which, expected):
    template = three_sheets(tmp_path / 't.xlsx', None, active=2)
    sources = [three_sheets(tmp_path / ('s%d.xlsx' % i), [i, i * 10, i * 100], active=2) for i in (1, 2)]
    o = merge(tmp_path, template, *sources, options=['--sheet', which] if which else [])
    assert [o.value('B2', s) for s in ('Data', 'Costs', 'Extra')] == expected, o.issues


def test_sheet_alias_and_missing_sheets(tmp_path):
    template = three_sheets(tmp_path / 't.xlsx', None)
    a = three_sheets(tmp_path / 'a.xlsx', [1, 10, 100], names=('Data 2024', 'Costs', 'Extra'))
    b = three_sheets(tmp_path / 'b.xlsx', [2, 20, 200], names=('data', 'Kosten', 'Extra'))
    o = merge(tmp_path, template, a, b, options=['--sheet-alias', 'Data *=Data', '--sheet-alias', 'Kosten=Costs'])
    assert [o.value('B2', s) for s in ('Data', 'Costs', 'Extra')] == [3, 30, 300]
    o = merge(tmp_path, template, a, b)
    assert [o.value('B2', s) for s in ('Data', 'Costs', 'Extra')] == [2, 10, 300]
    assert {(i['source'], i['sheet']) for i in o.issues if i['code'] == 'SHEET_MISSING'} == {('a.xlsx', 'Data'), ('b.xlsx', 'Costs')}
    assert {(i['source'], i['sheet']) for i in o.issues if i['code'] == 'SHEET_EXTRA'} == {('a.xlsx', 'Data 2024'), ('b.xlsx', 'Kosten')}


def test_one_sheet_sources_match_a_one_sheet_template(tmp_path):
    template = form(tmp_path / 't.xlsx', sheet='Form')
    sources = [form(tmp_path / ('%s.xlsx' % n), {'B2': 5}, sheet=n) for n in ('Tabelle1', 'Sheet1')]
    o = merge(tmp_path, template, *sources)
    assert o.value('B2', 'Form') == 10 and o.codes.count('SHEET_RENAMED') in (0, 2)


def test_skip_hidden(tmp_path):
    def hide(book, page):
        page.row_dimensions[3].hidden = True
        page.column_dimensions['C'].hidden = True
    values = {'B2': 1, 'B3': 10, 'C2': 100}
    template = form(tmp_path / 't.xlsx')
    a = form(tmp_path / 'a.xlsx', values, change=hide)
    b = form(tmp_path / 'b.xlsx', values)
    o = merge(tmp_path, template, a, b, options=['--duplicates=all'])
    assert [o.value(r) for r in ('B2', 'B3', 'C2')] == [2, 20, 200]
    o = merge(tmp_path, template, a, b, options=['--skip-hidden'])
    assert [o.value(r) for r in ('B2', 'B3', 'C2')] == [2, 10, 100]
    assert {i['cell'] for i in o.issues if i['code'] == 'HIDDEN_SKIPPED'} == {'B3', 'C2'}
    template = three_sheets(tmp_path / 't3.xlsx', None)
    c = three_sheets(tmp_path / 'c.xlsx', [1, 10, 100], hidden=(1,))
    assert merge(tmp_path, template, c).value('B2', 'Costs') == 10
    o = merge(tmp_path, template, c, options=['--skip-hidden'])
    assert o.value('B2', 'Costs') is None and o.value('B2') == 1


# --- drift --------------------------------------------------------------------------------------------------------------------------

def shifted(path, how):
    def change(book, page):
        for r in range(2, 14):
            page['B%d' % r], page['C%d' % r] = r, r * 100
        if how == 'row inserted':
            page.insert_rows(5)
            page['A5'] = 'Something new'
            page['B5'] = 5000
        elif how == 'row deleted':
            page.delete_rows(5)
        elif how == 'column inserted':
            page.insert_cols(2)
            page['B1'] = 'Remarks'
        elif how == 'column deleted':
            page.delete_cols(2)
        elif how == 'two rows':
            page.insert_rows(3, 2)
        elif how == 'top':
            page.insert_rows(1, 3)
    return form(path, n=12, change=change)


@pytest.mark.parametrize('how, word', [('row inserted', 'ROW_INSERTED'), ('row deleted', 'ROW_DELETED'), ('column inserted', 'COLUMN_INSERTED'),
                                       ('column deleted', 'COLUMN_DELETED'), ('two rows', 'ROW_INSERTED'), ('top', 'ROW_INSERTED')])
def test_drift_is_rejected_aligned_or_reported(tmp_path, how, word):
    template = form(tmp_path / 't.xlsx', n=12)
    good, bad = shifted(tmp_path / 'good.xlsx', None), shifted(tmp_path / 'bad.xlsx', how)
    o = merge(tmp_path, template, good, bad)
    assert o.code == 2 and o.value('B9') == 9
    line = {'row inserted': 'row 5', 'row deleted': 'row', 'column inserted': 'column B', 'column deleted': 'column', 'two rows': 'row 3', 'top': 'row 1'}[how]
    assert line in o.issue('SOURCE_REJECTED', source='bad.xlsx')['detail'], o.issues
    o = merge(tmp_path, template, good, bad, options=['--drift=align'])
    assert o.issue(word, source='bad.xlsx')
    for r in range(2, 14):
        gone_b = how == 'column deleted' or (how == 'row deleted' and r == 5)
        gone_c = how == 'row deleted' and r == 5
        assert o.value('B%d' % r) == (r if gone_b else 2 * r), r
        assert o.value('C%d' % r) == (r * 100 if gone_c else r * 200), r
    o = merge(tmp_path, template, good, bad, options=['--drift=report'])
    assert o.issue('LAYOUT_SHIFTED', source='bad.xlsx') and o.code == 1
    literal = load(bad)['Data']['C9'].value
    assert o.value('C9') == 900 + (literal or 0 if not isinstance(literal, str) else 0)


def test_a_few_other_labels_are_told_and_not_refused(tmp_path):
    o = fill(tmp_path, {'B2': 1, 'A4': 'Label three'}, {'B2': 2})
    assert o.value('B2') == 3 and o.issue('LABEL_DIFFERS', source='source 01.xlsx')['cell'] == 'A4'


# --- input ----------------------------------------------------------------------------------------------------------------------------

def test_identity_from_a_cell_or_an_expression(tmp_path):
    template = form(tmp_path / 't.xlsx', labels=dict(labelled(), D1='Unit'))
    for i, unit in enumerate(('North <1> & "co"', 'South'), 1):
        form(tmp_path / ('r-%d-2024.xlsx' % i), {'B2': i, 'E1': unit}, labels=dict(labelled(), D1='Unit'))
    sources = sorted(tmp_path.glob('r-*.xlsx'))
    o = merge(tmp_path, template, *sources, options=['--id-cell', 'Data!E1'])
    assert [s['source'] for s in o.report['sources']] == ['North <1> & "co"', 'South']
    assert list(next(load(o.out)['Contributions'].iter_rows(max_row=1, values_only=True)))[7:] == ['North <1> & "co"', 'South']
    o = merge(tmp_path, template, *sources, options=['--id-regex', 'r-([0-9]+)-'])
    assert [s['source'] for s in o.report['sources']] == ['1', '2']
    assert sheaf('merge', '-t', template, '--id-regex', '(', *sources, cwd=tmp_path).code == 4
    assert sheaf('merge', '-t', template, '--id-cell', 'Data!E', *sources, cwd=tmp_path).code == 4


def test_exclude_files_from_and_natural_order(tmp_path):
    folder = tmp_path / 'in' / 'deep'
    folder.mkdir(parents=True)
    for i in (1, 2, 10):
        form(folder / ('s%d.xlsx' % i), {'B2': 10 ** i})
    form(folder / 'draft.xlsx', {'B2': 5})
    template = form(tmp_path / 't.xlsx')
    o = merge(tmp_path, template, tmp_path / 'in', options=['--exclude', 'draft*'])
    assert o.value('B2') == 10 ** 10 + 110 and [s['source'] for s in o.report['sources']] == ['s1', 's2', 's10']
    assert o.issue('LEFT_OUT')['detail'] == 'excluded by --exclude'
    assert merge(tmp_path, template, tmp_path / 'in', options=['--exclude', 'deep/s1*', '--exclude', 'draft.xlsx']).value('B2') == 100
    paths = '%s\n%s\n' % (folder / 's10.xlsx', folder / 's1.xlsx')
    out = tmp_path / 'stdin.xlsx'
    r = sheaf('merge', '-t', template, '-o', out, '--files-from', '-', stdin=paths)
    assert r.code == 0 and cells_of(out)['Data', 'B2'] == ('n', 10 ** 10 + 10)
    assert [s['Source'] for s in rows_of(out, 'Sources')] == ['s10', 's1']
    (tmp_path / 'list').write_text(paths)
    assert merge(tmp_path, template, options=['--files-from', tmp_path / 'list'], out='list.xlsx').out.read_bytes() == out.read_bytes()


def test_a_zip_archive_of_returns(tmp_path):
    template = form(tmp_path / 't.xlsx')
    archive = tmp_path / 'returns.zip'
    with zipfile.ZipFile(archive, 'w') as z:
        for i in range(1, 4):
            z.write(form(tmp_path / 's.xlsx', {'B2': i}), 'unit %d/Return.xlsx' % i)
        z.writestr('unit 1/readme.txt', 'hello')
        z.writestr('../../escape.xlsx', form(tmp_path / 's.xlsx', {'B2': 100}).read_bytes())
    o = merge(tmp_path, template, archive, out='o.xlsx')
    assert o.value('B2') in (6, 106)  # a member with a path that leads outside is data here: read, or refused by name
    assert not (tmp_path.parent.parent / 'escape.xlsx').exists()
    assert len({s['source'] for s in o.report['sources']}) == len(o.report['sources'])
    archive.write_bytes(archive.read_bytes()[:-30])
    good = form(tmp_path / 'good.xlsx', {'B2': 1})
    o = merge(tmp_path, template, archive, good, out='p.xlsx')
    assert o.code == 2 and o.value('B2') == 1 and o.issue('SOURCE_FAILED', source='returns.zip')


def test_duplicates(tmp_path):
    template, a = form(tmp_path / 't.xlsx'), form(tmp_path / 'a.xlsx', {'B2': 5})
    (tmp_path / 'b.xlsx').write_bytes(a.read_bytes())
    sources = [a, tmp_path / 'b.xlsx']
    o = merge(tmp_path, template, *sources)
    assert o.value('B2') == 5 and o.issue('DUPLICATE_CONTENT')['source'] == 'b.xlsx' and o.code == 1
    assert merge(tmp_path, template, *sources, options=['--duplicates=all']).value('B2') == 10
    out = tmp_path / 'error.xlsx'
    r = sheaf('merge', '-t', template, '-o', out, '--duplicates=error', *sources)
    assert r.code == 3 and 'b.xlsx' in r.err and 'a.xlsx' in r.err and not out.exists()


def test_the_same_file_named_twice_counts_once(tmp_path):
    template, a = form(tmp_path / 't.xlsx'), form(tmp_path / 'a.xlsx', {'B2': 5})
    (tmp_path / 'link.xlsx').symlink_to(a)
    o = merge(tmp_path, template, a, str(tmp_path) + '/./a.xlsx', tmp_path / 'link.xlsx', options=['--duplicates=all'])
    assert o.value('B2') == 5
    assert [i['detail'] for i in o.issues if i['code'] == 'LEFT_OUT'] == ['the same file, reached a second time'] * 2


def test_strict_refuses_one_name_with_two_contents(tmp_path):
    for i, folder in enumerate(('x', 'y')):
        (tmp_path / folder).mkdir()
        form(tmp_path / folder / 'r.xlsx', {'B2': i + 1})
    template = form(tmp_path / 't.xlsx')
    o = merge(tmp_path, template, tmp_path / 'x', tmp_path / 'y')
    assert o.value('B2') == 3 and 'DUPLICATE_IDENTITY' in o.codes
    r = sheaf('merge', '-t', template, '-o', tmp_path / 's.xlsx', '--strict', tmp_path / 'x', tmp_path / 'y')
    assert r.code in (3, 4) and 'r.xlsx' in r.err and not (tmp_path / 's.xlsx').exists()


# --- output -------------------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize('how', ['wide', 'long', 'csv'])
def test_every_form_of_contributions_explains(tmp_path, how):
    o = fill(tmp_path, {'B2': 1.5, 'B3': -4, 'C2': 7}, {'B2': 2.25, 'B3': 4}, {'C2': -0.5}, options=['--contributions=' + how])
    names = load(o.out).sheetnames
    assert ('Contributions' in names) == (how != 'csv')
    assert (tmp_path / 'out.contributions.csv').exists() == (how == 'csv')
    told = json.loads(sheaf('explain', '--json', o.out, 'Data!B2').out)
    assert [(c['source'], float(c['value'])) for c in told['contributions']] == [('source 01', 1.5), ('source 02', 2.25)], told
    assert told['n'] == 2 and float(told['result']) == 3.75 and told['function'] == 'sum'
    text = sheaf('explain', o.out, 'Data!C2')
    assert text.code == 0 and 'source 03' in text.out and '-0.5' in text.out and 'source 02' not in text.out
    none = sheaf('explain', o.out, 'Data!C7')
    assert none.code != 0 and none.err


def test_contributions_none_and_a_side_file_that_is_gone(tmp_path):
    o = fill(tmp_path, {'B2': 1}, options=['--contributions=none'])
    assert 'Contributions' not in load(o.out).sheetnames and o.value('B2') == 1
    r = sheaf('explain', o.out, 'Data!B2')
    assert r.code != 0 and r.err.strip()
    assert load(o.out)['Data']['B2'].hyperlink is None
    o = fill(tmp_path, {'B2': 1}, options=['--contributions=csv'])
    (tmp_path / 'out.contributions.csv').unlink()
    r = sheaf('explain', o.out, 'Data!B2')
    assert r.code != 0 and 'contributions.csv' in r.err


def test_highlight_marks_result_cells_only(tmp_path):
    plain = load(fill(tmp_path, {'B2': 1}).out)['Data']
    border = load(fill(tmp_path, {'B2': 1}, options=['--highlight=border']).out)['Data']
    fills = load(fill(tmp_path, {'B2': 1}, options=['--highlight=fill']).out)['Data']
    assert border['B2'].border.left.style and border['B2'].border.top.style and not plain['B2'].border.left.style
    assert fills['B2'].fill.fill_type == 'solid' and plain['B2'].fill.fill_type is None
    for page in (border, fills):
        assert page['B2'].number_format == '0.00'
        for ref in ('A2', 'B3', 'C2'):
            assert page[ref].border.left.style is None and page[ref].fill.fill_type is None


def test_notes_and_links_can_be_left_out(tmp_path):
    page = load(fill(tmp_path, {'B2': 1, 'C3': 2}, {'B2': 5}).out)['Data']
    assert '5' in page['B2'].comment.text and page['B2'].hyperlink and page['C3'].comment
    page = load(fill(tmp_path, {'B2': 1, 'C3': 2}, options=['--no-notes']).out)['Data']
    assert page['B2'].comment is None and page['B2'].hyperlink
    page = load(fill(tmp_path, {'B2': 1, 'C3': 2}, options=['--notes-max=1']).out)['Data']
    assert page['B2'].comment is None
    page = load(fill(tmp_path, {'B2': 1, 'C3': 2}, options=['--notes-max=2']).out)['Data']
    assert page['B2'].comment
    page = load(fill(tmp_path, {'B2': 1, 'C3': 2}, options=['--no-links']).out)['Data']
    assert page['B2'].hyperlink is None and page['B2'].comment


def test_links_lead_to_the_row_of_the_cell(tmp_path):
    o = fill(tmp_path, {'B%d' % r: r for r in range(2, 8)}, {'C%d' % r: r for r in range(2, 8)})
    book = load(o.out)
    for r in range(2, 8):
        for col in 'BC':
            place = book['Data']['%s%d' % (col, r)].hyperlink.location
            sheet, ref = place.rsplit('!', 1)
            at = int(re.search(r'\d+', ref.replace('$', '')).group())
            assert sheet.strip("'") == 'Contributions'
            assert [c.value for c in book['Contributions'][at]][:2] == ['Data', '%s%d' % (col, r)]


def test_notes_of_the_template_survive_beside_new_ones(tmp_path):
    def remark(book, page):
        page['A2'].comment = Comment('Ask the treasurer', 'Office')
        page['B2'].comment = Comment('@max', 'Office')
    template = form(tmp_path / 'template.xlsx', change=remark)
    page = load(fill(tmp_path, {'B2': 1}, {'B2': 5}, template=template).out)['Data']
    assert page['A2'].comment.text == 'Ask the treasurer' and page['B2'].comment and page['B2'].value == 5


def test_compress_small_is_smaller_and_holds_the_same(tmp_path):
    values = [{'%s%d' % (c, r): r * 1.37 * i for c in 'BC' for r in range(2, 60)} for i in range(1, 6)]
    a = fill(tmp_path, *values, n=58, options=['--compress=fast'])
    fast = a.out.read_bytes(), dict(a.cells)
    b = fill(tmp_path, *values, n=58, options=['--compress=small'])
    assert len(b.out.read_bytes()) < len(fast[0])
    assert {k: v for k, v in b.cells.items() if k[0] != 'Sources'} == {k: v for k, v in fast[1].items() if k[0] != 'Sources'}


def test_stamp_is_the_only_time_in_the_output(tmp_path):
    template, a = form(tmp_path / 't.xlsx'), form(tmp_path / 'a.xlsx', {'B2': 5})
    first = merge(tmp_path, template, a).out.read_bytes()
    os.utime(a, (10 ** 9, 10 ** 9))
    assert merge(tmp_path, template, a).out.read_bytes() == first
    with zipfile.ZipFile(io.BytesIO(first)) as z:
        assert {i.date_time for i in z.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    before = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=2)
    stamped = merge(tmp_path, template, a, options=['--stamp'])
    with zipfile.ZipFile(stamped.out) as z:
        times = {datetime.datetime(*i.date_time, tzinfo=datetime.timezone.utc) for i in z.infolist()}
    assert len(times) == 1 and before <= times.pop() <= datetime.datetime.now(datetime.timezone.utc)
    assert stamped.report['summary'].get('written') or 'written' in json.dumps(stamped.report)


def test_max_failed_counts_rejected_sources_too(tmp_path):
    template, good, bad = form(tmp_path / 't.xlsx', n=12), shifted(tmp_path / 'good.xlsx', None), shifted(tmp_path / 'bad.xlsx', 'row inserted')
    (tmp_path / 'broken.xlsx').write_bytes(b'PK\x03\x04')
    sources = template, good, bad, tmp_path / 'broken.xlsx'
    assert [merge(tmp_path, *sources, options=['--max-failed=%d' % n]).code for n in (0, 1, 2)] == [2, 2, 1]


def test_report_adds_up_to_the_last_digit(tmp_path):
    numbers = random.Random(11)
    values = [{'%s%d' % (c, r): round(numbers.uniform(-1e7, 1e7), 4) for c in 'BC' for r in range(2, 8) if numbers.random() < 0.8}
              for _ in range(17)]
    o = fill(tmp_path, *values)
    report, parts = o.report, source_values(o)
    assert len(report['results']) == 12
    for record in report['results']:
        column = [exact(v[record['cell']]) for v in values if record['cell'] in v]
        assert Fraction(record['contributions_sum']) == sum(column) == sum(exact(v) for v in parts[record['cell']])
        assert record['result'] == float(sum(column)) == o.value(record['cell']) and record['n'] == len(column)
    totals = {k: sum(s['cells'][k] for s in report['sources']) for k in ('read', 'used', 'not_applicable', 'skipped')}
    check = report['self_check']
    assert totals == {k: check['cells_' + k] for k in totals} and check['passed'] is True
    assert totals['read'] == totals['used'] + totals['not_applicable'] + totals['skipped']
    assert check['contributions'] == sum(len(v) for v in values) == totals['used']
    for source in report['sources']:
        assert source['sha256'] == hashlib.sha256((tmp_path / source['file'].split('/')[-1]).read_bytes()).hexdigest()
    assert report['summary']['output_sha256'] == hashlib.sha256(o.out.read_bytes()).hexdigest()
    assert [s['SHA-256'] for s in rows_of(o.out, 'Sources')] == [s['sha256'] for s in report['sources']]
    with open(o.out.with_suffix('.json'), 'rb') as f:
        assert all(json.loads(line.rstrip(b',\n')) for line in f if line.startswith(b'{"severity"'))


def test_quiet_verbose_and_json(tmp_path):
    template, a = form(tmp_path / 't.xlsx'), form(tmp_path / 'a.xlsx', {'B2': 5, 'B3': '12', 'B4': 'x'})
    args = ['merge', '-t', template, '-o', tmp_path / 'o.xlsx', a]
    quiet = sheaf(*args, '--quiet')
    assert (quiet.code, quiet.out, quiet.err) == (1, '', '')
    plain, verbose = sheaf(*args), sheaf(*args, '--verbose')
    assert 'B4' in plain.err and 'B3' not in plain.err and 'B3' in verbose.err and 'B4' in verbose.err
    told = sheaf(*args, '--json')
    assert {i['cell'] for i in told.json['issues']} == {'B3', 'B4'} and told.err == ''
    (tmp_path / 'bad.xlsx').write_bytes(b'PK\x03\x04')
    quiet = sheaf(*args, tmp_path / 'bad.xlsx', '--quiet')
    assert quiet.code == 2 and 'bad.xlsx' in quiet.err and quiet.out == ''


# --- templates of other kinds ---------------------------------------------------------------------------------------------------------

def with_macros(tmp_path, vba, kind='xlsm'):
    types = {'xlsm': 'application/vnd.ms-excel.sheet.macroEnabled.main+xml',
             'xltx': 'application/vnd.openxmlformats-officedocument.spreadsheetml.template.main+xml'}
    def edit(parts):
        parts['[Content_Types].xml'] = parts['[Content_Types].xml'].replace(
            'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml', types[kind])
        if vba:
            parts['[Content_Types].xml'] = parts['[Content_Types].xml'].replace(
                '<Default Extension="xml"', '<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/><Default Extension="xml"')
            parts['xl/_rels/workbook.xml.rels'] = parts['xl/_rels/workbook.xml.rels'].replace(
                '</Relationships>', '<Relationship Id="rIdV" Type="http://schemas.microsoft.com/office/2006/relationships/vbaProject" '
                'Target="vbaProject.bin"/></Relationships>')
            parts['xl/vbaProject.bin'] = vba
    return raw(tmp_path / ('t.' + kind), {'Data': row(2, A='Label 1', B=('s="0"', ''))}, ['0.00'], edit=edit)


def vba_of_the_corpus():
    for path in sorted((ROOT.parent / 'shared/corpus/cells').rglob('*.xlsm'))[:40]:
        try:
            with zipfile.ZipFile(path) as z:
                return z.read('xl/vbaProject.bin')
        except (KeyError, zipfile.BadZipFile):
            continue
    return None


def test_macros_are_carried_over_byte_for_byte(tmp_path):
    vba = vba_of_the_corpus() or bytes(range(256)) * 40  # sheaf does not look into it
    template = with_macros(tmp_path, vba)
    source = raw(tmp_path / 's.xlsx', {'Data': row(2, A='Label 1', B=4)})
    o = merge(tmp_path, template, source, out='o.xlsm')
    with zipfile.ZipFile(o.out) as z:
        assert z.read('xl/vbaProject.bin') == vba
        assert 'macroEnabled.main+xml' in z.read('[Content_Types].xml').decode()
        assert 'vbaProject' in z.read('xl/_rels/workbook.xml.rels').decode()
    assert o.value('B2') == 4
    r = sheaf('merge', '-t', template, '-o', tmp_path / 'o.xlsx', source)
    assert r.code == 4 and '.xlsm' in r.err
    r = sheaf('merge', '-t', template, source, cwd=tmp_path)
    assert r.code == 0 and (tmp_path / 'consolidated.xlsm').exists()


def test_an_xltx_template_gives_a_workbook(tmp_path):
    o = merge(tmp_path, with_macros(tmp_path, None, 'xltx'), raw(tmp_path / 's.xlsx', {'Data': row(2, A='Label 1', B=4)}))
    with zipfile.ZipFile(o.out) as z:
        types = z.read('[Content_Types].xml').decode()
        assert 'spreadsheetml.sheet.main+xml' in types and 'template.main+xml' not in types  # Excel refuses an .xlsx that says template
    assert o.value('B2') == 4 and load(o.out)['Data']['B2'].value == 4


@pytest.mark.parametrize('name, body', [('form.csv', b'a;b\n1;2\n'), ('form.html', b'<html><body>x</body></html>'), ('form.xlsx', b''),
                                        ('form.pdf', b'%PDF-1.7\n'), ('form.xlsx', b'PK\x03\x04')])
def test_what_is_no_template_is_refused_by_name(tmp_path, name, body):
    (tmp_path / name).write_bytes(body)
    r = sheaf('merge', '-t', tmp_path / name, '-o', tmp_path / 'o.xlsx', form(tmp_path / 's.xlsx', {'B2': 1}))
    assert r.code in (3, 4) and name in r.err.splitlines()[-1], r.err
    assert not (tmp_path / 'o.xlsx').exists()
