/* neighbours: drives the blocks around the Cortex-M4 by their registers, as real software does, and says what it saw.
 *
 * Commands come as lines on UART4, by interrupt, and each is answered there in one line:
 *
 *   tim N        ten updates of TIMn, 208000 of its cycles apart
 *   compare      TIM3: from an update to CCR1, 52000 cycles later
 *   lptim        five periods of LPTIM1, 328 cycles of the LSE each
 *   wwdg         five early wake-ups of WWDG1, which is set back at each and goes on
 *   wwdg bite    the same, and then no more: it resets the Cortex-M4
 *   iwdg         how long IWDG2 is busy with new values; it is started and set back
 *   iwdg bite    not set back any more: it resets the system
 *   out PIN 0|1  drives a pin, such as c3, and reads it back
 *   in PIN       reads a pin
 *   exti PIN     waits for a rising edge
 *   stop PIN     sleeps in STOP until a rising edge
 *   stop ipcc    the same until CH1 of the IPCC is occupied, and frees it
 *   hsem N       takes semaphore n in one step and in two, and releases it with an interrupt
 *   i2c N        addresses slave n on I2C5
 *   dma          64 words from memory to memory by DMA2, with an interrupt
 *   adc N        converts channel n of ADC2
 *   dac N        puts out N on channel 1 of DAC1
 *   spi N        sends a byte on SPI1, and says what came back
 *   crc N        CRC of nine bytes from N on
 *   hash         SHA-256 of "abc", first word
 *   cryp         AES-128 of the example in FIPS 197, first word
 *   rng          two numbers
 *   keep N       keeps N in a backup register, and says what was kept there
 *   chip         what the chip says of itself
 *
 * Times are in cycles of the core's clock. After a reset the first line says what has caused it. */
#include "neighbours.h"

#include "console.h"
#include "cortexm.h"
#include "stm32mp157.h"

enum { TOP = 0xFFFFFF };

static volatile uint32_t wraps;

void SysTick_Handler(void) { wraps++; }

unsigned cycles(void)
{
    uint32_t before, left;
    do {
        before = wraps;
        left = SYST->CVR;
    } while (before != wraps);
    return (before << 24) + (TOP - left);
}

void wait_until_at_least(volatile unsigned *count, unsigned enough)
{
    while (*count < enough) {
        uint32_t primask = mask_interrupts();
        if (*count < enough)
            wait_for_interrupt();
        restore_interrupts(primask);
    }
}

unsigned number(const char *text)
{
    unsigned value = 0;
    for (; *text >= '0' && *text <= '9'; text++)
        value = 10 * value + (unsigned)(*text - '0');
    return value;
}

/* What follows the name and a space; NULL if the line begins with something else. */
static const char *argument_of(const char *line, const char *name)
{
    for (; *name; name++, line++)
        if (*line != *name)
            return 0;
    return *line == ' ' ? line + 1 : *line ? 0 : line;
}

static bool run(const struct command *commands, const char *line)
{
    for (; commands->name; commands++) {
        const char *argument = argument_of(line, commands->name);
        if (argument) {
            commands->run(argument);
            return true;
        }
    }
    return false;
}

int main(void)
{
    SYST->RVR = TOP;
    SYST->CVR = 0;
    SYST->CSR = SYST_CSR_ENABLE | SYST_CSR_TICKINT | SYST_CSR_CLKSOURCE;
    console_start();
    unsigned causes = RCC_MC_RSTSCLRR;
    RCC_MC_RSTSCLRR = causes;
    print("neighbours: reset causes 0x%x\n", causes);
    for (;;) {
        const char *line = console_line();
        if (!run(timer_commands, line) && !run(pin_commands, line) && !run(block_commands, line)
            && !run(unit_commands, line))
            print("unknown: %s\n", line);
    }
}
