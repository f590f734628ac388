/* SPDX-License-Identifier: MIT
 *
 * Depth and names alone tell the place: rows are children of the first sheetData below the root, cells of rows.
 */
#include <stdio.h>

#include "workbook/sheet_walk.h"

#define PART_NAME_MAX 64

struct walk {
    sheet_walk_visit *visit;
    void *context;
    struct why *why;
    unsigned depth;
    char part[PART_NAME_MAX];
    size_t part_len;
    bool in_sheet_data, in_row, in_cell;
    char prefix[PART_NAME_MAX]; /* of the root: elements with another one are somebody else's */
    size_t prefix_len;
    uint32_t next_row, next_col; /* what an element without `r` gets */
    struct cell_ref at;
};

/* A row's number; without `r` the one after the last. */
static enum fault place_row(struct walk *self, const struct xml_cut_token *token)
{
    uint32_t row = self->next_row + 1;
    struct span value = xml_cut_value(token, "r");
    if (value.data && !xml_cut_value_u32(token, "r", &row))
        return why_set(self->why, FAULT_CORRUPT, "a row has the number \"%.*s\"", SPAN_ARGS(value));
    if (row == 0 || row > GRID_ROWS)
        return why_set(self->why, FAULT_CORRUPT, "row %u is outside the grid", row);
    self->at.row = row - 1;
    self->next_row = row;
    self->next_col = 0;
    return FAULT_NONE;
}

static enum fault place_cell(struct walk *self, const struct xml_cut_token *token)
{
    struct span value = span_trim_ascii(xml_cut_value(token, "r"));
    struct cell_ref ref = {self->at.row, self->next_col};
    uint32_t number;
    /* Some writers give the 0-based number of the column; the scanner takes it where it says what the place says. */
    bool is_number = xml_cut_value_u32(token, "r", &number) && number == self->next_col;
    if (value.data && !is_number && !cell_ref_parse(value, &ref))
        return why_set(self->why, FAULT_CORRUPT, "a cell has the reference \"%.*s\"", SPAN_ARGS(value));
    if (ref.col >= GRID_COLS)
        return why_set(self->why, FAULT_CORRUPT, "a cell lies right of column XFD");
    self->at = ref;
    self->next_col = ref.col + 1;
    return FAULT_NONE;
}

static bool is_ours(const struct walk *self, const struct xml_cut_token *token, const char *local)
{
    return span_is(token->local, local) && span_equal(token->prefix, span_make(self->prefix, self->prefix_len));
}

static void enter_root(struct walk *self, const struct xml_cut_token *token)
{
    self->prefix_len = token->prefix.len < PART_NAME_MAX ? token->prefix.len : PART_NAME_MAX;
    memcpy(self->prefix, token->prefix.data, self->prefix_len);
}

static void enter_part(struct walk *self, const struct xml_cut_token *token)
{
    self->part_len = token->local.len < PART_NAME_MAX ? token->local.len : PART_NAME_MAX;
    memcpy(self->part, token->local.data, self->part_len);
    self->in_sheet_data = token->kind == XML_CUT_START && is_ours(self, token, "sheetData");
}

static enum fault open_tag(struct walk *self, const struct xml_cut_token *token, struct walk_step *step)
{
    unsigned depth = self->depth + 1;
    enum fault fault = FAULT_NONE;
    bool stays_open = token->kind == XML_CUT_START;
    step->depth = depth;
    if (depth == 1) {
        step->event = WALK_ROOT;
        enter_root(self, token);
    } else if (depth == 2) {
        step->event = WALK_PART;
        enter_part(self, token);
    } else if (depth == 3 && self->in_sheet_data && is_ours(self, token, "row")) {
        step->event = WALK_ROW;
        self->in_row = stays_open;
        fault = place_row(self, token);
    } else if (depth == 4 && self->in_row && is_ours(self, token, "c")) {
        step->event = WALK_CELL;
        self->in_cell = stays_open;
        fault = place_cell(self, token);
    }
    self->depth += stays_open;
    return fault;
}

static void close_tag(struct walk *self, struct walk_step *step)
{
    step->depth = self->depth--;
    if (step->depth == 4 && self->in_cell) {
        step->event = WALK_CELL_END;
        self->in_cell = false;
    } else if (step->depth == 3 && self->in_row) {
        step->event = WALK_ROW_END;
        self->in_row = false;
    } else if (step->depth == 2) {
        step->event = WALK_PART_END;
    } else if (step->depth == 1) {
        step->event = WALK_ROOT_END;
    }
}

static enum fault visit_token(void *context, const struct xml_cut_token *token)
{
    struct walk *self = context;
    struct walk_step step = {.event = WALK_OTHER, .token = token, .depth = self->depth};
    enum fault fault = FAULT_NONE;
    bool was_in_cell = self->in_cell;
    if (xml_cut_opens(token))
        fault = open_tag(self, token, &step);
    else if (token->kind == XML_CUT_END)
        close_tag(self, &step);
    if (fault)
        return fault;
    if (step.event == WALK_OTHER && was_in_cell)
        step.event = WALK_IN_CELL;
    step.at = self->at;
    step.part = span_make(self->part, self->depth || step.depth > 1 ? self->part_len : 0);
    step.in_sheet_data = self->in_sheet_data;
    fault = self->visit(self->context, &step);
    if (step.event == WALK_PART_END || (step.event == WALK_PART && token->kind == XML_CUT_EMPTY)) {
        self->in_sheet_data = false;
        self->part_len = 0;
    }
    return fault;
}

enum fault sheet_walk(struct package *package, size_t entry, sheet_walk_visit *visit, void *context, struct why *why)
{
    struct walk walk = {.visit = visit, .context = context, .why = why};
    return xml_cut_stream_part(package, entry, visit_token, &walk, why);
}
