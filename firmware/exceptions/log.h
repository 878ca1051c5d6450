/* The log: text collected in memory, where handlers and unprivileged threads may write, and printed by semihosting. */
#ifndef LOG_H
#define LOG_H

#include <stdint.h>

/* A line: a name and a number. */
void note(const char *name, uint32_t value);

/* Pieces of a line. */
void put_text(const char *what);
void put_hex(uint32_t value, unsigned digits);
void put_decimal(uint32_t value);

/* Print what has been collected. Privileged threads only, as the next. */
void print_log(void);

/* The end of the program. */
void leave(void) __attribute__((noreturn));

#endif
