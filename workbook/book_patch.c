/* SPDX-License-Identifier: MIT
 *
 * ECMA-376-1 18.2.27 CT_Workbook gives the order of the children; what is missing goes in front of the first one
 * that comes later.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/must.h"
#include "workbook/book_patch.h"
#include "workbook/part_edit.h"
#include "workbook/xml_put.h"

static const char *const order[] = {
    "fileVersion",   "fileSharing", "workbookPr",          "workbookProtection", "bookViews",
    "sheets",        "functionGroups", "externalReferences", "definedNames",     "calcPr",
    "oleSize",       "customWorkbookViews", "pivotCaches", "smartTagPr",         "smartTagTypes",
    "webPublishing", "fileRecoveryPr", "webPublishObjects", "extLst"};

static int rank_of(struct span name)
{
    int n = (int)(sizeof order / sizeof order[0]);
    for (int i = 0; i < n; i++)
        if (span_is(name, order[i]))
            return i;
    return -1;
}

static struct span place_of(const struct outline *book, const char *name)
{
    for (size_t i = 0; i < book->n; i++)
        if (rank_of(book->children[i].tag.local) > rank_of(span_of(name)))
            return span_make(book->children[i].whole.data, 0);
    return span_make(book->self.close.data, 0);
}

/* --- sheets ---------------------------------------------------------------------------------------------------- */

static uint32_t last_sheet_id(const struct outline *sheets)
{
    uint32_t last = 0, id;
    for (size_t i = 0; i < sheets->n; i++)
        if (xml_cut_value_u32(&sheets->children[i].tag, "sheetId", &id) && id > last)
            last = id;
    return last;
}

/* Excel takes ids up to 65534 (18.2.19 leaves the bound open); behind that the lowest free one is used. */
static uint32_t next_sheet_id(const struct outline *sheets, uint32_t last)
{
    uint32_t other;
    for (uint32_t id = last < 65534 ? last + 1 : 1;; id++) {
        bool is_taken = false;
        for (size_t i = 0; i < sheets->n && !is_taken; i++)
            is_taken = xml_cut_value_u32(&sheets->children[i].tag, "sheetId", &other) && other == id;
        if (!is_taken)
            return id;
    }
}

static enum fault add_sheets(const struct outline *book, const struct book_patch *patch, struct splices *splices,
                             struct why *why)
{
    const struct outline_item *item = outline_find(book, "sheets");
    if (!item)
        return why_set(why, FAULT_CORRUPT, "the workbook has no sheet list");
    struct outline sheets;
    enum fault fault = outline_read(item->whole, &sheets, why);
    if (fault)
        return fault;
    struct buffer xml;
    buffer_init(&xml, BUFFER_LIMIT_DEFAULT);
    const char *space = patch->is_strict ? "http://purl.oclc.org/ooxml/officeDocument/relationships"
                                         : "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    uint32_t id = last_sheet_id(&sheets);
    id = id + patch->n_sheets <= 65534 ? id : 0;
    for (size_t i = 0; i < patch->n_sheets; i++) {
        id = next_sheet_id(&sheets, id);
        buffer_putf(&xml, "<%.*ssheet name=\"", SPAN_ARGS(item->tag.prefix));
        xml_put_value(&xml, patch->sheets[i].name);
        buffer_putf(&xml, "\" sheetId=\"%u\"", id);
        if (!span_is(xml_cut_value(&book->self.tag, "xmlns:r"), space))
            buffer_putf(&xml, " xmlns:r=\"%s\"", space);
        buffer_putf(&xml, " r:id=\"%.*s\"/>", SPAN_ARGS(patch->sheets[i].rel_id));
    }
    splices_append(splices, item, buffer_span(&xml), NULL, 0);
    buffer_free(&xml);
    outline_free(&sheets);
    return FAULT_NONE;
}

/* --- defined names ------------------------------------------------------------------------------------------------- */

