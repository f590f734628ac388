# SPDX-License-Identifier: MIT
"""The other programs: bench/peers/<name>/peer.json says how each is installed and called; a missing one is named, never an error."""
import glob, json, os, re, shutil, subprocess

from measure import ROOT, first_line

QUICK = ('calamine', 'libxml2', 'libxlsxwriter', 'python_calamine', 'polars', 'excelize', 'sheetjs', 'openpyxl_read_only')  # quickest first


class Peer:
    def __init__(self, path, work, build):
        with open(path) as f:
            self.spec = json.load(f)
        self.folder = os.path.dirname(path)
        self.name = self.spec.get('name', os.path.basename(self.folder))
        self.home = os.path.join(work, 'peers', os.path.basename(self.folder))
        python = os.path.join(work, 'peers', 'python', 'bin', 'python3')
        self.scratch = os.path.join(work, 'scratch')
        self.words = {'{dir}': self.folder, '{home}': self.home, '{python}': python if os.path.exists(python) else '/usr/bin/python3',
                      '{build}': os.path.join(ROOT, build), '{scratch}': self.scratch}
        self.version = None

    def argv(self, what, files=(), out='', source=False):
        """The command for read, stack, version_cmd, answer or install; None when the peer does not do that."""
        words = self.spec.get(what)
        if not words:
            return None
        for key, value in self.words.items():
            words = [os.path.normpath(w.replace(key, value)) if w.startswith(key) else w.replace(key, value) for w in words]
        argv = []
        for word in words:
            argv += files if word == '{files}' else [out] if word == '{out}' else [] if word == '--source' and not source else [word]
        return argv

    def empty_scratch(self):
        shutil.rmtree(self.scratch, ignore_errors=True)
        os.makedirs(self.scratch)

    def is_ready(self):
        if self.version is None:
            self.version = first_line(self.argv('version_cmd') or ['false'])
        return self.version is not None

    def first_version(self):
        """Its own, where the line names other libraries too."""
        own = re.search(re.escape(self.name.split('_')[0]) + r'\S*\s+v?(\d+(\.\d+)+)', self.version) or re.search(r'(\d+(\.\d+)+)', self.version)
        return own.group(1) if own else self.version

    def does(self, what, corpus):
        return bool(self.argv(what)) and corpus not in self.spec.get('skip', {}).get(what, ())

    def how_to_install(self):
        """And why it did not work, if it was tried (bench/peers/install writes it down)."""
        how = 'bench/run.py install %s' % os.path.basename(self.folder)
        try:
            with open(os.path.join(os.path.dirname(self.home), 'state.json')) as f:
                reason = json.load(f).get(self.spec['install'][-1])
        except (OSError, ValueError, KeyError):
            reason = None
        return '%s; tried: %s' % (how, reason) if reason else how


def load(work, build, folder=None, names=()):
    paths = sorted(glob.glob(os.path.join(folder or os.path.join(ROOT, 'bench', 'peers'), '*', 'peer.json')))
    peers = [Peer(p, work, build) for p in paths]
    unknown = set(names) - {p.name for p in peers}
    if unknown:
        raise SystemExit('bench: no such peer: %s (there are: %s)' % (', '.join(sorted(unknown)), ', '.join(p.name for p in peers)))
    return [p for p in peers if not names or p.name in names]


def quickest(peers, n=3):
    order = {name: i for i, name in enumerate(QUICK)}
    return sorted((p for p in peers if p.name in order and p.is_ready()), key=lambda p: order[p.name])[:n]


def install(peers):
    """Installs what is missing; returns the names of those that still are."""
    left = []
    for p in peers:
        if p.is_ready():
            print('%-22s %s' % (p.name, p.version))
            continue
        os.makedirs(p.home, exist_ok=True)
        argv = p.argv('install')
        print('%-22s installing: %s' % (p.name, ' '.join(argv or ['by hand: ' + p.how_to_install()])), flush=True)
        if argv and subprocess.run(argv, cwd=ROOT).returncode == 0 and p.is_ready():
            print('%-22s %s' % (p.name, p.version))
        else:
            left.append(p.name)
            print('%-22s not installed' % p.name)
    return left
