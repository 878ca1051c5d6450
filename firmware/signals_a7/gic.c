#include "gic.h"

#include <stdint.h>

struct distributor {
    volatile uint32_t CTLR, TYPER, IIDR;
    uint32_t reserved[29];
    volatile uint32_t IGROUPR[32];   /* +0x080 */
    volatile uint32_t ISENABLER[32]; /* +0x100 */
    volatile uint32_t ICENABLER[32]; /* +0x180 */
    volatile uint32_t ISPENDR[32], ICPENDR[32], ISACTIVER[32], ICACTIVER[32];
    volatile uint8_t IPRIORITYR[1024]; /* +0x400 */
    volatile uint8_t ITARGETSR[1024];  /* +0x800 */
    volatile uint32_t ICFGR[64];       /* +0xC00: two bits each, 0 is a level */
};
#define GICD ((struct distributor *)0xA0021000)

struct cpu_interface {
    volatile uint32_t CTLR, PMR, BPR, IAR, EOIR;
};
#define GICC ((struct cpu_interface *)0xA0022000)

enum {
    ENABLE = 1,
    LOWEST_PRIORITY = 0xFF,
    PRIORITY = 0xA0, /* of all, so that none interrupts another */
    THIS_CORE = 1,
    IAR_ID = 0x3FF,
};

static void (*handlers[GIC_INTERRUPTS])(void);
static volatile unsigned stray;

void gic_init(void)
{
    for (unsigned i = 0; i < GIC_INTERRUPTS / 32; i++)
        GICD->ICENABLER[i] = 0xFFFFFFFF;
    GICD->CTLR = ENABLE;
    GICC->PMR = LOWEST_PRIORITY;
    GICC->CTLR = ENABLE;
}

void gic_enable(unsigned id, void (*handler)(void))
{
    handlers[id] = handler;
    GICD->IPRIORITYR[id] = PRIORITY;
    if (id >= GIC_SPI0) { /* the private ones have no target and a fixed trigger */
        GICD->ITARGETSR[id] = THIS_CORE;
        GICD->ICFGR[id / 16] &= ~(3u << id % 16 * 2);
    }
    GICD->ISENABLER[id / 32] = 1u << id % 32;
}

unsigned gic_stray(void)
{
    return stray;
}

__attribute__((interrupt("IRQ"))) void IRQ_Handler(void)
{
    uint32_t acknowledged = GICC->IAR;
    unsigned id = acknowledged & IAR_ID;

    if (id >= GIC_INTERRUPTS || !handlers[id]) {
        stray++;
        if (id >= GIC_INTERRUPTS)
            return; /* 1023: nothing is pending any more, and nothing is to be ended */
    } else {
        handlers[id]();
    }
    GICC->EOIR = acknowledged;
}
