# SPDX-License-Identifier: MIT
"""--preset=original against a small implementation of the reference system's rules, written here with openpyxl alone."""
import datetime, re
from fractions import Fraction

import openpyxl
import pytest
from books import form
from conftest import load, sheaf
from job import merge

NUMBER = (int, float)


def reference(template_path, source_paths, average_of_nonzero=False):
    """{ref: result} and {ref: [(file, value)]}: the active sheet, every address of the template's used range."""
    template = openpyxl.load_workbook(template_path).active
    covered = {c.coordinate for area in template.merged_cells.ranges for r in template[area.coord] for c in r} - \
        {area.coord.split(':')[0] for area in template.merged_cells.ranges}
    books = [(p.name, openpyxl.load_workbook(p, data_only=True).active) for p in source_paths]
    results, parts = {}, {}
    for r in range(1, template.max_row + 1):
        for c in range(1, template.max_column + 1):
            cell = template.cell(r, c)
            ref = '%s%d' % (openpyxl.utils.get_column_letter(c), r)
            if ref in covered:
                continue
            values = [(name, page[ref].value) for name, page in books]
            values = [(name, Fraction(repr(v))) for name, v in values if isinstance(v, NUMBER) and not isinstance(v, bool)]
            if not values:
                continue
            if '%' in cell.number_format:
                points = [v * 100 for _, v in values if v or not average_of_nonzero]
                if not points:
                    continue
                results[ref] = float(sum(points) / (len(points) if average_of_nonzero else len(books)) / 100)
            else:
                results[ref] = float(sum(v for _, v in values))
            parts[ref] = [(name, float(v)) for name, v in values]
    return results, parts


@pytest.fixture
def books(tmp_path):
    folder = tmp_path / 'in'
    folder.mkdir()
    def change(book, page):
        page['A8'] = 'Total'
        page['B8'] = '=SUM(B2:B7)'
        page['D1'], page['D2'] = 'Year', 2024
        page['E2'].number_format = page['E3'].number_format = page['E4'].number_format = '0.0%'
        page.merge_cells('B6:C7')
        other = book.create_sheet('Other')
        other['A1'], other['B1'] = 'not looked at', 5
    template = form(tmp_path / 'template.xlsx', change=change)
    values = [{'B2': 1.25, 'B3': 0.1, 'E2': 0.825, 'E3': 0, 'B8': 40, 'D2': 2024},
              {'B2': 2.5, 'B3': 0.2, 'E2': 0.5, 'E3': 0.5, 'B8': 60, 'D2': 2023, 'C4': -7},
              {'B2': 1e9, 'B6': 17, 'E3': 0.25, 'D2': 2024}]
    def plain(book, page):
        book.create_sheet('Other')['B1'] = 70
    paths = [form(folder / ('Unit %d.xlsx' % i), v, labels={'A1': 'Form', 'A2': 'Label 1'}, change=plain) for i, v in enumerate(values, 1)]
    return template, folder, paths


@pytest.mark.parametrize('option, nonzero', [(None, False), ('--avg-blank=skip', True)])
def test_results_are_those_of_the_reference_system(tmp_path, books, option, nonzero):
    template, folder, paths = books
    o = merge(tmp_path, template, folder, options=['--preset=original'] + ([option] if option else []))
    results, parts = reference(template, paths, nonzero)
    assert len(results) >= 8 and 'B8' in results and 'D2' in results and results['E2'] > 0
    page, before = load(o.out, values=False)['Data'], openpyxl.load_workbook(template)['Data']
    for ref, value in results.items():
        assert page[ref].value == value, ref  # formulas and labels with a number in a source are overwritten
        border = page[ref].border
        assert {s.style for s in (border.left, border.right, border.top, border.bottom)} - {None} and border.left.color.rgb.endswith('FF8C00'), ref
        note = page[ref].comment.text
        assert note.startswith('Consolidation Summary\nCell: %s\nTotal: ' % ref) and 'Contributors (file | value)' in note
        told = dict(line.rsplit(' | ', 1) for line in note.splitlines() if ' | ' in line and '(file' not in line)
        want = dict(parts[ref])
        for name in told:
            assert float(told[name].rstrip('%')) / (100 if told[name].endswith('%') else 1) == pytest.approx(want[name]), (ref, note)
        assert set(told) == set(want) or nonzero and set(told) <= set(want), (ref, note)
    for row in before.iter_rows():
        for cell in row:
            if cell.coordinate not in results and cell.value is not None:
                assert page[cell.coordinate].value == cell.value, cell.coordinate
                assert page[cell.coordinate].border.left.style is None
    assert page['C6'].value is None and page['B7'].value is None


def test_its_two_sheets_look_like_the_reference_ones(tmp_path, books):
    template, folder, paths = books
    o = merge(tmp_path, template, folder, options=['--preset=original'])
    results, parts = reference(template, paths)
    book = load(o.out)
    assert 'Contributions' in book.sheetnames and 'Consolidated (Plain)' in book.sheetnames
    rows = list(book['Contributions'].iter_rows(values_only=True))
    assert list(rows[4][:3]) == ['Cell', 'File Name', 'Contribution']
    listed = sorted((str(c).split('!')[-1], f, v) for c, f, v in (r[:3] for r in rows[5:]) if c)
    assert listed == sorted((ref, name, value) for ref, pairs in parts.items() for name, value in pairs)
    plain = book['Consolidated (Plain)']
    for ref, value in results.items():
        assert plain[ref].value == value and plain[ref].border.left.style is None and plain[ref].comment is None, ref
    assert plain['A2'].value == 'Label 1' and plain['A1'].value == 'Form'
    assert book['Other']['B1'].value == 5


def test_its_output_carries_the_date_in_its_name(tmp_path, books):
    template, folder, _ = books
    days = {datetime.date.today()}
    r = sheaf('merge', '-t', template, '--preset=original', folder, cwd=tmp_path)
    days.add(datetime.date.today())
    assert r.code in (0, 1), r.err
    names = [p.name for p in tmp_path.glob('Consolidated_*')]
    assert len(names) == 1 and re.fullmatch(r'Consolidated_[A-Z][a-z]{2}_\d\d_\d{4}\.xlsx', names[0])
    months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split()
    assert names[0] in {'Consolidated_%s_%02d_%d.xlsx' % (months[d.month - 1], d.day, d.year) for d in days}


def test_precision_is_full_unless_said_otherwise(tmp_path):
    template = form(tmp_path / 't.xlsx')
    a = form(tmp_path / 'a.xlsx', {'B2': 0.1 + 0.2})
    b = form(tmp_path / 'b.xlsx', {'B2': 0.6})
    exact = float(Fraction(repr(0.1 + 0.2)) + Fraction('0.6'))
    assert merge(tmp_path, template, a, b, options=['--preset=original']).value('B2') == exact
    assert merge(tmp_path, template, a, b, options=['--preset=original', '--precision=15']).value('B2') == 0.9
