/* SPDX-License-Identifier: MIT
 *
 * The second pass: tokens go out as they came, except the cells that change; missing rows, cells, hyperlinks and
 * the legacy drawing are put in where the schema wants them (ECMA-376-1 18.3.1.99 CT_Worksheet).
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/must.h"
#include "workbook/cell_patch.h"
#include "workbook/sheet_patch.h"
#include "workbook/sheet_patch_marks.h"
#include "workbook/sheet_walk.h"

#define OUT_BYTES (64u << 10)
#define CELL_BYTES_MAX ((size_t)64 << 20)
#define COLUMNS_MAX 65536u

struct column_style {
    uint32_t first, last, style; /* 1-based as in <col> */
};

struct writer {
    struct sheet_patch *patch;
    const struct sheet_survey *survey;
    struct sheet_patch_counts *counts;
    struct why *why;
    codec_sink *sink;
    void *context;
    struct buffer out, cell;
    bool is_capturing; /* a cell is collected to be rewritten */
    struct orphans orphans;
    struct column_style *columns;
    size_t n_columns;
    char prefix[32]; /* of the main namespace, as the root has it */
    bool has_r;      /* the root binds r: to the relationships */
    bool put_data, put_links, put_drawing; /* still to be put in */
    size_t next_row; /* first edit that may want a new row */
    size_t next_cell; /* the same within the open row */
    uint32_t row_style;
};

static const char *const part_order[] = {
    "sheetPr",           "dimension",      "sheetViews",    "sheetFormatPr",     "cols",
    "sheetData",         "sheetCalcPr",    "sheetProtection", "protectedRanges", "scenarios",
    "autoFilter",        "sortState",      "dataConsolidate", "customSheetViews", "mergeCells",
    "phoneticPr",        "conditionalFormatting", "dataValidations", "hyperlinks", "printOptions",
    "pageMargins",       "pageSetup",      "headerFooter",  "rowBreaks",         "colBreaks",
    "customProperties",  "cellWatches",    "ignoredErrors", "smartTags",         "drawing",
    "legacyDrawing",     "legacyDrawingHF", "drawingHF",    "picture",           "oleObjects",
    "controls",          "webPublishItems", "tableParts",   "extLst"};

static int part_rank(struct span name)
{
    int n = (int)(sizeof part_order / sizeof part_order[0]);
    for (int i = 0; i < n; i++)
        if (span_is(name, part_order[i]))
            return i;
    /* mc:AlternateContent stands for oleObjects or controls; what nobody knows stays in front of nothing. */
    return span_is(name, "AlternateContent") ? part_rank(SPAN("oleObjects")) : -1;
}

/* --- output ---------------------------------------------------------------------------------------------------- */

static enum fault flush(struct writer *self)
{
    enum fault fault = self->out.len ? self->sink(self->context, buffer_span(&self->out)) : FAULT_NONE;
    buffer_clear(&self->out);
    return fault;
}

static enum fault pass(struct writer *self, struct span raw)
{
    buffer_put(&self->out, raw);
    return self->out.len >= OUT_BYTES ? flush(self) : FAULT_NONE;
}

/* --- rows and cells that are not there --------------------------------------------------------------------------- */

static bool wants_cell(const struct edit *edit)
{
    return !edit_is_cache(edit->kind) && !(edit->marks & (EDIT_HAS_CELL | EDIT_DONE));
}

static uint32_t column_style(const struct writer *self, uint32_t col)
{
    for (size_t i = 0; i < self->n_columns; i++)
        if (col + 1 >= self->columns[i].first && col + 1 <= self->columns[i].last)
            return self->columns[i].style;
    return 0;
}

static void put_cell(struct writer *self, struct edit *edit, uint32_t row_style)
{
    uint32_t style = edit->style;
    if (style == UINT32_MAX)
        style = row_style != UINT32_MAX ? row_style : column_style(self, edit->col);
    cell_patch_new(&self->out, span_of(self->prefix), edit, style, self->patch->texts);
    edit->marks |= EDIT_DONE;
    self->counts->cells_written++;
}

/* New cells of the open row left of `col`. */
static enum fault put_cells(struct writer *self, uint32_t row, uint32_t col)
{
    const struct sheet_patch *patch = self->patch;
    for (; self->next_cell < patch->n_edits; self->next_cell++) {
        struct edit *edit = &patch->edits[self->next_cell];
        if (edit->row != row || edit->col >= col)
            break;
        if (wants_cell(edit))
            put_cell(self, edit, self->row_style);
    }
    return pass(self, SPAN(""));
}

