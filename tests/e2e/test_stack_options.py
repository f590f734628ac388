# SPDX-License-Identifier: MIT
"""Rows below each other: headers, values of every kind, and each option, on small workbooks."""
import csv, datetime, json, os, shutil, zipfile

import openpyxl
import pytest
import xlsxwriter
from books import raw, row
from conftest import load, sheaf
from stack import SOURCE_COLUMNS, stack, table, table_of


def two(folder, **second):
    a = table(folder / 'a.xlsx', [['Id', 'Name', 'Net'], [1, 'one', 10.5], [2, 'two', 20]])
    b = table(folder / 'b.xlsx', [['Net', 'ID ', 'Remark'], [30.25, 3, 'r3'], [40, 4, None]], **second)
    return a, b


# --- headers and columns --------------------------------------------------------------------------------------------------------------

def test_columns_are_matched_by_name_in_order_of_first_appearance(tmp_path):
    o = stack(tmp_path, *two(tmp_path))
    assert o.header == SOURCE_COLUMNS + ['Id', 'Name', 'Net', 'Remark']
    assert [(r + [None] * 7)[:7] for r in o.rows] == [
        ['a.xlsx', 'Data', 2, 1, 'one', 10.5, None], ['a.xlsx', 'Data', 3, 2, 'two', 20, None],
        ['b.xlsx', 'Data', 2, 3, None, 30.25, 'r3'], ['b.xlsx', 'Data', 3, 4, None, 40, None]]
    assert o.code == 0 and 'COLUMN_MISSING' in o.codes


@pytest.mark.parametrize('which, columns, rows', [
    ('union', ['Id', 'Name', 'Net', 'Remark'], 4), ('intersection', ['Id', 'Net'], 4), ('first', ['Id', 'Name', 'Net'], 4)])
def test_columns_policies(tmp_path, which, columns, rows):
    o = stack(tmp_path, *two(tmp_path), options=['--columns=' + which])
    assert o.header[3:] == columns and len(o.rows) == rows
    if which == 'union':
        assert 'COLUMN_EXTRA' not in o.codes and o.code == 0
    else:
        assert {i['detail'] for i in o.issues if i['code'] == 'COLUMN_EXTRA'} >= {'Remark'} and o.code == 1
        assert o.json['cells_used'] == {'intersection': 8, 'first': 10}[which]


def test_columns_strict_refuses_a_source_with_others(tmp_path):
    a, b = two(tmp_path)
    same = table(tmp_path / 'c.xlsx', [['Net', 'Name', 'Id'], [1, 'x', 9]])  # another order is no difference
    o = stack(tmp_path, a, b, same, options=['--columns=strict'])
    assert o.code == 2 and o.column('Id') == [1, 2, 9] and o.json['rejected'] + o.json['failed'] == 1
    issue = o.issue('COLUMNS_DIFFER')
    assert issue['severity'] == 'error' and 'b' in issue['source']


def test_key_exact_keeps_names_apart(tmp_path):
    o = stack(tmp_path, *two(tmp_path), options=['--key=exact'])
    assert o.header[3:] == ['Id', 'Name', 'Net', 'ID ', 'Remark'] or o.header[3:] == ['Id', 'Name', 'Net', 'ID', 'Remark']
    assert len([n for n in o.header if n and n.strip().lower() == 'id']) == 2


def test_near_misses_are_told_and_not_joined(tmp_path):
    a = table(tmp_path / 'a.xlsx', [['Supplier', 'Amount'], ['x', 1]])
    b = table(tmp_path / 'b.xlsx', [['Suplier', 'Amount'], ['y', 2]])
    o = stack(tmp_path, a, b)
    assert o.header[3:] == ['Supplier', 'Amount', 'Suplier'] and 'COLUMN_SIMILAR' in o.codes and o.code == 1


def test_alias_files(tmp_path):
    a, b = two(tmp_path)
    names = tmp_path / 'names.csv'
    names.write_text('Remark,Name\n"Net","Amount, net"\n', encoding='utf-8-sig')
    o = stack(tmp_path, a, b, options=['--alias', names])
    assert o.header[3:] == ['Id', 'Name', 'Amount, net']
    assert o.column('Name') == ['one', 'two', 'r3', None] and o.column('Amount, net') == [10.5, 20, 30.25, 40]
    for text, words in (('a,b\nc\n', 'line 2'), ('a,b\na,c\n', 'line 2'), ('a,"b\n', 'line 1'), ('a,b\n\n,x\n', 'line 3'), ('a;b;c,d,e\n', 'line 1')):
        names.write_text(text)
        r = sheaf('merge', '-o', tmp_path / 'x.xlsx', '--alias', names, a)
        assert r.code == 4 and words in r.err and 'names.csv' in r.err, (text, r.err)
    names.write_bytes(b'a,\xff\n')
    assert 'UTF-8' in sheaf('merge', '--alias', names, a, cwd=tmp_path).err
    names.write_text('Remark\tName\nNet\tAmount\n')
    assert stack(tmp_path, a, b, options=['--alias', names]).header[3:] == ['Id', 'Name', 'Amount']


