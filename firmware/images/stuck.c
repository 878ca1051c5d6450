/* stuck: every way to stop moving, and some that only look like it. The word at 0x10048000 says which (enum situation);
 * it is written before the core is released. Nothing here is how a firmware should be written.
 *
 * The tick is `ticks`, counted by SysTick or by TIM7; `wait_ticks` waits for it as vendor libraries do. */
#include "cortexm.h"
#include "stm32mp157.h"

#include <stdint.h>

#define SITUATION (*(volatile uint32_t *)0x10048000)

#define RCC_OCENCLRR (*(volatile uint32_t *)0x50000010)
#define RCC_OCRDYR (*(volatile uint32_t *)0x50000808)
#define USART3 ((struct usart *)0x4000F000)
#define TIM7 ((struct tim *)0x40005000)
#define DFSDM1_ISR (*(volatile uint32_t *)0x4400D108)

enum {
    USART3_IRQ = 39,
    TIM7_IRQ = 55,
    RCC_OCRDYR_HSERDY = 1 << 8,
    RCC_APB1_TIM7EN = 1 << 5,
    RCC_APB1_USART3EN = 1 << 15,
    READY_TO_SEND = USART_CR1_UE | USART_CR1_TE | USART_TXE, /* asks for an interrupt at once */
    LOWEST = 0xF0,
    CHANNEL = 1,
};

enum situation {
    TICK_IN_HANDLER = 1, /* the handler of RX1, at priority 0, waits for a SysTick of priority 15 */
    TICK_OF_SAME_PRIORITY,
    TICK_UNDER_PRIMASK,
    TICK_UNDER_BASEPRI,
    TICK_UNDER_FAULTMASK,
    TICK_NOT_STARTED,
    TICK_WITHOUT_INTERRUPT,
    TIMER_TICK_IN_HANDLER,
    TIMER_TICK_NOT_ENABLED,
    PERIPHERAL_FLAG,
    ABSENT_PERIPHERAL_FLAG,
    FLAG_OF_DISABLED_INTERRUPT,
    CHANNEL_NOT_ACKNOWLEDGED,
    ENDLESS_LOOP,
    GIVEN_UP,
    UNEXPECTED_INTERRUPT,
    BAD_ADDRESS,
    SLEEP_WITHOUT_INTERRUPTS,
    SLEEP_WITH_ALL_CHANNELS_MASKED,
    DEEP_SLEEP_WITHOUT_WAKEUP,
    EVENT_SLEEP,
    STORM,
    /* From here on nothing is wrong. */
    RESTS_IN_WFI = 100,
    RESTS_POLLING_A_FLAG,
    RESTS_IN_AN_EMPTY_LOOP,
    RESTS_POLLING_A_PORT,
    BLINKS,
    POLLS_WITH_A_TIMEOUT,
};

volatile uint32_t ticks;
volatile uint32_t message_received;
volatile uint32_t channel_free;

void SysTick_Handler(void) { ticks++; }

static void TIM7_IRQHandler(void)
{
    if (TIM7->SR & TIM_UPDATE) {
        TIM7->SR = 0;
        ticks++;
    }
}

/* Asks for more without having sent anything: its line stays high. */
static void USART3_IRQHandler(void) { (void)USART3->ISR; }

static void set_vector(unsigned irq, void (*handler)(void))
{
    ((void (*volatile *)(void))0x38000040)[irq] = handler; /* RETRAM's other address, after the 16 of the core */
}

__attribute__((noinline)) static void wait_ticks(uint32_t count)
{
    uint32_t start = ticks;
    while (ticks - start < count)
        ;
}

__attribute__((noinline)) static void wait_for_word(volatile uint32_t *word, uint32_t bit)
{
    while ((*word & bit) == 0)
        ;
}

__attribute__((noinline)) static void stay_here(void)
{
    for (;;)
        ;
}

__attribute__((noinline)) static void Error_Handler(void)
{
    disable_interrupts();
    for (;;)
        ;
}

static void start_systick(uint32_t flags)
{
    SYST->RVR = HSI_HZ / 1000 - 1;
    SYST->CVR = 0;
    SYST->CSR = SYST_CSR_CLKSOURCE | flags;
}

static void start_timer(void)
{
    RCC_MC_APB1ENSETR = RCC_APB1_TIM7EN;
    set_vector(TIM7_IRQ, TIM7_IRQHandler);
    TIM7->PSC = 63;
    TIM7->ARR = 999;
    TIM7->SR = 0;
    TIM7->DIER = TIM_UPDATE;
    TIM7->CR1 = TIM_CR1_CEN;
}

static void listen(uint32_t masks)
{
    RCC_MC_AHB3ENSETR = RCC_AHB3_IPCCEN;
    IPCC->C2MR = masks;
    IPCC->C2CR = IPCC_CR_RXOIE;
    nvic_enable(IPCC_RX1_IRQ);
}

void IPCC_RX1_IRQHandler(void)
{
    IPCC->C2SCR = IPCC_SCR_CHC(CHANNEL);
    message_received = 1;
    if (SITUATION == TICK_IN_HANDLER || SITUATION == TICK_OF_SAME_PRIORITY || SITUATION == TIMER_TICK_IN_HANDLER)
        wait_ticks(5);
}

void IPCC_TX1_IRQHandler(void)
{
    IPCC->C2MR |= IPCC_MR_CHFM(CHANNEL);
    channel_free = 1;
}