/* New rows above `row`. */
static enum fault put_rows(struct writer *self, uint32_t row)
{
    const struct sheet_patch *patch = self->patch;
    uint32_t open = UINT32_MAX;
    enum fault fault = FAULT_NONE;
    for (; self->next_row < patch->n_edits && patch->edits[self->next_row].row < row && !fault; self->next_row++) {
        struct edit *edit = &patch->edits[self->next_row];
        if ((edit->marks & EDIT_HAS_ROW) || !wants_cell(edit))
            continue;
        if (open != edit->row) {
            if (open != UINT32_MAX)
                buffer_putf(&self->out, "</%srow>", self->prefix);
            buffer_putf(&self->out, "<%srow r=\"%u\">", self->prefix, edit->row + 1);
            open = edit->row;
        }
        put_cell(self, edit, UINT32_MAX);
        fault = pass(self, SPAN(""));
    }
    if (open != UINT32_MAX)
        buffer_putf(&self->out, "</%srow>", self->prefix);
    return fault;
}

/* --- rows ---------------------------------------------------------------------------------------------------------- */

/* Does the row get new cells, and do they all lie in its spans="a:b"? */
static bool row_gets_cells(const struct writer *self, uint32_t row, const struct xml_cut_token *token, bool *ret_fits)
{
    struct span spans = xml_cut_value(token, "spans");
    unsigned first = 0, last = 0;
    char text[32] = "";
    if (spans.len < sizeof text)
        memcpy(text, spans.data ? spans.data : "", spans.len);
    bool is_pair = !strchr(text, ' ') && sscanf(text, "%u:%u", &first, &last) == 2;
    bool gets = false;
    *ret_fits = true;
    for (size_t i = sheet_patch_lower(self->patch, row, 0); i < self->patch->n_edits && self->patch->edits[i].row == row; i++) {
        if (!wants_cell(&self->patch->edits[i]))
            continue;
        gets = true;
        uint32_t col = self->patch->edits[i].col + 1u;
        *ret_fits = *ret_fits && is_pair && col >= first && col <= last;
    }
    return gets;
}

static enum fault visit_row(struct writer *self, const struct walk_step *step)
{
    const struct xml_cut_token *token = step->token;
    uint32_t row = step->at.row, style = 0;
    enum fault fault = put_rows(self, row);
    if (fault)
        return fault;
    struct span custom = xml_cut_value(token, "customFormat");
    bool is_custom = span_is(custom, "1") || span_is(custom, "true");
    self->row_style = is_custom && xml_cut_value_u32(token, "s", &style) ? style : UINT32_MAX;
    self->next_cell = sheet_patch_lower(self->patch, row, 0);
    bool fits;
    if (!row_gets_cells(self, row, token, &fits))
        return pass(self, token->raw);
    struct xml_cut_change spans = {"spans", span_make(NULL, 0)};
    xml_cut_put_changed(&self->out, token, &spans, fits ? 0 : 1, XML_CUT_START);
    if (token->kind == XML_CUT_START)
        return FAULT_NONE;
    fault = put_cells(self, row, GRID_COLS);
    buffer_putf(&self->out, "</%.*s>", SPAN_ARGS(token->name));
    return fault;
}

/* --- cells ----------------------------------------------------------------------------------------------------------- */

static enum fault rewrite_cell(struct writer *self, struct cell_ref at)
{
    self->is_capturing = false;
    const struct edit *edit = sheet_patch_find(self->patch, at.row, at.col);
    bool drops = self->patch->drop_all_cached;
    enum fault fault = cell_patch_rewrite(&self->out, buffer_span(&self->cell), at, edit, drops, self->patch->texts,
                                          &self->orphans, self->counts, self->why);
    buffer_clear(&self->cell);
    if (fault)
        why_at_cell(self->why, at.row + 1, at.col + 1);
    return fault ? fault : pass(self, SPAN(""));
}

static enum fault visit_cell(struct writer *self, const struct walk_step *step)
{
    enum fault fault = put_cells(self, step->at.row, step->at.col);
    if (fault)
        return fault;
    bool is_concerned = self->orphans.n_active || self->patch->drop_all_cached ||
                        sheet_patch_find(self->patch, step->at.row, step->at.col);
    if (!is_concerned)
        return pass(self, step->token->raw);
    buffer_put(&self->cell, step->token->raw);
    self->is_capturing = true;
    return step->token->kind == XML_CUT_EMPTY ? rewrite_cell(self, step->at) : FAULT_NONE;
}