def test_the_header_is_found_below_titles_and_blank_rows(tmp_path):
    a = table(tmp_path / 'a.xlsx', [['Purchases 2024'], [None], [None, 'printed on Monday'], ['Id', 'Name', 'Net'], [1, 'x', 2], [2, 'y', 3]])
    b = table(tmp_path / 'b.xlsx', [['Id', 'Name', 'Net'], [3, 'z', 4], [4, 'w', 5]], at=(3, 2))
    o = stack(tmp_path, a, b)
    assert o.header[3:] == ['Id', 'Name', 'Net'] and o.data() == [[1, 'x', 2], [2, 'y', 3], [3, 'z', 4], [4, 'w', 5]]
    assert o.column('_row') == [5, 6, 4, 5] and o.json['row_counts']['above_header'] >= 1


def test_header_rows_can_be_given_and_joined(tmp_path):
    def merged(book, sheet):
        sheet.merge_cells('B2:C2')
    a = table(tmp_path / 'a.xlsx', [['x', 'x', 'x'], ['Id', 'July', None], [None, 'Net', 'VAT'], [1, 2, 3]], change=merged)
    o = stack(tmp_path, a, options=['--header=2-3'])
    assert o.header[3:] == ['Id', 'July / Net', 'July / VAT'] and o.data() == [[1, 2, 3]]
    o = stack(tmp_path, a, options=['--header', '1'])
    assert o.header[3:] == ['x', 'x_2', 'x_3'] and len(o.rows) == 3


def test_duplicate_and_blank_names(tmp_path):
    a = table(tmp_path / 'a.xlsx', [['Id', 'Net', None, 'net'], [1, 2, 3, 4], [5, 6, 7, 8]])
    o = stack(tmp_path, a)
    assert o.header[3:] == ['Id', 'Net', 'Column_C', 'net_2'] and o.data() == [[1, 2, 3, 4], [5, 6, 7, 8]]


def test_values_outside_the_table_are_counted_and_not_taken(tmp_path):
    a = table(tmp_path / 'a.xlsx', [['Id', 'Net'], [1, 2, None, 'margin'], [3, 4]])
    o = stack(tmp_path, a)
    assert o.data() == [[1, 2], [3, 4]] and 'OUTSIDE_TABLE' in o.codes


def test_a_sheet_without_a_header_is_told(tmp_path):
    a = table(tmp_path / 'a.xlsx', [[1, 2], [3, 4]])
    o = stack(tmp_path, a, table(tmp_path / 'b.xlsx', [['Id', 'Net'], [5, 6]]))
    assert 'HEADER_MISSING' in o.codes and o.data() == [[5, 6]] and o.code == 1


def test_an_output_without_a_column_is_not_written(tmp_path):
    a = table(tmp_path / 'a.xlsx', [['Id', 'Net'], [5, 6]])
    b = table(tmp_path / 'b.xlsx', [['Name', 'Day'], ['x', 'y']])
    (tmp_path / 'out.xlsx').write_bytes(b'the earlier output')
    for options, words in ((['--header=900'], '--header'), (['--columns=intersection'], 'no column is in all sources')):
        o = stack(tmp_path, a, b, options=options)
        assert o.code == 3 and words in o.json['error']['text'] and (tmp_path / 'out.xlsx').read_bytes() == b'the earlier output'
        assert o.report['summary']['refused']
    assert stack(tmp_path, table(tmp_path / 'c.xlsx', [['Id', 'Net']])).json['rows'] == 0  # a header without rows is an answer


def test_source_columns(tmp_path):
    a, b = two(tmp_path)
    o = stack(tmp_path, a, b, options=['--source-columns', 'File,"Sheet, tab",Line'])
    assert o.header[:3] == ['File', 'Sheet, tab', 'Line'] and o.column('Line') == [2, 3, 2, 3] and [n.rsplit('/', 1)[-1] for n in o.column('File')] == ['a.xlsx', 'a.xlsx', 'b.xlsx', 'b.xlsx']
    o = stack(tmp_path, a, b, options=['--no-source-columns'])
    assert o.header == ['Id', 'Name', 'Net', 'Remark'] and o.rows[0][:3] == [1, 'one', 10.5] and o.json['columns'] == 4


# --- values ---------------------------------------------------------------------------------------------------------------------------

TEXTS = ['007', '12345678901234567890', '=x', '=1+1', '+1', '-2', '@SUM(A1)', ' leading', 'trailing ', 'two\nlines', 'tab\there', '😀 emoji', '株式会社', 'ﬁ',
         'a_x000D_b', '_x0041_', 'a<&>"\'', '1e5', 'TRUE', '#N/A', '2024-07-31', "'quoted", ' ']


def test_texts_stay_as_they_are(tmp_path):
    rows = row(1, A='Id', B='Text') + ''.join(row(r, A=r, B=t) for r, t in enumerate(TEXTS, 2))
    rows = rows.replace('a_x000D_b', 'a_x005F_x000D_b').replace('>_x0041_', '>_x005F_x0041_')
    o = stack(tmp_path, raw(tmp_path / 's.xlsx', {'Data': rows + row(90, A=90, B='cr_x000D_lf_x0007_')}))
    assert [c[0] for c in o.column('Text', typed=True)] == ['s'] * (len(TEXTS) + 1)
    assert o.column('Text')[:-1] == TEXTS
    assert o.column('Text')[-1] in ('cr\rlf\x07', 'cr\nlf\x07')
    assert [r[4] for r in load(o.out, values=False)['Data'].iter_rows(values_only=True)][1:4] == TEXTS[:3]
    with zipfile.ZipFile(o.out) as z:
        assert b'<f' not in z.read('xl/worksheets/sheet1.xml')


