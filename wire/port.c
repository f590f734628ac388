/* SPDX-License-Identifier: MIT
 *
 * Raw libzmq under two rules that were learned by losing messages: a ROUTER sends with MANDATORY and DONTWAIT (without the
 * first, messages to a peer that is gone vanish with success; without the second, a stuck peer blocks everyone), and ZMTP
 * heartbeats stay off (libzmq 4.3.4 aborts with them when a DEALER falls behind: libzmq #3937).
 */
#include "wire/port.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "core/must.h"
#include "wire/edge.h"

#ifdef SHEAF_TSAN
char edges[EDGES];

/* mktime (libzip, for entry times) sets glibc's time zone under a lock that ThreadSanitizer does not know. */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
    return "race:tzset_internal\n";
}
#endif

struct port {
    void *socket;
    enum port_kind kind;
    char *edge;
    uint64_t sequence;
    struct port_counters counters;
    zmq_msg_t frames[2]; /* of the last message received: what a parcel views */
};

void *port_context_new(int io_threads, int max_sockets)
{
    void *context = zmq_ctx_new();
    if (!context)
        return NULL;
    if (zmq_ctx_set(context, ZMQ_IO_THREADS, io_threads) != 0 ||
        zmq_ctx_set(context, ZMQ_MAX_SOCKETS, max_sockets) != 0) {
        zmq_ctx_term(context);
        return NULL;
    }
    return context;
}

void port_context_destroy(void **context)
{
    if (!*context)
        return;
    while (zmq_ctx_term(*context) != 0 && zmq_errno() == EINTR)
        ;
    *context = NULL;
}

static bool set_options(void *socket, const struct port_options *options)
{
    int high_water = options->high_water ? options->high_water : PORT_HIGH_WATER;
    int linger = 0, mandatory = 1;
    return zmq_setsockopt(socket, ZMQ_SNDHWM, &high_water, sizeof high_water) == 0 &&
           zmq_setsockopt(socket, ZMQ_RCVHWM, &high_water, sizeof high_water) == 0 &&
           zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof linger) == 0 &&
           (options->kind != PORT_ROUTER ||
            zmq_setsockopt(socket, ZMQ_ROUTER_MANDATORY, &mandatory, sizeof mandatory) == 0);
}

enum fault port_open(void *context, const struct port_options *options, struct port **ret, struct why *why)
{
    void *socket = zmq_socket(context, options->kind == PORT_ROUTER ? ZMQ_ROUTER : ZMQ_DEALER);
    if (!socket)
        return why_set(why, zmq_errno() == EMFILE ? FAULT_LIMIT : FAULT_IO, "cannot open a socket: %s",
                       zmq_strerror(zmq_errno()));
    int failed = !set_options(socket, options);
    if (!failed)
        failed = options->kind == PORT_ROUTER ? zmq_bind(socket, options->endpoint)
                                              : zmq_connect(socket, options->endpoint);
    if (failed) {
        int error = zmq_errno();
        zmq_close(socket);
        return why_set(why, FAULT_IO, "cannot %s %s: %s", options->kind == PORT_ROUTER ? "bind" : "connect to",
                       options->endpoint, zmq_strerror(error));
    }
    struct port *self = must_alloc(sizeof *self);
    self->socket = socket;
    self->kind = options->kind;
    self->edge = edge_of(options->endpoint);
    zmq_msg_init(&self->frames[0]);
    zmq_msg_init(&self->frames[1]);
    *ret = self;
    return FAULT_NONE;
}

void port_close(struct port **self)
{
    if (!*self)
        return;
    zmq_msg_close(&(*self)->frames[0]);
    zmq_msg_close(&(*self)->frames[1]);
    zmq_close((*self)->socket);
    free(*self);
    *self = NULL;
}

static int send_frame(struct port *self, zmq_msg_t *frame, int flags)
{
    int sent;
    do
        sent = zmq_msg_send(frame, self->socket, flags | ZMQ_DONTWAIT);
    while (sent < 0 && zmq_errno() == EINTR);
    return sent;
}

static void make_frame(zmq_msg_t *frame, size_t size)
{
    must(zmq_msg_init_size(frame, size) == 0);
}

static enum fault refused(struct port *self)
{
    if (zmq_errno() == EAGAIN) {
        self->counters.full++;
        return FAULT_TIMEOUT;
    }
    return zmq_errno() == EHOSTUNREACH ? FAULT_NOT_FOUND : FAULT_IO;
}

