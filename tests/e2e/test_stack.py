# SPDX-License-Identifier: MIT
"""Rows of many tables below each other: every value as it was, the same bytes on any number of workers, nothing half done."""
import csv, gzip, hashlib, io, json, os, pathlib, random, resource, signal, subprocess, sys, time, zipfile

import openpyxl
import pytest
from books import raw, row
from conftest import ROOT, SHEAF, load, sheaf
from stack import SOURCE_COLUMNS, stack, table, table_of

CORPUS = pathlib.Path(os.environ.get('SHEAF_CORPUS', ROOT.parent / 'shared' / 'corpus'))
SCENARIO = CORPUS / 'scenarios' / 'stack'


# --- forty workbooks with the exact rows expected ------------------------------------------------------------------------------------

@pytest.fixture(scope='module')
def scenario(tmp_path_factory):
    if not SCENARIO.is_dir():
        pytest.skip('the corpus of real spreadsheets is not here (SHEAF_CORPUS or ../shared/corpus)')
    return stack(tmp_path_factory.mktemp('scenario'), SCENARIO / 'inputs')


def expected_rows():
    lines = gzip.open(SCENARIO / 'expected_rows.tsv.gz', 'rt').read().split('\n')
    names = lines[0].split('\t')
    return [dict(zip(names, line.split('\t'))) for line in lines[1:] if line]


def as_cell(name, text):
    """What `sheaf cells` says of an expected field."""
    if text == '':
        return None
    if text in ('TRUE', 'FALSE'):
        return 'b', {'TRUE': '1', 'FALSE': '0'}[text]
    if text.startswith('"'):
        return 's', json.loads(text)
    return 'n', float(text)


def test_scenario_gives_the_expected_rows(scenario, tmp_path):
    dump = tmp_path / 'dump'
    dump.write_text(sheaf('cells', scenario.out).out)
    p = subprocess.run(['/usr/bin/python3', str(CORPUS / 'tools/compare_scenario.py'), str(SCENARIO / 'expected.json'), str(dump)],
                       stdout=subprocess.PIPE, text=True)
    assert p.returncode == 0, p.stdout


def test_scenario_gives_every_value_of_every_column_by_kind(scenario):
    names = {n: scenario.header.index(n) for n in json.loads((SCENARIO / 'expected.json').read_text())['columns']}
    got = {(r[0][1], r[1][1], int(r[2][1])): r for r in scenario.typed}
    expected = expected_rows()
    assert len(got) == len(scenario.typed) == len(expected) == 2859
    for want in expected:
        cells = got[pathlib.PurePath(want['file']).name, want['sheet'], int(want['row'])]
        for name, at in names.items():
            cell = cells[at] if at < len(cells) else None
            if name == 'Date' and want['flag'] == 'textdate':
                assert cell[0] == 's' and cell[1][4] == '-', (want, cell)  # stays as it is
            else:
                assert cell == as_cell(name, want[name]), (want, name, cell)


def test_scenario_keeps_the_order_of_files_and_rows(scenario):
    places = [(r[0][1], r[1][1], int(r[2][1])) for r in scenario.typed]
    expected = [(pathlib.PurePath(w['file']).name, w['sheet'], int(w['row'])) for w in expected_rows()]
    assert places == expected


# --- the same bytes, however it runs --------------------------------------------------------------------------------------------------

def ledgers(folder, n=14, seed=5):
    """Tables with columns in other orders, texts of all kinds, formats; some with totals."""
    rng = random.Random(seed)
    names = ['Id', 'Day', 'Name', 'Amount', 'Ok', 'Note']
    folder.mkdir()
    for i in range(n):
        mine = names + ['Extra %d' % (i % 3)] if i % 4 == 0 else list(names)
        rng.shuffle(mine)
        rows = [mine]
        for k in range(rng.randrange(5, 60)):
            values = {'Id': '%06d' % (i * 1000 + k), 'Day': 45000 + k, 'Name': rng.choice(['Ä', '株式会社', 'a\nb', ' x ', '=1+1']),
                      'Amount': round(rng.uniform(-9e3, 9e5), 2), 'Ok': rng.random() < 0.5, 'Note': rng.choice([None, 'n/a', '-'])}
            rows.append([values.get(name, k * 0.5) for name in mine])
        table(folder / ('ledger %02d.xlsx' % i), rows, formats={'Day': rng.choice(['yyyy-mm-dd', 'd/m/yy']), 'Amount': rng.choice(['0.00', '#,##0'])})
    return folder


