/* SPDX-License-Identifier: MIT
 *
 * The first pass over a sheet: marks the edits whose row or cell is there, and collects what notes and links need
 * to know.
 */
#include <stdlib.h>

#include "core/must.h"
#include "workbook/sheet_patch.h"
#include "workbook/sheet_patch_marks.h"
#include "workbook/sheet_walk.h"

#define LINKS_MAX 1000000u

struct survey {
    struct sheet_patch *patch;
    struct sheet_survey *ret;
    struct why *why;
    bool has_formula; /* in the cell that is open */
};

struct edit *sheet_patch_find(const struct sheet_patch *self, uint32_t row, uint32_t col)
{
    size_t at = sheet_patch_lower(self, row, col);
    if (at < self->n_edits && self->edits[at].row == row && self->edits[at].col == col)
        return &self->edits[at];
    return NULL;
}

size_t sheet_patch_lower(const struct sheet_patch *self, uint32_t row, uint32_t col)
{
    size_t low = 0, high = self->n_edits;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct edit *edit = &self->edits[middle];
        if (edit->row < row || (edit->row == row && edit->col < col))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void mark_row(struct survey *self, uint32_t row)
{
    for (size_t i = sheet_patch_lower(self->patch, row, 0); i < self->patch->n_edits && self->patch->edits[i].row == row; i++)
        self->patch->edits[i].marks |= EDIT_HAS_ROW;
}

static void mark_cell(struct survey *self, struct cell_ref at)
{
    struct edit *edit = sheet_patch_find(self->patch, at.row, at.col);
    if (edit)
        edit->marks |= EDIT_HAS_CELL;
}

static enum fault keep_link(struct survey *self, const struct xml_cut_token *token)
{
    struct sheet_survey *ret = self->ret;
    struct cell_range range;
    if (!cell_range_parse(span_trim_ascii(xml_cut_value(token, "ref")), &range))
        return FAULT_NONE; /* names no cell: in nobody's way */
    if (ret->n_links == LINKS_MAX)
        return why_set(self->why, FAULT_LIMIT, "the sheet has over %u links", LINKS_MAX);
    if (ret->n_links == ret->links_capacity) {
        ret->links_capacity = ret->links_capacity ? ret->links_capacity * 2 : 32;
        ret->links = must_realloc(ret->links, ret->links_capacity * sizeof *ret->links);
    }
    ret->links[ret->n_links++] = range;
    return FAULT_NONE;
}

/* r:id under whatever prefix the document gives the relationships' namespace. */
static struct span relationship_id(const struct xml_cut_token *token)
{
    struct xml_cut_attribute attribute;
    for (size_t at = 0; xml_cut_attribute_next(token, &at, &attribute);)
        if (span_ends(attribute.name, SPAN(":id")))
            return attribute.value;
    return span_make(NULL, 0);
}

static void keep_drawing(struct survey *self, const struct xml_cut_token *token)
{
    struct span id = relationship_id(token);
    if (id.len && id.len < sizeof self->ret->legacy_drawing) {
        memcpy(self->ret->legacy_drawing, id.data, id.len);
        self->ret->legacy_drawing[id.len] = 0;
    }
}

static enum fault visit_step(void *context, const struct walk_step *step)
{
    struct survey *self = context;
    const struct xml_cut_token *token = step->token;
    if (step->event == WALK_ROW && self->patch) {
        mark_row(self, step->at.row);
    } else if (step->event == WALK_CELL) {
        self->has_formula = false;
        if (self->patch)
            mark_cell(self, step->at);
    } else if (step->event == WALK_IN_CELL && xml_cut_opens(token)) {
        self->has_formula |= xml_cut_is(token, "f");
        self->ret->cached_values += self->has_formula && xml_cut_is(token, "v");
    } else if (step->event == WALK_PART) {
        self->ret->has_sheet_data |= xml_cut_is(token, "sheetData");
        self->ret->has_hyperlinks |= xml_cut_is(token, "hyperlinks");
        if (xml_cut_is(token, "legacyDrawing"))
            keep_drawing(self, token);
    } else if (step->event == WALK_OTHER && step->depth == 3 && xml_cut_opens(token) && xml_cut_is(token, "hyperlink")) {
        return keep_link(self, token);
    }
    return FAULT_NONE;
}

enum fault sheet_survey(struct package *package, size_t entry, struct sheet_patch *patch, struct sheet_survey *ret,
                        struct why *why)
{
    *ret = (struct sheet_survey){0};
    struct survey survey = {.patch = patch, .ret = ret, .why = why};
    for (size_t i = 0; patch && i < patch->n_edits; i++)
        patch->edits[i].marks = 0;
    enum fault fault = sheet_walk(package, entry, visit_step, &survey, why);
    if (fault)
        sheet_survey_free(ret);
    return fault;
}

void sheet_survey_free(struct sheet_survey *self)
{
    free(self->links);
    *self = (struct sheet_survey){0};
}
