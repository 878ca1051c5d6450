/* What the program says on UART4: a line for each claim, and how many hold. Not a printf. */
#ifndef REPORT_H
#define REPORT_H

#include <stdint.h>

void report_start(const char *program);

/* "passed: what", or "FAILED: what: expected 0x00000032, found 0x00000031". */
void claim(const char *what, uint32_t expected, uint32_t found);

/* "signals_a7: passed 14 of 14", or "signals_a7: FAILED 1 of 14". */
void report_end(void);

#endif
