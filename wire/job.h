/* SPDX-License-Identifier: MIT
 *
 * A job: everything that a user says for one consolidation. Command line and front fill it; the ventilator turns it
 * into a plan (wire/plan.h) and tasks; the sink writes the output by it. Travels whole in SUBMIT. A plain struct; text
 * and arrays are owned by its arena.
 */
#ifndef SHEAF_WIRE_JOB_H
#define SHEAF_WIRE_JOB_H

#include "core/arena.h"
#include "core/buffer.h"
#include "core/decimal.h"
#include "core/fault.h"
#include "core/span.h"

enum job_mode { MODE_POSITION, MODE_CATEGORY, MODE_STACK, MODE_COLLECT };

enum function {
    FUNCTION_SUM, FUNCTION_COUNT, FUNCTION_COUNTA, FUNCTION_AVERAGE, FUNCTION_MAX, FUNCTION_MIN, FUNCTION_PRODUCT,
    FUNCTION_STDEV, FUNCTION_STDEVP, FUNCTION_VAR, FUNCTION_VARP, FUNCTION_MEDIAN, FUNCTION_FIRST, FUNCTION_LAST,
    FUNCTION_SAME, FUNCTION_JOIN, FUNCTION_WAVG, FUNCTIONS
};
const char *function_name(enum function function); /* "sum" ... */
/* Also "avg" and "mean" for average, "weighted" for wavg. */
bool function_find(struct span name, enum function *ret);

enum error_policy { ERRORS_SKIP, ERRORS_PROPAGATE, ERRORS_FAIL };
enum duplicate_policy { DUPLICATES_FIRST, DUPLICATES_ERROR, DUPLICATES_ALL };
enum drift_policy { DRIFT_REJECT, DRIFT_ALIGN, DRIFT_REPORT };
enum highlight_option { JOB_HIGHLIGHT_NONE, JOB_HIGHLIGHT_BORDER, JOB_HIGHLIGHT_FILL };
enum text_rule { JOB_TEXT_STRICT, JOB_TEXT_PLAIN, JOB_TEXT_LOCALE, JOB_TEXT_OFF };
enum contributions_form { CONTRIBUTIONS_AUTO, CONTRIBUTIONS_WIDE, CONTRIBUTIONS_LONG, CONTRIBUTIONS_CSV, CONTRIBUTIONS_NONE };

enum column_policy { COLUMNS_UNION, COLUMNS_INTERSECTION, COLUMNS_FIRST, COLUMNS_STRICT };
enum dedupe_policy { DEDUPE_NONE, DEDUPE_ROW, DEDUPE_KEY };
enum stack_form { STACK_XLSX, STACK_CSV, STACK_JSONL };

struct color_role {
    uint32_t rgb; /* 0xRRGGBB */
    bool is_ignore;
    enum function function;
};

struct alias {
    struct span from, to; /* sheet name in a source (may hold * and ?), sheet name in the template */
};

/* Stack mode (consolidation.md section 4). */
struct stack_options {
    uint32_t first_header, last_header; /* --header 3 or 3-4, 1-based; 0 = detected */
    enum column_policy columns;
    bool key_exact;               /* --key=exact: headers match as they are, else folded */
    struct alias *column_aliases; /* --alias FILE: a header in a source, the column that it is */
    uint32_t n_column_aliases;
    struct span source_names[3];  /* --source-columns FILE,SHEET,ROW; default _file, _sheet, _row */
    bool no_source_columns;
    enum dedupe_policy dedupe;
    struct span *dedupe_keys;     /* DEDUPE_KEY: column names */
    uint32_t n_dedupe_keys;
    struct span *wheres;          /* --where, as given: NAME OP VALUE */
    uint32_t n_wheres;
    bool keep_totals, keep_footers; /* --totals=keep, --footers=keep */
    bool cell_refs;               /* --cell-refs: write r on rows and cells; costs a second pass over the output */
    enum stack_form form;         /* by the output's extension: .xlsx, .csv, .jsonl or .ndjson */
};

struct job {
    struct arena *arena;
    unsigned char id[16]; /* UUIDv7 */
    enum job_mode mode;
    struct span template_path; /* absolute */
    struct span output_path;   /* absolute; "" in a preflight */
    struct span report_path;   /* "" = none */
    struct span *inputs;       /* SOURCE arguments, as given: files, folders, globs */
    uint32_t n_inputs;
    struct span *excludes; /* --exclude globs on relative paths */
    uint32_t n_excludes;
    enum function function;       /* --function, default sum */
    enum decimal_precision precision;
    enum text_rule text_rule;
    struct span text_locale;      /* "de-CH" with JOB_TEXT_LOCALE */
    enum error_policy errors;
    enum duplicate_policy duplicates;
    enum drift_policy drift;
    bool average_blank_zero;      /* --avg-blank=zero */
    bool skip_hidden;
    bool constants_aggregate;     /* --constants=aggregate */
    bool template_filled;
    bool strict;                  /* warnings about identity become errors */
    bool is_preset_original;      /* --preset=original */
    bool is_check;                /* preflight: nothing is written */
    bool stamp;                   /* real times instead of fixed ones */
    bool compress_small;
    bool wants_output_sha;        /* the outcome tells the SHA-256 of the output (a report always does) */
    bool notes, links;            /* default true */
    uint32_t notes_max;           /* 5,000 result cells */
    uint32_t max_failed;          /* --max-failed */
    enum highlight_option highlight;
    enum contributions_form contributions;
    struct span sheet_selector;   /* --sheet: "" = by name, else NAME, #N, active, /regex/, all */
    struct span *ranges;          /* --range: "Sheet!B2:F9" or "B2:F9" for every sheet */
    uint32_t n_ranges;
    struct color_role *colors;
    uint32_t n_colors;
    struct alias *aliases;        /* --sheet-alias FROM=TO */
    uint32_t n_aliases;
    struct span id_cell;          /* --id-cell Sheet!B3 */
    struct span id_regex;         /* --id-regex on the relative path: first group, or the whole match */
    struct stack_options stack;
};

/* Defaults as consolidation.md states them; the arena is made here. */
void job_init(struct job *self);
void job_free(struct job *self);
void job_encode(struct buffer *out, const struct job *self);
/* Copies into a new arena: the message may go. FAULT_PROTOCOL. */
enum fault job_decode(struct span message, struct job *ret) MUST_CHECK;

#endif
