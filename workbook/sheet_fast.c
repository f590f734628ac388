/* SPDX-License-Identifier: MIT
 *
 * The usual shapes of cells and rows, predicted instead of parsed: per cell one look at 64 bytes gives three bit masks
 * (quotes, '<', digits), from which every boundary of the cell follows by counting zeros. What is not of those shapes
 * is left for sheet_scanner.c. The road is a template (sheet_fast_body.h), compiled for AVX-512, AVX2, SSE2 and for any
 * machine; they differ in how the masks are made and in nothing that can be observed.
 */
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "core/number.h"
#include "workbook/cell_text.h"
#include "workbook/sheet_state.h"

/* What a road may read behind the beginning of a cell: its 64 bytes, and 16 of a number that begins among them. */
#define ROOM 80

/* Bit i says something of byte i. */
struct look {
    uint64_t quotes, less, digits;
};

/* Words of bytes in memory order, whatever the machine's. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define HEAD(a, b, c, d) ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)
#define WORD(a, b, c, d, e, f, g, h) (HEAD(a, b, c, d) | (uint64_t)HEAD(e, f, g, h) << 32)
#define HEAD3_MASK UINT32_C(0x00FFFFFF)
#define HEAD6_MASK UINT64_C(0x0000FFFFFFFFFFFF)
#define HEAD7_MASK UINT64_C(0x00FFFFFFFFFFFFFF)
#else
#define HEAD(a, b, c, d) ((uint32_t)(d) | (uint32_t)(c) << 8 | (uint32_t)(b) << 16 | (uint32_t)(a) << 24)
#define WORD(a, b, c, d, e, f, g, h) (HEAD(e, f, g, h) | (uint64_t)HEAD(a, b, c, d) << 32)
#define HEAD3_MASK UINT32_C(0xFFFFFF00)
#define HEAD6_MASK UINT64_C(0xFFFFFFFFFFFF0000)
#define HEAD7_MASK UINT64_C(0xFFFFFFFFFFFFFF00)
#endif
#define ROW_END WORD('<', '/', 'r', 'o', 'w', '>', 0, 0)
#define OPEN_INLINE_TEXT WORD('<', 'i', 's', '>', '<', 't', '>', 0)
#define CLOSE_TEXT_INLINE WORD('<', '/', 't', '>', '<', '/', 'i', 's')
#define CLOSE_INLINE_CELL WORD('/', 'i', 's', '>', '<', '/', 'c', '>')
#define CLOSE_VALUE_CELL WORD('<', '/', 'v', '>', '<', '/', 'c', '>')

static inline uint32_t load32(const char *at)
{
    uint32_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

static inline uint64_t load64(const char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

/* from < to <= 64 */
static inline uint64_t bits_between(unsigned from, unsigned to)
{
    return (UINT64_MAX >> (64 - (to - from))) << from;
}

/* The value of 1 to 8 digits; eight bytes are readable. */
static ALWAYS_INLINE uint32_t digits_value(const char *at, unsigned len)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    uint64_t v = (load64(at) & UINT64_C(0x0F0F0F0F0F0F0F0F)) << (8 * (8 - len));
    v = v * 10 + (v >> 8); /* neighbours join to pairs, fours, eight */
    uint64_t fours = (v & 0xFF000000FF) * (((uint64_t)1000000 << 32) + 100);
    fours += (v >> 16 & 0xFF000000FF) * (((uint64_t)10000 << 32) + 1);
    return (uint32_t)(fours >> 32);
#else
    uint32_t value = 0;
    for (unsigned i = 0; i < len; i++)
        value = value * 10 + (uint32_t)(at[i] - '0');
    return value;
#endif
}

static inline bool is_blank(char c)
{
    return (unsigned char)c <= ' ';
}

static inline const char *find_less(const char *at, const char *end)
{
    const char *found = at < end ? memchr(at, '<', (size_t)(end - at)) : NULL;
    return found ? found : end;
}

/* --- what is the same for every instruction set --------------------------------------------------------------------------- */

