/* SPDX-License-Identifier: MIT
 *
 * What the ventilator does for a position job: the template becomes the plan, the template itself is no input. In a file
 * of its own, so that a test of the actor links without it.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/hash.h"
#include "ventilator/position_plan.h"
#include "ventilator/ventilator.h"

/* "the template form.xlsx, Data!B7: ...": a fault of the template would read like one of a source without its name. Wrong
 * usage that is no cell's is about an option, which its text names. */
static void name_template(const struct job *job, struct why *why)
{
    char line[sizeof why->part + sizeof why->sheet + sizeof why->text + 32];
    if (why->fault == FAULT_CANCELLED || (why->fault == FAULT_USAGE && !why->sheet[0]))
        return;
    struct span name = job->template_path;
    for (size_t at = 0; at < job->template_path.len; at++)
        if (job->template_path.data[at] == '/')
            name = span_from(job->template_path, at + 1);
    why_line(why, line, sizeof line);
    bool has_path = span_starts(span_of(why->text), job->template_path);
    bool has_place = why->part[0] || why->sheet[0];
    *why = (struct why){.fault = why->fault};
    if (has_path)
        why_set(why, why->fault, "the template %s", line);
    else
        why_set(why, why->fault, "the template %.*s%s %s", SPAN_ARGS(name), has_place ? "," : ":", line);
}

/* Opening a pipe would wait for a writer, and what cannot be read here is no trouble of the output. */
static enum fault check_template(const struct job *job, struct why *why)
{
    struct stat info;
    int file = open(job->template_path.data, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (file < 0)
        return why_set(why, FAULT_NOT_FOUND, "%s", strerror(errno));
    bool is_file = fstat(file, &info) == 0 && S_ISREG(info.st_mode);
    close(file);
    return is_file ? FAULT_NONE : why_set(why, FAULT_UNSUPPORTED, "this is no file");
}

static enum fault plan_job(const struct job *job, struct buffer *out, struct why *why)
{
    struct plan plan = {0};
    enum fault fault = check_template(job, why);
    if (fault == FAULT_NONE)
        fault = position_plan(job, &plan, why);
    if (fault == FAULT_NONE)
        plan_encode(out, &plan);
    else
        name_template(job, why);
    plan_free(&plan);
    return fault;
}

static enum fault collect_inputs(const struct job *job, struct inputs *ret, struct why *why)
{
    struct sha256 template_sha;
    uint64_t size;
    struct buffer path;
    buffer_init(&path, 1 << 16);
    enum fault fault = buffer_append(&path, job->template_path);
    if (fault == FAULT_NONE)
        fault = sha256_file(buffer_text(&path), &template_sha, &size, why);
    buffer_free(&path);
    return fault != FAULT_NONE ? fault : inputs_collect(job, &template_sha, ret, why);
}

/* The template first: thousands of files need not be read to learn that it is broken. */
static enum fault prepare(const struct job *job, struct inputs *ret, struct buffer *plan, struct why *why)
{
    enum fault fault = plan_job(job, plan, why);
    return fault == FAULT_NONE ? collect_inputs(job, ret, why) : fault;
}

const struct ventilator_craft position_craft = {.prepare = prepare, .free = inputs_free};
