/* The log. See log.h. */
#include "log.h"

enum { SIZE = 16 * 1024 };

enum {
    SYS_WRITE0 = 0x04,
    SYS_EXIT = 0x18,
    ADP_STOPPED_APPLICATION_EXIT = 0x20026,
};

static char text[SIZE];
static unsigned used;

static void semihost(uint32_t operation, uint32_t argument)
{
    register uint32_t r0 __asm("r0") = operation;
    register uint32_t r1 __asm("r1") = argument;
    __asm volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}

void put_text(const char *what)
{
    while (*what != '\0' && used < SIZE - 1)
        text[used++] = *what++;
}

void put_hex(uint32_t value, unsigned digits)
{
    while (digits-- > 0) {
        char digit[2] = {"0123456789abcdef"[value >> (4 * digits) & 0xF], '\0'};
        put_text(digit);
    }
}

void put_decimal(uint32_t value)
{
    if (value >= 10)
        put_decimal(value / 10);
    char digit[2] = {(char)('0' + value % 10), '\0'};
    put_text(digit);
}

void note(const char *name, uint32_t value)
{
    put_text("  ");
    put_text(name);
    put_text(" ");
    put_hex(value, 8);
    put_text("\n");
}

/* Line by line, because a debugger need not take an endless string. */
void print_log(void)
{
    for (char *line = text, *end = text; end < text + used; end++) {
        if (*end != '\n')
            continue;
        char next = end[1];
        end[1] = '\0';
        semihost(SYS_WRITE0, (uint32_t)line);
        end[1] = next;
        line = end + 1;
    }
    used = 0;
}

void leave(void)
{
    for (;;)
        semihost(SYS_EXIT, ADP_STOPPED_APPLICATION_EXIT);
}
