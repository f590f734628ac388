/* SPDX-License-Identifier: MIT
 *
 * Any bytes as the first sheet of a template: when the scanner reads it, the output must be readable too, have the
 * values put in, and every other constant as it was. The scanner and the patcher share no code.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/hash.h"
#include "core/must.h"
#include "workbook/output_book.h"
#include "workbook/sheet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REL "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define MAIN "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

static const char *const parts[][2] = {
    {"[Content_Types].xml",
     "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" "
     "ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Override PartName=\"/w.xml\" "
     "ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/><Override PartName=\"/s.xml\" "
     "ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/></Types>"},
    {"_rels/.rels", "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"a\" "
                    "Type=\"" REL "/officeDocument\" Target=\"w.xml\"/></Relationships>"},
    {"w.xml", "<workbook xmlns=\"" MAIN "\" xmlns:r=\"" REL "\"><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"b\"/></sheets></workbook>"},
    {"_rels/w.xml.rels", "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"b\" "
                         "Type=\"" REL "/worksheet\" Target=\"s.xml\"/></Relationships>"}};

static const struct cell_ref number_at = {1, 1}, text_at = {3, 0};

struct view { /* of the cells of a sheet, whatever their order; the last of a place counts, so doubles are left out */
    uint64_t sum;
    uint64_t n;
    double number;
    bool has_number, has_text;
};

static enum fault see(void *context, const struct cell *cell)
{
    struct view *view = context;
    char text[64];
    if (cell->row == number_at.row && cell->col == number_at.col) {
        view->has_number = cell->type == CELL_NUMBER && cell->formula == FORMULA_NONE && span_is(cell->value, "1234.5");
        return FAULT_NONE;
    }
    if (cell->row == text_at.row && cell->col == text_at.col) {
        view->has_text = cell->type == CELL_TEXT && cell->formula == FORMULA_NONE && span_is(cell->value, " <new> ");
        return FAULT_NONE;
    }
    if (cell->formula != FORMULA_NONE || !cell->has_value)
        return FAULT_NONE;
    int len = snprintf(text, sizeof text, "%u,%u,%d,%u,", cell->row, cell->col, (int)cell->type, cell->style);
    view->sum += hash_bytes(span_make(text, (size_t)len)) * 31 + hash_bytes(cell->value);
    view->n++;
    return FAULT_NONE;
}

static enum fault look(struct book *book, struct view *ret)
{
    struct shared_strings *strings;
    struct sheet_handler handler = {.self = ret, .cell = see};
    *ret = (struct view){0};
    must(!shared_strings_read(book, &strings, NULL));
    enum fault fault = sheet_scan(book, 0, strings, &handler, NULL);
    shared_strings_destroy(&strings);
    return fault;
}

static bool has_array(const uint8_t *data, size_t size)
{
    return memmem(data, size, "array", 5) || memmem(data, size, "dataTable", 9);
}

static void check_output(const char *path, struct view before, bool may_lose)
{
    struct package *package;
    struct book *book;
    struct view after;
    must(!package_open(path, NULL, &package, NULL));
    must(!book_open(package, &book, NULL));
    enum fault fault = look(book, &after);
    must(!fault);
    /* In a namespace that is not the main one there are no cells to see. */
    must(before.n == 0 || (after.has_number && after.has_text));
    must(may_lose || (after.n == before.n && after.sum == before.sum));
    book_close(&book);
    package_close(&package);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char in[64], out[64];
    struct package_writer *writer;
    struct package *package;
    struct book *book;
    struct output_book *output;
    struct view before;
    snprintf(in, sizeof in, "/dev/shm/sheaf-fuzz-%d.in", (int)getpid());
    snprintf(out, sizeof out, "/dev/shm/sheaf-fuzz-%d.out", (int)getpid());
    must(!package_writer_new(in, DEFLATE_FAST, &writer, NULL));
    for (int i = 0; i < 4; i++)
        must(!package_writer_put(writer, span_of(parts[i][0]), span_of(parts[i][1])));
    must(!package_writer_put(writer, SPAN("s.xml"), span_make(data, size)));
    must(!package_writer_commit(writer, false, NULL));
    package_writer_destroy(&writer);
    must(!package_open(in, NULL, &package, NULL));
    must(!book_open(package, &book, NULL));
    enum fault scanned = look(book, &before);
    must(!output_book_new(book, DEFLATE_FAST, NULL, &output, NULL));
    output_book_set_number(output, 0, number_at, 1234.5, STYLE_KEEP);
    output_book_set_text(output, 0, text_at, SPAN(" <new> "), STYLE_KEEP);
    (void)output_book_note(output, 0, number_at, SPAN("a"), SPAN("b"));
    (void)output_book_link(output, 0, number_at, SPAN("S!A1"), SPAN(""));
    struct why why = {0};
    enum fault fault = output_book_write(output, out, false, NULL, &why);
    output_book_destroy(&output);
    if (!fault && !scanned)
        check_output(out, before, has_array(data, size));
    book_close(&book);
    package_close(&package);
    unlink(in);
    unlink(out);
    return 0;
}
