# SPDX-License-Identifier: MIT
"""What only a person would try, and the days on which the machine does not cooperate."""
import csv, hashlib, json, os, pathlib, resource, signal, subprocess, sys, time, zipfile

import pytest
from books import form, raw, row
from conftest import SHEAF, cells_of, load, sheaf
from job import fill, merge

IS_SANITIZED = any(s in SHEAF for s in ('asan', 'tsan', 'ubsan'))
ODD_NAMES = ['new\nline', 'quo"te', "apos'trophe", 'a & b', '<tag>', 'back\\slash', 'tab\there', 'semi;colon,comma', '=1+1', '@SUM(A1)', 'caf\u00e9',
             'cafe\u0301', '\u202eright-to-left', '%s%n', 'emoji \U0001f600', 'x' * 200, ' lead and trail ', '\u0001control', '-rf', '_x000D_']


def many(folder, n):
    folder.mkdir()
    first = form(folder / '0000.xlsx', {'B2': 1, 'B3': 0.1}).read_bytes()
    for i in range(1, n):
        (folder / ('%04d.xlsx' % i)).write_bytes(first)
    return folder


# --- names --------------------------------------------------------------------------------------------------------------------------

def test_odd_file_names_hold_everywhere(tmp_path):
    folder = tmp_path / 'in'
    folder.mkdir()
    for i, name in enumerate(ODD_NAMES):
        form(folder / (name + '.xlsx'), {'B2': 1, 'B3': 'not a number'})
    (folder / b'latin-\xe9.xlsx'.decode('utf-8', 'surrogateescape')).write_bytes(form(tmp_path / 's.xlsx', {'B2': 1, 'B3': 7}).read_bytes())
    o = merge(tmp_path, form(tmp_path / 't.xlsx'), folder, options=['--duplicates=all'])
    n = len(ODD_NAMES) + 1
    assert o.value('B2') == n and o.json['used'] == n
    book = load(o.out)
    head = list(next(book['Contributions'].iter_rows(max_row=1, values_only=True)))[7:]
    assert len(head) == len(set(head)) == n
    for name in ODD_NAMES:
        if '\u0001' in name or '\n' in name or '_x' in name:  # those are escaped, and readers differ in undoing it
            continue
        assert name in head or name.startswith('caf'), name
    assert 'DUPLICATE_IDENTITY' in o.codes  # the two spellings of one name
    assert [r[0] for r in book['Sources'].iter_rows(min_row=2, values_only=True)] == head
    report = o.report  # json.loads has taken it: nothing in a name breaks out
    assert len({s['source'] for s in report['sources']} & set(ODD_NAMES)) >= len(ODD_NAMES) - 1
    assert len([i for i in o.issues if i['code'] == 'TEXT_NOT_NUMBER']) == len(ODD_NAMES)
    told = json.loads(sheaf('explain', '--json', o.out, 'Data!B2').out)
    assert [c['source'] for c in told['contributions']] == [s['source'] for s in report['sources']]
    text = sheaf('explain', o.out, 'Data!B2').out
    assert '\u0001' not in text and len(text.splitlines()) < n + 12  # a name cannot draw lines of its own on the terminal
    plain = sheaf('merge', '-t', tmp_path / 't.xlsx', '-o', tmp_path / 'p.xlsx', '--duplicates=all', folder)
    assert '\u0001' not in plain.out + plain.err
    merge(tmp_path, tmp_path / 't.xlsx', folder, options=['--duplicates=all', '--contributions=csv'], out='c.xlsx')
    with open(tmp_path / 'c.contributions.csv', encoding='utf-8-sig', newline='') as f:
        records = list(csv.reader(f))
    assert len(records) == n + 2 and len({tuple(r) for r in records}) == n + 2
    assert not any(field[:1] in ('=', '+', '@') or field[:1] == '-' and not field[1:2].isdigit() for r in records[1:] for field in r)


@pytest.mark.parametrize('sheet', ["It's", '"Q" & <A>', 'Übersicht 2024', '報告', 'a!b', "O'Neil's 'x'", '=1', '12', 'A1', 'R1C1', 'TRUE', 'Sources', 'Contributions',
                                   'Thirty-one characters long name', '\U0001f600' * 15, 'Income (2)', '  padded'])
