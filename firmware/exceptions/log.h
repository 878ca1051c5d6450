/* Pieces of a line of the log. */
#ifndef LOG_H
#define LOG_H

#include <stdint.h>

void put_text(const char *what);
void put_hex(uint32_t value, unsigned digits);
void put_decimal(uint32_t value);

#endif
