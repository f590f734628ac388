#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs the test suites of one build and adds them up.

  tests/run.py [--build build/debug] [--seconds N] SUITE...      suites: unit replay e2e corpus fuzz lint
  tests/run.py all                                               what ./bootstrap test runs: every suite, every sanitizer

Levels run in the order in which a failure explains the next. The last line is the sum: "N passed, N failed"."""
import argparse, concurrent.futures, os, re, subprocess, sys, tempfile, time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
COUNT = re.compile(r'^(\S+): (\d+) passed, (\d+) failed', re.M)
TSAN_ENV = {'TSAN_OPTIONS': 'halt_on_error=1:second_deadlock_stack=1'}
ASAN_ENV = {'ASAN_OPTIONS': 'detect_leaks=1:abort_on_error=0:allocator_may_return_null=0', 'UBSAN_OPTIONS': 'print_stacktrace=1'}


class Sum:
    passed = failed = skipped = 0

    def add(self, passed, failed, skipped=0):
        self.passed, self.failed, self.skipped = self.passed + passed, self.failed + failed, self.skipped + skipped


total = Sum()


def say(text):
    print(text, flush=True)


def run_program(argv, timeout, env=None):
    """One test program: its counts, or one failure when it dies or says nothing."""
    name = os.path.basename(argv[0])
    try:
        p = subprocess.run(argv, cwd=ROOT, env=dict(os.environ, **(env or {})), timeout=timeout, text=True, errors='replace',
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        out, code = p.stdout, p.returncode
    except subprocess.TimeoutExpired as e:
        out, code = (e.stdout or b'').decode('utf8', 'replace'), 'no end after %d s' % timeout
    found = COUNT.findall(out)
    passed, failed = sum(int(f[1]) for f in found), sum(int(f[2]) for f in found)
    if code != 0 and failed == 0 or not found:
        failed += 1
    if failed:
        say('FAILED %s (exit %s)\n%s' % (' '.join(argv), code, out[-6000:]))
    return passed, failed


def programs(build, kind):
    folder = os.path.join(ROOT, build, kind)
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    return [os.path.join(folder, n) for n in names if n.endswith('_test' if kind == 'tests' else '_fuzz')]


def sanitizer_env(build):
    return TSAN_ENV if build.endswith('tsan') else ASAN_ENV if build.endswith('asan') else {}


def suite_of_programs(title, argvs, timeout, env):
    began, passed, failed = time.time(), 0, 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        for p, f in pool.map(lambda argv: run_program(argv, timeout, env), argvs):
            total.add(p, f)
            passed, failed = passed + p, failed + f
    say('%-22s %5d passed, %d failed  (%d programs, %.0f s)' % (title, passed, failed, len(argvs), time.time() - began))


def unit(build, args):
    suite_of_programs(build + ' unit', [[p] for p in programs(build, 'tests')], 300, sanitizer_env(build))


def replay(build, args):
    argvs = []
    for p in programs(build, 'fuzz'):
        name = os.path.basename(p)[:-len('_fuzz')]
        argvs.append([p] + ['tests/fuzz/%s/%s' % (kind, name) for kind in ('crashes', 'seeds')])
    suite_of_programs(build + ' replay', argvs, 300, sanitizer_env(build))


def fuzz(build, args):
    for p in programs(build, 'fuzz'):
        name = os.path.basename(p)[:-len('_fuzz')]
        corpus, crashes = os.path.join(ROOT, build, 'corpus', name), os.path.join(ROOT, 'tests/fuzz/crashes', name)
        os.makedirs(corpus, exist_ok=True)
        os.makedirs(crashes, exist_ok=True)
        argv = [p, corpus, crashes, '-max_total_time=%d' % args.seconds, '-timeout=10', '-rss_limit_mb=2048', '-print_final_stats=1',
                '-artifact_prefix=%s/' % crashes]
        seeds = os.path.join(ROOT, 'tests/fuzz/seeds', name)
        if os.path.isdir(seeds):
            argv.insert(2, seeds)
        r = subprocess.run(argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace')
        runs = re.search(r'number_of_executed_units:\s*(\d+)', r.stdout)
        say('fuzz %-20s %s runs%s' % (name, runs.group(1) if runs else '?', '' if r.returncode == 0 else '  CRASH'))
        if r.returncode:
            say(r.stdout[-4000:])
        total.add(r.returncode == 0, r.returncode != 0)


def pytest(build, title, folder, more=()):
    began = time.time()
    env = dict(os.environ, SHEAF=os.path.join(ROOT, build, 'bin', 'sheaf'), SHEAF_BUILD=build, PYTHONDONTWRITEBYTECODE='1',
               **sanitizer_env(build))
    p = subprocess.Popen(['/usr/bin/python3', '-m', 'pytest', '-q', '-rs', '--tb=short', '-p', 'no:cacheprovider', folder, *more], cwd=ROOT,
                         env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace')
    out = p.communicate()[0]
    last = out.strip().split('\n')[-1] if out.strip() else ''
    number = lambda word: int((re.search(r'(\d+) ' + word, last) or [0, 0])[1])
    passed, failed = number('passed'), number('failed') + number('error')
    if p.returncode not in (0, 1) or (passed == 0 and failed == 0 and not number('skipped')):
        failed += 1
    total.add(passed, failed, number('skipped'))
    if failed:
        say(out[-12000:])
    for line in out.split('\n'):
        if line.startswith('SKIPPED'):
            say('  ' + line)
    say('%-22s %5d passed, %d failed, %d skipped  (%.0f s)' % (title, passed, failed, number('skipped'), time.time() - began))


def e2e(build, args):
    pytest(build, build + ' e2e', 'tests/e2e')


def corpus(build, args):
    pytest(build, build + ' corpus', 'tests/corpus')


def lint(build, args):
    checks = [
        ('manual pages', 'mandoc -Tlint -Wwarning docs/man/*.1'),
        ('spelling', "codespell -q 3 -L zar,te,ot,ba,nd,fo,hist,som,inout,ser,somme,swith README.md CONTRIBUTING.md docs/*.md docs/man/* $(git ls-files '*.[ch]')"),
        ('no machine paths', "! git grep -nIE '/work/|/tmp/w[t/]|/root/' -- . ':!tests/run.py'"),
    ]
    for name, command in checks:
        r = subprocess.run(['bash', '-c', command], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        total.add(r.returncode == 0, r.returncode != 0)
        say('lint %-18s %s' % (name, 'ok' if r.returncode == 0 else 'FAILED\n' + r.stdout[-3000:]))


SUITES = {'unit': unit, 'replay': replay, 'e2e': e2e, 'corpus': corpus, 'fuzz': fuzz, 'lint': lint}


def build(mode, jobs):
    began = time.time()
    p = subprocess.run(['scons', '-j%d' % jobs, '-Q', 'mode=' + mode, 'programs'], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    say('build %-16s %s (%.0f s)' % (mode, 'ok' if p.returncode == 0 else 'FAILED', time.time() - began))
    if p.returncode:
        say(p.stdout[-6000:])
        total.add(0, 1)
    return p.returncode == 0


def everything(args):
    jobs = os.cpu_count() or 2
    if build('release', jobs):
        for suite in ('unit', 'replay', 'e2e', 'corpus'):
            SUITES[suite]('build/release', args)
    if build('asan', jobs):
        for suite in ('unit', 'replay'):
            SUITES[suite]('build/asan', args)
        pytest('build/asan', 'build/asan e2e', 'tests/e2e', ['-m', 'not slow'])
        pytest('build/asan', 'build/asan hostile', 'tests/corpus', ['-k', 'hostile'])
    if build('tsan', jobs):
        unit('build/tsan', args)
        pytest('build/tsan', 'build/tsan e2e', 'tests/e2e', ['-m', 'pipeline'])
    lint('build/release', args)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--build', default='build/debug')
    parser.add_argument('--seconds', type=int, default=60)
    parser.add_argument('suites', nargs='+', choices=sorted(SUITES) + ['all'])
    args = parser.parse_args()
    for suite in args.suites:
        everything(args) if suite == 'all' else SUITES[suite](args.build, args)
    print('%d passed, %d failed' % (total.passed, total.failed) + (', %d skipped' % total.skipped if total.skipped else ''))
    sys.exit(total.failed != 0)


main()
