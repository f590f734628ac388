/* SPDX-License-Identifier: MIT
 *
 * make_corpus forms|ledger FOLDER FILES ROWS: writes FILES workbooks into FOLDER/files (forms: also FOLDER/template.xlsx, the form
 * without its numbers) and prints, as JSON, what is in them: counts by kind and exact sums, to which every program is held.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "bench/lib/parallel.h"
#include "bench/lib/shape.h"
#include "bench/lib/zip_out.h"
#include "core/must.h"

#define PIECE_ROWS 25000u
#define PATH_BYTES 4096
#define MAIN_NS "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define REL_NS "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define XML_HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"

struct corpus {
    const struct shape *shape;
    const char *folder;
    pthread_mutex_t lock; /* of the tally */
    struct tally tally;
};

struct sheet_work {
    struct corpus *corpus;
    uint32_t file, sheet, n_pieces;
    struct zip_piece *pieces;
};

static void add_tally(struct corpus *self, const struct tally *more)
{
    pthread_mutex_lock(&self->lock);
    self->tally.numbers += more->numbers;
    self->tally.dates += more->dates;
    self->tally.texts += more->texts;
    self->tally.booleans += more->booleans;
    self->tally.blanks += more->blanks;
    self->tally.rows += more->rows;
    self->tally.sum += more->sum;
    self->tally.date_sum += more->date_sum;
    self->tally.string_bytes += more->string_bytes;
    self->tally.xml_bytes += more->xml_bytes;
    self->tally.file_bytes += more->file_bytes;
    pthread_mutex_unlock(&self->lock);
}

static void finish_writer(struct corpus *corpus, struct cell_writer *writer)
{
    writer->tally.xml_bytes = writer->out.len;
    add_tally(corpus, &writer->tally);
    buffer_free(&writer->out);
}

static void put_sheet_head(const struct shape *shape, struct cell_writer *out)
{
    const char *last = shape->n_columns > 26 ? "AN" : "T";
    buffer_putf(&out->out,
                XML_HEAD "<worksheet xmlns=\"" MAIN_NS "\" xmlns:r=\"" REL_NS "\"><dimension ref=\"A1:%s%u\"/><sheetViews>"
                         "<sheetView workbookViewId=\"0\"><pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" state=\"frozen\"/></sheetView>"
                         "</sheetViews><sheetFormatPr defaultRowHeight=\"15\"/>%s<sheetData>",
                last, shape->n_rows, shape->columns);
}

static void make_piece(void *context, uint32_t i)
{
    struct sheet_work *self = context;
    const struct shape *shape = self->corpus->shape;
    struct cell_writer writer = {0};
    buffer_init(&writer.out, BUFFER_LIMIT_DEFAULT);
    if (i == 0)
        put_sheet_head(shape, &writer);
    uint32_t end = (i + 1) * PIECE_ROWS < shape->n_rows ? (i + 1) * PIECE_ROWS : shape->n_rows;
    for (writer.row = i * PIECE_ROWS + 1; writer.row <= end; writer.row++) {
        buffer_putf(&writer.out, "<row r=\"%u\" spans=\"1:%u\">", writer.row, shape->n_columns);
        shape->put_row(shape, self->file, self->sheet, &writer);
        buffer_put(&writer.out, SPAN("</row>"));
        writer.tally.rows++;
    }
    bool is_last = i + 1 == self->n_pieces;
    if (is_last)
        buffer_put_text(&writer.out, "</sheetData><pageMargins left=\"0.7\" right=\"0.7\" top=\"0.75\" bottom=\"0.75\" header=\"0.3\" footer=\"0.3\"/></worksheet>");
    zip_piece_make(&self->pieces[i], buffer_span(&writer.out), is_last);
    finish_writer(self->corpus, &writer);
}

