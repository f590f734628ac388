# SPDX-License-Identifier: MIT
"""One run of the bench: what it measures with, and what it has found. Every line is printed when it is known."""
import os, time

from corpora import Corpora
from measure import ROOT, Failed, Stopwatch, in_turn, middle, ratio

QUICK_SECONDS = 15  # of CPU: what one peer may take on one corpus in a quick run


class Session:
    def __init__(self, options, work, peers):
        self.options, self.work, self.peers = options, work, peers
        self.build = options.build
        self.sheaf = os.path.join(ROOT, self.build, 'bin', 'sheaf')
        self.watch = Stopwatch(self.build, options.timeout)
        self.corpora = Corpora(work, self.build, options.tiny)
        self.runs, self.seconds = options.runs, options.peer_seconds
        self.rates = {}  # (suite, peer): cells a second
        self.rows, self.goals, self.broken, self.missing = [], [], [], {}

    def program(self, name):
        return os.path.join(ROOT, self.build, 'bench', name)

    def path(self, name):
        return os.path.join(self.work, name)

    def wanted(self, names):
        return [n for n in names if not self.options.corpus or n in self.options.corpus]

    # --- what was found ---

    def title(self, text):
        print('\n' + text)
        print('  %-34s %9s %9s %9s %9s  %s' % ('', 'wall s', 'CPU s', 'peak MB', 'M cells/s', 'CPU as a multiple'), flush=True)

    def row(self, suite, corpus, program, kind, run, pairs, values=0, multiple='', **more):
        """One measured program. `multiple`: what its CPU time is, in words."""
        rate = values / run.cpu / 1e6 if run.cpu else 0
        few = kind != 'variant' and suite != 'memory' and pairs < self.runs
        self.rows.append(dict({'suite': suite, 'corpus': corpus, 'program': program, 'kind': kind, 'wall_s': run.wall, 'cpu_s': run.cpu,
                               'peak_mb': run.peak_mb, 'pairs': pairs, 'cells_per_s': rate * 1e6}, **more))
        print('  %-34s %9.3f %9.3f %9.1f %9s  %s%s' % (program, run.wall, run.cpu, run.peak_mb, '%.2f' % rate if values else '', multiple,
                                                       ' (%d pair%s)' % (pairs, 's' * (pairs > 1)) if few else ''), flush=True)

    def refused(self, suite, corpus, program, kind, why):
        """A program without a time: it failed, or its answer is another one."""
        self.rows.append({'suite': suite, 'corpus': corpus, 'program': program, 'kind': kind, 'refused': why})
        print('  %-34s %s' % (program, why), flush=True)
        if kind == 'ours':
            self.broken.append('%s %s: %s' % (suite, corpus, why))

    def goal(self, suite, corpus, what, value, limit, at_most=True):
        """A figure that was promised."""
        good = value <= limit if at_most else value >= limit
        self.goals.append({'suite': suite, 'corpus': corpus, 'what': what, 'value': value, 'at_most': at_most, 'goal': limit, 'ok': good})
        print('  -> %-52s %8.2f   goal %s %g: %s' % (what, value, '<=' if at_most else '>=', limit, 'ok' if good else 'MISSED'), flush=True)

    # --- peers ---

    def is_too_slow(self, suite, peer, corpus):
        """In a quick run: by how fast it was on the corpus before."""
        rate = self.rates.get((suite, peer.name))
        if not self.options.quick or not rate or corpus.values / rate < QUICK_SECONDS:
            return False
        print('  %-34s left out of the quick run: about %.0f s' % (peer.name, corpus.values / rate), flush=True)
        return True

    def against_peers(self, suite, corpus, ours, argv_of, check, goals):
        """Each peer in turn with ours, after its answer was compared. `argv_of(peer)`, `check(peer, run)` -> '' or what differs."""
        if self.options.quick and not self.options.tiny and corpus.name == 'huge':
            print('  (peers are left out of the quick run here)')
            return
        for peer in self.peers:
            if not peer.does(suite, corpus.name):
                continue
            if not peer.is_ready():
                self.missing[peer.name] = peer.how_to_install()
                continue
            if self.is_too_slow(suite, peer, corpus):
                continue
            label = '%s %s' % (peer.name, peer.first_version())
            argv = argv_of(peer)
            began = time.time()
            try:
                first = []

                def theirs():
                    peer.empty_scratch()
                    run = self.watch.run(argv)
                    if not first:
                        differs = check(peer, run)
                        if differs:
                            raise Failed('answer differs: ' + differs)
                        first.append(run)
                    return run
                pairs = in_turn(ours, theirs, self.runs, self.seconds)
            except Failed as e:
                self.refused(suite, corpus.name, label[:34], 'peer', str(e))
                self.rates.setdefault((suite, peer.name), corpus.values / (time.time() - began))
                continue
            times, run = ratio(pairs), middle([b for a, b in pairs])
            self.rates[suite, peer.name] = corpus.values / run.cpu
            self.row(suite, corpus.name, label[:34], 'peer', run, len(pairs), corpus.values, '%.1f x ours' % times, peer=peer.name,
                     title=peer.spec.get('title', peer.name), version=peer.version, times_ours=times)
            limit = goals.get(peer.name) or goals.get(peer.name.split('_')[0])
            if limit:
                self.goal(suite, corpus.name, '%s takes this many times our CPU' % peer.name, times, limit, at_most=False)
