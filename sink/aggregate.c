/* SPDX-License-Identifier: MIT
 *
 * The functions, as a table: which kinds of value each takes, how it adds one, how it ends. What is common to all (counting,
 * the exact sum, propagated errors) stands around the table.
 */
#include "sink/aggregate.h"

#include <math.h>
#include <stdlib.h>

#include "core/must.h"
#include "core/utf8.h"
#include "workbook/dates.h"

/* Sets of value kinds. */
#define KIND(kind) (1u << VALUE_##kind)
#define NUMBERS (KIND(NUMBER) | KIND(CONVERTED))
#define ADDABLE (NUMBERS | KIND(DURATION))
#define ORDERED (ADDABLE | KIND(DATE))
#define ANYTHING (ORDERED | KIND(TEXT) | KIND(BOOLEAN))

struct kept { /* a value that outlives its call */
    struct partial_value value;
    struct buffer text;
};

struct aggregate {
    enum function function;
    uint64_t divisor;
    uint32_t n;       /* took part, errors too */
    uint64_t numbers; /* had a number */
    bool is_mixed;    /* the numbers are of several kinds */
    enum value_kind number_kind;
    struct decimal_sum sum;     /* of the numbers */
    struct decimal_sum squares; /* variances */
    struct decimal_sum weighted, weights;
    struct decimal_product *product;
    struct decimal *terms; /* median */
    size_t n_terms, terms_capacity;
    struct kept kept;  /* first, last, same, max, min */
    struct kept error; /* the first error in source order */
    bool has_kept, has_error, is_different, is_cut;
    struct buffer joined;
    size_t joined_units;
    struct buffer scratch;
};

struct rule {
    unsigned takes; /* kinds */
    bool is_about_errors_too; /* an error is a value like another (count ignores it, counta counts it ...) */
    void (*add)(struct aggregate *self, const struct partial_value *value, struct span text);
    struct result (*end)(struct aggregate *self);
};

static const struct rule rules[FUNCTIONS];

struct aggregate *aggregate_new(void)
{
    struct aggregate *self = must_alloc(sizeof *self);
    self->product = decimal_product_new();
    buffer_init(&self->kept.text, BUFFER_LIMIT_DEFAULT);
    buffer_init(&self->error.text, BUFFER_LIMIT_DEFAULT);
    buffer_init(&self->joined, BUFFER_LIMIT_DEFAULT);
    buffer_init(&self->scratch, BUFFER_LIMIT_DEFAULT);
    return self;
}

void aggregate_destroy(struct aggregate **self)
{
    struct aggregate *a = *self;
    if (!a)
        return;
    decimal_product_destroy(&a->product);
    buffer_free(&a->kept.text);
    buffer_free(&a->error.text);
    buffer_free(&a->joined);
    buffer_free(&a->scratch);
    free(a->terms);
    free(a);
    *self = NULL;
}

static bool is_variance(enum function function)
{
    return function == FUNCTION_STDEV || function == FUNCTION_STDEVP || function == FUNCTION_VAR ||
           function == FUNCTION_VARP;
}

void aggregate_begin(struct aggregate *self, enum function function, uint64_t divisor)
{
    must(function < FUNCTIONS);
    self->function = function;
    self->divisor = divisor;
    self->n = 0;
    self->numbers = 0;
    self->is_mixed = false;
    self->n_terms = 0;
    self->has_kept = self->has_error = self->is_different = self->is_cut = false;
    buffer_clear(&self->joined);
    self->joined_units = 0;
    decimal_sum_clear(&self->sum);
    if (is_variance(function))
        decimal_sum_clear(&self->squares);
    if (function == FUNCTION_WAVG) {
        decimal_sum_clear(&self->weighted);
        decimal_sum_clear(&self->weights);
    }
    if (function == FUNCTION_PRODUCT)
        decimal_product_clear(self->product);
}

bool aggregate_takes(enum function function, enum value_kind kind)
{
    must(function < FUNCTIONS);
    return kind == VALUE_ERROR ? function != FUNCTION_COUNT : rules[function].takes >> kind & 1;
}

bool aggregate_needs_text(enum function function, enum value_kind kind)
{
    if (kind == VALUE_ERROR)
        return function != FUNCTION_COUNT && function != FUNCTION_COUNTA;
    return kind == VALUE_TEXT && (function == FUNCTION_FIRST || function == FUNCTION_LAST ||
                                  function == FUNCTION_SAME || function == FUNCTION_JOIN);
}

