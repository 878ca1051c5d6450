/* When the two sides agree: each has an epoch, and says for which epoch of the other its words are reset. A side that
 * starts anew takes another epoch; the other sees it, forgets what was, and follows. */
#ifndef MCAPI_LINK_H
#define MCAPI_LINK_H

#include <stdbool.h>

enum link_event {
    LINK_SAME,
    LINK_CHANGED, /* all words are reset: whatever was agreed before is void */
};

/* Join as soon as there is an area. */
void link_start(void);

/* Leave. */
void link_stop(void);

/* Do our words stand in the memory? */
bool link_joined(void);

/* Do both sides agree? */
bool link_up(void);

/* Look at the peer and follow it. link_up() may have changed either way. */
enum link_event link_follow(void);

/* Is the peer still the one that link_follow() has agreed with? To be asked after what is to be believed was read. */
bool link_is_current(void);

/* Write again what somebody has changed of our words. */
void link_heal(void);

/* What the peer says cannot be right and stays so: the next link_follow() begins anew. */
void link_give_up(void);

#endif
