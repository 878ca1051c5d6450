/* The resource table of every RPMsg image here. Linux finds it by the name of its section. */
#include "resource_table.h"

#include "cm4_log.h"

#include <stddef.h>

enum { RSC_TRACE = 2, RSC_VDEV = 3 };

#define HOST_DECIDES 0xFFFFFFFF
#define VRING(id) { .da = HOST_DECIDES, .align = 16, .num = 16, .notifyid = (id) }

__attribute__((section(".resource_table"), used)) volatile struct resource_table resource_table = {
    .ver = 1,
    .num = 2,
    .offset = {offsetof(struct resource_table, vdev), offsetof(struct resource_table, trace)},
    .vdev = {
        .type = RSC_VDEV,
        .id = VIRTIO_ID_RPMSG,
        .dfeatures = VIRTIO_RPMSG_F_NS,
        .num_of_vrings = 2,
        .vring = {VRING(0), VRING(1)},
    },
    .trace = {.type = RSC_TRACE, .da = (uintptr_t)cm4_log_buffer, .len = CM4_LOG_SIZE, .name = "cm4_log"},
};

_Static_assert(sizeof(struct resource_table) == 0x8C, "layout that remoteproc expects");