def test_numbers_keep_their_digits(tmp_path):
    tokens = ['0.1', '1E-7', '123456789012345680', '0.30000000000000004', '-0.5', '1.7976931348623157E308', '14394.60', '5.', '+3'][:7]
    rows = row(1, A='Id', B='Number') + ''.join(row(r, A='k%d' % r, B='<v>%s</v>' % t) for r, t in enumerate(tokens, 2))
    o = stack(tmp_path, raw(tmp_path / 's.xlsx', {'Data': rows}))
    assert o.column('Number') == [float(t) for t in tokens]
    with zipfile.ZipFile(o.out) as z:
        body = z.read('xl/worksheets/sheet1.xml').decode()
    assert all('<v>%s</v>' % t in body for t in tokens)


def test_kinds_of_values_move_unchanged(tmp_path):
    cells = [('t="b"', '<v>1</v>'), ('t="b"', '<v>0</v>'), ('t="e"', '<v>#N/A</v>'), ('t="e"', '<v>#DIV/0!</v>'), ('', '<f>1+1</f><v>2</v>'),
             ('t="str"', '<f>"a"&amp;"b"</f><v>ab</v>'), ('t="str"', '<f>""</f><v></v>'), ('', '<f>NOW()</f>')]
    rows = row(1, A='Id', B='Value') + ''.join(row(r, A='k%d' % r, B=c) for r, c in enumerate(cells, 2))
    o = stack(tmp_path, raw(tmp_path / 's.xlsx', {'Data': rows}))
    assert o.column('Value', typed=True)[:6] == [('b', '1'), ('b', '0'), ('e', '#N/A'), ('e', '#DIV/0!'), ('n', 2.0), ('s', 'ab')]
    assert o.column('Value', typed=True)[6] in (None, ('s', '')) and o.column('Value')[7] is None
    assert o.code == 1 and o.codes.count('NO_CACHED_VALUE') == 1 and o.issue('NO_CACHED_VALUE')['cell'] == 'B9'
    assert o.issue('ERROR_KEPT')['severity'] == 'info'


FORMATS = ['yyyy-mm-dd', 'dd/mm/yyyy hh:mm', '#,##0.00', '0.0%', '[h]:mm', '"No. "0', '[$€-407] #,##0.00', 'h:mm:ss', '[Red]0;[Blue]-0', '@']


def test_number_formats_are_kept_cell_by_cell(tmp_path):
    def change(book, sheet):
        for r, code in enumerate(FORMATS, 2):
            sheet.cell(r, 2).number_format = code
    a = table(tmp_path / 'a.xlsx', [['Id', 'V']] + [['k%d' % r, 40000.25 + r] for r in range(len(FORMATS))], change=change)
    b = table(tmp_path / 'b.xlsx', [['Id', 'V']] + [['m%d' % r, r + 0.5] for r in range(4)], formats={'V': '0.0%'})
    o = stack(tmp_path, a, b)
    sheet = openpyxl.load_workbook(o.out)['Data']
    assert [sheet.cell(r, 5).number_format for r in range(2, 2 + len(FORMATS))] == FORMATS
    assert {sheet.cell(r, 5).number_format for r in range(2 + len(FORMATS), 6 + len(FORMATS))} == {'0.0%'}
    assert sheet.cell(2, 4).number_format == 'General'


def test_dates_of_1904_books_are_the_same_days(tmp_path):
    day = datetime.datetime(2024, 7, 31)
    def change(book, sheet):
        book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    rows = [['Id', 'Day', 'Time', 'Number'], ['a', day, datetime.timedelta(hours=30), 7], ['b', datetime.datetime(2024, 2, 29, 12), datetime.timedelta(hours=1), 8]]
    formats = {'Day': 'yyyy-mm-dd', 'Time': '[h]:mm'}
    o = stack(tmp_path, table(tmp_path / 'a.xlsx', rows, formats=formats), table(tmp_path / 'b.xlsx', rows, formats=formats, change=change))
    assert o.column('Day') == [45504.0, 45351.5] * 2 and o.column('Time') == [1.25, pytest.approx(1 / 24)] * 2 and o.column('Number') == [7, 8] * 2
    assert {load(o.out)['Data'].cell(r, 5).value for r in (2, 4)} == {day}


def test_iso_dates_become_serials_with_a_format(tmp_path):
    rows = row(1, A='Id', B='Day') + row(2, A='a', B=('t="d"', '<v>2024-07-31</v>')) + row(3, A='b', B=('t="d"', '<v>2024-07-31T12:00:00</v>'))
    o = stack(tmp_path, raw(tmp_path / 's.xlsx', {'Data': rows}))
    assert o.column('Day') == [45504.0, 45504.5]
    read = [load(o.out)['Data'].cell(r, 5).value for r in (2, 3)]
    assert read == [datetime.datetime(2024, 7, 31), datetime.datetime(2024, 7, 31, 12)]


