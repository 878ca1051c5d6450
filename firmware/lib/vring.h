/* One split virtqueue as its device sees it (Virtio 1.x, section 2.7).
 * Linux's driver offers buffers; we take, use and return them. */
#ifndef VRING_H
#define VRING_H

#include <stdbool.h>
#include <stdint.h>

#include "resource_table.h"

struct vring {
    volatile struct vring_desc *desc;
    volatile struct vring_avail *avail;
    volatile struct vring_used *used;
    uint16_t num;
    uint16_t taken; /* how many buffers have been taken so far; wraps like the ring's own indices */
};

struct vring_buffer {
    void *data;
    uint32_t size;
    uint32_t head; /* index of its descriptor: how the driver recognizes it */
};

/* Use the ring that Linux has placed and cleared. */
void vring_open(struct vring *ring, const volatile struct fw_rsc_vdev_vring *place);

/* Take the next buffer that the driver has offered. False if there is none. */
bool vring_take(struct vring *ring, struct vring_buffer *buffer);

/* Give a buffer back with `written` bytes of ours in it. */
void vring_return(struct vring *ring, const struct vring_buffer *buffer, uint32_t written);

/* Does the driver want a signal when we return a buffer? */
bool vring_wants_signal(const struct vring *ring);

/* Shall the driver signal when it offers a buffer? */
void vring_ask_for_signals(struct vring *ring, bool wanted);

#endif
