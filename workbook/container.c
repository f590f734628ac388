/* SPDX-License-Identifier: MIT
 *
 * Telling files apart by content. Names lie (an HTML table called .xls is common), so the first
 * bytes decide, for OLE2 compound files (MS-CFB) the names in their directory, for ZIP files the
 * names of the entries.
 */
#include "workbook/container.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

#include "core/must.h"
#include "core/utf8.h"

#define HEAD_BYTES ((size_t)4096)

const char *container_name(enum container container)
{
    static const char *const names[] = {
        [CONTAINER_XLSX] = "an Excel workbook (.xlsx)",
        [CONTAINER_XLSB] = "a binary Excel workbook (.xlsb)",
        [CONTAINER_ODS] = "an OpenDocument spreadsheet (.ods)",
        [CONTAINER_ENCRYPTED_OOXML] = "a password-protected Office document",
        [CONTAINER_XLS] = "an Excel 97-2003 workbook (.xls)",
        [CONTAINER_OLE2_OTHER] = "an OLE2 file without a workbook (an old Office document)",
        [CONTAINER_ZIP_OTHER] = "a ZIP file without a workbook",
        [CONTAINER_CSV] = "a text file (.csv)",
        [CONTAINER_HTML] = "an HTML page",
        [CONTAINER_XML] = "an XML file",
        [CONTAINER_PDF] = "a PDF document",
        [CONTAINER_EMPTY] = "an empty file",
        [CONTAINER_UNKNOWN] = "unknown content",
    };
    return names[container];
}

/* --- OLE2 compound files --- */

enum { OLE_HEADER_BYTES = 512, OLE_DIRECTORY_ENTRY_BYTES = 128, OLE_HEADER_DIFAT = 109 };
#define OLE_SECTOR_LAST 0xfffffffau /* above: end of chain, free, FAT, DIFAT */
/* A directory of more sectors than this belongs to no workbook; it also ends every loop in the FAT.
 */
#define OLE_HOPS_MAX 2048

struct compound {
    const struct file_bytes *file;
    unsigned char header[OLE_HEADER_BYTES];
    unsigned shift; /* of the sector size */
    unsigned char sector[4096];
    unsigned hops;
};

