# SPDX-License-Identifier: MIT
"""The traps of real returns, each with the behaviour that a careful clerk would expect; books are made on the spot."""
import hashlib, itertools, random, shutil, zipfile
from fractions import Fraction

import openpyxl
import pytest
from books import MAIN, STRICT_MAIN, form, labelled, raw, row
from conftest import cells_of, load, sheaf
from job import fill, merge


def filled(**cells):
    """The small form as XML, with cells (name=value as in row()) put into its rows: filled(B2=1, B3=('t="e"', '<v>#N/A</v>'))."""
    rows = {r: {} for r in range(1, 8)}
    for ref, value in {**labelled(), **cells}.items():
        rows[int(ref[1:])][ref[0]] = value
    return ''.join(row(r, **dict(sorted(values.items()))) for r, values in rows.items())


# --- 1 a total row that the template computes ---------------------------------------------------------------------------------------

def with_total(book, page):
    page['A8'] = 'Total'
    page['B8'] = '=SUM(B2:B7)'


def test_01_totals_of_the_template_stay_live_and_cached_totals_of_sources_are_not_added(tmp_path):
    template = form(tmp_path / 't.xlsx', change=with_total)
    wrong_total = row(1, A='Form', B='Column 1', C='Column 2') + ''.join(row(r, A='Label %d' % (r - 1), B=r) for r in range(2, 8)) + \
        row(8, A='Total', B='<f>SUM(B2:B7)</f><v>999999</v>')
    sources = [raw(tmp_path / ('s%d.xlsx' % i), {'Data': wrong_total + '<!-- %d -->' % i}) for i in range(3)]
    o = merge(tmp_path, template, *sources)
    assert [o.value('B%d' % r) for r in range(2, 8)] == [3 * r for r in range(2, 8)]
    assert load(o.out, values=False)['Data']['B8'].value == '=SUM(B2:B7)'
    assert load(o.out)['Data']['B8'].value == 3 * sum(range(2, 8))  # recomputed, not 3 x 999999
    assert not [r for r in o.report['results'] if r['cell'] == 'B8']
    with zipfile.ZipFile(o.out) as z:
        assert 'fullCalcOnLoad="1"' in z.read('xl/workbook.xml').decode()
        assert 'xl/calcChain.xml' not in z.namelist()


def test_01_a_number_typed_over_a_total_is_told_and_not_added(tmp_path):
    template = form(tmp_path / 't.xlsx', change=with_total)
    source = form(tmp_path / 's.xlsx', {'A8': 'Total', 'B2': 5, 'B8': 4711})
    o = merge(tmp_path, template, source)
    assert o.issue('FORMULA_OVERWRITTEN', cell='B8', sheet='Data')['value'] == '4711'
    assert load(o.out)['Data']['B8'].value == 5


# --- 2 formulas without a value -----------------------------------------------------------------------------------------------------

def test_02_a_formula_without_a_value_is_an_issue_and_never_zero(tmp_path):
    template = form(tmp_path / 't.xlsx')
    a = raw(tmp_path / 'a.xlsx', {'Data': filled(B2='<f>1+1</f>')})
    b = form(tmp_path / 'b.xlsx', {'B2': 40, 'B3': '=1+1'})  # openpyxl writes no value either
    o = merge(tmp_path, template, a, b)
    assert o.issue('NO_CACHED_VALUE', source='a.xlsx')['cell'] == 'B2'
    assert o.issue('NO_CACHED_VALUE', source='b.xlsx')['cell'] == 'B3'
    assert o.value('B2') == 40 and o.value('B3') is None
    assert [r['n'] for r in o.report['results'] if r['cell'] == 'B2'] == [1]


def test_02_an_average_does_not_divide_by_sources_without_a_value(tmp_path):
    template = form(tmp_path / 't.xlsx')
    a = raw(tmp_path / 'a.xlsx', {'Data': filled(B2='<f>1+1</f>')})
    b = form(tmp_path / 'b.xlsx', {'B2': 40})
    assert merge(tmp_path, template, a, b, options=['-f', 'average']).value('B2') == 40


