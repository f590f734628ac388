# SPDX-License-Identifier: MIT
"""The main job on the example returns: totals, template, explanations, exit codes."""
import hashlib, json, os, pathlib, shutil, signal, subprocess, time, zipfile
from fractions import Fraction

import openpyxl
import pytest
from conftest import SHEAF, cells_of, load, sheaf

MERGE = ['--drift=align', '--no-notes']


def merge(examples, out, *more):
    return sheaf('merge', '-t', examples / 'template.xlsx', '-o', out, *more, examples / 'returns')


def exact(value):
    return Fraction(repr(value))


def expected_sums(examples):
    """Computed from the returns with openpyxl and fractions, independently of sheaf: plain numbers of the flawless returns."""
    flawed = ('02', '03', '04', '05', '06', '07', '09', '10', '12', '14', '15', '16', '18', '19', '20', '25', '26')
    sums = {}
    paths = sorted(p for p in (examples / 'returns').iterdir() if not p.name.startswith(flawed) and 'Copy' not in p.name)
    for path in paths:
        book = load(path)
        for sheet, area in (('Income', 'B5:D12'), ('Income', 'F5:F12'), ('Expenditure', 'B5:F18'), ('Staff', 'B4:C8')):
            for row in book[sheet][area]:
                for cell in row:
                    if isinstance(cell.value, (int, float)):
                        key = sheet, cell.coordinate
                        sums[key] = sums.get(key, 0) + exact(cell.value)
    return paths, sums


@pytest.fixture(scope='module')
def merged(examples, tmp_path_factory):
    out = tmp_path_factory.mktemp('merged') / 'out.xlsx'
    result = merge(examples, out, '--drift=align', '--json', '--report', out.with_suffix('.json'))
    assert result.code == 2, result.err
    return out, result.json


@pytest.mark.pipeline
def test_totals_of_flawless_returns_are_exact(examples, tmp_path):
    paths, sums = expected_sums(examples)
    assert len(paths) >= 8 and len(sums) > 100
    out = tmp_path / 'out.xlsx'
    result = sheaf('merge', '-t', examples / 'template.xlsx', '-o', out, *paths)
    assert result.code == 0, result.err
    cells = cells_of(out)
    for key, total in sums.items():
        assert cells[key] == ('n', float(total)), key


def test_every_planted_flaw_is_told_with_its_place(merged):
    found = {(i.get('source', '')[:2], i['code'], i.get('sheet', ''), i.get('cell', '')) for i in merged[1]['issues']}
    for want in [('02', 'TEXT_CONVERTED', 'Income', 'B6'), ('02', 'TEXT_CONVERTED', 'Income', 'C7'), ('02', 'TEXT_CONVERTED', 'Expenditure', 'D9'),
                 ('02', 'TEXT_AMBIGUOUS', 'Expenditure', 'E12'), ('07', 'TEXT_CONVERTED', 'Expenditure', 'B8'),
                 ('07', 'TEXT_CONVERTED', 'Expenditure', 'C8'), ('07', 'TEXT_CONVERTED', 'Expenditure', 'D8'),
                 ('09', 'ERROR_VALUE', 'Expenditure', 'C15'), ('09', 'ERROR_COMPUTED', 'Expenditure', 'G15'),
                 ('10', 'TEXT_NOT_NUMBER', 'Expenditure', 'B10'), ('10', 'TEXT_NOT_NUMBER', 'Expenditure', 'D10'),
                 ('14', 'FORMULA_OVERWRITTEN', 'Income', 'E6'), ('15', 'PERCENT_RANGE', 'Staff', 'F5'), ('16', 'LABEL_DIFFERS', 'Expenditure', 'A6'),
                 ('19', 'BOOLEAN_VALUE', 'Staff', 'B6'), ('20', 'NO_CACHED_VALUE', 'Income', 'B6')]:
        assert want in found, want
    sources = {(s, c) for s, c, _, _ in found}
    assert {('03', 'ROW_INSERTED'), ('06', 'SHEET_MISSING'), ('12', 'OUTSIDE_TEMPLATE'), ('13', 'SHEET_EXTRA'), ('08', 'DUPLICATE_CONTENT'),
            ('25', 'SOURCE_ENCRYPTED'), ('26', 'SOURCE_FAILED')} <= sources


