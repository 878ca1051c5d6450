/* The resource table of an image with a trace buffer and without RPMsg. Linux finds it by the name of its section. */
#include "resource_table.h"

#include "cm4_log.h"

#include <stddef.h>

enum { RSC_TRACE = 2 };

struct trace_table {
    uint32_t ver;
    uint32_t num;
    uint32_t reserved[2];
    uint32_t offset;
    struct fw_rsc_trace trace;
};

__attribute__((section(".resource_table"), used)) static volatile struct trace_table trace_table = {
    .ver = 1,
    .num = 1,
    .offset = offsetof(struct trace_table, trace),
    .trace = {.type = RSC_TRACE, .da = (uintptr_t)cm4_log_buffer, .len = CM4_LOG_SIZE, .name = "cm4_log"},
};

_Static_assert(sizeof(struct trace_table) == 0x44, "layout that remoteproc expects");