/* One file alone is made by all threads; else each thread makes files of its own. */
static void put_sheet(struct corpus *corpus, struct zip_out *zip, uint32_t file, uint32_t sheet)
{
    struct sheet_work work = {corpus, file, sheet, (corpus->shape->n_rows + PIECE_ROWS - 1) / PIECE_ROWS, NULL};
    work.pieces = must_alloc(work.n_pieces * sizeof *work.pieces);
    if (corpus->shape->n_files == 1)
        parallel_for(work.n_pieces, make_piece, &work);
    else
        for (uint32_t i = 0; i < work.n_pieces; i++)
            make_piece(&work, i);
    char name[64];
    snprintf(name, sizeof name, "xl/worksheets/sheet%u.xml", sheet + 1);
    zip_out_part(zip, name, work.pieces, work.n_pieces);
    for (uint32_t i = 0; i < work.n_pieces; i++)
        zip_piece_free(&work.pieces[i]);
    free(work.pieces);
}

static void put_shared_strings(struct corpus *corpus, struct zip_out *zip, uint32_t file)
{
    struct cell_writer writer = {0};
    buffer_init(&writer.out, BUFFER_LIMIT_DEFAULT);
    buffer_put_text(&writer.out, XML_HEAD "<sst xmlns=\"" MAIN_NS "\">");
    corpus->shape->put_strings(corpus->shape, file, &writer);
    buffer_put(&writer.out, SPAN("</sst>"));
    zip_out_text(zip, "xl/sharedStrings.xml", buffer_span(&writer.out));
    finish_writer(corpus, &writer);
}