static ALWAYS_INLINE bool known_type(const char *text, unsigned len, enum stored_type *ret)
{
    if (len == 1) {
        switch (text[0]) {
        case 's':
            *ret = STORED_SHARED;
            return true;
        case 'n':
            *ret = STORED_NUMBER;
            return true;
        case 'b':
            *ret = STORED_BOOLEAN;
            return true;
        case 'e':
            *ret = STORED_ERROR;
            return true;
        default:
            return false;
        }
    }
    if (len == 3 && memcmp(text, "str", 3) == 0) {
        *ret = STORED_STRING;
        return true;
    }
    *ret = STORED_INLINE;
    return len == 9 && memcmp(text, "inlineStr", 9) == 0;
}

static bool decode_into(struct buffer *scratch, struct span raw, struct span *ret)
{
    return cell_text_decode(raw, scratch, ret) == FAULT_NONE;
}

/* Values that are text of some kind; false leaves the cell to the complete road. */
static bool take_text_value(struct sheet_scanner *self, struct span value)
{
    struct cell *cell = &self->cell;
    switch (self->stored) {
    case STORED_STRING:
    case STORED_INLINE:
        cell->type = CELL_TEXT;
        return decode_into(&self->value, value, &cell->value);
    case STORED_BOOLEAN:
        cell->type = CELL_BOOLEAN;
        cell->value = value;
        return value.len == 1 && (value.data[0] == '0' || value.data[0] == '1');
    case STORED_ERROR:
        cell->type = CELL_ERROR;
        cell->value = value;
        return value.len && !is_blank(value.data[0]) && !is_blank(value.data[value.len - 1]) &&
               cell_text_is_plain(value) && cell_text_is_valid(value);
    default:
        return false;
    }
}

/* "TEXT" between `open` at *at and `close`; moves *at behind both. */
static bool take_between(const char **at, const char *end, struct span open, struct span close, struct span *ret)
{
    if (!span_starts(span_make(*at, (size_t)(end - *at)), open))
        return false;
    const char *from = *at + open.len, *stop = find_less(from, end);
    if (!span_starts(span_make(stop, (size_t)(end - stop)), close))
        return false;
    *ret = span_make(from, (size_t)(stop - from));
    *at = stop + close.len;
    return true;
}

static const char *end_of_cell(const char *at, const char *end)
{
    return end - at >= 4 && memcmp(at, "</c>", 4) == 0 ? at + 4 : NULL;
}

static bool take_scalar(struct sheet_scanner *self, struct span value)
{
    struct cell *cell = &self->cell;
    cell->has_value = true;
    cell->value = value;
    if (self->stored != STORED_NUMBER)
        return self->stored != STORED_SHARED && take_text_value(self, value);
    cell->type = CELL_NUMBER;
    return value.len && !is_blank(value.data[0]) && !is_blank(value.data[value.len - 1]) &&
           number_parse(value, &cell->number) == FAULT_NONE;
}

static const char *take_inline(struct sheet_scanner *self, const char *at, const char *end)
{
    struct span text;
    struct span close = SPAN("</t></is>");
    if (!take_between(&at, end, SPAN("<is><t>"), close, &text) &&
        !take_between(&at, end, SPAN("<is><t xml:space=\"preserve\">"), close, &text))
        return NULL;
    self->cell.has_value = true;
    return take_text_value(self, text) ? end_of_cell(at, end) : NULL;
}

/* The inside of a cell that begins with something else than <v>, up to behind </c>; NULL: not of a known shape. */
static const char *take_body(struct sheet_scanner *self, const char *at, const char *end)
{
    struct cell *cell = &self->cell;
    if (self->stored == STORED_INLINE)
        return take_inline(self, at, end);
    struct span formula, value;
    if (!take_between(&at, end, SPAN("<f>"), SPAN("</f>"), &formula) || !formula.len)
        return NULL;
    cell->has_value = false;
    cell->type = CELL_BLANK;
    cell->value = SPAN("");
    if (take_between(&at, end, SPAN("<v>"), SPAN("</v>"), &value) && !take_scalar(self, value))
        return NULL;
    const char *next = end_of_cell(at, end);
    if (!next || !decode_into(&self->formula, formula, &cell->formula_text) || !cell->formula_text.len)
        return NULL;
    cell->formula = FORMULA_NORMAL; /* last: nothing fails behind it, and the complete road finds it unset */
    return next;
}

