/* SPDX-License-Identifier: MIT
 *
 * Everything worth telling about a source, a sheet or a cell, as data: a code, a place, the value seen and what was done
 * with it. One table gives each code its severity and the action in words; the Issues sheet, --report, --json and
 * the terminal print from it.
 */
#ifndef SHEAF_WIRE_ISSUE_H
#define SHEAF_WIRE_ISSUE_H

#include "core/buffer.h"
#include "core/span.h"
#include "wire/cursor.h"

enum severity { SEVERITY_INFO, SEVERITY_WARNING, SEVERITY_ERROR };

/* clang-format off */
#define ISSUE_TABLE(X) \
    /* code                 severity  what it means, what was done, what to do */ \
    X(SOURCE_FAILED,        ERROR,   "The file could not be read", "nothing of it counts; repair or replace the file") \
    X(SOURCE_ENCRYPTED,     ERROR,   "The file is password protected", "nothing of it counts; remove the password and run again") \
    X(SOURCE_REJECTED,      ERROR,   "The layout differs from the template", "nothing of it counts; restore the layout, or use --drift=align") \
    X(SOURCE_CHANGED,       ERROR,   "The file changed while it was read", "nothing of it counts; run again") \
    X(DUPLICATE_CONTENT,    WARNING, "Same content as another source", "counted once; remove the copy, or use --duplicates=all") \
    X(DUPLICATE_IDENTITY,   WARNING, "Same name as another source with other content", "both count; check that one is not an earlier version") \
    X(LEFT_OUT,             INFO,    "Left out of the input", "not read") \
    X(SHEET_MISSING,        WARNING, "A sheet of the template is not in the source", "nothing is added for it") \
    X(SHEET_RENAMED,        WARNING, "The sheet was found under another name", "used; check the name") \
    X(SHEET_EXTRA,          INFO,    "A sheet that the template does not have", "not read") \
    X(ROW_INSERTED,         WARNING, "Rows were inserted", "values were moved back to the template's rows") \
    X(ROW_DELETED,          WARNING, "Rows are missing", "values were moved back to the template's rows") \
    X(COLUMN_INSERTED,      WARNING, "Columns were inserted", "values were moved back to the template's columns") \
    X(COLUMN_DELETED,       WARNING, "Columns are missing", "values were moved back to the template's columns") \
    X(LAYOUT_SHIFTED,       WARNING, "Rows or columns are shifted against the template", "values are used at their literal addresses; check them, or use --drift=align") \
    X(LABEL_DIFFERS,        WARNING, "A label differs from the template's", "values are used; check that the form is the same") \
    X(CONSTANT_DIFFERS,     WARNING, "A constant of the template has another value", "the template's value is kept") \
    X(FORMULA_OVERWRITTEN,  WARNING, "A typed value stands where the template computes", "not used; the template's formula computes this cell") \
    X(FORMULA_ZERO,         WARNING, "Every formula of the sheet has the cached value 0", "values as stored; open and save the file in a spreadsheet program") \
    X(NO_CACHED_VALUE,      WARNING, "A formula without a cached value", "not used, never taken as 0; open and save the file in a spreadsheet program") \
    X(ERROR_VALUE,          WARNING, "An error value", "not used; correct the cell") \
    X(ERROR_COMPUTED,       INFO,    "An error value where the template computes", "not used; the template's formula computes this cell") \
    X(TEXT_CONVERTED,       INFO,    "A number typed as text", "converted and used") \
    X(TEXT_AMBIGUOUS,       WARNING, "Text that is a number in more than one way", "not used; declare --text-numbers=locale:xx or correct the cell") \
    X(TEXT_NOT_NUMBER,      WARNING, "Text where a number is expected", "not used; correct the cell") \
    X(BOOLEAN_VALUE,        WARNING, "TRUE or FALSE where a number is expected", "not used; correct the cell") \
    X(DATE_VALUE,           WARNING, "A date where a number is expected", "not used; correct the cell or its format") \
    X(UNDER_MERGE,          WARNING, "A value under a merged area", "not used; only the area's first cell counts") \
    X(MERGE_DIFFERS,        WARNING, "Merged areas differ from the template's", "the template's geometry is used") \
    X(OUTSIDE_TEMPLATE,     WARNING, "Values outside the template's area", "counted, not added") \
    X(PERCENT_RANGE,        WARNING, "A percentage beyond 150 %", "used as stored; check for percent points typed as a number") \
    X(HIDDEN_SKIPPED,       INFO,    "A value in a hidden row, column or sheet", "not used (--skip-hidden)") \
    X(RESULT_OVERFLOW,      ERROR,   "The result does not fit a number", "the cell shows #NUM!") \
    X(RESULT_UNDEFINED,     WARNING, "The function has no result for these values", "the cell shows #DIV/0!") \
    X(WEIGHT_MISSING,       WARNING, "A value without a number in its weight cell", "not used in the weighted average; fill in the weight") \
    X(RESULT_NOT_SAME,      WARNING, "The sources disagree where one value is expected", "the cell is left as in the template") \
    X(RESULT_TEXT_CUT,      WARNING, "A joined text is longer than a cell may be", "cut at 32,767 characters") \
    X(STYLES_BROKEN,        WARNING, "The styles part cannot be read", "values are used without their formats") \
    X(TOO_MANY,             WARNING, "More issues of this kind", "only counted") \
    X(SHEET_HIDDEN,         INFO,    "A hidden sheet", "not read; --sheet=all reads it") \
    X(HEADER_MISSING,       WARNING, "A sheet without a header row", "nothing of it is taken; say which row it is with --header") \
    X(COLUMN_MISSING,       INFO,    "A column that the source does not have", "its cells stay blank") \
    X(COLUMN_EXTRA,         WARNING, "A column that the output does not keep", "its values are skipped; --columns=union keeps it") \
    X(COLUMN_SIMILAR,       WARNING, "Two columns with nearly the same name", "both are kept; join them with --alias if they are one") \
    X(COLUMNS_DIFFER,       ERROR,   "The columns differ from the first source's", "nothing of it counts (--columns=strict)") \
    X(OUTSIDE_TABLE,        WARNING, "Values outside the columns of the header", "counted, not taken") \
    X(TOTAL_ROW,            INFO,    "A row that adds up the rows above it", "not taken; --totals=keep takes it") \
    X(TOTAL_DOUBTFUL,       WARNING, "A row that looks like a total, with other numbers than the rows above it give", "taken as a row of data; check it") \
    X(FOOTER_ROW,           INFO,    "Text below the table", "not taken; --footers=keep takes it") \
    X(HEADER_REPEATED,      INFO,    "The header again, further down", "not taken as data") \
    X(ROW_DUPLICATE,        INFO,    "Rows that are in the output already", "not taken again (--dedupe)") \
    X(ERROR_KEPT,           INFO,    "An error value", "kept as it is") \
    X(ROWS_UNORDERED,       WARNING, "Rows that do not stand in the order of their numbers", "taken in the order of their numbers") \
    X(TEXT_CUT,             WARNING, "A text longer than a cell may be", "cut at 32,767 characters") \
    X(FIELD_NOT_NUMBER,     INFO,    "A field in which no source has a number", "not added up; a note @first, @same, @join or @ignore in the template says what to do with it")