static enum fault capture(struct writer *self, const struct walk_step *step)
{
    if (buffer_append(&self->cell, step->token->raw))
        return why_set(self->why, FAULT_LIMIT, "a cell holds over %zu MiB of XML", CELL_BYTES_MAX >> 20);
    return step->event == WALK_CELL_END ? rewrite_cell(self, step->at) : FAULT_NONE;
}

/* --- parts of the sheet ------------------------------------------------------------------------------------------------- */

static void put_links(struct writer *self, const char *prefix)
{
    struct span rest = self->patch->hyperlinks;
    self->put_links = false;
    while (rest.len) {
        const char *end = memchr(rest.data, '\n', rest.len);
        size_t len = end ? (size_t)(end - rest.data) : rest.len;
        buffer_putf(&self->out, "<%shyperlink ", prefix);
        buffer_put(&self->out, span_make(rest.data, len));
        buffer_put_text(&self->out, "/>");
        rest = span_from(rest, end ? len + 1 : len);
    }
}

static void put_drawing(struct writer *self)
{
    self->put_drawing = false;
    buffer_putf(&self->out, "<%slegacyDrawing", self->prefix);
    if (!self->has_r)
        buffer_putf(&self->out, " xmlns:r=\"%s\"", self->patch->is_strict
                                ? "http://purl.oclc.org/ooxml/officeDocument/relationships"
                                : "http://schemas.openxmlformats.org/officeDocument/2006/relationships");
    buffer_putf(&self->out, " r:id=\"%.*s\"/>", SPAN_ARGS(self->patch->legacy_drawing));
}

/* Everything that stands in front of a part of this rank and is still missing. */
static enum fault put_missing(struct writer *self, int rank)
{
    enum fault fault = FAULT_NONE;
    if (self->put_data && rank > part_rank(SPAN("sheetData"))) {
        self->put_data = false;
        buffer_putf(&self->out, "<%ssheetData>", self->prefix);
        fault = put_rows(self, GRID_ROWS);
        buffer_putf(&self->out, "</%ssheetData>", self->prefix);
    }
    if (self->put_links && !self->survey->has_hyperlinks && rank > part_rank(SPAN("hyperlinks"))) {
        buffer_putf(&self->out, "<%shyperlinks>", self->prefix);
        put_links(self, self->prefix);
        buffer_putf(&self->out, "</%shyperlinks>", self->prefix);
    }
    if (self->put_drawing && rank > part_rank(SPAN("legacyDrawing")))
        put_drawing(self);
    return fault;
}

static void widen(struct cell_range *range, const struct edit *edit)
{
    if (edit->row < range->first.row)
        range->first.row = edit->row;
    if (edit->col < range->first.col)
        range->first.col = edit->col;
    if (edit->row > range->last.row)
        range->last.row = edit->row;
    if (edit->col > range->last.col)
        range->last.col = edit->col;
}

/* <dimension> is kept when it holds the new cells: some readers believe it. */
static void put_dimension(struct writer *self, const struct xml_cut_token *token)
{
    struct cell_range range, old;
    if (!cell_range_parse(span_trim_ascii(xml_cut_value(token, "ref")), &range)) {
        buffer_put(&self->out, token->raw);
        return;
    }
    old = range;
    for (size_t i = 0; i < self->patch->n_edits; i++)
        if (wants_cell(&self->patch->edits[i]))
            widen(&range, &self->patch->edits[i]);
    if (memcmp(&old, &range, sizeof old) == 0) {
        buffer_put(&self->out, token->raw);
        return;
    }
    char text[2 * CELL_REF_TEXT_MAX + 1];
    size_t len = cell_ref_format(range.first, text);
    text[len++] = ':';
    len += cell_ref_format(range.last, text + len);
    struct xml_cut_change change = {"ref", span_make(text, len)};
    xml_cut_put_changed(&self->out, token, &change, 1, token->kind);
}

/* An empty <sheetData/> or <hyperlinks/> is opened to take what is new. */
static enum fault open_empty(struct writer *self, const struct xml_cut_token *token, bool is_data)
{
    xml_cut_put_changed(&self->out, token, NULL, 0, XML_CUT_START);
    enum fault fault = FAULT_NONE;
    char prefix[32];
    snprintf(prefix, sizeof prefix, "%.*s", SPAN_ARGS(token->prefix));
    if (is_data)
        fault = put_rows(self, GRID_ROWS);
    else
        put_links(self, prefix);
    buffer_putf(&self->out, "</%.*s>", SPAN_ARGS(token->name));
    return fault;
}

static bool has_new_rows(const struct writer *self)
{
    for (size_t i = 0; i < self->patch->n_edits; i++)
        if (wants_cell(&self->patch->edits[i]))
            return true;
    return false;
}

