/* SPDX-License-Identifier: MIT
 *
 * Reading an OPC package (ECMA-376 part 2): a ZIP file opened by content, its directory checked by our
 * own extent check (every local header and data range inside the file, none overlapping, names and sizes
 * agreeing with the central directory) before libzip reads a byte, and bytes counted while inflating,
 * because declared sizes lie (libzip 1.7.3 does not enforce them).
 *
 * A package belongs to one thread. Every view that it gives lives until package_close.
 */
#ifndef SHEAF_WORKBOOK_PACKAGE_H
#define SHEAF_WORKBOOK_PACKAGE_H

#include <stdint.h>

#include "core/buffer.h"
#include "core/fault.h"
#include "core/hash.h"
#include "core/span.h"

/* Absolute budgets for one source; 0 in a field means the default. */
struct budget {
    uint64_t entries;        /* ZIP entries; 10,000 */
    uint64_t part_bytes;     /* inflated bytes of one streamed part (sheet, shared strings); 4 GiB */
    uint64_t total_bytes;    /* inflated bytes of all parts read; 8 GiB */
    uint64_t small_part_bytes; /* inflated bytes of a part that is read whole (workbook, rels, styles); 64 MiB */
    uint64_t string_bytes;   /* unique shared-string bytes kept; 512 MiB */
    uint64_t strings;        /* shared strings; 64 M */
    uint64_t cells;          /* cells scanned; 500 M */
};
extern const struct budget budget_default;

enum container {
    CONTAINER_XLSX, /* also xlsm, xltx, xltm: told apart by the workbook part's content type */
    CONTAINER_XLSB,
    CONTAINER_ODS,
    CONTAINER_ENCRYPTED_OOXML, /* OLE2 with EncryptedPackage */
    CONTAINER_XLS,             /* OLE2 with Workbook or Book, or a bare BIFF stream */
    CONTAINER_OLE2_OTHER,
    CONTAINER_ZIP_OTHER, /* a ZIP that is no workbook (docx, pptx, plain zip) */
    CONTAINER_CSV,       /* plausible text */
    CONTAINER_HTML,
    CONTAINER_XML, /* e.g. SpreadsheetML 2003, flat ods */
    CONTAINER_PDF,
    CONTAINER_EMPTY,
    CONTAINER_UNKNOWN,
};

/* Tells what a file is by its content, never by its name. FAULT_IO / FAULT_NOT_FOUND only. */
enum fault container_detect(const char *path, enum container *ret, struct why *why) MUST_CHECK;
const char *container_name(enum container container); /* "Excel workbook (.xlsx)", "PDF", ... for messages */

struct package;

/* All that is asked of a file before it is read, from one look at its bytes. */
struct examined_file {
    enum container container;
    struct sha256 sha; /* of all bytes */
    uint64_t size;
    int64_t mtime_ns;
    struct package *package; /* of a sound ZIP, else NULL; the caller closes it */
};
/* Like container_detect, and FAULT_CANCELLED by the thread's interrupt hook. */
enum fault file_examine(const char *path, struct examined_file *ret, struct why *why) MUST_CHECK;

/* Opens a workbook package for reading. Gives FAULT_ENCRYPTED, FAULT_NOT_SPREADSHEET, FAULT_UNSUPPORTED (xls,
 * xlsb, ods, csv ...: named in why), FAULT_CORRUPT, FAULT_LIMIT, FAULT_IO, each with a sentence in `why`.
 * `budget` is copied; NULL = defaults. */
enum fault package_open(const char *path, const struct budget *budget, struct package **ret,
                        struct why *why) MUST_CHECK;
/* The same for any ZIP, workbook or not (an archive of files): FAULT_NOT_SPREADSHEET when it is no ZIP. */
enum fault package_open_any(const char *path, const struct budget *budget, struct package **ret,
                            struct why *why) MUST_CHECK;
void package_close(struct package **self);
const struct budget *package_budget(const struct package *self);

struct package_entry {
    struct span name;   /* as stored, backslashes turned into slashes */
    uint16_t method;    /* 0 stored, 8 deflated */
    uint32_t crc32;
    uint64_t compressed_size, size; /* as declared */
    uint32_t external_attributes;
    uint16_t flags;
};

/* Entries in the order of the central directory; parts that nobody reads may have any name. */
size_t package_entries(const struct package *self);
const struct package_entry *package_entry_at(const struct package *self, size_t index);
#define PACKAGE_NONE ((size_t)-1)
/* The entry that is the part of this name, with or without a leading slash, ignoring ASCII case (ECMA-376-2 6.2.2.3),
 * percent-encoding decoded; PACKAGE_NONE when there is none. */
size_t package_find(const struct package *self, struct span part_name);

/* Inflates an entry and hands it on in pieces (at most 128 KiB, pointing into a reused window), counting bytes
 * against the declared size and the budget, and checking the CRC at the end. `consume` may return a fault to
 * stop. Every piece but the last has 64 KiB or more. FAULT_CORRUPT, FAULT_LIMIT, FAULT_UNSUPPORTED (method),
 * FAULT_ENCRYPTED. To pull instead: workbook/entry_stream.h. */
typedef enum fault package_consume(void *context, struct span bytes);
enum fault package_stream(struct package *self, size_t index, package_consume *consume, void *context,
                          struct why *why) MUST_CHECK;
/* The same for a part that is small by nature: budget small_part_bytes instead of part_bytes. */
enum fault package_stream_small(struct package *self, size_t index, package_consume *consume, void *context,
                                struct why *why) MUST_CHECK;
/* The same into a buffer (budget small_part_bytes); appends. */
enum fault package_read(struct package *self, size_t index, struct buffer *out, struct why *why) MUST_CHECK;
/* The raw (still compressed) bytes, for copying; in pieces of at most 128 KiB. */
enum fault package_stream_raw(struct package *self, size_t index, package_consume *consume, void *context,
                              struct why *why) MUST_CHECK;

/* The compressed bytes of an entry where they lie; false for a file that is too large to be held in memory. */
bool package_raw(const struct package *self, size_t index, struct span *ret);

#endif
