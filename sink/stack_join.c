/* SPDX-License-Identifier: MIT
 *
 * Fragments are read in pieces of about a MiB and joined as they are. Only one in which --dedupe finds rows to leave out is
 * inflated, filtered and written as text. What is there whole while others are still read is joined then, so that writing
 * does not wait for the last one.
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

struct stack_joiner {
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
    uint32_t next;              /* the first record that was not joined ahead */
    struct stack_joined *ahead; /* of the records before it */
    uint32_t ahead_room, n_ahead;
    struct span given;          /* what is left of the bytes of the next part; empty: they are in the spool */
};

/* In the part at hand, with the CRCs of what was read so far. */
struct position {
    uint64_t bytes_at, rows_at; /* in the spool, of the next fragment */
    uint32_t bytes_crc, rows_crc, fragments_crc;
};

static enum fault say_damaged(const struct stack_joiner *self)
{
    return why_set(self->end->why, FAULT_IO, "what was kept of %.*s cannot be read back; is the disk of TMPDIR damaged? Run again",
                   SPAN_ARGS(self->record->source.name));
}

static enum fault go_on(struct stack_joiner *self, uint64_t bytes)
{
    self->done += bytes;
    if (!self->end->progress || self->end->progress(self->end->context, self->done, self->total))
        return FAULT_NONE;
    return why_set(self->end->why, FAULT_CANCELLED, "cancelled; nothing was written");
}

static enum fault why_or(const struct stack_joiner *self, enum fault fault)
{
    if (fault == FAULT_CORRUPT || fault == FAULT_IO)
        return self->end->why && self->end->why->fault == FAULT_IO ? fault : say_damaged(self);
    return fault;
}

/* --- joining ------------------------------------------------------------------------------------------------------------------- */

static enum fault flush(struct stack_joiner *self)
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
static enum fault read_bytes(struct stack_joiner *self, struct position *at, const struct stack_fragment *fragment, struct span *ret)
{
    char *to = buffer_reserve(&self->bytes, fragment->len);
    if (!to)
        return why_set(self->end->why, FAULT_LIMIT, "%.*s has a row that is too long for memory", SPAN_ARGS(self->record->source.name));
    if (self->given.len) { /* judged: the fragments are as long as the bytes */
        memcpy(to, self->given.data, fragment->len);
        self->given = span_from(self->given, fragment->len);
    } else if (spool_read(self->spool, at->bytes_at, to, fragment->len) != FAULT_NONE) {
        return say_damaged(self);
    }
    self->bytes.len += fragment->len;
    *ret = span_make(to, fragment->len);
    at->bytes_crc = codec_crc32(at->bytes_crc, *ret);
    return FAULT_NONE;
}

static bool can_wait(const struct stack_joiner *self, const struct stack_fragment *fragment)
{
    const struct stack_fragment *waiting = &self->waiting;
    return (uint64_t)waiting->n_rows + fragment->n_rows <= stack_writer_room(self->writer) &&
           (uint64_t)waiting->raw_len + fragment->raw_len <= STACK_FRAGMENT_RAW_MAX && self->bytes.len + fragment->len <= PIECE_BYTES;
}

static enum fault join_whole(struct stack_joiner *self, struct position *at, const struct stack_fragment *fragment)
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

static enum fault look_at_rows(struct stack_joiner *self, struct position *at, uint32_t n_rows, uint32_t *ret_drops)
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

static enum fault find_drops(struct stack_joiner *self, struct position *at, uint32_t n_rows, uint32_t *ret_drops)
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
static bool keep_rows(struct stack_joiner *self, struct span rows, uint32_t n)
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

static enum fault join_filtered(struct stack_joiner *self, struct position *at, const struct stack_fragment *fragment, uint32_t n_drops)
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

static enum fault join_fragment(struct stack_joiner *self, struct position *at, const struct stack_fragment *fragment)
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

static enum fault join_part(struct stack_joiner *self, const struct stack_part *part)
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

static enum fault join_source(struct stack_joiner *self, uint32_t head, struct stack_joined *joined)
{
    enum fault fault = FAULT_NONE;
    self->record = ledger_record(self->parts->ledger, head);
    self->joined = joined;
    for (uint32_t i = head; i < ledger_next(self->parts->ledger, head) && fault == FAULT_NONE; i++)
        fault = stack_parts_at(self->parts, i) ? join_part(self, stack_parts_at(self->parts, i)) : FAULT_NONE;
    return fault;
}

/* --- ahead of the end ----------------------------------------------------------------------------------------------------------- */