def test_02_a_book_whose_formulas_are_all_zero_is_flagged(tmp_path):
    xlsxwriter = pytest.importorskip('xlsxwriter')
    template = form(tmp_path / 't.xlsx')
    book = xlsxwriter.Workbook(str(tmp_path / 's.xlsx'))
    page = book.add_worksheet('Data')
    page.write('C2', 17)  # zeros over a form with numbers in it; over an empty one they are right
    for ref, text in labelled().items():
        page.write(ref, text)
    for r in range(2, 8):
        page.write_formula('B%d' % r, '=%d*2' % r)
    book.close()
    assert 'FORMULA_ZERO' in merge(tmp_path, template, tmp_path / 's.xlsx').codes


# --- 3 constants of the template ----------------------------------------------------------------------------------------------------

def test_03_constants_of_the_template_are_labels_kept_and_compared(tmp_path):
    constants = dict(labelled(), D2='Year', E2=2024, D3='Unit price', E3=12.5, D4='Unit', E4=4711)
    template = form(tmp_path / 't.xlsx', labels=constants)
    sources = [form(tmp_path / ('s%d.xlsx' % i), {'B2': i, **changed}, labels=constants)
               for i, changed in enumerate(({}, {'E2': 2023}, {'E3': 12.50}), 1)]
    o = merge(tmp_path, template, *sources)
    assert (o.value('E2'), o.value('E3'), o.value('E4'), o.value('B2')) == (2024, 12.5, 4711, 6)
    assert [(i['source'], i['cell'], i['value']) for i in o.issues if i['code'] == 'CONSTANT_DIFFERS'] == [('s2.xlsx', 'E2', '2023')]


# --- 4 percentages, negative numbers, blanks ----------------------------------------------------------------------------------------

def test_04_percentages_are_taken_as_stored_and_strange_ones_flagged(tmp_path):
    o = fill(tmp_path, {'B2': 1.5, 'B3': -0.1}, {'B2': 82.5, 'B3': 0.3}, {'B2': 0, 'B3': -1.75}, {'B3': 1.51},
             formats={'B2': '0%', 'B3': '0.0%'})
    assert o.value('B2') == 28 and o.value('B3') == float(Fraction('-0.04') / 4)
    flagged = [(i['source'], i['cell'], i['value']) for i in o.issues if i['code'] == 'PERCENT_RANGE']
    assert flagged == [('source 02.xlsx', 'B2', '82.5'), ('source 03.xlsx', 'B3', '-1.75'), ('source 04.xlsx', 'B3', '1.51')]


def test_04_zero_counts_and_blank_does_not(tmp_path):
    o = fill(tmp_path, {'B2': 0, 'B3': 4}, {'B2': 8}, {'B3': 0}, options=['-f', 'average'])
    assert o.value('B2') == 4 and o.value('B3') == 2 and o.value('B4') is None
    assert {r['cell']: r['n'] for r in o.report['results']} == {'B2': 2, 'B3': 2}


# --- 5 exact sums -------------------------------------------------------------------------------------------------------------------

def test_05_decimal_sums_are_exact_in_any_order(tmp_path):
    values = [{'B2': 0.1, 'B3': v, 'C2': c} for v, c in itertools.zip_longest([1e15, 0.1, -1e15] + [None] * 7, [1e300, -1e300, 1e-300, 3])]
    o = fill(tmp_path, *[{k: v for k, v in d.items() if v is not None} for d in values])
    assert (o.value('B2'), o.value('B3')) == (1, 0.1)
    assert o.value('C2') == 3
    exact = {r['cell']: Fraction(r['contributions_sum']) for r in o.report['results']}
    assert exact['B2'] == 1 and exact['B3'] == Fraction(1, 10)
    assert exact['C2'] == 3 + Fraction(1, 10 ** 300)


def test_05_last_bits_of_stored_numbers_are_not_added(tmp_path):
    template = form(tmp_path / 't.xlsx')
    sources = [raw(tmp_path / ('s%d.xlsx' % i), {'Data': filled(B2='<v>0.30000000000000004</v>') + '<!--%d-->' % i}) for i in range(10)]
    assert merge(tmp_path, template, *sources).value('B2') == 3
    full = merge(tmp_path, template, *sources, options=['--precision=full'], out='full.xlsx')
    assert full.value('B2') == float(10 * Fraction('0.30000000000000004')) != 3


