/* SPDX-License-Identifier: MIT
 *
 * What ties the parts together: the workbook part, relationships, content types, the mark; and what an edited
 * package must lose: the calculation chain (it may name cells that hold no formula any more) and package signatures.
 */
#include <stdlib.h>
#include <strings.h>

#include "core/must.h"
#include "workbook/book_patch.h"
#include "workbook/output_state.h"
#include "workbook/xml_put.h"

#define SHEET_TYPE "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
#define CUSTOM_TYPE "application/vnd.openxmlformats-officedocument.custom-properties+xml"

static struct span book_part(const struct output_book *self)
{
    return self->book ? package_entry_at(self->package, self->book->entry)->name : SPAN("xl/workbook.xml");
}

/* --- new sheets ---------------------------------------------------------------------------------------------------- */

/* One sheet ended, with its relationship and type; a name for its autofilter goes to `name`. */
static enum fault join_sheet(struct output_book *self, size_t index, struct new_sheet *sheet, struct new_name *filter,
                             struct why *why)
{
    struct added_sheet *added = &self->added[index];
    struct output_part *rels;
    char id[REL_ID_MAX];
    enum fault fault = added->is_finished ? FAULT_NONE : sheet_writer_finish(added->writer, &added->spool);
    if (fault) {
        why_set(why, fault, "cannot write the sheet: %s", fault_text(fault));
        why_at_sheet(why, added->name);
        return fault;
    }
    fault = output_rels_open(self, book_part(self), &rels, why);
    if (!fault)
        fault = rels_add(&rels->bytes, "worksheet", output_is_strict(self), added->part_name, id, why);
    if (!fault)
        fault = output_set_type(self, added->part_name, SHEET_TYPE, why);
    if (fault)
        return fault;
    *sheet = (struct new_sheet){.name = added->name, .rel_id = arena_copy(self->arena, span_of(id))};
    must(sheet->rel_id.data);
    struct buffer formula;
    buffer_init(&formula, BUFFER_LIMIT_DEFAULT);
    sheet_quote(added->name, &formula);
    buffer_put_char(&formula, '!');
    *filter = (struct new_name){0};
    if (sheet_writer_filter_range(added->writer, &formula))
        *filter = (struct new_name){.name = SPAN("_xlnm._FilterDatabase"),
                                    .formula = arena_copy(self->arena, buffer_span(&formula)),
                                    .sheet = (uint32_t)(self->n_sheets + index),
                                    .is_hidden = true};
    buffer_free(&formula);
    return FAULT_NONE;
}

/* --- the mark --------------------------------------------------------------------------------------------------------- */

static bool has_custom_part(struct output_book *self)
{
    struct relationships rels;
    if (!self->package)
        return false;
    if (package_find(self->package, SPAN("docProps/custom.xml")) != PACKAGE_NONE)
        return true;
    return !relationships_read(self->package, SPAN(""), self->book->arena, &rels, NULL) &&
           relationships_find_type(&rels, "custom-properties");
}

static void put_mark_name(struct output_book *self, struct new_name *name)
{
    struct buffer formula;
    buffer_init(&formula, BUFFER_LIMIT_DEFAULT);
    buffer_put_char(&formula, '"');
    for (size_t i = 0; i < self->mark.len; i++) {
        if (self->mark.data[i] == '"')
            buffer_put_char(&formula, '"');
        buffer_put_char(&formula, self->mark.data[i]);
    }
    buffer_put_char(&formula, '"');
    *name = (struct new_name){.name = SPAN(OUTPUT_MARK), .formula = arena_copy(self->arena, buffer_span(&formula)),
                              .sheet = UINT32_MAX, .is_hidden = true};
    must(name->formula.data);
    buffer_free(&formula);
}

static enum fault put_mark_part(struct output_book *self, struct why *why)
{
    struct output_part *part, *rels;
    char id[REL_ID_MAX];
    struct span name = SPAN("docProps/custom.xml");
    enum fault fault = output_part_open(self, name, &part, why);
    if (fault)
        return fault;
    buffer_put_text(&part->bytes,
                    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<Properties "
                    "xmlns=\"http://schemas.openxmlformats.org/officeDocument/2006/custom-properties\" "
                    "xmlns:vt=\"http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes\"><property "
                    "fmtid=\"{D5CDD505-2E9C-101B-9397-08002B2CF9AE}\" pid=\"2\" name=\"" OUTPUT_MARK "\"><vt:lpwstr>");
    xml_put_text(&part->bytes, self->mark);
    buffer_put_text(&part->bytes, "</vt:lpwstr></property></Properties>");
    fault = output_part_open(self, SPAN("_rels/.rels"), &rels, why);
    /* Strict packages name this type as Transitional ones do, Excel's own included. */
    if (!fault)
        fault = rels_add(&rels->bytes, "custom-properties", output_is_strict(self), name, id, why);
    return fault ? fault : output_set_type(self, name, CUSTOM_TYPE, why);
}

