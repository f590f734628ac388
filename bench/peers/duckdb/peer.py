# SPDX-License-Identifier: MIT
"""DuckDB's excel extension: `read FILE...` by read_xlsx, sheet by sheet, every cell as text, for a column has one type otherwise.

The extension lists no sheets: their names come from the workbook's own part. An error cell is NULL."""
import json, os, sys, xml.etree.ElementTree, zipfile
import duckdb

EXTENSIONS = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../../build/bench/peers/duckdb')
SHEET = '{http://schemas.openxmlformats.org/spreadsheetml/2006/main}sheet'
COUNT = 'SELECT count(COLUMNS(*)) FROM read_xlsx(?, sheet = ?, header = false, all_varchar = true, stop_at_empty = false)'


def sheet_names(path):
    with zipfile.ZipFile(path) as book:
        return [sheet.get('name') for sheet in xml.etree.ElementTree.fromstring(book.read('xl/workbook.xml')).iter(SHEET)]


def main():
    connection, cells = duckdb.connect(config={'extension_directory': EXTENSIONS}), 0
    connection.load_extension('excel')
    for path in sys.argv[2:]:
        for name in sheet_names(path):
            cells += sum(connection.execute(COUNT, [path, name]).fetchone())
    print(json.dumps({'cells': cells}))


main()