@pytest.mark.pipeline
def test_05_the_order_of_arrival_changes_no_byte(tmp_path):
    numbers = random.Random(5)
    values = [{'B%d' % r: round(numbers.uniform(-1e9, 1e9), numbers.randrange(6)) for r in range(2, 8)} for _ in range(24)]
    template = form(tmp_path / 't.xlsx')
    sources = [form(tmp_path / ('s%02d.xlsx' % i), v) for i, v in enumerate(values)]
    seen = set()
    for i, j in enumerate((1, 3, 8)):
        o = merge(tmp_path, template, *sources, options=['-j', j], env={'SHEAF_SHUFFLE_SEED': str(i + 1)})
        seen.add(hashlib.sha256(o.out.read_bytes()).hexdigest())
    assert len(seen) == 1
    assert o.value('B2') == float(sum(Fraction(repr(v['B2'])) for v in values))


# --- 6 numbers typed as text --------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize('text, number, code', [
    ('1.234,50', 1234.5, 'TEXT_CONVERTED'), ('(100)', -100, 'TEXT_CONVERTED'), ('1\u00a0234', 1234, 'TEXT_CONVERTED'),
    ('1\u202f234\u202f567,5', 1234567.5, 'TEXT_CONVERTED'), ("'42", 42, 'TEXT_CONVERTED'), ('  7.25\u00a0', 7.25, 'TEXT_CONVERTED'),
    ('$ 1,234.56', 1234.56, 'TEXT_CONVERTED'), ('EUR 12,50', 12.5, 'TEXT_CONVERTED'), ('82.5%', 0.825, 'TEXT_CONVERTED'),
    ('\u22125', -5, 'TEXT_CONVERTED'), ('1.234', None, 'TEXT_AMBIGUOUS'), ('1,234', None, 'TEXT_AMBIGUOUS'),
    ('12-5', None, 'TEXT_NOT_NUMBER'), ('1,2,3', None, 'TEXT_NOT_NUMBER'), ('007', None, 'TEXT_NOT_NUMBER'), ('nan', None, 'TEXT_NOT_NUMBER'),
    ('inf', None, 'TEXT_NOT_NUMBER'), ('1e5', None, 'TEXT_NOT_NUMBER'), ('0x1F', None, 'TEXT_NOT_NUMBER'), ('1_000', None, 'TEXT_NOT_NUMBER'),
    ('1234567890123456', None, 'TEXT_NOT_NUMBER'), ('12,34,567', None, 'TEXT_NOT_NUMBER'), ('((5))', None, 'TEXT_NOT_NUMBER'),
    ('\u0661\u0662', None, 'TEXT_NOT_NUMBER'), ('5 %%', None, 'TEXT_NOT_NUMBER'), ('--5', None, 'TEXT_NOT_NUMBER'),
])
def test_06_text_becomes_a_number_only_when_it_can_be_only_one(tmp_path, text, number, code):
    o = fill(tmp_path, {'B2': text}, {'C2': 1})
    issue = o.issue(code, cell='B2')
    assert issue['value'] == text
    assert o.value('B2') == number
    assert o.json['cells_skipped'] == (0 if code == 'TEXT_CONVERTED' else 1)


# --- 7 errors, error-like texts, empty texts ----------------------------------------------------------------------------------------

def test_07_errors_texts_and_empty_texts_are_three_things(tmp_path):
    template = form(tmp_path / 't.xlsx')
    a = raw(tmp_path / 'a.xlsx', {'Data': filled(B2=('t="e"', '<v>#N/A</v>'), B3='#N/A', B4=('t="str"', '<f>""</f><v></v>'))})
    b = form(tmp_path / 'b.xlsx', {'B2': 2, 'B3': 3, 'B4': 4})
    o = merge(tmp_path, template, a, b)
    assert [o.value('B%d' % r) for r in (2, 3, 4)] == [2, 3, 4]
    assert o.issue('ERROR_VALUE', cell='B2')['value'] == '#N/A'
    assert o.issue('TEXT_NOT_NUMBER', cell='B3')['value'] == '#N/A'
    assert not [i for i in o.issues if i.get('cell') == 'B4']
    average = merge(tmp_path, template, a, b, options=['-f', 'average'], out='avg.xlsx')
    assert [average.value('B%d' % r) for r in (2, 3, 4)] == [2, 3, 4]
    counta = merge(tmp_path, template, a, b, options=['-f', 'counta'], out='counta.xlsx')
    assert counta.value('B4') == 2 and counta.value('B3') == 2


