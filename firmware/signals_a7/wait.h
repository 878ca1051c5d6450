/* Sleep until something has happened, but not for ever: WFI, and the generic timer's virtual timer. */
#ifndef WAIT_H
#define WAIT_H

#include <stdbool.h>
#include <stdint.h>

void wait_init(void);

/* Sleep until `count`, which interrupts advance, is `wanted` or more. Returns false if it is not in time. */
bool await(const volatile unsigned *count, unsigned wanted, uint32_t microseconds);

/* Sleep so long. Returns how many timer interrupts it took: one. */
unsigned pass_time(uint32_t microseconds);

#endif
