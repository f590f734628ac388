/* SPDX-License-Identifier: MIT
 *
 * Opens the actors in the order in which they listen, runs them, submits, and stops them. Signals stay with the calling
 * thread: the actors' threads block them.
 */
#include "cli/pipeline.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "broker/broker.h"
#include "cli/result.h"
#include "core/must.h"
#include "wire/actor.h"
#include "wire/port.h"
#include "wire/submit.h"
#include "wire/task.h"

#define WORKERS_ENDPOINT "inproc://broker.workers"
#define SINKS_ENDPOINT "inproc://broker.sinks"
#define VENTILATORS_ENDPOINT "inproc://broker.ventilators"
#define PARTIALS_ENDPOINT "inproc://sink.partials"
#define CLIENTS_ENDPOINT "inproc://ventilator.clients"

#define POLL_MS 20                      /* how soon an interrupt is seen */
#define STACK_BYTES ((size_t)4 << 20)   /* of each actor */
#define FILES_PER_WORKER 8              /* descriptors: sockets, pipes, the file being read */
#define FILES_BESIDE 128

struct pipeline {
    void *context;
    struct actor *broker, *sink, *ventilator, *workers[PIPELINE_WORKERS_MAX];
    unsigned n_workers;
    struct port *client;
};

/* --- actors ------------------------------------------------------------------------------------------------------ */

static enum fault open_broker(struct pipeline *self, const struct pipeline_options *options, struct why *why)
{
    struct broker_options broker = {
        .context = self->context,
        .workers_endpoint = WORKERS_ENDPOINT,
        .sinks_endpoint = SINKS_ENDPOINT,
        .ventilators_endpoint = VENTILATORS_ENDPOINT,
        .core = core_options_default,
    };
    /* threads of one process neither fall silent nor lose messages; a person waits, so a second try comes soon */
    broker.core.silent_ms = 0;
    broker.core.again_ms = 0;
    broker.core.transient_max = 2;
    broker.core.backoff_ms = 50;
    broker.core.shuffle_seed = options->shuffle_seed;
    return actor_open(&broker_role, &broker, &self->broker, why);
}

static enum fault open_actors(struct pipeline *self, const struct pipeline_options *options, struct why *why)
{
    struct sink_options sink = {self->context, PARTIALS_ENDPOINT, SINKS_ENDPOINT, options->sink};
    struct ventilator_options ventilator = {self->context, CLIENTS_ENDPOINT, VENTILATORS_ENDPOINT, options->ventilator};
    enum fault fault = open_broker(self, options, why);
    if (fault == FAULT_NONE)
        fault = actor_open(&sink_role, &sink, &self->sink, why);
    unsigned n = options->workers < PIPELINE_WORKERS_MAX ? options->workers : PIPELINE_WORKERS_MAX;
    for (unsigned i = 0; i < n && fault == FAULT_NONE; i++) {
        struct worker_options worker = {self->context, WORKERS_ENDPOINT, PARTIALS_ENDPOINT, options->worker, i + 1};
        fault = actor_open(&worker_role, &worker, &self->workers[i], why);
        self->n_workers += fault == FAULT_NONE;
    }
    if (fault == FAULT_NONE)
        fault = actor_open(&ventilator_role, &ventilator, &self->ventilator, why);
    struct port_options client = {.kind = PORT_DEALER, .endpoint = CLIENTS_ENDPOINT};
    if (fault == FAULT_NONE)
        fault = port_open(self->context, &client, &self->client, why);
    return fault;
}

static void run_actors(struct pipeline *self)
{
    actor_run(self->broker);
    actor_run(self->sink);
    for (unsigned i = 0; i < self->n_workers; i++)
        actor_run(self->workers[i]);
    actor_run(self->ventilator);
}

static void stop_actors(struct pipeline *self)
{
    port_close(&self->client);
    actor_stop(&self->ventilator);
    for (unsigned i = 0; i < self->n_workers; i++)
        actor_stop(&self->workers[i]);
    actor_stop(&self->broker);
    actor_stop(&self->sink);
    port_context_destroy(&self->context);
}

