/* SPDX-License-Identifier: MIT
 *
 * The looks of the output, made when they are first asked for. A template whose styles part cannot be understood keeps
 * it, and goes without looks: styles never block the values.
 */
#include <stdlib.h>

#include "core/must.h"
#include "workbook/output_state.h"
#include "workbook/sheet_walk.h"

#define ORANGE "FFFF8C00"
#define LIGHT_ORANGE "FFFCE4D6"
#define LIGHT_YELLOW "FFFFF2CC"

static const struct style_look looks[OUTPUT_STYLES] = {
    [OUTPUT_HEADER] = {.bold = true, .fill = "FFDDEBF7", .bottom_border = "FF9BC2E6", .wrapped = true},
    [OUTPUT_TITLE] = {.bold = true, .larger = true},
    [OUTPUT_NUMBER] = {.format = SPAN("#,##0.00##")},
    [OUTPUT_WARNING] = {.fill = LIGHT_ORANGE},
    [OUTPUT_ERROR] = {.fill = "FFFFC7CE"},
    [OUTPUT_LINK] = {.font_color = "FF0563C1", .underlined = true},
    [OUTPUT_WRAP] = {.wrapped = true, .top = true},
    [OUTPUT_DATE] = {.format = SPAN("yyyy-mm-dd")},
    [OUTPUT_DATE_TIME] = {.format = SPAN("yyyy-mm-dd hh:mm:ss")},
    [OUTPUT_DURATION] = {.format = SPAN("[h]:mm")},
    [OUTPUT_PERCENT] = {.format = SPAN("0.00%")},
};

struct highlight_entry {
    uint32_t style, made;
    uint8_t highlight; /* HIGHLIGHT_NONE: free */
};

static enum fault see_style(void *context, const struct walk_step *step)
{
    uint32_t *last = context, style;
    const char *name = step->event == WALK_OTHER ? "style" : "s"; /* <col style>, <c s>, <row s> */
    if (xml_cut_opens(step->token) && xml_cut_value_u32(step->token, name, &style) && style > *last)
        *last = style;
    return FAULT_NONE;
}

/* Without a styles part the cells' numbers mean nothing; new formats must not give them a meaning. */
static uint32_t last_style(const struct output_book *self)
{
    uint32_t last = 0;
    for (size_t i = 0; i < self->n_sheets; i++) {
        const struct book_sheet *sheet = &self->book->sheets[i];
        struct why ignored;
        if (sheet->kind == SHEET_WORKSHEET && sheet->entry != PACKAGE_NONE &&
            sheet_walk(self->package, sheet->entry, see_style, &last, &ignored))
            continue; /* told when it is written to */
    }
    return last;
}

/* A new styles part hangs off the workbook like any other. */
static enum fault join_part(struct output_book *self, struct span name, struct why *why)
{
    struct output_part *rels;
    char id[REL_ID_MAX];
    enum fault fault = output_rels_open(self, self->book->part_name, &rels, why);
    if (!fault)
        fault = rels_add(&rels->bytes, "styles", output_is_strict(self), name, id, why);
    if (!fault)
        fault = output_set_type(self, name, "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml", why);
    return fault;
}

static enum fault open_part(struct output_book *self, struct why *why)
{
    struct book *book = self->book;
    if (!book)
        return output_part_open(self, SPAN("xl/styles.xml"), &self->styles_part, why);
    if (book->styles_entry != PACKAGE_NONE)
        return output_part_open(self, package_entry_at(self->package, book->styles_entry)->name, &self->styles_part, why);
    /* Some readers know the part by its usual name only. */
    struct span name = SPAN("xl/styles.xml");
    if (package_find(self->package, name) != PACKAGE_NONE)
        name = output_part_fresh(self, "", "styles", "xml");
    enum fault fault = join_part(self, name, why);
    return fault ? fault : output_part_open(self, name, &self->styles_part, why);
}

/* False when the template has to do without looks. */
static bool open_styles(struct output_book *self)
{
    struct why why = {0};
    if (self->styles || self->has_broken_styles)
        return self->styles != NULL;
    enum fault fault = open_part(self, &why);
    if (!fault)
        fault = styles_patch_new(&self->styles_part->bytes, &self->styles, &why);
    if (!fault && self->book && self->book->styles_entry == PACKAGE_NONE)
        styles_patch_pad(self->styles, last_style(self) + 1);
    self->has_broken_styles = fault != FAULT_NONE;
    if (fault == FAULT_IO || fault == FAULT_LIMIT)
        output_fail(self, fault, &why);
    return !fault;
}

enum fault output_style_add(struct output_book *self, const struct style_look *look, uint32_t *ret)
{
    *ret = 0;
    return open_styles(self) ? styles_patch_add(self->styles, look, ret) : FAULT_NONE;
}

uint32_t output_book_style(struct output_book *self, enum output_style style)
{
    if (style == OUTPUT_PLAIN || !open_styles(self))
        return 0;
    /* Over Excel's limit of cell formats the new sheets go without. */
    if (!self->has_style[style] && styles_patch_add(self->styles, &looks[style], &self->style_ids[style]))
        self->style_ids[style] = 0;
    self->has_style[style] = true;
    return self->style_ids[style];
}

static struct highlight_entry *find_highlight(const struct output_book *self, uint32_t style, enum output_highlight highlight)
{
    size_t mask = self->highlights_capacity - 1;
    for (size_t i = (style * 2654435761u + (unsigned)highlight) & mask;; i = (i + 1) & mask) {
        struct highlight_entry *entry = &self->highlights[i];
        if (entry->highlight == HIGHLIGHT_NONE || (entry->style == style && entry->highlight == highlight))
            return entry;
    }
}

static void grow_highlights(struct output_book *self)
{
    struct highlight_entry *old = self->highlights;
    size_t n = self->highlights_capacity;
    if (self->n_highlights * 2 < n)
        return;
    self->highlights_capacity = n ? n * 2 : 64;
    self->highlights = must_alloc(self->highlights_capacity * sizeof *old);
    for (size_t i = 0; i < n; i++)
        if (old[i].highlight != HIGHLIGHT_NONE)
            *find_highlight(self, old[i].style, old[i].highlight) = old[i];
    free(old);
}

enum fault output_book_highlight(struct output_book *self, uint32_t style, enum output_highlight highlight,
                                 uint32_t *ret_style)
{
    *ret_style = style;
    if (highlight == HIGHLIGHT_NONE || !open_styles(self))
        return FAULT_NONE;
    grow_highlights(self);
    struct highlight_entry *entry = find_highlight(self, style, highlight);
    if (entry->highlight == HIGHLIGHT_NONE) {
        bool is_border = highlight == HIGHLIGHT_BORDER;
        enum fault fault = styles_patch_like(self->styles, style, is_border ? ORANGE : NULL, is_border ? NULL : LIGHT_YELLOW,
                                             &entry->made);
        if (fault)
            return fault;
        entry->style = style;
        entry->highlight = (uint8_t)highlight;
        self->n_highlights++;
    }
    *ret_style = entry->made;
    return FAULT_NONE;
}

enum fault output_styles_finish(struct output_book *self, struct why *why)
{
    if (!self->book && !open_styles(self)) /* a workbook from nothing always has the part */
        return why_set(why, FAULT_CORRUPT, "cannot make the styles");
    if (self->styles)
        styles_patch_finish(self->styles);
    return FAULT_NONE;
}

void output_styles_free(struct output_book *self)
{
    styles_patch_destroy(&self->styles);
    free(self->highlights);
}
