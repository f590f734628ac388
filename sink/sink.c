/* SPDX-License-Identifier: MIT
 *
 * Two sockets: the broker's for control, and one that workers bring partials to. Control is emptied before each partial: what
 * the broker sent before it leased a task (the job, the plan, the sources) is then here before the task's partial. While
 * an output is written, control is looked into from the writer's progress.
 */
#include "sink/sink.h"

#include <stdlib.h>

#include "core/clock.h"
#include "core/hash.h"
#include "core/interrupt.h"
#include "core/log.h"
#include "core/must.h"
#include "wire/assembly.h"
#include "wire/delivery.h"
#include "wire/dispatch.h"
#include "wire/port.h"
#include "wire/session.h"
#include "wire/submit.h"
#include "wire/task.h"

#define GRANT_PARTIALS 64           /* uncounted partials of one worker ... */
#define GRANT_BYTES ((uint64_t)32 << 20) /* ... and bytes of them */
#define WRITING_MS 50               /* WRITING at most this often */
#define ENDED_MAX 64                /* last words kept for FINALIZEs that come late */
#define PARTIALS_A_TURN 64

enum place { PLACE_UNKNOWN, PLACE_IDLE, PLACE_AWAITED, PLACE_COUNTED, PLACE_DEAD }; /* of a source */

enum sink_job_state { SINK_OPENING, SINK_OPEN, SINK_DUE, SINK_WRITING, SINK_ENDED };

struct sink_job {
    struct job_id id;
    enum sink_job_state state;
    struct job job; /* until the plan comes */
    bool has_job, is_cancelled;
    struct sha256 plan;
    struct merge *merge;
    unsigned char *places; /* enum place, by source */
    uint32_t n_places, capacity, n_sources, n_counted, n_dead;
    struct buffer last_word; /* body of FINAL */
    struct sink_job *next;   /* newest first */
};

struct sink {
    struct actor_pipe *pipe;
    struct port *broker, *workers;
    const struct sink_craft *craft;
    struct sink_job *jobs;
    struct buffer body;
    int64_t told_ms; /* when WRITING was sent */
};

/* --- sending ----------------------------------------------------------------------------------------------------- */

static struct buffer *new_body(struct sink *self)
{
    buffer_clear(&self->body);
    return &self->body;
}

static void tell_broker(struct sink *self, uint8_t type, struct span body)
{
    enum fault fault = port_send(self->broker, NULL, type, 0, body, NULL);
    if (fault != FAULT_NONE)
        log_warn("broker_unreachable", "message=%s fault=%s", message_name(type), fault_name(fault));
}

static void tell_worker(struct sink *self, const struct parcel *to, uint8_t type)
{
    enum fault fault =
        port_send(self->workers, &to->peer, type, to->header.session, buffer_span(&self->body), NULL);
    if (fault != FAULT_NONE) /* it sends the partial again, if it is still there */
        log_info("worker_unreachable", "message=%s fault=%s", message_name(type), fault_name(fault));
}

static void refuse_partial(struct sink *self, const struct parcel *parcel, const struct delivery *delivery,
                           enum nak_reason reason, const struct why *why)
{
    struct nak nak = {.job = delivery->job, .index = delivery->index, .slice = delivery->slice, .reason = reason, .why = *why};
    nak_encode(new_body(self), &nak);
    tell_worker(self, parcel, MESSAGE_NAK);
}

/* --- jobs -------------------------------------------------------------------------------------------------------- */

static struct sink_job *find_job(struct sink *self, struct job_id id)
{
    struct sink_job *job = self->jobs;
    while (job && !job_id_equal(job->id, id))
        job = job->next;
    return job;
}

/* All but the last word. */
static void empty_job(struct sink *self, struct sink_job *job)
{
    if (job->merge)
        self->craft->destroy(&job->merge);
    if (job->has_job)
        job_free(&job->job);
    job->has_job = false;
    free(job->places);
    job->places = NULL;
    job->n_places = job->capacity = 0;
}

static void free_job(struct sink *self, struct sink_job *job)
{
    empty_job(self, job);
    buffer_free(&job->last_word);
    free(job);
}

