/* SPDX-License-Identifier: MIT
 *
 * Fragments are read in pieces of about a MiB and joined as they are. Only one in which --dedupe finds rows to leave out is
 * inflated, filtered and written as text.
 */
#include "sink/stack_join.h"

#include <stdlib.h>

#include "core/must.h"
#include "sink/fragment_text.h"
#include "sink/row_set.h"
#include "sink/row_text.h"
#include "workbook/codec.h"

#define PIECE_BYTES ((size_t)1 << 20)  /* of fragments that are joined in one call */
#define KEPT_BYTES ((size_t)4 << 20)   /* a longer buffer is given back */
#define RECORDS 1024u                  /* of fragments, read at once */
#define HASHES 4096u                   /* of rows, read at once */

struct joiner {
    const struct merge_end *end;
    const struct stack_parts *parts;
    struct spool *spool;
    struct stack_writer *writer;
    struct row_set *seen; /* NULL without --dedupe */
    struct fragment_text *text;
    struct buffer bytes;  /* of the fragments that wait to be joined */
    struct stack_fragment waiting; /* those as one; n_rows 0: none */
    struct buffer kept;   /* rows that are left of a fragment */
    struct buffer drops;  /* a byte for each row of the fragment at hand: 1 is left out */
    struct stack_joined *joined; /* of the source at hand */
    const struct record *record; /* likewise */
    uint64_t done, total;
};

/* In the part at hand, with the CRCs of what was read so far. */
struct position {
    uint64_t bytes_at, rows_at; /* in the spool, of the next fragment */
    uint32_t bytes_crc, rows_crc, fragments_crc;
};

static enum fault say_damaged(const struct joiner *self)
{
    return why_set(self->end->why, FAULT_IO, "what was kept of %.*s cannot be read back; is the disk of TMPDIR damaged? Run again",
                   SPAN_ARGS(self->record->source.name));
}

static enum fault go_on(struct joiner *self, uint64_t bytes)
{
    self->done += bytes;
    if (!self->end->progress || self->end->progress(self->end->context, self->done, self->total))
        return FAULT_NONE;
    return why_set(self->end->why, FAULT_CANCELLED, "cancelled; nothing was written");
}

static enum fault why_or(const struct joiner *self, enum fault fault)
{
    if (fault == FAULT_CORRUPT || fault == FAULT_IO)
        return self->end->why && self->end->why->fault == FAULT_IO ? fault : say_damaged(self);
    return fault;
}

/* --- joining ------------------------------------------------------------------------------------------------------------------- */

static enum fault flush(struct joiner *self)
{
    if (!self->waiting.n_rows)
        return FAULT_NONE;
    enum fault fault = stack_writer_join(self->writer, &self->waiting, buffer_span(&self->bytes), self->end->why);
    self->joined->rows += self->waiting.n_rows;
    uint64_t done = self->bytes.len;
    self->waiting = (struct stack_fragment){0};
    buffer_clear(&self->bytes);
    if (self->bytes.capacity > KEPT_BYTES)
        buffer_free(&self->bytes);
    return fault == FAULT_NONE ? go_on(self, done) : fault;
}

/* Reads the bytes of a fragment behind those that wait. */
static enum fault read_bytes(struct joiner *self, struct position *at, const struct stack_fragment *fragment, struct span *ret)
{
    char *to = buffer_reserve(&self->bytes, fragment->len);
    if (!to)
        return why_set(self->end->why, FAULT_LIMIT, "%.*s has a row that is too long for memory", SPAN_ARGS(self->record->source.name));
    enum fault fault = spool_read(self->spool, at->bytes_at, to, fragment->len);
    if (fault != FAULT_NONE)
        return say_damaged(self);
    self->bytes.len += fragment->len;
    *ret = span_make(to, fragment->len);
    at->bytes_crc = codec_crc32(at->bytes_crc, *ret);
    return FAULT_NONE;
}

static bool can_wait(const struct joiner *self, const struct stack_fragment *fragment)
{
    const struct stack_fragment *waiting = &self->waiting;
    return (uint64_t)waiting->n_rows + fragment->n_rows <= stack_writer_room(self->writer) &&
           (uint64_t)waiting->raw_len + fragment->raw_len <= STACK_FRAGMENT_RAW_MAX && self->bytes.len + fragment->len <= PIECE_BYTES;
}

