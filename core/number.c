/* SPDX-License-Identifier: MIT
 *
 * Text <-> double. Parsing takes the shortest road that is exact: Clinger's for few digits and small exponents,
 * Eisel-Lemire for nearly all others, strtod_l for the handful of texts whose first 19 digits do not decide.
 * Formatting is Schubfach (R. Giulietti, "The Schubfach way to render doubles", 2020): the shortest decimal within the
 * rounding interval, the closest to the value among the shortest. Both share one table of powers of five.
 */
#include "core/number.h"

#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/must.h"
#include "core/powers_of_five.h"

#define EXACT_DIGITS 19   /* decimal digits that always fit 64 bits */
#define SLOW_DIGITS 768   /* with one sticky digit more, no double needs a longer text to be told apart */
#define EXPONENT_MAX 1000000000000000 /* beyond any text's digits; keeps sums of exponents within 64 bits */
#define MANTISSA_BITS 52
#define HIDDEN_BIT ((uint64_t)1 << MANTISSA_BITS)

/* value = (-1)^is_negative * digits * 10^exponent, digits cut after EXACT_DIGITS significant ones. */
struct scanned {
    uint64_t digits;
    int64_t exponent;
    bool is_negative, is_cut;
    struct span whole, fraction; /* the digit runs as written */
};

static const double exact_powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                      1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static double double_of_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static struct power_of_five power_of_five(int64_t q)
{
    must(q >= POWER_OF_FIVE_FIRST && q <= POWER_OF_FIVE_LAST);
    return powers_of_five[q - POWER_OF_FIVE_FIRST];
}

/* --- text to double ------------------------------------------------------------------------------------------------ */

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define EACH_BYTE(value) (UINT64_C(0x0101010101010101) * (value))

/* n = 4 or 8 bytes, the first one lowest. */
static inline uint64_t load(const char *at, size_t n)
{
    uint64_t word = 0;
    memcpy(&word, at, n);
    return word;
}

/* The 1..8 bytes of a text in one word, by loads that overlap: where they do, they agree. */
static inline uint64_t load_text(const char *text, size_t n)
{
    if (n >= 4)
        return load(text, 4) | load(text + n - 4, 4) << (8 * (n - 4));
    const unsigned char *bytes = (const unsigned char *)text;
    return bytes[0] | (uint64_t)bytes[n / 2] << (8 * (n / 2)) | (uint64_t)bytes[n - 1] << (8 * (n - 1));
}

/* A bit in every byte of v that is zero, from the lowest zero byte on exact. */
static inline uint64_t zero_bytes(uint64_t v)
{
    return (v - EACH_BYTE(0x01)) & ~v & EACH_BYTE(0x80);
}

/* Where the first point stands; 8: nowhere. */
static inline unsigned find_point(uint64_t text)
{
    uint64_t found = zero_bytes(text ^ EACH_BYTE('.'));
    return found ? (unsigned)__builtin_ctzll(found) / 8 : 8;
}

/* The low `n` (0..8) bytes of a word. */
static inline uint64_t low_bytes(uint64_t word, unsigned n)
{
    return n < 8 ? word & ((UINT64_C(1) << (8 * n)) - 1) : word;
}

static inline bool all_digits(uint64_t values)
{
    return (((values + EACH_BYTE(0x76)) | values) & EACH_BYTE(0x80)) == 0;
}

static uint64_t join_eight(uint64_t v);

/* The digits of 1..8 bytes [digits][.digits], and how many stand behind the point. The text is one word, out of which the
 * point is taken: without a branch, since numbers with and without one come as they like. */
static inline bool take_word(uint64_t text, unsigned n, uint64_t *ret_digits, unsigned *ret_scale)
{
    unsigned point = find_point(text), has_point = point < n;
    unsigned before = has_point ? point : n;
    text = low_bytes(text, before) | (before < 8 ? text >> (8 * has_point) >> (8 * before) << (8 * before) : 0);
    n -= has_point;
    *ret_scale = n - before;
    text ^= EACH_BYTE(0x30);
    text = n ? text << (8 * (8 - n)) : EACH_BYTE(0xFF); /* values, aligned to the right */
    *ret_digits = join_eight(text);
    return all_digits(text);
}

