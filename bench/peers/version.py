#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""version.py KIND NAME..., or build PROGRAM PACKAGE...: the versions of what is installed, in one line."""
import json, os, re, subprocess, sys
from importlib import metadata

HERE = os.path.dirname(os.path.abspath(__file__))
INSTALLED = os.path.normpath(os.path.join(HERE, '../../build/bench/peers'))


def node(name):
    with open(os.path.join(INSTALLED, 'node/node_modules', name, 'package.json')) as f:
        return json.load(f)['version']


def built(program):
    """Nothing to tell the version of when the program was not built."""
    os.stat(os.path.join(INSTALLED, program))


def rust(name):
    built('cargo/release/calamine-peer')
    with open(os.path.join(HERE, 'calamine/Cargo.lock')) as f:
        return re.search(r'name = "%s"\nversion = "([^"]+)"' % name, f.read()).group(1)


def go(name):
    built('go/excelize-peer')
    with open(os.path.join(HERE, 'excelize/go.mod')) as f:
        return re.search(r'/%s(?:/v\d+)? v(\S+)' % name, f.read()).group(1)


def debian(name):
    return subprocess.run(['dpkg-query', '-W', '-f=${Version}', name], stdout=subprocess.PIPE, text=True, check=True).stdout


def duckdb_excel(name):
    """Of no use without its extension."""
    import duckdb
    try:
        duckdb.connect(config={'extension_directory': os.path.join(INSTALLED, 'duckdb')}).load_extension('excel')
    except duckdb.Error as e:
        sys.exit('version: not installed: %s' % str(e).split('\n')[0])
    return metadata.version(name)


KINDS = {'duckdb': duckdb_excel, 'python': metadata.version, 'node': node, 'rust': rust, 'go': go, 'debian': debian}
try:
    kind, names = sys.argv[1], sys.argv[2:]
    if kind == 'build':
        built('../../release/bench/' + names.pop(0))
        kind = 'debian'
    print(', '.join('%s %s' % (name, KINDS[kind](name)) for name in names))
except (OSError, ImportError, subprocess.CalledProcessError, metadata.PackageNotFoundError) as e:
    sys.exit('version: not installed: %s' % e)