# --- which rows and sheets ------------------------------------------------------------------------------------------------------------

def test_hidden_rows_count_and_hidden_sheets_do_not(tmp_path):
    def change(book, sheet):
        sheet.row_dimensions[3].hidden = True
        other = book.create_sheet('Old')
        other.append(['Id', 'Net'])
        other.append([9, 9])
        other.sheet_state = 'hidden'
    a = table(tmp_path / 'a.xlsx', [['Id', 'Net'], [1, 2], [3, 4], [5, 6]], change=change)
    assert stack(tmp_path, a).column('Id') == [1, 3, 5] and 'SHEET_HIDDEN' in stack(tmp_path, a).codes
    o = stack(tmp_path, a, options=['--skip-hidden'])
    assert o.column('Id') == [1, 5] and o.json['row_counts']['hidden'] == 1
    assert stack(tmp_path, a, options=['--sheet=all']).column('Id') == [1, 3, 5, 9]
    assert stack(tmp_path, a, options=['--sheet=Old']).column('Id') == [9]


def test_sheets_can_be_chosen(tmp_path):
    def change(book, sheet):
        other = book.create_sheet('Aug')
        other.append(['Id', 'Net'])
        other.append([2, 20])
    a = table(tmp_path / 'a.xlsx', [['Id', 'Net'], [1, 10]], sheet='Jul', change=change)
    for which, ids in (('Jul', [1]), ('#2', [2]), ('/^A/', [2]), ('all', [1, 2]), ('active', [1])):
        assert stack(tmp_path, a, options=['-s', which]).column('Id') == ids, which
    o = stack(tmp_path, a)
    assert o.column('_sheet') == ['Jul', 'Aug'] and o.column('_row') == [2, 2]


LEDGER = [['Item', 'Net', 'VAT'], ['a', 10.1, 1], ['b', 20.2, 2], ['c', 30.3, 3]]


def test_proven_totals_are_dropped_and_doubtful_ones_kept(tmp_path):
    a = table(tmp_path / 'a.xlsx', LEDGER + [['Total', 60.6, 6]])
    o = stack(tmp_path, a)
    assert o.column('Item') == ['a', 'b', 'c'] and o.json['row_counts']['totals'] == 1 and o.issue('TOTAL_ROW')['row'] == 5 and o.code == 0
    assert stack(tmp_path, a, options=['--totals=keep']).column('Item') == ['a', 'b', 'c', 'Total']
    o = stack(tmp_path, table(tmp_path / 'b.xlsx', LEDGER + [['Total', 61.6, 7]]))
    assert o.column('Item') == ['a', 'b', 'c', 'Total'] and o.code == 1 and o.issue('TOTAL_DOUBTFUL')['sheet'] == 'Data'


def test_subtotals_and_a_grand_total(tmp_path):
    rows = [LEDGER[0], LEDGER[1], LEDGER[2], ['Subtotal', 30.3, 3], LEDGER[3], ['d', 1.5, 1], ['Subtotal', 31.8, 4], ['Grand total:', 62.1, 7]]
    assert stack(tmp_path, table(tmp_path / 'a.xlsx', rows)).column('Item') == ['a', 'b', 'c', 'd']
    rows[3][0] = rows[6][0] = 'Zwischensumme'
    rows[7][0] = 'Gesamtsumme'
    assert stack(tmp_path, table(tmp_path / 'b.xlsx', rows)).column('Item') == ['a', 'b', 'c', 'd']


def test_a_supplier_called_total_is_no_total(tmp_path):
    rows = [['Supplier', 'Litres', 'Net'], ['Shell', 10, 15.5], ['Total', 20, 31], ['Esso', 30, 46.5]]
    o = stack(tmp_path, table(tmp_path / 'a.xlsx', rows))
    assert o.column('Supplier') == ['Shell', 'Total', 'Esso']


def test_footers_and_repeated_headers(tmp_path):
    rows = LEDGER + [[None], LEDGER[0], ['d', 1, 1], [None], ['Checked by: T. Moyo'], ['printed 1 Oct']]
    a = table(tmp_path / 'a.xlsx', rows)
    o = stack(tmp_path, a)
    assert o.column('Item') == ['a', 'b', 'c', 'd']
    counts = o.json['row_counts']
    assert counts['header_repeated'] == 1 and counts['footers'] == 2 and {'HEADER_REPEATED', 'FOOTER_ROW'} <= set(o.codes) and o.code == 0
    assert stack(tmp_path, a, options=['--footers=keep']).column('Item') == ['a', 'b', 'c', 'd', 'Checked by: T. Moyo', 'printed 1 Oct']


def test_text_in_the_middle_of_a_table_is_a_row(tmp_path):
    o = stack(tmp_path, table(tmp_path / 'a.xlsx', [LEDGER[0], LEDGER[1], [None], ['see letter'], LEDGER[2]]))
    assert o.column('Item') == ['a', 'see letter', 'b']


