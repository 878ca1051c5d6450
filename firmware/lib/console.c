#include "console.h"

#include "cortexm.h"
#include "stm32mp157.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

enum { VECTORS = EXCEPTION_IRQ0 + INTERRUPTS, LINE = 64 };

static uint32_t vectors[VECTORS] __attribute__((aligned(1024)));

static char typed[LINE], line[LINE];
static volatile unsigned length;
static volatile bool complete;

void on_interrupt(unsigned irq, void (*handler)(void))
{
    if (SCB->VTOR != (uint32_t)vectors) {
        memcpy(vectors, (const void *)SCB->VTOR, sizeof vectors);
        SCB->VTOR = (uint32_t)vectors;
    }
    vectors[EXCEPTION_IRQ0 + irq] = (uint32_t)handler;
    synchronize();
    nvic_enable(irq);
}

static void receive(void)
{
    while (UART4->ISR & USART_RXNE) {
        char byte = (char)UART4->RDR;
        if (complete)
            continue; /* nobody has read the line before */
        if (byte == '\r' || byte == '\n')
            complete = length > 0;
        else if (length < LINE - 1)
            typed[length++] = byte;
    }
}

void console_start(void)
{
    RCC_MC_APB1ENSETR = RCC_APB1_UART4EN;
    UART4->CR1 = USART_CR1_UE | USART_CR1_RE | USART_CR1_TE | USART_RXNE;
    on_interrupt(UART4_IRQ, receive);
}

static void put(char byte)
{
    while (!(UART4->ISR & USART_TXE))
        ;
    UART4->TDR = (uint8_t)byte;
}

static void put_number(uint32_t number, uint32_t base)
{
    char digits[10];
    unsigned count = 0;
    do {
        digits[count++] = "0123456789abcdef"[number % base];
        number /= base;
    } while (number);
    while (count)
        put(digits[--count]);
}

void print(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    for (; *format; format++) {
        if (*format != '%') {
            put(*format);
        } else if (*++format == 's') {
            for (const char *text = va_arg(arguments, const char *); *text; text++)
                put(*text);
        } else {
            put_number(va_arg(arguments, unsigned), *format == 'x' ? 16 : 10);
        }
    }
    va_end(arguments);
}

const char *console_line(void)
{
    for (;;) {
        uint32_t primask = mask_interrupts(); /* a line that completes before the sleep ends it all the same */
        if (!complete)
            wait_for_interrupt();
        restore_interrupts(primask);
        if (complete)
            break;
    }
    memcpy(line, typed, length);
    line[length] = '\0';
    length = 0;
    complete = false;
    return line;
}
