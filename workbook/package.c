/* SPDX-License-Identifier: MIT
 *
 * The ZIP directory comes from our own check (extents.c); libzip, opened on the same descriptor,
 * must see the same archive and gives the raw bytes of an entry, unless the file is whole in memory,
 * where the check has proven their place. How they are read: entry_stream.c.
 */
#include "workbook/package.h"

#include <stdlib.h>

#include <zip.h>

#include "core/must.h"
#include "workbook/container.h"
#include "workbook/package_state.h"

const struct budget budget_default = {
    .entries = 10000,
    .part_bytes = (uint64_t)4 << 30,
    .total_bytes = (uint64_t)8 << 30,
    .small_part_bytes = (uint64_t)64 << 20,
    .string_bytes = (uint64_t)512 << 20,
    .strings = (uint64_t)64 << 20,
    .cells = 500000000,
};

/* --- names --- */

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One character of a part name, percent-decoded. An encoded slash is none: two names must not meet
 * in one. */
static bool take_character(struct span *name, char *ret)
{
    char c = name->data[0];
    size_t len = 1;
    if (c == '%' && name->len >= 3 && hex_value(name->data[1]) >= 0 &&
        hex_value(name->data[2]) >= 0) {
        c = (char)(hex_value(name->data[1]) << 4 | hex_value(name->data[2]));
        len = 3;
        if (c == '/' || c == '\\')
            return false;
    }
    if ((unsigned char)c < ' ' || c == 0x7f)
        return false;
    if (c == '\\')
        c = '/';
    *ret = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
    *name = span_from(*name, len);
    return true;
}

static bool is_segment(struct span segment)
{
    return segment.len && !span_is(segment, ".") && !span_is(segment, "..");
}

/* Writes at most name.len bytes to `out`. False for what can be no part: folders, "../", control
 * characters. */
static bool make_key(struct span name, char *out, size_t *ret_len)
{
    size_t len = 0, segment = 0;
    if (name.len && (name.data[0] == '/' || name.data[0] == '\\'))
        name = span_from(name, 1);
    while (name.len) {
        char c;
        if (!take_character(&name, &c))
            return false;
        if (c == '/') {
            if (!is_segment(span_make(out + segment, len - segment)))
                return false;
            segment = len + 1;
        }
        out[len++] = c;
    }
    *ret_len = len;
    return is_segment(span_make(out + segment, len - segment));
}

static int compare_keys(const void *a, const void *b)
{
    return span_compare(((const struct part_key *)a)->name, ((const struct part_key *)b)->name);
}

static enum fault index_names(struct package *self, struct why *why)
{
    size_t bytes = 0;
    for (size_t i = 0; i < self->extents.n; i++)
        bytes += self->extents.items[i].name.len;
    char *at = self->names = must_alloc(2 * bytes);
    self->entries = must_alloc(self->extents.n * sizeof *self->entries);
    self->keys = must_alloc(self->extents.n * sizeof *self->keys);
    for (size_t i = 0; i < self->extents.n; i++) {
        const struct extent *from = &self->extents.items[i];
        size_t len = from->name.len;
        for (size_t k = 0; k < len; k++)
            at[k] = from->name.data[k] == '\\' ? '/' : from->name.data[k];
        self->entries[i] = (struct package_entry){
            span_make(at, len),        from->method, from->crc32, from->compressed_size, from->size,
            from->external_attributes, from->flags};
        at += len;
        size_t key_len;
        if (make_key(from->name, at, &key_len)) {
            self->keys[self->n_keys++] = (struct part_key){span_make(at, key_len), i};
            at += key_len;
        }
    }
    qsort(self->keys, self->n_keys, sizeof *self->keys, compare_keys);
    for (size_t i = 1; i < self->n_keys; i++)
        if (span_equal(self->keys[i - 1].name, self->keys[i].name)) {
            why_set(why, FAULT_CORRUPT,
                    "two parts of one name: the file is damaged or was made to mislead");
            why_at_part(why, self->keys[i].name);
            return FAULT_CORRUPT;
        }
    return FAULT_NONE;
}

size_t package_find(const struct package *self, struct span part_name)
{
    char key[1024];
    struct part_key wanted = {{key, 0}, 0};
    if (part_name.len > sizeof key || !make_key(part_name, key, &wanted.name.len))
        return PACKAGE_NONE;
    const struct part_key *found =
        bsearch(&wanted, self->keys, self->n_keys, sizeof *self->keys, compare_keys);
    return found ? found->entry : PACKAGE_NONE;
}

size_t package_entries(const struct package *self)
{
    return self->extents.n;
}

const struct package_entry *package_entry_at(const struct package *self, size_t index)
{
    must(index < self->extents.n);
    return &self->entries[index];
}

const struct budget *package_budget(const struct package *self)
{
    return &self->budget;
}

/* --- opening --- */

static uint64_t or_default(uint64_t value, uint64_t fallback)
{
    return value ? value : fallback;
}

static struct budget fill_budget(const struct budget *from)
{
    const struct budget *d = &budget_default;
    if (!from)
        return *d;
    return (struct budget){
        .entries = or_default(from->entries, d->entries),
        .part_bytes = or_default(from->part_bytes, d->part_bytes),
        .total_bytes = or_default(from->total_bytes, d->total_bytes),
        .small_part_bytes = or_default(from->small_part_bytes, d->small_part_bytes),
        .string_bytes = or_default(from->string_bytes, d->string_bytes),
        .strings = or_default(from->strings, d->strings),
        .cells = or_default(from->cells, d->cells),
    };
}

