# SPDX-License-Identifier: MIT
"""Where the instructions of a stack go, by what they are for: each line of a callgrind run belongs to one purpose by its source file or
library. What a bare reader and writer would leave out (formats, checks, messages ...) has lines of its own. Libraries use the
instructions that valgrind knows, so SHA-256 looks several times dearer than it is: its share is told apart."""
import os, re, shutil

from measure import Failed
from suite_counts import profile

SHA = 'SHA-256 of the inputs (without SHA instructions)'
PURPOSES = [  # the first that matches "library file"
    ('inflate, deflate, CRC', r'libisal'),
    (SHA, r'libcrypto'),
    ('messages, leases, digests', r'libzmq|libczmq|libmsgpack|wire/(?!stack_p)|broker/|workers/(worker|outbox)|core/hash|core/interrupt'),
    ('formats of many books made one', r'workers/row_style|workbook/(styles|number_format|theme|colors)'),
    ('checks: rows judged, extents, limits', r'workers/(row_judge|row_verdict|row_totals|row_past|row_filter|row_sorter)|workbook/(extents|xml_guard|container)'),
    ('survey of headers, input set', r'ventilator/'),
    ('small parts (OPC)', r'libxml2|libzip|workbook/(xml|book|relationships|content_types|package\.)'),
    ('scanning cells, strings', r'workbook/(sheet_|sheet\.|markup|cell_|shared_strings|entry_stream|dates)|core/(number|utf8)|immintrin|intrin\.h|libutf8proc'),
    ('rendering rows', r'workers/|wire/stack_p'),
    ('joining, lists, writing', r'sink/|workbook/(package_writer|new_book|output|sheet_writer|codec|entry_spool)|core/spool'),
    ('libc, loader, the rest', r''),
]


def purpose_of(place):
    return next(name for name, pattern in PURPOSES if re.search(pattern, place))


def run(session):
    if not shutil.which('valgrind'):
        session.missing['valgrind'] = 'apt-get install valgrind'
        return
    for name, n_files in (('branch', 30), ('ledger', 1), ('huge', 1)):
        if not session.wanted([name]):
            continue
        corpus, out = session.corpora.get(name), session.path('profiled.xlsx')
        files = corpus.files[:n_files]
        argv = [session.sheaf, 'merge', '-q', '-j1', '-m', 'stack', '-o', out, *files]
        try:
            places = profile(session, argv)
        except Failed as e:
            session.refused('profile', name, 'sheaf', 'ours', str(e))
            continue
        shares = {}
        for place, n in places.items():
            shares[purpose_of(place)] = shares.get(purpose_of(place), 0) + n
        sha = shares.pop(SHA, 0)
        total = sum(shares.values())
        print('\nprofile  %s, %d of %d files: %.0f M instructions, and %.0f M for %s' % (name, len(files), corpus.n_files, total / 1e6, sha / 1e6, SHA))
        for purpose, _ in PURPOSES:
            if purpose in shares:
                print('  %-40s %5.1f %%' % (purpose, 100 * shares[purpose] / total))
        session.rows.append({'suite': 'profile', 'corpus': name, 'program': 'sheaf', 'kind': 'ours', 'instructions': total, 'shares': shares, 'sha': sha})
        if os.path.exists(out):
            os.remove(out)