# --- 8 dates and durations ----------------------------------------------------------------------------------------------------------

def test_08_dates_of_1904_are_rebased_and_durations_add_up(tmp_path):
    formats = ['General', 'yyyy-mm-dd', '[h]:mm', '"d"0', '[Red]0.00', '[$-409]0']
    cells = lambda serial: (row(2, A='Label 1', B=('s="1"', '<v>%s</v>' % serial)) + row(3, A='Label 2', B=('s="2"', '<v>1.25</v>'))
                            + row(4, A='Label 3', B=('s="3"', '<v>7</v>')) + row(5, A='Label 4', B=('s="4"', '<v>8</v>'))
                            + row(6, A='Label 5', B=('s="5"', '<v>9</v>')))
    blank = lambda: ''.join(row(r, A='Label %d' % (r - 1), B=('s="%d"' % s, '')) for r, s in ((2, 1), (3, 2), (4, 3), (5, 4), (6, 5)))
    template = raw(tmp_path / 't.xlsx', {'Data': blank()}, formats)
    mac = raw(tmp_path / 'mac.xlsx', {'Data': cells(44000 - 1462)}, formats, workbook='<workbookPr date1904="1"/>')
    win = raw(tmp_path / 'win.xlsx', {'Data': cells(43000)}, formats)
    o = merge(tmp_path, template, mac, win, options=['-f', 'max'])
    assert o.value('B2') == 44000
    o = merge(tmp_path, template, mac, win, out='sum.xlsx')
    assert [o.value('B%d' % r) for r in range(2, 7)] == [None, 2.5, 14, 16, 18]
    assert o.issue('FIELD_NOT_NUMBER', cell='B2')['count'] == 2 and 'DATE_VALUE' not in o.codes  # both sources have a date


def test_08_small_serials_stay_what_they_are(tmp_path):
    template = raw(tmp_path / 't.xlsx', {'Data': row(2, A='Label', B=('s="1"', ''))}, ['General', 'yyyy-mm-dd'])
    sources = [raw(tmp_path / ('s%d.xlsx' % s), {'Data': row(2, A='Label', B=('s="1"', '<v>%d</v>' % s))}, ['General', 'yyyy-mm-dd'])
               for s in (1, 59, 60, 61)]
    assert merge(tmp_path, template, *sources, options=['-f', 'min']).value('B2') == 1
    assert merge(tmp_path, template, *sources, options=['-f', 'max'], out='b.xlsx').value('B2') == 61
    assert merge(tmp_path, template, *sources, options=['-f', 'count'], out='c.xlsx').value('B2') == 4


# --- 9 booleans ---------------------------------------------------------------------------------------------------------------------

def test_09_true_is_never_a_number(tmp_path):
    o = fill(tmp_path, {'B2': True, 'B3': False}, {'B2': 5})
    assert o.value('B2') == 5 and o.value('B3') is None
    assert {(i['cell'], i['value']) for i in o.issues if i['code'] == 'BOOLEAN_VALUE'} == {('B2', 'TRUE'), ('B3', 'FALSE')}
    assert fill(tmp_path, {'B2': True}, {'B2': 5}, options=['-f', 'average']).value('B2') == 5


# --- 10 merged areas ----------------------------------------------------------------------------------------------------------------

def test_10_only_the_anchor_of_a_merged_area_counts(tmp_path):
    template = form(tmp_path / 't.xlsx', change=lambda b, s: s.merge_cells('B2:C3'))
    rows = row(1, A='Form', B='Column 1', C='Column 2') + row(2, A='Label 1', B=10, C=20) + row(3, A='Label 2', B=30, C=40) + \
        row(4, A='Label 3', B=1) + row(5, A='Label 4') + row(6, A='Label 5') + row(7, A='Label 6')
    merged = '<worksheet xmlns="%s"><sheetData>%s</sheetData><mergeCells count="1"><mergeCell ref="B2:C3"/></mergeCells></worksheet>' % (MAIN, rows)
    a = raw(tmp_path / 'a.xlsx', {'Data': merged})
    b = raw(tmp_path / 'b.xlsx', {'Data': rows})
    o = merge(tmp_path, template, a, b)
    assert o.value('B2') == 20 and o.value('C2') is None and o.value('B3') is None and o.value('B4') == 2
    assert {(i['source'], i['cell']) for i in o.issues if i['code'] == 'UNDER_MERGE'} >= {('b.xlsx', 'C2'), ('b.xlsx', 'B3'), ('b.xlsx', 'C3')}
    assert o.issue('MERGE_DIFFERS', source='b.xlsx')
    assert not [i for i in o.issues if i['code'] == 'MERGE_DIFFERS' and i['source'] == 'a.xlsx']


