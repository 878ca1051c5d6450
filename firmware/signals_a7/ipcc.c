/* Driver of the IPCC as processor 1 (Cortex-A7). See ipcc.h. */
#include "ipcc.h"

#include "cortexa.h"
#include "gic.h"
#include "stm32mp157.h"

static ipcc_handler *on_occupied[CH6 + 1];
static ipcc_handler *on_free[CH6 + 1];

/* C1MR is shared by main() and both handlers, so a change of it must not be interrupted. */
static void mask(uint32_t bits)
{
    uint32_t state = mask_interrupts();
    IPCC->C1MR |= bits;
    restore_interrupts(state);
}

static void unmask(uint32_t bits)
{
    uint32_t state = mask_interrupts();
    IPCC->C1MR &= ~bits;
    restore_interrupts(state);
}

static void rx0(void)
{
    uint32_t hits = IPCC->C2TOC1SR & ~IPCC->C1MR;

    for (enum ipcc_channel channel = CH1; channel <= CH6; channel++) {
        if ((hits & IPCC_SR_CHF(channel)) == 0)
            continue;
        mask(IPCC_MR_CHOM(channel));
        on_occupied[channel](channel);
    }
}

static void tx0(void)
{
    uint32_t hits = ~IPCC->C1TOC2SR & ~(IPCC->C1MR >> 16);

    for (enum ipcc_channel channel = CH1; channel <= CH6; channel++) {
        if ((hits & IPCC_SR_CHF(channel)) == 0)
            continue;
        mask(IPCC_MR_CHFM(channel));
        on_free[channel](channel);
    }
}

void ipcc_init(void)
{
    RCC_MP_AHB3ENSETR = RCC_AHB3_IPCCEN;
    IPCC->C1CR = 0;
    IPCC->C1MR |= IPCC_CHANNELS << 16 | IPCC_CHANNELS;
    IPCC->C1SCR = IPCC_CHANNELS; /* flags that an earlier life of the M4 left behind */
    IPCC->C1CR = IPCC_CR_RXOIE | IPCC_CR_TXFIE;
    gic_enable(GIC_SPI0 + IPCC_RX0_IRQ, rx0);
    gic_enable(GIC_SPI0 + IPCC_TX0_IRQ, tx0);
}

void ipcc_on_occupied(enum ipcc_channel channel, ipcc_handler *handler)
{
    on_occupied[channel] = handler;
    unmask(IPCC_MR_CHOM(channel));
}

void ipcc_release(enum ipcc_channel channel)
{
    IPCC->C1SCR = IPCC_SCR_CHC(channel);
    unmask(IPCC_MR_CHOM(channel));
}

bool ipcc_is_free(enum ipcc_channel channel)
{
    return (IPCC->C1TOC2SR & IPCC_SR_CHF(channel)) == 0;
}

void ipcc_post(enum ipcc_channel channel)
{
    data_memory_barrier(); /* what the signal is about is in memory before the signal */
    IPCC->C1SCR = IPCC_SCR_CHS(channel);
}

void ipcc_when_free(enum ipcc_channel channel, ipcc_handler *handler)
{
    on_free[channel] = handler;
    unmask(IPCC_MR_CHFM(channel));
}
