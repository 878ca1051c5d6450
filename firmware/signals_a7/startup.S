/* Vectors and start-up of the Cortex-A7: from reset, in a secure or only privileged mode, MMU off, to main(). */
        .file   "startup.S" /* or the name of a temporary file would be in the ELF */
        .syntax unified
        .arm

        .section .vectors, "ax"
        .balign 32 /* what VBAR can point at */
vectors:
        b       Reset_Handler
        b       undefined_instruction
        b       supervisor_call
        b       prefetch_abort
        b       data_abort
        nop
        b       IRQ_Handler
        b       fast_interrupt

        .text
        .global Reset_Handler
Reset_Handler:
        cpsid   aif
        mrc     p15, 0, r0, c0, c0, 5   /* MPIDR */
        tst     r0, #0xff
        bne     sleep                   /* this is for the first core only */
        mrc     p15, 0, r0, c1, c0, 0   /* SCTLR */
        bic     r0, r0, #1 << 13        /* V: vectors where VBAR says */
        mcr     p15, 0, r0, c1, c0, 0
        ldr     r0, =vectors
        mcr     p15, 0, r0, c12, c0, 0  /* VBAR */
        isb
        cps     #0x12                   /* IRQ mode */
        ldr     sp, =irq_stack_top
        cps     #0x13                   /* supervisor mode, the one of main() */
        ldr     sp, =stack_top
        ldr     r0, =bss_start
        ldr     r1, =bss_end
        mov     r2, #0
clear:  cmp     r0, r1
        strlo   r2, [r0], #4
        blo     clear
        bl      main
sleep:  wfi
        b       sleep

/* What nobody expects: Unexpected_Handler(offset of the vector, banked link register), never to return. */
undefined_instruction:
        mov     r0, #0x04
        b       unexpected
supervisor_call:
        mov     r0, #0x08
        b       unexpected
prefetch_abort:
        mov     r0, #0x0c
        b       unexpected
data_abort:
        mov     r0, #0x10
        b       unexpected
fast_interrupt:
        mov     r0, #0x1c
unexpected:
        mov     r1, lr
        cpsid   aif, #0x13
        ldr     sp, =stack_top
        bl      Unexpected_Handler
        b       sleep