static void keep(struct kept *kept, const struct partial_value *value, struct span text)
{
    kept->value = *value;
    buffer_clear(&kept->text);
    if (value->kind == VALUE_TEXT || value->kind == VALUE_ERROR)
        buffer_put(&kept->text, text);
}

static bool is_number(enum value_kind kind)
{
    return ORDERED >> kind & 1;
}

static void count_number(struct aggregate *self, const struct partial_value *value)
{
    enum value_kind kind = value->kind == VALUE_CONVERTED ? VALUE_NUMBER : (enum value_kind)value->kind;
    if (self->numbers++ == 0)
        self->number_kind = kind;
    else if (kind != self->number_kind)
        self->is_mixed = true;
    decimal_sum_add(&self->sum, value->number);
}

bool aggregate_add(struct aggregate *self, const struct partial_value *value, struct span text,
                   const struct decimal *weight)
{
    const struct rule *rule = &rules[self->function];
    if (!aggregate_takes(self->function, value->kind))
        return false;
    bool is_error = value->kind == VALUE_ERROR;
    if (self->function == FUNCTION_WAVG && !is_error) {
        if (!weight)
            return false;
        decimal_sum_add_product(&self->weighted, value->number, *weight);
        decimal_sum_add(&self->weights, *weight);
    }
    self->n++;
    if (is_error && !rule->is_about_errors_too) {
        if (!self->has_error)
            keep(&self->error, value, text);
        self->has_error = true;
        return true;
    }
    if (is_number(value->kind))
        count_number(self, value);
    if (rule->add)
        rule->add(self, value, text);
    return true;
}

/* --- how a function adds a value ---------------------------------------------------------------------------------------- */

static void add_square(struct aggregate *self, const struct partial_value *value, struct span text)
{
    (void)text;
    decimal_sum_add_product(&self->squares, value->number, value->number);
}

static void multiply(struct aggregate *self, const struct partial_value *value, struct span text)
{
    (void)text;
    decimal_product_multiply(self->product, value->number);
}

static void collect_term(struct aggregate *self, const struct partial_value *value, struct span text)
{
    (void)text;
    if (self->n_terms == self->terms_capacity) {
        self->terms_capacity = self->terms_capacity ? self->terms_capacity * 2 : 256;
        self->terms = must_realloc(self->terms, self->terms_capacity * sizeof *self->terms);
    }
    self->terms[self->n_terms++] = value->number;
}

static void keep_first(struct aggregate *self, const struct partial_value *value, struct span text)
{
    if (!self->has_kept)
        keep(&self->kept, value, text);
    self->has_kept = true;
}

static void keep_last(struct aggregate *self, const struct partial_value *value, struct span text)
{
    keep(&self->kept, value, text);
    self->has_kept = true;
}

static void keep_max(struct aggregate *self, const struct partial_value *value, struct span text)
{
    if (!self->has_kept || decimal_compare(value->number, self->kept.value.number) > 0)
        keep_last(self, value, text);
}

static void keep_min(struct aggregate *self, const struct partial_value *value, struct span text)
{
    if (!self->has_kept || decimal_compare(value->number, self->kept.value.number) < 0)
        keep_last(self, value, text);
}

static enum value_kind plain_kind(const struct partial_value *value)
{
    return value->kind == VALUE_CONVERTED ? VALUE_NUMBER : (enum value_kind)value->kind;
}

/* Texts are the same when they read the same: blanks around them do not show in a cell. */
static bool is_same(const struct kept *kept, const struct partial_value *value, struct span text)
{
    if (plain_kind(&kept->value) != plain_kind(value))
        return false;
    if (value->kind == VALUE_TEXT || value->kind == VALUE_ERROR)
        return span_equal(utf8_trim(buffer_span(&kept->text)), utf8_trim(text));
    return decimal_compare(kept->value.number, value->number) == 0;
}

static void keep_same(struct aggregate *self, const struct partial_value *value, struct span text)
{
    if (!self->has_kept)
        keep_first(self, value, text);
    else if (!self->is_different && !is_same(&self->kept, value, text))
        self->is_different = true;
}

