*** Settings ***
Documentation    Doorbells that are lost, doubled or late on purpose, and who notices.
...
...              ``ipcc_signals`` asks once on channel 5 when it is ready, and once more for each request that it has
...              answered. Linux hears of a flag of the M4 by interrupt, and of its own by TX-free.

Resource         ipcclab.resource

Suite Setup      Skip Unless Engine Is Installed

Test Tags        doorbells


*** Test Cases ***
Example Should Be True
    Boot Firmware    ipcc_signals.elf
    Request Mailbox Channel    5
    Inject Doorbell Fault    lost    5    cpu=1    which=1
    Inject Doorbell Fault    late    5    cpu=2    by=1ms
    Send Mailbox Message    5    first
    Run For    1ms
    Channel Should Be Free    5    cpu=1

A Lost Doorbell Should Not Reach The Firmware
    Boot Firmware    ipcc_signals.elf
    Request Mailbox Channel    5
    Channel Should Have Received    5    1
    Inject Doorbell Fault    lost    5    cpu=1    which=1
    Send Mailbox Message    5    first
    Run For    1ms
    # Linux takes the free channel for an answer; the firmware, that was not asked, does not ask back.
    ${finished} =    Get Finished Messages    5
    Should Be Equal    ${finished}    ${{ ["first 0"] }}
    Channel Should Have Received    5    1    within=5ms

The Next Doorbell Should Reach The Firmware
    Boot Firmware    ipcc_signals.elf
    Request Mailbox Channel    5
    Channel Should Have Received    5    1
    Inject Doorbell Fault    lost    5    cpu=1    which=1
    Send Mailbox Message    5    first
    Send Mailbox Message    5    second
    Channel Should Have Received    5    2

A Doubled Doorbell Should Be Heard Twice
    Boot Firmware    ipcc_signals.elf
    Request Mailbox Channel    5
    Channel Should Have Received    5    1
    Inject Doorbell Fault    doubled    5    cpu=2    which=1    by=10us
    Send Mailbox Message    5
    Channel Should Have Received    5    3

A Late Doorbell Should Be Heard Late
    Boot Firmware    ipcc_signals.elf
    Request Mailbox Channel    5
    Channel Should Have Received    5    1
    Inject Doorbell Fault    late    5    cpu=2    which=1    by=3ms
    Send Mailbox Message    5
    ${before} =    Get Virtual Time
    Channel Should Have Received    5    2
    ${after} =    Get Virtual Time
    Should Be True    3000000 <= ${after - ${before}} < 3100000

Nonsense Should Be Refused
    Boot Firmware    ipcc_signals.elf
    Run Keyword And Expect Error    *there is no channel 7: this IPCC has the channels 1 to 6.
    ...    Inject Doorbell Fault    lost    7    cpu=1
    Run Keyword And Expect Error    *there is no processor 3; 1 is the Cortex-A7, 2 the Cortex-M4.
    ...    Inject Doorbell Fault    lost    5    cpu=3
    Run Keyword And Expect Error    *doorbells count from 1, so `which` cannot be 0. Without it, all go wrong.
    ...    Inject Doorbell Fault    lost    5    cpu=1    which=0
    Run Keyword And Expect Error    *With `late` it cannot be 0.    Inject Doorbell Fault    late    5    cpu=1
    Run Keyword And Expect Error    *    Inject Doorbell Fault    broken    5    cpu=1