/* The digits of 9..16 bytes: two words; the point may be in either. */
static inline bool take_two_words(const char *at, size_t n, uint64_t *ret_digits, unsigned *ret_scale)
{
    static const uint64_t powers[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};
    unsigned more = (unsigned)n - 8, scale, scale_of_rest;
    uint64_t digits, rest;
    uint64_t head = load(at, 8), tail = load(at + n - 8, 8) >> (8 * (8 - more));
    if (!take_word(head, 8, &digits, &scale) || !take_word(tail, more, &rest, &scale_of_rest))
        return false;
    bool has_point = find_point(head) < 8, has_point_in_rest = find_point(tail) < more;
    if (has_point && has_point_in_rest)
        return false;
    *ret_digits = digits * powers[more - has_point_in_rest] + rest;
    *ret_scale = has_point ? scale + more : scale_of_rest;
    return true;
}

/* The 1..4 digits behind the first 16 bytes of a text. */
static inline bool take_rest(const char *text, size_t n, uint64_t *digits, unsigned *scale)
{
    static const uint64_t powers[] = {1, 10, 100, 1000, 10000};
    size_t more = n - 16;
    uint64_t values = (load(text + n - 8, 8) ^ EACH_BYTE(0x30)) & ~(UINT64_MAX >> (8 * more));
    if (!all_digits(values))
        return false;
    *digits = *digits * powers[more] + join_eight(values);
    *scale += (unsigned)more;
    return true;
}

static bool eisel_lemire(uint64_t w, int64_t q, uint64_t *ret);

/* What nearly every cell holds: [-]digits[.digits] of at most 19 digits. False: the general way decides. */
static bool try_simple(struct span text, double *ret)
{
    bool is_negative = text.len && text.data[0] == '-';
    const char *at = text.data + is_negative;
    size_t n = text.len - is_negative;
    uint64_t digits;
    unsigned scale;
    if (n - 1 > 19)
        return false;
    if (n <= 8 ? !take_word(n < 8 ? load_text(at, n) : load(at, 8), (unsigned)n, &digits, &scale)
               : !take_two_words(at, n < 16 ? n : 16, &digits, &scale))
        return false;
    if (n > 16 && ((scale == 0 && at[15] != '.') || !take_rest(at, n, &digits, &scale)))
        return false;
    double value;
    if (digits <= HIDDEN_BIT * 2) {
        value = (double)digits / exact_powers[scale];
    } else {
        uint64_t bits;
        if (!eisel_lemire(digits, -(int64_t)scale, &bits))
            return false;
        value = double_of_bits(bits);
    }
    *ret = is_negative ? -value : value;
    return true;
}
#else
static bool try_simple(struct span text, double *ret)
{
    (void)text, (void)ret;
    return false;
}
#endif

static bool is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t digit_run(const char *at, const char *end)
{
    const char *from = at;
    while (at < end && is_digit(*at))
        at++;
    return (size_t)(at - from);
}

/* The values of eight digits, the first in the lowest byte: neighbours join to pairs, fours, eight. */
static uint64_t join_eight(uint64_t v)
{
    v = v * 10 + (v >> 8);
    uint64_t fours = (v & 0xFF000000FF) * (((uint64_t)1000000 << 32) + 100);
    fours += (v >> 16 & 0xFF000000FF) * (((uint64_t)10000 << 32) + 1);
    return fours >> 32;
}

/* The digits of a run that is known to overflow nothing. */
static uint64_t add_digits(uint64_t value, const char *at, size_t n)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    for (; n >= 8; at += 8, n -= 8)
        value = value * 100000000 + join_eight(load(at, 8) - EACH_BYTE(0x30));
#endif
    for (size_t i = 0; i < n; i++)
        value = value * 10 + (uint64_t)(at[i] - '0');
    return value;
}