static void put_frame(const struct shape *shape, struct zip_out *zip)
{
    struct buffer types, book, rels;
    buffer_init(&types, BUFFER_LIMIT_DEFAULT);
    buffer_init(&book, BUFFER_LIMIT_DEFAULT);
    buffer_init(&rels, BUFFER_LIMIT_DEFAULT);
    buffer_put_text(&types, XML_HEAD "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">"
                                     "<Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"
                                     "<Default Extension=\"xml\" ContentType=\"application/xml\"/>");
#define TYPE(part, kind) "<Override PartName=\"/xl/" part "\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml." kind "+xml\"/>"
    buffer_put_text(&types, TYPE("workbook.xml", "sheet.main") TYPE("styles.xml", "styles") TYPE("sharedStrings.xml", "sharedStrings"));
    buffer_put_text(&book, XML_HEAD "<workbook xmlns=\"" MAIN_NS "\" xmlns:r=\"" REL_NS "\"><bookViews><workbookView/></bookViews><sheets>");
    buffer_put_text(&rels, XML_HEAD "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">");
    for (uint32_t i = 1; i <= shape->n_sheets; i++) {
        buffer_putf(&types, TYPE("worksheets/sheet%u.xml", "worksheet"), i);
        buffer_putf(&book, "<sheet name=\"%s\" sheetId=\"%u\" r:id=\"rId%u\"/>", shape->sheet_names[i - 1], i, i);
        buffer_putf(&rels, "<Relationship Id=\"rId%u\" Type=\"" REL_NS "/worksheet\" Target=\"worksheets/sheet%u.xml\"/>", i, i);
    }
    buffer_put_text(&types, "</Types>");
    buffer_put_text(&book, "</sheets><calcPr calcId=\"191029\"/></workbook>");
    buffer_put_text(&rels, "<Relationship Id=\"rId100\" Type=\"" REL_NS "/styles\" Target=\"styles.xml\"/>"
                           "<Relationship Id=\"rId101\" Type=\"" REL_NS "/sharedStrings\" Target=\"sharedStrings.xml\"/></Relationships>");
    zip_out_text(zip, "[Content_Types].xml", buffer_span(&types));
    zip_out_text(zip, "_rels/.rels",
                 SPAN(XML_HEAD "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" "
                               "Type=\"" REL_NS "/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"));
    zip_out_text(zip, "xl/workbook.xml", buffer_span(&book));
    zip_out_text(zip, "xl/_rels/workbook.xml.rels", buffer_span(&rels));
    zip_out_text(zip, "xl/styles.xml", span_of(shape->styles));
    buffer_free(&types);
    buffer_free(&book);
    buffer_free(&rels);
}

static void make_book(struct corpus *corpus, uint32_t file, const char *path)
{
    struct zip_out *zip = zip_out_new(path);
    put_frame(corpus->shape, zip);
    for (uint32_t i = 0; i < corpus->shape->n_sheets; i++)
        put_sheet(corpus, zip, file, i);
    put_shared_strings(corpus, zip, file);
    struct tally size = {.file_bytes = zip_out_close(&zip)};
    add_tally(corpus, &size);
}

static void make_file(void *context, uint32_t i)
{
    struct corpus *corpus = context;
    char path[PATH_BYTES];
    must(snprintf(path, sizeof path, "%s/files/office %05u.xlsx", corpus->folder, i + 1) < PATH_BYTES);
    make_book(corpus, i, path);
}

static void make_template(const struct corpus *corpus)
{
    struct shape shape = *corpus->shape;
    shape.is_template = true;
    struct corpus alone = {.shape = &shape, .folder = corpus->folder, .lock = PTHREAD_MUTEX_INITIALIZER};
    char path[PATH_BYTES];
    must(snprintf(path, sizeof path, "%s/template.xlsx", corpus->folder) < PATH_BYTES);
    make_book(&alone, 0, path);
}

static void print_sum(const char *name, __int128 sum)
{
    bool is_negative = sum < 0;
    unsigned __int128 value = is_negative ? -(unsigned __int128)sum : (unsigned __int128)sum;
    printf(",\"%s\":\"%s%llu.%04u\"", name, is_negative ? "-" : "", (unsigned long long)(value / 10000), (unsigned)(value % 10000));
}

static void print_truth(const struct tally *tally, uint32_t files)
{
    printf("{\"files\":%u,\"rows\":%llu,\"numbers\":%llu,\"dates\":%llu,\"texts\":%llu,\"booleans\":%llu,\"errors\":0,\"blanks\":%llu,"
           "\"string_bytes\":%llu,\"xml_bytes\":%llu,\"file_bytes\":%llu",
           files, (unsigned long long)tally->rows, (unsigned long long)tally->numbers, (unsigned long long)tally->dates,
           (unsigned long long)tally->texts, (unsigned long long)tally->booleans, (unsigned long long)tally->blanks,
           (unsigned long long)tally->string_bytes, (unsigned long long)tally->xml_bytes, (unsigned long long)tally->file_bytes);
    print_sum("sum", tally->sum);
    print_sum("date_sum", tally->date_sum);
    printf("}\n");
}

static void make_folder(const char *folder, const char *name)
{
    char path[PATH_BYTES];
    must(snprintf(path, sizeof path, "%s%s", folder, name) < PATH_BYTES);
    if (mkdir(path, 0777) != 0 && errno != EEXIST) {
        perror(path);
        exit(1);
    }
}

int main(int argc, char **argv)
{
    int files = argc == 5 ? atoi(argv[3]) : 0, rows = argc == 5 ? atoi(argv[4]) : 0;
    bool is_forms = argc == 5 && strcmp(argv[1], "forms") == 0;
    if (files < 1 || rows < 3 || rows > 1000000 || (!is_forms && strcmp(argv[1], "ledger") != 0)) {
        fprintf(stderr, "usage: make_corpus forms|ledger FOLDER FILES ROWS\n");
        return 4;
    }
    struct shape shape = is_forms ? forms_shape((uint32_t)files, (uint32_t)rows) : ledger_shape((uint32_t)files, (uint32_t)rows);
    struct corpus corpus = {.shape = &shape, .folder = argv[2], .lock = PTHREAD_MUTEX_INITIALIZER};
    make_folder(argv[2], "");
    make_folder(argv[2], "/files");
    if (is_forms)
        make_template(&corpus);
    if (files == 1)
        make_file(&corpus, 0);
    else
        parallel_for((uint32_t)files, make_file, &corpus);
    print_truth(&corpus.tally, (uint32_t)files);
    return 0;
}
