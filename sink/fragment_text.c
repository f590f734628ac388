/* SPDX-License-Identifier: MIT
 *
 * A fragment is deflate blocks without an end: a last, empty block is put behind it. Room for one fragment is kept.
 */
#include "sink/fragment_text.h"

#include <stdlib.h>

#include "core/must.h"
#include "workbook/codec.h"

#define TEXT_KEPT_BYTES ((size_t)4 << 20) /* more is given back after use */

struct fragment_text {
    enum stack_form form;
    struct inflater *inflater;
    struct buffer text;
};

struct fragment_text *fragment_text_new(enum stack_form form)
{
    struct fragment_text *self = must_alloc(sizeof *self);
    self->form = form;
    buffer_init(&self->text, STACK_FRAGMENT_RAW_MAX);
    if (form == STACK_XLSX)
        self->inflater = inflater_new();
    return self;
}

void fragment_text_destroy(struct fragment_text **self)
{
    if (!*self)
        return;
    inflater_destroy(&(*self)->inflater);
    buffer_free(&(*self)->text);
    free(*self);
    *self = NULL;
}

/* Inflates `input` behind the text, within `room` bytes; stops when the input has gone, or at the end of the stream. */
static enum fault inflate(struct fragment_text *self, struct span input, size_t room, bool *ret_end)
{
    size_t n = 1;
    *ret_end = false;
    while (!*ret_end && (input.len || n)) {
        char spare;
        bool is_full = self->text.len == room;
        char *to = is_full ? &spare : self->text.data + self->text.len;
        enum fault fault = inflater_step(self->inflater, &input, to, is_full ? 1 : room - self->text.len, &n, ret_end);
        if (fault != FAULT_NONE)
            return fault;
        if (is_full && n) /* more than the record says */
            return FAULT_CORRUPT;
        self->text.len += n;
    }
    return FAULT_NONE;
}

enum fault fragment_text_get(struct fragment_text *self, const struct stack_fragment *fragment, struct span bytes,
                             struct span *ret)
{
    *ret = bytes;
    if (self->form != STACK_XLSX)
        return bytes.len == fragment->raw_len ? FAULT_NONE : FAULT_CORRUPT;
    bool is_over;
    if (self->text.capacity > TEXT_KEPT_BYTES)
        buffer_free(&self->text);
    buffer_clear(&self->text);
    if (!buffer_reserve(&self->text, fragment->raw_len))
        return FAULT_LIMIT;
    inflater_reset(self->inflater);
    enum fault fault = inflate(self, bytes, fragment->raw_len, &is_over);
    if (fault == FAULT_NONE && !is_over)
        fault = inflate(self, CODEC_LAST_BLOCK, fragment->raw_len, &is_over);
    if (fault != FAULT_NONE)
        return fault;
    *ret = buffer_span(&self->text);
    bool is_whole = is_over && ret->len == fragment->raw_len && codec_crc32(0, *ret) == fragment->crc32;
    return is_whole ? FAULT_NONE : FAULT_CORRUPT;
}