static void join_text(struct aggregate *self, const struct partial_value *value, struct span text)
{
    if (self->is_cut)
        return;
    buffer_clear(&self->scratch);
    if (self->n > 1)
        buffer_put(&self->scratch, SPAN("; "));
    value_put_text(value, text, &self->scratch);
    struct span more = buffer_span(&self->scratch);
    size_t units = utf16_units(more);
    if (self->joined_units + units > CELL_TEXT_UNITS) {
        more = utf8_cut_utf16(more, CELL_TEXT_UNITS - self->joined_units);
        self->is_cut = true;
    }
    buffer_put(&self->joined, more);
    self->joined_units += units;
}

/* --- how a function ends ------------------------------------------------------------------------------------------------ */

static struct result as_number(const struct aggregate *self, double number)
{
    enum result_kind kind = RESULT_NUMBER;
    if (!self->is_mixed && self->numbers)
        kind = self->number_kind == VALUE_DATE       ? RESULT_DATE
               : self->number_kind == VALUE_DURATION ? RESULT_DURATION
                                                     : RESULT_NUMBER;
    return (struct result){.kind = kind, .number = number};
}

static struct result as_error(struct span error, enum issue_code issue)
{
    return (struct result){.kind = RESULT_ERROR, .text = error, .has_issue = true, .issue = issue};
}

/* A fault of the last step of a computation is an error value in the cell and an issue. */
static struct result as_computed(const struct aggregate *self, enum fault fault, double number)
{
    if (fault == FAULT_NONE && isfinite(number))
        return as_number(self, number);
    return fault == FAULT_CORRUPT ? as_error(SPAN("#DIV/0!"), ISSUE_RESULT_UNDEFINED)
                                  : as_error(SPAN("#NUM!"), ISSUE_RESULT_OVERFLOW);
}

/* A product or a square of durations is no duration. */
static struct result without_unit(struct result result)
{
    if (result.kind == RESULT_DURATION)
        result.kind = RESULT_NUMBER;
    return result;
}

static struct result end_sum(struct aggregate *self)
{
    double number = 0;
    enum fault fault = decimal_sum_to_double(&self->sum, &number);
    return as_computed(self, fault, number);
}

static struct result end_count(struct aggregate *self)
{
    return (struct result){.kind = RESULT_NUMBER, .number = (double)self->n};
}

static struct result end_average(struct aggregate *self)
{
    double number = 0;
    enum fault fault = decimal_sum_divide(&self->sum, self->divisor ? self->divisor : self->numbers, &number);
    return as_computed(self, fault, number);
}

static struct result end_product(struct aggregate *self)
{
    double number = 0;
    enum fault fault = decimal_product_to_double(self->product, &number);
    return without_unit(as_computed(self, fault, number));
}

static struct result end_variance(struct aggregate *self)
{
    bool population = self->function == FUNCTION_STDEVP || self->function == FUNCTION_VARP;
    bool root = self->function == FUNCTION_STDEV || self->function == FUNCTION_STDEVP;
    double number = 0;
    enum fault fault = decimal_variance(&self->sum, &self->squares, self->numbers, population, root, &number);
    struct result result = as_computed(self, fault, number);
    return root ? result : without_unit(result);
}

static struct result end_weighted(struct aggregate *self)
{
    double number = 0;
    enum fault fault = decimal_sum_ratio(&self->weighted, &self->weights, &number);
    return as_computed(self, fault, number);
}

static int compare_terms(const void *a, const void *b)
{
    return decimal_compare(*(const struct decimal *)a, *(const struct decimal *)b);
}

static struct result end_median(struct aggregate *self)
{
    qsort(self->terms, self->n_terms, sizeof *self->terms, compare_terms);
    size_t upper = self->n_terms / 2, lower = (self->n_terms - 1) / 2;
    struct decimal_sum middles;
    decimal_sum_clear(&middles);
    decimal_sum_add(&middles, self->terms[lower]);
    decimal_sum_add(&middles, self->terms[upper]);
    double number = 0;
    enum fault fault = decimal_sum_divide(&middles, 2, &number);
    return as_computed(self, fault, number);
}

static struct result end_kept(struct aggregate *self)
{
    static const enum result_kind kinds[] = {
        [VALUE_NUMBER] = RESULT_NUMBER, [VALUE_CONVERTED] = RESULT_NUMBER, [VALUE_DURATION] = RESULT_DURATION,
        [VALUE_DATE] = RESULT_DATE,     [VALUE_TEXT] = RESULT_TEXT,        [VALUE_BOOLEAN] = RESULT_BOOLEAN,
        [VALUE_ERROR] = RESULT_ERROR,
    };
    const struct partial_value *value = &self->kept.value;
    struct result result = {.kind = kinds[value->kind]};
    if (value->kind == VALUE_TEXT || value->kind == VALUE_ERROR)
        result.text = buffer_span(&self->kept.text);
    else
        result.number = decimal_to_double(value->number);
    return result;
}

