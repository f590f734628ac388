/* SPDX-License-Identifier: MIT
 *
 * Every formula of real workbooks against the value that the program that wrote the file left beside it. The corpus is not
 * part of the project: without it the test passes with a notice.
 */
#include <dirent.h>
#include <math.h>

#include "core/must.h"
#include "tests/support/suite.h"
#include "workbook/formula_eval.h"

#define CORPUS "../shared/corpus" /* or what SHEAF_CORPUS says */

/* Where the value in the file is not that of the formula. */
static const struct {
    const char *file, *cells, *reason;
} explained[] = {
    {"fastexcel-68cf18c0.xlsx", "C38:J38", "LibreOffice 4.1 wrote the text style's cells as empty inline strings"},
    {"sheetjs-c802c702.xlsx", "C38:J38", "the same file"},
    {"streamreader-6def3c4b.xlsx", "M2", "LibreOffice wrote FALSE() as the number 0"},
    {"tidyxl-d00c5525.xlsx", "A25", "the formula was broken after the value was stored"},
};

struct tally {
    const char *file;
    struct book *book;
    struct calculation *calculation;
    unsigned files, formulas, known, equal, close, without, wrong;
};

static bool is_explained(const char *file, struct cell_ref at)
{
    for (size_t i = 0; i < sizeof explained / sizeof explained[0]; i++) {
        struct cell_range range;
        must(cell_range_parse(span_of(explained[i].cells), &range));
        if (strcmp(file, explained[i].file) == 0 && cell_range_has(range, at.row, at.col))
            return true;
    }
    return false;
}

/* Excel adds in doubles where we add exactly: the last bits may differ. */
static bool is_close(struct calc_value a, struct calc_value b)
{
    double difference = fabs(a.number - b.number), size = fmax(fabs(a.number), fabs(b.number));
    return a.kind == CALC_NUMBER && b.kind == CALC_NUMBER && (difference <= size * 1e-13 || difference <= 1e-10);
}

static enum fault compare(void *context, size_t sheet, struct cell_ref at, const struct calc_value *value, bool is_changed)
{
    struct tally *self = context;
    const struct slot *slot = grid_find(&self->calculation->grids[sheet], at.row, at.col);
    const struct formula *formula = &self->calculation->formulas[slot->formula];
    self->formulas++;
    if (value->kind == CALC_UNKNOWN)
        return FAULT_NONE;
    self->known++;
    if (!formula->has_cached) {
        self->without++;
    } else if (!is_changed) {
        self->equal++;
    } else if (is_close(*value, formula->cached)) {
        self->close++;
    } else if (!is_explained(self->file, at)) {
        char ref[CELL_REF_TEXT_MAX];
        cell_ref_format(at, ref);
        printf("# %s %.*s!%s: kind %d %.17g, in the file kind %d %.17g\n", self->file,
               SPAN_ARGS(self->book->sheets[sheet].name), ref, value->kind, value->number, formula->cached.kind,
               formula->cached.number);
        self->wrong++;
    }
    return FAULT_NONE;
}

static void check_file(struct tally *self, const char *path)
{
    struct package *package = NULL;
    struct shared_strings *strings = NULL;
    self->book = NULL;
    self->calculation = NULL;
    if (package_open(path, NULL, &package, NULL) == FAULT_NONE && book_open(package, &self->book, NULL) == FAULT_NONE &&
        shared_strings_read(self->book, &strings, NULL) == FAULT_NONE &&
        calculation_new(self->book, strings, &self->calculation, NULL) == FAULT_NONE) {
        calculation_run(self->calculation);
        ck_assert_int_eq(calculation_each(self->calculation, compare, self), FAULT_NONE);
        self->files++;
    }
    calculation_destroy(&self->calculation);
    shared_strings_destroy(&strings);
    book_close(&self->book);
    package_close(&package);
}

static bool is_workbook(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot && (strcmp(dot, ".xlsx") == 0 || strcmp(dot, ".xlsm") == 0);
}

START_TEST(known_values_are_those_in_the_file)
{
    const char *corpus = getenv("SHEAF_CORPUS") ? getenv("SHEAF_CORPUS") : CORPUS;
    char path[1000];
    snprintf(path, sizeof path, "%s/cells/files", corpus);
    DIR *folder = opendir(path);
    if (!folder) {
        printf("# skipped: there is no %s\n", path);
        return;
    }
    struct tally tally = {0};
    const struct dirent *entry;
    while ((entry = readdir(folder)) != NULL) {
        if (!is_workbook(entry->d_name))
            continue;
        snprintf(path, sizeof path, "%s/cells/files/%s", corpus, entry->d_name);
        tally.file = entry->d_name;
        check_file(&tally, path);
    }
    closedir(folder);
    printf("# %u workbooks, %u formulas: %u known; %u as in the file, %u but for the last bits, %u without a value there\n",
           tally.files, tally.formulas, tally.known, tally.equal, tally.close, tally.without);
    ck_assert_uint_gt(tally.files, 900);
    ck_assert_uint_gt(tally.known, 15000);
    ck_assert_uint_eq(tally.wrong, 0);
}
END_TEST

SUITE(workbook_formula_corpus, known_values_are_those_in_the_file)
