# SPDX-License-Identifier: MIT
"""What Excel insists on before it opens a package without "repairing" it; reads with zipfile and expat only, no spreadsheet library."""
import posixpath, re, zipfile
from urllib.parse import unquote
from xml.etree import ElementTree

WORKSHEET_ORDER = ('sheetPr dimension sheetViews sheetFormatPr cols sheetData sheetCalcPr sheetProtection protectedRanges scenarios autoFilter sortState '
                   'dataConsolidate customSheetViews mergeCells phoneticPr conditionalFormatting dataValidations hyperlinks printOptions pageMargins '
                   'pageSetup headerFooter rowBreaks colBreaks customProperties cellWatches ignoredErrors smartTags drawing legacyDrawing '
                   'legacyDrawingHF drawingHF picture oleObjects controls webPublishItems tableParts extLst').split()
CELL = re.compile(r'([A-Z]{1,3})([0-9]+)$')


def local(tag):
    return tag.rsplit('}', 1)[-1]


def column(letters):
    n = 0
    for c in letters:
        n = n * 26 + ord(c) - 64
    return n


def check_worksheet(part, root, n_formats, n_strings):
    order = [WORKSHEET_ORDER.index(local(child.tag)) for child in root if local(child.tag) in WORKSHEET_ORDER]
    assert order == sorted(order), '%s: elements out of order: %s' % (part, [local(c.tag) for c in root])
    once = [local(c.tag) for c in root if local(c.tag) != 'conditionalFormatting']
    assert len(once) == len(set(once)), '%s: an element twice: %s' % (part, once)
    last_row, seen = 0, 0
    for row in root.iter():
        if local(row.tag) != 'row':
            continue
        number = int(row.get('r', last_row + 1))
        assert last_row < number <= 1048576, '%s: row %d after %d' % (part, number, last_row)
        last_row, last_col = number, 0
        for cell in row:
            if local(cell.tag) != 'c':
                continue
            letters, digits = CELL.match(cell.get('r')).groups() if cell.get('r') else (None, number)
            at = column(letters) if letters else last_col + 1
            assert int(digits) == number and last_col < at <= 16384, '%s: %s in row %d after column %d' % (part, cell.get('r'), number, last_col)
            last_col = at
            assert int(cell.get('s', 0)) < n_formats, '%s: %s has style %s of %d' % (part, cell.get('r'), cell.get('s'), n_formats)
            value = next((v.text for v in cell if local(v.tag) == 'v'), None)
            if cell.get('t') == 's':
                assert int(value) < n_strings, (part, cell.get('r'), value)
            elif cell.get('t', 'n') == 'n' and value is not None:
                assert abs(float(value)) < float('inf'), (part, cell.get('r'), value)
            for text in cell.iter():
                if local(text.tag) == 't' and text.text:
                    assert len(text.text.encode('utf-16-le')) <= 2 * 32767 + 14 * text.text.count('_x'), (part, cell.get('r'))
            seen += 1
    links = [e.get('ref') for e in root.iter() if local(e.tag) == 'hyperlink']
    assert len(links) == len(set(links)) <= 65530, part
    return seen


def check_package(path):
    """Raises AssertionError with the part's name; returns the number of cells in all sheets."""
    with zipfile.ZipFile(path) as z:
        names = z.namelist()
        assert z.testzip() is None and len(names) == len({n.lower() for n in names}), names
        trees = {n: ElementTree.fromstring(z.read(n)) for n in names if n.endswith(('.xml', '.rels', '.vml'))}
    types = trees['[Content_Types].xml']
    defaults = {e.get('Extension').lower(): e.get('ContentType') for e in types if local(e.tag) == 'Default'}
    overrides = [e.get('PartName').lstrip('/') for e in types if local(e.tag) == 'Override']
    assert len(overrides) == len(set(overrides))
    for part in overrides:
        assert unquote(part) in names or part in names, 'a type for a part that is not there: ' + part
    for name in names:
        if name != '[Content_Types].xml' and not name.endswith('/'):
            assert name in map(unquote, overrides) or name.rsplit('.', 1)[-1].lower() in defaults, 'no content type: ' + name
    for name, tree in trees.items():
        if not name.endswith('.rels'):
            continue
        folder, ids = posixpath.dirname(posixpath.dirname(name)), [e.get('Id') for e in tree]
        assert len(ids) == len(set(ids)), name
        for relation in tree:
            if relation.get('TargetMode') == 'External':
                continue
            target = unquote(relation.get('Target').split('#')[0])
            whole = target.lstrip('/') if target.startswith('/') else posixpath.normpath(posixpath.join(folder, target))
            assert whole in names, '%s: %s is not there' % (name, whole)
    styles = next((t for n, t in trees.items() if local(t.tag) == 'styleSheet'), None)
    n_formats = sum(len(e) for e in styles if local(e.tag) == 'cellXfs') if styles is not None else 1
    strings = next((t for n, t in trees.items() if local(t.tag) == 'sst'), ())
    n_strings = sum(1 for e in strings if local(e.tag) == 'si')
    for tree in trees.values():
        if local(tree.tag) == 'workbook':
            sheets = [e for e in tree.iter() if local(e.tag) == 'sheet']
            assert len({s.get('name').lower() for s in sheets}) == len({s.get('sheetId') for s in sheets}) == len(sheets)
        for table in tree.iter():
            if local(table.tag) in ('fonts', 'fills', 'borders', 'cellXfs', 'dxfs', 'mergeCells') and table.get('count'):
                assert int(table.get('count')) == len(table), (local(table.tag), table.get('count'), len(table))
    for name, tree in trees.items():
        for comment in (tree if local(tree.tag) == 'comments' else ()):
            refs = [c.get('ref') for c in comment if local(c.tag) == 'comment']
            assert len(refs) == len(set(refs)), name
    return sum(check_worksheet(n, t, n_formats, n_strings) for n, t in trees.items() if local(t.tag) == 'worksheet')