static bool is_whole(const struct ledger *ledger, uint32_t head)
{
    uint32_t n = ledger_record(ledger, head)->source.slices;
    for (uint32_t i = head; i < head + (n ? n : 1); i++) {
        if (i >= ledger_records(ledger))
            return false;
        const struct record *record = ledger_record(ledger, i);
        if (!record->is_known || !record->has_partial || record->has_failed || record->state != PARTIAL_OK)
            return false;
    }
    return true;
}

static struct stack_joined *ahead_of(struct stack_joiner *self, uint32_t head)
{
    if (head >= self->ahead_room) {
        uint32_t room = head + 1 + head / 2;
        self->ahead = must_realloc(self->ahead, room * sizeof *self->ahead);
        memset(self->ahead + self->ahead_room, 0, (room - self->ahead_room) * sizeof *self->ahead);
        self->ahead_room = room;
    }
    return &self->ahead[head];
}

bool stack_joiner_is_next(struct stack_joiner *self, uint32_t record)
{
    const struct ledger *ledger = self->parts->ledger;
    while (self->next < ledger_records(ledger) && ledger_record(ledger, self->next)->is_known &&
           ledger_record(ledger, self->next)->source.state != SOURCE_TASK)
        self->next = ledger_next(ledger, self->next);
    return record == self->next && record < ledger_records(ledger) && ledger_record(ledger, record)->is_known &&
           ledger_record(ledger, record)->source.slices <= 1;
}

void stack_joiner_give(struct stack_joiner *self, struct span bytes)
{
    self->given = bytes;
}

enum fault stack_joiner_advance(struct stack_joiner *self, struct stack_writer *writer, struct why *why)
{
    const struct ledger *ledger = self->parts->ledger;
    struct merge_end end = {.why = why};
    enum fault fault = FAULT_NONE;
    must(!self->seen);
    self->end = &end;
    self->writer = writer;
    while (fault == FAULT_NONE && self->next < ledger_records(ledger) && ledger_record(ledger, self->next)->is_known) {
        uint32_t head = self->next;
        if (ledger_record(ledger, head)->source.state == SOURCE_TASK) {
            if (!is_whole(ledger, head))
                break;
            fault = join_source(self, head, ahead_of(self, head));
            self->n_ahead++;
        }
        self->next = ledger_next(ledger, head);
    }
    self->end = NULL;
    self->given = SPAN("");
    return fault;
}

/* --- the end -------------------------------------------------------------------------------------------------------------------- */

struct stack_joiner *stack_joiner_new(const struct stack_parts *parts)
{
    struct stack_joiner *self = must_alloc(sizeof *self);
    self->parts = parts;
    self->spool = ledger_spool(parts->ledger);
    self->seen = parts->plan->dedupe != DEDUPE_NONE ? row_set_new() : NULL;
    self->text = fragment_text_new(parts->plan->form);
    buffer_init(&self->bytes, (size_t)2 * STACK_PARTIAL_BYTES_MAX);
    buffer_init(&self->kept, (size_t)2 * STACK_FRAGMENT_RAW_MAX);
    buffer_init(&self->drops, STACK_FRAGMENT_RAW_MAX);
    return self;
}

void stack_joiner_destroy(struct stack_joiner **self)
{
    struct stack_joiner *j = *self;
    if (!j)
        return;
    row_set_destroy(&j->seen);
    fragment_text_destroy(&j->text);
    buffer_free(&j->bytes);
    buffer_free(&j->kept);
    buffer_free(&j->drops);
    free(j->ahead);
    free(j);
    *self = NULL;
}

enum fault stack_joiner_finish(struct stack_joiner *self, const struct merge_end *end, struct stack_writer *writer,
                               struct stack_joined *joined)
{
    const struct ledger *ledger = self->parts->ledger;
    uint32_t n_ahead = 0;
    self->end = end;
    self->writer = writer;
    self->total = count_bytes(self->parts);
    enum fault fault = go_on(self, 0);
    for (uint32_t slot = 0; slot < ledger_used(ledger) && fault == FAULT_NONE; slot++) {
        uint32_t head = ledger_slot(ledger, slot)->source.index;
        if (head >= self->next)
            fault = join_source(self, head, &joined[head]);
        else
            joined[head] = self->ahead[head];
        n_ahead += head < self->next;
    }
    if (fault == FAULT_NONE && n_ahead != self->n_ahead)
        fault = why_set(end->why, FAULT_PROTOCOL, "a source that was joined does not count after all; run again");
    return fault;
}
