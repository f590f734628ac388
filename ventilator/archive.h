/* SPDX-License-Identifier: MIT
 *
 * A zip archive of returns among the inputs: its members become nameless temporary files, opened again by descriptor
 * ("/proc/self/fd/N"), so that nothing is ever unpacked under a name of the archive's choosing and all vanishes with the
 * process. Archives inside archives stay closed.
 */
#ifndef SHEAF_VENTILATOR_ARCHIVE_H
#define SHEAF_VENTILATOR_ARCHIVE_H

#include <stdbool.h>

#include "core/fault.h"
#include "core/span.h"

/* One member: its name in the archive (valid during the call) and an open descriptor, which the visitor keeps. */
typedef enum fault archive_visit(void *context, struct span name, int file);

/* Visits the files of an archive in natural order of their names; folders and resource forks are passed over. FAULT_CORRUPT, FAULT_LIMIT,
 * FAULT_IO, with `why`. Blocks. */
enum fault archive_unpack(const char *path, archive_visit *visit, void *context, struct why *why) MUST_CHECK;

#endif