static void rest(void)
{
    for (;;)
        wait_for_interrupt();
}

static void wait_for_a_tick(enum situation situation)
{
    const uint32_t on = SYST_CSR_TICKINT | SYST_CSR_ENABLE;

    SCB->SHPR[EXCEPTION_SYSTICK - EXCEPTION_MEMMANAGE] = situation == TICK_OF_SAME_PRIORITY ? 0 : LOWEST;
    switch (situation) {
    case TICK_IN_HANDLER:
    case TICK_OF_SAME_PRIORITY:
        start_systick(on);
        listen(~IPCC_MR_CHOM(CHANNEL));
        rest();
        break;
    case TIMER_TICK_IN_HANDLER:
        NVIC->IPR[TIM7_IRQ] = LOWEST;
        start_timer();
        nvic_enable(TIM7_IRQ);
        listen(~IPCC_MR_CHOM(CHANNEL));
        rest();
        break;
    case TIMER_TICK_NOT_ENABLED:
        start_timer();
        break;
    case TICK_UNDER_PRIMASK:
        start_systick(on);
        disable_interrupts();
        break;
    case TICK_UNDER_BASEPRI:
        start_systick(on);
        __asm volatile("msr basepri, %0" ::"r"(0x40));
        break;
    case TICK_UNDER_FAULTMASK:
        start_systick(on);
        __asm volatile("cpsid f");
        break;
    case TICK_WITHOUT_INTERRUPT:
        start_systick(SYST_CSR_ENABLE);
        break;
    default:
        break;
    }
    wait_ticks(5);
}

static void sleep(enum situation situation)
{
    switch (situation) {
    case SLEEP_WITH_ALL_CHANNELS_MASKED:
        listen(~0u);
        break;
    case DEEP_SLEEP_WITHOUT_WAKEUP:
        listen(~IPCC_MR_CHOM(CHANNEL));
        EXTI->C2IMR2 = 0; /* lines 61 and 62 are the IPCC's */
        SCB->SCR = SCR_SLEEPDEEP;
        break;
    case EVENT_SLEEP:
        for (;;)
            __asm volatile("wfe");
    default:
        break;
    }
    rest();
}

static void poll_with_a_timeout(void)
{
    uint32_t start = ticks;
    while ((RCC_OCRDYR & RCC_OCRDYR_HSERDY) == 0)
        if (ticks - start > 50)
            return;
}

int main(void)
{
    const enum situation situation = SITUATION;

    RCC_MC_APB1ENSETR = RCC_APB1_USART3EN;
    switch (situation) {
    case PERIPHERAL_FLAG:
        RCC_OCENCLRR = RCC_OCRDYR_HSERDY; /* HSE off */
        wait_for_word(&RCC_OCRDYR, RCC_OCRDYR_HSERDY);
        break;
    case ABSENT_PERIPHERAL_FLAG:
        wait_for_word(&DFSDM1_ISR, 1);
        break;
    case FLAG_OF_DISABLED_INTERRUPT:
        wait_for_word(&channel_free, 1);
        break;
    case CHANNEL_NOT_ACKNOWLEDGED:
        RCC_MC_AHB3ENSETR = RCC_AHB3_IPCCEN;
        IPCC->C2SCR = IPCC_SCR_CHS(CHANNEL);
        while (IPCC->C2TOC1SR & IPCC_SR_CHF(CHANNEL))
            ;
        break;
    case ENDLESS_LOOP:
        stay_here();
        break;
    case GIVEN_UP:
        Error_Handler();
        break;
    case UNEXPECTED_INTERRUPT:
        nvic_enable(USART3_IRQ);
        USART3->CR1 = READY_TO_SEND;
        rest();
        break;
    case BAD_ADDRESS:
        (void)*(volatile uint32_t *)0x20000000;
        break;
    case STORM:
        set_vector(USART3_IRQ, USART3_IRQHandler);
        nvic_enable(USART3_IRQ);
        USART3->CR1 = READY_TO_SEND;
        rest();
        break;
    case SLEEP_WITHOUT_INTERRUPTS:
    case SLEEP_WITH_ALL_CHANNELS_MASKED:
    case DEEP_SLEEP_WITHOUT_WAKEUP:
    case EVENT_SLEEP:
        sleep(situation);
        break;
    case RESTS_IN_WFI:
        listen(~IPCC_MR_CHOM(CHANNEL));
        rest();
        break;
    case RESTS_POLLING_A_FLAG:
        listen(~IPCC_MR_CHOM(CHANNEL));
        for (;;) {
            wait_for_word(&message_received, 1);
            message_received = 0;
        }
        break;
    case RESTS_IN_AN_EMPTY_LOOP:
        listen(~IPCC_MR_CHOM(CHANNEL));
        for (;;)
            ;
        break;
    case RESTS_POLLING_A_PORT:
        USART3->CR1 = USART_CR1_UE | USART_CR1_RE;
        wait_for_word(&USART3->ISR, USART_RXNE);
        break;
    case BLINKS:
        start_systick(SYST_CSR_TICKINT | SYST_CSR_ENABLE);
        for (;;)
            wait_ticks(500);
        break;
    case POLLS_WITH_A_TIMEOUT:
        start_systick(SYST_CSR_TICKINT | SYST_CSR_ENABLE);
        for (;;)
            poll_with_a_timeout();
        break;
    default:
        wait_for_a_tick(situation);
        break;
    }
    return 0;
}