/* [e[+-]digits]; false when malformed. */
static bool take_exponent(const char **at, const char *end, int64_t *exponent)
{
    if (*at == end || (**at | 0x20) != 'e')
        return true;
    (*at)++;
    bool is_negative = *at < end && **at == '-';
    if (*at < end && (**at == '-' || **at == '+'))
        (*at)++;
    size_t n = digit_run(*at, end);
    if (n == 0)
        return false;
    int64_t e = 0;
    for (const char *stop = *at + n; *at < stop; (*at)++) {
        if (e < EXPONENT_MAX)
            e = e * 10 + (**at - '0');
    }
    *exponent += is_negative ? -e : e;
    return true;
}

/* Keeps the first EXACT_DIGITS significant digits of a number that has more. */
static void cut_digits(struct scanned *s, int64_t exponent)
{
    struct span runs[2] = {s->whole, s->fraction};
    size_t kept = 0, dropped = 0;
    s->digits = 0;
    for (int run = 0; run < 2; run++) {
        for (size_t i = 0; i < runs[run].len; i++) {
            char c = runs[run].data[i];
            if (kept == EXACT_DIGITS) {
                dropped++;
                s->is_cut |= c != '0';
            } else if (kept || c != '0') {
                s->digits = s->digits * 10 + (uint64_t)(c - '0');
                kept++;
            }
        }
    }
    s->exponent = exponent - (int64_t)s->fraction.len + (int64_t)dropped;
}

static bool scan(struct span text, struct scanned *s)
{
    const char *at = text.data, *end = text.data + text.len;
    while (at < end && is_space(*at))
        at++;
    while (at < end && is_space(end[-1]))
        end--;
    s->is_negative = at < end && *at == '-';
    s->is_cut = false;
    if (at < end && (*at == '-' || *at == '+'))
        at++;
    s->whole = span_make(at, digit_run(at, end));
    at += s->whole.len;
    s->fraction = span_make(at, 0);
    if (at < end && *at == '.') {
        s->fraction = span_make(at + 1, digit_run(at + 1, end));
        at += 1 + s->fraction.len;
    }
    if (s->whole.len + s->fraction.len == 0)
        return false;
    int64_t exponent = 0;
    if (!take_exponent(&at, end, &exponent) || at != end)
        return false;
    if (s->whole.len + s->fraction.len <= EXACT_DIGITS) {
        s->digits = add_digits(add_digits(0, s->whole.data, s->whole.len), s->fraction.data, s->fraction.len);
        s->exponent = exponent - (int64_t)s->fraction.len;
    } else {
        cut_digits(s, exponent);
    }
    return true;
}

/* Both factors exact and one rounding: right by construction. */
static bool try_clinger(const struct scanned *s, double *ret)
{
    if (s->is_cut || s->digits > HIDDEN_BIT * 2 || s->exponent < -22 || s->exponent > 22)
        return false;
    double value = (double)s->digits;
    *ret = s->exponent < 0 ? value / exact_powers[-s->exponent] : value * exact_powers[s->exponent];
    return true;
}

/* A magnitude below the normal numbers: shifts the mantissa into place and rounds once. */
static uint64_t round_subnormal(uint64_t mantissa, int64_t biased)
{
    if (1 - biased >= 64)
        return 0;
    mantissa >>= 1 - biased;
    mantissa += mantissa & 1;
    return mantissa >> 1; /* a carry into the hidden bit is the smallest normal number, bits and all */
}

