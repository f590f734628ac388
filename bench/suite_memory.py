# SPDX-License-Identifier: MIT
"""Peak memory must not grow with the rows, the files or the sources."""
import os

from measure import Failed
from suite_stack import peak_goal, stack

GROWTH_GOAL, POSITION_GOAL_MB = 1.3, 64


def run(session):
    quick = session.options.quick
    session.title('memory  the same work, more of it')
    if session.wanted(['ledger']):
        ledger = session.corpora.get('ledger' if quick else 'ledger_40')
        counts = sorted({max(1, ledger.n_files * part // 8) for part in (1, 2, 4, 8)})
        grow(session, 'ledger', [('%d files' % n, ledger.files[:n], n / ledger.n_files) for n in counts], ledger)
    if session.wanted(['huge']):
        names = ['huge_125k', 'huge_250k', 'huge']
        books = [session.corpora.get(name) for name in (names[:2] if quick else names)]
        grow(session, 'huge', [('%d rows' % (b.rows - 1), b.files, b.rows / books[-1].rows) for b in books], books[-1])
    returns(session, quick)


def grow(session, name, steps, largest):
    """Each step: label, files, share of the largest."""
    out, peaks = session.path('memory.xlsx'), []
    for label, files, share in steps:
        try:
            run = stack(session, out, files)
        except Failed as e:
            session.refused('memory', name, 'stack %s' % label, 'ours', str(e))
            return
        peaks.append(run.peak_mb - 2 * share * largest.truth['string_bytes'] / 1e6)  # twice the unique strings are allowed
        session.row('memory', name, 'stack %s' % label, 'ours', run, 1, largest.values * share)
    peak_goal(session, 'memory', largest, run, what='peak MB of the largest')
    session.goal('memory', name, 'peak less twice the strings: the largest / the smallest', peaks[-1] / peaks[0], GROWTH_GOAL)
    os.remove(out)


def returns(session, quick):
    corpus = session.corpora.get('returns_1000' if quick else 'returns_10000')
    n, out, peak = 100, session.path('memory.xlsx'), 0
    counts = [n for n in (100, 1000, 10000) if n < corpus.n_files] + [corpus.n_files]
    for n in counts:
        listing = session.path('returns.txt')
        with open(listing, 'w') as f:
            f.write('\n'.join(corpus.files[:n]) + '\n')
        try:
            run = session.watch.run([session.sheaf, 'merge', '-q', '-t', corpus.template, '-o', out, '--files-from', listing], accept=(0, 1))
        except Failed as e:
            session.refused('memory', 'returns', 'position, %d returns' % n, 'ours', str(e))
            return
        peak = max(peak, run.peak_mb)
        session.row('memory', 'returns', 'position, %d returns' % n, 'ours', run, 1, corpus.values * n / corpus.n_files)
    session.goal('memory', 'returns', 'peak MB of position mode', peak, POSITION_GOAL_MB)
    os.remove(out)
