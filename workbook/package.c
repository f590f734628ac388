/* SPDX-License-Identifier: MIT
 *
 * The ZIP directory comes from our own check (extents.c); libzip, opened on the same descriptor,
 * must see the same archive and gives the raw bytes of an entry, unless the file is whole in memory,
 * where the check has proven their place. Our inflater counts what becomes of them: libzip would
 * inflate past the declared size without a word.
 */
#include "workbook/package.h"

#include <stdlib.h>
#include <sys/stat.h>

#include <zip.h>

#include "core/interrupt.h"
#include "core/must.h"
#include "workbook/codec.h"
#include "workbook/container.h"
#include "workbook/extents.h"

#define WINDOW_BYTES ((size_t)128 << 10)
#define RAW_BYTES ((size_t)64 << 10)
enum { METHOD_STORED = 0, METHOD_DEFLATED = 8, METHOD_AES = 99 };
enum { FLAG_ENCRYPTED = 1 << 0, FLAG_STRONGLY_ENCRYPTED = 1 << 6 };

const struct budget budget_default = {
    .entries = 10000,
    .part_bytes = (uint64_t)4 << 30,
    .total_bytes = (uint64_t)8 << 30,
    .small_part_bytes = (uint64_t)64 << 20,
    .string_bytes = (uint64_t)512 << 20,
    .strings = (uint64_t)64 << 20,
    .cells = 500000000,
};

/* A part name as it is compared: without leading slash, percent-decoded, ASCII lower case. */
struct part_key {
    struct span name;
    size_t entry;
};

struct package {
    struct budget budget;
    struct file_bytes file;
    zip_t *zip;
    struct extents extents;
    struct package_entry *entries;
    char *names; /* of the entries, and of the keys behind them */
    struct part_key *keys;
    size_t n_keys;
    uint64_t total_bytes; /* inflated so far, over all parts */
    struct inflater *inflater;
    char *window, *raw;
    bool is_streaming;
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
    inflater_destroy(&(*self)->inflater);
    free((*self)->entries);
    free((*self)->names);
    free((*self)->keys);
    free((*self)->window);
    free((*self)->raw);
    free(*self);
    *self = NULL;
}

/* --- raw bytes --- */

/* One entry on its way through the window. */
struct stream {
    struct package *package;
    const struct package_entry *entry;
    zip_file_t *file; /* NULL for a file that is whole in memory */
    uint64_t data_offset;
    uint64_t raw_left; /* of the compressed bytes */
    uint64_t out_len;  /* bytes handed on */
    uint32_t crc;
    package_consume *consume;
    void *context;
    struct why *why;
};

static enum fault corrupt(const struct stream *self, const char *what)
{
    return why_set(self->why, FAULT_CORRUPT, "%s: the file is damaged, ask for a fresh copy", what);
}

static enum fault open_stream(struct stream *self, size_t index)
{
    struct package *package = self->package;
    zip_stat_t stat;
    const char *name = zip_get_name(package->zip, index, ZIP_FL_ENC_RAW);
    struct span expected = package->extents.items[index].name;
    if (!name || strncmp(name, expected.data, expected.len) != 0 ||
        zip_stat_index(package->zip, index, 0, &stat) != 0 ||
        stat.comp_size != self->entry->compressed_size || stat.crc != self->entry->crc32)
        return corrupt(self, "the ZIP directory can be read in two ways");
    self->raw_left = self->entry->compressed_size;
    if (package->file.whole)
        return FAULT_NONE;
    self->file = zip_fopen_index(package->zip, index, ZIP_FL_COMPRESSED);
    if (!self->file)
        return corrupt(self, zip_strerror(package->zip));
    if (!package->raw)
        package->raw = must_realloc(NULL, RAW_BYTES + FILE_BYTES_SLACK);
    return FAULT_NONE;
}

static enum fault interrupted(const struct stream *self)
{
    return why_set(self->why, FAULT_CANCELLED, "interrupted while it was read");
}

static enum fault read_raw(struct stream *self, struct span *ret)
{
    if (interrupt_wanted())
        return interrupted(self);
    if (self->package->file.whole) { /* proven by extents_read to lie inside */
        *ret = span_make(self->package->file.whole + self->data_offset, (size_t)self->raw_left);
        self->raw_left = 0;
        return FAULT_NONE;
    }
    char *raw = self->package->raw;
    size_t len = self->raw_left < RAW_BYTES ? (size_t)self->raw_left : RAW_BYTES;
    *ret = span_make(raw, len);
    if (!len)
        return FAULT_NONE;
    zip_int64_t got = zip_fread(self->file, raw, len);
    if (got < 0 || (size_t)got != len)
        return corrupt(self, "an entry cannot be read to its end");
    self->raw_left -= len;
    return FAULT_NONE;
}

static enum fault stream_as_it_is(struct stream *self)
{
    while (self->raw_left) {
        struct span piece;
        enum fault fault = read_raw(self, &piece);
        if (!fault)
            fault = self->consume(self->context, piece);
        if (fault)
            return fault;
    }
    return FAULT_NONE;
}

/* --- inflated bytes --- */