def test_an_inserted_row_is_rejected_by_default_and_says_which(examples, tmp_path):
    result = sheaf('merge', '-t', examples / 'template.xlsx', '-o', tmp_path / 'o.xlsx', '--json', examples / 'returns' / '03 Cork.xlsx')
    assert result.code == 3
    issue = next(i for i in result.json['issues'] if i['code'] == 'SOURCE_REJECTED')
    assert 'row 5' in issue['detail'] and issue['sheet'] == 'Income'
    assert not (tmp_path / 'o.xlsx').exists()


def test_the_counts_add_up(merged):
    r = merged[1]
    assert r['cells_read'] == r['cells_used'] + r['cells_not_applicable'] + r['cells_skipped'] and r['cells_used'] > 1000
    assert r['self_check_passed'] is True
    assert (r['sources'], r['used'], r['failed'], r['duplicates']) == (27, 24, 2, 1)
    report = json.loads(merged[0].with_suffix('.json').read_text())
    assert len(report['sources']) == 27


def test_template_parts_stay_byte_identical(examples, merged):
    with zipfile.ZipFile(examples / 'template.xlsx') as t, zipfile.ZipFile(merged[0]) as o:
        assert o.testzip() is None
        kept = 0
        for name in t.namelist():
            if name.startswith('xl/worksheets/') or name in ('xl/workbook.xml', 'xl/styles.xml', '[Content_Types].xml') or name.endswith('.rels') \
                    or 'comments' in name or 'vmlDrawing' in name or name == 'xl/calcChain.xml':
                continue
            assert t.read(name) == o.read(name), name
            kept += 1
        assert kept >= 6


def test_formulas_stay_live_and_their_values_are_recomputed(merged):
    live, values = load(merged[0], values=False), load(merged[0])
    assert live['Income']['E5'].value == '=SUM(B5:D5)'
    assert live['Summary']['B6'].value == '=B4-B5'
    total = sum(exact(values['Income'].cell(r, c).value) for r in range(5, 13) for c in (2, 3, 4))
    assert abs(values['Income']['E13'].value - float(total)) < 1e-6
    assert abs(values['Summary']['B4'].value - float(total)) < 1e-6


def test_contributions_hold_every_number(merged):
    book = load(merged[0])
    rows = list(book['Contributions'].iter_rows(values_only=True))
    head = list(rows[0])
    first = head.index('n') + 1
    assert len(head) - first == 27
    checked = 0
    for row in rows[1:]:
        record = dict(zip(head, row))
        if record['Function'] != 'sum':
            continue
        parts = [exact(v) for v in row[first:] if isinstance(v, (int, float))]
        assert len(parts) == record['n']
        assert float(sum(parts)) == record['Result'] == book[record['Sheet']][record['Cell']].value
        checked += 1
    assert checked > 100


def test_notes_links_and_functions_from_notes(merged, examples):
    book, template = load(merged[0]), load(examples / 'template.xlsx')
    assert template['Income']['B5'].comment is None
    assert 'more' in book['Income']['B5'].comment.text
    assert 'Contributions' in book['Income']['B5'].hyperlink.location
    longest = [load(p)['Staff']['E4'].value for p in (examples / 'returns').iterdir()
               if not p.name.startswith(('06', '25', '26'))]
    assert book['Staff']['E4'].value == max(v for v in longest if v is not None)


def test_explain_names_the_contributors(merged):
    r = sheaf('explain', merged[0], 'Income!B5')
    assert r.code == 0 and 'Aberdeen North' in r.out and 'Grants received' in r.out
    told = json.loads(sheaf('explain', '--json', merged[0], 'Income!B5').out)
    assert len(told['contributions']) == told['n'] == 24
    assert sheaf('explain', merged[0], 'Income!A1').code != 0


