/* SPDX-License-Identifier: MIT
 *
 * table_headers_read on a workbook whose sheet is any bytes: no crash; what it finds is a header: rows of the grid, columns one after
 * another, each with a name that is text. The first byte says whether the header is given, and where.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/must.h"
#include "core/utf8.h"
#include "tests/support/workbook_file.h"
#include "ventilator/table_header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define STRINGS "<sst " BOOK_MAIN "><si><t>Name</t></si><si><t> </t></si><si><t>City\n(town)</t></si><si><t>x:</t></si></sst>"

static void make_book(struct zip_file *zip, struct span sheet)
{
    zip_begin(zip);
    zip_add_text(zip, "[Content_Types].xml",
                 "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" "
                 "ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Override PartName=\"/xl/workbook.xml\" "
                 "ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/></Types>");
    zip_add_text(zip, "_rels/.rels",
                 "<Relationships " BOOK_RELS "><Relationship Id=\"r\" Type=\"" BOOK_TYPE "officeDocument\" Target=\"xl/workbook.xml\"/>"
                 "</Relationships>");
    zip_add_text(zip, "xl/workbook.xml",
                 "<workbook " BOOK_MAIN " " BOOK_R "><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>");
    zip_add_text(zip, "xl/_rels/workbook.xml.rels",
                 "<Relationships " BOOK_RELS "><Relationship Id=\"r1\" Type=\"" BOOK_TYPE "worksheet\" Target=\"s.xml\"/>"
                 "<Relationship Id=\"r2\" Type=\"" BOOK_TYPE "sharedStrings\" Target=\"t.xml\"/></Relationships>");
    zip_add_text(zip, "xl/t.xml", STRINGS);
    zip_add(zip, (struct zip_part){.name = "xl/s.xml", .content = sheet, .is_stored = true});
    zip_end(zip);
}

static void check_header(const struct table_header *header)
{
    must((header->first_row == 0) == (header->last_row == 0) && header->first_row <= header->last_row && header->last_row <= GRID_ROWS);
    must((header->n_columns > 0) == (header->first_row > 0) && header->n_columns <= GRID_COLS);
    for (uint32_t i = 0; i < header->n_columns; i++) {
        const struct header_column *column = &header->columns[i];
        must(column->col == header->columns[0].col + i && column->col < GRID_COLS);
        must(column->name.len && utf8_valid(column->name) && utf8_valid(column->header));
        must(column->name.data[0] != ' ' && column->name.data[column->name.len - 1] != ' ');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct zip_file zip;
    char path[32];
    int fd;
    make_book(&zip, span_make(data + 1, size - 1));
    zip_path(buffer_span(&zip.bytes), path, &fd);
    struct package *package = NULL;
    struct book *book = NULL;
    struct styles *styles = NULL;
    struct why why = {0};
    uint32_t index = 0, first = data[0] & 15, last = first ? first + (data[0] >> 4) : 0;
    struct table_header header;
    must(package_open(path, NULL, &package, &why) == FAULT_NONE && book_open(package, &book, &why) == FAULT_NONE);
    must(styles_read(book, &styles, &why) == FAULT_NONE);
    struct arena *arena = arena_new((size_t)256 << 20);
    if (table_headers_read(book, styles, &index, 1, first, last, arena, &header, &why) == FAULT_NONE)
        check_header(&header);
    arena_destroy(&arena);
    styles_destroy(&styles);
    book_close(&book);
    package_close(&package);
    close(fd);
    zip_free(&zip);
    return 0;
}