/* The bits of the double nearest to w * 10^q, infinity included; false where 128 bits do not decide. */
static bool eisel_lemire(uint64_t w, int64_t q, uint64_t *ret)
{
    if (w == 0 || q < POWER_OF_FIVE_FIRST) {
        *ret = 0;
        return true;
    }
    if (q > 308) {
        *ret = (uint64_t)0x7FF << MANTISSA_BITS;
        return true;
    }
    int zeros = __builtin_clzll(w);
    w <<= zeros;
    struct power_of_five power = power_of_five(q);
    unsigned __int128 product = (unsigned __int128)w * power.high;
    /* 52 bits, the hidden one, one to round and one that the normalisation may take: nine bits are to spare. */
    if ((product >> 64 & 0x1FF) == 0x1FF)
        product += (unsigned __int128)w * power.low >> 64;
    uint64_t high = (uint64_t)(product >> 64), low = (uint64_t)product;
    if (low == UINT64_MAX && (q < -27 || q > 55))
        return false;
    int upper = (int)(high >> 63), drop = upper + 64 - MANTISSA_BITS - 3;
    uint64_t mantissa = high >> drop;
    int64_t biased = (217706 * q >> 16) + 63 + upper - zeros + 1023;
    if (biased <= 0) {
        *ret = round_subnormal(mantissa, biased);
        return true;
    }
    /* Exactly half-way, which only small powers can be: to even. */
    if (low <= 1 && q >= -4 && q <= 23 && (mantissa & 3) == 1 && mantissa << drop == high)
        mantissa &= ~(uint64_t)1;
    mantissa += mantissa & 1;
    mantissa >>= 1;
    if (mantissa >= HIDDEN_BIT * 2) {
        mantissa = HIDDEN_BIT;
        biased++;
    }
    if (biased >= 0x7FF)
        *ret = (uint64_t)0x7FF << MANTISSA_BITS;
    else
        *ret = (mantissa & (HIDDEN_BIT - 1)) | (uint64_t)biased << MANTISSA_BITS;
    return true;
}

/* The first 19 digits and the next number up agree on the double, or 768 digits and a sticky one decide. */
static double parse_slow(const struct scanned *s)
{
    char text[SLOW_DIGITS + 40];
    size_t n = 0;
    int64_t exponent = s->exponent;
    struct span runs[2] = {s->whole, s->fraction};
    size_t significant = 0;
    bool is_sticky = false;
    for (int run = 0; run < 2; run++) {
        for (size_t i = 0; i < runs[run].len; i++) {
            char c = runs[run].data[i];
            if (significant == 0 && c == '0')
                continue;
            if (significant++ < SLOW_DIGITS)
                text[n++] = c;
            else
                is_sticky |= c != '0';
        }
    }
    /* s->exponent belongs to the last of the first EXACT_DIGITS digits. */
    size_t counted = significant < EXACT_DIGITS ? significant : EXACT_DIGITS;
    exponent -= (int64_t)n - (int64_t)counted;
    if (is_sticky) {
        text[n++] = '1';
        exponent--;
    }
    exponent = exponent > 99999 ? 99999 : exponent < -99999 ? -99999 : exponent;
    text[n++] = 'e';
    text[n++] = exponent < 0 ? '-' : '+';
    int64_t e = exponent < 0 ? -exponent : exponent;
    for (int64_t unit = 10000; unit; unit /= 10)
        text[n++] = (char)('0' + e / unit % 10);
    text[n] = '\0';
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0); /* glibc hands out its static one */
    must(plain);
    double value = strtod_l(text, NULL, plain);
    freelocale(plain);
    return value;
}

static double parse_exact(const struct scanned *s)
{
    uint64_t bits, above;
    if (!eisel_lemire(s->digits, s->exponent, &bits))
        return parse_slow(s);
    if (s->is_cut && (!eisel_lemire(s->digits + 1, s->exponent, &above) || above != bits))
        return parse_slow(s);
    return double_of_bits(bits);
}

enum fault number_parse(struct span text, double *ret_value)
{
    if (try_simple(text, ret_value))
        return FAULT_NONE;
    struct scanned s;
    if (!scan(text, &s))
        return FAULT_CORRUPT;
    double value;
    if (!try_clinger(&s, &value))
        value = parse_exact(&s);
    if (isinf(value))
        return FAULT_CORRUPT;
    *ret_value = s.is_negative ? -value : value;
    return FAULT_NONE;
}

/* --- double to text ------------------------------------------------------------------------------------------------ */

/* floor (log2 (10^e)) and floor (log10 (2^e)), exact far beyond the exponents of a double. */
static int floor_log2_of_power10(int e)
{
    return (e * 1741647) >> 19;
}

static int floor_log10_of_power2(int e, bool is_uneven)
{
    return (e * 1262611 - (is_uneven ? 524031 : 0)) >> 22;
}