static enum fault join_whole(struct joiner *self, struct position *at, const struct stack_fragment *fragment)
{
    struct stack_fragment *waiting = &self->waiting;
    struct span bytes;
    enum fault fault = waiting->n_rows && !can_wait(self, fragment) ? flush(self) : FAULT_NONE;
    if (fault == FAULT_NONE)
        fault = read_bytes(self, at, fragment, &bytes);
    if (fault != FAULT_NONE)
        return fault;
    waiting->crc32 = waiting->n_rows ? codec_crc32_join(waiting->crc32, fragment->crc32, fragment->raw_len) : fragment->crc32;
    waiting->len += fragment->len;
    waiting->raw_len += fragment->raw_len;
    waiting->n_rows += fragment->n_rows;
    return FAULT_NONE;
}

/* --- without the rows that were there before ----------------------------------------------------------------------------------- */

static enum fault look_at_rows(struct joiner *self, struct position *at, uint32_t n_rows, uint32_t *ret_drops)
{
    unsigned char *records = must_alloc((size_t)HASHES * STACK_ROW_BYTES);
    enum fault fault = FAULT_NONE;
    char *drops = self->drops.data;
    *ret_drops = 0;
    for (uint32_t done = 0; done < n_rows && fault == FAULT_NONE; ) {
        uint32_t n = n_rows - done < HASHES ? n_rows - done : HASHES;
        fault = spool_read(self->spool, at->rows_at + (uint64_t)done * STACK_ROW_BYTES, records, (size_t)n * STACK_ROW_BYTES);
        if (fault == FAULT_NONE)
            at->rows_crc = codec_crc32(at->rows_crc, span_make(records, (size_t)n * STACK_ROW_BYTES));
        for (uint32_t i = 0; i < n && fault == FAULT_NONE; i++, done++) {
            struct stack_row row;
            bool is_new;
            stack_row_get(records + (size_t)i * STACK_ROW_BYTES, &row);
            fault = row_set_add(self->seen, row.hash, &is_new);
            drops[done] = !is_new;
            *ret_drops += !is_new;
            self->joined->duplicate_cells += is_new ? 0 : row.n_cells;
        }
    }
    free(records);
    return fault;
}

static enum fault find_drops(struct joiner *self, struct position *at, uint32_t n_rows, uint32_t *ret_drops)
{
    if (self->drops.capacity > KEPT_BYTES)
        buffer_free(&self->drops);
    buffer_clear(&self->drops);
    enum fault fault = buffer_reserve(&self->drops, n_rows) ? look_at_rows(self, at, n_rows, ret_drops) : FAULT_LIMIT;
    if (fault == FAULT_LIMIT)
        return why_set(self->end->why, fault, "the rows are too many for --dedupe: it needs about 30 bytes of memory for each");
    return why_or(self, fault);
}

/* Runs of rows that stay are copied whole. */
static bool keep_rows(struct joiner *self, struct span rows, uint32_t n)
{
    enum stack_form form = self->parts->plan->form;
    struct span run = span_make(rows.data, 0);
    for (uint32_t i = 0; i < n; i++) {
        struct span row = row_text_next(form, &rows);
        if (!row.len)
            return false;
        if (!self->drops.data[i]) {
            run.len += row.len;
            continue;
        }
        buffer_put(&self->kept, run);
        run = span_make(rows.data, 0);
    }
    buffer_put(&self->kept, run);
    return rows.len == 0;
}

static enum fault join_filtered(struct joiner *self, struct position *at, const struct stack_fragment *fragment, uint32_t n_drops)
{
    struct span bytes, rows;
    enum fault fault = flush(self);
    if (fault == FAULT_NONE)
        fault = read_bytes(self, at, fragment, &bytes);
    if (fault != FAULT_NONE)
        return fault;
    if (n_drops < fragment->n_rows) {
        buffer_clear(&self->kept);
        fault = fragment_text_get(self->text, fragment, bytes, &rows);
        if (fault == FAULT_NONE && !keep_rows(self, rows, fragment->n_rows))
            fault = FAULT_CORRUPT;
        fault = why_or(self, fault);
        if (fault == FAULT_NONE)
            fault = stack_writer_rows(self->writer, buffer_span(&self->kept), fragment->n_rows - n_drops, self->end->why);
        self->joined->rows += fragment->n_rows - n_drops;
    }
    buffer_clear(&self->bytes);
    if (self->kept.capacity > KEPT_BYTES)
        buffer_free(&self->kept);
    return fault == FAULT_NONE ? go_on(self, fragment->len) : fault;
}

