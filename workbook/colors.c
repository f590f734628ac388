/* SPDX-License-Identifier: MIT
 *
 * The palette of 64 colours (ECMA-376-1 18.8.27), the Office theme, and tints: a tint moves the
 * lightness of a colour towards black or white in HLS (18.8.19).
 */
#include "workbook/colors.h"

#include <math.h>

#include "core/number.h"

/* clang-format off */
static const struct palette standard = {
    .indexed = {
        0x000000, 0xFFFFFF, 0xFF0000, 0x00FF00, 0x0000FF, 0xFFFF00, 0xFF00FF, 0x00FFFF,
        0x000000, 0xFFFFFF, 0xFF0000, 0x00FF00, 0x0000FF, 0xFFFF00, 0xFF00FF, 0x00FFFF,
        0x800000, 0x008000, 0x000080, 0x808000, 0x800080, 0x008080, 0xC0C0C0, 0x808080,
        0x9999FF, 0x993366, 0xFFFFCC, 0xCCFFFF, 0x660066, 0xFF8080, 0x0066CC, 0xCCCCFF,
        0x000080, 0xFF00FF, 0xFFFF00, 0x00FFFF, 0x800080, 0x800000, 0x008080, 0x0000FF,
        0x00CCFF, 0xCCFFFF, 0xCCFFCC, 0xFFFF99, 0x99CCFF, 0xFF99CC, 0xCC99FF, 0xFFCC99,
        0x3366FF, 0x33CCCC, 0x99CC00, 0xFFCC00, 0xFF9900, 0xFF6600, 0x666699, 0x969696,
        0x003366, 0x339966, 0x003300, 0x333300, 0x993300, 0x993366, 0x333399, 0x333333,
    },
    .theme = {
        0xFFFFFF, 0x000000, 0xEEECE1, 0x1F497D, 0x4F81BD, 0xC0504D,
        0x9BBB59, 0x8064A2, 0x4BACC6, 0xF79646, 0x0000FF, 0x800080,
    },
};
/* clang-format on */

void palette_init(struct palette *self)
{
    *self = standard;
}

bool color_parse_hex(struct span text, uint32_t *ret)
{
    uint32_t value = 0;
    if (text.len != 6 && text.len != 8)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
                         : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A' + 10)
                                                : 16;
        if (digit == 16)
            return false;
        value = value << 4 | digit;
    }
    *ret = value & 0xFFFFFF;
    return true;
}

struct color color_read(const struct xml_attribute *attributes, size_t n)
{
    struct color color = {COLOR_NONE, 0, 0};
    struct span rgb = xml_get(attributes, n, "rgb");
    if (rgb.data && color_parse_hex(rgb, &color.value))
        color.kind = COLOR_RGB;
    else if ((color.value = xml_get_u32(attributes, n, "theme", UINT32_MAX)) != UINT32_MAX)
        color.kind = COLOR_THEME;
    else if ((color.value = xml_get_u32(attributes, n, "indexed", UINT32_MAX)) != UINT32_MAX)
        color.kind = COLOR_INDEXED;
    struct span tint = xml_get(attributes, n, "tint");
    if (!tint.data || number_parse(tint, &color.tint) != FAULT_NONE)
        color.tint = 0;
    color.tint = fmax(-1, fmin(1, color.tint));
    return color;
}

/* --- tint: in whole numbers, as Excel's palette does it ("Accent 1, lighter 80%" of 4472C4 is
 * D9E1F2) ------- */

#define HLS_MAX 240 /* hue, lightness and saturation run from 0 to here */
#define RGB_MAX 255

struct hls {
    int hue, light, saturation;
};

static int max_of(int a, int b)
{
    return a > b ? a : b;
}

static int min_of(int a, int b)
{
    return a < b ? a : b;
}

static struct hls to_hls(int r, int g, int b)
{
    int max = max_of(r, max_of(g, b)), min = min_of(r, min_of(g, b)), range = max - min,
        sum = max + min;
    struct hls hls = {0, (sum * HLS_MAX + RGB_MAX) / (2 * RGB_MAX), 0};
    if (range == 0)
        return hls;
    int whole = hls.light <= HLS_MAX / 2 ? sum : 2 * RGB_MAX - sum;
    hls.saturation = (range * HLS_MAX + whole / 2) / whole;
    int to_r = ((max - r) * (HLS_MAX / 6) + range / 2) / range;
    int to_g = ((max - g) * (HLS_MAX / 6) + range / 2) / range;
    int to_b = ((max - b) * (HLS_MAX / 6) + range / 2) / range;
    if (r == max)
        hls.hue = to_b - to_g;
    else if (g == max)
        hls.hue = HLS_MAX / 3 + to_r - to_b;
    else
        hls.hue = 2 * HLS_MAX / 3 + to_g - to_r;
    return hls;
}

static uint32_t channel(int low, int high, int hue)
{
    hue = (hue + HLS_MAX) % HLS_MAX;
    int value = low;
    if (hue < HLS_MAX / 6)
        value = low + ((high - low) * hue + HLS_MAX / 12) / (HLS_MAX / 6);
    else if (hue < HLS_MAX / 2)
        value = high;
    else if (hue < 2 * HLS_MAX / 3)
        value = low + ((high - low) * (2 * HLS_MAX / 3 - hue) + HLS_MAX / 12) / (HLS_MAX / 6);
    return (uint32_t)min_of(RGB_MAX, (value * RGB_MAX + HLS_MAX / 2) / HLS_MAX);
}

static uint32_t from_hls(struct hls hls)
{
    int light = hls.light, saturation = hls.saturation;
    int high = light <= HLS_MAX / 2
                   ? (light * (HLS_MAX + saturation) + HLS_MAX / 2) / HLS_MAX
                   : light + saturation - (light * saturation + HLS_MAX / 2) / HLS_MAX;
    int low = 2 * light - high;
    return channel(low, high, hls.hue + HLS_MAX / 3) << 16 | channel(low, high, hls.hue) << 8 |
           channel(low, high, hls.hue - HLS_MAX / 3);
}

static uint32_t apply_tint(uint32_t rgb, double tint)
{
    struct hls hls = to_hls((int)(rgb >> 16), (int)(rgb >> 8 & 255), (int)(rgb & 255));
    if (tint < 0)
        hls.light = (int)(hls.light * (1 + tint));
    else
        hls.light = (int)(hls.light * (1 - tint)) + HLS_MAX - (int)(HLS_MAX * (1 - tint));
    return from_hls(hls);
}

int32_t color_resolve(struct color color, const struct palette *palette)
{
    uint32_t rgb = color.value;
    if (color.kind == COLOR_NONE)
        return -1;
    if (color.kind == COLOR_THEME) {
        if (color.value >= THEME_COLORS)
            return -1;
        rgb = palette->theme[color.value];
    } else if (color.kind == COLOR_INDEXED) {
        if (color.value > PALETTE_COLORS + 1)
            return -1;
        /* 64 and 65 are the system's text and window colours. */
        rgb = color.value == PALETTE_COLORS       ? 0x000000
              : color.value == PALETTE_COLORS + 1 ? 0xFFFFFF
                                                  : palette->indexed[color.value];
    }
    return (int32_t)(color.tint != 0 ? apply_tint(rgb, color.tint) : rgb);
}
