/* The part of `neighbours` that counts: timers and watchdogs. */
#include "neighbours.h"

#include "console.h"
#include "stm32mp157.h"

enum { DIVIDER = 208, PERIOD = 1000, UPDATES = 10, AT = 250, LSE_PERIOD = 328, PERIODS = 5, WAKE_UPS = 5 };

static const struct {
    uint32_t base;
    unsigned irq; /* of its updates */
} tims[] = {
    [1] = {0x44000000, 25},  [2] = {0x40000000, 28},  [3] = {0x40001000, 29},  [4] = {0x40002000, 30},
    [5] = {0x40003000, 50},  [6] = {0x40004000, 54},  [7] = {0x40005000, 55},  [8] = {0x44001000, 44},
    [12] = {0x40006000, 119}, [13] = {0x40007000, 130}, [14] = {0x40008000, 131}, [15] = {0x44006000, 116},
    [16] = {0x44007000, 117}, [17] = {0x44008000, 118},
};
enum { TIMS = sizeof tims / sizeof *tims };

static struct tim *tim;
static volatile unsigned updates, compares, periods, wake_ups;
static volatile unsigned first, last, compared;
static volatile bool set_back;

static void note(volatile unsigned *count)
{
    last = cycles();
    if (!*count)
        first = last;
    ++*count;
}

static void tim_interrupt(void)
{
    uint32_t events = tim->SR & tim->DIER;
    tim->SR = ~events;
    if (events & TIM_UPDATE)
        note(&updates);
    if (events & TIM_CC1) {
        compared = cycles() - last;
        compares++;
    }
}

static void tim_start(unsigned n, uint32_t interrupts)
{
    RCC_MC_APB1ENSETR = 0x1FF; /* TIM2 to TIM7, TIM12 to TIM14 */
    RCC_MC_APB2ENSETR = 0x1F;  /* TIM1, TIM8, TIM15 to TIM17 */
    tim = (struct tim *)tims[n].base;
    tim->CR1 = TIM_CR1_URS;
    tim->PSC = DIVIDER - 1;
    tim->ARR = PERIOD - 1;
    tim->EGR = TIM_UPDATE; /* the prescaler is in force from an update on */
    tim->SR = 0;
    tim->DIER = interrupts;
    updates = compares = 0;
    on_interrupt(tims[n].irq, tim_interrupt);
    tim->CR1 = TIM_CR1_URS | TIM_CR1_CEN;
}

static void count_updates(const char *argument)
{
    unsigned n = number(argument);
    if (n >= TIMS || !tims[n].base) {
        print("tim: there is no TIM%u\n", n);
        return;
    }
    tim_start(n, TIM_UPDATE);
    wait_until_at_least(&updates, UPDATES);
    tim->CR1 = 0;
    print("tim%u: %u updates, from first to last %u cycles\n", n, updates, last - first);
}

static void compare(const char *argument)
{
    tim_start(3, 0);
    tim->CCR1 = AT;
    tim->DIER = TIM_UPDATE | TIM_CC1;
    wait_until_at_least(&updates, 2);
    compares = 0;
    wait_until_at_least(&compares, 1);
    tim->CR1 = 0;
    print("tim3: compare %u cycles after the update\n", compared);
}

static void lptim_interrupt(void)
{
    LPTIM1->ICR = LPTIM_ARRM;
    note(&periods);
}

static void lptim(const char *argument)
{
    RCC_MC_APB1ENSETR = RCC_APB1_LPTIM1EN;
    RCC_LPTIM1CKSELR = RCC_LPTIM1_LSE;
    LPTIM1->CR = 0;
    LPTIM1->CFGR = 0;
    LPTIM1->IER = LPTIM_ARRM;
    LPTIM1->CR = LPTIM_CR_ENABLE;
    LPTIM1->ICR = LPTIM_ARROK;
    LPTIM1->ARR = LSE_PERIOD - 1;
    while (!(LPTIM1->ISR & LPTIM_ARROK))
        ;
    periods = 0;
    on_interrupt(LPTIM1_IRQ, lptim_interrupt);
    LPTIM1->CR = LPTIM_CR_ENABLE | LPTIM_CR_CNTSTRT;
    wait_until_at_least(&periods, PERIODS);
    LPTIM1->CR = 0;
    print("lptim1: %u periods, from first to last %u cycles\n", periods, last - first);
}

static void wwdg_interrupt(void)
{
    if (set_back)
        WWDG1->CR = WWDG_CR_WDGA | 0x7F;
    WWDG1->SR = 0;
    note(&wake_ups);
}

static void wwdg(const char *argument)
{
    RCC_MC_APB1ENSETR = RCC_APB1_WWDG1EN;
    set_back = true;
    wake_ups = 0;
    on_interrupt(WWDG1_IRQ, wwdg_interrupt);
    WWDG1->CFR = WWDG_CFR_EWI | 0x7F;
    WWDG1->CR = WWDG_CR_WDGA | 0x7F;
    wait_until_at_least(&wake_ups, WAKE_UPS);
    print("wwdg1: %u early wake-ups, from first to last %u cycles\n", wake_ups, last - first);
    set_back = *argument != 'b';
}

static void iwdg(const char *argument)
{
    unsigned before = cycles();
    IWDG2->KR = IWDG_START;
    IWDG2->KR = IWDG_UNLOCK;
    IWDG2->PR = 0;
    IWDG2->RLR = 0xFFF;
    while (IWDG2->SR)
        ;
    unsigned busy = cycles() - before;
    IWDG2->KR = IWDG_RELOAD;
    print("iwdg2: busy for %u cycles\n", busy);
    while (*argument == 'b')
        ;
}

const struct command timer_commands[] = {
    {"tim", count_updates}, {"compare", compare}, {"lptim", lptim}, {"wwdg", wwdg}, {"iwdg", iwdg}, {0, 0},
};