def test_odd_sheet_names_hold_everywhere(tmp_path, sheet):
    o = fill(tmp_path, {'B2': 1.5, 'B3': 'x'}, {'B2': 2}, sheet=sheet)
    book = load(o.out)
    assert book.sheetnames[0] == sheet and book[sheet]['B2'].value == 3.5
    assert o.issue('TEXT_NOT_NUMBER')['sheet'] == sheet
    quoted = "'%s'!B2" % sheet.replace("'", "''")
    told = sheaf('explain', '--json', o.out, quoted)
    assert told.code == 0, told.err
    assert [float(c['value']) for c in json.loads(told.out)['contributions']] == [1.5, 2]
    location = book[sheet]['B2'].hyperlink.location
    assert location.rsplit('!', 1)[0].strip("'").replace("''", "'") in book.sheetnames
    assert len(set(n.lower() for n in book.sheetnames)) == len(book.sheetnames) and all(len(n.encode('utf-16-le')) <= 62 for n in book.sheetnames)
    assert sheaf('merge', '-t', tmp_path / 'template.xlsx', '-o', tmp_path / 'r.xlsx', '--range', quoted, tmp_path / 'source 01.xlsx').code in (0, 1)
    assert cells_of(tmp_path / 'r.xlsx')[sheet, 'B2'] == ('n', 1.5)


def test_a_sheet_name_that_no_program_accepts_does_no_harm(tmp_path):
    bad = raw(tmp_path / 'bad.xlsx', {"It's [a] test/with:all*of?it\\": row(2, A='Label 1', B=1), 'y' * 60: row(1, A='x')})
    o = merge(tmp_path, bad, form(tmp_path / 's.xlsx', {'B2': 1}))
    assert o.code in (0, 1, 3, 4)


# --- things in a folder that are no files -----------------------------------------------------------------------------------------

def test_folders_fifos_and_broken_links_among_the_returns(tmp_path):
    folder = tmp_path / 'in'
    (folder / 'dir.xlsx').mkdir(parents=True)
    form(folder / 'dir.xlsx' / 'inner.xlsx', {'B2': 10})
    form(folder / 'good.xlsx', {'B2': 1})
    (folder / '.hidden').mkdir()
    os.mkfifo(folder / 'pipe.xlsx')
    (folder / 'gone.xlsx').symlink_to('nowhere.xlsx')
    (folder / 'loop').symlink_to(folder)
    (folder / 'linked.xlsx').symlink_to(form(tmp_path / 'elsewhere.xlsx', {'B2': 100}))
    o = merge(tmp_path, form(tmp_path / 't.xlsx'), folder)
    assert o.value('B2') == 111
    left = {i['value'] for i in o.issues if i['code'] == 'LEFT_OUT'}
    assert {'gone.xlsx', 'loop/', 'pipe.xlsx', '.hidden/'} == left, left  # nothing disappears silently


@pytest.mark.parametrize('what', ['fifo', 'device', 'missing', 'unreadable'])
def test_a_named_source_that_is_no_file_fails_by_name_and_at_once(tmp_path, what):
    good = form(tmp_path / 'good.xlsx', {'B2': 1})
    source = tmp_path / 'odd.xlsx'
    if what == 'fifo':
        os.mkfifo(source)
    elif what == 'device':
        source = pathlib.Path('/dev/zero')
    elif what == 'unreadable':
        if os.geteuid() == 0:
            pytest.skip('root reads everything')
        form(source).chmod(0)
    r = sheaf('merge', '-t', form(tmp_path / 't.xlsx'), '-o', tmp_path / 'o.xlsx', good, source, timeout=20)
    assert r.code in (2, 3, 4) and source.name in r.err, (r.code, r.err)


def test_a_template_or_output_that_is_no_file(tmp_path):
    template, source = form(tmp_path / 't.xlsx'), form(tmp_path / 's.xlsx', {'B2': 1})
    os.mkfifo(tmp_path / 'pipe.xlsx')
    for odd in ('pipe.xlsx', '.', 'missing.xlsx'):
        r = sheaf('merge', '-t', tmp_path / odd, '-o', tmp_path / 'o.xlsx', source, timeout=20)
        assert r.code == 3 and 'the template' in r.err, (odd, r.code, r.err)
    (tmp_path / 'out.xlsx').mkdir()
    r = sheaf('merge', '-t', template, '-o', tmp_path / 'out.xlsx', source)
    assert r.code == 5 and 'folder' in r.err
    r = sheaf('merge', '-t', template, '-o', tmp_path / 'pipe.xlsx', source, timeout=20)
    assert r.code in (4, 5) and r.err.strip()
    assert not [p for p in os.listdir(tmp_path) if p not in ('t.xlsx', 's.xlsx', 'pipe.xlsx', 'out.xlsx')]


