# SPDX-License-Identifier: MIT
"""What was found, for machines (results.json) and for people (docs/BENCH.md)."""
import json

TITLES = {
    'read': 'Read everything to typed cells', 'stack': 'All rows of all files into one workbook',
    'position': 'Branch returns added up on their template, with contributions', 'memory': 'Memory',
    'workers': 'Workers', 'counts': 'Instructions (callgrind)',
}


def results(session, info):
    return {'machine': info, 'pairs': session.runs, 'quick': session.options.quick, 'build': session.build,
            'measurements': session.rows, 'goals': session.goals, 'missing_peers': session.missing, 'broken': session.broken}


def merge(old, new):
    """A run of some suites, corpora or peers takes the place of the same ones of the run before on the same machine and build."""
    same = ('arch', 'cpu', 'cores', 'libc', 'compiler')
    if any(old['machine'].get(k) != new['machine'].get(k) for k in same) or old['build'] != new['build'] or old['quick']:
        return new
    place = lambda r: (r['suite'], r['corpus'], r.get('program') or r['what'])
    found = dict(new)
    for kind in ('measurements', 'goals'):
        now = {place(r) for r in new[kind]}
        found[kind] = [r for r in old[kind] if place(r) not in now] + new[kind]
    measured = {r.get('peer') for r in found['measurements']}
    found['missing_peers'] = {k: v for k, v in dict(old['missing_peers'], **new['missing_peers']).items() if k not in measured}
    return found


def read_json(path):
    try:
        with open(path) as f:
            return json.load(f)
    except (OSError, ValueError):
        return None


def write_json(found, path):
    with open(path, 'w') as f:
        json.dump(found, f, indent=1)
        f.write('\n')


def figure(value, digits=2):
    return '%.*f' % (digits if value < 100 else 0, value)


def multiple(row):
    if row['kind'] == 'limit':
        return 'limit: ours is %s x' % figure(1 / row['times_ours']) if row.get('times_ours') else 'limit'
    if row.get('times_limit'):
        return '%s x the limit' % figure(row['times_limit'])
    return '%s x' % figure(row['times_ours'], 1) if row.get('times_ours') else ''


def rows_of(found, suite, corpus):
    rows = [r for r in found['measurements'] if r['suite'] == suite and r['corpus'] == corpus]
    order = {'limit': 0, 'ours': 1, 'variant': 2, 'peer': 3}
    return sorted(rows, key=lambda r: (order[r['kind']], r.get('times_ours') or (1e9 if 'refused' in r else 0)))


def table(rows):
    lines = ['| | wall s | CPU s | peak MB | M cells/s | CPU, as a multiple of ours |', '|---|---:|---:|---:|---:|---|']
    for r in rows:
        name = '**%s**' % r['program'] if r['kind'] == 'ours' else r['program']
        if 'refused' in r:
            lines.append('| %s | | | | | no time: %s |' % (name, r['refused'].replace('|', '/')))
            continue
        rate = '%.2f' % (r['cells_per_s'] / 1e6) if r['cells_per_s'] else ''
        lines.append('| %s | %.3f | %.3f | %.1f | %s | %s |' % (name, r['wall_s'], r['cpu_s'], r['peak_mb'], rate, multiple(r)))
    return lines


def goal_table(goals):
    lines = ['| figure | corpus | measured | goal | |', '|---|---|---:|---:|---|']
    for g in goals:
        lines.append('| %s: %s | %s | %s | %s %g | %s |' % (g['suite'], g['what'], g['corpus'], figure(g['value']), '≤' if g['at_most'] else '≥',
                                                            g['goal'], 'ok' if g['ok'] else '**missed**'))
    return lines


def markdown(found):
    m = found['machine']
    lines = ['# Measured side by side', '',
             'One run of `scons bench` on one machine: %s, %s cores (%s), %s, %s, gcc %s. Medians of %d runs in turn; CPU is user and system time with'
             % (m.get('cpu') or m['arch'], m['cores'], ' '.join(m.get('simd', [])), m.get('system', ''), m['libc'], m['compiler'], found['pairs']),
             'all children. Only the ratios travel between machines. Every answer was compared first: a program whose answer is another one has no time.',
             '`docs/PERFORMANCE.md` says where the time goes; `build/bench/results.json` has every figure.', '', '![](bench.svg)', '']
    for suite, title in TITLES.items():
        corpora = list(dict.fromkeys(r['corpus'] for r in found['measurements'] if r['suite'] == suite))
        if not corpora or suite == 'counts':
            continue
        lines += ['## ' + title, '']
        for corpus in corpora:
            lines += ['**%s**' % corpus, ''] + table(rows_of(found, suite, corpus)) + ['']
    lines += ['## Promised', ''] + goal_table(found['goals']) + ['']
    versions = {r['peer']: r for r in found['measurements'] if r.get('version')}
    lines += ['## Who was measured', '', '| peer | what it is | versions |', '|---|---|---|']
    lines += ['| %s | %s | %s |' % (name, r.get('title', name), r['version']) for name, r in sorted(versions.items())] + ['']
    if found['missing_peers']:
        lines += ['Not on that machine: ' + ', '.join(sorted(found['missing_peers'])) + '.', '']
    return '\n'.join(lines)
