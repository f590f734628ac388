/* SPDX-License-Identifier: MIT
 *
 * An output workbook without a template, but for one thing: its tables stream straight into the package, in front of
 * the small parts, which know only at the end what there is to tie together. Everything else is output_book's.
 */
#include "workbook/new_book.h"

#include <stdlib.h>

#include "core/must.h"
#include "workbook/output_state.h"

struct new_book {
    struct output_book *book;
    char *path;
    size_t n_tables;
    struct sheet_writer *table; /* the open one, or NULL */
};

static struct package_writer *writer_of(const struct new_book *self)
{
    return self->book->writer;
}

static enum fault add_bytes(void *context, struct span bytes)
{
    return package_writer_add(context, bytes);
}

/* The writer's sentence, or one for a fault that says nothing of its own. */
static enum fault tell(const struct new_book *self, enum fault fault, struct why *why)
{
    const struct why *known = package_writer_why(writer_of(self));
    if (!fault || !why)
        return fault;
    if (known->fault)
        *why = *known;
    else if (fault == FAULT_LIMIT)
        why_set(why, fault, "a sheet has at most %u rows", (unsigned)GRID_ROWS);
    else
        why_set(why, fault, "cannot write %s: %s", self->path, fault_text(fault));
    return fault;
}

enum fault new_book_new(const char *path, enum deflate_level level, struct new_book **ret, struct why *why)
{
    struct package_writer *writer;
    enum fault fault = package_writer_new(path, level, &writer, why);
    if (fault)
        return fault;
    struct output_book *book;
    fault = output_book_new(NULL, level, NULL, &book, why);
    if (fault) {
        package_writer_destroy(&writer);
        return fault;
    }
    book->writer = writer;
    struct new_book *self = must_alloc(sizeof *self);
    self->book = book;
    self->path = must_strdup(path);
    *ret = self;
    return FAULT_NONE;
}

void new_book_destroy(struct new_book **self_p)
{
    struct new_book *self = *self_p;
    if (!self)
        return;
    output_book_destroy(&self->book);
    free(self->path);
    free(self);
    *self_p = NULL;
}

enum fault new_book_format(struct new_book *self, const struct new_book_format *format, uint32_t *ret)
{
    struct style_look look = {.bold = format->bold,
                              .wrapped = format->wrapped,
                              .fill = format->fill,
                              .font_color = format->font_color,
                              .bottom_border = format->bottom_border ? "FF9BC2E6" : NULL};
    if (format->code && !span_is(span_make(format->code, format->code_len), "General"))
        look.format = span_make(format->code, format->code_len);
    bool is_plain = !look.bold && !look.wrapped && !look.fill && !look.font_color && !look.bottom_border &&
                    !look.format.len;
    *ret = 0;
    return is_plain ? FAULT_NONE : output_style_add(self->book, &look, ret);
}

uint32_t new_book_style(struct new_book *self, enum output_style style)
{
    return output_book_style(self->book, style);
}

/* --- tables --- */

enum fault new_book_begin_table(struct new_book *self, struct span name, const struct new_book_table *table,
                                struct span *ret_name, struct why *why)
{
    must(!self->table && !self->book->is_prepared);
    struct sheet_writer *sheet = sheet_writer_new_over(add_bytes, writer_of(self));
    enum fault fault = output_sheet_insert(self->book, self->n_tables, name, sheet, why);
    if (fault) {
        sheet_writer_destroy(&sheet);
        return fault;
    }
    const struct added_sheet *added = &self->book->added[self->n_tables++];
    self->table = sheet;
    if (ret_name)
        *ret_name = added->name;
    sheet_writer_columns(sheet, table->columns, table->n_columns);
    sheet_writer_freeze(sheet, table->frozen_rows, table->frozen_cols);
    sheet_writer_filter(sheet, 0, table->filter_columns);
    return tell(self, package_writer_begin(writer_of(self), added->part_name), why);
}

enum fault new_book_rows(struct new_book *self, struct span rows, uint32_t n_rows, struct why *why)
{
    must(self->table);
    enum fault fault = sheet_writer_pass(self->table, n_rows);
    if (!fault)
        fault = package_writer_add(writer_of(self), rows);
    return tell(self, fault, why);
}

enum fault new_book_join(struct new_book *self, struct span deflated, uint32_t crc32, uint64_t raw_len, uint32_t n_rows,
                         struct why *why)
{
    must(self->table);
    enum fault fault = sheet_writer_pass(self->table, n_rows);
    if (!fault)
        fault = package_writer_join(writer_of(self), deflated, crc32, raw_len);
    return tell(self, fault, why);
}

enum fault new_book_end_table(struct new_book *self, struct why *why)
{
    must(self->table);
    struct entry_spool *none;
    enum fault fault = sheet_writer_finish(self->table, &none);
    if (!fault)
        fault = package_writer_end(writer_of(self));
    self->table = NULL;
    self->book->added[self->n_tables - 1].is_finished = true;
    return tell(self, fault, why);
}

/* --- the rest --- */

enum fault new_book_add_sheet(struct new_book *self, struct span name, struct sheet_writer **ret, struct span *ret_name,
                              struct why *why)
{
    return output_book_add_sheet(self->book, name, ret, ret_name, why);
}

void new_book_mark(struct new_book *self, struct span value)
{
    output_book_mark(self->book, value);
}

void new_book_stamp(struct new_book *self)
{
    output_book_stamp(self->book);
    package_writer_set_time(writer_of(self), time(NULL));
}

enum fault new_book_prepare(struct new_book *self, bool durable, const char **ret_readable, struct why *why)
{
    must(!self->table);
    return output_book_prepare(self->book, self->path, durable, ret_readable, NULL, why);
}

enum fault new_book_commit(struct new_book *self, struct why *why)
{
    return output_book_commit(self->book, why);
}

uint64_t new_book_bytes(const struct new_book *self)
{
    return self->book->is_prepared ? self->book->stats.bytes : package_writer_size(writer_of(self));
}
