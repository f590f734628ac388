#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Measures sheaf against the openpyxl way of the same work, as ratios in one run.

  scons bench                  (or ./bootstrap bench)        everything
  bench/run.py quick           under two minutes
  bench/run.py --build build/release --runs 5

Each program's answer is compared before its time is taken. Wall and CPU seconds (children included) and peak memory are medians of
paired runs; only the ratios travel between machines. Writes build/bench/results.json."""
import argparse, json, os, platform, resource, statistics, subprocess, sys, time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
WORK = os.path.join(ROOT, 'build', 'bench')
PYTHON = '/usr/bin/python3'


def measure(argv):
    """Wall, CPU seconds and peak MB of one command."""
    code = ('import os,resource,subprocess,sys,time\nt=time.time()\np=subprocess.run(sys.argv[1:],stdout=subprocess.DEVNULL,stderr=subprocess.DEVNULL)\n'
            'u=resource.getrusage(resource.RUSAGE_CHILDREN)\nprint(time.time()-t,u.ru_utime+u.ru_stime,u.ru_maxrss/1024,p.returncode)')
    out = subprocess.run([sys.executable, '-c', code] + argv, stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    wall, cpu, peak, status = float(out[0]), float(out[1]), float(out[2]), int(out[3])
    if status not in (0, 1):
        sys.exit('bench: %s ended with %d' % (' '.join(argv[:4]), status))
    return wall, cpu, peak


def corpus(returns, cells):
    folder = os.path.join(WORK, '%dx%d' % (returns, cells))
    if not os.path.exists(os.path.join(folder, 'done')):
        subprocess.run([PYTHON, os.path.join(HERE, 'make_returns.py'), folder, str(returns), str(cells)], check=True)
        open(os.path.join(folder, 'done'), 'w').close()
    return folder


def sheaf_argv(sheaf, folder, out, *more):
    return [sheaf, 'merge', '-q', '-t', folder + '/template.xlsx', '-o', out, *more, folder + '/returns']


def numbers_of(sheaf, path, skip=('Contributions', 'Sources', 'Issues')):
    out = subprocess.run([sheaf, 'cells', path], stdout=subprocess.PIPE, text=True, check=True).stdout
    cells = {}
    for line in out.splitlines():
        f = line.split('\t')
        if f[3] == 'n' and f[1].strip('"').split(' (')[0] not in skip:
            cells[f[1], f[2]] = float(f[4])
    return cells


def compare_with_reference(sheaf, runs, returns=200, cells=1000):
    folder = corpus(returns, cells)
    ours, theirs = os.path.join(WORK, 'ours.xlsx'), os.path.join(WORK, 'reference.xlsx')
    files = sorted(os.path.join(folder, 'returns', f) for f in os.listdir(folder + '/returns'))
    reference = [PYTHON, os.path.join(HERE, 'reference_openpyxl.py'), folder + '/template.xlsx', theirs] + files
    pairs = []
    for i in range(runs):
        a = measure(sheaf_argv(sheaf, folder, ours))
        b = measure(reference)
        if i == 0:
            check_equal(numbers_of(sheaf, ours), numbers_of(sheaf, theirs), cells)
        pairs.append((a, b))
    median = lambda f: statistics.median(f(a, b) for a, b in pairs)
    return {'name': '%d returns x %d cells with contributions' % (returns, cells), 'runs': runs,
            'sheaf_wall_s': median(lambda a, b: a[0]), 'sheaf_cpu_s': median(lambda a, b: a[1]), 'sheaf_peak_mb': median(lambda a, b: a[2]),
            'openpyxl_wall_s': median(lambda a, b: b[0]), 'openpyxl_cpu_s': median(lambda a, b: b[1]), 'openpyxl_peak_mb': median(lambda a, b: b[2]),
            'ratio_cpu': median(lambda a, b: b[1] / a[1]), 'ratio_wall': median(lambda a, b: b[0] / a[0])}


def limits(sheaf, build, runs, returns=200, cells=1000):
    """The same machine at the same time: what only inflating the same entries takes, and what every run takes before it begins."""
    folder = corpus(returns, cells)
    files = sorted(os.path.join(folder, 'returns', f) for f in os.listdir(folder + '/returns'))
    inflate = [os.path.join(ROOT, build, 'bench', 'limit_inflate')] + files
    start = [sheaf, 'version']
    rows = [(measure(inflate)[1], measure(sheaf_argv(sheaf, folder, os.path.join(WORK, 'limit.xlsx')))[1], measure(start)[1])
            for _ in range(runs)]
    return {'inflate_cpu_s': statistics.median(r[0] for r in rows), 'start_cpu_s': statistics.median(r[2] for r in rows),
            'merge_of_inflating': statistics.median(r[1] / r[0] for r in rows)}


def check_equal(ours, theirs, cells):
    inputs = [k for k in theirs if k in ours]
    if len(inputs) < cells or any(abs(ours[k] - theirs[k]) > 1e-9 * max(1, abs(theirs[k])) for k in inputs):
        sys.exit('bench: the two results differ: no time is printed')


def memory(sheaf, counts, cells):
    rows = []
    for n in counts:
        folder = corpus(n, cells)
        wall, cpu, peak = measure(sheaf_argv(sheaf, folder, os.path.join(WORK, 'memory.xlsx')))
        rows.append({'name': '%d sources x %d cells' % (n, cells), 'wall_s': wall, 'cpu_s': cpu, 'peak_mb': peak})
    return rows


def complete(sheaf, returns=550, cells=2000):
    """Every contribution is there: counted in the workbook, not believed."""
    folder, out = corpus(returns, cells), os.path.join(WORK, 'complete.xlsx')
    wall, cpu, peak = measure(sheaf_argv(sheaf, folder, out))
    listing = subprocess.run([sheaf, 'cells', '--sheet', 'Contributions', out], stdout=subprocess.PIPE, text=True, check=True).stdout
    n = sum(line.split('\t')[3] == 'n' for line in listing.splitlines())
    want = returns * cells
    return {'name': '%d x %d contributions complete' % (returns, cells), 'numbers_in_contributions': n, 'contributions': want,
            'complete': n >= want + cells, 'wall_s': wall, 'cpu_s': cpu, 'peak_mb': peak}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--build', default='build/release')
    p.add_argument('--runs', type=int, default=5)
    p.add_argument('what', nargs='*', metavar='quick')
    a = p.parse_args()
    sheaf = os.path.join(ROOT, a.build, 'bin', 'sheaf')
    quick = 'quick' in a.what
    os.makedirs(WORK, exist_ok=True)
    results = {'machine': platform.machine(), 'cores': os.cpu_count(), 'build': a.build}
    r = results['reference'] = compare_with_reference(sheaf, 1 if quick else a.runs)
    print('%-44s %9s %9s %9s' % ('', 'wall s', 'CPU s', 'peak MB'))
    print('%-44s %9.3f %9.3f %9.1f' % (r['name'] + ': sheaf', r['sheaf_wall_s'], r['sheaf_cpu_s'], r['sheaf_peak_mb']))
    print('%-44s %9.3f %9.3f %9.1f' % ('  the openpyxl way', r['openpyxl_wall_s'], r['openpyxl_cpu_s'], r['openpyxl_peak_mb']))
    print('  sheaf is %.0f x faster by CPU, %.0f x by wall (goal >= 50, median of %d paired runs)' % (r['ratio_cpu'], r['ratio_wall'], r['runs']))
    l = results['limits'] = limits(sheaf, a.build, 3 if quick else max(9, a.runs))
    print('  merge = %.1f x of inflating only (%.3f CPU s); starting and ending the program takes %.3f CPU s' %
          (l['merge_of_inflating'], l['inflate_cpu_s'], l['start_cpu_s']))
    results['memory'] = memory(sheaf, (100, 1000) if quick else (100, 1000, 10000), 1000)
    for m in results['memory']:
        print('%-44s %9.3f %9.3f %9.1f' % (m['name'], m['wall_s'], m['cpu_s'], m['peak_mb']))
    c = results['complete'] = complete(sheaf)
    print('%-44s %9.3f %9.3f %9.1f  %s' % (c['name'], c['wall_s'], c['cpu_s'], c['peak_mb'], 'yes' if c['complete'] else 'NO'))
    with open(os.path.join(WORK, 'results.json'), 'w') as out:
        json.dump(results, out, indent=1)


main()
