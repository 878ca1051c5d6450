*** Settings ***
Documentation    The IPCC's registers, flags and interrupt lines, on a bare device: the test plays both processors.

Resource         ipcclab.resource

Test Tags        registers


*** Variables ***
# Reset values (reference manual; HWCFGR as Linux reports it on silicon: 6 channels).
${MR_RESET}             ${0xFFFFFFFF}
${CHANNELS}             ${6}
${VERR_RESET}           ${0x00000010}
${IPIDR_RESET}          ${0x00100071}
${SIDR_RESET}           ${0xA3C5DD01}

# SCR: bit n-1 frees channel n, bit 16+n-1 occupies it.
${SET_CH1}              ${0x00010000}
${SET_CH2}              ${0x00020000}
${CLEAR_CH1}            ${0x00000001}
${SET_CH2_CLEAR_CH1}    ${0x00020001}
${SET_ALL}              ${0x003F0000}
${CLEAR_ALL}            ${0x0000003F}

# The status registers: bit n-1 is channel n.
${NONE}                 ${0x00000000}
${CH1_OCCUPIED}         ${0x00000001}
${CH2_OCCUPIED}         ${0x00000002}
${ALL_OCCUPIED}         ${0x0000003F}

${CR_BITS}              ${0x00010001}
${EVERY_BIT}            ${0xFFFFFFFF}
${NO_BIT}               ${0x00000000}
# Implemented mask bits cleared; the reserved ones keep their reset value, one.
${MR_ALL_UNMASKED}      ${0xFFC0FFC0}


*** Test Cases ***
Should Have Reset Values
    Get Register    C1CR    ==    ${NO_BIT}
    Get Register    C2CR    ==    ${NO_BIT}
    Get Register    C1MR    ==    ${MR_RESET}
    Get Register    C2MR    ==    ${MR_RESET}
    Get Register    C1TOC2SR    ==    ${NONE}
    Get Register    C2TOC1SR    ==    ${NONE}
    Get Register    HWCFGR    ==    ${CHANNELS}
    Get Register    VERR    ==    ${VERR_RESET}
    Get Register    IPIDR    ==    ${IPIDR_RESET}
    Get Register    SIDR    ==    ${SIDR_RESET}

Should Know Registers By Their Other Names
    Get Register    VER    ==    ${VERR_RESET}
    Get Register    ID    ==    ${IPIDR_RESET}
    Get Register    SID    ==    ${SIDR_RESET}
    Get Register    HWCFGR.CHANNELS    ==    ${CHANNELS}

Should Read SCR As Zero After A Write
    [Documentation]    Linux and ST's HAL read, modify and write SCR: a value read back would signal again.
    Write Register    C1SCR    ${SET_CH1}    cpu=${CORTEX_A7}
    Get Register    C1SCR    ==    ${NONE}
    Get Register    C2SCR    ==    ${NONE}

Should Keep Reserved Bits At Their Reset Value
    Write Register    C1CR    ${EVERY_BIT}
    Get Register    C1CR    ==    ${CR_BITS}
    Write Register    C1MR    ${NO_BIT}
    Get Register    C1MR    ==    ${MR_ALL_UNMASKED}

Should Not Write Status
    Write Register    C1TOC2SR    ${ALL_OCCUPIED}
    Get Register    C1TOC2SR    ==    ${NONE}

Should Not Write Identification
    Write Register    HWCFGR    ${EVERY_BIT}
    Get Register    HWCFGR    ==    ${CHANNELS}

Should Ignore Narrow Access
    [Documentation]    The IPCC takes 32-bit words only (reference manual); anything else has no effect and reads zero.
    Signal Channel    1    cpu=${CORTEX_M4}
    Write Register    C1SCR    ${CLEAR_CH1}    width=2
    Channel Should Be Occupied    1    cpu=${CORTEX_M4}
    Write Register    C1MR    ${NO_BIT}    width=1
    Get Register    C1MR    ==    ${MR_RESET}
    ${narrow} =    Read Register    C1MR    width=2
    Should Be Equal As Integers    ${narrow}    ${NONE}

Should Occupy The Sender's Channel On Set
    Write Register    C1SCR    ${SET_CH1}    cpu=${CORTEX_A7}
    Get Register    C1TOC2SR    ==    ${CH1_OCCUPIED}
    Get Register    C2TOC1SR    ==    ${NONE}
    Write Register    C2SCR    ${SET_CH2}    cpu=${CORTEX_M4}
    Get Register    C2TOC1SR    ==    ${CH2_OCCUPIED}
    Get Register    C1TOC2SR    ==    ${CH1_OCCUPIED}

Should Free The Receiver's Channel On Clear
    Signal Channel    1    cpu=${CORTEX_A7}
    Write Register    C2SCR    ${CLEAR_CH1}    cpu=${CORTEX_M4}
    Channel Should Be Free    1    cpu=${CORTEX_A7}