@pytest.mark.pipeline
@pytest.mark.parametrize('form', ['xlsx', 'csv', 'jsonl'])
def test_any_number_of_workers_and_any_order_give_the_same_bytes(tmp_path, form):
    sources = ledgers(tmp_path / 'in')
    runs = [stack(tmp_path, sources, options=['-j', n, '--dedupe=row'], out='o%d.%s' % (n, form)) for n in (1, 2, 3, 7)]
    runs += [stack(tmp_path, sources, options=['-j', 3, '--dedupe=row'], out='s%d.%s' % (seed, form), env={'SHEAF_SHUFFLE_SEED': str(seed)})
             for seed in (1, 4711)]
    assert len({r.sha for r in runs}) == 1 and runs[0].json['rows'] > 300
    assert {r.json['output_sha256'] for r in runs} == {runs[0].sha}


def big_sheet(path, n, cells=12):
    """A sheet of n rows, written quickly; its XML is about 30 bytes a cell."""
    texts = ['text %d with some length to it' % i for i in range(50)]
    columns = [chr(65 + c) for c in range(cells)]
    head = ''.join('<c r="%s1" t="inlineStr"><is><t>Column %d</t></is></c>' % (a, c) for c, a in enumerate(columns))
    line = '<row r="{0}" spans="1:%d"><c r="A{0}" t="s"><v>{2}</v></c><c r="B{0}" s="1"><v>{3}</v></c>' % cells
    line += ''.join('<c r="%s{0}"><v>%d{0}.{1:02d}</v></c>' % (a, c) for c, a in enumerate(columns) if c > 1) + '</row>'
    body = ''.join([line.format(r, r % 100, r * 7 % 50, 40000 + r % 5000) for r in range(2, n + 2)])
    strings = ''.join('<si><t>%s</t></si>' % t for t in texts)
    return raw(path, {'Data': '<row r="1">%s</row>%s' % (head, body)}, formats=['General', 'yyyy-mm-dd'], strings=strings, level=1)


@pytest.mark.slow
def test_a_sheet_that_is_cut_into_slices_reads_as_one(tmp_path):
    big = big_sheet(tmp_path / 'big.xlsx', 170000)
    with zipfile.ZipFile(big) as z:
        assert z.getinfo('xl/worksheets/sheet1.xml').file_size > 50 << 20
    runs = [stack(tmp_path, big, options=['-j', n], out='o%d.csv' % n) for n in (1, 2, 5)]
    runs.append(stack(tmp_path, big, options=['-j', 2], out='s.csv', env={'SHEAF_SHUFFLE_SEED': '7'}))
    assert len({r.sha for r in runs}) == 1 and runs[0].json['rows'] == 170000
    assert runs[0].json['sources'] == runs[0].json['used'] == 1
    with open(runs[0].out, encoding='utf-8-sig', newline='') as text:
        for number, fields in enumerate(csv.reader(text)):
            if number == 0:
                assert fields == SOURCE_COLUMNS + ['Column %d' % c for c in range(12)]
                continue
            r = number + 1
            assert fields[1:5] == ['Data', str(r), 'text %d with some length to it' % (r * 7 % 50), fields[4]], fields
            assert fields[5:] == ['%d%d.%02d' % (c, r, r % 100) for c in range(2, 12)], fields
    assert number == 170000


@pytest.mark.slow
def test_half_a_million_rows_take_bounded_memory(tmp_path):
    big = big_sheet(tmp_path / 'big.xlsx', 250000, cells=20)
    os.link(big, tmp_path / 'again.xlsx')
    peak = ('import resource, subprocess, sys; p = subprocess.run(sys.argv[1:]); '  # a small parent: a child begins with its parent's peak
            'print(p.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)')
    p = subprocess.run([sys.executable, '-c', peak, SHEAF, 'merge', '--duplicates=all', '-q', '-j2', '-o', str(tmp_path / 'out.xlsx'), str(big),
                        str(tmp_path / 'again.xlsx')], stdout=subprocess.PIPE, text=True)
    code, kilobytes = map(int, p.stdout.split())
    assert code in (0, 1) and kilobytes < 100 * 1024, p.stdout


# --- all or nothing -------------------------------------------------------------------------------------------------------------------

def good(folder, name='good.xlsx', n=3, start=0):
    return table(folder / name, [['A', 'B']] + [[start + i, 'x%d' % i] for i in range(n)])


def broken(folder):
    path = good(folder, 'broken.xlsx', 500)
    path.write_bytes(path.read_bytes()[:3000])
    return path


