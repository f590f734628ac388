/* SPDX-License-Identifier: MIT
 *
 * A sheet of a book through the scanner: package window by package window, nothing kept in between.
 */
#include "workbook/sheet.h"

#include "core/must.h"
#include "workbook/sheet_scanner.h"

static enum fault consume(void *context, struct span bytes)
{
    return sheet_scanner_push(context, bytes);
}

enum fault sheet_scan(struct book *book, size_t index, const struct shared_strings *strings,
                      const struct sheet_handler *handler, struct why *why)
{
    must(index < book->n_sheets);
    const struct book_sheet *sheet = &book->sheets[index];
    if (sheet->kind == SHEET_CHARTSHEET || sheet->kind == SHEET_MISSING || sheet->entry == PACKAGE_NONE)
        return FAULT_NONE;
    struct sheet_scanner *scanner = sheet_scanner_new(strings, handler, package_budget(book->package)->cells, why);
    enum fault fault = package_stream(book->package, sheet->entry, consume, scanner, why);
    if (!fault)
        fault = sheet_scanner_finish(scanner);
    if (fault && why && why->fault == fault) {
        why_at_part(why, sheet->part_name);
        why_at_sheet(why, sheet->name);
    }
    sheet_scanner_destroy(&scanner);
    return fault;
}
