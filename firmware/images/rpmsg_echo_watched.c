/* rpmsg_echo_watched: rpmsg_echo under the watchdog WWDG1, which is set back at each of its early wake-ups. A message that
 * begins with "crash" hangs the core with interrupts masked: the watchdog resets it, and Linux is told.
 *
 * The linker puts each __wrap_ function in front of the echo service's own (see --wrap in the Makefile). */
#include "cm4_log.h"
#include "cortexm.h"
#include "echo.h"
#include "rpmsg.h"
#include "stm32mp157.h"

void __real_echo_run(const char *image);
void __wrap_echo_run(const char *image);
bool __real_rpmsg_receive(struct rpmsg_message *message);
bool __wrap_rpmsg_receive(struct rpmsg_message *message);

enum {
    WINDOW = 3 << 11 | 0x7F, /* CFR: one count in 8 * 4096 cycles of APB1, and no time is too early to set it back */
    FULL = WWDG_CR_WDGA | 0x7F,
};

static void early_wake_up(void)
{
    WWDG1->CR = FULL;
    WWDG1->SR = 0;
}

void __wrap_echo_run(const char *image)
{
    (void)image;
    ((void (*volatile *)(void))0x38000040)[WWDG1_IRQ] = early_wake_up; /* RETRAM's other address, after the core's 16 */
    RCC_MC_APB1ENSETR = RCC_APB1_WWDG1EN;
    WWDG1->CFR = WWDG_CFR_EWI | WINDOW;
    WWDG1->CR = FULL;
    nvic_enable(WWDG1_IRQ);
    __real_echo_run("rpmsg_echo_watched");
}

static bool says_crash(const struct rpmsg_message *message)
{
    static const char word[] = "crash";
    const char *text = message->data;
    unsigned same = 0;

    while (same < message->size && word[same] != 0 && text[same] == word[same])
        same++;
    return word[same] == 0;
}

bool __wrap_rpmsg_receive(struct rpmsg_message *message)
{
    bool received = __real_rpmsg_receive(message);

    if (received && says_crash(message)) {
        cm4_log("crash: waiting for the watchdog");
        disable_interrupts();
        for (;;)
            ;
    }
    return received;
}
