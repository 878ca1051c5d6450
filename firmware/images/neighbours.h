/* What the parts of the image `neighbours` share: a stopwatch, waiting, and the commands of each part. */
#ifndef NEIGHBOURS_H
#define NEIGHBOURS_H

#include <stdbool.h>
#include <stdint.h>

/* A command and what it does with the text behind its name. The last one of a list has no name. */
struct command {
    const char *name;
    void (*run)(const char *argument);
};

extern const struct command timer_commands[], pin_commands[], block_commands[], unit_commands[];

/* Cycles of the core's clock since the start, by SysTick; stands still in STOP. */
unsigned cycles(void);

/* Sleep until an interrupt handler has made it so. */
void wait_until_at_least(volatile unsigned *count, unsigned enough);

/* The decimal number at the beginning of a text; 0 if there is none. */
unsigned number(const char *text);

#endif