# --- sizes ----------------------------------------------------------------------------------------------------------------------------

@pytest.mark.slow
def test_three_thousand_small_files(tmp_path):
    o = merge(tmp_path, form(tmp_path / 't.xlsx'), many(tmp_path / 'in', 3000), options=['--duplicates=all'])
    assert o.value('B2') == 3000 and o.value('B3') == 300 and o.json['contributions'] == 6000
    head = next(load(o.out)['Contributions'].iter_rows(max_row=1, values_only=True))
    assert len(head) == 3007


@pytest.mark.slow
def test_an_archive_with_more_members_than_open_files(tmp_path):
    member = form(tmp_path / 's.xlsx', {'B2': 1}).read_bytes()
    with zipfile.ZipFile(tmp_path / 'all.zip', 'w') as z:
        for i in range(1500):
            z.writestr('r%d.xlsx' % i, member)
    out, most = tmp_path / 'o.xlsx', resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    for hard in (most, 1024):
        p = subprocess.run([SHEAF, 'merge', '-t', form(tmp_path / 't.xlsx'), '-o', out, '--duplicates=all', tmp_path / 'all.zip'], capture_output=True,
                           text=True, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 1024), hard)))
        if hard > 4096:
            assert p.returncode == 0, p.stderr
            assert cells_of(out)['Data', 'B2'] == ('n', 1500)
            out.unlink()
        else:  # told, with what to do
            assert p.returncode == 3 and 'unpack it' in p.stderr and not out.exists(), p.stderr


def test_a_template_of_one_cell(tmp_path):
    template = raw(tmp_path / 't.xlsx', {'S': row(1, A=('s="0"', ''))}, ['0'])
    o = merge(tmp_path, template, raw(tmp_path / 'a.xlsx', {'S': row(1, A=2)}), raw(tmp_path / 'b.xlsx', {'S': row(1, A=3)}))
    assert o.value('A1', 'S') == 5
    label = raw(tmp_path / 'l.xlsx', {'S': row(1, A='only a label')})
    r = sheaf('merge', '-t', label, '-o', tmp_path / 'n.xlsx', tmp_path / 'a.xlsx')
    assert r.code != 0 and (r.err + r.out).strip()


def measured(*args, timeout=120):
    """Exit code, messages and peak of resident memory in MB. Through a small process: a child counts its parent's memory until exec."""
    script = ('import resource, subprocess, sys; code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL);'
              'print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)')
    p = subprocess.run([sys.executable, '-S', '-c', script, SHEAF, *map(str, args)], capture_output=True, text=True, timeout=timeout)
    code, peak = map(int, p.stdout.split())
    return code, p.stderr, peak / 1024


@pytest.mark.slow
@pytest.mark.skipif(IS_SANITIZED, reason='shadow memory')
def test_a_template_with_a_million_styled_blanks(tmp_path):
    cells = lambda r: ''.join('<c r="%s%d" s="0"/>' % (c, r) for c in 'ABCDEFGHIJKLMNOPQRST')
    template = raw(tmp_path / 't.xlsx', {'Data': ''.join('<row r="%d">%s</row>' % (r, cells(r)) for r in range(1, 50001))}, ['0.00'])
    source = raw(tmp_path / 's.xlsx', {'Data': row(40000, T=7)})
    code, err, peak = measured('merge', '-t', template, '-o', tmp_path / 'o.xlsx', source)
    assert code in (0, 3, 4), err
    assert peak < 128, '%d MB' % peak
    if code == 0:
        assert cells_of(tmp_path / 'o.xlsx')['Data', 'T40000'] == ('n', 7)
    else:
        assert 't.xlsx' in err and '--range' in err, err


