/* The doorbells: CH6 towards Linux, by which the sender waits for a free channel, and CH5 from it. Interrupts only note
 * that there is something to look at. It knows no memory. */
#ifndef MCAPI_DOORBELL_H
#define MCAPI_DOORBELL_H

#include <stdbool.h>

void doorbell_open(void);

/* Signal Linux; if it has not taken the last signal yet, once more when it has. */
void doorbell_ring(void);

/* While held, rings become one, when it is let go. */
void doorbell_hold(bool hold);

/* Has Linux not taken the last signal? Then its taking raises. */
bool doorbell_is_busy(void);

/* Take what the interrupts have noted: Linux may ring again from now on. */
void doorbell_take(void);

/* Ring if that had to wait for a free channel, and it is free. */
void doorbell_catch_up(void);

bool doorbell_raised(void);

/* From anywhere: there is something to look at. */
void doorbell_raise(void);

#endif
