/* SPDX-License-Identifier: MIT */
#include "tests/support/suite.h"
#include "wire/dispatch.h"

#define ENDPOINT "inproc://dispatch.test"

struct role {
    unsigned beats, partials;
};

struct stage {
    void *context;
    struct port *role_port, *peer;
    struct role role;
};

static enum fault on_beat(void *role, const struct parcel *parcel)
{
    ((struct role *)role)->beats++;
    return parcel->body.len ? FAULT_NONE : FAULT_PROTOCOL;
}

static enum fault on_partial(void *role, const struct parcel *parcel)
{
    (void)parcel;
    ((struct role *)role)->partials++;
    return FAULT_NONE;
}

static const struct handler table[] = {{MESSAGE_HB, on_beat}, {MESSAGE_PARTIAL, on_partial}, {0, NULL}};

static struct stage open_stage(void)
{
    struct stage s = {.context = port_context_new(0, 16)};
    struct port_options router = {PORT_ROUTER, ENDPOINT, 0}, dealer = {PORT_DEALER, ENDPOINT, 0};
    ck_assert_int_eq(port_open(s.context, &router, &s.role_port, NULL), FAULT_NONE);
    ck_assert_int_eq(port_open(s.context, &dealer, &s.peer, NULL), FAULT_NONE);
    return s;
}

static void close_stage(struct stage *s)
{
    port_close(&s->role_port);
    port_close(&s->peer);
    port_context_destroy(&s->context);
}

static void say(struct stage *s, uint8_t type, struct span body)
{
    ck_assert_int_eq(port_send(s->peer, NULL, type, 1, body, NULL), FAULT_NONE);
}

START_TEST(one_message_at_a_time_goes_to_its_handler)
{
    struct stage s = open_stage();
    ck_assert(!dispatch_next(s.role_port, table, &s.role));
    say(&s, MESSAGE_PARTIAL, SPAN("\x90"));
    say(&s, MESSAGE_HB, SPAN("\x90"));
    ck_assert(dispatch_next(s.role_port, table, &s.role));
    ck_assert(s.role.partials == 1 && s.role.beats == 0);
    ck_assert(dispatch_next(s.role_port, table, &s.role));
    ck_assert(s.role.partials == 1 && s.role.beats == 1);
    ck_assert(!dispatch_next(s.role_port, table, &s.role));
    close_stage(&s);
}
END_TEST

START_TEST(what_a_peer_may_not_say_does_not_hold_up_the_rest)
{
    struct stage s = open_stage();
    say(&s, MESSAGE_SUBMIT, SPAN("\x90")); /* not in the table */
    say(&s, MESSAGE_HB, SPAN(""));         /* its handler refuses it */
    say(&s, MESSAGE_PARTIAL, SPAN("\x90"));
    dispatch_all(s.role_port, table, &s.role);
    ck_assert(s.role.beats == 1 && s.role.partials == 1);
    ck_assert(!dispatch_next(s.role_port, table, &s.role));
    close_stage(&s);
}
END_TEST

START_TEST(the_fault_says_whether_a_message_was_followed)
{
    struct role role = {0};
    struct parcel parcel = {.header.type = MESSAGE_SUBMIT};
    ck_assert_int_eq(dispatch(table, &role, &parcel), FAULT_PROTOCOL);
    parcel.header.type = MESSAGE_HB;
    ck_assert_int_eq(dispatch(table, &role, &parcel), FAULT_PROTOCOL);
    parcel.body = SPAN("\x90");
    ck_assert_int_eq(dispatch(table, &role, &parcel), FAULT_NONE);
    ck_assert_uint_eq(role.beats, 2);
}
END_TEST

SUITE(wire_dispatch, one_message_at_a_time_goes_to_its_handler, what_a_peer_may_not_say_does_not_hold_up_the_rest,
      the_fault_says_whether_a_message_was_followed)
