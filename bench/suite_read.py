# SPDX-License-Identifier: MIT
"""Everything read to typed cells, next to only reading the bytes and only inflating them (bench/limit_*.c)."""
from corpora import ALL_KINDS, difference
from measure import Failed, in_turn, last_json, middle, ratio

PEER_GOALS = {'calamine': 5, 'libxml2': 5}
INFLATE_GOALS = {'branch': 2.0, 'ledger': 1.8, 'huge': 1.8}


def run(session):
    for name in session.wanted(['branch', 'ledger', 'huge']):
        read_corpus(session, session.corpora.get(name))


def read_corpus(session, corpus):
    session.title('read  ' + corpus.title())
    ours = lambda: session.watch.run([session.program('read_cells'), *corpus.files])
    inflate = lambda: session.watch.run([session.program('limit_inflate'), *corpus.files])
    try:
        differs = difference(last_json(ours().out), corpus.truth)
        if differs:
            raise Failed('answer differs: ' + differs)
        pairs = in_turn(inflate, ours, session.runs)
    except Failed as e:
        session.refused('read', corpus.name, 'sheaf: typed cells', 'ours', str(e))
        return
    times = ratio(pairs)
    run = middle([b for a, b in pairs])
    only_read = middle([session.watch.run([session.program('limit_read'), *corpus.files]) for _ in range(session.runs)])
    session.row('read', corpus.name, 'limit: bytes read', 'limit', only_read, session.runs)
    session.row('read', corpus.name, 'limit: inflated (ISA-L)', 'limit', middle([a for a, b in pairs]), len(pairs), times_ours=1 / times)
    session.row('read', corpus.name, 'sheaf: typed cells', 'ours', run, len(pairs), corpus.values, '%.2f x inflating' % times, times_limit=times)
    session.goal('read', corpus.name, 'reading is this many times inflating', times, INFLATE_GOALS[corpus.name])

    def check(peer, peer_run):
        answer = peer.argv('answer')  # of tools that write files: what they wrote is counted apart
        out = session.watch.run(answer).out if answer else peer_run.out
        return difference(last_json(out), corpus.truth, peer.spec.get('compare', ALL_KINDS))
    session.against_peers('read', corpus, ours, lambda peer: peer.argv('read', corpus.files), check, PEER_GOALS)
