/* The trace buffer. See cm4_log.h. */
#include "cm4_log.h"

#include "cortexm.h"

#include <stdarg.h>
#include <string.h>

enum { LINE_SIZE = 96 };

char cm4_log_buffer[CM4_LOG_SIZE];
static unsigned used;

struct line {
    char text[LINE_SIZE];
    unsigned size;
};

static void put_char(struct line *line, char c)
{
    if (line->size < LINE_SIZE - 2) /* room for the newline and the NUL */
        line->text[line->size++] = c;
}

static void put_text(struct line *line, const char *text)
{
    while (*text != '\0')
        put_char(line, *text++);
}

static void put_number(struct line *line, unsigned value, unsigned base)
{
    if (value >= base)
        put_number(line, value / base, base);
    put_char(line, "0123456789abcdef"[value % base]);
}

/* Whole lines at once, because interrupt handlers and tasks log as well. */
static void append(const struct line *line)
{
    uint32_t state = mask_interrupts();

    if (used + line->size >= CM4_LOG_SIZE)
        used = 0;
    memcpy(cm4_log_buffer + used, line->text, line->size + 1);
    used += line->size;
    restore_interrupts(state);
}

void cm4_log(const char *format, ...)
{
    struct line line = {.size = 0};
    va_list arguments;

    va_start(arguments, format);
    for (; *format != '\0'; format++) {
        if (*format != '%')
            put_char(&line, *format);
        else if (*++format == 's')
            put_text(&line, va_arg(arguments, const char *));
        else
            put_number(&line, va_arg(arguments, unsigned), *format == 'x' ? 16 : 10);
    }
    va_end(arguments);
    line.text[line.size++] = '\n';
    line.text[line.size] = '\0';
    append(&line);
}
