/* SPDX-License-Identifier: MIT
 *
 * What becomes of a row when it ends. Rows that may be text below the table wait, at most ROW_FOOTERS_MAX of them, until a row
 * of data or the end of the sheet says what they are.
 */
#include "workers/row_reader.h"

#include "core/must.h"

static uint32_t cells_of(const struct open_row *row)
{
    return row->used + row->dropped + row->outside + row->uncached + row->lost;
}

static struct span first_text(const struct open_row *row)
{
    return span_make(row->first, row->first_len);
}

static void tell_row(struct row_reader *self, enum issue_code code, const struct open_row *row)
{
    issue_log_add(&self->issues, (struct issue){.code = code, .row = row->row, .value = first_text(row), .count = 1});
}

/* --- rows that are not written --- */

/* Nothing of the row is taken, as it should be. */
static void pass_over(struct row_reader *self, const struct open_row *row, uint64_t *count)
{
    (*count)++;
    self->counts.read += cells_of(row);
    self->counts.skipped += row->outside + row->lost;
    self->counts.not_applicable += row->used + row->dropped + row->uncached;
}

/* Nothing of the row is taken, and a person may want to know. */
static void skip_row(struct row_reader *self, const struct open_row *row, uint64_t *count)
{
    (*count)++;
    self->counts.read += cells_of(row);
    self->counts.skipped += cells_of(row);
}

static void drop_footer(struct row_reader *self, const struct open_row *row)
{
    skip_row(self, row, &self->rows.footers);
    tell_row(self, ISSUE_FOOTER_ROW, row);
}

/* --- rows that are --- */

static void tell_cells(struct row_reader *self, const struct open_row *row)
{
    if (row->uncached)
        issue_log_add(&self->issues, (struct issue){.code = ISSUE_NO_CACHED_VALUE,
                                                    .row = row->row,
                                                    .col = row->uncached_col,
                                                    .count = row->uncached});
    if (!row->errors)
        return;
    if (!self->errors) {
        self->errors_sheet = self->sheet->name;
        self->errors_row = row->row;
        self->errors_col = row->errors_col;
    }
    self->errors += row->errors;
}

static void count_written(struct row_reader *self, const struct open_row *row)
{
    self->rows.written++;
    self->counts.read += cells_of(row);
    self->counts.used += row->used;
    self->counts.not_applicable += row->dropped;
    self->counts.skipped += row->outside + row->uncached + row->lost;
    if (row->uncached | row->errors)
        tell_cells(self, row);
}

/* Its bytes are the last of render->bytes. */
static enum fault write_row(struct row_reader *self, const struct open_row *row)
{
    count_written(self, row);
    if (self->hash.is_wanted) {
        struct stack_row same = {.n_cells = row->used};
        memcpy(same.hash, row->hash, sizeof same.hash);
        stack_partial_builder_row(self->builder, &same);
    }
    return row_fragments_add(&self->fragments, &self->render->bytes);
}

/* --- rows that wait --- */

static enum fault hold_row(struct row_reader *self)
{
    struct row_bytes *bytes = &self->render->bytes;
    struct span row = span_make(bytes->data + self->row_from, row_bytes_len(bytes) - self->row_from);
    must(self->n_held < ROW_FOOTERS_MAX);
    if (!self->n_held)
        row_bytes_cut(&self->held_bytes, 0);
    self->held[self->n_held++] =
        (struct held_row){.row = self->open, .at = row_bytes_len(&self->held_bytes), .len = row.len};
    if (!row_bytes_append(&self->held_bytes, row))
        return FAULT_LIMIT;
    row_bytes_cut(bytes, self->row_from);
    return FAULT_NONE;
}

static enum fault write_held(struct row_reader *self, const struct held_row *held)
{
    if (held->row.is_refused) {
        pass_over(self, &held->row, &self->rows.filtered);
        return FAULT_NONE;
    }
    if (!row_bytes_append(&self->render->bytes, span_make(self->held_bytes.data + held->at, held->len)))
        return FAULT_LIMIT;
    return write_row(self, &held->row);
}