/* clang-format on */

enum issue_code {
#define X(code, severity, text, action) ISSUE_##code,
    ISSUE_TABLE(X)
#undef X
        ISSUE_CODES
};

#define ISSUE_NO_SOURCE UINT32_MAX

struct issue {
    enum issue_code code;
    uint32_t source;    /* index in the job's sources; ISSUE_NO_SOURCE for the job; set by who collects, not by a worker */
    struct span sheet;  /* as in the source; may be empty */
    uint32_t row, col;  /* 1-based; 0 = none */
    struct span value;  /* as seen in the cell, or the fault's text; UTF-8; may be empty */
    struct span detail; /* more in words, e.g. "1 row before row 4"; may be empty */
    uint64_t count;     /* 1; more for TOO_MANY, OUTSIDE_TEMPLATE (cells), FIELD_NOT_NUMBER (sources) */
    uint32_t input;     /* 1 + the plan's input number of the cell; 0 = no input. TOO_MANY: of one of those that were counted */
};

const char *issue_name(enum issue_code code); /* "NO_CACHED_VALUE" */
enum severity issue_severity(enum issue_code code);
const char *issue_text(enum issue_code code);
const char *issue_action(enum issue_code code);
const char *severity_name(enum severity severity); /* "info" "warning" "error" */

/* Fields as a msgpack array: code, sheet, row, col, value, detail, count, input. `source` does not travel. */
void issue_encode(struct buffer *out, const struct issue *issue);
/* Spans view the cursor's bytes. FAULT_PROTOCOL. An unknown code is a fault, a missing input is none. */
enum fault issue_decode(struct cursor *in, struct issue *ret) MUST_CHECK;

#endif
