# SPDX-License-Identifier: MIT
"""The plot, written as SVG by hand: for each program, its CPU time as a multiple of ours, one dot for each corpus, on a log scale."""
import math
from xml.sax.saxutils import escape

COLORS = {'branch': '#d95f02', 'ledger': '#1b6ca8', 'huge': '#5e9732'}
SHAPES = {'branch': '300 forms', 'ledger': '20 ledgers', 'huge': '500,000 rows'}
LEFT, RIGHT, ROW, TOP, GAP = 230, 860, 21, 92, 74
PANELS = [('read', 'Reading every cell'), ('stack', 'All rows into one workbook')]
FONT = 'font-family="Helvetica,Arial,sans-serif"'


def series(found, suite):
    """[(program, kind, {corpus: CPU as a multiple of ours})], fastest first."""
    programs = {}
    for r in found['measurements']:
        if r['suite'] != suite or r['corpus'] not in COLORS or r['kind'] not in ('limit', 'peer') or not r.get('times_ours'):
            continue
        programs.setdefault((r['program'].replace('limit: ', ''), r['kind']), {})[r['corpus']] = r['times_ours']
    if programs:
        programs['sheaf', 'ours'] = {c: 1.0 for c in COLORS if any(c in dots for dots in programs.values())}
    return sorted(((name, kind, dots) for (name, kind), dots in programs.items()), key=lambda s: sorted(s[2].values())[len(s[2]) // 2])


class Axis:
    def __init__(self, values):
        self.low = max(0.02, min(values + [1]) * 0.6)
        self.high = max(values + [10]) * 1.4

    def x(self, value):
        return LEFT + (RIGHT - LEFT) * math.log(value / self.low) / math.log(self.high / self.low)

    def ticks(self):
        return [t for t in (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if self.low <= t <= self.high]


def text(x, y, words, size=13, anchor='start', fill='#222', weight='normal'):
    return '<text x="%.1f" y="%.1f" font-size="%d" text-anchor="%s" fill="%s" font-weight="%s">%s</text>' % (x, y, size, anchor, fill, weight, escape(words))


def panel(rows, axis, top, title):
    bottom = top + ROW * len(rows)
    out = [text(12, top - 26, title, 15, weight='bold')]
    for t in axis.ticks():
        x = axis.x(t)
        out.append('<line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="%s"/>' % (x, top - 6, x, bottom, '#999' if t == 1 else '#e4e4e4'))
        out.append(text(x, bottom + 14, '%g x' % t, 11, 'middle', '#666'))
    for i, (name, kind, dots) in enumerate(rows):
        y = top + ROW * i + ROW / 2
        out.append(text(LEFT - 12, y + 4, name, 12, 'end', '#000' if kind == 'ours' else '#777' if kind == 'limit' else '#222',
                        'bold' if kind == 'ours' else 'normal'))
        xs = [axis.x(v) for v in dots.values()]
        out.append('<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="#bbb" stroke-width="2"/>' % (min(xs), y, max(xs), y))
        for corpus, value in dots.items():
            style = 'fill="#fff" stroke="%s" stroke-width="2"' % COLORS[corpus] if kind == 'limit' else 'fill="%s"' % COLORS[corpus]
            out.append('<circle cx="%.1f" cy="%.1f" r="5" %s><title>%s, %s: %.2f x</title></circle>' % (axis.x(value), y, style, escape(name), corpus, value))
        if kind == 'peer':
            out.append(text(max(xs) + 10, y + 4, '%.0f x' % max(dots.values()) if max(dots.values()) >= 10 else '%.1f x' % max(dots.values()), 11, fill='#666'))
    return out, bottom


def svg(found):
    drawn = [(title, series(found, suite)) for suite, title in PANELS]
    drawn = [(title, rows) for title, rows in drawn if rows]
    axis = Axis([v for _, rows in drawn for _, _, dots in rows for v in dots.values()])
    body, y = [], TOP
    for title, rows in drawn:
        part, bottom = panel(rows, axis, y, title)
        body += part
        y = bottom + GAP
    legend, x = [], LEFT
    for corpus, color in COLORS.items():
        legend.append('<circle cx="%d" cy="22" r="5" fill="%s"/>' % (x, color))
        legend.append(text(x + 11, 26, SHAPES[corpus], 12))
        x += 110
    legend.append(text(x + 10, 26, 'CPU time as a multiple of sheaf’s, log scale', 12, fill='#666'))
    width, height = RIGHT + 60, max(y - GAP + 30, 90)
    return '\n'.join(['<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" %s>' % (width, height, width, height, FONT),
                      '<rect width="100%" height="100%" fill="#fff"/>', text(12, 26, 'sheaf bench', 15, weight='bold'), *legend, *body, '</svg>', ''])
