/* SPDX-License-Identifier: MIT
 *
 * In our rows '<' stands for nothing but an element, and no element but <c> and <row> begins with c or r: two bytes tell where
 * something is to be done, and everything between is copied.
 */
#include "sink/row_text.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "workbook/cell_ref.h"

static struct span take(struct span *rows, size_t len)
{
    struct span row = span_make(rows->data, len);
    *rows = span_from(*rows, len);
    return row;
}

static struct span next_until(struct span *rows, struct span end)
{
    const char *at = rows->len ? memmem(rows->data, rows->len, end.data, end.len) : NULL;
    return at ? take(rows, (size_t)(at - rows->data) + end.len) : (struct span){NULL, 0};
}

/* A line break within quotes is none: an even number of quotes stands before the record's end. */
static struct span next_record(struct span *rows)
{
    bool is_quoted = false;
    for (size_t i = 0; i < rows->len; i++) {
        is_quoted ^= rows->data[i] == '"';
        if (rows->data[i] == '\n' && !is_quoted)
            return take(rows, i + 1);
    }
    return (struct span){NULL, 0};
}

struct span row_text_next(enum stack_form form, struct span *rows)
{
    switch (form) {
    case STACK_CSV:
        return next_record(rows);
    case STACK_JSONL:
        return next_until(rows, SPAN("\n"));
    case STACK_XLSX:
        break;
    }
    return next_until(rows, SPAN("</row>"));
}

struct span row_text_first(enum stack_form form, struct span rows, uint32_t n)
{
    struct span rest = rows;
    for (uint32_t i = 0; i < n; i++)
        if (!row_text_next(form, &rest).len)
            return (struct span){NULL, 0};
    return span_make(rows.data, rows.len - rest.len);
}

/* --- references ---------------------------------------------------------------------------------------------------------------- */

/* The bytes before the next "<c" or "<r"; all of them when there is none. */
static size_t find_tag(struct span text)
{
    size_t i = 0;
#ifdef __SSE2__
    const __m128i open = _mm_set1_epi8('<'), c = _mm_set1_epi8('c'), r = _mm_set1_epi8('r');
    for (; i + 17 <= text.len; i += 16) {
        __m128i first = _mm_loadu_si128((const __m128i *)(const void *)(text.data + i));
        __m128i second = _mm_loadu_si128((const __m128i *)(const void *)(text.data + i + 1));
        __m128i is_either = _mm_or_si128(_mm_cmpeq_epi8(second, c), _mm_cmpeq_epi8(second, r));
        int mask = _mm_movemask_epi8(_mm_and_si128(_mm_cmpeq_epi8(first, open), is_either));
        if (mask)
            return i + (size_t)__builtin_ctz((unsigned)mask);
    }
#endif
    for (; i + 1 < text.len; i++)
        if (text.data[i] == '<' && (text.data[i + 1] == 'c' || text.data[i + 1] == 'r'))
            return i;
    return text.len;
}

struct referrer {
    char *to;       /* with room for TAG_BYTES */
    char number[8]; /* of the row */
    size_t number_len;
    uint32_t row, col; /* row: of the next one */
};

#define TAG_BYTES 32 /* what a tag becomes, at most <c r="XFD1048576" */

static void put(struct referrer *self, const char *bytes, size_t len)
{
    memcpy(self->to, bytes, len);
    self->to += len;
}

static bool begin_row(struct referrer *self)
{
    if (self->row > GRID_ROWS)
        return false;
    char ref[CELL_REF_TEXT_MAX];
    size_t len = cell_ref_format((struct cell_ref){self->row - 1, 0}, ref); /* "A12" */
    self->number_len = len - 1;
    memcpy(self->number, ref + 1, self->number_len);
    self->row++;
    self->col = 0;
    put(self, "<row r=\"", 8);
    put(self, self->number, self->number_len);
    put(self, "\"", 1);
    return true;
}

static void put_column(struct referrer *self, uint32_t col)
{
    if (col >= 26 * 27)
        *self->to++ = (char)('A' + (col - 26 * 27) / (26 * 26));
    if (col >= 26)
        *self->to++ = (char)('A' + (col - 26) / 26 % 26);
    *self->to++ = (char)('A' + col % 26);
}

static bool begin_cell(struct referrer *self)
{
    if (self->number_len == 0 || self->col >= GRID_COLS)
        return false;
    put(self, "<c r=\"", 6);
    put_column(self, self->col++);
    put(self, self->number, self->number_len);
    put(self, "\"", 1);
    return true;
}

/* Writes what stands for the tag at the beginning of `text`; the bytes of it that are done with, 0 for another tag. */
static size_t refer_tag(struct referrer *self, struct span text)
{
    if (span_starts(text, SPAN("<row>")))
        return begin_row(self) ? 4 : 0;
    if (span_starts(text, SPAN("<c/>"))) {
        self->col++;
        return 4;
    }
    if (text.len > 2 && (text.data[2] == '>' || text.data[2] == ' ') && text.data[1] == 'c')
        return begin_cell(self) ? 2 : 0;
    return 0;
}

enum fault row_text_refer(struct span rows, uint32_t row, struct buffer *out)
{
    struct referrer self = {.row = row};
    while (rows.len) {
        size_t n = find_tag(rows);
        char *room = self.to = buffer_reserve(out, n + TAG_BYTES);
        if (!room)
            return FAULT_LIMIT;
        put(&self, rows.data, n);
        rows = span_from(rows, n);
        n = rows.len ? refer_tag(&self, rows) : 0;
        out->len += (size_t)(self.to - room);
        if (rows.len && n == 0)
            return FAULT_CORRUPT;
        rows = span_from(rows, n);
    }
    return FAULT_NONE;
}