enum fault port_send(struct port *self, const struct peer *to, uint8_t type, uint64_t session, struct span body,
                     const struct span *blob)
{
    zmq_msg_t frames[3];
    int n = 0;
    must((self->kind == PORT_ROUTER) == (to != NULL));
    if (to) {
        make_frame(&frames[n], to->len);
        memcpy(zmq_msg_data(&frames[n++]), to->id, to->len);
    }
    make_frame(&frames[n], HEADER_BYTES + body.len);
    unsigned char *data = zmq_msg_data(&frames[n++]);
    header_encode(data, &(struct header){.type = type, .session = session, .sequence = self->sequence + 1});
    memcpy(data + HEADER_BYTES, body.data, body.len);
    if (blob) {
        make_frame(&frames[n], blob->len);
        if (blob->len)
            memcpy(zmq_msg_data(&frames[n]), blob->data, blob->len);
        n++;
    }
    edge_release(self->edge);
    enum fault fault = FAULT_NONE;
    for (int i = 0; i < n && fault == FAULT_NONE; i++) {
        if (send_frame(self, &frames[i], i + 1 < n ? ZMQ_SNDMORE : 0) >= 0)
            continue;
        must(i == 0); /* once the first frame is taken, ZeroMQ takes the others */
        fault = refused(self);
    }
    for (int i = 0; i < n; i++)
        zmq_msg_close(&frames[i]);
    if (fault != FAULT_NONE)
        return fault;
    self->sequence++;
    self->counters.sent++;
    self->counters.bytes_sent += HEADER_BYTES + body.len + (blob ? blob->len : 0);
    return FAULT_NONE;
}

static bool receive_frame(struct port *self, zmq_msg_t *frame)
{
    int got;
    do
        got = zmq_msg_recv(frame, self->socket, ZMQ_DONTWAIT);
    while (got < 0 && zmq_errno() == EINTR);
    return got >= 0;
}

/* Throws away what is left of a message that has more frames than we know. */
static void drop_rest(struct port *self, zmq_msg_t *last)
{
    while (zmq_msg_more(last) && receive_frame(self, last))
        ;
}

static bool receive_peer(struct port *self, struct peer *ret)
{
    zmq_msg_t *frame = &self->frames[0];
    if (!receive_frame(self, frame))
        return false;
    size_t len = zmq_msg_size(frame);
    must(len <= sizeof ret->id); /* minted by our own ROUTER: five bytes */
    memcpy(ret->id, zmq_msg_data(frame), len);
    ret->len = (unsigned char)len;
    return true;
}

/* One to two frames into self->frames; false when there are more or none. */
static bool receive_frames(struct port *self, int *ret_n)
{
    *ret_n = 1;
    if (!receive_frame(self, &self->frames[0]))
        return false;
    if (!zmq_msg_more(&self->frames[0]))
        return true;
    *ret_n = 2;
    if (!receive_frame(self, &self->frames[1]))
        return false;
    bool complete = !zmq_msg_more(&self->frames[1]);
    drop_rest(self, &self->frames[1]);
    return complete;
}

enum fault port_receive(struct port *self, struct parcel *ret)
{
    *ret = (struct parcel){0};
    int n = 0;
    if (self->kind == PORT_ROUTER) {
        if (!receive_peer(self, &ret->peer))
            return FAULT_TIMEOUT;
        if (!zmq_msg_more(&self->frames[0])) {
            self->counters.malformed++;
            return FAULT_PROTOCOL;
        }
    }
    bool whole = receive_frames(self, &n);
    if (!whole && self->kind == PORT_DEALER && n == 1)
        return FAULT_TIMEOUT;
    edge_acquire(self->edge);
    struct span frame = span_make(zmq_msg_data(&self->frames[0]), zmq_msg_size(&self->frames[0]));
    enum fault fault = whole ? header_decode(frame, &ret->header, &ret->body) : FAULT_PROTOCOL;
    if (fault != FAULT_NONE) {
        self->counters.malformed++;
        return fault;
    }
    ret->has_blob = n == 2;
    if (ret->has_blob)
        ret->blob = span_make(zmq_msg_data(&self->frames[1]), zmq_msg_size(&self->frames[1]));
    self->counters.received++;
    self->counters.bytes_received += frame.len + ret->blob.len;
    return FAULT_NONE;
}

void port_wait(struct port *const *ports, size_t n, void *pipe, int wait_ms)
{
    zmq_pollitem_t items[PORT_WAIT_MAX + 1];
    int used = 0;
    must(n <= PORT_WAIT_MAX);
    for (size_t i = 0; i < n; i++)
        if (ports[i])
            items[used++] = (zmq_pollitem_t){.socket = ports[i]->socket, .events = ZMQ_POLLIN};
    if (pipe)
        items[used++] = (zmq_pollitem_t){.socket = pipe, .events = ZMQ_POLLIN};
    int ready = zmq_poll(items, used, wait_ms);
    must(ready >= 0 || zmq_errno() == EINTR || zmq_errno() == ETERM);
}

const struct port_counters *port_counters(const struct port *self)
{
    return &self->counters;
}
