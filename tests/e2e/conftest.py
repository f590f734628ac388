# SPDX-License-Identifier: MIT
"""What the end-to-end tests share: the program, a runner, and books made on the spot."""
import json, os, pathlib, subprocess, sys
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHEAF = os.environ.get('SHEAF', str(ROOT / 'build/debug/bin/sheaf'))
sys.path.insert(0, str(ROOT / 'tests' / 'support'))


def pytest_configure(config):
    config.addinivalue_line('markers', 'slow: left out of the sanitizer builds')
    config.addinivalue_line('markers', 'pipeline: exercises the actors; run under ThreadSanitizer too')


class Result:
    def __init__(self, process):
        self.code, self.out, self.err = process.returncode, process.stdout, process.stderr
        assert 'Sanitizer' not in self.err and 'runtime error' not in self.err and 'must=' not in self.err, self.err
        assert self.code >= 0, 'died of signal %d\n%s' % (-self.code, self.err)

    @property
    def json(self):
        return json.loads(self.out)

    def codes(self, severity=None):
        return [i['code'] for i in self.json['issues'] if severity in (None, i['severity'])]


def sheaf(*args, cwd=None, timeout=120, stdin=None, env=None):
    return Result(subprocess.run([SHEAF, *map(str, args)], cwd=cwd, timeout=timeout, text=True, errors='replace', input=stdin,
                                 env=dict(os.environ, **(env or {})), stdout=subprocess.PIPE, stderr=subprocess.PIPE))


@pytest.fixture
def run():
    return sheaf


@pytest.fixture(scope='session')
def examples():
    return ROOT / 'examples'


def load(path, values=True):
    import openpyxl
    return openpyxl.load_workbook(path, data_only=values)


def cells_of(path):
    """`sheaf cells` as {(sheet, ref): (type, value)}."""
    r = sheaf('cells', path)
    assert r.code == 0, r.err
    cells = {}
    for line in r.out.splitlines():
        index, sheet, ref, kind, value = line.split('\t')[:5]
        text = json.loads(value) if value.startswith('"') else value
        cells[json.loads(sheet) if sheet.startswith('"') else sheet, ref] = (kind, float(value) if kind == 'n' else text)
    return cells