/* Many workers need many descriptors: czmq stops the process when a socket cannot be made, so there must be enough. */
static enum fault reserve_files(unsigned workers, struct why *why)
{
    struct rlimit files;
    rlim_t want = FILES_BESIDE + (rlim_t)workers * FILES_PER_WORKER;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= want)
        return FAULT_NONE;
    files.rlim_cur = files.rlim_max < want ? files.rlim_max : want;
    if (files.rlim_cur < want || setrlimit(RLIMIT_NOFILE, &files) != 0)
        return why_set(why, FAULT_LIMIT, "%u workers need %llu open files, and this process may have %llu: use a smaller -j",
                       workers, (unsigned long long)want, (unsigned long long)files.rlim_max);
    return FAULT_NONE;
}

/* --- the client -------------------------------------------------------------------------------------------------- */

struct client {
    struct pipeline *pipeline;
    struct job_id job;
    struct collector collector;
    struct run_progress progress;
    run_on_progress *on_progress;
    void *context;
    struct buffer body;
    bool is_over, is_stack;
};

static enum fault say(struct client *self, uint8_t type, const struct span *blob)
{
    return port_send(self->pipeline->client, NULL, type, 0, buffer_span(&self->body), blob);
}

static enum fault submit(struct client *self, const struct job *job)
{
    struct buffer message;
    buffer_init(&message, BUFFER_LIMIT_DEFAULT);
    job_encode(&message, job);
    struct span blob = buffer_span(&message);
    buffer_clear(&self->body);
    submit_encode(&self->body, &(struct submit){self->job});
    enum fault fault = say(self, MESSAGE_SUBMIT, &blob);
    buffer_free(&message);
    return fault;
}

static void show(struct client *self)
{
    if (self->on_progress)
        self->on_progress(self->context, &self->progress);
}

static enum fault on_progress_message(struct client *self, struct span body)
{
    static const enum run_stage stages[] = {
        [PROGRESS_PLANNING] = RUN_PLANNING, [PROGRESS_READING] = RUN_READING, [PROGRESS_WRITING] = RUN_WRITING};
    struct progress progress;
    if (progress_decode(body, &progress) != FAULT_NONE)
        return FAULT_PROTOCOL;
    self->progress = (struct run_progress){
        .stage = stages[progress.stage],
        .sources_total = progress.sources_total,
        .sources_done = progress.sources_done,
        .sources_failed = progress.sources_failed,
        .bytes_total = progress.bytes_total,
        .bytes_done = progress.bytes_done,
        .cells_done = progress.cells_done,
        .write_done = progress.write_done,
        .write_total = progress.write_total,
        .writes_bytes = self->is_stack,
        .last_name = progress.last_name,
    };
    show(self);
    self->progress.last_name = SPAN(""); /* goes with the message */
    return FAULT_NONE;
}

static enum fault on_batch(struct client *self, uint8_t type, struct span body)
{
    struct batch batch;
    if (batch_decode(body, &batch) != FAULT_NONE)
        return FAULT_PROTOCOL;
    enum fault fault = collector_batch(&self->collector, &batch);
    if (fault != FAULT_NONE || type == MESSAGE_REPORT)
        return fault;
    buffer_clear(&self->body);
    ok_encode(&self->body, &(struct ok){self->job, batch.number});
    return say(self, MESSAGE_OK, NULL);
}

static enum fault on_end(struct client *self, const struct final *final)
{
    self->is_over = true;
    return collector_final(&self->collector, final);
}

static enum fault on_message(struct client *self, const struct parcel *parcel)
{
    struct final final = {0};
    struct err err;
    switch (parcel->header.type) {
    case MESSAGE_PROGRESS:
        return on_progress_message(self, parcel->body);
    case MESSAGE_CHUNK:
    case MESSAGE_REPORT:
        return on_batch(self, parcel->header.type, parcel->body);
    case MESSAGE_JOB_DONE:
        return final_decode(parcel->body, &final) == FAULT_NONE ? on_end(self, &final) : FAULT_PROTOCOL;
    case MESSAGE_ERR:
        if (err_decode(parcel->body, &err) != FAULT_NONE)
            return FAULT_PROTOCOL;
        final.why = err.why;
        return on_end(self, &final);
    default:
        return FAULT_PROTOCOL;
    }
}

static void end_with(struct client *self, enum fault fault, const char *text)
{
    self->collector.result->fault = why_set(&self->collector.result->why, fault, "%s: %s", text, fault_text(fault));
    self->is_over = true;
}