/* --- what goes ---------------------------------------------------------------------------------------------------------- */

static enum fault drop_part(struct output_book *self, size_t entry, struct why *why)
{
    struct output_part *types;
    output_part_drop(self, entry);
    enum fault fault = output_part_open(self, SPAN("[Content_Types].xml"), &types, why);
    return fault ? fault : types_remove(&types->bytes, package_entry_at(self->package, entry)->name, why);
}

static enum fault drop_calc_chain(struct output_book *self, struct why *why)
{
    struct output_part *rels;
    if (self->book->calc_chain_entry == PACKAGE_NONE)
        return FAULT_NONE;
    enum fault fault = drop_part(self, self->book->calc_chain_entry, why);
    if (!fault)
        fault = output_rels_open(self, book_part(self), &rels, why);
    return fault ? fault : rels_remove(&rels->bytes, "calcChain", NULL, why);
}

static bool is_signature(struct span name)
{
    static const char folder[] = "_xmlsignatures/";
    return name.len >= sizeof folder - 1 && strncasecmp(name.data, folder, sizeof folder - 1) == 0;
}

static enum fault drop_signatures(struct output_book *self, struct why *why)
{
    struct output_part *rels;
    enum fault fault = FAULT_NONE;
    for (size_t i = 0; i < package_entries(self->package) && !fault; i++) {
        if (!is_signature(package_entry_at(self->package, i)->name))
            continue;
        self->stats.signatures_dropped++;
        fault = drop_part(self, i, why);
    }
    if (fault || !self->stats.signatures_dropped)
        return fault;
    fault = output_part_open(self, SPAN("_rels/.rels"), &rels, why);
    return fault ? fault : rels_remove(&rels->bytes, "origin", "digital-signature", why);
}

/* A template (.xltx, .xltm) would open as a new, unnamed workbook: the output is a workbook. */
static enum fault leave_template_type(struct output_book *self, struct why *why)
{
    static const char *const types[][2] = {
        {"application/vnd.openxmlformats-officedocument.spreadsheetml.template.main+xml",
         "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"},
        {"application/vnd.ms-excel.template.macroEnabled.main+xml", "application/vnd.ms-excel.sheet.macroEnabled.main+xml"}};
    struct span type = book_content_type(self->book, self->book->part_name);
    for (size_t i = 0; i < 2; i++)
        if (type.len == strlen(types[i][0]) && strncasecmp(type.data, types[i][0], type.len) == 0)
            return output_set_type(self, book_part(self), types[i][1], why);
    return FAULT_NONE;
}

static enum fault patch_book(struct output_book *self, const struct new_sheet *sheets, const struct new_name *names,
                             size_t n_names, struct why *why)
{
    struct output_part *part;
    enum fault fault = output_part_open(self, book_part(self), &part, why);
    if (fault)
        return fault;
    struct book_patch patch = {.sheets = sheets, .n_sheets = self->n_added, .names = names, .n_names = n_names,
                               .is_strict = output_is_strict(self), .wants_calculation = self->book != NULL};
    fault = book_patch_apply(&part->bytes, &patch, why);
    if (fault)
        why_at_part(why, part->name);
    return fault;
}

enum fault output_package_finish(struct output_book *self, struct why *why)
{
    struct new_sheet *sheets = must_alloc((self->n_added + 1) * sizeof *sheets);
    struct new_name *names = must_alloc((self->n_added + 1) * sizeof *names);
    size_t n_names = 0;
    enum fault fault = FAULT_NONE;
    for (size_t i = 0; i < self->n_added && !fault; i++) {
        fault = join_sheet(self, i, &sheets[i], &names[n_names], why);
        n_names += !fault && names[n_names].name.len;
    }
    if (!fault && self->mark.data) {
        if (has_custom_part(self))
            put_mark_name(self, &names[n_names++]);
        else
            fault = put_mark_part(self, why);
    }
    if (!fault)
        fault = patch_book(self, sheets, names, n_names, why);
    if (!fault && self->book)
        fault = drop_calc_chain(self, why);
    if (!fault && self->book)
        fault = drop_signatures(self, why);
    if (!fault && self->book)
        fault = leave_template_type(self, why);
    free(sheets);
    free(names);
    return fault;
}