static void put_name(struct buffer *out, struct span prefix, const struct new_name *name)
{
    buffer_putf(out, "<%.*sdefinedName name=\"", SPAN_ARGS(prefix));
    xml_put_value(out, name->name);
    buffer_put_char(out, '"');
    if (name->sheet != UINT32_MAX)
        buffer_putf(out, " localSheetId=\"%u\"", name->sheet);
    buffer_put_text(out, name->is_hidden ? " hidden=\"1\">" : ">");
    xml_put_plain(out, name->formula);
    buffer_putf(out, "</%.*sdefinedName>", SPAN_ARGS(prefix));
}

static bool is_replaced(const struct xml_cut_token *old, const struct book_patch *patch)
{
    uint32_t sheet = UINT32_MAX;
    struct span name = xml_cut_value(old, "name");
    (void)!xml_cut_value_u32(old, "localSheetId", &sheet);
    for (size_t i = 0; i < patch->n_names; i++)
        if (patch->names[i].sheet == sheet && patch->names[i].name.len == name.len &&
            strncasecmp(patch->names[i].name.data, name.data, name.len) == 0)
            return true;
    return false;
}

static enum fault add_names(const struct outline *book, const struct book_patch *patch, struct splices *splices,
                            struct why *why)
{
    const struct outline_item *item = outline_find(book, "definedNames");
    struct span prefix = item ? item->tag.prefix : book->self.tag.prefix;
    struct buffer xml;
    enum fault fault = FAULT_NONE;
    buffer_init(&xml, BUFFER_LIMIT_DEFAULT);
    if (!item)
        buffer_putf(&xml, "<%.*sdefinedNames>", SPAN_ARGS(prefix));
    for (size_t i = 0; i < patch->n_names; i++)
        put_name(&xml, prefix, &patch->names[i]);
    if (!item) {
        buffer_putf(&xml, "</%.*sdefinedNames>", SPAN_ARGS(prefix));
        splices_replace(splices, place_of(book, "definedNames"), buffer_span(&xml));
    } else {
        struct outline names;
        fault = outline_read(item->whole, &names, why);
        for (size_t i = 0; !fault && i < names.n; i++)
            if (is_replaced(&names.children[i].tag, patch))
                splices_replace(splices, names.children[i].whole, SPAN(""));
        if (!fault)
            splices_append(splices, item, buffer_span(&xml), NULL, 0);
        outline_free(&names);
    }
    buffer_free(&xml);
    return fault;
}

/* --- calculation ----------------------------------------------------------------------------------------------------- */

static void ask_for_calculation(const struct outline *book, struct splices *splices)
{
    const struct outline_item *item = outline_find(book, "calcPr");
    struct xml_cut_change change = {"fullCalcOnLoad", SPAN("1")};
    if (item) {
        splices_change(splices, &item->tag, &change, 1);
        return;
    }
    struct buffer xml;
    buffer_init(&xml, BUFFER_LIMIT_DEFAULT);
    buffer_putf(&xml, "<%.*scalcPr fullCalcOnLoad=\"1\"/>", SPAN_ARGS(book->self.tag.prefix));
    splices_replace(splices, place_of(book, "calcPr"), buffer_span(&xml));
    buffer_free(&xml);
}

enum fault book_patch_apply(struct buffer *document, const struct book_patch *patch, struct why *why)
{
    struct outline book;
    enum fault fault = outline_read(buffer_span(document), &book, why);
    if (!fault && book.self.tag.kind == XML_CUT_EMPTY)
        fault = why_set(why, FAULT_CORRUPT, "the workbook part is empty");
    if (fault)
        goto out;
    struct splices splices;
    splices_init(&splices, buffer_span(document));
    if (patch->n_sheets)
        fault = add_sheets(&book, patch, &splices, why);
    if (!fault && patch->n_names)
        fault = add_names(&book, patch, &splices, why);
    if (!fault && patch->wants_calculation)
        ask_for_calculation(&book, &splices);
    if (!fault)
        splices_apply(&splices, document);
    splices_free(&splices);
out:
    outline_free(&book);
    return fault;
}
