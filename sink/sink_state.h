/* SPDX-License-Identifier: MIT
 *
 * Inside the sink: its state, the jobs it has, and sending. sink.c runs the loop, control.c follows the broker, partials.c
 * takes what workers bring, writing.c makes the output. All in the sink's thread.
 */
#ifndef SHEAF_SINK_SINK_STATE_H
#define SHEAF_SINK_SINK_STATE_H

#include "sink/sink.h"
#include "wire/assembly.h"
#include "wire/dispatch.h"

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

/* Empties and lends the one body buffer: a message is encoded and sent before the next is begun. */
struct buffer *sink_body(struct sink *self);
/* What cannot be sent is logged: the broker asks again. */
void sink_tell_broker(struct sink *self, uint8_t type, struct span body);
/* The body, to whom `to` came from. */
void sink_tell_worker(struct sink *self, const struct parcel *to, uint8_t type);

struct sink_job *sink_find_job(struct sink *self, struct job_id id); /* NULL: not there */
void sink_free_job(struct sink *self, struct sink_job *job);
/* The last word on a job; from now on it is only repeated. Frees those that ended long ago: it may be gone. */
void sink_end_job(struct sink *self, struct sink_job *job, const struct final *final);
/* `why` may be empty: the fault then speaks for itself. */
void sink_end_with_fault(struct sink *self, struct sink_job *job, enum fault fault, const struct why *why);

enum place sink_job_place(const struct sink_job *self, uint32_t index);
/* `index` is bounded by whoever took the source. */
void sink_job_set_place(struct sink_job *self, uint32_t index, enum place place);

/* All that the broker has said (control.c). Jobs may end; none is freed while it is written. */
void sink_take_control(struct sink *self);
/* What workers may say (partials.c). */
extern const struct handler sink_from_workers[];
/* Writes the outputs of all jobs that are complete (writing.c). */
void sink_write_due(struct sink *self);

#endif