static void forget_oldest(struct sink *self)
{
    unsigned n = 0;
    for (struct sink_job **at = &self->jobs; *at;) {
        struct sink_job *job = *at;
        if (job->state == SINK_ENDED && ++n > ENDED_MAX) {
            *at = job->next;
            free_job(self, job);
        } else {
            at = &job->next;
        }
    }
}

/* The last word on a job; from now on it is only repeated. */
static void end_job(struct sink *self, struct sink_job *job, const struct final *final)
{
    char hex[33];
    log_info("job_ended", "job=%s fault=%s sources=%u counted=%u dead=%u", job_id_hex(job->id, hex),
             fault_name(final->why.fault), job->n_sources, job->n_counted, job->n_dead);
    final_encode(&job->last_word, final);
    empty_job(self, job);
    job->state = SINK_ENDED;
    tell_broker(self, MESSAGE_FINAL, buffer_span(&job->last_word));
    forget_oldest(self);
}

static void end_with_fault(struct sink *self, struct sink_job *job, enum fault fault, const struct why *why)
{
    struct final final = {.job = job->id, .why = *why};
    if (final.why.fault == FAULT_NONE)
        (void)why_set(&final.why, fault, "%s", fault_text(fault));
    end_job(self, job, &final);
}

static enum place place_of(const struct sink_job *job, uint32_t index)
{
    return index < job->n_places ? (enum place)job->places[index] : PLACE_UNKNOWN;
}

static void set_place(struct sink_job *job, uint32_t index, enum place place)
{
    if (index >= job->capacity) {
        uint32_t capacity = job->capacity ? job->capacity : 256;
        while (capacity <= index)
            capacity *= 2;
        job->places = must_realloc(job->places, capacity);
        memset(job->places + job->capacity, PLACE_UNKNOWN, capacity - job->capacity);
        job->capacity = capacity;
    }
    job->places[index] = (unsigned char)place;
    if (index >= job->n_places)
        job->n_places = index + 1;
}

/* --- from the broker: opening ------------------------------------------------------------------------------------- */

static enum fault on_job(void *role, const struct parcel *parcel)
{
    struct sink *self = role;
    struct job_opening opening;
    if (job_opening_decode(parcel->body, &opening) != FAULT_NONE || !parcel->has_blob)
        return FAULT_PROTOCOL;
    if (find_job(self, opening.job))
        return FAULT_NONE;
    struct sink_job *job = must_alloc(sizeof *job);
    job->id = opening.job;
    buffer_init(&job->last_word, BUFFER_LIMIT_DEFAULT);
    job->next = self->jobs;
    self->jobs = job;
    struct why why = {0};
    enum fault fault = job_decode(parcel->blob, &job->job);
    job->has_job = fault == FAULT_NONE;
    if (fault != FAULT_NONE)
        end_with_fault(self, job, fault, &why);
    return FAULT_NONE;
}

static enum fault on_plan(void *role, const struct parcel *parcel)
{
    struct sink *self = role;
    struct plan_notice plan;
    if (plan_notice_decode(parcel->body, &plan) != FAULT_NONE || !parcel->has_blob)
        return FAULT_PROTOCOL;
    struct sink_job *job = find_job(self, plan.job);
    if (!job || job->state != SINK_OPENING)
        return FAULT_NONE;
    struct why why = {0};
    enum fault fault = self->craft->open(&job->job, parcel->blob, &job->merge, &why);
    if (fault != FAULT_NONE) {
        end_with_fault(self, job, fault, &why);
        return FAULT_NONE;
    }
    job->plan = plan.plan;
    job->state = SINK_OPEN;
    return FAULT_NONE;
}

static void take_source(struct sink *self, struct sink_job *job, const struct source *source)
{
    if (place_of(job, source->index) != PLACE_UNKNOWN)
        return; /* a batch that came twice */
    self->craft->source(job->merge, source);
    set_place(job, source->index, source->state == SOURCE_TASK ? PLACE_AWAITED : PLACE_IDLE);
    job->n_sources++;
}