@pytest.mark.pipeline
def test_any_number_of_workers_gives_the_same_bytes(examples, tmp_path):
    hashes = set()
    for i, more in enumerate((['-j1'], ['-j2'], ['-j7'], ['-j3'])):
        out = tmp_path / ('%d.xlsx' % i)
        env = {'SHEAF_SHUFFLE_SEED': str(i)} if i > 1 else None
        result = sheaf('merge', '-t', examples / 'template.xlsx', '-o', out, '--drift=align', *more, examples / 'returns', env=env)
        assert result.code == 2, result.err
        hashes.add(hashlib.sha256(out.read_bytes()).hexdigest())
    assert len(hashes) == 1


def test_own_output_in_the_folder_is_left_out(examples, tmp_path):
    folder = tmp_path / 'returns'
    folder.mkdir()
    for name in ('01 Aberdeen North.xlsx', '11 Kigali.xlsx'):
        shutil.copy(examples / 'returns' / name, folder)
    (folder / '~$01 Aberdeen North.xlsx').write_bytes(b'lock')
    (folder / 'notes.txt').write_text('remember the milk\n')
    shutil.copy(examples / 'template.xlsx', folder / 'blank form.xlsx')
    out = folder / 'anything.xlsx'
    for _ in range(2):
        result = sheaf('merge', '-t', examples / 'template.xlsx', '-o', out, '--json', folder)
        assert result.json['used'] == 2, result.json
    left = {i['value']: i['detail'] for i in result.json['issues'] if i['code'] == 'LEFT_OUT'}
    assert set(left) == {'anything.xlsx', '~$01 Aberdeen North.xlsx', 'notes.txt', 'blank form.xlsx'}
    assert 'earlier output' in left['anything.xlsx']


