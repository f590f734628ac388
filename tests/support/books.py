# SPDX-License-Identifier: MIT
"""Workbooks made on the spot: raw XML in a ZIP for what no library writes, openpyxl for the rest."""
import pathlib, zipfile
from xml.sax.saxutils import escape, quoteattr

import openpyxl

MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
STRICT_MAIN = 'http://purl.oclc.org/ooxml/spreadsheetml/main'
RELS = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
STRICT_RELS = 'http://purl.oclc.org/ooxml/officeDocument/relationships'
PACKAGE_RELS = 'http://schemas.openxmlformats.org/package/2006/relationships'
WORKBOOK_TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml'


def styles(formats):
    """A styles part in which cell style i has formats[i] as its number format."""
    codes = ''.join('<numFmt numFmtId="%d" formatCode=%s/>' % (164 + i, quoteattr(f)) for i, f in enumerate(formats))
    xfs = ''.join('<xf numFmtId="%d" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>' % (164 + i)
                  for i in range(len(formats)))
    return ('<styleSheet xmlns="%s"><numFmts count="%d">%s</numFmts><fonts count="1"><font/></fonts><fills count="2"><fill><patternFill/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
            '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="%d">%s</cellXfs></styleSheet>'
            % (MAIN, len(formats), codes, len(formats), xfs))


def raw(path, sheets, formats=None, strings=None, workbook='', names='', strict=False, before=None, edit=None, compress=zipfile.ZIP_DEFLATED, level=None):
    """Writes a workbook whose sheets are {name: rows XML}; a value that starts with '<?xml' or '<worksheet' is the whole part.

    before: {name: XML in front of sheetData}; edit: called with the dict of parts before they are written.
    """
    main, rels = (STRICT_MAIN, STRICT_RELS) if strict else (MAIN, RELS)
    parts = {}
    listed, related, types = [], [], []
    for i, (name, rows) in enumerate(sheets.items(), 1):
        part = 'xl/worksheets/sheet%d.xml' % i
        whole = rows if isinstance(rows, bytes) or rows.startswith(('<?xml', '<worksheet')) else \
            '<worksheet xmlns="%s">%s<sheetData>%s</sheetData></worksheet>' % (main, (before or {}).get(name, ''), rows)
        parts[part] = whole
        listed.append('<sheet name=%s sheetId="%d" r:id="rId%d"/>' % (quoteattr(name), i, i))
        related.append('<Relationship Id="rId%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>' % (i, rels, i))
        types.append('<Override PartName="/%s" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>' % part)
    if formats:
        parts['xl/styles.xml'] = styles(formats).replace(MAIN, main)
        related.append('<Relationship Id="rIdS" Type="%s/styles" Target="styles.xml"/>' % rels)
        types.append('<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>')
    if strings:
        parts['xl/sharedStrings.xml'] = '<sst xmlns="%s">%s</sst>' % (main, strings)
        related.append('<Relationship Id="rIdT" Type="%s/sharedStrings" Target="sharedStrings.xml"/>' % rels)
        types.append('<Override PartName="/xl/sharedStrings.xml" '
                     'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>')
    parts['xl/workbook.xml'] = '<workbook xmlns="%s" xmlns:r="%s">%s<sheets>%s</sheets>%s</workbook>' % (
        main, rels, workbook, ''.join(listed), '<definedNames>%s</definedNames>' % names if names else '')
    parts['xl/_rels/workbook.xml.rels'] = '<Relationships xmlns="%s">%s</Relationships>' % (PACKAGE_RELS, ''.join(related))
    parts['_rels/.rels'] = ('<Relationships xmlns="%s"><Relationship Id="rId1" Type="%s/officeDocument" Target="xl/workbook.xml"/>'
                            '</Relationships>' % (PACKAGE_RELS, rels))
    parts['[Content_Types].xml'] = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType="%s"/>%s</Types>' % (WORKBOOK_TYPE, ''.join(types)))
    if edit:
        edit(parts)
    order = ['[Content_Types].xml', '_rels/.rels'] + [p for p in parts if p not in ('[Content_Types].xml', '_rels/.rels')]
    with zipfile.ZipFile(path, 'w', compress, compresslevel=level) as z:
        for part in order:
            body = parts[part]
            if isinstance(body, str) and not body.startswith('<?xml'):
                body = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' + body
            z.writestr(part, body)
    return pathlib.Path(path)


def row(number, **cells):
    """A row element: row(4, B='<v>1</v>') or row(4, B=1.5, C='text'); (attributes, XML) gives a cell its attributes."""
    out = []
    for col, value in cells.items():
        attributes = ''
        if isinstance(value, tuple):
            attributes, value = ' ' + value[0], value[1]
        elif isinstance(value, bool):
            attributes, value = ' t="b"', '<v>%d</v>' % value
        elif isinstance(value, (int, float)):
            value = '<v>%r</v>' % value
        elif not value.startswith('<'):
            attributes, value = ' t="inlineStr"', '<is><t xml:space="preserve">%s</t></is>' % escape(value)
        out.append('<c r="%s%d"%s>%s</c>' % (col, number, attributes, value))
    return '<row r="%d">%s</row>' % (number, ''.join(out))


def labelled(n=6, cols='BC', sheet='Data'):
    """The rows of a small form: a head, n labelled rows, empty cells in cols; as {ref: text}."""
    cells = {'A1': 'Form'}
    for i, col in enumerate(cols):
        cells['%s1' % col] = 'Column %d' % (i + 1)
    for r in range(2, n + 2):
        cells['A%d' % r] = 'Label %d' % (r - 1)
    return cells


def form(path, values=None, n=6, cols='BC', sheet='Data', labels=None, formats=None, change=None):
    """The small form, filled with values {ref: value} (openpyxl); change(book, sheet) may do more."""
    book = openpyxl.Workbook()
    page = book.active
    page.title = sheet
    for ref, text in (labels if labels is not None else labelled(n, cols)).items():
        page[ref] = text
    for col in cols:  # an input is a cell of the used range: the template has them styled
        for r in range(2, n + 2):
            page['%s%d' % (col, r)].number_format = '0.00'
    for ref, code in (formats or {}).items():
        page[ref].number_format = code
    for ref, value in (values or {}).items():
        page[ref] = value
    if change:
        change(book, page)
    book.save(path)
    return pathlib.Path(path)