/* --- the walk ------------------------------------------------------------------------------------------------------------------ */

static enum fault join_fragment(struct joiner *self, struct position *at, const struct stack_fragment *fragment)
{
    uint32_t n_drops = 0;
    enum fault fault = self->seen ? find_drops(self, at, fragment->n_rows, &n_drops) : FAULT_NONE;
    self->joined->duplicates += n_drops;
    if (fault == FAULT_NONE && self->writer)
        fault = n_drops ? join_filtered(self, at, fragment, n_drops) : join_whole(self, at, fragment);
    at->bytes_at += fragment->len;
    at->rows_at += (uint64_t)fragment->n_rows * STACK_ROW_BYTES;
    return fault;
}

static enum fault join_part(struct joiner *self, const struct stack_part *part)
{
    unsigned char records[RECORDS * STACK_FRAGMENT_BYTES];
    struct position at = {.bytes_at = part->bytes_at, .rows_at = part->rows_at};
    enum fault fault = FAULT_NONE;
    for (uint32_t done = 0; done < part->n_fragments && fault == FAULT_NONE;) {
        uint32_t n = part->n_fragments - done < RECORDS ? part->n_fragments - done : RECORDS;
        size_t len = (size_t)n * STACK_FRAGMENT_BYTES;
        fault = why_or(self, spool_read(self->spool, part->fragments_at + (uint64_t)done * STACK_FRAGMENT_BYTES, records, len));
        if (fault == FAULT_NONE)
            at.fragments_crc = codec_crc32(at.fragments_crc, span_make(records, len));
        for (uint32_t i = 0; i < n && fault == FAULT_NONE; i++, done++) {
            struct stack_fragment fragment;
            stack_fragment_get(records + (size_t)i * STACK_FRAGMENT_BYTES, &fragment);
            fault = join_fragment(self, &at, &fragment);
        }
    }
    if (fault == FAULT_NONE && self->writer)
        fault = flush(self);
    bool is_whole = at.fragments_crc == part->fragments_crc && (!self->writer || at.bytes_crc == part->bytes_crc) &&
                    (!self->seen || at.rows_crc == part->rows_crc);
    return fault == FAULT_NONE && !is_whole ? say_damaged(self) : fault;
}

static uint64_t count_bytes(const struct stack_parts *parts)
{
    uint64_t total = 0;
    for (uint32_t slot = 0; slot < ledger_used(parts->ledger); slot++) {
        uint32_t head = ledger_slot(parts->ledger, slot)->source.index;
        for (uint32_t i = head; i < ledger_next(parts->ledger, head); i++)
            total += stack_parts_at(parts, i) ? stack_parts_at(parts, i)->bytes_len : 0;
    }
    return total;
}

enum fault stack_join(const struct merge_end *end, const struct stack_parts *parts, struct stack_writer *writer,
                      struct stack_joined *joined)
{
    struct joiner self = {.end = end, .parts = parts, .spool = ledger_spool(parts->ledger), .writer = writer, .total = count_bytes(parts)};
    self.seen = parts->plan->dedupe != DEDUPE_NONE ? row_set_new() : NULL;
    self.text = fragment_text_new(parts->plan->form);
    buffer_init(&self.bytes, (size_t)2 * STACK_PARTIAL_BYTES_MAX);
    buffer_init(&self.kept, (size_t)2 * STACK_FRAGMENT_RAW_MAX);
    buffer_init(&self.drops, STACK_FRAGMENT_RAW_MAX);
    enum fault fault = FAULT_NONE;
    for (uint32_t slot = 0; slot < ledger_used(parts->ledger) && fault == FAULT_NONE; slot++) {
        self.record = ledger_slot(parts->ledger, slot);
        uint32_t head = self.record->source.index;
        self.joined = &joined[head];
        for (uint32_t i = head; i < ledger_next(parts->ledger, head) && fault == FAULT_NONE; i++)
            fault = stack_parts_at(parts, i) ? join_part(&self, stack_parts_at(parts, i)) : FAULT_NONE;
    }
    row_set_destroy(&self.seen);
    fragment_text_destroy(&self.text);
    buffer_free(&self.bytes);
    buffer_free(&self.kept);
    buffer_free(&self.drops);
    return fault;
}
