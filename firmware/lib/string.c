/* memcpy and memset, because no C library is linked. */
#include <string.h>

#include <stdint.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    uint8_t *target = to;
    const uint8_t *source = from;

    while (size-- > 0)
        *target++ = *source++;
    return to;
}

void *memset(void *to, int byte, size_t size)
{
    uint8_t *target = to;

    while (size-- > 0)
        *target++ = (uint8_t)byte;
    return to;
}