static enum fault visit_part(struct writer *self, const struct walk_step *step)
{
    const struct xml_cut_token *token = step->token;
    enum fault fault = put_missing(self, part_rank(token->local));
    if (fault)
        return fault;
    bool is_empty = token->kind == XML_CUT_EMPTY;
    if (is_empty && xml_cut_is(token, "sheetData") && has_new_rows(self))
        return open_empty(self, token, true);
    if (is_empty && xml_cut_is(token, "hyperlinks") && self->put_links)
        return open_empty(self, token, false);
    if (xml_cut_is(token, "dimension"))
        return put_dimension(self, token), FAULT_NONE;
    return pass(self, token->raw);
}

static enum fault visit_part_end(struct writer *self, const struct walk_step *step)
{
    enum fault fault = FAULT_NONE;
    if (step->in_sheet_data)
        fault = put_rows(self, GRID_ROWS);
    if (span_is(step->part, "hyperlinks") && self->put_links) {
        char prefix[32];
        snprintf(prefix, sizeof prefix, "%.*s", SPAN_ARGS(step->token->prefix));
        put_links(self, prefix);
    }
    return fault ? fault : pass(self, step->token->raw);
}

static enum fault visit_root(struct writer *self, const struct xml_cut_token *token)
{
    if (token->kind == XML_CUT_EMPTY)
        return why_set(self->why, FAULT_CORRUPT, "the sheet is empty: it has no sheetData");
    if (token->prefix.len >= sizeof self->prefix)
        return why_set(self->why, FAULT_LIMIT, "the sheet's namespace prefix is too long");
    memcpy(self->prefix, token->prefix.data, token->prefix.len);
    struct span r = xml_cut_value(token, "xmlns:r");
    self->has_r = span_ends(r, SPAN("officeDocument/2006/relationships")) ||
                  span_ends(r, SPAN("ooxml/officeDocument/relationships"));
    return pass(self, token->raw);
}

static void keep_column(struct writer *self, const struct xml_cut_token *token)
{
    struct column_style column;
    if (!xml_cut_is(token, "col") || self->n_columns == COLUMNS_MAX || !xml_cut_value_u32(token, "style", &column.style) ||
        !xml_cut_value_u32(token, "min", &column.first) || !xml_cut_value_u32(token, "max", &column.last))
        return;
    self->columns = must_realloc(self->columns, (self->n_columns + 1) * sizeof column);
    self->columns[self->n_columns++] = column;
}

static enum fault visit_step(void *context, const struct walk_step *step)
{
    struct writer *self = context;
    enum fault fault = FAULT_NONE;
    if (self->is_capturing)
        return capture(self, step);
    switch (step->event) {
    case WALK_ROOT:
        return visit_root(self, step->token);
    case WALK_PART:
        return visit_part(self, step);
    case WALK_PART_END:
        return visit_part_end(self, step);
    case WALK_ROW:
        return visit_row(self, step);
    case WALK_CELL:
        return visit_cell(self, step);
    case WALK_ROW_END:
        fault = put_cells(self, step->at.row, GRID_COLS);
        break;
    case WALK_ROOT_END:
        fault = put_missing(self, (int)(sizeof part_order / sizeof part_order[0]));
        break;
    case WALK_OTHER:
        if (step->depth == 3 && xml_cut_opens(step->token) && span_is(step->part, "cols"))
            keep_column(self, step->token);
        break;
    case WALK_CELL_END:
    case WALK_IN_CELL:
        break;
    }
    return fault ? fault : pass(self, step->token->raw);
}

enum fault sheet_patch_write(struct package *package, size_t entry, struct sheet_patch *patch,
                             const struct sheet_survey *survey, codec_sink *sink, void *context,
                             struct sheet_patch_counts *counts, struct why *why)
{
    struct writer self = {.patch = patch, .survey = survey, .counts = counts, .why = why, .sink = sink, .context = context};
    self.put_links = patch->hyperlinks.len > 0;
    self.put_drawing = patch->legacy_drawing.len > 0;
    self.put_data = !survey->has_sheet_data && has_new_rows(&self);
    self.row_style = UINT32_MAX;
    buffer_init(&self.out, BUFFER_LIMIT_DEFAULT);
    buffer_init(&self.cell, CELL_BYTES_MAX);
    enum fault fault = sheet_walk(package, entry, visit_step, &self, why);
    if (!fault)
        fault = flush(&self);
    orphans_free(&self.orphans);
    free(self.columns);
    buffer_free(&self.out);
    buffer_free(&self.cell);
    return fault;
}
