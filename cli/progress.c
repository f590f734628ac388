/* SPDX-License-Identifier: MIT */
#include "cli/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/clock.h"

#define REDRAW_MS 100
#define BAR_CELLS 24

static const char *stage_word(enum run_stage stage)
{
    static const char *const words[] = {"planning", "reading", "writing", "done"};
    return words[stage];
}

static void put_bar(double share, char out[BAR_CELLS + 1])
{
    int full = (int)(share * BAR_CELLS + 0.5);
    for (int i = 0; i < BAR_CELLS; i++)
        out[i] = i < full ? '=' : i == full ? '>' : ' ';
    out[BAR_CELLS] = '\0';
}

static void put_time(int64_t ms, char *out, size_t size)
{
    long long s = (long long)(ms + 500) / 1000;
    if (s >= 3600)
        snprintf(out, size, "%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
    else
        snprintf(out, size, "%lld:%02lld", s / 60, s % 60);
}

int progress_line(const struct run_progress *p, int64_t elapsed_ms, int columns, char *out, unsigned long size)
{
    uint64_t done = p->stage == RUN_WRITING ? p->write_done : p->sources_done;
    uint64_t total = p->stage == RUN_WRITING ? p->write_total : p->sources_total;
    double share = total ? (double)done / (double)total : p->stage == RUN_DONE;
    if (share > 1)
        share = 1;
    char bar[BAR_CELLS + 1], eta[32] = "-:--", failed[40] = "";
    put_bar(share, bar);
    if (share > 0.02)
        put_time((int64_t)((double)elapsed_ms * (1 - share) / share), eta, sizeof eta);
    if (p->sources_failed)
        snprintf(failed, sizeof failed, "  %u failed", p->sources_failed);
    double seconds = elapsed_ms > 0 ? (double)elapsed_ms / 1000 : 0.001;
    int n;
    if (p->stage == RUN_WRITING && p->writes_bytes)
        n = snprintf(out, size, "%-8s [%s] %.1f/%.1f MB  ETA %s%s", stage_word(p->stage), bar, (double)done / 1e6,
                     (double)total / 1e6, eta, failed);
    else if (p->stage == RUN_WRITING)
        n = snprintf(out, size, "%-8s [%s] %llu/%llu cells  ETA %s%s", stage_word(p->stage), bar,
                     (unsigned long long)done, (unsigned long long)total, eta, failed);
    else
        n = snprintf(out, size, "%-8s [%s] %llu/%llu files  %llu cells  %.1f MB/s  ETA %s%s", stage_word(p->stage), bar,
                     (unsigned long long)done, (unsigned long long)total, (unsigned long long)p->cells_done,
                     (double)p->bytes_done / 1e6 / seconds, eta, failed);
    if (n >= columns && columns > 0) {
        n = columns - 1;
        out[n] = '\0';
    }
    return n;
}

void progress_begin(struct progress *self, bool is_on, bool is_bar)
{
    *self = (struct progress){.is_on = is_on, .is_bar = is_bar, .began_ms = clock_now_ms(), .drawn_ms = -REDRAW_MS,
                              .stage = RUN_DONE};
}

static int terminal_columns(void)
{
    struct winsize size;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 100;
}

void progress_update(void *progress, const struct run_progress *now)
{
    struct progress *self = progress;
    if (!self->is_on)
        return;
    int64_t at = clock_now_ms();
    bool is_new = now->stage != self->stage || now->sources_failed != self->failed;
    if (!is_new && (!self->is_bar || at - self->drawn_ms < REDRAW_MS))
        return;
    char line[512];
    progress_line(now, at - self->began_ms, self->is_bar ? terminal_columns() : 0, line, sizeof line);
    if (self->is_bar)
        fprintf(stderr, "\r\033[K%s", line);
    else if (now->stage != self->stage)
        fprintf(stderr, "sheaf: %s, %u of %u files, %u failed\n", stage_word(now->stage), now->sources_done,
                now->sources_total, now->sources_failed);
    self->stage = now->stage;
    self->failed = now->sources_failed;
    self->drawn_ms = at;
}

void progress_end(struct progress *self)
{
    if (self->is_on && self->is_bar)
        fputs("\r\033[K", stderr);
}
