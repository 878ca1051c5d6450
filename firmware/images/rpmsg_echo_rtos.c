/* rpmsg_echo_rtos: the echo service as one of four tasks that are switched preemptively.
 * Two of them keep the FPU's registers full and notice if a switch or an interrupt changes one. */
#include "cm4_log.h"
#include "cortexm.h"
#include "echo.h"
#include "stm32mp157.h"
#include "tasks.h"

#include <stdbool.h>

/* As many sums as it takes to fill registers on both sides of S15 and S16, which are saved at different places. */
enum { SUMS = 24, ROUNDS = 2000 };

/* Whole numbers below 2^24: no rounding, so a single changed bit shows in the total. */
__attribute__((noinline)) static float add_up(float step)
{
    float sums[SUMS];
    float total = 0;

#pragma GCC unroll 24
    for (unsigned i = 0; i < SUMS; i++)
        sums[i] = (float)i;
    for (unsigned round = 0; round < ROUNDS; round++) {
        __asm volatile(""); /* or the compiler, which knows no interrupts, calls this once and keeps the result */
#pragma GCC unroll 24
        for (unsigned i = 0; i < SUMS; i++)
            sums[i] += step;
    }
#pragma GCC unroll 24
    for (unsigned i = 0; i < SUMS; i++)
        total += sums[i];
    return total;
}

static bool adds_up(unsigned step)
{
    return (unsigned)add_up((float)step) == SUMS * ROUNDS * step + SUMS * (SUMS - 1) / 2;
}

/* A burst takes longer than a tick, so that the two tasks interrupt each other in the middle of their sums. */
static void compute(const char *name, unsigned step)
{
    enum { BURST = 8, PAUSE = 8 };
    bool reported = false;

    for (;;) {
        unsigned right = 0;
        for (unsigned i = 0; i < BURST; i++)
            right += adds_up(step);
        if (right < BURST)
            cm4_log("error: %s: %u of %u sums are wrong", name, BURST - right, BURST);
        else if (!reported)
            cm4_log("%s: %u sums are right", name, right);
        reported = true;
        task_sleep(PAUSE);
    }
}

static void run_echo(void)
{
    echo_run("rpmsg_echo_rtos");
}

static void run_float_a(void)
{
    compute("float a", 3);
}

static void run_float_b(void)
{
    compute("float b", 7);
}

static void run_idle(void)
{
    for (;;)
        wait_for_interrupt();
}

static struct task echo = {.run = run_echo, .priority = 2};
static struct task float_a = {.run = run_float_a, .priority = 1};
static struct task float_b = {.run = run_float_b, .priority = 1};
static struct task idle = {.run = run_idle, .priority = 0};

void echo_raise(uint32_t events)
{
    task_raise(&echo, events);
}

uint32_t echo_wait(void)
{
    return task_wait(UINT32_MAX);
}

void echo_breathe(void)
{
    task_sleep(1);
}

int main(void)
{
    static struct task *const tasks[] = {&echo, &float_a, &float_b, &idle};
    bool pll3 = (RCC_MSSCKSELR & RCC_MSSCKSELR_MCUSSRC) == RCC_MSSCKSELR_PLL3;

    tasks_start(tasks, sizeof(tasks) / sizeof(tasks[0]), pll3 ? PLL3_HZ : HSI_HZ);
}