@pytest.mark.pipeline
def test_interrupt_leaves_nothing_behind_and_the_old_output_alone(examples, tmp_path):
    sources = tmp_path / 'many'
    sources.mkdir()
    template = (examples / 'returns' / '01 Aberdeen North.xlsx').read_bytes()
    for i in range(400):
        (sources / ('%03d.xlsx' % i)).write_bytes(template)
    out = tmp_path / 'out' / 'o.xlsx'
    out.parent.mkdir()
    out.write_bytes(b'the earlier output')
    for wait in (0.05, 0.15, 0.4, 0.8):
        p = subprocess.Popen([SHEAF, 'merge', '--duplicates=all', '-t', str(examples / 'template.xlsx'), '-o', str(out), str(sources)],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(wait)
        p.send_signal(signal.SIGINT)
        p.communicate(timeout=30)
        assert os.listdir(out.parent) == ['o.xlsx']
        if p.returncode in (130, -signal.SIGINT):  # the latter: before main had come to its handler
            assert out.read_bytes() == b'the earlier output'
        else:
            assert p.returncode in (0, 1)
            out.write_bytes(b'the earlier output')


@pytest.mark.parametrize('args, code, words', [
    (['merge'], 4, 'no sources'),
    (['merge', '-m', 'position', 'R'], 4, 'no template'),
    (['merge', '-t', 'missing.xlsx', '.'], 3, 'missing.xlsx'),
    (['merge', '-t', 'T', '--drift=maybe', '.'], 4, 'reject|align|report'),
    (['merge', '--templat=x'], 4, 'did you mean --template'),
    (['merge', '-t', 'T', 'nothing*.xlsx'], 3, 'no file matches'),
    (['merge', '-t', 'T', '-o', 'T', 'R'], 4, 'overwrite the template'),
    (['merge', '-t', 'T', '-o', 'no/such/folder/o.xlsx', 'R'], 5, 'cannot write'),
    (['merge', '-t', 'T', '--range', 'Nowhere!A1:B2', 'R'], 4, 'Nowhere'),
    (['frobnicate'], 4, 'no command'),
    (['explain'], 4, ''),
    (['cells', 'missing.xlsx'], 3, 'missing.xlsx'),
])
def test_wrong_use_is_told_with_its_exit_code(examples, tmp_path, args, code, words):
    paths = {'T': examples / 'template.xlsx', 'R': examples / 'returns' / '01 Aberdeen North.xlsx'}
    result = sheaf(*[paths.get(a, a) for a in args], cwd=tmp_path)
    assert result.code == code, (result.code, result.err)
    assert words in result.err


def test_help_and_manual_know_every_option(examples):
    manual = (examples.parent / 'docs/man/sheaf.1').read_text()
    for command in ('merge', 'check', 'explain', 'cells', 'diff'):
        text = sheaf(command, '--help').out
        for line in text.splitlines():
            word = line.strip().split(' ')[1 if line.strip().startswith('-') and not line.strip().startswith('--') else 0]
            if word.startswith('--'):
                assert 'Fl -' + word[2:].rstrip(',') in manual, (command, word)
    for shell in ('bash', 'zsh', 'fish'):
        script = sheaf('completion', shell).out
        assert 'drift' in script and 'reject' in script
    assert subprocess.run(['bash', '-n'], input=sheaf('completion', 'bash').out, text=True).returncode == 0


def test_check_writes_nothing_and_tells_the_same(examples, tmp_path, merged):
    result = sheaf('check', '-t', examples / 'template.xlsx', '--drift=align', '--json', examples / 'returns', cwd=tmp_path)
    assert os.listdir(tmp_path) == []
    assert sorted(result.codes()) == sorted(i['code'] for i in merged[1]['issues'])


def test_max_failed_turns_failures_into_warnings(examples, tmp_path):
    assert merge(examples, tmp_path / 'o.xlsx', '--drift=align', '--max-failed=2').code == 1


def test_diff_names_the_source_that_changed(examples, tmp_path):
    folder = tmp_path / 'r'
    folder.mkdir()
    for name in ('01 Aberdeen North.xlsx', '11 Kigali.xlsx', '16 Perth.xlsx'):
        shutil.copy(examples / 'returns' / name, folder)
    sheaf('merge', '-t', examples / 'template.xlsx', '-o', tmp_path / 'old.xlsx', folder)
    book = openpyxl.load_workbook(folder / '11 Kigali.xlsx')
    book['Income']['B5'] = 1.25
    book.save(folder / '11 Kigali.xlsx')
    sheaf('merge', '-t', examples / 'template.xlsx', '-o', tmp_path / 'new.xlsx', folder)
    r = sheaf('diff', tmp_path / 'old.xlsx', tmp_path / 'new.xlsx')
    assert 'Income!B5' in r.out and 'Kigali' in r.out and 'Perth' not in r.out
    assert sheaf('diff', tmp_path / 'old.xlsx', tmp_path / 'old.xlsx').code == 0


@pytest.mark.slow
def test_libreoffice_opens_the_output_and_computes_the_same(merged, tmp_path):
    if not shutil.which('soffice'):
        pytest.skip('LibreOffice is not installed')
    subprocess.run(['soffice', '-env:UserInstallation=file://%s' % (tmp_path / 'profile'), '--headless', '--convert-to', 'xlsx', '--outdir',
                    str(tmp_path), str(merged[0])], check=True, timeout=180, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    ours, theirs = load(merged[0]), load(tmp_path / 'out.xlsx')
    assert theirs.sheetnames == ours.sheetnames
    compared = 0
    for sheet in ('Income', 'Expenditure', 'Staff', 'Summary'):
        for row in ours[sheet].iter_rows():
            for cell in row:
                if isinstance(cell.value, (int, float)):
                    other = theirs[sheet][cell.coordinate].value
                    assert abs(other - cell.value) <= 1e-9 * max(1, abs(cell.value)), (sheet, cell.coordinate)
                    compared += 1
    assert compared > 150
