/* A terminal on UART4, the one that ST's DK boards bring out by USB: lines in by interrupt, text out by polling. */
#ifndef CONSOLE_H
#define CONSOLE_H

#include <stdint.h>

/* Have `handler` called for an interrupt; from the first call on, the vector table is a copy in RAM. */
void on_interrupt(unsigned irq, void (*handler)(void));

void console_start(void);

/* `format` knows %s, %u and %x (unsigned), and nothing else. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The next line, without its end; sleeps until there is one. It stays as it is until the next call. */
const char *console_line(void);

#endif