static struct result end_same(struct aggregate *self)
{
    if (self->is_different)
        return (struct result){.kind = RESULT_NONE, .has_issue = true, .issue = ISSUE_RESULT_NOT_SAME};
    return end_kept(self);
}

static struct result end_join(struct aggregate *self)
{
    return (struct result){.kind = RESULT_TEXT,
                           .text = buffer_span(&self->joined),
                           .has_issue = self->is_cut,
                           .issue = ISSUE_RESULT_TEXT_CUT};
}

/* clang-format off */
static const struct rule rules[FUNCTIONS] = {
    [FUNCTION_SUM]     = {ADDABLE,  false, NULL,         end_sum},
    [FUNCTION_COUNT]   = {ORDERED,  true,  NULL,         end_count},
    [FUNCTION_COUNTA]  = {ANYTHING, true,  NULL,         end_count},
    [FUNCTION_AVERAGE] = {ADDABLE,  false, NULL,         end_average},
    [FUNCTION_MAX]     = {ORDERED,  false, keep_max,     end_kept},
    [FUNCTION_MIN]     = {ORDERED,  false, keep_min,     end_kept},
    [FUNCTION_PRODUCT] = {ADDABLE,  false, multiply,     end_product},
    [FUNCTION_STDEV]   = {ADDABLE,  false, add_square,   end_variance},
    [FUNCTION_STDEVP]  = {ADDABLE,  false, add_square,   end_variance},
    [FUNCTION_VAR]     = {ADDABLE,  false, add_square,   end_variance},
    [FUNCTION_VARP]    = {ADDABLE,  false, add_square,   end_variance},
    [FUNCTION_MEDIAN]  = {ORDERED,  false, collect_term, end_median},
    [FUNCTION_FIRST]   = {ANYTHING, true,  keep_first,   end_kept},
    [FUNCTION_LAST]    = {ANYTHING, true,  keep_last,    end_kept},
    [FUNCTION_SAME]    = {ANYTHING, true,  keep_same,    end_same},
    [FUNCTION_JOIN]    = {ANYTHING, false, join_text,    end_join},
    [FUNCTION_WAVG]    = {ADDABLE,  false, NULL,         end_weighted},
};
/* clang-format on */

struct result aggregate_end(struct aggregate *self)
{
    struct result result = {.kind = RESULT_NONE};
    if (self->n == 0)
        return result;
    if (self->has_error) {
        result.kind = RESULT_ERROR;
        result.text = buffer_span(&self->error.text);
    } else {
        result = rules[self->function].end(self);
    }
    result.n = self->n;
    return result;
}

const struct decimal_sum *aggregate_sum(const struct aggregate *self)
{
    return &self->sum;
}

static void put_date(double serial, struct buffer *out)
{
    struct date_time date;
    char text[40];
    if (date_from_serial(serial, false, &date))
        buffer_put(out, span_make(text, date_to_iso(date, serial != floor(serial), text)));
}

static void put_duration(double days, struct buffer *out)
{
    double seconds = round(fabs(days) * 86400);
    uint64_t whole = seconds < 9e15 ? (uint64_t)seconds : 0;
    buffer_putf(out, "%s%llu:%02u:%02u", days < 0 ? "-" : "", (unsigned long long)(whole / 3600),
                (unsigned)(whole / 60 % 60), (unsigned)(whole % 60));
}

void value_put_text(const struct partial_value *value, struct span text, struct buffer *out)
{
    size_t before = out->len;
    if (value->kind == VALUE_TEXT || value->kind == VALUE_ERROR) {
        buffer_put(out, text);
        return;
    }
    if (value->kind == VALUE_BOOLEAN) {
        buffer_put(out, value->number.coefficient ? SPAN("TRUE") : SPAN("FALSE"));
        return;
    }
    if (value->kind == VALUE_DATE)
        put_date(decimal_to_double(value->number), out);
    else if (value->kind == VALUE_DURATION && fabs(decimal_to_double(value->number)) < 1e9)
        put_duration(decimal_to_double(value->number), out);
    if (out->len == before) { /* a number, or a serial that is no date */
        char digits[DECIMAL_TEXT_MAX];
        buffer_put(out, span_make(digits, decimal_format(value->number, digits)));
    }
}
