/* The part of `neighbours` that moves, converts and locks. */
#include "neighbours.h"

#include "console.h"
#include "stm32mp157.h"

enum { WORDS = 64, PROCESS = 7 };

static volatile unsigned releases, transfers;

static void released(void)
{
    HSEM->C2ICR = HSEM->C2MISR;
    releases++;
}

static void hsem(const char *argument)
{
    unsigned n = number(argument) % 32;
    RCC_MC_AHB3ENSETR = RCC_AHB3_HSEMEN;
    unsigned one_step = HSEM->RLR[n];
    HSEM->R[n] = HSEM_CPU2;
    HSEM->R[n] = HSEM_LOCK | HSEM_CPU2 | PROCESS;
    unsigned two_steps = HSEM->R[n];
    HSEM->C2ICR = 1u << n;
    HSEM->C2IER = 1u << n;
    releases = 0;
    on_interrupt(HSEM_IT2_IRQ, released);
    HSEM->R[n] = HSEM_CPU2 | PROCESS;
    wait_until_at_least(&releases, 1);
    HSEM->C2IER = 0;
    unsigned now = HSEM->R[n];
    print("hsem %u: one step 0x%x, two steps 0x%x, %u interrupt, then 0x%x\n", n, one_step, two_steps, releases,
          now);
}

static void i2c(const char *argument)
{
    unsigned slave = number(argument) & 0x7F;
    RCC_MC_APB1ENSETR = RCC_APB1_I2C5EN;
    I2C5->CR1 = 0;
    I2C5->TIMINGR = 0x10707DBC;
    I2C5->CR1 = I2C_CR1_PE;
    I2C5->CR2 = I2C_CR2_START | I2C_CR2_AUTOEND | 1 << 16 | slave << 1;
    while (!(I2C5->ISR & I2C_STOPF))
        ;
    uint32_t flags = I2C5->ISR;
    I2C5->ICR = I2C_NACKF | I2C_STOPF;
    print("i2c %u: %s, bus %s\n", slave, flags & I2C_NACKF ? "nack" : "ack",
          flags & I2C_ISR_BUSY ? "busy" : "free");
}

static void moved(void)
{
    DMA2->LIFCR = DMA_S0_TC;
    transfers++;
}

static void dma(const char *argument)
{
    static uint32_t from[WORDS], to[WORDS];
    unsigned different = 0;
    for (unsigned n = 0; n < WORDS; n++) {
        from[n] = 0x01010101 * n + 0x80;
        to[n] = 0;
    }
    RCC_MC_AHB2ENSETR = RCC_AHB2_DMA2EN | RCC_AHB2_DMAMUXEN;
    DMA2->LIFCR = DMA_S0_FLAGS;
    DMA2->S0PAR = (uint32_t)from;
    DMA2->S0M0AR = (uint32_t)to;
    DMA2->S0NDTR = WORDS;
    DMA2->S0FCR = DMA_FCR_DMDIS;
    transfers = 0;
    on_interrupt(DMA2_STREAM0_IRQ, moved);
    DMA2->S0CR = DMA_CR_MEMORY | DMA_CR_PINC | DMA_CR_MINC | DMA_CR_WORDS | DMA_CR_TCIE;
    DMA2->S0CR |= DMA_CR_EN;
    wait_until_at_least(&transfers, 1);
    __asm volatile("" ::: "memory"); /* the controller has written `to` */
    for (unsigned n = 0; n < WORDS; n++)
        different += to[n] != from[n];
    unsigned left = DMA2->S0NDTR;
    print("dma: %u interrupt, %u items left, %u words differ\n", transfers, left, different);
}

static void adc(const char *argument)
{
    unsigned channel = number(argument) % 20;
    RCC_MC_AHB2ENSETR = RCC_AHB2_ADC12EN;
    ADC2->CR = ADC_CR_ADVREGEN;
    ADC2->CR |= ADC_CR_ADCAL;
    while (ADC2->CR & ADC_CR_ADCAL)
        ;
    ADC2->CR |= ADC_CR_ADEN;
    while (!(ADC2->ISR & ADC_ISR_ADRDY))
        ;
    ADC2->PCSEL = 1u << channel;
    ADC2->SQR1 = channel << 6;
    ADC2->CR |= ADC_CR_ADSTART;
    while (!(ADC2->ISR & ADC_ISR_EOC))
        ;
    unsigned converted = ADC2->DR;
    print("adc %u: %u\n", channel, converted);
}

const struct command block_commands[] = {
    {"hsem", hsem}, {"i2c", i2c}, {"dma", dma}, {"adc", adc}, {0, 0},
};
