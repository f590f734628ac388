/* SPDX-License-Identifier: MIT
 *
 * read_cells [--text] FILE...: opens each workbook and reads every worksheet to typed cells, shared strings and all, each number as the
 * double nearest to its token (--text: numbers stay text). Prints, as JSON, how many there are of each kind and the sum of the
 * numbers, exact until it is rounded once: any other reader can be held to it.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/must.h"
#include "core/number.h"
#include "core/process.h"
#include "workbook/book.h"
#include "workbook/shared_strings.h"
#include "workbook/sheet.h"

/* The mantissas of all numbers that have the same exponent. */
struct exact_sum {
    __int128 of_exponent[2048];
};

struct counts {
    uint64_t numbers, texts, booleans, errors, dates, formulas, text_bytes;
    struct exact_sum sum;
    bool wants_doubles;
};

static void add(struct exact_sum *self, double value)
{
    int64_t bits;
    memcpy(&bits, &value, sizeof bits);
    unsigned biased = (uint64_t)bits >> 52 & 0x7FF;
    int64_t mantissa = (bits & (((int64_t)1 << 52) - 1)) | (int64_t)(biased != 0) << 52;
    self->of_exponent[biased] += (mantissa ^ bits >> 63) - (bits >> 63);
}

/* All in one number of 32 bits per limb (limb i counts 2^(32 i - 1088)), then the nearest double. */
#define LIMBS 72

static void carry(int64_t limbs[LIMBS])
{
    for (int i = 0; i + 1 < LIMBS; i++) {
        int64_t over = limbs[i] >> 32; /* rounds down: what stays is not negative */
        limbs[i] -= over * ((int64_t)1 << 32);
        limbs[i + 1] += over;
    }
}

static double rounded(const struct exact_sum *self)
{
    int64_t limbs[LIMBS] = {0};
    for (unsigned biased = 0; biased < 2047; biased++) {
        __int128 value = self->of_exponent[biased];
        unsigned at = (biased ? biased : 1) + 1088 - 1075, sign = value < 0;
        unsigned __int128 rest = sign ? -(unsigned __int128)value : (unsigned __int128)value;
        for (unsigned i = 0; rest; i += 32, rest >>= 32) {
            uint64_t shifted = (uint64_t)(uint32_t)rest << ((at + i) & 31);
            limbs[(at + i) >> 5] += (sign ? -1 : 1) * (int64_t)(uint32_t)shifted;
            limbs[((at + i) >> 5) + 1] += (sign ? -1 : 1) * (int64_t)(shifted >> 32);
        }
    }
    carry(limbs);
    bool is_negative = limbs[LIMBS - 1] < 0;
    for (int i = 0; is_negative && i < LIMBS; i++)
        limbs[i] = -limbs[i];
    carry(limbs);
    int top = LIMBS - 1;
    while (top > 3 && !limbs[top])
        top--;
    unsigned __int128 head = 0;
    for (int i = top; i > top - 3; i--)
        head = head << 32 | (uint64_t)limbs[i];
    for (int i = 0; i <= top - 3; i++)
        head |= limbs[i] != 0; /* sticky */
    double value = ldexp((double)head, 32 * (top - 2) - 1088);
    return is_negative ? -value : value;
}

static enum fault see_cell(void *context, const struct cell *cell)
{
    struct counts *self = context;
    self->formulas += cell->formula != FORMULA_NONE;
    switch (cell->type) {
    case CELL_NUMBER:
        self->numbers++;
        if (self->wants_doubles)
            add(&self->sum, cell->number);
        break;
    case CELL_TEXT:
        self->texts++;
        self->text_bytes += cell->value.len;
        break;
    case CELL_BOOLEAN:
        self->booleans++;
        break;
    case CELL_ERROR:
        self->errors++;
        break;
    case CELL_DATE:
        self->dates++;
        break;
    case CELL_BLANK:
        break;
    }
    return FAULT_NONE;
}

static enum fault read_book(struct book *book, struct counts *counts, struct why *why)
{
    struct shared_strings *strings;
    enum fault fault = shared_strings_read(book, &strings, why);
    if (fault)
        return fault;
    struct sheet_handler handler = {.self = counts, .cell = see_cell, .wants_numbers = counts->wants_doubles};
    for (size_t i = 0; i < book->n_sheets && !fault; i++)
        if (book->sheets[i].kind == SHEET_WORKSHEET)
            fault = sheet_scan(book, i, strings, &handler, why);
    shared_strings_destroy(&strings);
    return fault;
}

static enum fault read_file(const char *path, struct counts *counts, struct why *why)
{
    struct package *package = NULL;
    struct book *book = NULL;
    enum fault fault = package_open(path, NULL, &package, why);
    if (!fault)
        fault = book_open(package, &book, why);
    if (!fault)
        fault = read_book(book, counts, why);
    book_close(&book);
    package_close(&package);
    return fault;
}

int main(int argc, char **argv)
{
    static struct counts counts = {.wants_doubles = true};
    int first = 1;
    process_tune();
    if (argc > 1 && strcmp(argv[1], "--text") == 0) {
        counts.wants_doubles = false;
        first = 2;
    }
    for (int i = first; i < argc; i++) {
        struct why why = {0};
        char line[1024];
        if (read_file(argv[i], &counts, &why)) {
            fprintf(stderr, "%s: %s\n", argv[i], why_line(&why, line, sizeof line));
            return 1;
        }
    }
    char sum[NUMBER_TEXT_MAX];
    int len = (int)number_format(rounded(&counts.sum), sum);
    printf("{\"numbers\": %" PRIu64 ", \"texts\": %" PRIu64 ", \"booleans\": %" PRIu64 ", \"errors\": %" PRIu64
           ", \"iso_dates\": %" PRIu64 ", \"formulas\": %" PRIu64 ", \"text_bytes\": %" PRIu64
           ", \"sum\": \"%.*s\"}\n",
           counts.numbers, counts.texts, counts.booleans, counts.errors, counts.dates, counts.formulas, counts.text_bytes,
           counts.wants_doubles ? len : 0, sum);
    return 0;
}
