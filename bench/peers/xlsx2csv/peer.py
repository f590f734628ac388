# SPDX-License-Identifier: MIT
"""xlsx2csv: `read FILE...` converts every sheet of every file to CSV, by its own module in one process."""
import os, subprocess, sys, tempfile
from xlsx2csv import Xlsx2csv

COUNTER = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../../build/release/bench/csv_cells')

with tempfile.TemporaryDirectory() as scratch:
    for n, path in enumerate(sys.argv[2:]):
        book = Xlsx2csv(path, outputencoding='utf-8')
        for sheet in book.workbook.sheets:
            book.convert(os.path.join(scratch, '%d.%s.csv' % (n, sheet['index'])), sheetid=sheet['index'])
    subprocess.run([COUNTER, scratch], check=True)
