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
#define IPCC_HWCFGR (*(volatile uint32_t *)0x4C0013F0)

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
    WWDG1_IRQ = 0,
    UART4_IRQ = 52,
    DMA2_STREAM0_IRQ = 56,
    LPTIM1_IRQ = 93,
    IPCC_RX0_IRQ = 100, /* these two lead to the A7 */
    IPCC_TX0_IRQ = 101,
    IPCC_RX1_IRQ = 103,
    IPCC_TX1_IRQ = 104,
    HSEM_IT2_IRQ = 125,
    INTERRUPTS = 150,
};

#define RCC_MSSCKSELR (*(volatile uint32_t *)0x50000048)
#define RCC_MP_GCR (*(volatile uint32_t *)0x5000010C)
#define RCC_MP_GRSTCSETR (*(volatile uint32_t *)0x50000404)
#define RCC_MP_APB1ENSETR (*(volatile uint32_t *)0x50000A00)
#define RCC_MP_AHB3ENSETR (*(volatile uint32_t *)0x50000A20)
#define RCC_MC_AHB3ENSETR (*(volatile uint32_t *)0x50000AA0)
#define RCC_LPTIM1CKSELR (*(volatile uint32_t *)0x50000934)
#define RCC_MC_APB1ENSETR (*(volatile uint32_t *)0x50000A80)
#define RCC_MC_APB2ENSETR (*(volatile uint32_t *)0x50000A88)
#define RCC_MC_APB3ENSETR (*(volatile uint32_t *)0x50000A90)
#define RCC_MC_AHB2ENSETR (*(volatile uint32_t *)0x50000A98)
#define RCC_MC_AHB4ENSETR (*(volatile uint32_t *)0x50000AA8)
#define RCC_MC_RSTSCLRR (*(volatile uint32_t *)0x50000C00)
#define PWR_MCUCR (*(volatile uint32_t *)0x50001014)

enum {
    RCC_MSSCKSELR_MCUSSRC = 3 << 0,
    RCC_MSSCKSELR_PLL3 = 3 << 0,
    HSI_HZ = 64000000,   /* the core's clock after reset */
    PLL3_HZ = 208877929, /* and as Linux's boot chain leaves it */
    LSE_HZ = 32768,
    RCC_MP_GCR_BOOT_MCU = 1 << 0,
    RCC_MP_GRSTCSETR_MCURST = 1 << 1,
    RCC_APB1_UART4EN = 1 << 16,
    RCC_APB1_I2C5EN = 1 << 24,
    RCC_APB1_WWDG1EN = 1 << 28,
    RCC_APB1_LPTIM1EN = 1 << 9,
    RCC_AHB2_DMA2EN = 1 << 1,
    RCC_AHB2_DMAMUXEN = 1 << 2,
    RCC_AHB2_ADC12EN = 1 << 5,
    RCC_AHB3_HSEMEN = 1 << 11,
    RCC_AHB3_IPCCEN = 1 << 12,
    RCC_LPTIM1_LSE = 3,
    PWR_MCUCR_PDDS = 1 << 0,
};

/* General-purpose timer; those with fewer channels lack some of these. */
struct tim {
    volatile uint32_t CR1, CR2, SMCR, DIER, SR, EGR, CCMR1, CCMR2, CCER, CNT, PSC, ARR, RCR, CCR1;
};
enum {
    TIM_CR1_CEN = 1 << 0,
    TIM_CR1_URS = 1 << 2,
    TIM_UPDATE = 1 << 0, /* in DIER, SR and EGR */
    TIM_CC1 = 1 << 1,
};

struct lptim {
    volatile uint32_t ISR, ICR, IER, CFGR, CR, CMP, ARR, CNT;
};
#define LPTIM1 ((struct lptim *)0x40009000)
enum {
    LPTIM_ARRM = 1 << 1, /* in ISR, ICR and IER */
    LPTIM_ARROK = 1 << 4,
    LPTIM_CR_ENABLE = 1 << 0,
    LPTIM_CR_CNTSTRT = 1 << 2,
};

struct wwdg {
    volatile uint32_t CR, CFR, SR;
};
#define WWDG1 ((struct wwdg *)0x4000A000)
enum { WWDG_CR_WDGA = 1 << 7, WWDG_CFR_EWI = 1 << 9 };

