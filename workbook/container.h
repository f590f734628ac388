/* SPDX-License-Identifier: MIT
 *
 * What a file is, told by its bytes; the inside of container_detect and package_open. Private to
 * the module.
 */
#ifndef SHEAF_WORKBOOK_CONTAINER_H
#define SHEAF_WORKBOOK_CONTAINER_H

#include "workbook/package.h"

/* Opens a regular file; the caller closes. FAULT_IO, FAULT_NOT_FOUND. */
enum fault container_open(const char *path, int *ret_fd, uint64_t *ret_size,
                          struct why *why) MUST_CHECK;

/* By the first bytes, for OLE2 by its directory; every ZIP is CONTAINER_ZIP_OTHER here. FAULT_IO
 * only. */
enum fault container_probe(int fd, uint64_t size, enum container *ret, struct why *why) MUST_CHECK;

/* What a ZIP holds, by the names in it and an OpenDocument's "mimetype". */
enum container container_of_package(struct package *package);

/* Exactly `len` bytes; FAULT_CHANGED when the file got shorter. */
enum fault container_read_at(int fd, uint64_t offset, void *to, size_t len,
                             struct why *why) MUST_CHECK;

/* Any ZIP, workbook or not. Takes the descriptor, on a fault too. */
enum fault package_open_zip(int fd, uint64_t size, const struct budget *budget,
                            struct package **ret, struct why *why) MUST_CHECK;

#endif