# --- 11 sheets ----------------------------------------------------------------------------------------------------------------------

def test_11_sheets_match_by_name_whatever_the_order_and_the_active_tab(tmp_path):
    def two(book, page, value):
        page['B2'] = value
        other = book.create_sheet('Costs')
        other['A2'], other['B2'], other['C2'] = 'Rent', value and value * 100, 'x'
    template = form(tmp_path / 't.xlsx', change=lambda b, s: two(b, s, None))
    def turned(book, page):
        two(book, page, 3)
        book.move_sheet('Costs', -1)
        book.active = 1
        page.title, book['Costs'].title = ' dATA ', ' Costs'
    a = form(tmp_path / 'a.xlsx', change=turned)
    b = form(tmp_path / 'b.xlsx', change=lambda bk, s: two(bk, s, 4))
    o = merge(tmp_path, template, a, b)
    assert o.value('B2') == 7 and o.value('B2', 'Costs') == 700


# --- 12 XML as Excel reads it -------------------------------------------------------------------------------------------------------

def source_12(tmp_path, kind):
    rows = row(2, A='Label 1', B=1) + row(3, A='Label 2', B=2) + row(4, A='Label 3', B=3)
    path = tmp_path / (kind + '.xlsx')
    plain = '<worksheet xmlns="%s">%s<sheetData>%s</sheetData></worksheet>'
    header = '<?xml version="1.0" encoding="%s"?>'
    if kind == 'wrong dimension':
        return raw(path, {'Data': plain % (MAIN, '<dimension ref="A1:A1"/>', rows)})
    if kind == 'rows out of order':
        return raw(path, {'Data': row(4, A='Label 3', B=3) + row(2, B=1, A='Label 1') + row(3, A='Label 2', B=2)})
    if kind == 'no references':
        return raw(path, {'Data': '<row/><row><c t="inlineStr"><is><t>Label 1</t></is></c><c><v>1</v></c></row>'
                                  '<row><c t="inlineStr"><is><t>Label 2</t></is></c><c><v>2</v></c></row>'
                                  '<row><c t="inlineStr"><is><t>Label 3</t></is></c><c><v>3</v></c></row>'})
    if kind == 'shared formulas':
        return raw(path, {'Data': row(2, A='Label 1', B='<f t="shared" ref="B2:B4" si="0">ROW()-1</f><v>1</v>')
                          + row(3, A='Label 2', B='<f t="shared" si="0"/><v>2</v>') + row(4, A='Label 3', B='<f t="shared" si="0"/><v>3</v>')})
    if kind == 'strict':
        return raw(path, {'Data': rows}, strict=True)
    if kind == 'prefixed':
        inner = rows.replace('<row', '<x:row').replace('</row', '</x:row').replace('<c ', '<x:c ').replace('</c>', '</x:c>')
        for tag in ('v', 'is', 't'):
            inner = inner.replace('<%s>' % tag, '<x:%s>' % tag).replace('</%s>' % tag, '</x:%s>' % tag).replace('<%s ' % tag, '<x:%s ' % tag)
        return raw(path, {'Data': header % 'UTF-8' + '<x:worksheet xmlns:x="%s"><x:sheetData>%s</x:sheetData></x:worksheet>' % (MAIN, inner)})
    if kind == 'bom':
        return raw(path, {'Data': b'\xef\xbb\xbf' + (header % 'UTF-8' + plain % (MAIN, '', rows)).encode()})
    if kind == 'utf-16':
        return raw(path, {'Data': (header % 'UTF-16' + plain % (MAIN, '', rows)).encode('utf-16')})
    if kind == 'escapes':
        return raw(path, {'Data': rows.replace('Label 1', 'Label_x0020_1').replace('<v>2</v>', ' <v>2</v> ')})
    if kind == 'absolute targets':
        def absolute(parts):
            rels = 'xl/_rels/workbook.xml.rels'
            parts[rels] = parts[rels].replace('Target="worksheets', 'Target="/xl/worksheets')
        return raw(path, {'Data': rows}, edit=absolute)
    if kind == 'odd part names':
        def rename(parts):
            parts['data/First Sheet.xml'] = parts.pop('xl/worksheets/sheet1.xml')
            rels = 'xl/_rels/workbook.xml.rels'
            parts[rels] = parts[rels].replace('worksheets/sheet1.xml', '../data/First%20Sheet.xml')
            types = '[Content_Types].xml'
            parts[types] = parts[types].replace('xl/worksheets/sheet1.xml', 'data/First%20Sheet.xml')
        return raw(path, {'Data': rows}, edit=rename)
    if kind == 'shared rich strings':
        strings = ('<si><r><t>Lab</t></r><r><rPr><b/></rPr><t>el 1</t></r><rPh sb="0" eb="1"><t>nonsense</t></rPh></si>'
                   '<si><t>Label 2</t></si><si><t xml:space="preserve">Label 3</t></si>')
        return raw(path, {'Data': row(2, A=('t="s"', '<v>0</v>'), B=1) + row(3, A=('t="s"', '<v>1</v>'), B=2)
                          + row(4, A=('t="s"', '<v>2</v>'), B=('t="n"', '<v>3</v>'))}, strings=strings)
    raise AssertionError(kind)