struct iwdg {
    volatile uint32_t KR, PR, RLR, SR, WINR, EWCR;
};
#define IWDG2 ((struct iwdg *)0x5A002000)
enum { IWDG_START = 0xCCCC, IWDG_RELOAD = 0xAAAA, IWDG_UNLOCK = 0x5555 };

struct usart {
    volatile uint32_t CR1, CR2, CR3, BRR, GTPR, RTOR, RQR, ISR, ICR, RDR, TDR;
};
#define UART4 ((struct usart *)0x40010000)
enum {
    USART_CR1_UE = 1 << 0,
    USART_CR1_RE = 1 << 2,
    USART_CR1_TE = 1 << 3,
    USART_RXNE = 1 << 5, /* in ISR, and its interrupt in CR1 */
    USART_TXE = 1 << 7,
};

struct gpio {
    volatile uint32_t MODER, OTYPER, OSPEEDR, PUPDR, IDR, ODR, BSRR;
};
#define GPIO(bank) ((struct gpio *)(0x50002000 + 0x1000 * (bank))) /* 0 is A, 10 is K */

struct exti {
    volatile uint32_t RTSR1, FTSR1, SWIER1, RPR1, FPR1;
    uint32_t reserved[19];
    volatile uint32_t EXTICR[4]; /* +0x60: the bank of each line, a byte each */
    uint32_t others[20];
    volatile uint32_t C2IMR1, C2EMR1; /* +0xC0 */
    uint32_t more[2];
    volatile uint32_t C2IMR2;
};
#define EXTI ((struct exti *)0x5000D000)
enum { EXTI_IPCC_CPU2 = 62 };

struct hsem {
    volatile uint32_t R[32];
    volatile uint32_t RLR[32];
    uint32_t cpu1[4];
    volatile uint32_t C2IER, C2ICR, C2ISR, C2MISR;
};
#define HSEM ((struct hsem *)0x4C000000)
enum { HSEM_CPU2 = 2 << 8 };
#define HSEM_LOCK (1u << 31)

struct i2c {
    volatile uint32_t CR1, CR2, OAR1, OAR2, TIMINGR, TIMEOUTR, ISR, ICR;
};
#define I2C5 ((struct i2c *)0x40015000)
enum {
    I2C_CR1_PE = 1 << 0,
    I2C_CR2_START = 1 << 13,
    I2C_CR2_AUTOEND = 1 << 25,
    I2C_NACKF = 1 << 4, /* in ISR and ICR */
    I2C_STOPF = 1 << 5,
    I2C_ISR_BUSY = 1 << 15,
};

struct dma {
    volatile uint32_t LISR, HISR, LIFCR, HIFCR;
    volatile uint32_t S0CR, S0NDTR, S0PAR, S0M0AR, S0M1AR, S0FCR;
};
#define DMA2 ((struct dma *)0x48001000)
enum {
    DMA_CR_EN = 1 << 0,
    DMA_CR_TCIE = 1 << 4,
    DMA_CR_MEMORY = 2 << 6, /* from memory, at PAR, to memory */
    DMA_CR_PINC = 1 << 9,
    DMA_CR_MINC = 1 << 10,
    DMA_CR_WORDS = 2 << 11 | 2 << 13,
    DMA_FCR_DMDIS = 1 << 2, /* the FIFO in use */
    DMA_S0_FLAGS = 0x3D,
    DMA_S0_TC = 1 << 5,
};

struct adc {
    volatile uint32_t ISR, IER, CR, CFGR, CFGR2, SMPR1, SMPR2, PCSEL, LTR1, HTR1;
    uint32_t reserved[2];
    volatile uint32_t SQR1; /* +0x30 */
    volatile uint32_t SQR2, SQR3, SQR4, DR;
};
#define ADC2 ((struct adc *)0x48003100)
enum {
    ADC_ISR_ADRDY = 1 << 0,
    ADC_ISR_EOC = 1 << 2,
    ADC_CR_ADEN = 1 << 0,
    ADC_CR_ADSTART = 1 << 2,
    ADC_CR_ADVREGEN = 1 << 28,
};
#define ADC_CR_ADCAL (1u << 31)

#endif
