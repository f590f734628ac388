# SPDX-License-Identifier: MIT
"""polars: `read FILE...` by read_excel (fastexcel, which is calamine), `stack [--source] OUT FILE...` by concat and write_excel (XlsxWriter).

polars gives each column one type: a column that mixes kinds becomes text, and an error cell is null. It counts as the others only
where the columns are of one kind."""
import os, sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import polars
from polars import selectors
from answer import DAY, Tally, main


def frames(path):
    """Every sheet as a frame; an empty sheet is an empty frame."""
    return polars.read_excel(path, sheet_id=0, engine='calamine', infer_schema_length=None, drop_empty_rows=False, drop_empty_cols=False,
                             raise_if_empty=False)


def as_serials(frame):
    """Dates and durations as the numbers that they were."""
    epoch = polars.datetime(1899, 12, 30, time_unit='ms')
    dates = selectors.date() | selectors.datetime()
    return frame.with_columns((dates.cast(polars.Datetime('ms')) - epoch).dt.total_milliseconds() / (DAY * 1000),
                              selectors.duration().dt.total_milliseconds() / (DAY * 1000), selectors.time().cast(polars.Int64) / (DAY * 1e9))


def read(paths):
    tally = Tally()
    tally.errors = None
    for path in paths:
        for frame in frames(path).values():
            tally.texts += sum(not name.startswith('__UNNAMED__') for name in frame.columns)
            for column in as_serials(frame).get_columns():
                n = column.len() - column.null_count()
                if column.dtype == polars.Boolean:
                    tally.booleans += n
                elif column.dtype.is_numeric():
                    tally.numbers += n
                    tally.sum += column.sum()
                elif column.dtype != polars.Null:
                    tally.texts += n
    tally.say()


def stack(out, paths, source):
    parts = []
    for path in paths:
        for name, frame in frames(path).items():
            is_blank = polars.all_horizontal(polars.col(frame.columns).is_null())
            if source:
                frame = frame.select(polars.lit(path).alias('_file'), polars.lit(name).alias('_sheet'),
                                     polars.int_range(2, polars.len() + 2).alias('_row'), polars.all())
            parts.append(frame.filter(~is_blank))
    polars.concat(parts, how='diagonal_relaxed').write_excel(out, worksheet='Data', autofilter=False)


main(read, stack)