static enum fault take_batch(struct sink *self, struct sink_job *job, const struct batch *batch)
{
    struct cursor in;
    enum fault fault = FAULT_NONE;
    cursor_init(&in, batch->items);
    for (uint32_t i = 0; i < batch->n && fault == FAULT_NONE; i++) {
        struct source source;
        struct issue issue;
        if (batch->kind == BATCH_SOURCES) {
            fault = source_decode(&in, &source);
            if (fault == FAULT_NONE && source.index >= job->n_places + batch->n)
                fault = FAULT_PROTOCOL; /* sources come in order: no index can lie so far ahead */
            if (fault == FAULT_NONE)
                take_source(self, job, &source);
        } else {
            fault = placed_issue_next(&in, &issue);
            if (fault == FAULT_NONE)
                self->craft->issue(job->merge, &issue);
        }
    }
    return fault;
}

static enum fault on_sources(void *role, const struct parcel *parcel)
{
    struct sink *self = role;
    struct batch batch;
    if (batch_decode(parcel->body, &batch) != FAULT_NONE)
        return FAULT_PROTOCOL;
    struct sink_job *job = find_job(self, batch.job);
    enum fault fault = FAULT_NONE;
    if (job && job->state == SINK_OPEN)
        fault = take_batch(self, job, &batch);
    ok_encode(new_body(self), &(struct ok){batch.job, batch.number});
    tell_broker(self, MESSAGE_OK, buffer_span(&self->body));
    return fault;
}

/* --- from the broker: ending -------------------------------------------------------------------------------------- */

static enum fault on_dead(void *role, const struct parcel *parcel)
{
    struct sink *self = role;
    struct job_items batch;
    if (dead_batch_decode(parcel->body, &batch) != FAULT_NONE)
        return FAULT_PROTOCOL;
    struct sink_job *job = find_job(self, batch.job);
    struct cursor in;
    cursor_init(&in, batch.items);
    for (uint32_t i = 0; i < batch.n && job && job->state == SINK_OPEN; i++) {
        struct dead dead;
        char line[1024];
        if (dead_next(&in, &dead) != FAULT_NONE)
            return FAULT_PROTOCOL;
        if (place_of(job, dead.index) != PLACE_AWAITED)
            continue; /* counted after all, or told before */
        self->craft->failed(job->merge, dead.index, dead.why.fault, span_of(why_line(&dead.why, line, sizeof line)));
        set_place(job, dead.index, PLACE_DEAD);
        job->n_dead++;
    }
    return FAULT_NONE;
}

/* What the broker may have missed: everything that is counted. */
static void send_sync(struct sink *self, const struct sink_job *job)
{
    struct buffer items;
    struct job_items counted = {.job = job->id};
    buffer_init(&items, BUFFER_LIMIT_DEFAULT);
    for (uint32_t i = 0; i < job->n_places;) {
        struct range range = {i, 0};
        while (i < job->n_places && job->places[i] == PLACE_COUNTED)
            range.count++, i++;
        if (range.count) {
            range_encode(&items, &range);
            counted.n++;
        } else {
            i++;
        }
    }
    counted.items = buffer_span(&items);
    job_items_encode(new_body(self), &counted);
    tell_broker(self, MESSAGE_SYNC, buffer_span(&self->body));
    buffer_free(&items);
}

static enum fault on_finalize(void *role, const struct parcel *parcel)
{
    struct sink *self = role;
    struct finalize finalize;
    if (finalize_decode(parcel->body, &finalize) != FAULT_NONE)
        return FAULT_PROTOCOL;
    struct sink_job *job = find_job(self, finalize.job);
    if (!job)
        return FAULT_NONE;
    if (job->state == SINK_ENDED) {
        tell_broker(self, MESSAGE_FINAL, buffer_span(&job->last_word));
        return FAULT_NONE;
    }
    if (job->state != SINK_OPEN)
        return FAULT_NONE; /* said again while it is being done */
    if (finalize.sources == job->n_sources && finalize.counted == job->n_counted && finalize.dead == job->n_dead) {
        job->state = SINK_DUE;
        return FAULT_NONE;
    }
    send_sync(self, job);
    struct mismatch mismatch = {job->id, job->n_sources, job->n_counted, job->n_dead};
    mismatch_encode(new_body(self), &mismatch);
    tell_broker(self, MESSAGE_MISMATCH, buffer_span(&self->body));
    return FAULT_NONE;
}

