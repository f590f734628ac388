/* SPDX-License-Identifier: MIT
 *
 * Small workbooks for tests, written as text: one line per cell, REF[/STYLE] VALUE.
 *
 *     A1 'Sales          text                  B2 12.5        number, as stored
 *     B3/1 0.5           number in style 1     C1 =B2*2 25    formula and cached value
 *     C2 =B2*2           no cached value       C3 =X() 'abc   formula that gave a text (' alone:
 * empty) D1 #N/A            error                 D2 TRUE        boolean E1/4               styled,
 * blank         hide 6         row 6 is hidden (before its cells) F1 {F1:F3} 7       array formula
 * over F1:F3
 *
 * Styles: 0 General, 1 0.0%, 2 yyyy-mm-dd, 3 [h]:mm, 4 unlocked, 5 filled FF8C00, 6 #,##0.00, 7
 * h:mm.
 */
#ifndef SHEAF_TESTS_SUPPORT_WORKBOOK_FILE_H
#define SHEAF_TESTS_SUPPORT_WORKBOOK_FILE_H

#include <sys/stat.h>

#include "tests/support/zip_file.h"
#include "wire/source.h"

struct workbook_sheet {
    const char *name;
    const char *cells;
    const char *merges;  /* "A1:B1 C2:C3" */
    const char *notes;   /* "B2 @max\n..." */
    const char *columns; /* inner XML of <cols> */
    const char *state;   /* "hidden" */
    const char *xml;     /* the part as it is, instead of the others */
    bool is_protected;
};

struct workbook_text {
    struct workbook_sheet sheets[6]; /* ends with the first without a name */
    const char *strings;             /* the shared string table's items: "<si><t>a</t></si>..." */
    const char *names;               /* "sheaf.sum Sheet1!$A$1\n..." */
    bool is_1904;
    unsigned active;
};

struct workbook_file {
    char path[32];
    int fd;
    struct source source;
};

static inline void book_escape(struct buffer *out, struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '<')
            buffer_put_text(out, "&lt;");
        else if (text.data[i] == '&')
            buffer_put_text(out, "&amp;");
        else
            buffer_put_char(out, text.data[i]);
    }
}

static inline struct span book_word(struct span *rest, char end)
{
    const char *found = rest->len ? memchr(rest->data, end, rest->len) : NULL;
    size_t n = found ? (size_t)(found - rest->data) : rest->len;
    struct span word = span_make(rest->data, n);
    *rest = span_from(*rest, found ? n + 1 : n);
    return word;
}

/* <v> and the attributes before it; `formula` is the <f> element or "". */
static inline void book_value(struct buffer *out, struct span value, struct span formula)
{
    bool is_text = value.len && value.data[0] == '\'', is_error = value.len && value.data[0] == '#';
    bool is_boolean = span_is(value, "TRUE") || span_is(value, "FALSE");
    if (is_text && formula.len == 0) {
        buffer_put_text(out, " t=\"inlineStr\"><is><t xml:space=\"preserve\">");
        book_escape(out, span_from(value, 1));
        buffer_put_text(out, "</t></is></c>");
        return;
    }
    buffer_put_text(out, is_text      ? " t=\"str\">"
                         : is_error   ? " t=\"e\">"
                         : is_boolean ? " t=\"b\">"
                                      : ">");
    buffer_put(out, formula);
    if (value.len) {
        buffer_put_text(out, "<v>");
        if (is_boolean)
            buffer_put_char(out, span_is(value, "TRUE") ? '1' : '0');
        else
            book_escape(out, is_text ? span_from(value, 1) : value);
        buffer_put_text(out, "</v>");
    }
    buffer_put_text(out, "</c>");
}

static inline void book_cell(struct buffer *out, struct span line)
{
    struct span head = book_word(&line, ' '), style = head, ref = book_word(&style, '/');
    struct buffer formula;
    buffer_init(&formula, 1 << 20);
    buffer_putf(out, "<c r=\"%.*s\"", SPAN_ARGS(ref));
    if (style.len)
        buffer_putf(out, " s=\"%.*s\"", SPAN_ARGS(style));
    if (line.len && line.data[0] == '=') {
        struct span text = book_word(&line, ' ');
        buffer_put_text(&formula, "<f>");
        book_escape(&formula, span_from(text, 1));
        buffer_put_text(&formula, "</f>");
    } else if (line.len && line.data[0] == '{') {
        struct span range = book_word(&line, ' ');
        buffer_putf(&formula, "<f t=\"array\" ref=\"%.*s\">A1</f>", (int)range.len - 2,
                    range.data + 1);
    }
    book_value(out, line, buffer_span(&formula));
    buffer_free(&formula);
}

