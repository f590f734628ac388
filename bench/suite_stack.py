# SPDX-License-Identifier: MIT
"""All rows of all files into one workbook, next to the codec floor: inflating the inputs and deflating the output, and nothing else."""
import os, statistics, subprocess

from corpora import difference
from measure import Failed, in_turn, last_json, middle, ratio

PEER_GOALS = {'calamine': 7, 'excelize': 30, 'sheetjs': 30, 'exceljs': 30, 'openpyxl': 60, 'pandas': 60}
FLOOR_GOAL, SIZE_GOAL, SMALL_GOAL, WORKERS_GOAL = 1.6, 1.2, 1.0, 0.65


def argv(session, out, files, *more):
    source = [] if session.options.source_columns else ['--no-source-columns']
    return [session.sheaf, 'merge', '-q', '-m', 'stack', *source, '--totals=keep', '--footers=keep', *more, '-o', out, *files]


def stack(session, out, files, *more):
    """Our run; the output is made anew each time. One worker unless said otherwise: the limits are one thread's, and so are most peers."""
    if not any(m.startswith('-j') for m in more):
        more = ('-j1', *more)
    if os.path.exists(out):
        os.remove(out)
    run = session.watch.run(argv(session, out, files, *more), accept=(0, 1))
    if not os.path.exists(out):
        raise Failed('no output was written')
    return run


def stacked_truth(corpus, n_sheets):
    """What the one sheet holds: the header once."""
    columns = {'forms': 40, 'ledger': 20}[corpus.kind]
    return dict(corpus.truth, texts=corpus.truth['texts'] - columns * (corpus.n_files * n_sheets - 1))


def check_ours(session, corpus, out):
    """Counted by a reader of the first sheet that knows nothing of stacking."""
    truth = stacked_truth(corpus, 3 if corpus.kind == 'forms' else 1)
    run = session.watch.run([session.program('compare_books'), out])
    differs = difference(last_json(run.out), truth)
    if differs:
        raise Failed('answer differs: ' + differs)


def compare(session, ours, theirs):
    p = subprocess.run([session.program('compare_books'), ours, theirs], stdout=subprocess.PIPE, text=True)
    return '' if p.returncode == 0 else p.stdout.strip() or 'the comparison ended with %d' % p.returncode


def run(session):
    for name in session.wanted(['branch', 'ledger', 'huge']):
        stack_corpus(session, session.corpora.get(name))


def deflate(session, out, *options):
    run = session.watch.run([session.program('limit_deflate'), *options, out])
    return run, last_json(run.out)


def floor(session, corpus, out):
    """CPU seconds of inflating the inputs and of deflating the output."""
    inflate = session.watch.run([session.program('limit_inflate'), *corpus.files])
    seconds = deflate(session, out)[1]['cpu_s']
    return inflate._replace(cpu=inflate.cpu + seconds, wall=inflate.wall + seconds)


def stack_corpus(session, corpus):
    session.title('stack  ' + corpus.title())
    out, theirs = session.path('stack_ours.xlsx'), session.path('stack_theirs.xlsx')
    ours = lambda: stack(session, out, corpus.files)
    try:
        ours()
        check_ours(session, corpus, out)
        pairs = in_turn(lambda: floor(session, corpus, out), ours, session.runs)
    except Failed as e:
        session.refused('stack', corpus.name, 'sheaf', 'ours', str(e))
        return
    times, run = ratio(pairs), middle([b for a, b in pairs])
    session.row('stack', corpus.name, 'limit: inflate in, deflate out', 'limit', middle([a for a, b in pairs]), len(pairs), times_ours=1 / times)
    session.row('stack', corpus.name, 'sheaf', 'ours', run, len(pairs), corpus.values, '%.2f x the codec floor' % times, times_limit=times)
    session.goal('stack', corpus.name, 'stacking is this many times the codec floor', times, FLOOR_GOAL)
    if corpus.kind == 'ledger':
        peak_goal(session, 'stack', corpus, run)
    output_size(session, corpus, out)

    def check(peer, peer_run):
        return compare(session, out, theirs)
    session.against_peers('stack', corpus, ours, lambda peer: peer.argv('stack', corpus.files, theirs, session.options.source_columns), check, PEER_GOALS)
    for path in (out, theirs):
        if os.path.exists(path):
            os.remove(path)


def peak_goal(session, suite, corpus, run, share=1.0, what='peak MB'):
    limit = 64 + 2 * share * corpus.truth['string_bytes'] / 1e6
    session.goal(suite, corpus.name, what, run.peak_mb, round(limit, 1))


def output_size(session, corpus, out):
    """Against the size that zlib at level 6 gives the same parts."""
    if session.options.quick and corpus.name == 'huge':
        return
    sizes = deflate(session, out, '--zlib6')[1]
    session.goal('stack', corpus.name, 'output as a multiple of zlib level 6', sizes['stored_bytes'] / sizes['zlib6_bytes'], SIZE_GOAL)
    small = session.path('stack_small.xlsx')
    run = stack(session, small, corpus.files, '--compress=small')
    stored = deflate(session, small)[1]['stored_bytes']
    session.row('stack', corpus.name, 'sheaf --compress=small', 'variant', run, 1, corpus.values)
    session.goal('stack', corpus.name, 'output of --compress=small', stored / sizes['zlib6_bytes'], SMALL_GOAL)
    os.remove(small)


def run_workers(session):
    """One worker next to two, wall time."""
    corpus, out = session.corpora.get('ledger'), session.path('stack_workers.xlsx')
    session.title('workers  ' + corpus.title())
    try:
        pairs = in_turn(lambda: stack(session, out, corpus.files, '-j1'), lambda: stack(session, out, corpus.files, '-j2'), session.runs)
    except Failed as e:
        session.refused('workers', corpus.name, 'sheaf -j1, -j2', 'ours', str(e))
        return
    session.row('workers', corpus.name, 'sheaf -j1', 'ours', middle([a for a, b in pairs]), len(pairs), corpus.values)
    session.row('workers', corpus.name, 'sheaf -j2', 'ours', middle([b for a, b in pairs]), len(pairs), corpus.values)
    wall = statistics.median(b.wall / a.wall for a, b in pairs)
    if (os.cpu_count() or 1) > 1:
        session.goal('workers', corpus.name, 'wall time of two workers, as a part of one', wall, WORKERS_GOAL)
    os.remove(out)
