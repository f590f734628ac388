# SPDX-License-Identifier: MIT
"""Instructions of small fixed runs under callgrind, next to those stored in bench/baseline.json: a regression that no other load on
the machine hides. Counts hold for one compiler and one set of libraries, so they are stored under their names."""
import json, os, re, shutil, subprocess

from measure import ROOT, Failed, first_line

TOLERANCE = 0.02
BASELINE = os.path.join(ROOT, 'bench', 'baseline.json')
N_GROWN, N_STORED = 8, 120
# What valgrind 3.19 does not know is switched off, so that the same code runs on every machine.
STEADY = {'OPENSSL_ia32cap': ':~0x20000000', 'GLIBC_TUNABLES': 'glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-ERMS,-FSRM', 'TZ': 'UTC'}


def key(build):
    """Counts of another compiler, library or build are no yardstick."""
    libraries = [first_line(['pkg-config', '--modversion', name]) or '?' for name in ('libisal', 'libzmq', 'libxml-2.0')]
    return ' '.join([os.path.basename(build), 'gcc', first_line(['gcc', '-dumpfullversion']) or '?', os.uname().machine,
                     first_line(['getconf', 'GNU_LIBC_VERSION']) or '?', 'isal', *libraries])


ID = re.compile(r'c?(?:fn|ob)=\((\d+)\)(?: (.*))?$')


def take_name(line, names):
    """The number of fn=(12) name; names are written once."""
    number, text = ID.match(line).groups()
    if text:
        names[number] = text
    return number


def functions_of(path):
    """{function: its own instructions} of a callgrind file. One without a name is told by its library."""
    names, objects, counts, homes, current, home, is_call = {}, {}, {}, {}, None, None, False
    with open(path, errors='replace') as f:
        for line in f:
            line = line.rstrip('\n')
            if line.startswith('fn='):
                current = take_name(line, names)
                homes.setdefault(current, home)
            elif line.startswith('cfn='):
                take_name(line, names)
            elif line.startswith('ob='):
                home = take_name(line, objects)
            elif line.startswith('cob='):
                take_name(line, objects)
            elif line.startswith('calls='):
                is_call = True  # the next line is what the call took, which is counted there
            elif line and line[0] in '0123456789+-*':
                if not is_call and current:
                    counts[current] = counts.get(current, 0) + int(line.split()[1])
                is_call = False
    total = {}
    for number, n in counts.items():
        name = re.sub(r"'\d+$", '', names.get(number, number))
        if name.startswith('0x'):
            name = '%s %s' % (os.path.basename(objects.get(homes.get(number), '?')), hex(int(name, 16)))
        total[name] = total.get(name, 0) + n
    return total


PLACE = re.compile(r'(ob|fl|fi|fe)=\((\d+)\)(?: (.*))?$')


def places_of(path):
    """{'library file': its own instructions}; what was inlined belongs to the file where it is written."""
    names, ob, fl, counts, is_call = {'ob': {}, 'f': {}}, '?', '?', {}, False
    with open(path, errors='replace') as f:
        for line in f:
            match = PLACE.match(line)
            if match:
                kind, number, text = match.groups()
                table = names['ob' if kind == 'ob' else 'f']
                if text:
                    table[number] = text
                ob, fl = (table[number], fl) if kind == 'ob' else (ob, table[number])
            elif line.startswith(('cob=', 'cfi=', 'cfl=')):
                number, text = re.match(r'c..=\((\d+)\)(?: (.*))?$', line).groups()
                if text:
                    names['ob' if line.startswith('cob') else 'f'][number] = text
            elif line.startswith('calls='):
                is_call = True
            elif line[0] in '0123456789+-*':
                if not is_call:
                    place = os.path.basename(ob) + ' ' + fl
                    counts[place] = counts.get(place, 0) + int(line.split()[1])
                is_call = False
    return counts


def profile(session, argv):
    return count(session, argv, places_of)


def count(session, argv, read=functions_of):
    out = session.path('callgrind.out')
    p = subprocess.run(['valgrind', '--tool=callgrind', '--callgrind-out-file=' + out, '--compress-pos=no', *argv], cwd=ROOT,
                       env=dict(os.environ, **STEADY), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                       errors='replace')
    if p.returncode not in (0, 1) or not os.path.exists(out):
        raise Failed('ended with %d: %s' % (p.returncode, p.stdout.strip()[-300:]))
    found = read(out)
    os.remove(out)
    return found


def small_runs(session):
    ledger, forms = session.corpora.get('counted_ledger'), session.corpora.get('counted_forms')
    out = session.path('counted.xlsx')
    return [('read one ledger', [session.program('read_cells'), ledger.files[0]]),
            ('stack two ledgers', [session.sheaf, 'merge', '-q', '-j1', '-m', 'stack', '-o', out, *ledger.files]),
            ('add up ten returns', [session.sheaf, 'merge', '-q', '-j1', '-t', forms.template, '-o', out, *forms.files])]


def load_baseline():
    try:
        with open(BASELINE) as f:
            return json.load(f)
    except OSError:
        return {}


def grown(functions, before):
    """What grew most: (more, now, function)."""
    least = min(before.values(), default=0)  # of those that were stored
    more = [(n - before.get(name, least), n, name) for name, n in functions.items()]
    return sorted((m for m in more if m[0] > 0), reverse=True)[:N_GROWN]


def run(session):
    if not shutil.which('valgrind'):
        session.missing['valgrind'] = 'apt-get install valgrind'
        return
    baseline, here = load_baseline(), key(session.build)
    known = {} if session.options.tiny else baseline.get(here, {})
    print('\ncounts  instructions under callgrind (%s)' % here)
    found = {}
    for title, argv in small_runs(session):
        try:
            functions = count(session, argv)
        except Failed as e:
            session.refused('counts', title, title, 'ours', str(e))
            continue
        total = sum(functions.values())
        found[title] = {'total': total, 'functions': {k: v for k, v in sorted(functions.items(), key=lambda kv: -kv[1])[:N_STORED]}}
        before = known.get(title)
        print('  %-24s %8.1f M%s' % (title, total / 1e6, '' if before else '   (no baseline for this compiler and libraries: --update stores one)'))
        session.rows.append({'suite': 'counts', 'corpus': title, 'program': title, 'kind': 'ours', 'instructions': total})
        if not before:
            continue
        session.goal('counts', title, 'instructions as a multiple of the baseline', total / before['total'], 1 + TOLERANCE)
        if total > before['total'] * (1 + TOLERANCE):
            for more, now, name in grown(functions, before['functions']):
                print('       %+9.2f M  now %9.2f M  %s' % (more / 1e6, now / 1e6, name))
            session.broken.append('counts %s: %.1f %% more instructions than the baseline' % (title, (total / before['total'] - 1) * 100))
        elif total < before['total'] * (1 - TOLERANCE):
            print('       fewer than the baseline: --update stores it')
    if session.options.update and found:
        baseline[here] = dict(known, **found)
        with open(BASELINE, 'w') as f:
            json.dump(baseline, f, indent=1, sort_keys=True)
            f.write('\n')
        print('  stored in bench/baseline.json')
