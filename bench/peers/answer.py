# SPDX-License-Identifier: MIT
"""What the Python peers say, and how they are called (README.md): the count of each kind, and the order of the columns."""
import datetime, json, sys

EPOCH, MARCH_1900 = datetime.datetime(1899, 12, 30), datetime.datetime(1900, 3, 1)
ZERO_TIME = datetime.time()
ERRORS = {'#NULL!', '#DIV/0!', '#VALUE!', '#REF!', '#NAME?', '#NUM!', '#N/A', '#GETTING_DATA'}
DAY = 86400.0


def serial(value):
    """The number that a date, a time or a duration was in the sheet."""
    if isinstance(value, datetime.datetime):
        delta = value - EPOCH
        if value < MARCH_1900:  # the day that 1900 did not have
            delta -= datetime.timedelta(days=1)
    elif isinstance(value, datetime.date):
        delta = datetime.datetime.combine(value, ZERO_TIME) - EPOCH
    elif isinstance(value, datetime.time):
        delta = datetime.timedelta(hours=value.hour, minutes=value.minute, seconds=value.second, microseconds=value.microsecond)
    else:
        delta = value
    return delta.days + (delta.seconds + delta.microseconds / 1e6) / DAY


class Tally:
    """Counts values that are Python objects; NaN is an error cell (pandas)."""

    def __init__(self):
        self.numbers = self.texts = self.booleans = self.errors = 0
        self.sum = 0.0

    def row(self, values):
        for v in values:
            if v is None or v == '':
                continue
            kind = type(v)
            if kind is float or kind is int:
                if v != v:
                    self.errors += 1
                    continue
                self.numbers += 1
                self.sum += v
            elif kind is str:
                if v[0] == '#' and v in ERRORS:
                    self.errors += 1
                else:
                    self.texts += 1
            elif kind is bool:
                self.booleans += 1
            else:
                self.numbers += 1
                self.sum += serial(v)

    def say(self):
        print(json.dumps({'numbers': self.numbers, 'texts': self.texts, 'booleans': self.booleans, 'errors': self.errors,
                          'sum': repr(float(self.sum))}))


class Union:
    """Columns in order of first appearance; place() gives where the cells of one sheet's header go."""

    def __init__(self, columns=()):
        self.at = {}
        self.place(columns)

    def place(self, header):
        return [self.at.setdefault(name, len(self.at)) for name in header]


SOURCE = ('_file', '_sheet', '_row')


def main(read, stack=None):
    """read FILE... | stack [--source] OUT FILE..."""
    what, *rest = [word for word in sys.argv[1:] if word != '--source']
    if what == 'read':
        read(rest)
    else:
        stack(rest[0], rest[1:], '--source' in sys.argv)
