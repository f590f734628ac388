#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes core/powers_of_five.h: 5^q as 128 significant bits, q = -342..324, for core/number.c.

  python3 core/powers_of_five.py > core/powers_of_five.h

Each entry is 5^q scaled to 2^127 <= entry < 2^128 and cut off; for -27 <= q < 0 it is rounded up, so that a product
that should be exact does not fall short (Lemire 2021, section 5; Mushtak and Lemire 2022). Exact integers throughout."""

FIRST, LAST = -342, 324


def entry(q):
    if q >= 0:
        power = 5 ** q
        shift = power.bit_length() - 128
        return power >> shift if shift > 0 else power << -shift
    power = 5 ** -q
    # 2^(b-1) < power < 2^b, so that 2^(b+127) / power lies in [2^127, 2^128).
    scaled, rest = divmod(1 << (power.bit_length() + 127), power)
    assert rest and 1 << 127 <= scaled < (1 << 128) - 1
    return scaled + 1 if q >= -27 else scaled


def main():
    print('/* SPDX-License-Identifier: MIT\n *\n * Made by core/powers_of_five.py; not to be edited. */')
    print('#ifndef SHEAF_CORE_POWERS_OF_FIVE_H\n#define SHEAF_CORE_POWERS_OF_FIVE_H\n\n#include <stdint.h>\n')
    print('#define POWER_OF_FIVE_FIRST (%d)\n#define POWER_OF_FIVE_LAST %d\n' % (FIRST, LAST))
    print('struct power_of_five {\n    uint64_t high, low;\n};\n')
    print('/* clang-format off */\nstatic const struct power_of_five powers_of_five[] = {')
    for q in range(FIRST, LAST + 1):
        value = entry(q)
        assert q <= 55 or value & ((1 << 64) - 1) != (1 << 64) - 1  # number_format adds one without a carry
        print('    {0x%016x, 0x%016x},' % (value >> 64, value & ((1 << 64) - 1)))
    print('};\n/* clang-format on */\n\n#endif')


main()
