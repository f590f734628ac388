/* SPDX-License-Identifier: MIT */
#include <zmq.h>

#include "tests/support/suite.h"
#include "wire/port.h"

#define ENDPOINT "inproc://port.test"

struct pair {
    void *context;
    struct port *router, *dealer;
};

static struct pair open_pair(int high_water)
{
    struct pair pair = {.context = port_context_new(0, 16)};
    struct port_options router = {PORT_ROUTER, ENDPOINT, high_water}, dealer = {PORT_DEALER, ENDPOINT, high_water};
    ck_assert(pair.context);
    ck_assert_int_eq(port_open(pair.context, &router, &pair.router, NULL), FAULT_NONE);
    ck_assert_int_eq(port_open(pair.context, &dealer, &pair.dealer, NULL), FAULT_NONE);
    return pair;
}

static void close_pair(struct pair *pair)
{
    port_close(&pair->router);
    port_close(&pair->dealer);
    port_close(&pair->dealer); /* twice is fine */
    port_context_destroy(&pair->context);
}

START_TEST(a_message_arrives_with_its_header_body_and_blob)
{
    struct pair pair = open_pair(0);
    struct parcel parcel;
    struct span blob = SPAN("blob");
    ck_assert_int_eq(port_receive(pair.router, &parcel), FAULT_TIMEOUT);
    ck_assert_int_eq(port_send(pair.dealer, NULL, MESSAGE_PARTIAL, 77, SPAN("\x90"), &blob), FAULT_NONE);
    ck_assert_int_eq(port_send(pair.dealer, NULL, MESSAGE_HB, 77, SPAN("\x90"), NULL), FAULT_NONE);
    port_wait(&pair.router, 1, NULL, 1000);
    ck_assert_int_eq(port_receive(pair.router, &parcel), FAULT_NONE);
    ck_assert_uint_eq(parcel.header.type, MESSAGE_PARTIAL);
    ck_assert_uint_eq(parcel.header.session, 77);
    ck_assert_uint_eq(parcel.header.sequence, 1);
    ck_assert(span_is(parcel.body, "\x90"));
    ck_assert(parcel.has_blob && span_is(parcel.blob, "blob"));
    struct peer peer = parcel.peer;
    ck_assert_int_eq(port_receive(pair.router, &parcel), FAULT_NONE);
    ck_assert(!parcel.has_blob);
    ck_assert_uint_eq(parcel.header.sequence, 2);
    ck_assert_int_eq(port_send(pair.router, &peer, MESSAGE_HB, 77, SPAN("\x90"), NULL), FAULT_NONE);
    ck_assert_int_eq(port_receive(pair.dealer, &parcel), FAULT_NONE);
    ck_assert_uint_eq(port_counters(pair.dealer)->sent, 2);
    ck_assert_uint_eq(port_counters(pair.dealer)->received, 1);
    close_pair(&pair);
}
END_TEST

START_TEST(a_peer_that_does_not_read_is_told_from_one_that_is_gone)
{
    struct pair pair = open_pair(4);
    struct parcel parcel;
    ck_assert_int_eq(port_send(pair.dealer, NULL, MESSAGE_HB, 0, SPAN("\x90"), NULL), FAULT_NONE);
    ck_assert_int_eq(port_receive(pair.router, &parcel), FAULT_NONE);
    struct peer peer = parcel.peer;
    unsigned sent = 0;
    enum fault fault;
    while ((fault = port_send(pair.router, &peer, MESSAGE_HB, 0, SPAN("\x90"), NULL)) == FAULT_NONE && sent < 100)
        sent++;
    ck_assert_int_eq(fault, FAULT_TIMEOUT);
    ck_assert_uint_ge(sent, 4);
    ck_assert_uint_eq(port_counters(pair.router)->full, 1);
    struct peer stranger = {.id = "nobody", .len = 6};
    ck_assert_int_eq(port_send(pair.router, &stranger, MESSAGE_HB, 0, SPAN("\x90"), NULL), FAULT_NOT_FOUND);
    while (port_receive(pair.dealer, &parcel) == FAULT_NONE)
        sent--;
    ck_assert_uint_eq(sent, 0); /* nothing that was accepted is lost */
    close_pair(&pair);
}
END_TEST

