/* ipcc_access: the Cortex-M4 as the test's hand. It makes the bus accesses that the Cortex-A7 asks for, one at a time.
 *
 * The command in shared memory:
 *
 *   address     word       written by
 *   0x10048000  ready      M4: 0x34434341 once it listens; a command before that is lost
 *   0x10048004  number     A7, last of all: the number of this command, one more than before
 *   0x10048008  done       M4: the number of the command that it has carried out
 *   0x1004800C  operation  A7: 1 load, 2 store, 3 look at an interrupt
 *   0x10048010  width      A7: bytes of the access: 1, 2 or 4
 *   0x10048014  address    A7: where to access; the number of the interrupt, 103 or 104
 *   0x10048018  value      A7: what to store
 *   0x1004801C  result     M4: what was loaded; how often the interrupt was taken
 *
 * Interrupts are enabled only while one is looked at. Its handler counts and disables it, so a line that stays high is
 * taken once; a pulse from before is forgotten. Nothing here touches the IPCC by itself, not even its clock. */
#include "cortexm.h"
#include "stm32mp157.h"

#include <stdint.h>

enum { READY = 0x34434341 }; /* "ACC4" */
enum { LOAD = 1, STORE, LOOK };

struct command {
    uint32_t ready;
    uint32_t number;
    uint32_t done;
    uint32_t operation;
    uint32_t width;
    uint32_t address;
    uint32_t value;
    uint32_t result;
};

static volatile struct command *const command = (void *)0x10048000;

static volatile uint32_t taken;

static void take(unsigned irq)
{
    taken++;
    NVIC->ICER[irq / 32] = 1u << (irq % 32);
    synchronize();
}

void IPCC_RX1_IRQHandler(void) { take(IPCC_RX1_IRQ); }
void IPCC_TX1_IRQHandler(void) { take(IPCC_TX1_IRQ); }

/* Not inlined: the trace names them. */
__attribute__((noinline)) static uint32_t access_load(uint32_t address, uint32_t width)
{
    switch (width) {
    case 1:
        return *(volatile uint8_t *)address;
    case 2:
        return *(volatile uint16_t *)address;
    default:
        return *(volatile uint32_t *)address;
    }
}

__attribute__((noinline)) static void access_store(uint32_t address, uint32_t width, uint32_t value)
{
    switch (width) {
    case 1:
        *(volatile uint8_t *)address = (uint8_t)value;
        break;
    case 2:
        *(volatile uint16_t *)address = (uint16_t)value;
        break;
    default:
        *(volatile uint32_t *)address = value;
        break;
    }
}

static uint32_t look(unsigned irq)
{
    uint32_t bit = 1u << (irq % 32);

    taken = 0;
    NVIC->ICPR[irq / 32] = bit; /* pends again at once if the line is high */
    NVIC->ISER[irq / 32] = bit;
    synchronize();
    NVIC->ICER[irq / 32] = bit;
    synchronize();
    return taken;
}

int main(void)
{
    *command = (struct command){.ready = READY};
    for (;;) {
        while (command->number == command->done)
            ;
        switch (command->operation) {
        case LOAD:
            command->result = access_load(command->address, command->width);
            break;
        case STORE:
            access_store(command->address, command->width, command->value);
            break;
        case LOOK:
            command->result = look(command->address);
            break;
        }
        command->done = command->number;
    }
}