/* Data follows: the rows that wait are data too, and stand before the open one, whose bytes step aside. */
static enum fault release_held(struct row_reader *self)
{
    struct row_bytes *bytes = &self->render->bytes;
    size_t at = row_bytes_len(&self->held_bytes), len = row_bytes_len(bytes) - self->row_from;
    if (!row_bytes_append(&self->held_bytes, span_make(bytes->data + self->row_from, len)))
        return FAULT_LIMIT;
    row_bytes_cut(bytes, self->row_from);
    for (uint32_t i = 0; i < self->n_held; i++) {
        enum fault fault = write_held(self, &self->held[i]);
        if (fault != FAULT_NONE)
            return fault;
    }
    self->n_held = 0;
    self->row_from = row_bytes_len(bytes);
    return row_bytes_append(bytes, span_make(self->held_bytes.data + at, len)) ? FAULT_NONE : FAULT_LIMIT;
}

enum fault row_reader_settle_held(struct row_reader *self)
{
    bool follows = false;
    if (!self->n_held)
        return FAULT_NONE;
    if (self->has_pending) {
        enum fault fault = self->look_ahead(self->context, self->last_row, &follows);
        if (fault != FAULT_NONE)
            return fault;
    }
    if (follows) {
        self->row_from = row_bytes_len(&self->render->bytes);
        return release_held(self);
    }
    for (uint32_t i = 0; i < self->n_held; i++)
        drop_footer(self, &self->held[i].row);
    self->n_held = 0;
    return FAULT_NONE;
}

/* --- the end of a row --- */

static enum fault settle(struct row_reader *self, enum row_verdict verdict)
{
    struct open_row *row = &self->open;
    bool is_hidden = row->is_hidden && self->plan->skip_hidden;
    if (verdict != ROW_BLANK && verdict != ROW_FOOTER && self->n_held) {
        enum fault fault = release_held(self);
        if (fault != FAULT_NONE)
            return fault;
    }
    if (verdict == ROW_BLANK) {
        pass_over(self, row, &self->rows.blank);
    } else if (is_hidden) {
        pass_over(self, row, &self->rows.hidden);
    } else if (verdict == ROW_REPEATED) {
        pass_over(self, row, &self->rows.repeated);
        tell_row(self, ISSUE_HEADER_REPEATED, row);
    } else if (verdict == ROW_TOTAL) {
        skip_row(self, row, &self->rows.totals);
        tell_row(self, ISSUE_TOTAL_ROW, row);
    } else if (verdict == ROW_FOOTER) {
        return hold_row(self);
    } else if (row->is_refused) {
        pass_over(self, row, &self->rows.filtered);
    } else {
        if (verdict == ROW_DOUBTFUL)
            tell_row(self, ISSUE_TOTAL_DOUBTFUL, row);
        return write_row(self, row);
    }
    row_bytes_cut(&self->render->bytes, self->row_from);
    return FAULT_NONE;
}

static enum fault end_data_row(struct row_reader *self)
{
    struct open_row *row = &self->open;
    enum fault fault = row_reader_put_kept(self);
    if (fault == FAULT_NONE)
        fault = row_render_end(self->render);
    if (fault == FAULT_NONE && self->hash.is_wanted)
        fault = row_hash_end(&self->hash, row->hash);
    if (fault != FAULT_NONE)
        return fault;
    row->is_refused = self->plan->n_conditions && !row_filter_passes(&self->filter);
    if (row_judge_wants_past(&self->judge)) {
        fault = self->recall(self->context, row->row, &self->judge);
        if (fault != FAULT_NONE)
            return fault;
    }
    return settle(self, row_judge_end(&self->judge));
}

enum fault row_reader_end_row(struct row_reader *self)
{
    struct open_row *row = &self->open;
    enum row_place place = row->place;
    row->place = ROW_NOWHERE;
    if (place == ROW_NOWHERE)
        return FAULT_NONE;
    if (place == ROW_BELOW)
        return end_data_row(self);
    if (!cells_of(row)) {
        self->rows.blank++;
        return FAULT_NONE;
    }
    if (!self->sheet->last_header)
        skip_row(self, row, &self->rows.above);
    else
        pass_over(self, row, place == ROW_ABOVE ? &self->rows.above : &self->rows.header);
    return FAULT_NONE;
}
