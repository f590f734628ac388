#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Measures sheaf next to the limits of the machine and to other programs, in one run; only the ratios travel between machines.

  scons bench                      everything: read, stack, position, memory, workers, counts
  scons bench quick                one pair each and the quickest peers, under two minutes
  bench/run.py stack --corpus ledger --peer calamine --runs 9
  bench/run.py install [PEER...]   installs the other programs below build/bench/peers (nothing else ever does)
  bench/run.py counts --update     stores the instruction counts of this compiler in bench/baseline.json
  bench/run.py profile             where the instructions of a stack go, by what they are for
  bench/run.py publish             copies the plot and the tables of the runs so far to docs/

Ours and the other run in turn, and the figures are medians of the pairs: CPU seconds (user and system, children included), wall
seconds, peak memory. Each answer is compared before its time is taken. Writes build/bench/results.json and plot.svg; a run of some suites, corpora or peers takes the place
of the same ones there; a quick run writes results_quick.json and plot_quick.svg."""
import argparse, os, shutil, signal, sys, time

import contenders, plot, report, suite_counts, suite_memory, suite_position, suite_profile, suite_read, suite_stack
from measure import ROOT, machine
from session import Session

SUITES = {'read': suite_read.run, 'stack': suite_stack.run, 'position': suite_position.run, 'memory': suite_memory.run,
          'workers': suite_stack.run_workers, 'counts': suite_counts.run, 'profile': suite_profile.run}


def parse(argv):
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--build', default='build/release', help='the build to measure (default: build/release)')
    p.add_argument('--runs', type=int, help='pairs (default: 5; quick: 1)')
    p.add_argument('--peer-seconds', type=float, help='no new pair with a peer on one corpus after this long; 0: no end (default: 300; quick: 8)')
    p.add_argument('--timeout', type=float, default=1800, help='seconds that one run may take')
    p.add_argument('--corpus', action='append', choices=['branch', 'ledger', 'huge'], help='only this corpus; repeatable')
    p.add_argument('--peer', action='append', default=[], help='only this peer; repeatable')
    p.add_argument('--peers', help='folder of the peers (default: bench/peers)')
    p.add_argument('--no-peers', action='store_true', help='only sheaf and the limits')
    p.add_argument('--work', default=os.path.join(ROOT, 'build', 'bench'), help='where corpora, outputs and results go')
    p.add_argument('--tiny', action='store_true', help='minute corpora: tests whether the bench works, its figures mean nothing')
    p.add_argument('--source-columns', action='store_true', help='stack: with the columns that say where a row comes from, here and there')
    p.add_argument('--update', action='store_true', help='counts: store the baseline')
    p.add_argument('words', nargs='*', metavar='quick|SUITE|install|publish', help=', '.join(SUITES))
    options = p.parse_args(argv)
    options.quick = 'quick' in options.words or options.tiny
    known = [w for w in options.words if w in SUITES]
    odd = set(options.words) - set(SUITES) - {'quick', 'install', 'publish'}
    if odd and 'install' not in options.words:
        p.error('no such suite: %s' % ', '.join(sorted(odd)))
    options.suites = known or [s for s in SUITES if s != 'profile' and not (options.quick and s == 'counts' and not options.tiny)]
    options.runs = options.runs or (1 if options.quick else 5)
    if options.peer_seconds is None:
        options.peer_seconds = 8 if options.quick else 300
    return options


def save(session, info):
    """A quick run has files of its own; any other replaces what it measured anew."""
    suffix = '_quick' if session.options.quick else ''
    path = os.path.join(session.work, 'results%s.json' % suffix)
    found, old = report.results(session, info), None if suffix else report.read_json(path)
    if old:
        found = report.merge(old, found)
    report.write_json(found, path)
    with open(os.path.join(session.work, 'plot%s.svg' % suffix), 'w') as f:
        f.write(plot.svg(found))
    print('\nwritten: %s and the plot beside it' % os.path.relpath(path, ROOT))


def publish(work):
    found = report.read_json(os.path.join(work, 'results.json'))
    if not found:
        sys.exit('bench: nothing to publish: there was no run but quick ones')
    with open(os.path.join(ROOT, 'docs', 'BENCH.md'), 'w') as f:
        f.write(report.markdown(found))
    shutil.copy(os.path.join(work, 'plot.svg'), os.path.join(ROOT, 'docs', 'bench.svg'))
    print('written: docs/BENCH.md, docs/bench.svg')


def choose_peers(options):
    if options.no_peers:
        return []
    peers = contenders.load(options.work, options.build, options.peers, options.peer)
    return contenders.quickest(peers) if options.quick and not options.peer and not options.peers else peers


def summary(session, seconds):
    for name, how in sorted(session.missing.items()):
        print('skipped: %s is not installed (%s)' % (name, how))
    missed = [g for g in session.goals if not g['ok']]
    print('%d goals, %d missed, %.0f s' % (len(session.goals), len(missed), seconds))
    for g in missed:
        print('  missed: %s %s: %s: %.2f (%g)' % (g['suite'], g['corpus'], g['what'], g['value'], g['goal']))
    for text in session.broken:
        print('  BROKEN: ' + text)


def main(argv):
    began = time.time()
    options = parse(argv)
    options.work = os.path.abspath(options.work)
    os.makedirs(options.work, exist_ok=True)
    if 'install' in options.words:
        names = [w for w in options.words if w not in SUITES and w not in ('quick', 'install', 'publish')]
        return len(contenders.install(contenders.load(options.work, options.build, options.peers, names + options.peer))) > 0
    if options.words == ['publish']:
        return publish(options.work)
    info = machine()
    print('sheaf bench: %s, %s cores, %s, gcc %s, load %.1f, %s' % (info.get('cpu') or info['arch'], info['cores'], info['libc'], info['compiler'],
                                                                   info['load'], options.build))
    session = Session(options, options.work, choose_peers(options))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit('bench: ended from outside'))
    try:
        for name in options.suites:
            SUITES[name](session)
    finally:  # hours of measuring are kept when somebody has enough
        if session.rows:
            save(session, info)
    summary(session, time.time() - began)
    if 'publish' in options.words:
        publish(options.work)
    return len(session.broken) > 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