def test_cells_in_the_last_corner_of_a_sheet(tmp_path):
    corner = '<row r="1048576"><c r="XFD1048576"><v>5</v></c></row>'
    form_rows = lambda b: row(1, A='Form') + row(2, A='Label 1', B=b)
    template = raw(tmp_path / 't.xlsx', {'Data': form_rows(('s="0"', ''))}, ['0'])
    o = merge(tmp_path, template, raw(tmp_path / 's.xlsx', {'Data': form_rows(3) + corner}))
    assert o.value('B2') == 3
    assert o.issue('OUTSIDE_TEMPLATE')['cell'] == 'XFD1048576'
    far = raw(tmp_path / 'far.xlsx', {'Data': form_rows(('s="0"', '')) + corner.replace('<v>5</v>', '').replace('XFD1048576"', 'XFD1048576" s="0"')}, ['0'])
    r = sheaf('merge', '-t', far, '-o', tmp_path / 'far out.xlsx', tmp_path / 's.xlsx')
    assert r.code in (3, 4) and 'far.xlsx' in r.err and '--range' in r.err, r.err
    o = merge(tmp_path, far, tmp_path / 's.xlsx', options=['--range', 'XFD1048576'])
    assert (o.value('B2'), o.value('XFD1048576')) == (None, 5)


# --- the same again ---------------------------------------------------------------------------------------------------------------------

def test_the_same_run_twice_over_its_own_output(tmp_path):
    o = fill(tmp_path, {'B2': 1}, {'B2': 2})
    first = o.out.read_bytes()
    assert fill(tmp_path, {'B2': 1}, {'B2': 2}).json['used'] == 2
    sources = sorted(tmp_path.glob('source*'))
    again = merge(tmp_path, tmp_path / 'template.xlsx', *sources).out.read_bytes()
    assert merge(tmp_path, tmp_path / 'template.xlsx', *sources).out.read_bytes() == again
    assert len(first) > 1000


def test_an_output_as_template_and_as_source(tmp_path):
    """Last quarter's consolidated book as the template of this quarter: its added sheets must not be taken for forms to fill."""
    o = fill(tmp_path, {'B2': 1}, {'B2': 2})
    earlier = tmp_path / 'earlier.xlsx'
    o.out.rename(earlier)
    r = sheaf('merge', '-t', earlier, '-o', tmp_path / 'next.xlsx', '--json', '--template-filled', *sorted(tmp_path.glob('source*')))
    assert r.code in (0, 1, 2, 3, 4)
    if r.code in (0, 1):
        assert cells_of(tmp_path / 'next.xlsx')['Data', 'B2'] == ('n', 3)
        names = load(tmp_path / 'next.xlsx').sheetnames
        assert len(names) == len(set(n.lower() for n in names))


@pytest.mark.skipif(os.geteuid() == 0, reason='root writes everywhere')
def test_a_folder_that_may_not_be_written(tmp_path):
    locked = tmp_path / 'locked'
    locked.mkdir()
    locked.chmod(0o500)
    r = sheaf('merge', '-t', form(tmp_path / 't.xlsx'), '-o', locked / 'o.xlsx', form(tmp_path / 's.xlsx', {'B2': 1}))
    assert r.code == 5 and 'locked' in r.err


def test_a_read_only_output_is_replaced_or_refused_whole(tmp_path):
    out = tmp_path / 'out.xlsx'
    out.write_bytes(b'earlier')
    out.chmod(0o444)
    r = sheaf('merge', '-t', form(tmp_path / 't.xlsx'), '-o', out, form(tmp_path / 's.xlsx', {'B2': 1}))
    assert r.code in (0, 5)
    assert out.read_bytes() == b'earlier' if r.code == 5 else cells_of(out)['Data', 'B2'] == ('n', 1)
    assert sorted(os.listdir(tmp_path)) == ['out.xlsx', 's.xlsx', 't.xlsx']


def test_no_output_overwrites_what_it_is_made_of(tmp_path):
    folder = tmp_path / 'in'
    folder.mkdir()
    template, source = form(tmp_path / 't.xlsx'), form(folder / 's.xlsx', {'B2': 1})
    (folder / 'alias.xlsx').symlink_to(source)
    kept = [template.read_bytes(), source.read_bytes()]
    out = tmp_path / 'o.xlsx'
    for args in (['-o', source], ['-o', folder / 'alias.xlsx'], ['-o', template], ['-o', out, '--report', source], ['-o', out, '--report', template],
                 ['-o', out, '--report', out]):
        for inputs in (folder, source):
            r = sheaf('merge', '-t', template, *args, inputs)
            assert r.code == 4 and 'overwrite' in r.err, (args, r.code, r.err)
            assert [template.read_bytes(), source.read_bytes()] == kept and not out.exists()
    for report in (source, template):
        assert sheaf('check', '-t', template, '--report', report, folder).code == 4
        assert [template.read_bytes(), source.read_bytes()] == kept
    for _ in range(2):  # an earlier output among the returns is replaced as ever
        assert merge(folder, template, folder, out='total.xlsx').value('B2') == 1


