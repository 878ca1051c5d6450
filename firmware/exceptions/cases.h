/* The cases, in the order in which they run. One line each: a case is added here and in the file of its subject. */
#define CASES(CASE) \
    CASE(pend_and_take) \
    CASE(pend_while_disabled) \
    CASE(order_by_priority) \
    CASE(preemption)
