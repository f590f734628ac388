# SPDX-License-Identifier: MIT
"""The workbooks that everything is measured on, made by bench/make_corpus.c when they are not there yet, and what is in them."""
import glob, hashlib, json, os, shutil, subprocess

from measure import ROOT

#        kind, files, rows of a sheet; forms: 3 sheets x 40 columns, ledger: 1 sheet x 20 columns
FULL = {
    'branch': ('forms', 300, 59),
    'ledger': ('ledger', 20, 20001),
    'huge': ('ledger', 1, 500001),
    'huge_250k': ('ledger', 1, 250001),
    'huge_125k': ('ledger', 1, 125001),
    'ledger_40': ('ledger', 40, 20001),
    'returns_1000': ('forms', 1000, 12),
    'returns_10000': ('forms', 10000, 12),
    'counted_ledger': ('ledger', 2, 2001),
    'counted_forms': ('forms', 10, 20),
}
TINY = {
    'branch': ('forms', 4, 10), 'ledger': ('ledger', 3, 201), 'huge': ('ledger', 1, 601), 'huge_250k': ('ledger', 1, 301),
    'huge_125k': ('ledger', 1, 151), 'ledger_40': ('ledger', 5, 201), 'returns_1000': ('forms', 5, 8), 'returns_10000': ('forms', 8, 8),
    'counted_ledger': ('ledger', 2, 101), 'counted_forms': ('forms', 2, 10),
}
SHEETS = {'forms': 3, 'ledger': 1}
COLUMNS = {'forms': 40, 'ledger': 20}


class Corpus:
    def __init__(self, name, folder, shape, truth):
        self.name, self.folder, self.truth = name, folder, truth
        self.kind, self.n_files, self.rows = shape
        self.files = sorted(glob.glob(os.path.join(folder, 'files', '*.xlsx')))
        self.template = os.path.join(folder, 'template.xlsx')
        self.values = sum(truth[k] for k in ('numbers', 'dates', 'texts', 'booleans', 'errors'))

    def title(self):
        return '%s: %s x %s x %d rows x %d columns, %.1f MB, %.1f MB of XML, %.2f M values' % (
            self.name, '%d file%s' % (self.n_files, 's' * (self.n_files > 1)), '%d sheet%s' % (SHEETS[self.kind], 's' * (SHEETS[self.kind] > 1)),
            self.rows - 1, COLUMNS[self.kind], self.truth['file_bytes'] / 1e6, self.truth['xml_bytes'] / 1e6, self.values / 1e6)


def maker_version():
    """Changes with what makes the corpora: then they are made anew."""
    digest = hashlib.sha256()
    here = os.path.join(ROOT, 'bench')
    for path in sorted([os.path.join(here, 'make_corpus.c'), *glob.glob(os.path.join(here, 'lib', 'shape*')), *glob.glob(os.path.join(here, 'lib', 'zip_out*'))]):
        with open(path, 'rb') as f:
            digest.update(f.read())
    return digest.hexdigest()[:16]


class Corpora:
    def __init__(self, work, build, tiny=False):
        self.version = maker_version()
        self.work, self.maker, self.shapes = work, os.path.join(ROOT, build, 'bench', 'make_corpus'), TINY if tiny else FULL

    def get(self, name):
        shape = self.shapes[name]
        folder, what = os.path.join(self.work, 'corpus', name), '%s %d %d' % shape
        note = os.path.join(folder, 'corpus.json')
        try:
            with open(note) as f:
                known = json.load(f)
        except (OSError, ValueError):
            known = {}
        if known.get('made') != [what, self.version]:
            shutil.rmtree(folder, ignore_errors=True)
            os.makedirs(folder)
            out = subprocess.run([self.maker, shape[0], folder, str(shape[1]), str(shape[2])], stdout=subprocess.PIPE, text=True, check=True).stdout
            known = {'made': [what, self.version], 'truth': json.loads(out)}
            with open(note, 'w') as f:
                json.dump(known, f, indent=1)
        return Corpus(name, folder, shape, known['truth'])


ALL_KINDS = ('numbers', 'texts', 'booleans', 'errors', 'sum')


def difference(answer, truth, compare=ALL_KINDS):
    """What a program counted against what was written; '' when it is the same. `compare`: what it can tell apart; "cells" is the
    number of all that are not blank. Dates are numbers: their serials."""
    want = {'numbers': truth['numbers'] + truth['dates'], 'texts': truth['texts'], 'booleans': truth['booleans'], 'errors': truth['errors']}
    got = dict(answer)
    if got.get('cells') is None:
        got['cells'] = sum(got.get(kind) or 0 for kind in want)
    want['cells'] = sum(want.values())
    for kind in want:
        if kind in compare and got.get(kind) != want[kind]:
            return '%s %s, not %d' % (got.get(kind), kind, want[kind])
    total = float(truth['sum']) + float(truth['date_sum'])
    if 'sum' in compare and abs(float(got['sum']) - total) > 1e-9 * abs(total):
        return 'a sum of %s, not %.4f' % (got['sum'], total)
    return ''
