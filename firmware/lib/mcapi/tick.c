/* The tick. See tick.h. */
#include "tick.h"

#include "cortexm.h"
#include "doorbell.h"
#include "stm32mp157.h"

enum { TICK_HZ = 1000 };

static volatile uint32_t ticks;
static volatile uint32_t remind_at;
static volatile uint32_t users;

void SysTick_Handler(void)
{
    ticks++;
    if ((users & TICK_REMINDER) != 0 && (int32_t)(ticks - remind_at) >= 0)
        doorbell_raise();
}

void tick_need(enum tick_user user, bool needed)
{
    uint32_t before = users;
    bool pll3 = (RCC_MSSCKSELR & RCC_MSSCKSELR_MCUSSRC) == RCC_MSSCKSELR_PLL3;

    users = needed ? before | user : before & ~(uint32_t)user;
    if (users == 0) {
        SYST->CSR = 0;
    } else if (before == 0) {
        SYST->RVR = (pll3 ? PLL3_HZ : HSI_HZ) / TICK_HZ - 1;
        SYST->CVR = 0;
        SYST->CSR = SYST_CSR_CLKSOURCE | SYST_CSR_TICKINT | SYST_CSR_ENABLE;
    }
}

uint32_t tick_count(void)
{
    return ticks;
}

void tick_remind_at(uint32_t count)
{
    remind_at = count;
}
