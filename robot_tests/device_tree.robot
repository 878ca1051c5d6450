*** Settings ***
Documentation    Linux is configured by a device tree: another one gives another Linux, a wrong one a refusal.
...
...              Each test overrides nodes of the tree that comes with ipcclab.

Library          OperatingSystem
Resource         ipcclab.resource

Test Tags        device-tree


*** Variables ***
${SHIPPED}      ${CURDIR}/../platforms/stm32mp157.dts
${MINE}         ${OUTPUT_DIR}/mine.dts
${STATE}        /sys/class/remoteproc/remoteproc0/state
${CARVEOUTS}    /sys/kernel/debug/remoteproc/remoteproc0/carveout_memories


*** Test Cases ***
Should Echo With A Tree That Says The Same
    Boot With    ${EMPTY}
    Start Remote Processor    ${ECHO_IMAGE}
    Host Sends    hello
    Firmware Should Answer    hello

Should Put A Ring Where The Tree Says
    [Documentation]    The firmware finds it by the resource table, and talks through it.
    Boot With    &vdev0vring0 { reg = <0x10050000 0x1000>; };
    Start Remote Processor    ${ECHO_IMAGE}
    Host Sends    hello
    Firmware Should Answer    hello
    ${memories} =    Linux Reads    ${CARVEOUTS}
    Should Contain    ${memories}    0x10050000

Should Leave A Channel Alone That The Tree Does Not Give To Remoteproc
    Boot With    &m4 { mboxes = <&ipcc 0>, <&ipcc 1>, <&ipcc 2>, <&ipcc 4>; };
    Request Mailbox Channel    4
    Run Keyword And Expect Error    *-16 (EBUSY).    Request Mailbox Channel    5

Should Not Hear Firmware On Channels That It Does Not Use
    Boot With    &m4 { mboxes = <&ipcc 4>, <&ipcc 5>, <&ipcc 2>, <&ipcc 3>; };
    Start Remote Processor    ${ECHO_IMAGE}
    Remote Processor State Should Be    running
    Run Keyword And Expect Error    the firmware announced no endpoint.*
    ...    Endpoint Should Be Announced    rpmsg-tty    within=10ms

Should Refuse An IPCC Of No Processor
    Boot With    &ipcc { /delete-property/ st,proc-id; };
    Kernel Log Should Contain    stm32-ipcc 4c001000.mailbox: Missing st,proc-id
    Linux Should Not Have    ${STATE}

Should Refuse An IPCC Of A Third Processor
    Boot With    &ipcc { st,proc-id = <2>; };
    Kernel Log Should Contain    Invalid proc_id (2)

Should Have No Remote Processor Without Its Node
    Boot With    &m4 { status = "disabled"; };
    Linux Should Not Have    ${STATE}
    Run Keyword And Expect Error    *Linux has no remote processor to start.*
    ...    Stop Remote Processor

Should Do Without A Mailbox That Has No Name
    [Documentation]    Only the shutdown message needs the third one: Linux pulls the reset without asking.
    Boot With    &m4 { mbox-names = "vq0", "vq1", "other", "detach"; };
    Kernel Log Should Contain    cannot get shutdown mbox
    Start Remote Processor    ${ECHO_IMAGE}
    Host Sends    hello
    Firmware Should Answer    hello
    Stop Remote Processor
    Remote Processor State Should Be    offline

Should Not Start With Memory That The M4 Cannot Reach
    Boot With    &retram { reg = <0x50000000 0x10000>; };
    Run Keyword And Expect Error    *-22 (EINVAL).    Start Remote Processor    ${ECHO_IMAGE}
    Kernel Log Should Contain    memory region not valid
    Remote Processor State Should Be    offline

Should Say That There Is No Such Tree
    Run Keyword And Expect Error    *missing.dts*    Boot Linux    device_tree=${OUTPUT_DIR}/missing.dts

Should Say Where A Tree Cannot Be Read
    Create File    ${MINE}    /dts-v1/;\n/ { broken = <1 };\n
    Run Keyword And Expect Error    *mine.dts*2*    Boot Linux    device_tree=${MINE}


*** Keywords ***
Boot With
    [Documentation]    Boots Linux with the shipped tree and these overrides.
    [Arguments]    ${overrides}
    Create File    ${MINE}    /include/ "${SHIPPED}"\n${overrides}\n
    Boot Linux    device_tree=${MINE}