@pytest.mark.parametrize('kind', ['wrong dimension', 'rows out of order', 'no references', 'shared formulas', 'strict', 'prefixed', 'bom',
                                  'utf-16', 'escapes', 'absolute targets', 'odd part names', 'shared rich strings'])
def test_12_unusual_xml_is_read_as_excel_reads_it(tmp_path, kind):
    template = form(tmp_path / 't.xlsx', labels={'A2': 'Label 1', 'A3': 'Label 2', 'A4': 'Label 3'}, n=3)
    o = merge(tmp_path, template, source_12(tmp_path, kind))
    assert [o.value('B%d' % r) for r in (2, 3, 4)] == [1, 2, 3], o.issues
    assert o.code == 0 and o.codes == [], o.issues


@pytest.mark.parametrize('strict', [False, True])
def test_12_unusual_templates_keep_their_dialect(tmp_path, strict):
    template = raw(tmp_path / 't.xlsx', {'Data': row(2, A='Label 1', B=('s="0"', '')) + row(3, A='Sum', B='<f>B2*2</f><v>0</v>')}, ['General'],
                   strict=strict)
    o = merge(tmp_path, template, raw(tmp_path / 's.xlsx', {'Data': row(2, A='Label 1', B=21)}))
    assert o.value('B2') == 21 and o.value('B3') == 42
    with zipfile.ZipFile(o.out) as z:
        part = z.read('xl/worksheets/sheet1.xml').decode()
        assert (STRICT_MAIN if strict else MAIN) in part


def test_12_carriage_return_escapes_are_text(tmp_path):
    source = raw(tmp_path / 's.xlsx', {'Data': row(2, A='Label 1', B='a_x000D_\nb_x005F_c')})
    assert cells_of(source)['Data', 'B2'] == ('s', 'a\r\nb_c')


# --- 13 identity of sources ---------------------------------------------------------------------------------------------------------

def test_13_same_stem_twice_other_scripts_locks_and_earlier_outputs(tmp_path):
    folder = tmp_path / 'in'
    for i, name in enumerate(['north/Return.xlsx', 'south/Return.xlsx', 'Отчёт.xlsx', '報告.XLSX', 'a10.xlsx', 'a2.xlsx']):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        form(folder / name, {'B2': 10 ** i})
    (folder / '~$Return.xlsx').write_bytes(b'\x05owner')
    (folder / '._Return.xlsx').write_bytes(b'\0\5\26\7')
    (folder / 'empty.xlsx').write_bytes(b'')
    template = form(folder / 'template.xlsx')
    o = merge(tmp_path, template, folder)
    shutil.copy(o.out, folder / 'Return 2023.xlsx')  # an earlier output under a name of its own
    o = merge(tmp_path, template, folder)
    assert o.value('B2') == 111111
    assert [s['source'] for s in o.report['sources']] == ['a2', 'a10', 'Return', 'south/Return', 'Отчёт', '報告']
    assert {i['value'] for i in o.issues if i['code'] == 'LEFT_OUT'} == \
        {'~$Return.xlsx', '._Return.xlsx', 'empty.xlsx', 'template.xlsx', 'Return 2023.xlsx'}
    head = next(load(o.out)['Contributions'].iter_rows(max_row=1, values_only=True))
    assert list(head[7:]) == ['a2', 'a10', 'Return', 'south/Return', 'Отчёт', '報告']