static uint32_t get32(const unsigned char *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* False at the end of a chain and for whatever does not lie in the file. */
static bool read_sector(struct compound *self, uint32_t number)
{
    uint64_t bytes = (uint64_t)1 << self->shift, at = ((uint64_t)number + 1) << self->shift;
    if (number >= OLE_SECTOR_LAST || self->hops++ >= OLE_HOPS_MAX || at >= self->file->size)
        return false;
    uint64_t left = self->file->size - at, len = left < bytes ? left : bytes; /* the last sector may be cut */
    memset(self->sector, 0, sizeof self->sector);
    return file_bytes_read(self->file, at, self->sector, (size_t)len, NULL) == FAULT_NONE;
}

/* Where the n-th sector of the FAT is, by the list in the header and the chain of DIFAT sectors
 * behind it. */
static bool find_fat_sector(struct compound *self, uint32_t n, uint32_t *ret)
{
    if (n < OLE_HEADER_DIFAT) {
        *ret = get32(self->header + 76 + 4 * n);
        return true;
    }
    uint32_t per_sector = (1u << self->shift) / 4 - 1, at = get32(self->header + 68);
    for (n -= OLE_HEADER_DIFAT;; n -= per_sector) {
        if (!read_sector(self, at))
            return false;
        if (n < per_sector) {
            *ret = get32(self->sector + 4 * n);
            return true;
        }
        at = get32(self->sector + 4 * per_sector);
    }
}

static bool next_sector(struct compound *self, uint32_t *number)
{
    uint32_t per_sector = (1u << self->shift) / 4, fat;
    if (!find_fat_sector(self, *number / per_sector, &fat) || !read_sector(self, fat))
        return false;
    *number = get32(self->sector + 4 * (*number % per_sector));
    return true;
}

/* A directory entry has its name in UTF-16LE with a NUL, the length of both at 64. Names ignore
 * case (MS-CFB 2.6.4). */
static bool is_named(const unsigned char *entry, const char *name)
{
    size_t len = strlen(name);
    if ((size_t)(entry[64] | entry[65] << 8) != 2 * (len + 1) || !entry[66])
        return false;
    for (size_t i = 0; i < len; i++)
        if (tolower(entry[2 * i]) != tolower((unsigned char)name[i]) || entry[2 * i + 1])
            return false;
    return true;
}

static enum container probe_compound(struct compound *self)
{
    enum container found = CONTAINER_OLE2_OTHER;
    self->shift = self->header[30];
    if (self->header[31] || (self->shift != 9 && self->shift != 12))
        return found;
    for (uint32_t number = get32(self->header + 48); read_sector(self, number);) {
        for (unsigned at = 0; at < 1u << self->shift; at += OLE_DIRECTORY_ENTRY_BYTES) {
            const unsigned char *entry = self->sector + at;
            if (is_named(entry, "EncryptedPackage"))
                return CONTAINER_ENCRYPTED_OOXML;
            if (is_named(entry, "Workbook") || is_named(entry, "Book"))
                found = CONTAINER_XLS;
        }
        if (!next_sector(self, &number))
            break;
    }
    return found;
}

/* --- text --- */

static bool starts_as(struct span text, const char *word)
{
    size_t len = strlen(word);
    return text.len >= len && strncasecmp(text.data, word, len) == 0;
}

static bool is_html(struct span text)
{
    static const char *const words[] = {"<!doctype html", "<html", "<head", "<body",
                                        "<table",         "<meta", "<style"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (starts_as(text, words[i]))
            return true;
    return memmem(text.data, text.len, "<html", 5) || memmem(text.data, text.len, "<HTML", 5);
}

/* Control characters that no text file has, and no separator at all: not a table. */
static bool is_table_text(struct span text)
{
    bool has_separator = false;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if ((c < ' ' && !strchr("\t\n\r\f", c)) || !c || c == 0x7f)
            return false;
        has_separator |= c == ',' || c == ';' || c == '\t' || c == '|' || c == '\n' || c == '\r';
    }
    return has_separator;
}

static bool is_utf16(struct span head)
{
    return head.len >= 4 && head.len % 2 == 0 &&
           (memcmp(head.data, "\xff\xfe", 2) == 0 || memcmp(head.data, "\xfe\xff", 2) == 0);
}

static enum container probe_text(struct span head)
{
    if (is_utf16(head))
        return head.data[2] == '<' || head.data[3] == '<' ? CONTAINER_XML : CONTAINER_CSV;
    if (starts_as(head, "\xef\xbb\xbf"))
        head = span_from(head, 3);
    struct span text = span_trim_ascii(head);
    if (text.len && text.data[0] == '<')
        return is_html(text) ? CONTAINER_HTML : CONTAINER_XML;
    return is_table_text(head) ? CONTAINER_CSV : CONTAINER_UNKNOWN;
}

/* --- all together --- */

/* A BIFF stream without the compound file around it begins with its BOF record: BIFF2, 3, 4, 5
 * and 8. */
static bool is_bare_biff(struct span head)
{
    if (head.len < 8 || head.data[0] != 9 || head.data[3])
        return false;
    return memchr("\0\2\4\x08", head.data[1], 4) && head.data[2] >= 4 && head.data[2] <= 16;
}

static enum container probe_head(const struct file_bytes *file, struct span head)
{
    if (!head.len)
        return CONTAINER_EMPTY;
    if (span_starts(head, SPAN("PK\x03\x04")) || span_starts(head, SPAN("PK\x05\x06")))
        return CONTAINER_ZIP_OTHER;
    if (span_starts(head, SPAN("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")) &&
        head.len >= OLE_HEADER_BYTES) {
        struct compound *compound = must_alloc(sizeof *compound);
        compound->file = file;
        memcpy(compound->header, head.data, OLE_HEADER_BYTES);
        enum container found = probe_compound(compound);
        free(compound);
        return found;
    }
    if (memmem(head.data, head.len < 1024 ? head.len : 1024, "%PDF-", 5))
        return CONTAINER_PDF;
    return is_bare_biff(head) ? CONTAINER_XLS : probe_text(head);
}

static enum fault read_head(const struct file_bytes *file, char head[HEAD_BYTES], struct span *ret, struct why *why)
{
    *ret = span_make(head, file->size < HEAD_BYTES ? (size_t)file->size : HEAD_BYTES);
    return file_bytes_read(file, 0, head, ret->len, why);
}

enum fault container_probe(const struct file_bytes *file, enum container *ret, struct why *why)
{
    char room[HEAD_BYTES];
    struct span head;
    enum fault fault = read_head(file, room, &head, why);
    if (!fault)
        *ret = probe_head(file, head);
    return fault;
}

static bool is_opendocument_sheet(struct package *package, size_t entry)
{
    struct buffer type;
    buffer_init(&type, 256);
    bool is_sheet =
        package_read(package, entry, &type, NULL) == FAULT_NONE &&
        span_starts(buffer_span(&type), SPAN("application/vnd.oasis.opendocument.spreadsheet"));
    buffer_free(&type);
    return is_sheet;
}

enum container container_of_package(struct package *package)
{
    static const char *const others[] = {"word/document.xml", "ppt/presentation.xml",
                                         "visio/document.xml"};
    size_t mimetype = package_find(package, SPAN("mimetype"));
    if (mimetype != PACKAGE_NONE && is_opendocument_sheet(package, mimetype))
        return CONTAINER_ODS;
    if (package_find(package, SPAN("xl/workbook.bin")) != PACKAGE_NONE)
        return CONTAINER_XLSB;
    if (package_find(package, SPAN("xl/workbook.xml")) != PACKAGE_NONE)
        return CONTAINER_XLSX;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (package_find(package, span_of(others[i])) != PACKAGE_NONE)
            return CONTAINER_ZIP_OTHER;
    /* Parts may have any name: the relationships decide, when the book is opened. */
    return package_find(package, SPAN("_rels/.rels")) != PACKAGE_NONE ? CONTAINER_XLSX
                                                                      : CONTAINER_ZIP_OTHER;
}

/* What a ZIP holds; *ret_package is the package if it is sound, NULL if not. Takes the file. */
static enum container look_into_zip(struct file_bytes *file, struct package **ret_package)
{
    char room[HEAD_BYTES];
    struct span head;
    enum container container = CONTAINER_ZIP_OTHER;
    /* A damaged package is still best called what it was meant to be. */
    if (read_head(file, room, &head, NULL) == FAULT_NONE &&
        (memmem(head.data, head.len, "[Content_Types].xml", 19) || memmem(head.data, head.len, "xl/workbook", 11)))
        container = CONTAINER_XLSX;
    *ret_package = NULL;
    if (package_open_zip(file, NULL, ret_package, NULL) == FAULT_NONE)
        container = container_of_package(*ret_package);
    return container;
}

enum fault container_detect(const char *path, enum container *ret, struct why *why)
{
    struct file_bytes file;
    enum fault fault = file_bytes_open(path, &file, why);
    if (fault)
        return fault;
    fault = container_probe(&file, ret, why);
    if (!fault && *ret == CONTAINER_ZIP_OTHER) {
        struct package *package;
        *ret = look_into_zip(&file, &package);
        package_close(&package);
    }
    file_bytes_close(&file);
    return fault;
}

enum fault file_examine(const char *path, struct examined_file *ret, struct why *why)
{
    struct file_bytes file;
    enum fault fault = file_bytes_open(path, &file, why);
    if (fault)
        return fault;
    *ret = (struct examined_file){.size = file.size, .mtime_ns = file.mtime_ns};
    fault = file_bytes_hash(&file, &ret->sha, why);
    if (!fault)
        fault = container_probe(&file, &ret->container, why);
    if (!fault && ret->container == CONTAINER_ZIP_OTHER)
        ret->container = look_into_zip(&file, &ret->package);
    file_bytes_close(&file);
    return fault;
}