static inline void book_rows(struct buffer *out, const char *cells)
{
    struct span rest = span_of(cells), hidden = {0};
    unsigned open = 0;
    while (rest.len) {
        struct span line = book_word(&rest, '\n');
        if (line.len == 0)
            continue;
        if (span_starts(line, SPAN("hide "))) {
            hidden = span_from(line, 5);
            continue;
        }
        size_t digits = strcspn(line.data, "0123456789");
        unsigned row = (unsigned)atoi(line.data + digits);
        if (row != open) {
            buffer_put_text(out, open ? "</row>" : "");
            bool is_hidden = hidden.len && (unsigned)atoi(hidden.data) == row;
            buffer_putf(out, "<row r=\"%u\"%s>", row, is_hidden ? " hidden=\"1\"" : "");
            open = row;
        }
        book_cell(out, line);
    }
    buffer_put_text(out, open ? "</row>" : "");
}

#define BOOK_MAIN "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\""
#define BOOK_R "xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\""
#define BOOK_RELS "xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\""
#define BOOK_TYPE "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"

static inline void book_put_part(struct zip_file *zip, struct buffer *xml, const char *name)
{
    zip_add(zip, (struct zip_part){.name = name, .content = buffer_span(xml)});
    buffer_clear(xml);
}

static inline void book_sheet(struct zip_file *zip, const struct workbook_sheet *sheet,
                              unsigned number)
{
    struct buffer xml;
    char name[64];
    buffer_init(&xml, 1 << 24);
    buffer_putf(&xml, "<worksheet %s>", BOOK_MAIN);
    if (sheet->columns)
        buffer_putf(&xml, "<cols>%s</cols>", sheet->columns);
    buffer_put_text(&xml, "<sheetData>");
    book_rows(&xml, sheet->cells ? sheet->cells : "");
    buffer_put_text(&xml, "</sheetData>");
    if (sheet->is_protected)
        buffer_put_text(&xml, "<sheetProtection sheet=\"1\"/>");
    if (sheet->merges) {
        struct span rest = span_of(sheet->merges);
        buffer_put_text(&xml, "<mergeCells>");
        while (rest.len) {
            struct span range = book_word(&rest, ' ');
            buffer_putf(&xml, "<mergeCell ref=\"%.*s\"/>", SPAN_ARGS(range));
        }
        buffer_put_text(&xml, "</mergeCells>");
    }
    buffer_put_text(&xml, "</worksheet>");
    if (sheet->xml) {
        buffer_clear(&xml);
        buffer_put_text(&xml, sheet->xml);
    }
    snprintf(name, sizeof name, "xl/worksheets/sheet%u.xml", number);
    book_put_part(zip, &xml, name);
    if (sheet->notes) {
        struct span rest = span_of(sheet->notes);
        buffer_putf(&xml, "<comments %s><authors><author>A</author></authors><commentList>",
                    BOOK_MAIN);
        while (rest.len) {
            struct span line = book_word(&rest, '\n'), ref = book_word(&line, ' ');
            buffer_putf(&xml, "<comment ref=\"%.*s\" authorId=\"0\"><text><r><t>A:</t></r><r><t>\n",
                        SPAN_ARGS(ref));
            book_escape(&xml, line);
            buffer_put_text(&xml, "</t></r></text></comment>");
        }
        buffer_put_text(&xml, "</commentList></comments>");
        snprintf(name, sizeof name, "xl/notes%u.xml", number);
        book_put_part(zip, &xml, name);
        buffer_putf(&xml,
                    "<Relationships %s><Relationship Id=\"rId1\" Type=\"" BOOK_TYPE
                    "comments\" Target=\"../notes%u.xml\"/>"
                    "</Relationships>",
                    BOOK_RELS, number);
        snprintf(name, sizeof name, "xl/worksheets/_rels/sheet%u.xml.rels", number);
        book_put_part(zip, &xml, name);
    }
    buffer_free(&xml);
}