static enum fault on_close(void *role, const struct parcel *parcel)
{
    struct sink *self = role;
    struct job_notice close;
    if (job_notice_decode(parcel->body, &close) != FAULT_NONE)
        return FAULT_PROTOCOL;
    struct sink_job *job = find_job(self, close.job);
    struct final unknown = {.job = close.job};
    (void)why_set(&unknown.why, FAULT_CANCELLED, "the job was cancelled");
    if (!job) {
        final_encode(new_body(self), &unknown);
        tell_broker(self, MESSAGE_FINAL, buffer_span(&self->body));
    } else if (job->state == SINK_ENDED) {
        tell_broker(self, MESSAGE_FINAL, buffer_span(&job->last_word));
    } else if (job->state == SINK_WRITING) {
        job->is_cancelled = true; /* the writer's progress sees it; FINAL comes from there */
    } else {
        end_job(self, job, &unknown);
    }
    return FAULT_NONE;
}

/* --- from workers ------------------------------------------------------------------------------------------------- */

static enum fault on_open(void *role, const struct parcel *parcel)
{
    struct sink *self = role;
    struct opening opening;
    if (opening_decode(parcel->body, &opening) != FAULT_NONE)
        return FAULT_PROTOCOL;
    grant_encode(new_body(self), &(struct grant){GRANT_PARTIALS, GRANT_BYTES});
    tell_worker(self, parcel, MESSAGE_CREDIT);
    return FAULT_NONE;
}

static void say_counted(struct sink *self, const struct parcel *parcel, struct job_id job, uint32_t index)
{
    struct buffer items;
    buffer_init(&items, 64);
    range_encode(&items, &(struct range){index, 1});
    job_items_encode(new_body(self), &(struct job_items){job, 1, buffer_span(&items)});
    tell_broker(self, MESSAGE_COUNTED, buffer_span(&self->body));
    tell_worker(self, parcel, MESSAGE_COUNTED);
    buffer_free(&items);
}

static void count_partial(struct sink *self, const struct parcel *parcel, const struct delivery *delivery,
                          struct sink_job *job)
{
    enum merge_verdict verdict = MERGE_CORRUPT;
    struct why why = {0};
    enum fault fault = self->craft->add(job->merge, delivery->index, parcel->blob, delivery->sha, &verdict, &why);
    if (fault != FAULT_NONE) {
        refuse_partial(self, parcel, delivery, NAK_CLOSED, &why);
        end_with_fault(self, job, fault, &why);
        return;
    }
    if (verdict == MERGE_CORRUPT || verdict == MERGE_CONFLICT) {
        if (why.fault == FAULT_NONE)
            (void)why_set(&why, FAULT_PROTOCOL, "%s",
                          verdict == MERGE_CORRUPT ? "its partial result was damaged on its way to the sink"
                                                   : "two readings of the same file differ");
        refuse_partial(self, parcel, delivery, verdict == MERGE_CORRUPT ? NAK_CORRUPT : NAK_CONFLICT, &why);
        return;
    }
    if (place_of(job, delivery->index) == PLACE_AWAITED) {
        set_place(job, delivery->index, PLACE_COUNTED);
        job->n_counted++;
    }
    say_counted(self, parcel, delivery->job, delivery->index);
}

