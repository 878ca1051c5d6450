/* The switcher. See tasks.h.
 *
 * SVCall, PendSV and SysTick have the lowest priority, so none of them interrupts another and the lists need no lock
 * against each other; device interrupts only raise events, with interrupts masked for that moment. */
#include "tasks.h"

#include "cortexm.h"

#include <stdbool.h>

enum { TICK_HZ = 1000, LOWEST = 0xF0 };
enum { SVC_START, SVC_WAIT, SVC_SLEEP };

/* What the core pushes on exception entry, without its FP part. */
struct frame {
    uint32_t r0, r1, r2, r3, r12, lr, pc, xpsr;
};

/* Below it lies what PendSV_Handler pushes: R4-R11, EXC_RETURN, and S16-S31 if the task has used the FPU. */
struct context {
    uint32_t r4_r11[8];
    uint32_t exc_return;
    struct frame frame;
};

enum {
    EXC_RETURN_THREAD_PSP = 0xFFFFFFFD,
    XPSR_T = 1 << 24,
};

static struct task *const *all;
static unsigned count_of_all;
static unsigned turn; /* index of the running task in `all` */

struct task *current_task;

static void task_ended(void)
{
    for (;;)
        task_sleep(UINT32_MAX);
}

static void prepare(struct task *task)
{
    struct context *context = (struct context *)(task->stack + TASK_STACK_WORDS) - 1;

    context->exc_return = EXC_RETURN_THREAD_PSP;
    context->frame.pc = (uint32_t)task->run & ~1u;
    context->frame.lr = (uint32_t)task_ended;
    context->frame.xpsr = XPSR_T;
    task->sp = (uint32_t *)context;
}

static bool is_ready(const struct task *task)
{
    return task->sleeping == 0 && (task->wanted == 0 || (task->events & task->wanted) != 0);
}

/* The first ready task of the highest priority, looked for from the one after the running one: equals take turns. */
void choose_task(void)
{
    unsigned best = turn;
    bool found = false;

    for (unsigned i = 1; i <= count_of_all; i++) {
        unsigned candidate = (turn + i) % count_of_all;
        if (is_ready(all[candidate]) && (!found || all[candidate]->priority > all[best]->priority)) {
            best = candidate;
            found = true;
        }
    }
    turn = best;
    current_task = all[best];
}

static void request_switch(void)
{
    SCB->ICSR = ICSR_PENDSVSET;
}

/* R4-R11 and EXC_RETURN always; S16-S31 only if EXC_RETURN bit 4 says that the frame has room for S0-S15. */
__attribute__((naked)) void PendSV_Handler(void)
{
    __asm volatile("mrs r0, psp\n"
                   "tst lr, #0x10\n"
                   "it eq\n"
                   "vstmdbeq r0!, {s16-s31}\n"
                   "stmdb r0!, {r4-r11, lr}\n"
                   "ldr r4, =current_task\n"
                   "ldr r1, [r4]\n"
                   "str r0, [r1]\n"
                   "bl choose_task\n"
                   "ldr r1, [r4]\n"
                   "ldr r0, [r1]\n"
                   "b restore_context\n"
                   ".ltorg\n");
}

/* R0 = sp of the task to continue; the rest of its context is popped by the exception return. */
__attribute__((naked, used)) static void restore_context(void)
{
    __asm volatile("ldmia r0!, {r4-r11, lr}\n"
                   "tst lr, #0x10\n"
                   "it eq\n"
                   "vldmiaeq r0!, {s16-s31}\n"
                   "msr psp, r0\n"
                   "bx lr\n");
}

/* The stacked frame carries the arguments in, and the immediate of the SVC stands before the stacked PC. */
__attribute__((naked)) void SVC_Handler(void)
{
    __asm volatile("tst lr, #4\n"
                   "ite eq\n"
                   "mrseq r0, msp\n"
                   "mrsne r0, psp\n"
                   "ldr r1, [r0, #24]\n"
                   "ldrb r1, [r1, #-2]\n"
                   "cmp r1, %0\n"
                   "bne serve_call\n"
                   "ldr r1, =current_task\n"
                   "ldr r1, [r1]\n"
                   "ldr r0, [r1]\n"
                   "b restore_context\n"
                   ".ltorg\n" ::"i"(SVC_START));
}

__attribute__((used)) static void serve_call(const struct frame *frame, unsigned number)
{
    if (number == SVC_WAIT)
        current_task->wanted = frame->r0;
    else
        current_task->sleeping = frame->r0;
    request_switch();
}

void SysTick_Handler(void)
{
    for (unsigned i = 0; i < count_of_all; i++)
        if (all[i]->sleeping > 0)
            all[i]->sleeping--;
    request_switch();
}

void tasks_start(struct task *const tasks[], unsigned count, uint32_t core_hz)
{
    all = tasks;
    count_of_all = count;
    for (unsigned i = 0; i < count; i++)
        prepare(all[i]);
    SCB->SHPR[EXCEPTION_SVCALL - EXCEPTION_MEMMANAGE] = LOWEST;
    SCB->SHPR[EXCEPTION_PENDSV - EXCEPTION_MEMMANAGE] = LOWEST;
    SCB->SHPR[EXCEPTION_SYSTICK - EXCEPTION_MEMMANAGE] = LOWEST;
    SYST->RVR = core_hz / TICK_HZ - 1;
    SYST->CVR = 0;
    SYST->CSR = SYST_CSR_CLKSOURCE | SYST_CSR_TICKINT | SYST_CSR_ENABLE;
    choose_task();
    __asm volatile("msr control, %0\n" /* the frame that the SVC pushes is never popped: let it have no FP part */
                   "isb\n"
                   "svc %1\n" ::"r"(0), "i"(SVC_START));
    __builtin_unreachable();
}

uint32_t task_wait(uint32_t events)
{
    register uint32_t r0 __asm("r0") = events;
    __asm volatile("svc %1" : "+r"(r0) : "i"(SVC_WAIT) : "memory");

    uint32_t state = mask_interrupts();
    uint32_t taken = current_task->events & events;
    current_task->events &= ~taken;
    current_task->wanted = 0;
    restore_interrupts(state);
    return taken;
}

void task_sleep(uint32_t ticks)
{
    register uint32_t r0 __asm("r0") = ticks;
    __asm volatile("svc %1" : "+r"(r0) : "i"(SVC_SLEEP) : "memory");
}

void task_raise(struct task *task, uint32_t events)
{
    uint32_t state = mask_interrupts();
    task->events |= events;
    restore_interrupts(state);
    request_switch();
}
