# SPDX-License-Identifier: MIT
"""Returns added up on their template with every contribution listed, next to the reference way of the same work (openpyxl)."""
import os, subprocess

from measure import ROOT, Failed, in_turn, middle, ratio

GOAL, QUICK_RETURNS = 100, 30
OWN_SHEETS = ('Contributions', 'Sources', 'Issues')


def numbers_of(session, path):
    """The numbers on the template's sheets."""
    out = subprocess.run([session.sheaf, 'cells', path], stdout=subprocess.PIPE, text=True, check=True).stdout
    cells = {}
    for line in out.splitlines():
        f = line.split('\t')
        if f[3] == 'n' and f[1].strip('"').split(' (')[0] not in OWN_SHEETS:
            cells[f[1], f[2]] = float(f[4])
    return cells


def difference_of(ours, theirs):
    """The first result that is not the same; formulas have no cached value in the reference's output."""
    for place, value in theirs.items():
        if place not in ours or abs(ours[place] - value) > 1e-9 * max(1, abs(value)):
            return '%s!%s is %s, ours %s' % (*place, value, ours.get(place))
    return '' if theirs else 'no results'


def count_contributions(session, path):
    out = subprocess.run([session.sheaf, 'cells', '--sheet', 'Contributions', path], stdout=subprocess.PIPE, text=True, check=True).stdout
    return sum(line.split('\t')[3] == 'n' for line in out.splitlines())


def run(session):
    if not session.wanted(['branch']):
        return
    corpus = session.corpora.get('branch')
    files = corpus.files[:QUICK_RETURNS] if session.options.quick else corpus.files
    values = corpus.values * len(files) // corpus.n_files
    session.title('position  %d branch returns with contributions' % len(files))
    out, theirs = session.path('position_ours.xlsx'), session.path('position_theirs.xlsx')
    ours = lambda: session.watch.run([session.sheaf, 'merge', '-q', '-j1', '-t', corpus.template, '-o', out, *files], accept=(0, 1))
    reference = lambda: session.watch.run(['/usr/bin/python3', os.path.join(ROOT, 'bench', 'reference_openpyxl.py'), corpus.template, theirs, *files])
    inflate = lambda: session.watch.run([session.program('limit_inflate'), *files])
    try:
        limits = in_turn(inflate, ours, session.runs)
    except Failed as e:
        session.refused('position', 'branch', 'sheaf', 'ours', str(e))
        return
    times = ratio(limits)
    session.row('position', 'branch', 'limit: inflated (ISA-L)', 'limit', middle([a for a, b in limits]), len(limits), times_ours=1 / times)
    session.row('position', 'branch', 'sheaf', 'ours', middle([b for a, b in limits]), len(limits), values, '%.1f x inflating' % times, times_limit=times)
    if session.options.tiny:
        return
    try:
        pairs = in_turn(ours, reference, session.runs, session.seconds)
        differs = difference_of(numbers_of(session, out), numbers_of(session, theirs))
        if differs:
            raise Failed('answer differs: ' + differs)
    except Failed as e:
        session.refused('position', 'branch', 'the reference way (openpyxl)', 'peer', str(e))
        return
    times = ratio(pairs)
    session.row('position', 'branch', 'the reference way (openpyxl)', 'peer', middle([b for a, b in pairs]), len(pairs), values, '%.0f x ours' % times,
                peer='openpyxl', times_ours=times)
    print('  contributions listed: %d, the reference way %d' % (count_contributions(session, out), count_contributions(session, theirs)))
    if session.options.quick:
        print('  (the goal of %d x is for 300 returns: scons bench position)' % GOAL)
    else:
        session.goal('position', 'branch', 'the reference way takes this many times our CPU', times, GOAL, at_most=False)
    for path in (out, theirs):
        os.remove(path)
