/* The part of `neighbours` that computes, converts and keeps: units that need no interrupt. */
#include "neighbours.h"

#include "console.h"
#include "stm32mp157.h"

#define WORD(address) (*(volatile uint32_t *)(address))
#define BYTE(address) (*(volatile uint8_t *)(address))

enum {
    DAC1 = 0x40017000, SPI1 = 0x44004000, HASH2 = 0x4C002000, RNG2 = 0x4C003000, CRC2 = 0x4C004000,
    CRYP2 = 0x4C005000, SYSCFG = 0x50020000, DBGMCU = 0x50081000, BSEC = 0x5C005000, ETZPC = 0x5C007000,
    TAMP_BKP5R = 0x5C00A114,
};

static void dac(const char *argument)
{
    WORD(DAC1) = 1;
    WORD(DAC1 + 0x08) = number(argument);
    print("dac: puts out %u\n", (unsigned)WORD(DAC1 + 0x2C));
}

static void spi(const char *argument)
{
    WORD(SPI1 + 0x08) = 7;          /* 8 bits */
    WORD(SPI1 + 0x0C) = 1u << 22;   /* master */
    WORD(SPI1 + 0x04) = 1;          /* one frame */
    WORD(SPI1) = 1;
    WORD(SPI1) = 1 | 1 << 9;
    BYTE(SPI1 + 0x20) = (uint8_t)number(argument);
    while (!(WORD(SPI1 + 0x14) & 1 << 3)) /* EOT */
        ;
    unsigned back = BYTE(SPI1 + 0x30);
    WORD(SPI1) = 0;
    print("spi: %u came back\n", back);
}

static void crc(const char *argument)
{
    unsigned first = number(argument);
    WORD(CRC2 + 0x08) = 1;
    for (unsigned n = 0; n < 9; n++)
        BYTE(CRC2) = (uint8_t)(first + n);
    print("crc: 0x%x\n", (unsigned)WORD(CRC2));
}

static void hash(const char *argument)
{
    WORD(HASH2) = 1 << 18 | 1 << 7 | 2 << 4 | 1 << 2; /* SHA-256 of bytes */
    WORD(HASH2 + 0x04) = 'a' | 'b' << 8 | 'c' << 16;
    WORD(HASH2 + 0x08) = 24;
    WORD(HASH2 + 0x08) = 24 | 1 << 8;
    while (!(WORD(HASH2 + 0x24) & 1 << 1))
        ;
    print("hash: 0x%x\n", (unsigned)WORD(HASH2 + 0x310));
}

static void cryp(const char *argument)
{
    for (unsigned n = 0; n < 4; n++)
        WORD(CRYP2 + 0x30 + 4 * n) = 0x00010203 + 0x04040404 * n;
    WORD(CRYP2) = 1 << 15 | 4 << 3; /* AES-ECB, 128 bits */
    for (unsigned n = 0; n < 4; n++)
        WORD(CRYP2 + 0x08) = 0x00112233 + 0x44444444 * n;
    while (!(WORD(CRYP2 + 0x04) & 1 << 2))
        ;
    print("cryp: 0x%x\n", (unsigned)WORD(CRYP2 + 0x0C));
}

static void rng(const char *argument)
{
    WORD(RNG2) = 1 << 2;
    while (!(WORD(RNG2 + 0x04) & 1))
        ;
    unsigned one = WORD(RNG2 + 0x08), other = WORD(RNG2 + 0x08);
    print("rng: %s\n", one == other ? "the same twice" : "two numbers");
}

static void keep(const char *argument)
{
    unsigned before = WORD(TAMP_BKP5R);
    WORD(TAMP_BKP5R) = number(argument);
    print("keep: it was %u\n", before);
}

static void chip(const char *argument)
{
    WORD(SYSCFG + 0x24) = 1 << 1;
    while (!(WORD(SYSCFG + 0x20) & 1 << 8))
        ;
    print("chip: device 0x%x, boot pins %u, package %u, protection 0x%x\n", (unsigned)WORD(DBGMCU) & 0xFFF,
          (unsigned)WORD(SYSCFG) & 7, (unsigned)WORD(BSEC + 0x240) >> 27, (unsigned)WORD(ETZPC + 0x10));
}

const struct command unit_commands[] = {
    {"dac", dac}, {"spi", spi}, {"crc", crc}, {"hash", hash}, {"cryp", cryp},
    {"rng", rng}, {"keep", keep}, {"chip", chip}, {0, 0},
};
