*** Settings ***
Documentation    Real firmware drives the blocks around the Cortex-M4 by their registers, and says what it measured.
...
...              Times are in cycles of its clock, 208 877 929 Hz, and follow from what it programs (see its source).

Resource         ipcclab.resource

Test Setup       Boot Neighbours

Test Tags        neighbours


*** Variables ***
${NEIGHBOURS_IMAGE}    neighbours.elf
${TERMINAL}            uart4
${POWER_ON}            neighbours: reset causes 0x15
${WATCHDOG}            neighbours: reset causes 0x400


*** Test Cases ***
Should Interrupt At Each Update Of A Timer
    [Template]    Updates Of A Timer Should Come In Time
    1
    2
    3
    6
    15

Should Compare Between Two Updates
    Ask    compare
    Firmware Should Print    tim3: compare 5200    ${TERMINAL}

Should Count The LSE While The Core Has Its Own Clock
    Ask    lptim
    Firmware Should Print    lptim1: 5 periods, from first to last 8363    ${TERMINAL}    within=100ms

Should Wake Early And Set The Window Watchdog Back
    Ask    wwdg
    Firmware Should Print    wwdg1: 5 early wake-ups, from first to last 20643    ${TERMINAL}
    Firmware Should Be Running

Should Be Reset By The Window Watchdog
    Ask    wwdg bite
    Firmware Should Print    ${WATCHDOG}    ${TERMINAL}

Should Be Busy With New Values Of The Independent Watchdog
    Ask    iwdg
    Firmware Should Print    iwdg2: busy for 326    ${TERMINAL}

Should Take A Semaphore In One Step And In Two
    Ask    hsem 5
    Firmware Should Print    hsem 5: one step 0x80000200, two steps 0x80000207, 1 interrupt, then 0x0    ${TERMINAL}

Should Get No Acknowledge From An Empty Bus
    Ask    i2c 60
    Firmware Should Print    i2c 60: nack, bus free    ${TERMINAL}

Should Move Memory By DMA
    Ask    dma
    Firmware Should Print    dma: 1 interrupt, 0 items left, 0 words differ    ${TERMINAL}


*** Keywords ***
Boot Neighbours
    [Documentation]    Boots the image as after power-on, without Linux.
    Boot Firmware    ${NEIGHBOURS_IMAGE}    host=none
    Firmware Should Print    ${POWER_ON}    ${TERMINAL}

Ask
    [Documentation]    Types a command. The answer is for `Firmware Should Print`.
    [Arguments]    ${command}
    Type On Uart    ${TERMINAL}    ${command}\n

Updates Of A Timer Should Come In Time
    [Documentation]    Nine periods of 208 000 cycles, but for the few of an interrupt's entry.
    [Arguments]    ${number}
    Ask    tim ${number}
    Firmware Should Print    tim${number}: 10 updates, from first to last 187    ${TERMINAL}
