/* The tick: SysTick at 1 kHz, on only while somebody needs it. Meanwhile it counts; it tells no time of day. */
#ifndef MCAPI_TICK_H
#define MCAPI_TICK_H

#include <stdbool.h>
#include <stdint.h>

enum tick_user { TICK_REMINDER = 1 << 0, TICK_WAIT = 1 << 1 };

/* From the main loop: `user` needs the tick, or no longer. The first one may come early by up to a millisecond. */
void tick_need(enum tick_user user, bool needed);

/* Milliseconds; it stands still while nobody needs it. */
uint32_t tick_count(void);

/* While TICK_REMINDER needs the tick: from this count on it raises transport_raised(). */
void tick_remind_at(uint32_t count);

#endif
