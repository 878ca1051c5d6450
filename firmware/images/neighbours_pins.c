/* The part of `neighbours` that touches pins, and sleeps until one changes. */
#include "neighbours.h"

#include "console.h"
#include "cortexm.h"
#include "stm32mp157.h"

enum { INPUT = 0, OUTPUT = 1 };

static const uint8_t exti_irqs[16] = {6, 7, 8, 9, 10, 23, 64, 65, 66, 67, 40, 42, 76, 77, 121, 127};

static volatile unsigned edges, rings;
static unsigned watched;

struct pin {
    unsigned bank, number;
};

/* c3 is PC3. */
static struct pin pin_of(const char *text, unsigned mode)
{
    struct pin pin = {(unsigned)(text[0] - 'a'), number(text + 1) % 16};
    RCC_MC_AHB4ENSETR = 1u << pin.bank;
    struct gpio *gpio = GPIO(pin.bank);
    gpio->MODER = (gpio->MODER & ~(3u << 2 * pin.number)) | mode << 2 * pin.number;
    return pin;
}

static unsigned level(struct pin pin) { return GPIO(pin.bank)->IDR >> pin.number & 1; }

static void in(const char *argument) { print("in: %u\n", level(pin_of(argument, INPUT))); }

static void out(const char *argument)
{
    const char *value = argument;
    while (*value && *value != ' ')
        value++;
    struct pin pin = pin_of(argument, OUTPUT);
    GPIO(pin.bank)->BSRR = value[0] && value[1] == '1' ? 1u << pin.number : 1u << (pin.number + 16);
    print("out: %u\n", level(pin));
}

static void edge(void)
{
    EXTI->RPR1 = 1u << watched;
    edges++;
}

static void watch(const char *argument)
{
    struct pin pin = pin_of(argument, INPUT);
    watched = pin.number;
    edges = 0;
    unsigned shift = 8 * (pin.number % 4);
    volatile uint32_t *select = &EXTI->EXTICR[pin.number / 4];
    *select = (*select & ~(0xFFu << shift)) | pin.bank << shift;
    EXTI->RTSR1 |= 1u << pin.number;
    EXTI->C2IMR1 |= 1u << pin.number;
    on_interrupt(exti_irqs[pin.number], edge);
}

static void wait_for_edge(const char *argument)
{
    watch(argument);
    print("exti: waiting\n");
    wait_until_at_least(&edges, 1);
    print("exti: %u rising edge\n", edges);
}

static void ring(void)
{
    IPCC->C2SCR = IPCC_SCR_CHC(1);
    rings++;
}

static void stop(const char *argument)
{
    bool by_ipcc = *argument == 'i';
    rings = edges = 0;
    if (by_ipcc) {
        RCC_MC_AHB3ENSETR = RCC_AHB3_IPCCEN;
        IPCC->C2CR = IPCC_CR_RXOIE;
        IPCC->C2MR = ~IPCC_MR_CHOM(1);
        EXTI->C2IMR2 |= 1u << (EXTI_IPCC_CPU2 - 32);
        on_interrupt(IPCC_RX1_IRQ, ring);
    } else {
        watch(argument);
    }
    print("stop: entering\n");
    PWR_MCUCR &= ~PWR_MCUCR_PDDS;
    SCB->SCR |= SCR_SLEEPDEEP;
    unsigned before = cycles();
    wait_until_at_least(by_ipcc ? &rings : &edges, 1);
    unsigned passed = cycles() - before;
    SCB->SCR &= ~(uint32_t)SCR_SLEEPDEEP;
    print("stop: left by %s, %u cycles counted\n", by_ipcc ? "ipcc" : "exti", passed);
}

const struct command pin_commands[] = {
    {"in", in}, {"out", out}, {"exti", wait_for_edge}, {"stop", stop}, {0, 0},
};