def test_dedupe(tmp_path):
    a = table(tmp_path / 'a.xlsx', [['Id', 'Name', 'Net'], [1, 'x', 1], [1, 'x', 1], [2, 'X', 1], [2, 'y', 1]])
    b = table(tmp_path / 'b.xlsx', [['Net', 'Id', 'Name'], [1, 1, 'x'], [5, 2, 'x']])
    assert len(stack(tmp_path, a, b).rows) == 6
    o = stack(tmp_path, a, b, options=['--dedupe=row'])
    assert o.data() == [[1, 'x', 1], [2, 'X', 1], [2, 'y', 1], [2, 'x', 5]] and o.json['row_counts']['duplicates'] == 2 and 'ROW_DUPLICATE' in o.codes
    assert stack(tmp_path, a, b, options=['--dedupe=key:id']).column('_row') == [2, 4]
    assert len(stack(tmp_path, a, b, options=['--dedupe=key:Id,Net']).rows) == 3
    assert len(stack(tmp_path, a, b, options=['--dedupe=key:Id', '--dedupe=none']).rows) == 6
    r = sheaf('merge', '-o', tmp_path / 'o.xlsx', '--dedupe=key:Nope', a)
    assert r.code == 4 and 'Nope' in r.err


@pytest.mark.parametrize('conditions, ids', [
    (['Net >= 20'], [2, 3, 4]), (['Net = 10'], [1]), (['Net != 10'], [2, 3, 4, 5]), (['Net > 20', 'Net < 40'], [3]), (['Name = ONE'], [1]),
    (['Name ~ t*'], [2, 3]), (['Name !~ t*'], [1, 4, 5]), (['Day >= 2024-08-01'], [2, 3]), (['_file ~ *b.xlsx'], [4, 5]), (['Name ='], [5])])
def test_where(tmp_path, conditions, ids):
    head, formats = ['Id', 'Name', 'Net', 'Day'], {'Day': 'yyyy-mm-dd'}
    a = table(tmp_path / 'a.xlsx', [head, [1, 'one', 10, datetime.date(2024, 7, 31)], [2, 'two', 20, datetime.date(2024, 8, 1)],
                                    [3, 'three', 30, datetime.date(2024, 9, 1)]], formats=formats)
    b = table(tmp_path / 'b.xlsx', [head, [4, 'four', 40, None], [5, None, None, datetime.date(2020, 1, 1)]], formats=formats)
    o = stack(tmp_path, a, b, options=[w for c in conditions for w in ('--where', c)])
    assert o.column('Id') == ids and o.json['row_counts']['filtered'] == 5 - len(ids)


def test_where_of_an_unknown_column_is_wrong_usage(tmp_path):
    a, b = two(tmp_path)
    for condition in ('Nope = 1', 'Net', '= 3'):
        r = sheaf('merge', '-o', tmp_path / 'o.xlsx', '--where', condition, a, b)
        assert r.code == 4 and condition.split()[0] in r.err, (condition, r.code, r.err)
        assert not (tmp_path / 'o.xlsx').exists()


# --- forms of output ------------------------------------------------------------------------------------------------------------------

def mixed(folder):
    rows = row(1, A='Id', B='Text', C='Number', D='Day', E='Flag', F='Error')
    rows += row(2, A='007', B='a,b "c"\nd', C='<v>1.50</v>', D=('s="1"', '<v>45504</v>'), E=('t="b"', '<v>1</v>'), F=('t="e"', '<v>#N/A</v>'))
    rows += row(3, A='=x', B=' pad ', C='<v>1E3</v>', D=('s="2"', '<v>45504.5</v>'), E=('t="b"', '<v>0</v>'))
    return raw(folder / 'm.xlsx', {'Data': rows}, formats=['General', 'yyyy-mm-dd', 'dd/mm/yy hh:mm'])


def test_csv(tmp_path):
    o = stack(tmp_path, mixed(tmp_path), out='o.csv')
    text = o.out.read_bytes().decode('utf-8-sig')
    assert text.endswith('\r\n') and '\r\n' in text
    assert [[r[0].rsplit('/', 1)[-1]] + r[1:] for r in csv.reader(text.splitlines(True))] == [
        SOURCE_COLUMNS + ['Id', 'Text', 'Number', 'Day', 'Flag', 'Error'],
        ['m.xlsx', 'Data', '2', '007', 'a,b "c"\nd', '1.50', '2024-07-31', 'TRUE', '#N/A'],
        ['m.xlsx', 'Data', '3', "'=x", ' pad ', '1E3', '2024-07-31T12:00:00', 'FALSE', '']]


@pytest.mark.parametrize('extension', ['jsonl', 'ndjson'])
def test_jsonl(tmp_path, extension):
    o = stack(tmp_path, mixed(tmp_path), out='o.' + extension)
    lines = o.out.read_text(encoding='utf-8').splitlines()
    assert [dict(json.loads(line), _file='m.xlsx') for line in lines] == [
        {'_file': 'm.xlsx', '_sheet': 'Data', '_row': 2, 'Id': '007', 'Text': 'a,b "c"\nd', 'Number': 1.5, 'Day': '2024-07-31', 'Flag': True, 'Error': {'error': '#N/A'}},
        {'_file': 'm.xlsx', '_sheet': 'Data', '_row': 3, 'Id': '=x', 'Text': ' pad ', 'Number': 1000, 'Day': '2024-07-31T12:00:00', 'Flag': False, 'Error': None}]
    assert '"Number":1.50' in lines[0]


