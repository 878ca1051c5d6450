/* Driver of the IPCC as processor 2 (Cortex-M4). See ipcc.h. */
#include "ipcc.h"

#include "cortexm.h"
#include "stm32mp157.h"

static ipcc_handler *on_occupied[CH6 + 1];
static ipcc_handler *on_free[CH6 + 1];

void ipcc_init(void)
{
    RCC_MC_AHB3ENSETR = RCC_AHB3_IPCCEN;
    IPCC->C2CR = 0;
    IPCC->C2MR |= IPCC_CHANNELS << 16 | IPCC_CHANNELS;
    IPCC->C2SCR = IPCC_CHANNELS; /* flags that an earlier life of this core left behind */
    IPCC->C2CR = IPCC_CR_RXOIE | IPCC_CR_TXFIE;
    nvic_enable(IPCC_RX1_IRQ);
    nvic_enable(IPCC_TX1_IRQ);
}

/* C2MR is shared by threads and both handlers, so a change of it must not be interrupted. */
static void mask(uint32_t bits)
{
    uint32_t state = mask_interrupts();
    IPCC->C2MR |= bits;
    restore_interrupts(state);
}

static void unmask(uint32_t bits)
{
    uint32_t state = mask_interrupts();
    IPCC->C2MR &= ~bits;
    restore_interrupts(state);
}

void ipcc_on_occupied(enum ipcc_channel channel, ipcc_handler *handler)
{
    on_occupied[channel] = handler;
    unmask(IPCC_MR_CHOM(channel));
}

void ipcc_release(enum ipcc_channel channel)
{
    IPCC->C2SCR = IPCC_SCR_CHC(channel);
    unmask(IPCC_MR_CHOM(channel));
}

bool ipcc_is_free(enum ipcc_channel channel)
{
    return (IPCC->C2TOC1SR & IPCC_SR_CHF(channel)) == 0;
}

void ipcc_post(enum ipcc_channel channel)
{
    data_memory_barrier(); /* what the signal is about is in memory before the signal */
    IPCC->C2SCR = IPCC_SCR_CHS(channel);
}

void ipcc_when_free(enum ipcc_channel channel, ipcc_handler *handler)
{
    on_free[channel] = handler;
    unmask(IPCC_MR_CHFM(channel));
}

void IPCC_RX1_IRQHandler(void)
{
    uint32_t hits = IPCC->C1TOC2SR & ~IPCC->C2MR;

    for (enum ipcc_channel channel = CH1; channel <= CH6; channel++) {
        if ((hits & IPCC_SR_CHF(channel)) == 0)
            continue;
        mask(IPCC_MR_CHOM(channel));
        on_occupied[channel](channel);
    }
}

void IPCC_TX1_IRQHandler(void)
{
    uint32_t hits = ~IPCC->C2TOC1SR & ~(IPCC->C2MR >> 16);

    for (enum ipcc_channel channel = CH1; channel <= CH6; channel++) {
        if ((hits & IPCC_SR_CHF(channel)) == 0)
            continue;
        mask(IPCC_MR_CHFM(channel)); /* the line is a level: a free channel left unmasked would call for ever */
        on_free[channel](channel);
    }
}