/* The upper 64 bits of a 128 x 64 bit product, the last bit telling whether anything was cut off. */
static uint64_t round_to_odd(struct power_of_five g, uint64_t x)
{
    unsigned __int128 low = (unsigned __int128)g.low * x;
    unsigned __int128 high = (unsigned __int128)g.high * x + (uint64_t)(low >> 64);
    return (uint64_t)(high >> 64) | ((uint64_t)high > 1);
}

/* The shortest decimal digits * 10^exponent in the rounding interval of mantissa * 2^binary. */
static uint64_t shortest(uint64_t mantissa, int binary, bool is_uneven, int *ret_exponent)
{
    int k = floor_log10_of_power2(binary, is_uneven);
    int h = binary + floor_log2_of_power10(-k) + 1;
    struct power_of_five g = power_of_five(-k);
    g.low += -k < -27 || -k > 55; /* rounded up, as the proof wants it; the table's script shows that nothing carries */
    uint64_t lower = round_to_odd(g, (4 * mantissa - 2 + is_uneven) << h) + (mantissa & 1);
    uint64_t value = round_to_odd(g, (4 * mantissa) << h);
    uint64_t upper = round_to_odd(g, (4 * mantissa + 2) << h) - (mantissa & 1);
    uint64_t s = value / 4;
    *ret_exponent = k + 1;
    if (s >= 10) {
        uint64_t tens = s / 10;
        bool is_below_in = lower <= 40 * tens, is_above_in = 40 * tens + 40 <= upper;
        if (is_below_in != is_above_in)
            return tens + is_above_in;
    }
    *ret_exponent = k;
    bool is_below_in = lower <= 4 * s, is_above_in = 4 * s + 4 <= upper;
    if (is_below_in != is_above_in)
        return s + is_above_in;
    uint64_t middle = 4 * s + 2;
    return s + (value > middle || (value == middle && (s & 1)));
}

static size_t put_digits(uint64_t value, char *out)
{
    char reversed[20];
    size_t n = 0;
    do
        reversed[n++] = (char)('0' + value % 10);
    while (value /= 10);
    for (size_t i = 0; i < n; i++)
        out[i] = reversed[n - 1 - i];
    return n;
}

/* Lays out n digits whose first one counts 10^point. */
static size_t lay_out(const char *digits, size_t n, int point, char *out)
{
    size_t at = 0;
    if (point >= -5 && point < 0) {
        out[at++] = '0';
        out[at++] = '.';
        for (int i = -1; i > point; i--)
            out[at++] = '0';
        memcpy(out + at, digits, n);
        return at + n;
    }
    bool is_plain = point >= 0 && point <= 20;
    size_t whole = is_plain ? (size_t)point + 1 : 1;
    for (size_t i = 0; i < whole; i++)
        out[at++] = i < n ? digits[i] : '0';
    if (n > whole) {
        out[at++] = '.';
        memcpy(out + at, digits + whole, n - whole);
        at += n - whole;
    }
    if (is_plain)
        return at;
    out[at++] = 'E';
    out[at++] = point < 0 ? '-' : '+';
    return at + put_digits((uint64_t)abs(point), out + at);
}

size_t number_format(double value, char out[NUMBER_TEXT_MAX])
{
    must(isfinite(value));
    size_t sign = 0;
    if (value < 0) {
        out[0] = '-';
        sign = 1;
        value = -value;
    }
    if (value < (double)(HIDDEN_BIT * 2) && value == (double)(uint64_t)value)
        return sign + put_digits((uint64_t)value, out + sign); /* every such integer is its own shortest text */
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint64_t fraction = bits & (HIDDEN_BIT - 1);
    int biased = (int)(bits >> MANTISSA_BITS & 0x7FF);
    uint64_t mantissa = biased ? fraction | HIDDEN_BIT : fraction;
    int exponent;
    uint64_t decimal = shortest(mantissa, (biased ? biased : 1) - 1075, fraction == 0 && biased > 1, &exponent);
    while (decimal % 10 == 0) {
        decimal /= 10;
        exponent++;
    }
    char digits[20];
    size_t n = put_digits(decimal, digits);
    return sign + lay_out(digits, n, exponent + (int)n - 1, out + sign);
}