def test_every_form_holds_the_same_rows(tmp_path):
    a, b = two(tmp_path)
    book = stack(tmp_path, a, b)
    lines = stack(tmp_path, a, b, out='o.jsonl').out.read_text().splitlines()
    assert [list(json.loads(l).values())[1:] for l in lines] == [(r + [None] * 7)[1:7] for r in book.rows]
    with open(stack(tmp_path, a, b, out='o.csv').out, newline='', encoding='utf-8-sig') as text:
        assert [r[3:] for r in csv.reader(text)][1:] == [['1', 'one', '10.5', ''], ['2', 'two', '20', ''], ['3', '', '30.25', 'r3'], ['4', '', '40', '']]


@pytest.mark.parametrize('more', [[], ['--cell-refs'], ['--dedupe=row']])
def test_more_rows_than_a_sheet_has_go_on_in_another(tmp_path, more):
    sources = [table(tmp_path / ('%d.xlsx' % i), [['Id', 'Name']] + [[100 * i + k, 'n%d' % k] for k in range(n)]) for i, n in enumerate((7, 30, 1, 4))]
    o = stack(tmp_path, *sources, options=more, env={'SHEAF_SHEET_ROWS': '11'})
    sheets = [o.typed] + [table_of(o.cells, 'Data (%d)' % n)[1:] for n in (2, 3, 4, 5)]
    assert [len(s) for s in sheets] == [10, 10, 10, 10, 2] and load(o.out).sheetnames == ['Data', 'Data (2)', 'Data (3)', 'Data (4)', 'Data (5)', 'Sources', 'Issues']
    assert [r[3][1] for s in sheets for r in s] == [100 * i + k for i, n in enumerate((7, 30, 1, 4)) for k in range(n)]
    for n in (2, 5):
        assert [c[1] for c in table_of(o.cells, 'Data (%d)' % n)[0]] == o.header
    whole = stack(tmp_path, *sources, options=[m for m in more if m != '--cell-refs'], out='whole.csv', env={'SHEAF_SHEET_ROWS': '11'})
    assert len(whole.out.read_text().splitlines()) == 43


def test_compress_small_is_smaller_and_holds_the_same(tmp_path):
    a = table(tmp_path / 'a.xlsx', [['Id', 'Name']] + [['k%d' % i, 'the same text again %d' % (i % 7)] for i in range(600)])
    fast, small = stack(tmp_path, a), stack(tmp_path, a, options=['--compress=small'], out='small.xlsx')
    assert fast.rows == small.rows and small.out.stat().st_size < fast.out.stat().st_size


def test_the_other_sheets_tell_sources_and_issues(tmp_path):
    a, b = two(tmp_path)
    o = stack(tmp_path, a, b, table(tmp_path / 'c.xlsx', LEDGER + [['Total', 60.6, 6]]))
    book = load(o.out)
    assert book.sheetnames == ['Data', 'Sources', 'Issues'] and book.active.title == 'Data'
    head, *rows = [list(r) for r in book['Sources'].iter_rows(values_only=True)]
    assert [r[0] for r in rows] == ['a', 'b', 'c'] and {'Source', 'File', 'SHA-256', 'Status'} <= set(head)
    issues = [dict(zip(i[0], r)) for i in [[list(x) for x in book['Issues'].iter_rows(values_only=True)]] for r in i[1:]]
    assert {i['Code'] for i in issues} == set(o.codes) and o.report['self_check']


def test_an_archive_of_tables(tmp_path):
    two(tmp_path)
    with zipfile.ZipFile(tmp_path / 'all.zip', 'w') as z:
        z.write(tmp_path / 'a.xlsx', 'x/a.xlsx')
        z.write(tmp_path / 'b.xlsx', 'x/b.xlsx')
    assert stack(tmp_path, tmp_path / 'all.zip').column('Id') == [1, 2, 3, 4]


def test_the_same_content_twice_counts_once(tmp_path):
    a, b = two(tmp_path)
    shutil.copy(a, tmp_path / 'copy.xlsx')
    o = stack(tmp_path, a, b, tmp_path / 'copy.xlsx')
    assert o.column('Id') == [1, 2, 3, 4] and o.json['duplicates'] == 1 and 'DUPLICATE_CONTENT' in o.codes and o.code == 1
    assert stack(tmp_path, a, b, tmp_path / 'copy.xlsx', options=['--duplicates=all']).column('Id') == [1, 2, 3, 4, 1, 2]


def test_an_output_in_the_folder_is_left_out_the_next_time(tmp_path):
    folder = tmp_path / 'in'
    folder.mkdir()
    two(folder)
    first = stack(folder, folder, out='all.xlsx')
    again = stack(folder, folder, out='all.xlsx')
    assert again.rows == first.rows and again.sha == first.sha and 'LEFT_OUT' in again.codes


