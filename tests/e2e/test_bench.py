# SPDX-License-Identifier: MIT
"""The bench itself: minute corpora, one pair each, and peers made here, so that it does not rot between releases."""
import json, os, subprocess, sys
import pytest

from conftest import ROOT

pytestmark = pytest.mark.slow
BUILD = os.environ.get('SHEAF_BUILD', 'build/debug')
HONEST = '''
import json, sys, openpyxl
what, *rest = sys.argv[1:]
if what == 'read':
    n = t = b = 0
    total = 0.0
    for path in rest:
        for sheet in openpyxl.load_workbook(path, data_only=True).worksheets:
            for row in sheet.iter_rows():
                for cell in row:
                    v = cell.value
                    if v is None:
                        continue
                    if hasattr(v, 'year'):
                        v = openpyxl.utils.datetime.to_excel(v)
                    if isinstance(v, bool): b += 1
                    elif isinstance(v, str): t += 1
                    else: n, total = n + 1, total + v
    print(json.dumps({'numbers': n + LIE, 'texts': t, 'booleans': b, 'errors': 0, 'sum': repr(total)}))
else:
    out = openpyxl.Workbook()
    target, header = out.active, None
    for path in rest[1:]:
        for sheet in openpyxl.load_workbook(path, data_only=True).worksheets:
            rows = list(sheet.iter_rows(values_only=True))
            if header is None:
                header = rows[0]
                target.append(header)
            for row in rows[1:]:
                target.append(row)
    if LIE:
        target['H3'] = 12345.5
    out.save(rest[0])
'''


def run(*argv):
    return subprocess.run([sys.executable, str(ROOT / 'bench/run.py'), '--build', BUILD, *map(str, argv)], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=300)


def make_peer(folder, name, lie):
    home = folder / name
    home.mkdir(parents=True)
    (home / 'peer.py').write_text(HONEST.replace('LIE', str(lie)))
    (home / 'peer.json').write_text(json.dumps({
        'name': name, 'version_cmd': ['/usr/bin/python3', '-c', 'print("1.2.3")'], 'install': ['false'],
        'read': ['/usr/bin/python3', '{dir}/peer.py', 'read', '{files}'], 'stack': ['/usr/bin/python3', '{dir}/peer.py', 'stack', '--source', '{out}', '{files}']}))


@pytest.fixture(scope='module')
def found(tmp_path_factory):
    if not os.path.exists(ROOT / BUILD / 'bench' / 'timed'):
        pytest.skip('the programs of bench/ are not built')
    folder = tmp_path_factory.mktemp('bench')
    make_peer(folder / 'peers', 'honest', 0)
    make_peer(folder / 'peers', 'liar', 1)
    (folder / 'peers' / 'absent').mkdir()
    (folder / 'peers' / 'absent' / 'peer.json').write_text(json.dumps({'name': 'absent', 'version_cmd': ['no-such-program'], 'read': ['no-such-program']}))
    p = run('--tiny', '--work', folder / 'work', '--peers', folder / 'peers', 'read', 'stack', 'position', 'memory', 'workers')
    results = json.loads((folder / 'work' / 'results_quick.json').read_text()) if p.returncode in (0, 1) else None
    return p, results, folder


def rows(found, **where):
    return [r for r in found[1]['measurements'] if all(r.get(k) == v for k, v in where.items())]


def test_every_suite_measures_and_nothing_is_broken(found):
    assert found[0].returncode == 0, found[0].stdout
    assert found[1]['broken'] == []
    for suite in ('read', 'stack', 'position', 'memory', 'workers'):
        ours = rows(found, suite=suite, kind='ours')
        assert ours and all(r['cpu_s'] >= 0 and r['peak_mb'] > 0 for r in ours), suite


def test_a_peer_with_the_same_answer_gets_a_time_next_to_ours(found):
    for suite in ('read', 'stack'):
        assert {r['corpus'] for r in rows(found, suite=suite, peer='honest')} == {'branch', 'ledger', 'huge'}, found[0].stdout
        assert all(r['times_ours'] > 0 and r['version'] == '1.2.3' for r in rows(found, suite=suite, peer='honest'))


def test_a_peer_with_another_answer_gets_no_time_and_the_difference_is_told(found):
    for suite in ('read', 'stack'):
        lies = [r for r in rows(found, suite=suite) if r['program'].startswith('liar')]
        assert len(lies) == 3 and all('cpu_s' not in r and 'answer differs' in r['refused'] for r in lies), lies
    assert any('row 3' in r['refused'] and '12345.5' in r['refused'] for r in rows(found, suite='stack') if 'refused' in r)


def test_a_missing_peer_is_named_with_how_to_install_it(found):
    assert found[1]['missing_peers'] == {'absent': 'bench/run.py install absent'}
    assert 'skipped: absent' in found[0].stdout


def test_the_plot_is_sound_xml_with_every_peer(found):
    import xml.etree.ElementTree as tree
    svg = tree.parse(found[2] / 'work' / 'plot_quick.svg')
    words = ' '.join(t.text or '' for t in svg.iter('{http://www.w3.org/2000/svg}text'))
    assert 'honest' in words and 'sheaf' in words and 'liar' not in words


def test_a_corpus_has_the_same_bytes_each_time(found, tmp_path):
    maker = str(ROOT / BUILD / 'bench' / 'make_corpus')
    for kind in ('forms', 'ledger'):
        for name in 'ab':
            subprocess.run([maker, kind, str(tmp_path / (kind + name)), '3', '70'], check=True, stdout=subprocess.DEVNULL)
        for path in (tmp_path / (kind + 'a')).rglob('*.xlsx'):
            assert path.read_bytes() == (tmp_path / (kind + 'b') / path.relative_to(tmp_path / (kind + 'a'))).read_bytes()


def test_callgrind_counts_are_read_by_function(tmp_path):
    sys.path.insert(0, str(ROOT / 'bench'))
    from suite_counts import functions_of, grown
    (tmp_path / 'out').write_text('events: Ir\nfn=(1) main\n12 5\ncfn=(2) work\ncalls=1 3\n13 100\n14 2\nfn=(2)\n3 100\nfn=(3) work\'2\n+1 7\nob=(1) /lib/libz.so.1\nfn=(4) 0x0040\n0 9\n')
    assert functions_of(tmp_path / 'out') == {'main': 7, 'work': 107, 'libz.so.1 0x40': 9}
    assert grown({'main': 7, 'work': 107}, {'work': 100, 'gone': 5}) == [(7, 107, 'work'), (2, 7, 'main')]


def test_a_later_run_replaces_only_what_it_measured():
    sys.path.insert(0, str(ROOT / 'bench'))
    from report import merge
    row = lambda corpus, program, cpu: {'suite': 'read', 'corpus': corpus, 'program': program, 'cpu_s': cpu}
    old = {'machine': {'cpu': 'A'}, 'build': 'b', 'quick': False, 'measurements': [row('ledger', 'x', 1), row('huge', 'x', 2)], 'goals': [], 'missing_peers': {}}
    new = dict(old, measurements=[row('ledger', 'x', 3)])
    assert {(r['corpus'], r['cpu_s']) for r in merge(old, new)['measurements']} == {('ledger', 3), ('huge', 2)}
    assert merge(dict(old, machine={'cpu': 'B'}), new) == new


