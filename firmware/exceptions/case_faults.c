/* Faults: status registers, addresses, and escalation to HardFault. */
#include "bench.h"
#include "log.h"

/* Neither memory nor a device, on both machines. */
#define NOWHERE 0x70000000

static uint32_t fault_pc;

/* Execute one instruction, R0 being `operand`, and remember where it was. */
#define EXECUTE(instruction, operand)                                                                                  \
    do {                                                                                                               \
        register uint32_t r0 __asm("r0") = (operand);                                                                  \
        __asm volatile("adr.w r1, 1f\n str r1, [%1]\n 1: " instruction "\n"                                            \
                       : "+r"(r0)                                                                                      \
                       : "r"(&fault_pc)                                                                                \
                       : "r1", "memory");                                                                              \
    } while (0)

static void note_fault(struct frame *frame)
{
    note("pc - instruction", frame->pc - fault_pc);
    note("cfsr", SCB->CFSR);
    note("hfsr", SCB->HFSR);
    note("shcsr", SCB->SHCSR);
    if (SCB->CFSR & CFSR_BFARVALID)
        note("bfar", SCB->BFAR);
    SCB->CFSR = SCB->CFSR;
    SCB->HFSR = SCB->HFSR;
}

static unsigned size_of_instruction(uint32_t pc)
{
    return *(const uint16_t *)pc >> 11 >= 0x1D ? 4 : 2;
}

static void note_and_skip(struct frame *frame)
{
    note_fault(frame);
    frame->pc += size_of_instruction(frame->pc);
}

static void note_and_go_back(struct frame *frame)
{
    note("pc", frame->pc);
    fault_pc = frame->pc;
    note_fault(frame);
    frame->pc = frame->lr & ~1u;
    frame->xpsr |= 1 << 24;
}

static void catch_all(action *handler)
{
    SCB->SHCSR = SHCSR_BUSFAULTENA | SHCSR_USGFAULTENA;
    on_system(EXCEPTION_BUSFAULT, 0x40, handler);
    on_system(EXCEPTION_USAGEFAULT, 0x40, handler);
    on_system(EXCEPTION_HARDFAULT, 0, handler);
}

static void catch_in_hardfault(action *handler)
{
    on_system(EXCEPTION_HARDFAULT, 0, handler);
}

static void load_from_nowhere(void)
{
    EXECUTE("ldr r0, [r0]", NOWHERE + 0x124);
}

static void undefined_instruction(void)
{
    EXECUTE("udf #7", 0);
}

void case_undefined_instruction(void)
{
    catch_all(note_and_skip);
    undefined_instruction();
    EXECUTE("udf.w #7", 0);
    note("cfsr, written back", SCB->CFSR);
}

void case_undefined_instruction_escalates(void)
{
    catch_in_hardfault(note_and_skip);
    undefined_instruction();
    note("hfsr, written back", SCB->HFSR);
}

void case_load_from_nowhere(void)
{
    catch_all(note_and_skip);
    load_from_nowhere();
    EXECUTE("ldrb r0, [r0]", NOWHERE + 3);
    EXECUTE("ldrh r0, [r0, #8]", NOWHERE);
    EXECUTE("ldrd r0, r1, [r0]", NOWHERE);
}

void case_store_to_nowhere(void)
{
    catch_all(note_and_skip);
    EXECUTE("str r0, [r0]", NOWHERE);
    EXECUTE("strb r0, [r0, #5]", NOWHERE);
}

void case_load_from_nowhere_escalates(void)
{
    catch_in_hardfault(note_and_skip);
    load_from_nowhere();
}

void case_fault_while_masked(void)
{
    catch_all(note_and_skip);
    cpsid_i();
    load_from_nowhere();
    undefined_instruction();
    cpsie_i();
    write_basepri(0x40);
    load_from_nowhere();
    write_basepri(0x80); /* masks nothing as urgent as the fault */
    load_from_nowhere();
    write_basepri(0);
}

static void fault_inside(struct frame *frame)
{
    load_from_nowhere();
    note("back in the handler", icsr());
}

void case_fault_in_a_handler(void)
{
    catch_all(note_and_skip);
    enable(1, 0x80, fault_inside); /* less urgent than the fault */
    enable(2, 0x20, fault_inside); /* more urgent: HardFault */
    pend(1);
    pend(2);
}

static void fault_once_more(struct frame *frame)
{
    note_and_skip(frame);
    undefined_instruction();
}

void case_fault_in_a_fault_handler(void)
{
    catch_all(note_and_skip);
    actions[EXCEPTION_BUSFAULT] = fault_once_more; /* UsageFault is as urgent: HardFault */
    load_from_nowhere();
    on_system(EXCEPTION_USAGEFAULT, 0x20, note_and_skip); /* now it is more urgent */
    load_from_nowhere();
}

void case_interrupt_after_a_fault(void)
{
    catch_all(note_and_skip);
    enable(1, 0x40, 0);
    cpsid_i();
    pend(1);
    undefined_instruction(); /* HardFault; the interrupt waits on */
    cpsie_i();
}

void case_svc_while_masked(void)
{
    catch_in_hardfault(note_fault);
    cpsid_i();
    EXECUTE("svc 9", 0);
    cpsie_i();
    write_basepri(0x40);
    on_system(EXCEPTION_SVCALL, 0x40, 0);
    EXECUTE("svc 9", 0);
    write_basepri(0);
    EXECUTE("svc 9", 0);
}

static void svc_inside(struct frame *frame)
{
    EXECUTE("svc 9", 0);
}

void case_svc_in_a_handler_as_urgent(void)
{
    catch_in_hardfault(note_fault);
    on_system(EXCEPTION_SVCALL, 0x40, 0);
    enable(1, 0x40, svc_inside);
    pend(1);
}

static void note_r0(struct frame *frame)
{
    note("r0", frame->r0);
    note_and_skip(frame);
}

/* The base register of a load with write-back is unchanged when the load faults. */
void case_fault_leaves_registers_alone(void)
{
    catch_all(note_r0);
    EXECUTE("ldr r0, [r0]", NOWHERE + 0x40);
    EXECUTE("ldmia r0, {r0, r1}", NOWHERE + 0x80);
}

void case_fault_with_floats(void)
{
    catch_all(note_and_skip);
    __asm volatile("vmov.f32 s0, #1.0");
    undefined_instruction();
}

static void jump_to(uint32_t address)
{
    __asm volatile("blx %0" ::"r"(address) : "r0", "r1", "r2", "r3", "r12", "lr", "cc", "memory");
}

void case_jump_to_nowhere(void)
{
    catch_all(note_and_go_back);
    jump_to(NOWHERE | 1);
}

static void do_nothing(void)
{
}

void case_jump_without_thumb_bit(void)
{
    catch_all(note_and_go_back);
    uint32_t target = (uint32_t)do_nothing & ~1u;
    fault_pc = target;
    jump_to(target);
}

void case_coprocessor_that_is_not_there(void)
{
    catch_all(note_and_skip);
    EXECUTE("mrc p1, 0, r0, c0, c0, 0", 0);
}

static void read_icsr(void)
{
    EXECUTE("ldr r0, [r0]", (uint32_t)&SCB->ICSR);
}

static void write_icsr(void)
{
    EXECUTE("str r0, [r0]", (uint32_t)&SCB->ICSR);
}

/* Unprivileged code has no business in the System Control Space. */
void case_unprivileged_system_space(void)
{
    catch_all(note_and_skip);
    call_on_process_stack(read_icsr, CONTROL_NPRIV);
    call_on_process_stack(write_icsr, CONTROL_NPRIV);
}