/* The attributes of a row that writers use; a bit each, so that none is taken twice. */
static int known_row_attribute(struct span name)
{
    static const struct span names[] = {
        {"spans", 5}, {"s", 1}, {"customFormat", 12}, {"ht", 2}, {"customHeight", 12}, {"hidden", 6}, {"outlineLevel", 12},
        {"collapsed", 9}, {"thickTop", 8}, {"thickBot", 8}, {"ph", 2}, {"x14ac:dyDescent", 15},
    };
    for (int i = 0; i < (int)(sizeof names / sizeof names[0]); i++) {
        if (names[i].len == name.len && memcmp(names[i].data, name.data, name.len) == 0)
            return i;
    }
    return -1;
}
#define ROW_HIDDEN 5

/* The value behind `="` at *at, up to its closing quote; false for one that needs decoding or is cut off. */
static bool take_simple_value(const char **at, const char *end, struct span *ret)
{
    const char *q = *at;
    if (end - q < 3 || q[0] != '=' || q[1] != '"')
        return false;
    const char *from = q += 2;
    while (q < end && *q != '"' && *q != '<' && *q != '&')
        q++;
    if (q == end || *q != '"')
        return false;
    *ret = span_make(from, (size_t)(q - from));
    *at = q + 1;
    return true;
}

/* The rest of a row's tag behind r="..."; *at behind '>'. */
static bool take_row_attributes(const char **at, const char *end, bool *ret_hidden)
{
    const char *q = *at;
    uint32_t seen = 0;
    *ret_hidden = false;
    while (q < end && *q == ' ') {
        const char *from = ++q;
        while (q < end && *q != '=' && q - from < 24)
            q++;
        int known = known_row_attribute(span_make(from, (size_t)(q - from)));
        struct span value;
        if (known < 0 || seen >> known & 1 || !take_simple_value(&q, end, &value))
            return false;
        seen |= UINT32_C(1) << known;
        if (known == ROW_HIDDEN)
            *ret_hidden = span_is(value, "1") || span_is(value, "true") || span_is(value, "on");
    }
    if (q == end || *q != '>')
        return false;
    *at = q + 1;
    return true;
}

/* ` r="12"` at *at. */
static bool take_row_number(const char **at, const char *end, uint32_t *ret)
{
    uint32_t number = 0;
    const char *q = *at + 4, *digits = q;
    for (; q < end && (unsigned)(*q - '0') < 10 && q - digits < 8; q++)
        number = number * 10 + (uint32_t)(*q - '0');
    if (q == digits || q == end || *q != '"')
        return false;
    *ret = number;
    *at = q + 1;
    return true;
}

/* "</row><row ...>" at `at`: the open row is replaced by the next one. Returns what follows, or `at`. */
static const char *take_next_row(struct sheet_scanner *self, const char *at, const char *end, enum fault *ret_fault)
{
    const char *q = at + 6;
    while (q < end && is_blank(*q) && *q)
        q++;
    if (!span_starts(span_make(q, (size_t)(end - q)), SPAN("<row")))
        return at;
    q += 4;
    uint32_t number = self->next_row + 1;
    if (span_starts(span_make(q, (size_t)(end - q)), SPAN(" r=\"")) && !take_row_number(&q, end, &number))
        return at;
    bool is_hidden = false;
    const char *tag = q;
    if (self->row_tag_len && (size_t)(end - q) >= self->row_tag_len && memcmp(q, self->row_tag, self->row_tag_len) == 0)
        q += self->row_tag_len;
    else if (!take_row_attributes(&q, end, &is_hidden))
        return at;
    if (number == 0 || number > GRID_ROWS)
        return at;
    size_t tag_len = (size_t)(q - tag);
    self->row_tag_len = !is_hidden && tag_len <= sizeof self->row_tag ? tag_len : 0;
    memcpy(self->row_tag, tag, self->row_tag_len);
    *ret_fault = sheet_open_row(self, number - 1, is_hidden);
    return q;
}