/* Frames as a hostile peer may send them. */
static void send_raw(void *socket, const char *const *frames, const size_t *sizes, int n)
{
    for (int i = 0; i < n; i++)
        ck_assert_int_ge(zmq_send(socket, frames[i], sizes[i], i + 1 < n ? ZMQ_SNDMORE : 0), 0);
}

START_TEST(malformed_frames_are_counted_and_dropped)
{
    struct pair pair = open_pair(0);
    void *raw = zmq_socket(pair.context, ZMQ_DEALER);
    ck_assert_int_eq(zmq_connect(raw, ENDPOINT), 0);
    char good[HEADER_BYTES + 1] = {0}, old[HEADER_BYTES + 1];
    header_encode((unsigned char *)good, &(struct header){.type = MESSAGE_HB});
    good[HEADER_BYTES] = (char)0x90;
    memcpy(old, good, sizeof old);
    old[2] = 9;
    const char *const frames[] = {good, good, good, good};
    const size_t whole[] = {sizeof good, 0, 0, 0}, cut[] = {5}, empty[] = {0};
    const char *const olds[] = {old};
    send_raw(raw, frames, empty, 1);
    send_raw(raw, frames, cut, 1);
    send_raw(raw, frames, whole, 4); /* more frames than there may be */
    send_raw(raw, olds, whole, 1);
    send_raw(raw, frames, whole, 2); /* a blob of no bytes */
    struct parcel parcel;
    ck_assert_int_eq(port_receive(pair.router, &parcel), FAULT_PROTOCOL);
    ck_assert_int_eq(port_receive(pair.router, &parcel), FAULT_PROTOCOL);
    ck_assert_int_eq(port_receive(pair.router, &parcel), FAULT_PROTOCOL);
    ck_assert_int_eq(port_receive(pair.router, &parcel), FAULT_VERSION);
    ck_assert_uint_eq(parcel.peer.len, 5);
    ck_assert_int_eq(port_receive(pair.router, &parcel), FAULT_NONE);
    ck_assert(parcel.has_blob && parcel.blob.len == 0);
    ck_assert_int_eq(port_receive(pair.router, &parcel), FAULT_TIMEOUT);
    ck_assert_uint_eq(port_counters(pair.router)->malformed, 4);
    zmq_close(raw);
    close_pair(&pair);
}
END_TEST

START_TEST(an_endpoint_that_cannot_be_bound_is_a_fault_with_a_reason)
{
    struct pair pair = open_pair(0);
    struct port *second = NULL;
    struct why why;
    struct port_options options = {PORT_ROUTER, ENDPOINT, 0};
    ck_assert_int_eq(port_open(pair.context, &options, &second, &why), FAULT_IO);
    ck_assert_ptr_null(second);
    ck_assert_ptr_nonnull(strstr(why.text, ENDPOINT));
    close_pair(&pair);
}
END_TEST

START_TEST(too_many_sockets_is_a_limit)
{
    void *context = port_context_new(0, 2);
    struct port *ports[4] = {NULL};
    enum fault fault = FAULT_NONE;
    for (int i = 0; i < 4 && fault == FAULT_NONE; i++) {
        char endpoint[32];
        snprintf(endpoint, sizeof endpoint, "inproc://limit.%d", i);
        struct port_options options = {PORT_ROUTER, endpoint, 0};
        fault = port_open(context, &options, &ports[i], NULL);
    }
    ck_assert_int_eq(fault, FAULT_LIMIT);
    for (int i = 0; i < 4; i++)
        port_close(&ports[i]);
    port_context_destroy(&context);
}
END_TEST

SUITE(wire_port, a_message_arrives_with_its_header_body_and_blob, a_peer_that_does_not_read_is_told_from_one_that_is_gone,
      malformed_frames_are_counted_and_dropped, an_endpoint_that_cannot_be_bound_is_a_fault_with_a_reason,
      too_many_sockets_is_a_limit)
