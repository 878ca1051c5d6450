/* rpmsg_ioctl: the requests of RPMsg's character devices, from a shell of a Linux on Arm. No C library.
 *
 *   rpmsg_ioctl create-ept NAME SRC DST </dev/rpmsg_ctrl0     makes /dev/rpmsgN
 *   rpmsg_ioctl create-dev NAME SRC DST </dev/rpmsg_ctrl0     makes a channel
 *   rpmsg_ioctl release-dev NAME SRC DST </dev/rpmsg_ctrl0    takes it away
 *   rpmsg_ioctl destroy-ept </dev/rpmsgN
 *
 * SRC is Linux's address, DST the firmware's: decimal, hexadecimal with 0x, or `any`. The exit status is Linux's error
 * number, 0 if there was none, or 127 for arguments that make no sense. The requests are those of <linux/rpmsg.h>.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SYS_EXIT = 1, SYS_IOCTL = 54 };
enum { STANDARD_INPUT = 0, USAGE = 127 };

#define RPMSG_ADDR_ANY 0xFFFFFFFFu

struct rpmsg_endpoint_info {
    char name[32];
    uint32_t src;
    uint32_t dst;
};

static const struct {
    const char *name;
    uint32_t number; /* _IOW(0xb5, …, struct rpmsg_endpoint_info), or _IO(0xb5, …) without an argument */
    int arguments;
} REQUESTS[] = {
    {"create-ept", 0x4028B501, 3},
    {"destroy-ept", 0x0000B502, 0},
    {"create-dev", 0x4028B503, 3},
    {"release-dev", 0x4028B504, 3},
};

static int system_call(uint32_t number, uint32_t first, uint32_t second, const void *third)
{
    register uint32_t r7 __asm__("r7") = number;
    register uint32_t r0 __asm__("r0") = first;
    register uint32_t r1 __asm__("r1") = second;
    register const void *r2 __asm__("r2") = third;

    __asm__ volatile("svc 0" : "+r"(r0) : "r"(r7), "r"(r1), "r"(r2) : "memory");
    return (int)r0;
}

static bool equal(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}

static bool read_name(const char *text, char *name, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        name[i] = *text;
        if (!*text)
            return i > 0;
        text++;
    }
    return false;
}

/* 16 for what is no digit. */
static uint32_t digit_of(char text)
{
    uint32_t number = text - (uint32_t)'0', letter = (text | 0x20u) - 'a';

    return number < 10 ? number : letter < 6 ? 10 + letter : 16;
}

static bool read_address(const char *text, uint32_t *address)
{
    uint32_t base = 10;
    uint64_t number = 0;

    if (equal(text, "any")) {
        *address = RPMSG_ADDR_ANY;
        return true;
    }
    if (text[0] == '0' && text[1] == 'x') {
        base = 16;
        text += 2;
    }
    do {
        uint32_t digit = digit_of(*text);

        number = number * base + digit;
        if (digit >= base || number > RPMSG_ADDR_ANY)
            return false;
    } while (*++text);
    *address = (uint32_t)number;
    return true;
}

/* The exit status. */
static int run(int count, char **arguments)
{
    struct rpmsg_endpoint_info info = {.src = RPMSG_ADDR_ANY};

    if (count < 2)
        return USAGE;
    for (size_t i = 0; i < sizeof REQUESTS / sizeof REQUESTS[0]; i++) {
        if (!equal(arguments[1], REQUESTS[i].name))
            continue;
        if (count != 2 + REQUESTS[i].arguments)
            return USAGE;
        if (REQUESTS[i].arguments &&
            !(read_name(arguments[2], info.name, sizeof info.name) && read_address(arguments[3], &info.src) &&
              read_address(arguments[4], &info.dst)))
            return USAGE;
        return -system_call(SYS_IOCTL, STANDARD_INPUT, REQUESTS[i].number, &info);
    }
    return USAGE;
}

/* `stack` is as Linux leaves it: the number of arguments, then a pointer to each. */
__attribute__((noreturn, used)) static void start(uint32_t *stack)
{
    system_call(SYS_EXIT, (uint32_t)run((int)stack[0], (char **)(stack + 1)), 0, NULL);
    __builtin_unreachable();
}

__attribute__((naked, noreturn)) void _start(void)
{
    __asm__ volatile("mov r0, sp\n\tb start");
}
