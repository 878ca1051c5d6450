/* A message that was received and is to be answered: kept until there is room for the answer. */
#ifndef MCAPI_LETTER_H
#define MCAPI_LETTER_H

#include "mcapi/mcapi.h"

struct letter {
    mcapi_endpoint_t endpoint; /* where it came in */
    mcapi_endpoint_t sender;
    mcapi_priority_t priority;
    size_t size;
    bool full;
    char text[MCAPI_BUFFER_SIZE];
};

/* An endpoint on which calls that could block do not: they end with TIMEOUT instead. */
mcapi_endpoint_t endpoint_without_waiting(mcapi_port_t port);

/* The next message, if there is one and the letter is empty. True if it is full then. */
bool letter_receive(struct letter *letter);

/* Back to the sender. True if it is empty then: sent, or the sender is gone. */
bool letter_answer(struct letter *letter);

#endif
