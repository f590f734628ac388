/* SPDX-License-Identifier: MIT
 *
 * What a file is, told by its bytes; the inside of container_detect and package_open. Private to
 * the module.
 */
#ifndef SHEAF_WORKBOOK_CONTAINER_H
#define SHEAF_WORKBOOK_CONTAINER_H

#include "workbook/file_bytes.h"
#include "workbook/package.h"

/* By the first bytes, for OLE2 by its directory; every ZIP is CONTAINER_ZIP_OTHER here. FAULT_IO
 * only. */
enum fault container_probe(const struct file_bytes *file, enum container *ret, struct why *why) MUST_CHECK;

/* What a ZIP holds, by the names in it and an OpenDocument's "mimetype". */
enum container container_of_package(struct package *package);

/* Any ZIP, workbook or not. Takes the file, on a fault too: *file is closed or its owner has changed. */
enum fault package_open_zip(struct file_bytes *file, const struct budget *budget, struct package **ret,
                            struct why *why) MUST_CHECK;

#endif
