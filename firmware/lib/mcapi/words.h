/* The words of the shared memory: ours, with copies that are the truth, and the peer's, which are believed only as far
 * as they can be right. Also what we count. It moves no frame. */
#ifndef MCAPI_WORDS_H
#define MCAPI_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "layout.h"

/* Words of a side, in the order of its block and then of its indices. */
enum word {
    EPOCH,
    STATE,
    SYNCED,
    WANTS,
    HEAD, /* of our ring of priority 0, then of 1 */
    TAIL = HEAD + MCAPI_PRIORITIES, /* of the peer's rings */
    FREE_HEAD = TAIL + MCAPI_PRIORITIES,
    FREE_TAIL,
    WORDS
};

/* A slot of a ring, as layout.py packs it: kind, priority << 8, lap << 12, length << 16; source, destination << 16. */
struct descriptor {
    uint32_t what, ports, low, high;
};

/* What of the peer's may be doubted. */
enum doubted {
    ITS_HEAD,
    ITS_TAIL = ITS_HEAD + MCAPI_PRIORITIES,
    ITS_LAP = ITS_TAIL + MCAPI_PRIORITIES,
    ITS_FREE_HEAD = ITS_LAP + MCAPI_PRIORITIES,
    ITS_FREE_TAIL,
    ITS_ENTRY,
    DOUBTED
};

/* Has the host made the area? Nothing else here may be used before. */
bool area_is_there(void);

/* Slots of the rings; of the free rings, the entry by which a buffer of ours comes home, and one of the peer's goes. */
void put_slot(unsigned priority, uint32_t position, const struct descriptor *descriptor);
void get_slot(unsigned priority, uint32_t position, struct descriptor *descriptor);
void put_entry(uint32_t position, uint32_t entry);
uint32_t get_entry(uint32_t position);

/* What a slot or entry carries to tell for which position of a ring of `size` it was written. */
static inline unsigned lap_of(uint32_t position, uint32_t size)
{
    return (position / size + 1) & 0xF;
}

/* What an entry of a free ring is that brings home a buffer. */
static inline uint32_t free_entry(uint32_t position, uint32_t index)
{
    return MCAPI_ENTRY_VALID | lap_of(position, MCAPI_FREE_RING_SIZE) << 12 | (~index & 0xFF) << 16 | index;
}

uint32_t own(enum word word);
void set_own(enum word word, uint32_t value);
uint32_t peers(enum word word);

/* What our epoch's word in the memory says: an earlier life's, at first. */
uint32_t remembered_epoch(void);

/* Indices and wants to 0, the rings that we write empty, and no buffer away. */
void clear_rings(void);

/* Write again what somebody else has changed of our words, and count it. */
void heal_own(void);

/* The same for the rings that we write. True if there was something. */
bool repair_rings(void);

/* The same for nothing in the memory: it is gone. */
void forget_own(void);

/* Tell whoever looks at the memory which of our buffers (a bit each) are with the peer, before the index moves that says
 * the same; nothing else depends on it. */
void show_away(uint32_t buffers);

void count(enum mcapi_count which);
uint32_t counted(enum mcapi_count which);
void clear_counts(void);
void write_counts(void);

/* A `value` that cannot be right: a drop, once for each. trust() ends it. */
void doubt(enum doubted what, uint32_t value);
void trust(enum doubted what);
bool in_doubt(void);
void trust_all(void);

#endif