def test_13_same_parent_and_stem_get_a_number(tmp_path):
    for i, top in enumerate(('x', 'y')):
        (tmp_path / top / 'p').mkdir(parents=True)
        form(tmp_path / top / 'p' / 'r.xlsx', {'B2': i + 1})
    o = merge(tmp_path, form(tmp_path / 't.xlsx'), tmp_path / 'x' / 'p', tmp_path / 'y' / 'p')
    names = [s['source'] for s in o.report['sources']]
    assert o.value('B2') == 3 and len(set(names)) == 2, names
    assert 'DUPLICATE_IDENTITY' in o.codes


# --- 14 limits of Excel -------------------------------------------------------------------------------------------------------------

def test_14_long_texts_are_cut_nowhere_silently(tmp_path):
    long = 'x' * 20000
    o = fill(tmp_path, {'B2': long, 'B3': 'short'}, {'B2': long, 'B3': 'words'}, options=['-f', 'join'])
    assert o.value('B3') == 'short; words'
    assert len(o.value('B2')) == 32767 and 'RESULT_TEXT_CUT' in o.codes
    assert o.issue('RESULT_TEXT_CUT')['cell'] == 'B2'


def test_14_notes_stay_below_their_limit(tmp_path):
    template = form(tmp_path / 't.xlsx')
    names = ['%02d %s.xlsx' % (i, 'n' * 200) for i in range(40)]
    sources = [form(tmp_path / name, {'B2': i + 1}) for i, name in enumerate(names)]
    o = merge(tmp_path, template, *sources)
    note = load(o.out)['Data']['B2'].comment.text
    assert len(note) <= 32767 and '30 more' in note
    assert [line for line in note.splitlines() if '39 nnn' in line]


def test_14_template_beyond_the_grid_is_refused_by_name(tmp_path):
    template = raw(tmp_path / 'bad.xlsx', {'Data': '<row r="1048577"><c r="A1048577"><v>1</v></c></row>'})
    r = sheaf('merge', '-t', template, '-o', tmp_path / 'o.xlsx', form(tmp_path / 's.xlsx'))
    assert r.code == 3 and 'bad.xlsx' in r.err, r.err
    assert not (tmp_path / 'o.xlsx').exists()


# --- 15 broken sources --------------------------------------------------------------------------------------------------------------

def break_crc(path):
    """One stored byte of the sheet's data is changed: everything before the end reads well, only the checksum does not."""
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as z:
        info = z.getinfo('xl/worksheets/sheet1.xml')
        body = z.read(info)
    start = info.header_offset + 30 + len(info.filename.encode()) + int.from_bytes(data[info.header_offset + 28:info.header_offset + 30], 'little')
    at = start + body.rindex(b'<v>9</v>') + 3
    assert data[at:at + 1] == b'9'
    data[at:at + 1] = b'8'
    path.write_bytes(data)