def test_a_broken_and_an_encrypted_file_count_for_nothing_and_are_named(tmp_path, examples):
    locked = next((examples / 'returns').glob('*protected*'))
    o = stack(tmp_path, good(tmp_path), broken(tmp_path), locked, good(tmp_path, 'more.xlsx', start=10))
    assert o.code == 2 and o.json['used'] == 2 and o.json['failed'] == 2
    assert o.column('A') == [0, 1, 2, 10, 11, 12]
    assert 'SOURCE_FAILED' in o.codes and 'SOURCE_ENCRYPTED' in o.codes
    assert stack(tmp_path, good(tmp_path), broken(tmp_path), options=['--max-failed=1']).code == 1
    assert stack(tmp_path, good(tmp_path)).code == 0
    (tmp_path / 'out.xlsx').write_bytes(b'the earlier output')
    o = stack(tmp_path, broken(tmp_path), locked)
    assert o.code == 3 and (tmp_path / 'out.xlsx').read_bytes() == b'the earlier output'


def test_a_sheet_that_breaks_half_way_gives_no_rows(tmp_path):
    rows = row(1, A='A', B='B') + ''.join(row(r, A=r, B='x') for r in range(2, 400))
    bad = raw(tmp_path / 'bad.xlsx', {'Data': rows + '<row r="400"><c r="A400"><v>1</v></row>'})
    o = stack(tmp_path, good(tmp_path), bad)
    assert o.code == 2 and o.column('A') == [0, 1, 2] and o.json['failed'] == 1


def test_nothing_can_be_written_there(tmp_path):
    source = good(tmp_path)
    assert sheaf('merge', '-o', tmp_path / 'no' / 'o.xlsx', source).code == 5
    assert sheaf('merge', '-o', source, source).code == 4
    assert openpyxl.load_workbook(source)['Data']['A2'].value == 0


def test_kill_and_interrupt_leave_no_half_file(tmp_path):
    folder = tmp_path / 'in'
    folder.mkdir()
    big_sheet(folder / 'big.xlsx', 120000)
    out = tmp_path / 'out' / 'o.xlsx'
    out.parent.mkdir()
    for number, wait in ((signal.SIGKILL, 0.05), (signal.SIGKILL, 0.2), (signal.SIGINT, 0.06), (signal.SIGINT, 0.15)):
        out.write_bytes(b'the earlier output')
        p = subprocess.Popen([SHEAF, 'merge', '-q', '-o', str(out), str(folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(wait)
        p.send_signal(number)
        p.communicate(timeout=30)
        assert os.listdir(out.parent) == ['o.xlsx']
        if p.returncode not in (0, 1):
            assert out.read_bytes() == b'the earlier output'
        else:
            with zipfile.ZipFile(out) as z:
                assert z.testzip() is None


# --- other readers --------------------------------------------------------------------------------------------------------------------

@pytest.fixture(scope='module')
def appended(tmp_path_factory):
    folder = tmp_path_factory.mktemp('appended')
    return stack(folder, ledgers(folder / 'in', 6)), stack(folder, folder / 'in', options=['--cell-refs'], out='refs.xlsx')


def plain(values):
    return [[float(v) if isinstance(v, int) and not isinstance(v, bool) else v for v in r] for r in values]


def test_openpyxl_reads_the_same_with_and_without_references(appended):
    tables = [[list(r) for r in load(o.out)['Data'].iter_rows(values_only=True)] for o in appended]
    assert tables[0] == tables[1] and len(tables[0]) == len(appended[0].rows) + 1
    assert tables[0][0] == appended[0].header
    with zipfile.ZipFile(appended[1].out) as z:
        body = z.read('xl/worksheets/sheet1.xml')
    assert body.count(b'<row r="') == body.count(b'<row') and b'<c r="A2"' in body


def test_libreoffice_reads_the_same(appended, tmp_path):
    # field separator, quote, UTF-8, from line 1, no column formats, no language, not all quoted, numbers as shown, the first sheet
    form = 'csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,1'
    p = subprocess.run(['soffice', '--headless', '-env:UserInstallation=file://%s' % (tmp_path / 'profile'), '--convert-to', form, '--outdir', tmp_path,
                        *[o.out for o in appended]], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120)
    assert p.returncode == 0, p.stderr
    for o in appended:
        made, = tmp_path.glob(o.out.stem + '*.csv')
        with open(made, encoding='utf-8', newline='') as text:
            read = list(csv.reader(text))
        assert read[0] == o.header and len(read) == len(o.rows) + 1
        at = o.header.index('Name')
        assert [r[at].replace('\r\n', '\n') for r in read[1:]] == o.column('Name')


def test_calamine_reads_the_same(appended):
    calamine = pytest.importorskip('python_calamine', reason='python-calamine is not installed')
    for o in appended:
        read = calamine.CalamineWorkbook.from_path(str(o.out)).get_sheet_by_name('Data').to_python()
        assert read[0] == o.header and len(read) == len(o.rows) + 1
        at = o.header.index('Id')
        assert [r[at] for r in read[1:]] == o.column('Id')
