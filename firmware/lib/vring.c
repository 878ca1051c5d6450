/* The device's side of a split virtqueue. See vring.h. */
#include "vring.h"

#include "cortexm.h"

struct vring_desc {
    uint64_t addr;
    uint32_t len;
    uint16_t flags;
    uint16_t next;
};

struct vring_avail {
    uint16_t flags;
    uint16_t idx;
    uint16_t ring[];
};

struct vring_used {
    uint16_t flags;
    uint16_t idx;
    struct {
        uint32_t id;
        uint32_t len;
    } ring[];
};

enum {
    VRING_AVAIL_F_NO_INTERRUPT = 1,
    VRING_USED_F_NO_NOTIFY = 1,
};

void vring_open(struct vring *ring, const volatile struct fw_rsc_vdev_vring *place)
{
    uint32_t num = place->num;
    uint32_t avail = place->da + num * sizeof(struct vring_desc);
    uint32_t avail_end = avail + sizeof(struct vring_avail) + (num + 1) * sizeof(uint16_t); /* + used_event */

    ring->desc = (void *)place->da;
    ring->avail = (void *)avail;
    ring->used = (void *)((avail_end + place->align - 1) & ~(place->align - 1));
    ring->num = (uint16_t)num;
    ring->taken = 0;
}

bool vring_take(struct vring *ring, struct vring_buffer *buffer)
{
    if (ring->taken == ring->avail->idx)
        return false;
    data_memory_barrier(); /* what the index promises is read after the index */

    uint32_t head = ring->avail->ring[ring->taken++ % ring->num];
    const volatile struct vring_desc *desc = &ring->desc[head % ring->num];
    *buffer = (struct vring_buffer){(void *)(uint32_t)desc->addr, desc->len, head};
    return true;
}

void vring_return(struct vring *ring, const struct vring_buffer *buffer, uint32_t written)
{
    volatile struct vring_used *used = ring->used;
    uint16_t slot = used->idx % ring->num;

    used->ring[slot].id = buffer->head;
    used->ring[slot].len = written;
    data_memory_barrier(); /* the entry is complete before the index promises it */
    used->idx++;
    data_memory_barrier(); /* and the index is out before the driver's wish is read */
}

bool vring_wants_signal(const struct vring *ring)
{
    return (ring->avail->flags & VRING_AVAIL_F_NO_INTERRUPT) == 0;
}

void vring_ask_for_signals(struct vring *ring, bool wanted)
{
    ring->used->flags = wanted ? 0 : VRING_USED_F_NO_NOTIFY;
    data_memory_barrier(); /* the driver sees the wish before we look at the ring again */
}