# --- the command line -----------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize('args, words', [
    (['-m', 'stack', '-t', 'T.xlsx'], '-t'), (['-m', 'position'], 'no template'), (['-m', 'category'], 'not there yet'), (['-m', 'collect'], 'not there yet'),
    (['-o', 'o.xlsm'], '.xlsm'), (['-o', 'o.txt'], '.xlsx, .csv or .jsonl'), (['-o', '-'], '.xlsx, .csv or .jsonl'), (['--notes-max', '3'], '--notes-max is for filling'),
    (['-f', 'max'], '--function'), (['--drift', 'align'], '--drift'), (['-t', 'T.xlsx', '--dedupe', 'row'], '--dedupe is for appending'),
    (['-t', 'T.xlsx', '--header', '3'], '--header'), (['--cell-refs', '-o', 'o.csv'], '--cell-refs'), (['--compress', 'small', '-o', 'o.jsonl'], '--compress'),
    (['--header', '0'], 'row number'), (['--header', '4-3'], 'above'), (['--header', '1048577'], 'row number'), (['--header', 'x'], 'row number'),
    (['--source-columns', 'a,b'], 'three names'), (['--source-columns', 'a,b,A'], 'twice'), (['--source-columns', 'a,,c'], 'empty'), (['--dedupe', 'all'], 'key:'),
    (['--dedupe', 'key:'], 'which columns'), (['--columns', 'some'], 'union|intersection'), (['--totals', 'maybe'], 'drop|keep'), (['--alias', 'nowhere.csv'], 'nowhere.csv'),
    (['--where', ' '], 'condition'), (['--preset=original'], '--preset')])
def test_wrong_use_is_told(tmp_path, args, words):
    two(tmp_path)
    r = sheaf('merge', *args, 'a.xlsx', cwd=tmp_path)
    assert r.code == 4 and words in r.err, (r.code, r.err)
    assert sorted(os.listdir(tmp_path)) == ['a.xlsx', 'b.xlsx']


def test_rows_are_the_default_without_a_template(tmp_path):
    two(tmp_path)
    r = sheaf('merge', 'a.xlsx', 'b.xlsx', cwd=tmp_path)
    assert r.code == 0 and '4 rows of 2 sources (4 columns) in consolidated.xlsx' in r.out, r.out + r.err
    assert 'columns that sources lack: Remark (1 source); Name (1 source)' in r.out and sorted(os.listdir(tmp_path)) == ['a.xlsx', 'b.xlsx', 'consolidated.xlsx']
    assert sheaf('merge', '-q', 'a.xlsx', 'b.xlsx', cwd=tmp_path).out == ''


def test_dropped_rows_are_told_by_reason(tmp_path):
    table(tmp_path / 'a.xlsx', [['Title'], [None]] + LEDGER + [[None], ['Total', 60.6, 6]])
    r = sheaf('merge', '--where', 'Net > 15', 'a.xlsx', cwd=tmp_path)
    assert '2 rows of 1 source (3 columns)' in r.out and '1 total' in r.out and '1 row that --where leaves out' in r.out, r.out + r.err


def test_check_tells_what_would_happen_and_writes_nothing(tmp_path):
    two(tmp_path)
    table(tmp_path / 'c.xlsx', [['Title'], [None], ['Id', 'Net'], [5, 10], [6, 20], ['Total', 30]])
    before = sorted(os.listdir(tmp_path))
    r = sheaf('check', 'a.xlsx', 'b.xlsx', 'c.xlsx', cwd=tmp_path)
    assert sorted(os.listdir(tmp_path)) == before
    assert 'would be taken' in r.out and 'nothing was written' in r.out
    line = {l.split(':')[0]: l for l in r.out.splitlines() if l.startswith(('a.xlsx', 'b.xlsx', 'c.xlsx'))}
    assert 'header in row 1, 3 columns' in line['a.xlsx'] and 'without Remark' in line['a.xlsx'] and 'without Name' in line['b.xlsx']
    assert 'header in row 3, 2 columns' in line['c.xlsx'], r.out
    o = stack(tmp_path, tmp_path / 'a.xlsx', tmp_path / 'c.xlsx', command='check')
    assert o.json['rows'] == 4 and o.json['row_counts']['totals'] == 1
    assert o.json['layouts'][1]['sheets'] == [{'sheet': 'Data', 'first_header': 3, 'last_header': 3, 'columns': ['Id', 'Net']}]


def test_explain_names_file_sheet_and_row(tmp_path):
    o = stack(tmp_path, *two(tmp_path), options=['--source-columns', 'Datei,Blatt,Zeile'])
    r = sheaf('explain', o.out, 'Data!F5', '--json')
    told = json.loads(r.out)
    assert r.code == 0 and told['result'] == 40 and told['column_label'] == 'Net'
    assert told['origin']['file'].endswith('b.xlsx') and told['origin']['sheet'] == 'Data' and told['origin']['row'] == 3
    r = sheaf('explain', o.out, 'F5')
    assert r.code == 0 and 'Data!F5 = 40\ncolumn: Net\n' in r.out and 'b.xlsx\nsheet: Data\nrow: 3' in r.out
    for cell, words in ('Data!F1', 'the header'), ('Data!F6', 'end at row 5'), ('Issues!A1', 'is a list'):
        r = sheaf('explain', o.out, cell)
        assert r.code == 3 and words in r.err, r.err
    o = stack(tmp_path, *two(tmp_path), options=['--no-source-columns'])
    assert '--no-source-columns' in sheaf('explain', o.out, 'Data!B2').err