Should Not Let A Sender Free Its Own Channel
    Signal Channel    1    cpu=${CORTEX_A7}
    Write Register    C1SCR    ${CLEAR_CH1}    cpu=${CORTEX_A7}
    Channel Should Be Occupied    1    cpu=${CORTEX_A7}

Should Set And Clear In One Write
    Signal Channel    1    cpu=${CORTEX_M4}
    Write Register    C1SCR    ${SET_CH2_CLEAR_CH1}    cpu=${CORTEX_A7}
    Channel Should Be Occupied    2    cpu=${CORTEX_A7}
    Channel Should Be Free    1    cpu=${CORTEX_M4}

Should Keep Both Directions Of A Channel Apart
    Signal Channel    3    cpu=${CORTEX_A7}
    Signal Channel    3    cpu=${CORTEX_M4}
    Acknowledge Channel    3    cpu=${CORTEX_M4}
    Channel Should Be Free    3    cpu=${CORTEX_A7}
    Channel Should Be Occupied    3    cpu=${CORTEX_M4}

Should Signal On All Channels
    Write Register    C1SCR    ${SET_ALL}
    Get Register    C1TOC2SR    ==    ${ALL_OCCUPIED}
    Write Register    C2SCR    ${CLEAR_ALL}    cpu=${CORTEX_M4}
    All Channels Should Be Free

Should Coalesce Posts
    Signal Channel    1    cpu=${CORTEX_A7}
    Signal Channel    1    cpu=${CORTEX_A7}
    Acknowledge Channel    1    cpu=${CORTEX_M4}
    Channel Should Be Free    1    cpu=${CORTEX_A7}
    Run Keyword And Expect Error    a signal was lost: processor 1 signalled channel 1*
    ...    No Signal Should Be Lost

Should Have All Lines Low After Reset
    FOR    ${line}    IN    RX0    TX0    RX1    TX1
        Interrupt Line Should Be Low    ${line}
    END

Should Raise The Receive Line By Enable, Mask And Flag
    Signal Channel    2    cpu=${CORTEX_A7}
    Interrupt Line Should Be Low    RX1
    Enable Interrupt    rx    cpu=${CORTEX_M4}
    Interrupt Line Should Be Low    RX1
    Unmask Interrupt    rx    2    cpu=${CORTEX_M4}
    Interrupt Line Should Be High    RX1
    Acknowledge Channel    2    cpu=${CORTEX_M4}
    Interrupt Line Should Be Low    RX1

Should Raise The Transmit Free Line When A Free Channel Is Unmasked
    [Documentation]    Level, not edge: Linux posts first and unmasks after, and must not miss an early acknowledge.
    Enable Interrupt    tx    cpu=${CORTEX_A7}
    Interrupt Line Should Be Low    TX0
    Unmask Interrupt    tx    4    cpu=${CORTEX_A7}
    Interrupt Line Should Be High    TX0
    Signal Channel    4    cpu=${CORTEX_A7}
    Interrupt Line Should Be Low    TX0
    Acknowledge Channel    4    cpu=${CORTEX_M4}
    Interrupt Line Should Be High    TX0
    Mask Interrupt    tx    4    cpu=${CORTEX_A7}
    Interrupt Line Should Be Low    TX0

Should Not Interrupt The Sender
    Enable Interrupt    rx    cpu=${CORTEX_M4}
    Unmask Interrupt    rx    1    cpu=${CORTEX_M4}
    Signal Channel    1    cpu=${CORTEX_M4}
    Interrupt Line Should Be Low    RX1
    Interrupt Line Should Be Low    RX0

Should Lower A Disabled Line
    Enable Interrupt    rx    cpu=${CORTEX_A7}
    Unmask Interrupt    rx    6    cpu=${CORTEX_A7}
    Signal Channel    6    cpu=${CORTEX_M4}
    Interrupt Line Should Be High    RX0
    Disable Interrupt    rx    cpu=${CORTEX_A7}
    Interrupt Line Should Be Low    RX0
    Channel Should Be Occupied    6    cpu=${CORTEX_M4}

Should Free Everything On Reset
    Signal Channel    1    cpu=${CORTEX_A7}
    Enable Interrupt    rx    cpu=${CORTEX_M4}
    Unmask Interrupt    rx    1    cpu=${CORTEX_M4}
    Reset Device
    All Channels Should Be Free
    Interrupt Line Should Be Low    RX1
    Get Register    C2MR    ==    ${MR_RESET}

Should Name Channel, Processor And Register In A Failure
    ${text} =    Run Keyword And Expect Error    *    Channel Should Be Occupied    5    cpu=${CORTEX_M4}
    Should Contain
    ...    ${text}
    ...    channel 5 from processor 2 (the Cortex-M4) is free, expected occupied (C2TOC1SR.CH5F)

Should Explain Unknown Names
    Run Keyword And Expect Error    *no register `C1TOC2ST`. Did you mean `C1TOC2SR`?
    ...    Get Register    C1TOC2ST
    Run Keyword And Expect Error    *there is no channel 7; the IPCC has channels 1 to 6.
    ...    Channel Should Be Free    7    cpu=${CORTEX_A7}
