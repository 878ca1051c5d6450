/* Driver of a GICv2 with one core: which interrupt calls what. No priorities, no security, no software interrupts. */
#ifndef GIC_H
#define GIC_H

enum {
    GIC_VIRTUAL_TIMER = 27, /* a private interrupt, the same in every Cortex-A7 */
    GIC_SPI0 = 32,          /* shared interrupt 0, as the reference manual and device trees count */
    GIC_INTERRUPTS = 192,
};

/* Distributor and CPU interface on, every interrupt off. */
void gic_init(void);

/* Call `handler` when interrupt `id` is raised. Its line is a level: the handler makes whoever drives it stop. */
void gic_enable(unsigned id, void (*handler)(void));

/* How many interrupts came that nobody enabled, or were gone when they were asked for. */
unsigned gic_stray(void);

#endif