# --- sources that move under our hands ----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize('harm', ['vanishes', 'changes', 'shrinks'])
def test_a_source_that_vanishes_or_changes_during_the_run(tmp_path, harm):
    folder = many(tmp_path / 'in', 600)
    last = folder / '0599.xlsx'
    other = form(tmp_path / 'other.xlsx', {'B2': 1000}).read_bytes()
    out = tmp_path / 'o.xlsx'
    p = subprocess.Popen([SHEAF, 'merge', '-t', form(tmp_path / 't.xlsx'), '-o', out, '--json', '--duplicates=all', '-j1', folder], stdout=subprocess.PIPE, text=True)
    time.sleep(0.12)
    if harm == 'vanishes':
        last.unlink()
    elif harm == 'changes':
        last.write_bytes(other)
    else:
        os.truncate(last, 100)
    told = json.loads(p.communicate(timeout=60)[0])
    assert p.returncode in (0, 1, 2) and told['self_check_passed']
    total = cells_of(out)['Data', 'B2'][1]
    if told['failed']:
        assert total == 599 and told['issues'][0]['source'] == '0599.xlsx' and told['issues'][0]['code'] in ('SOURCE_CHANGED', 'SOURCE_FAILED')
    else:  # it was read before or after, whole
        assert total in {'vanishes': (599, 600), 'changes': (600, 1599), 'shrinks': (600,)}[harm], total


# --- endings ------------------------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize('number', [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_no_ending_leaves_anything_behind(tmp_path, number):
    folder, template = many(tmp_path / 'in', 500), form(tmp_path / 't.xlsx')
    home, spool = tmp_path / 'out', tmp_path / 'spool'
    home.mkdir(), spool.mkdir()
    out = home / 'o.xlsx'
    for wait in (0.02, 0.1, 0.2, 0.35):
        out.write_bytes(b'the earlier output')
        p = subprocess.Popen([SHEAF, 'merge', '-t', template, '-o', out, '--report', home / 'r.json', '--contributions=csv', '--duplicates=all', folder],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ, TMPDIR=str(spool)))
        time.sleep(wait)
        p.send_signal(number)
        p.wait(timeout=30)
        left = set(os.listdir(home))
        if p.returncode in (130, -signal.SIGKILL, 143):
            assert out.read_bytes() == b'the earlier output' and left == {'o.xlsx'} or number == signal.SIGKILL, (wait, left)
            if number == signal.SIGKILL:  # at no moment is there a half-written file under any name of ours
                assert left <= {'o.xlsx', 'r.json', 'o.contributions.csv'}, left
                assert out.read_bytes() == b'the earlier output' or zipfile.ZipFile(out).testzip() is None
        assert os.listdir(spool) == []
        for name in left - {'o.xlsx'}:
            (home / name).unlink()


# --- disks --------------------------------------------------------------------------------------------------------------------------------

@pytest.fixture
def small_disk(tmp_path):
    """A file system of 256 KB, for root only."""
    place = tmp_path / 'small'
    place.mkdir()
    if os.geteuid() != 0 or subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', place], capture_output=True).returncode != 0:
        pytest.skip('mounting takes root')
    yield place
    subprocess.run(['umount', place], check=True)


def test_a_full_disk_leaves_the_earlier_output(tmp_path, small_disk):
    out = small_disk / 'o.xlsx'
    out.write_bytes(b'the earlier output')
    (small_disk / 'ballast').write_bytes(b'x' * 230_000)
    sources = [form(tmp_path / ('s%d.xlsx' % i), {'%s%d' % (c, r): i * r * 1.01 for c in 'BC' for r in range(2, 300)}, n=298) for i in range(6)]
    r = sheaf('merge', '-t', form(tmp_path / 't.xlsx', n=298), '-o', out, *sources)
    assert r.code == 5 and 'space' in r.err.lower() and 'o.xlsx' in r.err, (r.code, r.err)
    assert out.read_bytes() == b'the earlier output' and sorted(os.listdir(small_disk)) == ['ballast', 'o.xlsx']