static enum fault on_partial(void *role, const struct parcel *parcel)
{
    struct sink *self = role;
    struct delivery delivery;
    if (delivery_decode(parcel->body, &delivery) != FAULT_NONE || !parcel->has_blob)
        return FAULT_PROTOCOL;
    struct sink_job *job = find_job(self, delivery.job);
    if (!job || job->state == SINK_OPENING)
        return FAULT_NONE; /* ahead of its job: comes again */
    struct why why = {0};
    if (job->state != SINK_OPEN) {
        refuse_partial(self, parcel, &delivery, NAK_CLOSED, &why);
        return FAULT_NONE;
    }
    enum place place = place_of(job, delivery.index);
    if (place == PLACE_UNKNOWN)
        return FAULT_NONE; /* ahead of its source */
    if (place == PLACE_DEAD || place == PLACE_IDLE) {
        refuse_partial(self, parcel, &delivery, NAK_CLOSED, &why);
    } else if (!sha256_equal(delivery.plan, job->plan)) {
        (void)why_set(&why, FAULT_PROTOCOL, "its partial result was made by another plan");
        refuse_partial(self, parcel, &delivery, NAK_CORRUPT, &why);
    } else {
        count_partial(self, parcel, &delivery, job);
    }
    return FAULT_NONE;
}

/* --- the loop ----------------------------------------------------------------------------------------------------- */

static const struct handler from_broker[] = {
    {MESSAGE_JOB, on_job},   {MESSAGE_PLAN, on_plan},         {MESSAGE_SOURCES, on_sources},
    {MESSAGE_DEAD, on_dead}, {MESSAGE_FINALIZE, on_finalize}, {MESSAGE_CLOSE, on_close},
    {0, NULL},
};
static const struct handler from_workers[] = {
    {MESSAGE_OPEN, on_open},
    {MESSAGE_PARTIAL, on_partial},
    {0, NULL},
};

static void take_control(struct sink *self)
{
    dispatch_all(self->broker, from_broker, self);
}

/* --- writing ------------------------------------------------------------------------------------------------------ */

struct writer { /* what the writer's hooks know */
    struct sink *sink;
    struct sink_job *job;
};

static bool is_unwanted(void *context)
{
    struct writer *writer = context;
    take_control(writer->sink);
    return writer->job->is_cancelled || actor_is_ending(writer->sink->pipe);
}

static bool on_progress(void *context, uint64_t done, uint64_t total)
{
    struct writer *writer = context;
    struct sink *self = writer->sink;
    int64_t now = clock_now_ms();
    if (now - self->told_ms >= WRITING_MS) {
        self->told_ms = now;
        writing_encode(new_body(self), &(struct writing){writer->job->id, done, total});
        tell_broker(self, MESSAGE_WRITING, buffer_span(&self->body));
    }
    return !is_unwanted(writer);
}

struct reporter {
    struct sink *sink;
    struct batch batch;
    struct buffer items;
    uint32_t n_issues;
};

static void flush_report(struct reporter *reporter)
{
    if (!reporter->batch.n)
        return;
    reporter->batch.items = buffer_span(&reporter->items);
    batch_encode(new_body(reporter->sink), &reporter->batch);
    tell_broker(reporter->sink, MESSAGE_REPORT, buffer_span(&reporter->sink->body));
    buffer_clear(&reporter->items);
    reporter->batch.n = 0;
    reporter->batch.number++;
}

static enum fault report_issue(void *context, const struct issue *issue, const struct source *source)
{
    struct reporter *reporter = context;
    if (reporter->n_issues == REPORT_ISSUES_MAX)
        return FAULT_LIMIT;
    struct issue placed = *issue;
    if (source)
        placed.source = source->index;
    placed_issue_encode(&reporter->items, &placed);
    reporter->n_issues++;
    reporter->batch.n++;
    if (reporter->items.len >= BATCH_BYTES)
        flush_report(reporter);
    return FAULT_NONE;
}

/* The first issues travel before FINAL; all of them are in the workbook and the report. */
static void report_issues(struct sink *self, struct sink_job *job)
{
    struct reporter reporter = {.sink = self, .batch = {.job = job->id, .kind = BATCH_ISSUES}};
    buffer_init(&reporter.items, BUFFER_LIMIT_DEFAULT);
    enum fault fault = self->craft->each_issue(job->merge, report_issue, &reporter);
    flush_report(&reporter);
    if (fault != FAULT_NONE && reporter.n_issues < REPORT_ISSUES_MAX)
        log_warn("report", "issues=%u fault=%s", reporter.n_issues, fault_name(fault));
    buffer_free(&reporter.items);
}