def test_diff_tells_rows_by_source(tmp_path):
    a, b = two(tmp_path)
    old = stack(tmp_path, a, b, out='old.xlsx')
    table(b, [['Net', 'ID', 'Remark'], [30.25, 3, 'r3'], [41, 4, None], [50, 5, None]])
    new = stack(tmp_path, a, b, out='new.xlsx')
    assert sheaf('diff', old.out, old.out).code == 0
    r = sheaf('diff', '--json', old.out, new.out)
    told = json.loads(r.out)
    assert r.code == 1 and (told['added'], told['removed'], told['changed']) == (1, 0, 1)
    assert [(s['old_rows'], s['new_rows']) for s in told['sources']] == [(2, 3)] and told['sources'][0]['file'].endswith('b.xlsx')
    assert [(row['change'], row['row'], row['cells']) for row in told['rows']] == [
        ('changed', 3, [{'column': 'Net', 'old': 40, 'new': 41}]), ('added', 4, [])]
    r = sheaf('diff', old.out, new.out)
    assert r.code == 1 and '1 row added, 0 removed, 1 changed.' in r.out
    for pair in (old.out, a), (a, old.out):
        r = sheaf('diff', *pair)
        assert r.code == 3 and 'no output of stack mode' in r.err and 'a.xlsx' in r.err, r.err


def test_rows_beyond_a_sheet_go_on_in_the_next(tmp_path):
    a = table(tmp_path / 'a.xlsx', [['Id', 'Name']] + [[i, 'name %d' % i] for i in range(600)])
    for options in [], ['--cell-refs'], ['--dedupe=row']:
        o = stack(tmp_path, a, options=options, env={'SHEAF_SHEET_ROWS': '250'})
        found = []
        for sheet in 'Data', 'Data (2)', 'Data (3)':
            head, *rows = table_of(o.cells, sheet)
            assert [c[1] for c in head] == SOURCE_COLUMNS + ['Id', 'Name']
            found += [row[3][1] for row in rows]
        assert [int(n) for n in found] == list(range(600))
        assert [s['rows'] for s in o.report['sheets']] == [249, 249, 102]


def test_the_examples_give_what_the_readme_says(tmp_path, examples):
    o = stack(tmp_path, examples / 'ledgers', options=['--alias', examples / 'ledger-names.csv'])
    readme = (examples.parent / 'README.md').read_text()
    said = sheaf('merge', '-o', 'all.xlsx', '--alias', examples / 'ledger-names.csv', examples / 'ledgers', cwd=tmp_path).out.splitlines()
    assert all(line in readme for line in said[1:]) and said[0].split(',')[0] in readme, said
    assert o.code == 0 and o.json['rows'] == 64 and o.header[3:] == ['Date', 'Voucher', 'Supplier', 'Account', 'Net', 'VAT', 'Paid', 'Remarks']
    assert o.json['row_counts']['totals'] == 1 and o.json['row_counts']['header_repeated'] == 1 and o.json['row_counts']['footers'] == 1
    assert all(45474 <= d <= 45474 + 91 for d in o.column('Date'))
    assert {c[0] for c in o.column('Voucher', typed=True)} == {'s'}


def test_few_common_columns_leave_no_gaps_to_pass(tmp_path):
    """30 sources of 10 columns of their own: 1.74 million places that have no value."""
    for i in range(30):
        book = xlsxwriter.Workbook(str(tmp_path / ('%02d.xlsx' % i)))
        sheet = book.add_worksheet('Data')
        sheet.write_row(0, 0, ['Column %d of %d' % (c, i) for c in range(10)])
        for row in range(200):
            sheet.write_row(row + 1, 0, [1000 * i + row + c / 10 for c in range(10)])
        book.close()
    out = stack(tmp_path, tmp_path)
    assert len(out.rows) == 6000 and out.json['columns'] == 303
    assert out.rows[200 * 7 + 3][3 + 70:3 + 80] == [7003 + c / 10 for c in range(10)]
    assert [c for c in out.rows[-1][3:] if c is not None] == [29199 + c / 10 for c in range(10)]
    xml = zipfile.ZipFile(out.out).read('xl/worksheets/sheet1.xml')
    assert xml.count(b'<c/>') == 0 and xml.count(b'<c r="') == 6000 * 13 + 303


@pytest.mark.parametrize('code, least', [('yyyy\\-mm\\-dd', 11), ('yyyy\\-mm\\-dd\\ hh:mm:ss', 20)])
def test_columns_have_room_for_dates(tmp_path, code, least):
    """A number that does not fit is shown as ###, in every program."""
    a = table(tmp_path / 'a.xlsx', [['Day', 'N'], [datetime.datetime(2024, 12, 31, 23, 59, 59), 1]], formats={'Day': code})
    page = load(stack(tmp_path, a).out)['Data']
    assert page.column_dimensions['D'].width >= least
