/* SPDX-License-Identifier: MIT
 *
 * How a process that opens file after file sets up its C library. Called once, first thing in main.
 */
#ifndef SHEAF_CORE_PROCESS_H
#define SHEAF_CORE_PROCESS_H

void process_tune(void);

#endif
