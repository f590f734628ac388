/* SPDX-License-Identifier: MIT
 *
 * What stack mode must know of every source before any row is read: its sheets, their headers, its number formats. Each file is
 * looked at once, while inputs_collect_viewed has it open; afterwards stack_settle.h makes the plan of it.
 */
#ifndef SHEAF_VENTILATOR_STACK_SURVEY_H
#define SHEAF_VENTILATOR_STACK_SURVEY_H

#include "ventilator/inputs.h"
#include "ventilator/table_header.h"
#include "ventilator/text_set.h"
#include "ventilator/where.h"
#include "workbook/sheet_selector.h"
#include "workbook/styles_cache.h"

#define SURVEY_ARENA_BYTES ((size_t)1 << 30)

struct survey_column {
    uint32_t col;
    uint32_t header, name; /* of `texts` */
    uint32_t key;          /* of `keys`; each once in a sheet */
};

struct survey_sheet {
    uint32_t index; /* in the book */
    struct span name;
    uint32_t first_row, last_row; /* of the header; 0: there is none */
    struct survey_column *columns;
    uint32_t n_columns;
    uint64_t bytes; /* inflated, as declared */
    bool is_plain;
};

struct survey_note { /* an issue, if the source counts */
    enum issue_code code;
    struct span sheet, value, detail;
    struct survey_note *next;
};

struct survey_source {
    struct survey_sheet *sheets;
    uint32_t n_sheets;
    uint32_t *formats; /* of `formats`, each once; shared between sources alike */
    uint32_t n_formats;
    struct survey_note *notes;
};

struct stack_survey {
    const struct job *job; /* borrowed */
    struct arena *arena, *scratch; /* scratch: of the file at hand */
    struct sheet_selector selector;
    struct styles_cache *styles;
    struct text_set texts, keys, formats;
    struct text_set alias_keys; /* folded headers; alias_names[i] is what the i-th stands for */
    struct span *alias_names;
    struct where *wheres;
    struct survey_source *sources; /* by index of the source */
    uint32_t n_sources, sources_capacity;
    uint32_t *key_stamps, *key_counts; /* which keys the sheet at hand has, and how often they were asked for */
    uint32_t stamp, key_capacity;
    uint32_t *format_stamps;
    uint32_t format_capacity;
    struct buffer part, folded;
};

/* FAULT_USAGE: an option of the job that cannot be understood. The job must outlive it. */
enum fault stack_survey_new(const struct job *job, struct stack_survey **ret, struct why *why) MUST_CHECK;
void stack_survey_destroy(struct stack_survey **self);

/* For struct inputs_viewer: the context is the survey. */
enum fault stack_survey_view(void *context, uint32_t index, const char *path, struct package *package, struct why *why);

/* The form in which a column's name is compared; appends. */
void stack_survey_key(const struct stack_survey *self, struct span name, struct buffer *out);
/* What a header is called by --alias; itself without one. */
struct span stack_survey_alias(struct stack_survey *self, struct span name);

#endif
