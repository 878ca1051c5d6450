#include "report.h"

#include "cortexa.h"
#include "stm32mp157.h"

static const char *name;
static unsigned claims, failures;

static void put(char byte)
{
    while (!(UART4->ISR & USART_TXE))
        ;
    UART4->TDR = (uint8_t)byte;
}

static void print(const char *text)
{
    for (; *text; text++)
        put(*text);
}

static void print_hex(uint32_t number)
{
    print("0x");
    for (int shift = 28; shift >= 0; shift -= 4)
        put("0123456789ABCDEF"[number >> shift & 0xF]);
}

static void print_decimal(unsigned number)
{
    if (number >= 10)
        print_decimal(number / 10);
    put("0123456789"[number % 10]);
}

void report_start(const char *program)
{
    name = program;
    RCC_MP_APB1ENSETR = RCC_APB1_UART4EN;
    UART4->BRR = HSI_HZ / 115200;
    UART4->CR1 = USART_CR1_UE | USART_CR1_TE;
}

void claim(const char *what, uint32_t expected, uint32_t found)
{
    claims++;
    print(expected == found ? "passed: " : "FAILED: ");
    print(what);
    if (expected != found) {
        failures++;
        print(": expected ");
        print_hex(expected);
        print(", found ");
        print_hex(found);
    }
    print("\r\n");
}

void report_end(void)
{
    print(name);
    print(failures == 0 ? ": passed " : ": FAILED ");
    print_decimal(failures == 0 ? claims : failures);
    print(" of ");
    print_decimal(claims);
    print("\r\n");
}

/* From the vectors: an exception that is no interrupt. `link` is the address it came from, plus 4 or 8. */
void Unexpected_Handler(uint32_t vector, uint32_t link)
{
    claim("no exception but interrupts; its vector", 0, vector);
    claim("no exception but interrupts; its link register", 0, link);
    report_end();
    for (;;)
        wait_for_interrupt();
}