struct file_source {
    const struct file_bytes *file;
    struct why *why;
};

static enum fault read_file(void *context, uint64_t offset, void *to, size_t len)
{
    struct file_source *self = context;
    return file_bytes_read(self->file, offset, to, len, self->why);
}

static zip_t *open_zip(struct package *self, zip_error_t *error)
{
    if (!self->file.whole) {
        int code;
        zip_t *zip = zip_fdopen(self->file.fd, 0, &code);
        if (zip)
            self->file.fd = -1; /* libzip's now */
        else
            zip_error_init_with_code(error, code);
        return zip;
    }
    zip_source_t *source = zip_source_buffer_create(self->file.whole, self->file.size, 0, error);
    zip_t *zip = source ? zip_open_from_source(source, ZIP_RDONLY, error) : NULL;
    if (!zip)
        zip_source_free(source);
    return zip;
}

/* libzip reads the same bytes; if it saw another archive than we did, nothing it gives could be
 * trusted. */
static enum fault open_libzip(struct package *self, struct why *why)
{
    zip_error_t error;
    zip_error_init(&error);
    self->zip = open_zip(self, &error);
    if (!self->zip)
        why_set(why, FAULT_CORRUPT, "the ZIP file is damaged (%s); ask for a fresh copy",
                zip_error_strerror(&error));
    zip_error_fini(&error);
    if (!self->zip)
        return FAULT_CORRUPT;
    if ((uint64_t)zip_get_num_entries(self->zip, 0) != self->extents.n)
        return why_set(why, FAULT_CORRUPT,
                       "the ZIP directory can be read in two ways; ask for a fresh copy");
    return FAULT_NONE;
}

enum fault package_open_zip(struct file_bytes *file, const struct budget *budget,
                            struct package **ret, struct why *why)
{
    struct package *self = must_alloc(sizeof *self);
    self->budget = fill_budget(budget);
    self->file = *file;
    *file = (struct file_bytes){.fd = -1};
    struct file_source context = {&self->file, why};
    struct extent_source source = {&context, self->file.size, read_file};
    enum fault fault = extents_read(&source, self->budget.entries, &self->extents, why);
    if (!fault)
        fault = index_names(self, why);
    if (!fault)
        fault = open_libzip(self, why);
    if (fault)
        package_close(&self);
    else
        *ret = self;
    return fault;
}

/* What to say about a file that is no xlsx. */
static enum fault refuse(enum container container, struct why *why)
{
    const char *name = container_name(container);
    switch (container) {
    case CONTAINER_ENCRYPTED_OOXML:
        return why_set(
            why, FAULT_ENCRYPTED,
            "password protected: open it in Excel, remove the password and save it again");
    case CONTAINER_XLS:
    case CONTAINER_XLSB:
    case CONTAINER_ODS:
    case CONTAINER_CSV:
    case CONTAINER_PDF:
        return why_set(why, FAULT_UNSUPPORTED,
                       "%s is not supported here: save it as an Excel workbook (.xlsx)", name);
    case CONTAINER_EMPTY:
        return why_set(why, FAULT_NOT_SPREADSHEET, "the file is empty: ask for a fresh copy");
    default:
        return why_set(why, FAULT_NOT_SPREADSHEET, "not a spreadsheet (%s): ask for the workbook itself", name);
    }
}

enum fault package_open_any(const char *path, const struct budget *budget, struct package **ret,
                            struct why *why)
{
    struct file_bytes file;
    enum container container;
    enum fault fault = file_bytes_open(path, &file, why);
    if (fault)
        return fault;
    fault = container_probe(&file, &container, why);
    if (!fault && container == CONTAINER_ZIP_OTHER)
        return package_open_zip(&file, budget, ret, why);
    file_bytes_close(&file);
    return fault ? fault : refuse(container, why);
}

enum fault package_open(const char *path, const struct budget *budget, struct package **ret,
                        struct why *why)
{
    struct package *self;
    enum fault fault = package_open_any(path, budget, &self, why);
    if (fault)
        return fault;
    enum container container = container_of_package(self);
    if (container != CONTAINER_XLSX) {
        package_close(&self);
        return refuse(container, why);
    }
    *ret = self;
    return FAULT_NONE;
}

void package_close(struct package **self)
{
    if (!*self)
        return;
    if ((*self)->zip)
        zip_discard((*self)->zip);
    file_bytes_close(&(*self)->file);
    extents_free(&(*self)->extents);
    entry_stream_free((*self)->idle);
    free((*self)->entries);
    free((*self)->names);
    free((*self)->keys);
    free(*self);
    *self = NULL;
}

bool package_raw(const struct package *self, size_t index, struct span *ret)
{
    must(index < self->extents.n);
    const struct extent *entry = &self->extents.items[index];
    if (self->file.whole)
        *ret = span_make(self->file.whole + entry->data_offset, (size_t)entry->compressed_size);
    return self->file.whole != NULL;
}

struct reading {
    struct buffer *out;
    struct why *why;
};

static enum fault append(void *context, struct span bytes)
{
    struct reading *self = context;
    if (!buffer_append(self->out, bytes))
        return FAULT_NONE;
    return why_set(self->why, FAULT_LIMIT, "the part has more than the limit of %zu bytes",
                   self->out->limit_bytes);
}

enum fault package_read(struct package *self, size_t index, struct buffer *out, struct why *why)
{
    struct reading reading = {out, why};
    return package_stream_small(self, index, append, &reading, why);
}
