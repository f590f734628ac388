# SPDX-License-Identifier: MIT
import os, pathlib
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CORPUS = pathlib.Path(os.environ.get('SHEAF_CORPUS', ROOT.parent / 'shared' / 'corpus'))
SHEAF = os.environ.get('SHEAF', str(ROOT / 'build/debug/bin/sheaf'))


def pytest_configure(config):
    config.addinivalue_line('markers', 'slow: left out of the sanitizer builds')
    config.addinivalue_line('markers', 'pipeline: exercises the actors')


@pytest.fixture(scope='session')
def corpus():
    if not CORPUS.is_dir():
        pytest.skip('the corpus of real spreadsheets is not here (SHEAF_CORPUS or ../shared/corpus)')
    return CORPUS