static enum fault hand_on(struct stream *self, struct span piece)
{
    struct package *package = self->package;
    if (interrupt_wanted())
        return interrupted(self);
    if (piece.len > self->entry->size - self->out_len)
        return corrupt(self, "a part is larger than it says");
    if (piece.len > package->budget.total_bytes - package->total_bytes)
        return why_set(self->why, FAULT_LIMIT,
                       "the parts of this file have more than the limit of %llu bytes together",
                       (unsigned long long)package->budget.total_bytes);
    self->out_len += piece.len;
    package->total_bytes += piece.len;
    self->crc = codec_crc32(self->crc, piece);
    return piece.len ? self->consume(self->context, piece) : FAULT_NONE;
}

/* Fills the window from the raw bytes; *ret_end when the deflate stream has ended. */
static enum fault fill_window(struct stream *self, struct span *input, size_t *ret_len,
                              bool *ret_end)
{
    struct package *package = self->package;
    size_t filled = 0;
    *ret_end = false;
    while (filled < WINDOW_BYTES && !*ret_end) {
        if (!input->len && self->raw_left) {
            enum fault fault = read_raw(self, input);
            if (fault)
                return fault;
        }
        size_t before = input->len, len;
        enum fault fault = inflater_step(package->inflater, input, package->window + filled,
                                         WINDOW_BYTES - filled, &len, ret_end);
        if (fault)
            return corrupt(self, "invalid compressed data");
        filled += len;
        if (!len && !*ret_end && input->len == before && (before || !self->raw_left))
            return corrupt(self, "compressed data end too early");
    }
    *ret_len = filled;
    return FAULT_NONE;
}

static enum fault stream_inflated(struct stream *self)
{
    struct package *package = self->package;
    struct span input = SPAN("");
    if (!package->window) {
        package->window = must_realloc(NULL, WINDOW_BYTES + FILE_BYTES_SLACK);
        package->inflater = inflater_new();
    }
    inflater_reset(package->inflater);
    for (bool is_end = false; !is_end;) {
        size_t len = 0;
        enum fault fault = fill_window(self, &input, &len, &is_end);
        if (!fault)
            fault = hand_on(self, span_make(package->window, len));
        if (fault)
            return fault;
    }
    if (inflater_consumed(package->inflater) != self->entry->compressed_size)
        return corrupt(self, "bytes behind the end of compressed data");
    return FAULT_NONE;
}

static enum fault stream_stored(struct stream *self)
{
    while (self->raw_left) {
        struct span piece;
        enum fault fault = read_raw(self, &piece);
        if (!fault)
            fault = hand_on(self, piece);
        if (fault)
            return fault;
    }
    return FAULT_NONE;
}

/* What can be said before the first byte is read. */
static enum fault check_readable(const struct stream *self, uint64_t bytes_max)
{
    const struct package_entry *entry = self->entry;
    if (S_ISLNK(entry->external_attributes >> 16))
        return corrupt(self, "a symbolic link in place of a part");
    if (entry->flags & (FLAG_ENCRYPTED | FLAG_STRONGLY_ENCRYPTED) || entry->method == METHOD_AES)
        return why_set(self->why, FAULT_ENCRYPTED,
                       "password protected: ask for a copy without password");
    if (entry->method != METHOD_STORED && entry->method != METHOD_DEFLATED)
        return why_set(self->why, FAULT_UNSUPPORTED,
                       "compressed by method %u, which no spreadsheet program uses: save it again",
                       entry->method);
    if (entry->size > bytes_max)
        return why_set(self->why, FAULT_LIMIT,
                       "the part has %llu bytes, more than the limit of %llu",
                       (unsigned long long)entry->size, (unsigned long long)bytes_max);
    return FAULT_NONE;
}

static enum fault stream_checked(struct stream *self)
{
    enum fault fault =
        self->entry->method == METHOD_DEFLATED ? stream_inflated(self) : stream_stored(self);
    if (fault)
        return fault;
    if (self->out_len != self->entry->size)
        return corrupt(self, "a part is smaller than it says");
    if (self->crc != self->entry->crc32)
        return corrupt(self, "wrong checksum");
    return FAULT_NONE;
}

enum how { HOW_RAW, HOW_INFLATED };

static enum fault stream_entry(struct package *self, size_t index, enum how how, uint64_t bytes_max,
                               package_consume *consume, void *context, struct why *why)
{
    must(index < self->extents.n && !self->is_streaming);
    struct stream stream = {.package = self,
                            .entry = &self->entries[index],
                            .data_offset = self->extents.items[index].data_offset,
                            .consume = consume,
                            .context = context,
                            .why = why};
    enum fault fault = how == HOW_RAW ? FAULT_NONE : check_readable(&stream, bytes_max);
    if (!fault)
        fault = open_stream(&stream, index);
    if (!fault) {
        self->is_streaming = true;
        fault = how == HOW_RAW ? stream_as_it_is(&stream) : stream_checked(&stream);
        self->is_streaming = false;
    }
    if (stream.file)
        zip_fclose(stream.file);
    if (fault)
        why_at_part(why, stream.entry->name);
    return fault;
}

enum fault package_stream(struct package *self, size_t index, package_consume *consume,
                          void *context, struct why *why)
{
    return stream_entry(self, index, HOW_INFLATED, self->budget.part_bytes, consume, context, why);
}

enum fault package_stream_small(struct package *self, size_t index, package_consume *consume,
                                void *context, struct why *why)
{
    return stream_entry(self, index, HOW_INFLATED, self->budget.small_part_bytes, consume, context,
                        why);
}

enum fault package_stream_raw(struct package *self, size_t index, package_consume *consume,
                              void *context, struct why *why)
{
    return stream_entry(self, index, HOW_RAW, 0, consume, context, why);
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