/* --- any machine ------------------------------------------------------------------------------------------------------------ */

#define FAST(name) name##_portable
#define FAST_TARGET

static ALWAYS_INLINE void FAST(look)(const char *p, struct look *look)
{
    uint64_t quotes = 0, less = 0, digits = 0;
    for (unsigned i = 0; i < 64; i++) {
        quotes |= (uint64_t)(p[i] == '"') << i;
        less |= (uint64_t)(p[i] == '<') << i;
        digits |= (uint64_t)((unsigned char)(p[i] - '0') < 10) << i;
    }
    *look = (struct look){quotes, less, digits};
}

static ALWAYS_INLINE bool FAST(convert)(const char *at, unsigned n, unsigned point, bool is_negative, double *ret)
{
    (void)at, (void)n, (void)point, (void)is_negative, (void)ret;
    return false; /* number_parse does without the masks */
}

#include "workbook/sheet_fast_body.h"
#undef FAST
#undef FAST_TARGET

#if defined(__x86_64__)

/* --- SSE2, which every x86-64 has --------------------------------------------------------------------------------------------- */

#define FAST(name) name##_sse2
#define FAST_TARGET

static ALWAYS_INLINE void FAST(look_at)(const char *p, unsigned i, struct look *look)
{
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
    __m128i from_zero = _mm_sub_epi8(v, _mm_set1_epi8('0'));
    __m128i is_digit = _mm_cmpeq_epi8(_mm_min_epu8(from_zero, _mm_set1_epi8(9)), from_zero);
    look->quotes |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8('"'))) << i;
    look->less |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8('<'))) << i;
    look->digits |= (uint64_t)(uint32_t)_mm_movemask_epi8(is_digit) << i;
}

static ALWAYS_INLINE void FAST(look)(const char *p, struct look *look)
{
    *look = (struct look){0, 0, 0};
    FAST(look_at)(p, 0, look);
    FAST(look_at)(p, 16, look);
    FAST(look_at)(p, 32, look);
    FAST(look_at)(p, 48, look);
}

static ALWAYS_INLINE bool FAST(convert)(const char *at, unsigned n, unsigned point, bool is_negative, double *ret)
{
    return convert_portable(at, n, point, is_negative, ret);
}

#include "workbook/sheet_fast_body.h"
#undef FAST
#undef FAST_TARGET

/* --- numbers by shuffles, from SSSE3 on ------------------------------------------------------------------------------------------ */

/* [digits][.digits] of n bytes, its point at `point` (UINT32_MAX: none), 16 bytes readable. The digits are moved to the right
 * end of a register, the point out of it, and joined to pairs, fours, eights. False where the double would not be exact. */
