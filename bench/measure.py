# SPDX-License-Identifier: MIT
"""Runs one command and says what it took; runs two in turn and says what one is as a multiple of the other."""
import collections, json, os, platform, re, statistics, subprocess, tempfile, time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
Run = collections.namedtuple('Run', 'wall cpu peak_mb out')


class Failed(Exception):
    """A program that did not do its work; the text says which and why."""


class Stopwatch:
    """Measures through bench/timed.c: a program of some kB, because a child's peak memory begins with its parent's."""

    def __init__(self, build, timeout=1800):
        self.timed, self.timeout = os.path.join(ROOT, build, 'bench', 'timed'), timeout

    def run(self, argv, accept=(0,), env=None):
        with tempfile.NamedTemporaryFile('r', prefix='bench-') as result:
            try:
                p = subprocess.run([self.timed, result.name, *argv], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True, errors='replace', timeout=self.timeout, env=env)
            except subprocess.TimeoutExpired:
                raise Failed('no end after %d s' % self.timeout)
            words = result.read().split()
        if p.returncode or len(words) != 4:
            raise Failed('cannot be run: %s' % p.stderr.strip()[-200:])
        if int(words[3]) not in accept:
            said = (p.stderr.strip() or p.stdout.strip()).split('\n')
            raise Failed('ended with %s: %s' % (words[3], said[-1][-300:]))
        return Run(float(words[0]), float(words[1]), int(words[2]) / 1024, p.stdout)


def last_json(text):
    for line in reversed(text.strip().split('\n')):
        if line.startswith('{'):
            return json.loads(line)
    raise Failed('no answer in its output: %r' % text[-200:])


def middle(runs):
    """The median of each figure of several runs."""
    return Run(*(statistics.median(getattr(r, name) for r in runs) for name in ('wall', 'cpu', 'peak_mb')), runs[-1].out)


def in_turn(ours, other, runs, seconds=0):
    """Calls both, one after the other, `runs` times, or until `seconds` have passed (0: no end). Pairs of Run."""
    began, pairs = time.time(), []
    while len(pairs) < runs and (not pairs or not seconds or time.time() - began < seconds):
        pairs.append((ours(), other()))
    return pairs


def ratio(pairs, of=lambda run: run.cpu):
    """How many times the first of each pair the second takes; the median of the pairs."""
    return statistics.median(of(b) / max(of(a), 1e-4) for a, b in pairs)


def first_line(argv, cwd=ROOT):
    try:
        p = subprocess.run(argv, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace',
                           timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return p.stdout.strip().split('\n')[0][:120] if p.returncode == 0 and p.stdout.strip() else None


def machine():
    info = {'arch': platform.machine(), 'cores': os.cpu_count(), 'kernel': platform.release(), 'libc': ' '.join(platform.libc_ver()),
            'compiler': first_line(['gcc', '-dumpfullversion']), 'load': os.getloadavg()[0]}
    try:
        with open('/proc/cpuinfo') as f:
            text = f.read()
        info['cpu'] = (re.search(r'model name\s*:\s*(.*)', text) or [0, ''])[1]
        flags = (re.search(r'flags\s*:\s*(.*)', text) or [0, ''])[1].split()
        info['simd'] = [f for f in ('sse4_2', 'avx2', 'avx512bw', 'sha_ni', 'pclmulqdq', 'vpclmulqdq') if f in flags]
    except OSError:
        pass
    try:
        with open('/etc/os-release') as f:
            info['system'] = (re.search(r'PRETTY_NAME="(.*)"', f.read()) or [0, ''])[1]
    except OSError:
        pass
    return info
