/* The words of the shared memory. See words.h. */
#include "words.h"

#include "cortexm.h"

#include <stddef.h>

static uint32_t copies[WORDS];
static struct descriptor slots[MCAPI_PRIORITIES][MCAPI_RING_SIZE];
static uint32_t entries[MCAPI_FREE_RING_SIZE];
static uint32_t counts[MCAPI_COUNT_HEALED + 1];

static struct {
    bool doubted;
    uint32_t value;
} doubts[DOUBTED];

_Static_assert(sizeof(struct descriptor) == MCAPI_DESCRIPTOR_SIZE, "layout.py's Descriptor");

static volatile uint32_t *at(uint32_t offset)
{
    return (volatile uint32_t *)(MCAPI_BASE + offset);
}

static volatile uint32_t *place(uint32_t block, uint32_t indices, enum word word)
{
    return word < HEAD ? at(block) + word : at(indices) + (word - HEAD);
}

static volatile uint32_t *own_place(enum word word)
{
    return place(MCAPI_FIRMWARE_SIDE_BLOCK, MCAPI_FIRMWARE_INDICES, word);
}

bool area_is_there(void)
{
    const volatile uint32_t *header = at(MCAPI_HEADER);

    return header[0] == MCAPI_MAGIC && header[1] == MCAPI_VERSION && header[2] == MCAPI_SIZE;
}

static volatile struct descriptor *slot(uint32_t ring, uint32_t position)
{
    return (volatile struct descriptor *)(MCAPI_BASE + ring) + position % MCAPI_RING_SIZE;
}

static const uint16_t our_rings[] = {MCAPI_FIRMWARE_RING0, MCAPI_FIRMWARE_RING1};
static const uint16_t peers_rings[] = {MCAPI_HOST_RING0, MCAPI_HOST_RING1};

void put_slot(unsigned priority, uint32_t position, const struct descriptor *descriptor)
{
    slots[priority][position % MCAPI_RING_SIZE] = *descriptor;
    *slot(our_rings[priority], position) = *descriptor;
}

void get_slot(unsigned priority, uint32_t position, struct descriptor *descriptor)
{
    *descriptor = *slot(peers_rings[priority], position);
}

void put_entry(uint32_t position, uint32_t entry)
{
    entries[position % MCAPI_FREE_RING_SIZE] = entry;
    at(MCAPI_HOST_FREE_RING)[position % MCAPI_FREE_RING_SIZE] = entry;
}

uint32_t get_entry(uint32_t position)
{
    return at(MCAPI_FIRMWARE_FREE_RING)[position % MCAPI_FREE_RING_SIZE];
}

uint32_t own(enum word word)
{
    return copies[word];
}

void set_own(enum word word, uint32_t value)
{
    copies[word] = value;
    *own_place(word) = value;
}

uint32_t peers(enum word word)
{
    return *place(MCAPI_HOST_SIDE_BLOCK, MCAPI_HOST_INDICES, word);
}

uint32_t remembered_epoch(void)
{
    return *own_place(EPOCH);
}

void clear_rings(void)
{
    static const struct descriptor empty;

    for (enum word word = WANTS; word < WORDS; word++)
        set_own(word, 0);
    show_away(0);
    for (unsigned priority = 0; priority < MCAPI_PRIORITIES; priority++)
        for (uint32_t position = 0; position < MCAPI_RING_SIZE; position++)
            put_slot(priority, position, &empty);
    for (uint32_t position = 0; position < MCAPI_FREE_RING_SIZE; position++)
        put_entry(position, 0);
}

void heal_own(void)
{
    for (enum word word = 0; word < WORDS; word++) {
        if (*own_place(word) != copies[word]) {
            *own_place(word) = copies[word];
            count(MCAPI_COUNT_HEALED);
        }
    }
}

static bool differs(const volatile struct descriptor *found, const struct descriptor *right)
{
    return found->what != right->what || found->ports != right->ports || found->low != right->low ||
           found->high != right->high;
}

bool repair_rings(void)
{
    bool repaired = false;

    for (unsigned priority = 0; priority < MCAPI_PRIORITIES; priority++) {
        for (uint32_t position = 0; position < MCAPI_RING_SIZE; position++) {
            volatile struct descriptor *found = slot(our_rings[priority], position);
            if (differs(found, &slots[priority][position])) {
                *found = slots[priority][position];
                repaired = true;
            }
        }
    }
    for (uint32_t position = 0; position < MCAPI_FREE_RING_SIZE; position++) {
        if (at(MCAPI_HOST_FREE_RING)[position] != entries[position]) {
            at(MCAPI_HOST_FREE_RING)[position] = entries[position];
            repaired = true;
        }
    }
    return repaired;
}

void forget_own(void)
{
    for (enum word word = 0; word < WORDS; word++)
        copies[word] = 0;
}

void show_away(uint32_t buffers)
{
    *at(MCAPI_FIRMWARE_AWAY) = buffers;
}

void count(enum mcapi_count which)
{
    counts[which]++;
    if (area_is_there())
        at(MCAPI_FIRMWARE_STATISTICS)[which] = counts[which];
}

uint32_t counted(enum mcapi_count which)
{
    return counts[which];
}

void clear_counts(void)
{
    for (unsigned i = 0; i <= MCAPI_COUNT_HEALED; i++)
        counts[i] = 0;
}

void write_counts(void)
{
    for (unsigned i = 0; i <= MCAPI_COUNT_HEALED; i++)
        at(MCAPI_FIRMWARE_STATISTICS)[i] = counts[i];
}

void doubt(enum doubted what, uint32_t value)
{
    if (doubts[what].doubted && doubts[what].value == value)
        return;
    doubts[what].doubted = true;
    doubts[what].value = value;
    count(MCAPI_COUNT_DROPS);
}

void trust(enum doubted what)
{
    doubts[what].doubted = false;
}

bool in_doubt(void)
{
    for (unsigned what = 0; what < DOUBTED; what++)
        if (doubts[what].doubted)
            return true;
    return false;
}

void trust_all(void)
{
    for (unsigned what = 0; what < DOUBTED; what++)
        trust(what);
}
