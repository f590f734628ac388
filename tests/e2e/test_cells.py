# SPDX-License-Identifier: MIT
"""`sheaf cells`: the form of the dump, what it refuses, and that a refused file prints nothing."""
import json
import zipfile

import pytest

from conftest import sheaf

MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
PACKAGE = 'http://schemas.openxmlformats.org/package/2006/'


def book(path, sheets, strings=(), workbook_pr=''):
    """A workbook of sheets {name: inside of sheetData} and shared strings."""
    ct = PACKAGE + 'content-types'
    names = list(sheets)
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as z:
        z.writestr('[Content_Types].xml', f'<Types xmlns="{ct}"><Default Extension="rels" ContentType='
                   '"application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType='
                   '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>')
        z.writestr('_rels/.rels', f'<Relationships xmlns="{PACKAGE}relationships"><Relationship Id="a" '
                   f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>')
        z.writestr('xl/workbook.xml', f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{workbook_pr}<sheets>' + ''.join(
            f'<sheet name="{n}" sheetId="{i + 1}" r:id="r{i}"/>' for i, n in enumerate(names)) + '</sheets></workbook>')
        z.writestr('xl/_rels/workbook.xml.rels', f'<Relationships xmlns="{PACKAGE}relationships">' + ''.join(
            f'<Relationship Id="r{i}" Type="{OFFICE}/worksheet" Target="s{i}.xml"/>' for i in range(len(names))) +
            f'<Relationship Id="sst" Type="{OFFICE}/sharedStrings" Target="sst.xml"/></Relationships>')
        z.writestr('xl/sst.xml', f'<sst xmlns="{MAIN}">' + ''.join(f'<si><t>{t}</t></si>' for t in strings) + '</sst>')
        for i, n in enumerate(names):
            z.writestr(f'xl/s{i}.xml', f'<worksheet xmlns="{MAIN}"><sheetData>{sheets[n]}</sheetData></worksheet>')
    return path


def lines(result):
    assert result.code == 0, result.err
    return result.out.splitlines()


def test_every_type_of_value_has_its_form(tmp_path):
    path = book(tmp_path / 'a.xlsx', {'A &amp; B': '<row r="1"><c r="A1"><v>0.10000000000000001</v></c><c r="B1" t="s"><v>0</v></c>'
                '<c r="C1" t="b"><v>1</v></c><c r="D1" t="e"><v>#N/A</v></c><c r="E1" t="d"><v>2024-02-29</v></c>'
                '<c r="F1" s="1"/><c r="G1" t="str"><f>""</f><v></v></c></row>', 'Two': '<row><c><v>1e21</v></c></row>'},
                ['tab&#9;"quoted"'])
    assert lines(sheaf('cells', path)) == [
        '0\t"A & B"\tA1\tn\t0.1', '0\t"A & B"\tB1\ts\t' + json.dumps('tab\t"quoted"'), '0\t"A & B"\tC1\tb\t1',
        '0\t"A & B"\tD1\te\t"#N/A"', '0\t"A & B"\tE1\tn\t45351', '1\t"Two"\tA1\tn\t1E+21']


def test_one_sheet_is_picked_as_merge_picks_it(tmp_path):
    path = book(tmp_path / 'a.xlsx', {n: '<row><c><v>1</v></c></row>' for n in ('North', 'South', 'Summary')})
    assert [l.split('\t')[1] for l in lines(sheaf('cells', '--sheet', 'south', path))] == ['"South"']
    assert [l.split('\t')[0] for l in lines(sheaf('cells', path, '--sheet=#3'))] == ['2']
    assert len(lines(sheaf('cells', '-s', '/^s/', path))) == 2
    missing = sheaf('cells', '--sheet', 'East', path)
    assert missing.code == 3 and missing.err.startswith('error: not_found: ') and not missing.out


def test_of_a_cell_that_stands_twice_the_last_value_is_shown(tmp_path):
    path = book(tmp_path / 'a.xlsx', {'S': '<row r="2"><c r="A2"><v>1</v></c><c r="B2"><v>2</v></c><c r="A2"><v>3</v></c></row>'
                '<row r="1"><c r="A1"><v>4</v></c></row><row r="2"><c r="B2"><v>5</v></c><c r="A2"/></row>'})
    result = sheaf('cells', path)
    assert lines(result) == ['0\t"S"\tA2\tn\t3', '0\t"S"\tA1\tn\t4', '0\t"S"\tB2\tn\t5']
    assert result.err == 'warning: sheet "S" stores cells twice: the last value of each is shown\n'


def test_dates_of_a_strict_workbook_have_no_made_up_day(tmp_path):
    rows = '<row r="1"><c r="A1" t="d"><v>1900-01-01</v></c><c r="B1" t="d"><v>2009-06-15</v></c><c r="C1" t="d"><v>PT36H</v></c></row>'
    def values(pr):
        return [l.split('\t')[4] for l in lines(sheaf('cells', book(tmp_path / 'a.xlsx', {'S': rows}, workbook_pr=pr)))]
    assert values('') == ['1', '39979', '1.5']
    assert values('<workbookPr date1904="1" dateCompatibility="0"/>') == ['2', '39979', '1.5']


@pytest.mark.parametrize('rows, what', [
    ('<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>NaN</v></c></row>', 'error: corrupt: {}: xl/s1.xml, Bad!B1: "NaN" is no number\n'),
    ('<row r="1"><c r="A1" t="s"><v>7</v></c></row>', 'error: corrupt: {}: xl/s1.xml, Bad!A1: "7" is no index of a shared string\n'),
    ('<row r="1"><c r="A1" t="d"><v>soon</v></c></row>', 'error: corrupt: {}: xl/s1.xml, Bad!A1: "soon" is no ISO 8601 date\n'),
    ('<row r="1"><c r="A1"><v>1</v>', 'error: corrupt: '),
])
def test_a_damaged_sheet_is_named_with_its_cell(tmp_path, rows, what):
    path = book(tmp_path / 'a.xlsx', {'Good': '<row><c><v>1</v></c></row>', 'Bad': rows})
    result = sheaf('cells', path)
    assert result.code == 3 and result.err.startswith(what.format(path))
    assert not result.out


def test_a_text_shared_by_many_cells_is_not_printed_without_end(tmp_path):
    path = book(tmp_path / 'a.xlsx', {'S': '<row>' + '<c t="s"><v>0</v></c>' * 9000 + '</row>'}, ['x' * 32767])
    result = sheaf('cells', path)
    assert result.code == 3 and result.err.startswith('error: limit: ') and not result.out
    path = book(tmp_path / 'b.xlsx', {'S': '<row>' + '<c t="s"><v>0</v></c>' * 90 + '</row>'}, ['x' * 1000])
    assert len(lines(sheaf('cells', '--max-bytes', '1M', path))) == 90
    assert sheaf('cells', '--max-bytes', '64K', path).code == 3


def test_wrong_usage_is_told():
    for arguments in ([], ['a', 'b'], ['--max-bytes', 'many', 'a'], ['--nonsense', 'a'], ['--sheet']):
        result = sheaf('cells', *arguments)
        assert result.code == 4 and result.err
    assert '--max-bytes' in sheaf('cells', '--help').out
