/* SPDX-License-Identifier: MIT
 *
 * The sink alone, with partial results made on the fly: merge_scale SOURCES CELLS [wide|long|csv|original] prints seconds and the peak of
 * the whole process as key=value. Memory must stay flat from 100 to 10,000 sources.
 */
#include <sys/resource.h>

#include "core/clock.h"
#include "tests/support/job_maker.h"

/* Amounts of two decimals, as in a return; one cell in sixteen is blank. */
static struct partial_counts amounts(struct job_maker *self, uint32_t source, struct partial_builder *builder)
{
    uint64_t used = 0;
    for (uint32_t i = 0; i < self->plan.n_inputs; i++) {
        uint32_t mixed = (source * 2654435761u) ^ (i * 2246822519u);
        if (mixed % 16 == 0)
            continue;
        maker_number(builder, i, decimal_shift(decimal_from_int((mixed >> 8) % 100000000), 2));
        used++;
    }
    return (struct partial_counts){used, used, 0, 0};
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: merge_scale SOURCES CELLS [wide|long|csv|original]\n");
        return 4;
    }
    uint32_t sources = (uint32_t)atoi(argv[1]), cells = (uint32_t)atoi(argv[2]);
    struct job_maker maker;
    maker_init(&maker, (cells + 9) / 10, 10);
    maker.job.report_path = (struct span){"", 0};
    if (argc > 3)
        maker.job.contributions = argv[3][0] == 'l'   ? CONTRIBUTIONS_LONG
                                  : argv[3][0] == 'c' ? CONTRIBUTIONS_CSV
                                                      : CONTRIBUTIONS_WIDE;
    maker.job.is_preset_original = maker.plan.is_preset_original = argc > 3 && argv[3][0] == 'o';
    maker_open(&maker);
    int64_t start = clock_now_ms();
    for (uint32_t i = 0; i < sources; i++) {
        maker_announce(&maker, i);
        must(maker_add(&maker, i, amounts) == MERGE_COUNTED);
    }
    int64_t added = clock_now_ms();
    struct merge_summary summary;
    struct why why = {0};
    maker_must(merge_finish(maker.merge, NULL, NULL, &summary, &why), &why);
    int64_t done = clock_now_ms();
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("sources=%u cells=%llu contributions=%llu add_ms=%lld finish_ms=%lld output_bytes=%llu peak_mb=%.1f proof=%s\n",
           sources, (unsigned long long)summary.result_cells, (unsigned long long)summary.contributions,
           (long long)(added - start), (long long)(done - added), (unsigned long long)summary.output_bytes,
           (double)usage.ru_maxrss / 1024, summary.self_check_passed ? "passed" : "FAILED");
    if (getenv("KEEP"))
        must(rename(maker.output_path, getenv("KEEP")) == 0);
    maker_free(&maker);
    return summary.self_check_passed ? 0 : 1;
}