static void fill_final(struct final *final, const struct merge_summary *from)
{
    final->sources = from->sources;
    final->used = from->used;
    final->failed = from->failed;
    final->rejected = from->rejected;
    final->duplicates = from->duplicates;
    final->warnings = from->warnings;
    final->infos = from->infos;
    final->result_cells = from->result_cells;
    final->cells_read = from->cells_read;
    final->cells_used = from->cells_used;
    final->cells_not_applicable = from->cells_not_applicable;
    final->cells_skipped = from->cells_skipped;
    final->contributions = from->contributions;
    final->output_bytes = from->output_bytes;
    final->self_check_passed = from->self_check_passed;
    final->output_sha = from->output_sha;
    final->output_path = from->output_path;
    final->report_path = from->report_path;
    final->contributions_csv = from->contributions_csv;
    final->n_samples = from->n_samples < FINAL_SAMPLES_MAX ? from->n_samples : FINAL_SAMPLES_MAX;
    for (uint32_t i = 0; i < final->n_samples; i++)
        final->samples[i] = (struct final_sample){span_of(from->samples[i].sheet), span_of(from->samples[i].cell),
                                                  span_of(from->samples[i].label), span_of(from->samples[i].value),
                                                  from->samples[i].n};
}

static void write_output(struct sink *self, struct sink_job *job)
{
    struct writer writer = {self, job};
    struct merge_summary summary = {0};
    struct final final = {.job = job->id};
    job->state = SINK_WRITING;
    interrupt_set(is_unwanted, &writer);
    enum fault fault = self->craft->finish(job->merge, on_progress, &writer, &summary, &final.why);
    interrupt_set(NULL, NULL);
    if (fault == FAULT_NONE || fault == FAULT_REFUSED)
        report_issues(self, job); /* refused: they say what is wrong with the sources */
    if (fault != FAULT_NONE && final.why.fault == FAULT_NONE)
        (void)why_set(&final.why, fault, "%s", fault_text(fault));
    else if (fault == FAULT_NONE)
        final.why = (struct why){0};
    fill_final(&final, &summary);
    end_job(self, job, &final);
}

static struct sink_job *find_due(struct sink *self)
{
    struct sink_job *job = self->jobs;
    while (job && job->state != SINK_DUE)
        job = job->next;
    return job;
}

static void write_due(struct sink *self)
{
    struct sink_job *job;
    while (!actor_is_ending(self->pipe) && (job = find_due(self)))
        write_output(self, job);
}

static void run_sink(void *context)
{
    struct sink *self = context;
    struct port *const ports[] = {self->broker, self->workers};
    while (!actor_is_ending(self->pipe)) {
        port_wait(ports, 2, actor_pipe_socket(self->pipe), -1);
        take_control(self);
        for (int i = 0; i < PARTIALS_A_TURN && dispatch_next(self->workers, from_workers, self); i++)
            take_control(self);
        write_due(self);
    }
}

static void close_sink(void *context)
{
    struct sink *self = context;
    while (self->jobs) {
        struct sink_job *job = self->jobs;
        self->jobs = job->next;
        free_job(self, job);
    }
    buffer_free(&self->body);
    port_close(&self->broker);
    port_close(&self->workers);
    free(self);
}

static void *open_sink(struct actor_pipe *pipe, const void *args, struct why *why)
{
    const struct sink_options *options = args;
    struct sink *self = must_alloc(sizeof *self);
    self->pipe = pipe;
    self->craft = options->craft;
    buffer_init(&self->body, BUFFER_LIMIT_DEFAULT);
    struct port_options broker = {.kind = PORT_DEALER, .endpoint = options->broker_endpoint};
    struct port_options workers = {.kind = PORT_ROUTER, .endpoint = options->workers_endpoint};
    if (port_open(options->context, &broker, &self->broker, why) != FAULT_NONE ||
        port_open(options->context, &workers, &self->workers, why) != FAULT_NONE) {
        close_sink(self);
        return NULL;
    }
    empty_encode(new_body(self));
    tell_broker(self, MESSAGE_HB, buffer_span(&self->body)); /* now the broker knows its sink */
    return self;
}

const struct actor_role sink_role = {"sink", open_sink, run_sink, close_sink};
