/* The registers of the STM32MP157 that these images touch, with the reference manual's names.
 * Not a device header: a register that no image uses is not here. */
#ifndef STM32MP157_H
#define STM32MP157_H

#include <stdint.h>

/* Inter-processor communication controller. C1 is the Cortex-A7, C2 the Cortex-M4. Words only. */
struct ipcc {
    volatile uint32_t C1CR;
    volatile uint32_t C1MR;
    volatile uint32_t C1SCR;
    volatile uint32_t C1TOC2SR;
    volatile uint32_t C2CR;
    volatile uint32_t C2MR;
    volatile uint32_t C2SCR;
    volatile uint32_t C2TOC1SR;
};
#define IPCC ((struct ipcc *)0x4C001000)

enum {
    IPCC_CR_RXOIE = 1 << 0,
    IPCC_CR_TXFIE = 1 << 16,
    IPCC_CHANNELS = 0x3F, /* six channels: bits 5:0 of each half word */
};

/* Fields of channel n, counted from 1 as the reference manual does. */
#define IPCC_MR_CHOM(n) (1u << ((n) - 1))   /* RX-occupied masked */
#define IPCC_MR_CHFM(n) (1u << ((n) + 15))  /* TX-free masked */
#define IPCC_SCR_CHC(n) (1u << ((n) - 1))   /* clear the receive flag */
#define IPCC_SCR_CHS(n) (1u << ((n) + 15))  /* set the transmit flag */
#define IPCC_SR_CHF(n) (1u << ((n) - 1))    /* occupied */

enum {
    IPCC_RX1_IRQ = 103,
    IPCC_TX1_IRQ = 104,
    INTERRUPTS = 150,
};

#define RCC_MSSCKSELR (*(volatile uint32_t *)0x50000048)
#define RCC_MC_AHB3ENSETR (*(volatile uint32_t *)0x50000AA0)

enum {
    RCC_MSSCKSELR_MCUSSRC = 3 << 0,
    RCC_MSSCKSELR_PLL3 = 3 << 0,
    HSI_HZ = 64000000,   /* the core's clock after reset */
    PLL3_HZ = 208877929, /* and as Linux's boot chain leaves it */
    RCC_AHB3_IPCCEN = 1 << 12,
};

#endif