@pytest.mark.parametrize('harm', ['truncated', 'crc', 'xml', 'encrypted', 'html', 'not a zip', 'out of grid', 'no workbook'])
def test_15_a_broken_source_counts_for_nothing_and_is_named(tmp_path, harm):
    template = form(tmp_path / 't.xlsx')
    good = form(tmp_path / 'good.xlsx', {'B2': 1})
    rows = ''.join(row(r, A='Label %d' % (r - 1), B=9) for r in range(2, 8))
    bad = raw(tmp_path / 'bad.xlsx', {'Data': rows}, compress=zipfile.ZIP_STORED)
    if harm == 'truncated':
        bad.write_bytes(bad.read_bytes()[:-300])
    elif harm == 'crc':
        break_crc(bad)
    elif harm == 'xml':
        raw(bad, {'Data': '<worksheet xmlns="%s"><sheetData>%s' % (MAIN, rows)})
    elif harm == 'encrypted':
        import struct
        sector = bytearray(b'\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1' + b'\0' * 504)
        struct.pack_into('<HHHHH', sector, 24, 0x3E, 3, 0xFFFE, 9, 6)
        struct.pack_into('<II', sector, 44, 1, 1)
        struct.pack_into('<IIIII', sector, 56, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
        struct.pack_into('<I', sector, 76, 0)
        for i in range(1, 109):
            struct.pack_into('<I', sector, 76 + 4 * i, 0xFFFFFFFF)
        fat = struct.pack('<III', 0xFFFFFFFD, 0xFFFFFFFE, 0xFFFFFFFE) + b'\xff' * 500
        def entry(name, kind, child=0xFFFFFFFF, right=0xFFFFFFFF, start=0xFFFFFFFE, size=0):
            text = name.encode('utf-16-le') + b'\0\0'
            return text.ljust(64, b'\0') + struct.pack('<HBBIII', len(text), kind, 1, 0xFFFFFFFF, right, child) + b'\0' * 36 + \
                struct.pack('<IQ', start, size)
        directory = entry('Root Entry', 5, child=1) + entry('EncryptionInfo', 2, right=2) + entry('EncryptedPackage', 2) + b'\0' * 128
        bad.write_bytes(bytes(sector) + fat[:512] + directory + b'\0' * 512)
    elif harm == 'html':
        bad.write_text('<html><body><table><tr><td>9</td></tr></table></body></html>')
    elif harm == 'not a zip':
        bad.write_bytes(b'PK\x03\x04 nothing behind it')
    elif harm == 'out of grid':
        raw(bad, {'Data': rows + '<row r="1048577"><c r="A1048577"><v>1</v></c></row>'})
    elif harm == 'no workbook':
        with zipfile.ZipFile(bad, 'w') as z:
            z.writestr('[Content_Types].xml', '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>')
    o = merge(tmp_path, template, good, bad)
    assert o.code == 2, o.json
    assert o.value('B2') == 1 and o.value('B3') is None
    issue = o.issue('SOURCE_ENCRYPTED' if harm == 'encrypted' else 'SOURCE_FAILED', source='bad.xlsx')
    assert len(issue['detail'] + issue['value']) > 10 or harm == 'encrypted', issue
    record = o.report['sources'][1]
    assert record['status'] == 'failed' and record['reason'] and 'cells' not in record, record
    assert not (o.out.parent / 'bad.xlsx.tmp').exists()
    listed = load(o.out)['Sources']
    assert [c.value for c in listed[3]][:2] == ['bad', tmp_path.name + '/bad.xlsx'] and listed[3][5].value == 'failed' and listed[3][-1].value


# --- 16 all contributions are there -------------------------------------------------------------------------------------------------

@pytest.mark.slow
def test_16_every_contribution_of_many_sources_is_written(tmp_path):
    """60 files x 200 cells here; the 550 x 2,000 of the trap differ only in size, and bench/ measures those."""
    n, rows = 60, 100
    folder = tmp_path / 'in'
    folder.mkdir()
    label = lambda r: row(r, A='Label %d' % r, B=('s="0"', ''), C=('s="0"', ''))
    template = raw(tmp_path / 't.xlsx', {'Data': ''.join(label(r) for r in range(1, rows + 1))}, ['0'])
    for i in range(n):
        raw(folder / ('s%03d.xlsx' % i), {'Data': ''.join(row(r, A='Label %d' % r, B=i * 1000 + r, C=0.01 * i) for r in range(1, rows + 1))})
    o = merge(tmp_path, template, folder, options=['--contributions=long'])
    assert o.json['contributions'] == n * rows * 2
    book = openpyxl.load_workbook(o.out, read_only=True)
    seen = {}
    for sheet, cell, _, _, _, _, count, source, value in itertools.islice(book['Contributions'].iter_rows(values_only=True), 1, None):
        assert count == n and (cell, source) not in seen
        seen[cell, source] = value
    assert len(seen) == n * rows * 2
    assert seen['B7', 's059'] == 59007
    assert o.value('B7') == sum(i * 1000 + 7 for i in range(n))
    wide = merge(tmp_path, template, folder, out='wide.xlsx')
    assert wide.json['contributions'] == n * rows * 2
    assert sum(1 for _ in openpyxl.load_workbook(wide.out, read_only=True)['Contributions'].iter_rows(values_only=True)) == rows * 2 + 1