static void take_messages(struct client *self)
{
    struct parcel parcel;
    while (!self->is_over) {
        enum fault fault = port_receive(self->pipeline->client, &parcel);
        if (fault == FAULT_TIMEOUT)
            return;
        if (fault == FAULT_NONE)
            fault = on_message(self, &parcel);
        if (fault != FAULT_NONE)
            end_with(self, fault, "the answer of the ventilator cannot be used");
    }
}

static void cancel(struct client *self)
{
    buffer_clear(&self->body);
    job_notice_encode(&self->body, &(struct job_notice){self->job});
    if (say(self, MESSAGE_CANCEL, NULL) != FAULT_NONE)
        end_with(self, FAULT_CANCELLED, "interrupted"); /* stopping the actors cancels as well */
}

static void follow(struct client *self, const struct job *job, volatile int *interrupted)
{
    struct port *const ports[] = {self->pipeline->client};
    bool is_cancelled = false;
    enum fault fault = submit(self, job);
    if (fault != FAULT_NONE)
        end_with(self, fault, "the job cannot be submitted");
    while (!self->is_over) {
        if (interrupted && __atomic_load_n(interrupted, __ATOMIC_RELAXED) && !is_cancelled) {
            is_cancelled = true;
            cancel(self);
        }
        port_wait(ports, 1, NULL, POLL_MS);
        take_messages(self);
    }
    if (self->collector.result->fault == FAULT_NONE) {
        self->progress.stage = RUN_DONE;
        show(self);
    }
}

/* --- the whole --------------------------------------------------------------------------------------------------- */

struct surroundings { /* of the calling thread, put back at the end */
    sigset_t signals;
    pthread_attr_t attributes;
};

/* Threads started from now on leave signals to us and have a bounded stack. */
static void prepare_threads(struct surroundings *before)
{
    sigset_t all;
    sigfillset(&all);
    const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGPROF};
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        sigdelset(&all, faults[i]);
    pthread_sigmask(SIG_SETMASK, &all, &before->signals);
    pthread_attr_t bounded;
    must(pthread_getattr_default_np(&before->attributes) == 0 && pthread_attr_init(&bounded) == 0);
    must(pthread_attr_setstacksize(&bounded, STACK_BYTES) == 0 && pthread_setattr_default_np(&bounded) == 0);
    pthread_attr_destroy(&bounded);
}

static void restore_threads(struct surroundings *before)
{
    pthread_setattr_default_np(&before->attributes);
    pthread_attr_destroy(&before->attributes);
    pthread_sigmask(SIG_SETMASK, &before->signals, NULL);
}

static enum fault start(struct pipeline *self, const struct pipeline_options *options, struct why *why)
{
    struct surroundings before;
    enum fault fault = reserve_files(options->workers < PIPELINE_WORKERS_MAX ? options->workers : PIPELINE_WORKERS_MAX, why);
    if (fault != FAULT_NONE)
        return fault;
    prepare_threads(&before);
    actor_prepare();
    self->context = port_context_new(0, 4 * PIPELINE_WORKERS_MAX);
    if (self->context)
        fault = open_actors(self, options, why);
    else
        fault = why_set(why, FAULT_LIMIT, "cannot make a ZeroMQ context: too many open files or threads");
    if (fault == FAULT_NONE)
        run_actors(self);
    restore_threads(&before);
    return fault;
}

void pipeline_run(const struct job *job, const struct pipeline_options *options, volatile int *interrupted,
                  run_on_progress *on_progress, void *context, struct run_result *ret)
{
    struct pipeline pipeline = {0};
    struct client client = {
        .pipeline = &pipeline, .job = job_id_make(job->id), .on_progress = on_progress, .context = context};
    must(options->workers >= 1);
    buffer_init(&client.body, BUFFER_LIMIT_DEFAULT);
    collector_init(&client.collector, ret);
    client.is_stack = job->mode == MODE_STACK;
    client.collector.with_layouts = job->is_check && client.is_stack;
    ret->fault = start(&pipeline, options, &ret->why);
    if (ret->fault == FAULT_NONE)
        follow(&client, job, interrupted);
    stop_actors(&pipeline);
    buffer_free(&client.body);
}
