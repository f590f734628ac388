/* SPDX-License-Identifier: MIT
 *
 * Any bytes as a small part of a template: what a patch accepts must come out as a document that can be read again.
 * The first byte chooses the part.
 */
#include <stdlib.h>

#include "core/must.h"
#include "workbook/book_patch.h"
#include "workbook/cell_patch.h"
#include "workbook/formula_shift.h"
#include "workbook/notes.h"
#include "workbook/part_edit.h"
#include "workbook/rels_patch.h"
#include "workbook/styles_patch.h"
#include "workbook/xml_put.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_read_again(const struct buffer *document)
{
    struct outline outline;
    must(!outline_read(buffer_span(document), &outline, NULL));
    outline_free(&outline);
}

static void patch_book(struct buffer *document)
{
    struct new_sheet sheet = {SPAN("N"), SPAN("r")};
    struct new_name name = {SPAN("n"), SPAN("1"), UINT32_MAX, true};
    struct book_patch patch = {.sheets = &sheet, .n_sheets = 1, .names = &name, .n_names = 1, .wants_calculation = true};
    if (!book_patch_apply(document, &patch, NULL))
        must_read_again(document);
}

static void patch_rels(struct buffer *document)
{
    char id[REL_ID_MAX];
    if (rels_add(document, "worksheet", false, SPAN("a&b"), id, NULL))
        return;
    must_read_again(document);
    must(!rels_remove(document, "worksheet", NULL, NULL));
    must_read_again(document);
}

static void patch_types(struct buffer *document)
{
    if (!document->len || types_set(document, SPAN("a&b"), "t", NULL))
        return;
    must_read_again(document);
    must(!types_set(document, SPAN("a&b"), "u", NULL));
    must(!types_remove(document, SPAN("a&b"), NULL));
    must_read_again(document);
}

static void patch_styles(struct buffer *document)
{
    struct styles_patch *patch;
    uint32_t id;
    if (styles_patch_new(document, &patch, NULL))
        return;
    (void)!styles_patch_like(patch, 1, "FF000000", NULL, &id);
    (void)!styles_patch_like(patch, 0, NULL, "FF000000", &id);
    (void)!styles_patch_add(patch, &(struct style_look){.bold = true, .format = SPAN("0\"x\""), .fill = "FF000000"}, &id);
    styles_patch_finish(patch);
    styles_patch_destroy(&patch);
    must_read_again(document);
}

static void patch_notes(struct buffer *document, bool is_drawing)
{
    struct note_view notes[] = {{{0, 0}, SPAN("a"), SPAN("b")}, {{5, 5}, SPAN("c"), SPAN("d\ne")}};
    uint32_t cluster = 2;
    size_t before = document->len;
    if (is_drawing) {
        if (!notes_put_drawing(document, notes, 2, &cluster, NULL))
            must(document->len > before && cluster > 2);
    } else if (!notes_put_comments(document, notes, 2, false, NULL)) {
        must_read_again(document);
    }
}

static void patch_cell(struct buffer *document)
{
    struct edit edits[] = {{.kind = EDIT_NUMBER, .style = 4, .number = 1}, {.kind = EDIT_STYLE, .style = 4},
                           {.kind = EDIT_CACHE_NUMBER, .style = UINT32_MAX, .number = 2}, {.kind = EDIT_CACHE_DROP, .style = UINT32_MAX}};
    struct buffer texts;
    buffer_init(&texts, 64);
    struct orphans orphans = {0};
    struct sheet_patch_counts counts = {0};
    for (int i = 0; i < 5; i++) {
        struct buffer out;
        buffer_init(&out, BUFFER_LIMIT_DEFAULT);
        if (!cell_patch_rewrite(&out, buffer_span(document), (struct cell_ref){9, 9}, i < 4 ? &edits[i] : NULL, i == 4, &texts,
                                &orphans, &counts, NULL) && out.len)
            must_read_again(&out);
        buffer_free(&out);
    }
    orphans_free(&orphans);
}

static void shift(struct buffer *document)
{
    struct buffer out, xml;
    buffer_init(&out, BUFFER_LIMIT_DEFAULT);
    buffer_init(&xml, BUFFER_LIMIT_DEFAULT);
    formula_shift(buffer_span(document), (struct cell_ref){3, 3}, (struct cell_ref){3, 3}, &out);
    must(out.len <= 2 * document->len + 16); /* leading zeros go, nothing grows without end */
    xml_put_text(&xml, buffer_span(document));
    must(!memchr(xml.data ? xml.data : "", '<', xml.len));
    buffer_free(&out);
    buffer_free(&xml);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    struct buffer document;
    buffer_init(&document, BUFFER_LIMIT_DEFAULT);
    buffer_put(&document, span_make(data + 1, size - 1));
    switch (data[0] % 8) {
    case 0:
        patch_book(&document);
        break;
    case 1:
        patch_rels(&document);
        break;
    case 2:
        patch_types(&document);
        break;
    case 3:
        patch_styles(&document);
        break;
    case 4:
        patch_notes(&document, false);
        break;
    case 5:
        patch_notes(&document, true);
        break;
    case 6:
        patch_cell(&document);
        break;
    default:
        shift(&document);
        break;
    }
    buffer_free(&document);
    return 0;
}
