/* SPDX-License-Identifier: MIT
 *
 * What the files of the output workbook share: its state, and the small parts that are held in memory while they
 * change. Private to workbook/output_*.c, workbook/notes.c and workbook/new_book.c, which is such a book with no template
 * whose tables are written first.
 */
#ifndef SHEAF_WORKBOOK_OUTPUT_STATE_H
#define SHEAF_WORKBOOK_OUTPUT_STATE_H

#include "core/arena.h"
#include "workbook/output_book.h"
#include "workbook/rels_patch.h"
#include "workbook/sheet_patch.h"
#include "workbook/styles_patch.h"

#define OUTPUT_MARK "sheaf.output" /* name of the document property and of the defined name */

struct output_part {
    struct span name;     /* without a leading slash; lives in the arena */
    size_t entry;         /* of the template; PACKAGE_NONE for a new part */
    struct buffer bytes;  /* UTF-8 */
    bool is_dropped;
};

struct note {
    struct cell_ref at;
    uint32_t author;   /* into output_book.authors */
    uint32_t text_len;
    uint64_t text_at;  /* into output_sheet.note_texts */
};

/* The cells that have a comment in the template. */
struct comment_refs {
    struct cell_ref *items; /* sorted */
    size_t n;
};

/* A template's sheet and what is to change in it. */
struct output_sheet {
    struct edit *edits;
    size_t n_edits, edits_capacity;
    bool is_sorted;
    size_t same_as; /* the first sheet with the same part: that one is edited */
    bool drops_caches; /* every cached value of a formula goes */
    struct buffer links; /* attributes, one <hyperlink> per line */
    uint32_t n_links;
    struct note *notes;
    size_t n_notes, notes_capacity;
    struct buffer note_texts;
    bool is_surveyed; /* the fields below are filled */
    bool takes_notes;
    bool is_broken; /* the survey failed; write tells */
    struct sheet_survey survey;
    struct comment_refs comments;
    size_t n_single_links; /* survey.links: first the single cells, sorted; then the ranges */
    char drawing_id[REL_ID_MAX]; /* r:id of a new legacy drawing, or "" */
};

struct added_sheet {
    struct sheet_writer *writer;
    struct span name, part_name;
    struct entry_spool *spool; /* the writer's, after finish; NULL: the sheet stands in the package already */
    bool is_finished;
};

struct output_book {
    struct book *book; /* NULL: from nothing */
    struct package *package; /* the book's, or NULL */
    enum deflate_level level;
    char *spool_folder;
    struct arena *arena;
    struct output_part **parts;
    size_t n_parts, parts_capacity;
    struct output_sheet *sheets; /* one per sheet of the book */
    size_t n_sheets;
    struct buffer texts; /* of edits */
    struct added_sheet *added;
    size_t n_added;
    uint32_t next_cluster; /* of shape ids */
    struct span *authors;
    size_t n_authors;
    struct styles_patch *styles; /* NULL until asked for */
    struct output_part *styles_part;
    bool has_broken_styles;
    uint32_t style_ids[OUTPUT_STYLES];
    bool has_style[OUTPUT_STYLES];
    struct highlight_entry *highlights; /* open hash by (style, highlight) */
    size_t n_highlights, highlights_capacity;
    struct span mark; /* data NULL: none */
    bool is_stamped, is_durable, is_prepared;
    struct package_writer *writer; /* between prepare and commit; of a new_book from the beginning */
    struct output_stats stats;
    enum fault fault; /* of a call that returns none; told by write */
    struct why why;
};

static inline bool output_is_strict(const struct output_book *self)
{
    return self->book && self->book->is_strict;
}

/* Keeps the first fault for output_book_write. Returns `fault`. */
enum fault output_fail(struct output_book *self, enum fault fault, const struct why *why);
/* A new sheet at place `at` of those added, under a valid and unique name. Takes the writer unless it gives a fault. */
enum fault output_sheet_insert(struct output_book *self, size_t at, struct span name, struct sheet_writer *writer,
                               struct why *why) MUST_CHECK;

/* --- parts (output_parts.c) --- */
/* The part, loaded from the template when it is there, else empty and new. `name` without a leading slash. */
enum fault output_part_open(struct output_book *self, struct span name, struct output_part **ret,
                            struct why *why) MUST_CHECK;
/* The same without a look at its encoding: VML need not be XML. */
enum fault output_part_open_raw(struct output_book *self, struct span name, struct output_part **ret,
                                struct why *why) MUST_CHECK;
void output_part_drop(struct output_book *self, size_t entry);
/* The changed part that stands for an entry of the template, or NULL. */
const struct output_part *output_part_of_entry(const struct output_book *self, size_t entry);
/* "xl/worksheets/sheet" + number + ".xml", the first number that no part has. */
struct span output_part_fresh(struct output_book *self, const char *folder, const char *stem, const char *extension);
/* The folder of the workbook part, with a trailing slash ("xl/"), or "". */
struct span output_folder(const struct output_book *self);
/* The relationships of a part, for rels_add. */
enum fault output_rels_open(struct output_book *self, struct span part_name, struct output_part **ret,
                            struct why *why) MUST_CHECK;
void output_parts_free(struct output_book *self);
/* [Content_Types].xml says that the part is of this type, from now on. */
enum fault output_set_type(struct output_book *self, struct span part_name, const char *content_type,
                           struct why *why) MUST_CHECK;
/* The built-in parts of a workbook from nothing. */
void output_parts_begin(struct output_book *self);

/* --- styles (output_styles.c) --- */
/* FAULT_LIMIT over CELL_FORMATS_MAX. */
enum fault output_style_add(struct output_book *self, const struct style_look *look, uint32_t *ret) MUST_CHECK;
enum fault output_styles_finish(struct output_book *self, struct why *why) MUST_CHECK;
void output_styles_free(struct output_book *self);

/* --- edits (output_edits.c) --- */
/* Sorts, and leaves one edit per cell. */
void output_edits_settle(struct output_sheet *sheet);
void output_edit_add(struct output_sheet *sheet, const struct edit *edit);

/* --- notes and links (output_notes.c) --- */
/* Writes the comments and drawing parts of every sheet with notes. */
enum fault output_notes_finish(struct output_book *self, struct why *why) MUST_CHECK;
void output_sheet_free(struct output_sheet *sheet);

/* Fills survey and comments of a sheet; false when that failed (write tells). */
bool output_sheet_survey(struct output_book *self, struct output_sheet *sheet, size_t index);

/* --- the workbook part, content types and what goes (output_package.c) --- */
enum fault output_package_finish(struct output_book *self, struct why *why) MUST_CHECK;

/* --- cached values of formulas (output_recalc.c) --- */
/* Adds the edits that bring the cached values up to date, or marks sheets to lose them. */
enum fault output_recalculate(struct output_book *self, struct why *why) MUST_CHECK;

#endif
