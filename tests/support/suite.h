/* SPDX-License-Identifier: MIT
 *
 * The main of a unit test program: SUITE(name, test, test, ...) runs each Check test in a forked process with a deadline
 * and ends with the lines that tests/run.py adds up: "ok NAME" or "not ok NAME", then "N passed, N failed".
 */
#ifndef SHEAF_TESTS_SUPPORT_SUITE_H
#define SHEAF_TESTS_SUPPORT_SUITE_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

/* The deadline covers sanitizer builds on a busy machine. */
#define SUITE_SECONDS 60

static inline int suite_run(const char *name, const TTest *const *tests, size_t n)
{
    Suite *suite = suite_create(name);
    TCase *tcase = tcase_create(name);
    tcase_set_timeout(tcase, SUITE_SECONDS);
    for (size_t i = 0; i < n; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_SILENT);
    int run = srunner_ntests_run(runner), failed = srunner_ntests_failed(runner);
    TestResult **results = srunner_results(runner);
    for (int i = 0; i < run; i++) {
        if (tr_rtype(results[i]) != CK_PASS)
            printf("not ok %s: %s:%d: %s\n", tr_tcname(results[i]), tr_lfile(results[i]), tr_lno(results[i]),
                   tr_msg(results[i]));
    }
    free(results);
    srunner_free(runner);
    printf("%s: %d passed, %d failed\n", name, run - failed, failed);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#define SUITE(name, ...)                                                          \
    int main(void)                                                                \
    {                                                                             \
        const TTest *const tests[] = {__VA_ARGS__};                               \
        return suite_run(#name, tests, sizeof tests / sizeof tests[0]);           \
    }

#endif
