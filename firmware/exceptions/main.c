/* The exception self-test: one ELF, one log, the same on every Cortex-M4F.
 * Only facts that the architecture fixes are logged, or that QEMU's Cortex-M4 and ours share. */
#include "bench.h"
#include "cases.h"
#include "log.h"

#define DECLARE(name) void case_##name(void);
CASES(DECLARE)

#define ENTRY(name) {#name, case_##name},
static const struct {
    const char *name;
    void (*run)(void);
} cases[] = {CASES(ENTRY)};

int main(void)
{
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        reset_core();
        put_text(cases[i].name);
        put_text("\n");
        cases[i].run();
        print_log();
    }
    return 0;
}
