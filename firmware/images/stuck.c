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
    RCC_OCRDYR_HSIRDY = 1 << 0,
    RCC_OCRDYR_HSERDY = 1 << 8,
    RCC_APB1_TIM7EN = 1 << 5,
    RCC_APB1_USART3EN = 1 << 15,
    READY_TO_SEND = USART_CR1_UE | USART_CR1_TE | USART_TXE, /* asks for an interrupt at once */
    LOWEST = 0xF0,
    CHANNEL = 1,
};

#define FOR_EVER 0xFFFFFFFFu

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
    FLAG_WITH_A_TIMEOUT,
    FLAG_FOR_EVER_WITH_A_TICK,
    FLAG_OF_DISABLED_INTERRUPT_WITH_A_TIMEOUT,
    FLAG_OR_GIVE_UP,
    MASKED_FOR_EVER,
    STACK_OVERFLOW,
    WILD_JUMP,
    /* From here on nothing is wrong. */
    RESTS_IN_WFI = 100,
    RESTS_POLLING_A_FLAG,
    RESTS_IN_AN_EMPTY_LOOP,
    RESTS_POLLING_A_PORT,
    BLINKS,
    POLLS_WITH_A_TIMEOUT,
    FINDS_A_FLAG_AT_ONCE,
    TAKES_TURNS_WITH_A_TIMER,
    DOES_ROUNDS,
    DELAYS_WITH_A_FACTOR,
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

/* As vendor libraries poll: a function for the tick, and a time-out that may be "never". */
__attribute__((noinline)) static uint32_t get_tick(void) { return ticks; }

__attribute__((noinline, noclone)) static int poll_flag(volatile uint32_t *word, uint32_t bit, uint32_t timeout)
{
    uint32_t start = get_tick();
    while ((*word & bit) == 0)
        if (get_tick() - start > timeout && timeout != FOR_EVER)
            return -1;
    return 0;
}

static void poll_while_time_passes(enum situation situation)
{
    uint32_t start;

    RCC_OCENCLRR = RCC_OCRDYR_HSERDY; /* HSE off */
    start_systick(SYST_CSR_TICKINT | SYST_CSR_ENABLE);
    switch (situation) {
    case FLAG_WITH_A_TIMEOUT:
        poll_flag(&RCC_OCRDYR, RCC_OCRDYR_HSERDY, 5000);
        break;
    case FLAG_FOR_EVER_WITH_A_TICK:
        poll_flag(&RCC_OCRDYR, RCC_OCRDYR_HSERDY, FOR_EVER);
        break;
    case FLAG_OF_DISABLED_INTERRUPT_WITH_A_TIMEOUT:
        poll_flag(&channel_free, 1, 5000);
        break;
    case FLAG_OR_GIVE_UP:
        start = get_tick();
        while ((RCC_OCRDYR & RCC_OCRDYR_HSERDY) == 0)
            if (get_tick() - start > 5000)
                Error_Handler();
        break;
    case FINDS_A_FLAG_AT_ONCE:
        for (;;)
            poll_flag(&RCC_OCRDYR, RCC_OCRDYR_HSIRDY, 50);
    case TAKES_TURNS_WITH_A_TIMER: /* its flag comes together with a tick */
        start_timer();
        TIM7->PSC = 63999;
        TIM7->ARR = 9;
        TIM7->EGR = TIM_UPDATE;
        TIM7->SR = 0;
        TIM7->DIER = 0;
        for (;;) {
            poll_flag(&TIM7->SR, TIM_UPDATE, 80);
            TIM7->SR = 0;
        }
    case DOES_ROUNDS: /* something once a second, and a flag that it looks at each time */
        for (start = 0;;) {
            if (get_tick() - start > 1000) {
                start = get_tick();
                channel_free = 0;
            }
            if (RCC_OCRDYR & RCC_OCRDYR_HSERDY)
                message_received = 0;
        }
    case DELAYS_WITH_A_FACTOR:
        message_received = 1;
        start = get_tick();
        while (get_tick() - start < 5000 * message_received)
            ;
        break;
    default:
        break;
    }
    rest();
}

/* On a stack of its own at the bottom of the RAM, in threads as operating systems have them. */
static void overflow(void)
{
    __asm volatile("msr psp, %0\n\t"
                   "msr control, %1\n\t"
                   "isb\n"
                   "1: push {r0-r3}\n\t"
                   "b 1b" ::"r"(0x10000020), "r"(2));
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
    case MASKED_FOR_EVER:
        start_systick(SYST_CSR_TICKINT | SYST_CSR_ENABLE);
        disable_interrupts();
        for (;;)
            ;
    case STACK_OVERFLOW:
        overflow();
        break;
    case WILD_JUMP:
        ((void (*)(void))0xDEADBEEF)();
        break;
    case FLAG_WITH_A_TIMEOUT:
    case FLAG_FOR_EVER_WITH_A_TICK:
    case FLAG_OF_DISABLED_INTERRUPT_WITH_A_TIMEOUT:
    case FLAG_OR_GIVE_UP:
    case FINDS_A_FLAG_AT_ONCE:
    case TAKES_TURNS_WITH_A_TIMER:
    case DOES_ROUNDS:
    case DELAYS_WITH_A_FACTOR:
        poll_while_time_passes(situation);
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
        RCC_OCENCLRR = RCC_OCRDYR_HSERDY;
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