static __attribute__((target("avx2"))) ALWAYS_INLINE bool convert_digits(const char *at, unsigned n, unsigned point, bool is_negative,
                                                                 double *ret)
{
    static const double powers[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    bool has_point = point < n;
    unsigned n_digits = n - has_point;
    if (!has_point && n <= 8) { /* counts, dates, codes: half of all, and no division */
        double value = digits_value(at, n);
        *ret = is_negative ? -value : value;
        return true;
    }
    if (n > 16 || n_digits > 15)
        return false;
    __m128i index = _mm_add_epi8(_mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
                                 _mm_set1_epi8((char)(n_digits - 16)));
    __m128i is_behind = _mm_cmpgt_epi8(index, _mm_set1_epi8((char)(has_point ? point - 1 : 127)));
    index = _mm_sub_epi8(index, is_behind);
    __m128i values = _mm_sub_epi8(_mm_loadu_si128((const __m128i *)(const void *)at), _mm_set1_epi8('0'));
    values = _mm_shuffle_epi8(values, index); /* a negative index gives 0 */
    values = _mm_maddubs_epi16(values, _mm_set1_epi16(0x010A));
    values = _mm_madd_epi16(values, _mm_set1_epi32(0x00010064));
    values = _mm_packus_epi32(values, values);
    values = _mm_madd_epi16(values, _mm_set1_epi32(0x00012710));
    uint64_t eights = (uint64_t)_mm_cvtsi128_si64(values);
    double value = (double)(int64_t)((eights & UINT32_MAX) * 100000000 + (eights >> 32)) / powers[has_point ? n - 1 - point : 0];
    *ret = is_negative ? -value : value;
    return true;
}

/* --- AVX2 with the bit instructions that come along ----------------------------------------------------------------------------- */

#define FAST(name) name##_avx2
#define FAST_TARGET __attribute__((target("avx2,bmi,bmi2")))

static FAST_TARGET ALWAYS_INLINE void FAST(look_at)(const char *p, unsigned i, struct look *look)
{
    __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)(p + i));
    __m256i from_zero = _mm256_sub_epi8(v, _mm256_set1_epi8('0'));
    __m256i is_digit = _mm256_cmpeq_epi8(_mm256_min_epu8(from_zero, _mm256_set1_epi8(9)), from_zero);
    look->quotes |= (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(v, _mm256_set1_epi8('"'))) << i;
    look->less |= (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(v, _mm256_set1_epi8('<'))) << i;
    look->digits |= (uint64_t)(uint32_t)_mm256_movemask_epi8(is_digit) << i;
}

static FAST_TARGET ALWAYS_INLINE void FAST(look)(const char *p, struct look *look)
{
    *look = (struct look){0, 0, 0};
    FAST(look_at)(p, 0, look);
    FAST(look_at)(p, 32, look);
}

static FAST_TARGET ALWAYS_INLINE bool FAST(convert)(const char *at, unsigned n, unsigned point, bool is_negative, double *ret)
{
    return convert_digits(at, n, point, is_negative, ret);
}

#include "workbook/sheet_fast_body.h"
#undef FAST
#undef FAST_TARGET

/* --- AVX-512: the masks come ready made ------------------------------------------------------------------------------------------- */

#define FAST(name) name##_avx512
#define FAST_TARGET __attribute__((target("avx2,avx512f,avx512bw,bmi,bmi2")))

static FAST_TARGET ALWAYS_INLINE void FAST(look)(const char *p, struct look *look)
{
    __m512i v = _mm512_loadu_si512((const void *)p);
    look->quotes = _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('"'));
    look->less = _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('<'));
    look->digits = _mm512_cmplt_epu8_mask(_mm512_sub_epi8(v, _mm512_set1_epi8('0')), _mm512_set1_epi8(10));
}

static FAST_TARGET ALWAYS_INLINE bool FAST(convert)(const char *at, unsigned n, unsigned point, bool is_negative, double *ret)
{
    return convert_digits(at, n, point, is_negative, ret);
}

#include "workbook/sheet_fast_body.h"
#undef FAST
#undef FAST_TARGET

static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
}

static bool has_avx512(void)
{
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
}

sheet_fast_road *sheet_fast_find(enum scan_road road)
{
    switch (road) {
    case SCAN_ROAD_BEST:
        return has_avx512() ? road_avx512 : has_avx2() ? road_avx2 : road_sse2;
    case SCAN_ROAD_AVX512:
        return has_avx512() ? road_avx512 : NULL;
    case SCAN_ROAD_AVX2:
        return has_avx2() ? road_avx2 : NULL;
    case SCAN_ROAD_SSE2:
        return road_sse2;
    case SCAN_ROAD_PORTABLE:
        return road_portable;
    default:
        return NULL;
    }
}

#else

sheet_fast_road *sheet_fast_find(enum scan_road road)
{
    return road == SCAN_ROAD_BEST || road == SCAN_ROAD_PORTABLE ? road_portable : NULL;
}

#endif
