/* SPDX-License-Identifier: MIT
 *
 * What a user may say against a cell's natural role: notes in the template, defined names sheaf.*,
 * ranges.
 */
#ifndef SHEAF_VENTILATOR_OVERRIDES_H
#define SHEAF_VENTILATOR_OVERRIDES_H

#include "wire/job.h"
#include "workbook/book.h"

struct role_override {
    bool is_ignore; /* else: an input with this function */
    enum function function;
    struct span weight; /* FUNCTION_WAVG: reference text ("C5", "Other!C5"); a view of the note */
};

enum note_verdict { NOTE_NOTHING, NOTE_OVERRIDE, NOTE_MISTAKE };

/* Looks for "@sum", "@wavg(C5)", "@ignore" ... anywhere in the note ("Author:" lines and threaded
 * boilerplate around it do not matter). A note that is only an unknown @word, or @wavg without a
 * cell, is a mistake; *ret_word says which. */
enum note_verdict note_parse(struct span text, struct role_override *ret, struct span *ret_word);

#define EVERY_SHEET SIZE_MAX

struct region {
    size_t sheet; /* in the book; EVERY_SHEET */
    struct cell_range range;
    struct role_override role; /* unused for --range */
};

struct regions {
    struct region *items;
    uint32_t n;
};

/* Defined names "sheaf.sum", "sheaf.ignore" ... (case ignored), in the order of the book.
 * FAULT_USAGE: a sheaf.* name that is no function, or does not refer to cells of this book. */
enum fault regions_from_names(const struct book *book, struct arena *arena, struct regions *ret,
                              struct why *why) MUST_CHECK;
/* --range. FAULT_USAGE: not a range, or a sheet that the template does not have. */
enum fault regions_from_ranges(const struct job *job, const struct book *book, struct arena *arena,
                               struct regions *ret, struct why *why) MUST_CHECK;

#endif