def test_a_full_disk_for_report_and_contributions(tmp_path, small_disk):
    (small_disk / 'ballast').write_bytes(b'x' * 258_000)
    out = tmp_path / 'o.xlsx'
    out.write_bytes(b'the earlier output')
    sources = [form(tmp_path / ('s%d.xlsx' % i), {'B2': i}) for i in range(40)]
    r = sheaf('merge', '-t', form(tmp_path / 't.xlsx'), '-o', out, '--report', small_disk / 'r.json', *sources)
    assert r.code == 5 and 'r.json' in r.err, (r.code, r.err)
    assert os.listdir(small_disk) == ['ballast'] and out.read_bytes() == b'the earlier output'


@pytest.mark.parametrize('how', ['full', 'missing'])
def test_a_temporary_folder_that_cannot_be_used(tmp_path, small_disk, how):
    place = small_disk
    if how == 'full':
        (small_disk / 'ballast').write_bytes(b'x' * (256 << 10))
    else:
        place = tmp_path / 'nowhere'
    out = tmp_path / 'o.xlsx'
    out.write_bytes(b'the earlier output')
    sources = [form(tmp_path / ('s%d.xlsx' % i), {'%s%d' % (c, r): i * r * 1.01 for c in 'BC' for r in range(2, 200)}, n=198) for i in range(8)]
    r = sheaf('merge', '-t', form(tmp_path / 't.xlsx', n=198), '-o', out, *sources, env={'TMPDIR': str(place)})
    if r.code == 0:  # nothing had to be spooled
        assert cells_of(out)['Data', 'B2'][1] == pytest.approx(sum(i * 2.02 for i in range(8)))
    else:
        assert r.code == 5 and 'TMPDIR' in r.err, (r.code, r.err)
        assert out.read_bytes() == b'the earlier output'


def test_read_only_places(tmp_path, small_disk):
    subprocess.run(['mount', '-o', 'remount,ro', small_disk], check=True)
    template, source = form(tmp_path / 't.xlsx'), form(tmp_path / 's.xlsx', {'B2': 1})
    r = sheaf('merge', '-t', template, '-o', small_disk / 'o.xlsx', source)
    assert r.code == 5 and 'small' in r.err, (r.code, r.err)
    r = sheaf('merge', '-t', template, '-o', tmp_path / 'o.xlsx', source, env={'TMPDIR': str(small_disk)})
    assert r.code in (0, 5), r.err
    r = sheaf('merge', '-t', template, '-o', tmp_path / 'p.xlsx', '--report', small_disk / 'r.json', source)
    assert r.code == 5 and 'r.json' in r.err and not (tmp_path / 'p.xlsx').exists(), (r.code, r.err)


# --- surroundings ---------------------------------------------------------------------------------------------------------------------------

def test_locale_time_zone_and_umask_change_no_byte(tmp_path):
    template, source = form(tmp_path / 't.xlsx'), form(tmp_path / 'Zo\u00eb.xlsx', {'B2': 1.5, 'B3': '1.234,5'})
    seen = set()
    for env in ({}, {'LC_ALL': 'C'}, {'LC_ALL': 'de_DE.UTF-8', 'LANG': 'de_DE.UTF-8'}, {'LC_ALL': 'tr_TR.UTF-8'}, {'TZ': 'Pacific/Kiritimati'}, {'TERM': ''}):
        seen.add(hashlib.sha256(merge(tmp_path, template, source, env=env).out.read_bytes()).hexdigest())
    assert len(seen) == 1


def test_standard_streams_may_be_closed(tmp_path):
    template, source = form(tmp_path / 't.xlsx'), form(tmp_path / 's.xlsx', {'B2': 4})
    command = '"$0" merge -t "$1" -o "$2" "$3" %s'
    for closed in ('<&-', '>&-', '2>&-', '<&- >&- 2>&-', '>/dev/full'):
        out = tmp_path / 'o.xlsx'
        out.unlink(missing_ok=True)
        p = subprocess.run(['sh', '-c', command % closed, SHEAF, template, out, source], timeout=60)
        assert p.returncode in (0, 5), closed
        assert cells_of(out)['Data', 'B2'] == ('n', 4), closed
