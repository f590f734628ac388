#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""version.py python|node|rust|go|debian NAME...: the versions of what is installed, in one line."""
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


KINDS = {'python': metadata.version, 'node': node, 'rust': rust, 'go': go, 'debian': debian}
try:
    print(', '.join('%s %s' % (name, KINDS[sys.argv[1]](name)) for name in sys.argv[2:]))
except (OSError, subprocess.CalledProcessError, metadata.PackageNotFoundError) as e:
    sys.exit('version: not installed: %s' % e)
