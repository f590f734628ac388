/* SPDX-License-Identifier: MIT
 *
 * The broker's core, the very object that ships, among model workers and a model sink on a network that loses, repeats,
 * delays and reorders, while workers crash, fall silent and are cut off. A schedule is decided by its seed; a failing seed
 * is printed and is its own reproduction: SHEAF_SEED=n runs that one alone.
 *
 * What must hold for every seed: the job ends, without a fault; each source is counted or dead, none both, none twice;
 * what is dead deserves it; no worker is given more than its credit.
 */
#include "broker/core.h"
#include "core/must.h"
#include "tests/support/suite.h"

#define SCHEDULES 3000
#define WORKERS_MAX 5
#define TASKS_MAX 60
#define QUIET_MS 40000    /* faults stop here ... */
#define LIMIT_MS 400000   /* ... and the job must have ended here */
#define STAT_MS 500
#define AGAIN_MS 1000

/* --- chance --- */

static uint64_t chance_state;

static uint64_t chance(void)
{
    uint64_t z = chance_state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint32_t below(uint32_t n)
{
    return n ? (uint32_t)(chance() % n) : 0;
}

static bool percent(uint32_t p)
{
    return below(100) < p;
}

/* --- the world --- */

enum letter_type { /* ... to the broker */
    L_HELLO, L_STAT, L_DONE, L_FAIL, L_COUNTED, L_SYNC, L_MISMATCH, L_FINAL,
    /* to a worker */
    L_WELCOME, L_TASK, L_BYE, L_SAW_COUNTED, L_NAK,
    /* to the sink */
    L_PARTIAL, L_DEAD, L_FINALIZE,
    /* to oneself: never lost */
    L_READ, L_TIMER, L_KILL, L_REVIVE, L_CUT, L_HEAL, L_LOST,
};

enum { BROKER = -1, SINK = -2 };

struct letter {
    int64_t at;
    uint64_t order; /* ties in order of posting */
    enum letter_type type;
    int from, to;
    uint64_t session, lease, incarnation;
    uint32_t index, a, b, c;
    enum fail_kind kind;
    uint64_t held[64];
    unsigned n_held;
};

enum nature { GOOD, BAD, FLAKY, CRASHING, KILLER }; /* of a source */

struct model_parcel {
    uint32_t index;
    uint64_t lease;
};

struct model_worker {
    bool is_up, is_cut, is_reading;
    uint64_t incarnation, session, nonce, previous;
    uint32_t slots;
    struct model_parcel waiting[64], outbox[128]; /* waiting[0] is being read when is_reading */
    unsigned n_waiting, n_outbox;
};

static struct {
    int64_t now;
    uint64_t posted;
    struct letter **heap;
    size_t n, capacity;
    struct broker_core *core;
    uint32_t job;
    struct { uint64_t session; int worker; } peers[1024]; /* what the broker's shell knows */
    unsigned n_peers;
    struct model_worker workers[WORKERS_MAX];
    unsigned n_workers;
    uint32_t n_tasks;
    enum nature natures[TASKS_MAX];
    unsigned tries[TASKS_MAX];
    /* the sink */
    unsigned places[TASKS_MAX]; /* 0 awaited, 1 counted, 2 dead */
    uint32_t n_counted, n_dead, n_final;
    bool is_final;
    /* the adversary */
    uint32_t drop, repeat, delay_ms, kill, cut;
    bool keeps_order;
    int64_t last_at[WORKERS_MAX + 2][WORKERS_MAX + 2];
    uint64_t nonces;
    bool has_ended;
    enum fault end;
    uint64_t innocents, kills;
} world;

/* --- the heap of letters --- */

static bool is_earlier(const struct letter *a, const struct letter *b)
{
    return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void push(struct letter *letter)
{
    if (world.n == world.capacity) {
        world.capacity = world.capacity ? 2 * world.capacity : 1024;
        world.heap = must_realloc(world.heap, world.capacity * sizeof(struct letter *));
    }
    size_t i = world.n++;
    for (; i && is_earlier(letter, world.heap[(i - 1) / 2]); i = (i - 1) / 2)
        world.heap[i] = world.heap[(i - 1) / 2];
    world.heap[i] = letter;
}

static struct letter *pop(void)
{
    struct letter *first = world.heap[0], *last = world.heap[--world.n];
    size_t i = 0;
    for (size_t child; (child = 2 * i + 1) < world.n; i = child) {
        if (child + 1 < world.n && is_earlier(world.heap[child + 1], world.heap[child]))
            child++;
        if (!is_earlier(world.heap[child], last))
            break;
        world.heap[i] = world.heap[child];
    }
    world.heap[i] = last;
    return first;
}

static void post_copy(const struct letter *letter, int64_t at)
{
    struct letter *copy = must_alloc(sizeof *copy);
    *copy = *letter;
    copy->at = at;
    copy->order = world.posted++;
    push(copy);
}

/* For oneself, surely, after `wait`. */
static void remind(struct letter letter, int64_t wait)
{
    post_copy(&letter, world.now + wait);
}

static bool is_reachable(int who)
{
    return who < 0 || (world.workers[who].is_up && !world.workers[who].is_cut);
}

/* Over the network. */
static void post(struct letter letter)
{
    bool is_quiet = world.now >= QUIET_MS;
    if (!is_quiet && (!is_reachable(letter.from) || !is_reachable(letter.to) || percent(world.drop)))
        return;
    int copies = !is_quiet && percent(world.repeat) ? 2 : 1;
    for (int i = 0; i < copies; i++) {
        int64_t at = world.now + 1 + below(is_quiet ? 5 : world.delay_ms);
        int64_t *last = &world.last_at[letter.from + 2][letter.to + 2];
        if (world.keeps_order && at < *last)
            at = *last;
        *last = at;
        post_copy(&letter, at);
    }
}

/* --- the broker's shell --- */

static int worker_of(uint64_t session)
{
    for (unsigned i = 0; i < world.n_peers; i++)
        if (world.peers[i].session == session)
            return world.peers[i].worker;
    return -9;
}

static void tell_sink_dead(uint32_t index)
{
    const struct why *why = broker_core_why(world.core, world.job, index);
    must(why);
    post((struct letter){.type = L_DEAD, .from = BROKER, .to = SINK, .index = index});
}

static void perform(void)
{
    struct action action;
    while (broker_core_next(world.core, &action)) {
        struct letter letter = {.from = BROKER, .to = worker_of(action.session), .session = action.session,
                                .lease = action.lease, .index = action.index};
        struct core_figures figures;
        switch (action.kind) {
        case ACTION_WELCOME:
            letter.type = L_WELCOME;
            if (letter.to >= 0)
                post(letter);
            break;
        case ACTION_TASK:
            letter.type = L_TASK;
            if (letter.to >= 0)
                post(letter);
            break;
        case ACTION_FENCE:
            letter.type = L_BYE;
            if (letter.to >= 0)
                post(letter);
            break;
        case ACTION_DEAD:
            tell_sink_dead(action.index);
            break;
        case ACTION_FINALIZE:
            figures = broker_core_figures(world.core, world.job);
            post((struct letter){.type = L_FINALIZE, .from = BROKER, .to = SINK, .a = figures.counted, .b = figures.dead});
            break;
        case ACTION_ENDED:
            world.has_ended = true;
            world.end = action.fault;
            break;
        case ACTION_PLAN:
        case ACTION_DROP:
        case ACTION_CLOSE:
            break;
        }
    }
}

static void broker_gets(const struct letter *letter)
{
    struct broker_core *core = world.core;
    struct why why;
    if (letter->type == L_HELLO) {
        /* the shell knows a peer before its session's first action */
        uint64_t session = broker_core_hello(
            core, world.now, &(struct hello_event){letter->lease, letter->session, world.workers[letter->from].slots});
        if (worker_of(session) < 0) {
            must(world.n_peers < sizeof world.peers / sizeof world.peers[0]);
            world.peers[world.n_peers].session = session;
            world.peers[world.n_peers++].worker = letter->from;
        }
        return;
    }
    bool is_of_worker = letter->type == L_STAT || letter->type == L_DONE || letter->type == L_FAIL;
    if (is_of_worker && !broker_core_heard(core, world.now, letter->session)) {
        post((struct letter){.type = L_BYE, .from = BROKER, .to = letter->from, .session = letter->session});
        return;
    }
    switch (letter->type) {
    case L_STAT:
        broker_core_stat(core, world.now, letter->session, letter->held, letter->n_held);
        break;
    case L_DONE:
        broker_core_done(core, world.now, letter->session, letter->lease);
        break;
    case L_FAIL:
        (void)why_set(&why, letter->kind == FAIL_PERMANENT ? FAULT_CORRUPT : FAULT_IO, "model");
        broker_core_fail(core, world.now, letter->session, letter->lease, letter->kind, &why);
        break;
    case L_COUNTED:
    case L_SYNC:
        broker_core_counted(core, world.now, world.job, letter->index, letter->a);
        break;
    case L_MISMATCH:
        broker_core_mismatch(core, world.now, world.job);
        break;
    case L_FINAL:
        broker_core_final(core, world.now, world.job, FAULT_NONE);
        break;
    case L_LOST:
        broker_core_gone(core, world.now, letter->session, true);
        break;
    case L_TIMER:
        broker_core_tick(core, world.now);
        remind((struct letter){.type = L_TIMER, .to = BROKER}, 50);
        break;
    default:
        must(!"a letter for the broker");
    }
}

/* --- the sink --- */

static void count_at_sink(uint32_t index)
{
    must(world.places[index] != 1); /* never counted twice */
    world.places[index] = 1;
    world.n_counted++;
}

static void sink_gets(const struct letter *letter)
{
    uint32_t index = letter->index;
    switch (letter->type) {
    case L_PARTIAL:
        if (world.is_final || world.places[index] == 2) {
            post((struct letter){.type = L_NAK, .from = SINK, .to = letter->from, .index = index});
            return;
        }
        if (world.places[index] == 0)
            count_at_sink(index);
        post((struct letter){.type = L_COUNTED, .from = SINK, .to = BROKER, .index = index, .a = 1});
        post((struct letter){.type = L_SAW_COUNTED, .from = SINK, .to = letter->from, .index = index});
        return;
    case L_DEAD:
        if (!world.is_final && world.places[index] == 0) {
            world.places[index] = 2;
            world.n_dead++;
        }
        return;
    case L_FINALIZE:
        if (!world.is_final && (letter->a != world.n_counted || letter->b != world.n_dead)) {
            for (uint32_t i = 0; i < world.n_tasks; i++)
                if (world.places[i] == 1)
                    post((struct letter){.type = L_SYNC, .from = SINK, .to = BROKER, .index = i, .a = 1});
            post((struct letter){.type = L_MISMATCH, .from = SINK, .to = BROKER});
            return;
        }
        world.n_final += !world.is_final;
        world.is_final = true;
        post((struct letter){.type = L_FINAL, .from = SINK, .to = BROKER});
        return;
    default:
        must(!"a letter for the sink");
    }
}

/* --- a worker --- */

static void say_hello(int who)
{
    struct model_worker *w = &world.workers[who];
    post((struct letter){.type = L_HELLO, .from = who, .to = BROKER, .lease = w->nonce, .session = w->previous});
}

static void begin_again(int who, bool keeps_previous)
{
    struct model_worker *w = &world.workers[who];
    w->previous = keeps_previous ? w->session : 0;
    w->session = 0;
    w->nonce = ++world.nonces;
    w->incarnation++;
    w->n_waiting = w->n_outbox = 0;
    w->is_reading = false;
    say_hello(who);
    remind((struct letter){.type = L_TIMER, .from = who, .to = who, .incarnation = w->incarnation}, STAT_MS);
}

static void read_next(int who)
{
    struct model_worker *w = &world.workers[who];
    if (w->is_reading || !w->n_waiting || w->n_outbox >= 64)
        return;
    w->is_reading = true;
    remind((struct letter){.type = L_READ, .from = who, .to = who, .incarnation = w->incarnation}, 1 + below(200));
}

static void kill_worker(int who, bool is_seen)
{
    struct model_worker *w = &world.workers[who];
    if (!w->is_up)
        return;
    world.kills++;
    w->is_up = false;
    w->incarnation++;
    if (is_seen && w->session) /* the connection closes: the broker sees it soon */
        remind((struct letter){.type = L_LOST, .to = BROKER, .session = w->session}, 1);
    remind((struct letter){.type = L_REVIVE, .from = who, .to = who}, 1 + below(3000));
}

static void fail_task(int who, struct model_parcel task, enum fail_kind kind)
{
    post((struct letter){.type = L_FAIL, .from = who, .to = BROKER, .session = world.workers[who].session,
                         .lease = task.lease, .index = task.index, .kind = kind});
}

static void send_partial(int who, uint32_t index)
{
    post((struct letter){.type = L_PARTIAL, .from = who, .to = SINK, .index = index});
}

/* A source has been read: its nature decides. */
static void end_read(int who)
{
    struct model_worker *w = &world.workers[who];
    struct model_parcel task = w->waiting[0];
    memmove(w->waiting, w->waiting + 1, --w->n_waiting * sizeof task);
    w->is_reading = false;
    enum nature nature = world.natures[task.index];
    world.tries[task.index]++;
    if (nature == KILLER) {
        kill_worker(who, percent(70));
        return;
    }
    if (nature == BAD) {
        fail_task(who, task, FAIL_PERMANENT);
    } else if (nature == CRASHING) {
        fail_task(who, task, FAIL_CRASH);
    } else if (nature == FLAKY && world.tries[task.index] < 3) {
        fail_task(who, task, FAIL_TRANSIENT);
    } else {
        w->outbox[w->n_outbox++] = task;
        send_partial(who, task.index);
        post((struct letter){.type = L_DONE, .from = who, .to = BROKER, .session = w->session, .lease = task.lease});
    }
    read_next(who);
}

static void on_timer(int who)
{
    struct model_worker *w = &world.workers[who];
    struct letter stat = {.type = L_STAT, .from = who, .to = BROKER, .session = w->session};
    remind((struct letter){.type = L_TIMER, .from = who, .to = who, .incarnation = w->incarnation}, STAT_MS);
    if (!w->session) {
        say_hello(who);
        return;
    }
    for (unsigned i = 0; i < w->n_waiting && stat.n_held < 64; i++)
        stat.held[stat.n_held++] = w->waiting[i].lease;
    for (unsigned i = 0; i < w->n_outbox; i++) {
        if (stat.n_held < 64)
            stat.held[stat.n_held++] = w->outbox[i].lease;
        send_partial(who, w->outbox[i].index);
    }
    post(stat);
}

static void drop_from_outbox(struct model_worker *w, uint32_t index)
{
    for (unsigned i = 0; i < w->n_outbox; i++)
        if (w->outbox[i].index == index)
            w->outbox[i--] = w->outbox[--w->n_outbox];
}

static void take_task(int who, const struct letter *letter)
{
    struct model_worker *w = &world.workers[who];
    for (unsigned i = 0; i < w->n_waiting; i++)
        if (w->waiting[i].lease == letter->lease)
            return; /* said twice */
    /* leases taken back by reconcile may overlap with new ones, so the bound is twice the credit */
    ck_assert_msg(w->n_waiting < 4 * w->slots + 8, "a worker drowns in tasks");
    w->waiting[w->n_waiting++] = (struct model_parcel){letter->index, letter->lease};
    read_next(who);
}

static void worker_gets(int who, const struct letter *letter)
{
    struct model_worker *w = &world.workers[who];
    switch (letter->type) {
    case L_REVIVE:
        w->is_up = true;
        begin_again(who, false);
        return;
    case L_KILL:
        if (world.now < QUIET_MS)
            kill_worker(who, percent(70));
        return;
    case L_CUT:
    case L_HEAL:
        w->is_cut = letter->type == L_CUT && world.now < QUIET_MS;
        return;
    default:
        break;
    }
    if (!w->is_up || (letter->from == who && letter->incarnation != w->incarnation))
        return;
    if (letter->type == L_READ)
        end_read(who);
    else if (letter->type == L_TIMER)
        on_timer(who);
    else if (letter->type == L_WELCOME && !w->session)
        w->session = letter->session;
    else if (letter->type == L_TASK && letter->session == w->session)
        take_task(who, letter);
    else if (letter->type == L_BYE && letter->session == w->session && w->session)
        begin_again(who, true);
    else if (letter->type == L_SAW_COUNTED || letter->type == L_NAK)
        drop_from_outbox(w, letter->index);
    read_next(who);
}

/* --- a schedule --- */

static enum nature pick_nature(uint32_t bad_share)
{
    static const enum nature kinds[] = {BAD, FLAKY, CRASHING, KILLER};
    return percent(bad_share) ? kinds[below(4)] : GOOD;
}

static void plan_faults(void)
{
    for (unsigned i = 0; i < world.n_workers; i++) {
        for (uint32_t k = 0; k < world.kill; k++)
            remind((struct letter){.type = L_KILL, .from = (int)i, .to = (int)i}, below(15000));
        for (uint32_t k = 0; k < world.cut; k++) {
            int64_t at = below(15000);
            remind((struct letter){.type = L_CUT, .from = (int)i, .to = (int)i}, at);
            remind((struct letter){.type = L_HEAL, .from = (int)i, .to = (int)i}, at + 100 + below(6000));
        }
    }
}

static void begin(uint64_t seed)
{
    struct letter **heap = world.heap;
    size_t capacity = world.capacity;
    memset(&world, 0, sizeof world);
    world.heap = heap;
    world.capacity = capacity;
    chance_state = seed;
    world.n_workers = 1 + below(WORKERS_MAX);
    world.n_tasks = below(TASKS_MAX + 1);
    world.drop = below(3) ? below(20) : 0;
    world.repeat = below(2) ? below(10) : 0;
    world.delay_ms = below(4) ? 5 + below(500) : 5;
    world.keeps_order = below(2);
    world.kill = below(2) ? below(4) : 0;
    world.cut = below(3) ? 0 : below(3);
    uint32_t bad_share = below(3) ? 0 : below(30);
    struct core_options options = core_options_default;
    options.epoch = 1 + below(3);
    options.shuffle_seed = below(2) ? chance() : 0;
    world.core = broker_core_new(&options);
    world.job = broker_core_open(world.core, (struct job_id){{1}});
    for (uint32_t i = 0; i < world.n_tasks; i++) {
        world.natures[i] = pick_nature(bad_share);
        must(broker_core_source(world.core, world.job, i, true) == FAULT_NONE);
    }
    must(broker_core_seal(world.core, 0, world.job, world.n_tasks, world.n_tasks) == FAULT_NONE);
    for (unsigned i = 0; i < world.n_workers; i++) {
        world.workers[i].slots = 1 + below(4);
        remind((struct letter){.type = L_REVIVE, .from = (int)i, .to = (int)i}, below(100));
    }
    remind((struct letter){.type = L_TIMER, .to = BROKER}, 50);
    plan_faults();
    perform();
}

static void deliver(struct letter *letter)
{
    world.now = letter->at;
    if (letter->to == BROKER)
        broker_gets(letter);
    else if (letter->to == SINK)
        sink_gets(letter);
    else
        worker_gets(letter->to, letter);
    perform();
    free(letter);
}

static void judge(uint64_t seed)
{
    ck_assert_msg(world.has_ended, "seed %llu: the job did not end", (unsigned long long)seed);
    ck_assert_msg(world.end == FAULT_NONE, "seed %llu: it ended with %s", (unsigned long long)seed, fault_name(world.end));
    ck_assert_msg(world.n_final == 1, "seed %llu: finalized %u times", (unsigned long long)seed, world.n_final);
    ck_assert_msg(world.n_counted + world.n_dead == world.n_tasks, "seed %llu: counted %u, dead %u, of %u",
                  (unsigned long long)seed, world.n_counted, world.n_dead, world.n_tasks);
    for (uint32_t i = 0; i < world.n_tasks; i++) {
        enum nature nature = world.natures[i];
        bool is_dead = world.places[i] == 2;
        ck_assert_msg(is_dead || nature == GOOD || nature == FLAKY, "seed %llu: source %u cannot have been counted",
                      (unsigned long long)seed, i);
        bool is_innocent = is_dead && (nature == GOOD || nature == FLAKY);
        if (is_innocent) /* only ever by losing workers again and again */
            ck_assert_msg(broker_core_why(world.core, world.job, i)->fault == FAULT_TIMEOUT || nature == FLAKY,
                          "seed %llu: source %u died of nothing", (unsigned long long)seed, i);
        world.innocents += is_innocent;
    }
}

static uint64_t run_schedule(uint64_t seed)
{
    begin(seed);
    while (!world.has_ended && world.n && world.now < LIMIT_MS)
        deliver(pop());
    judge(seed);
    while (world.n)
        free(world.heap[--world.n]);
    broker_core_destroy(&world.core);
    return world.innocents;
}

START_TEST(every_schedule_counts_each_source_once_and_ends)
{
    const char *one = getenv("SHEAF_SEED"), *many = getenv("SHEAF_SCHEDULES");
    uint64_t innocents = 0, n = many ? strtoull(many, NULL, 10) : SCHEDULES;
    for (uint64_t seed = 1; seed <= n && !one; seed++)
        innocents += run_schedule(seed);
    if (one)
        run_schedule(strtoull(one, NULL, 10));
    /* good files that die with their workers: fewer than one in 2,000 schedules of relentless killing */
    ck_assert_msg(innocents * 100 <= n, "%llu innocents in %llu schedules", (unsigned long long)innocents,
                  (unsigned long long)n);
    free(world.heap);
}
END_TEST

SUITE(broker_simulation, every_schedule_counts_each_source_once_and_ends)