static inline void book_workbook(struct zip_file *zip, const struct workbook_text *text, unsigned n)
{
    struct buffer xml;
    buffer_init(&xml, 1 << 20);
    buffer_putf(&xml,
                "<workbook %s %s><workbookPr%s/><bookViews><workbookView "
                "activeTab=\"%u\"/></bookViews><sheets>",
                BOOK_MAIN, BOOK_R, text->is_1904 ? " date1904=\"1\"" : "", text->active);
    for (unsigned i = 0; i < n; i++) {
        const struct workbook_sheet *sheet = &text->sheets[i];
        buffer_putf(&xml, "<sheet name=\"%s\" sheetId=\"%u\"", sheet->name, i + 1);
        if (sheet->state)
            buffer_putf(&xml, " state=\"%s\"", sheet->state);
        buffer_putf(&xml, " r:id=\"rId%u\"/>", i + 1);
    }
    buffer_put_text(&xml, "</sheets>");
    if (text->names) {
        struct span rest = span_of(text->names);
        buffer_put_text(&xml, "<definedNames>");
        while (rest.len) {
            struct span line = book_word(&rest, '\n'), name = book_word(&line, ' ');
            buffer_putf(&xml, "<definedName name=\"%.*s\">%.*s</definedName>", SPAN_ARGS(name),
                        SPAN_ARGS(line));
        }
        buffer_put_text(&xml, "</definedNames>");
    }
    buffer_put_text(&xml, "</workbook>");
    book_put_part(zip, &xml, "xl/workbook.xml");
    buffer_putf(&xml, "<Relationships %s>", BOOK_RELS);
    for (unsigned i = 1; i <= n; i++)
        buffer_putf(&xml,
                    "<Relationship Id=\"rId%u\" Type=\"" BOOK_TYPE
                    "worksheet\" Target=\"worksheets/sheet%u.xml\"/>",
                    i, i);
    if (text->strings)
        buffer_put_text(&xml, "<Relationship Id=\"rId98\" Type=\"" BOOK_TYPE
                              "sharedStrings\" Target=\"sharedStrings.xml\"/>");
    buffer_put_text(&xml, "<Relationship Id=\"rId99\" Type=\"" BOOK_TYPE
                          "styles\" Target=\"styles.xml\"/></Relationships>");
    book_put_part(zip, &xml, "xl/_rels/workbook.xml.rels");
    if (text->strings) {
        buffer_putf(&xml, "<sst %s>", BOOK_MAIN);
        buffer_put_text(&xml, text->strings); /* may be longer than buffer_putf takes */
        buffer_put_text(&xml, "</sst>");
        book_put_part(zip, &xml, "xl/sharedStrings.xml");
    }
    buffer_free(&xml);
}

static inline void workbook_bytes(const struct workbook_text *text, struct zip_file *zip)
{
    unsigned n = 0;
    zip_begin(zip);
    zip_add_text(zip, "[Content_Types].xml",
                 "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">"
                 "<Default Extension=\"rels\" "
                 "ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"
                 "<Default Extension=\"xml\" ContentType=\"application/xml\"/><Override "
                 "PartName=\"/xl/workbook.xml\" "
                 "ContentType=\"application/"
                 "vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/></Types>");
    zip_add_text(zip, "_rels/.rels",
                 "<Relationships " BOOK_RELS "><Relationship Id=\"rId1\" Type=\"" BOOK_TYPE
                 "officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>");
    while (n < 6 && text->sheets[n].name) {
        book_sheet(zip, &text->sheets[n], n + 1);
        n++;
    }
    book_workbook(zip, text, n);
    zip_add_text(
        zip, "xl/styles.xml",
        "<styleSheet " BOOK_MAIN
        "><numFmts count=\"2\"><numFmt numFmtId=\"164\" formatCode=\"0.0%\"/>"
        "<numFmt numFmtId=\"165\" formatCode=\"yyyy-mm-dd\"/><numFmt numFmtId=\"166\" "
        "formatCode=\"[h]:mm\"/></numFmts>"
        "<fonts count=\"1\"><font/></fonts><fills count=\"3\"><fill><patternFill "
        "patternType=\"none\"/></fill><fill>"
        "<patternFill patternType=\"gray125\"/></fill><fill><patternFill "
        "patternType=\"solid\"><fgColor "
        "rgb=\"FFFF8C00\"/></patternFill></fill></fills><borders count=\"1\"><border/></borders>"
        "<cellStyleXfs count=\"1\"><xf/></cellStyleXfs><cellXfs count=\"8\"><xf/><xf "
        "numFmtId=\"164\"/>"
        "<xf numFmtId=\"165\"/><xf numFmtId=\"166\"/><xf applyProtection=\"1\"><protection "
        "locked=\"0\"/></xf>"
        "<xf fillId=\"2\" applyFill=\"1\"/><xf numFmtId=\"4\"/><xf "
        "numFmtId=\"20\"/></cellXfs></styleSheet>");
    zip_end(zip);
}

/* Close fd when done. */
static inline struct workbook_file workbook_file(const struct workbook_text *text)
{
    struct workbook_file self = {0};
    struct zip_file zip;
    struct stat st;
    workbook_bytes(text, &zip);
    zip_path(buffer_span(&zip.bytes), self.path, &self.fd);
    must(fstat(self.fd, &st) == 0);
    self.source =
        (struct source){.sha = sha256_of(buffer_span(&zip.bytes)),
                        .size = (uint64_t)st.st_size,
                        .mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec};
    zip_free(&zip);
    return self;
}

#endif
