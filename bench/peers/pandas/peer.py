# SPDX-License-Identifier: MIT
"""pandas: `read FILE...` by read_excel with openpyxl; `stack [--source] OUT FILE...` by concat and to_excel with XlsxWriter, which
pandas prefers when it is there. An error cell becomes NaN: counted when reading, blank in the stack."""
import os, sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import pandas
from answer import Tally, main


def read(paths):
    tally = Tally()
    for path in paths:
        for frame in pandas.read_excel(path, sheet_name=None, header=None, dtype=object, na_filter=False, engine='openpyxl').values():
            for row in frame.itertuples(index=False, name=None):
                tally.row(row)
    tally.say()


def stack(out, paths, source):
    frames = []
    for path in paths:
        for name, frame in pandas.read_excel(path, sheet_name=None, dtype=object, keep_default_na=False, na_values=[''],
                                             engine='openpyxl').items():
            columns = list(frame.columns)
            if source:
                frame.insert(0, '_file', path)
                frame.insert(1, '_sheet', name)
                frame.insert(2, '_row', range(2, len(frame) + 2))
            frames.append(frame.dropna(how='all', subset=columns))
    pandas.concat(frames, ignore_index=True, sort=False).to_excel(out, sheet_name='Data', index=False, engine='xlsxwriter')


main(read, stack)
