/* SPDX-License-Identifier: MIT
 *
 * Loading a calculation from a workbook.
 */
#include "workbook/formula_load.h"

struct finder {
    const struct book *book;
    struct span name; /* found last: formulas repeat it */
    int sheet;
};

static int find_sheet(void *context, struct span name)
{
    struct finder *self = context;
    if (self->name.len && span_equal(name, self->name))
        return self->sheet;
    int sheet = book_find_sheet(self->book, name);
    if (sheet < 0 || self->book->sheets[sheet].kind != SHEET_WORKSHEET)
        return -1;
    if (span_equal(name, self->book->sheets[sheet].name)) {
        self->name = self->book->sheets[sheet].name;
        self->sheet = sheet;
    }
    return sheet;
}

/* <calcPr fullPrecision="0">: Excel then rounds every number to what its format shows. Not known here: all is unknown. */
static bool rounds_as_displayed(struct book *book)
{
    static const char *const forms[] = {"fullPrecision=\"0\"", "fullPrecision='0'", "fullPrecision=\"false\"",
                                        "fullPrecision='false'"};
    struct buffer part;
    bool is_found = false;
    buffer_init(&part, BUFFER_LIMIT_DEFAULT);
    if (package_read(book->package, book->entry, &part, NULL) == FAULT_NONE)
        for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
            is_found |= part.len && memmem(part.data, part.len, forms[i], strlen(forms[i])) != NULL;
    buffer_free(&part);
    return is_found;
}

static enum fault load_sheets(struct book *book, const struct shared_strings *strings, struct loader *loader,
                              struct why *why)
{
    struct sheet_handler handler = {.self = loader, .cell = loader_take_cell, .row = loader_take_row};
    for (size_t i = 0; i < book->n_sheets; i++) {
        loader_begin_sheet(loader, i);
        enum fault fault = sheet_scan(book, i, strings, &handler, why);
        if (fault)
            return fault;
        loader_end_sheet(loader);
    }
    return FAULT_NONE;
}

enum fault calculation_new(struct book *book, const struct shared_strings *strings, struct calculation **ret,
                           struct why *why)
{
    if (book->n_sheets > INT16_MAX)
        return why_set(why, FAULT_LIMIT, "too many sheets to recalculate the formulas");
    struct finder finder = {.book = book};
    bool rounds = rounds_as_displayed(book);
    struct calculation *self = calculation_make(book->n_sheets);
    struct loader *loader = loader_new(self, book->is_1904, find_sheet, &finder);
    loader_take_names(loader, book->names, book->n_names);
    enum fault fault = load_sheets(book, strings, loader, why);
    if (fault == FAULT_LIMIT && loader_is_full(loader))
        why_set(why, fault, "too many cells or formulas to recalculate them");
    loader_destroy(&loader);
    for (size_t i = 0; i < self->n_formulas && rounds; i++)
        self->formulas[i].root = NULL;
    if (fault)
        calculation_destroy(&self);
    else
        *ret = self;
    return fault;
}
