*** Settings ***
Documentation    What plain Renode survives: a model that raises, resets, and other machines beside this one.

Resource         interrupts.resource
Resource         signals.resource

Suite Setup      Setup
Test Setup       Start Afresh

Test Tags        robustness


*** Test Cases ***
Should Survive A Model That Raises
    [Documentation]    Without care, an exception during a processor's access ends the emulator.
    [Setup]    Start Access Image
    Break The Model
    Create Log Tester    0.001    defaultPauseEmulation=True
    Processor 2 Should Read    ${IPCC}[C1TOC2SR]    0x0
    Wait For Log Entry    ipcc: the model failed in 4-byte read at +0x00C, which reads 0: KeyError: 12    level=Error
    Should Not Be In Log    ipcc
    Mend The Model
    Write Register    C1SCR    ${SET_ALL}
    Processor 2 Should Read    ${IPCC}[C1TOC2SR]    0x3F
    Should Not Be In Log    ipcc
    [Teardown]    Run Keywords    Mend The Model    AND    Test Teardown

Should Say Which Access Was Ignored
    Create Log Tester    0.001    defaultPauseEmulation=True
    Execute Command    sysbus WriteByte 0x4C001008 0x1
    Wait For Log Entry    ipcc: 1-byte write to C1SCR
    Write Register    C1TOC2SR    0x1
    Wait For Log Entry    ipcc: write to read-only C1TOC2SR
    Write Register    C1SCR    ${SET_ALL}
    Should Not Be In Log    ipcc

Should Start Again After A Reset
    [Setup]    Start Signals
    Exchange Requests    ${1}    0x12345678
    Exchange Requests    ${2}    0x9ABCDEF0
    Execute Command    machine Reset
    Flags Should Be    0x00    0x00
    Register Should Be    C2CR    0x00000000
    Register Should Be    C2MR    ${MASK_ALL}
    Run For    0.001
    Exchange Requests    ${1}    0x0F1E2D3C

Should Be Two Mailboxes In Two Machines
    Make A Machine    mp2
    Write Register    C1SCR    ${SET_ALL}
    Write Register    C1CR    ${ENABLE_BOTH}
    Write Register    C2CR    ${ENABLE_BOTH}
    Write Register    C2MR    ${UNMASK_ALL}
    High Lines Should Be    RX1    TX1
    Execute Command    mach set "mp1"
    Flags Should Be    0x00    0x00
    Register Should Be    C1CR    0x00000000
    Register Should Be    C2CR    0x00000000
    Register Should Be    C2MR    ${MASK_ALL}
    High Lines Should Be
    Execute Command    machine Reset
    Execute Command    mach set "mp2"
    Flags Should Be    0x3F    0x00
    High Lines Should Be    RX1    TX1

Should Run An Image In Each Of Two Machines
    Load Signals    mp1
    Make A Machine    mp2
    Load Signals    mp2
    Run For    0.001
    Exchange Requests    ${1}    0x12345678
    Exchange Requests    ${2}    0x9ABCDEF0
    Execute Command    mach set "mp1"
    Exchange Requests    ${1}    0x0F1E2D3C


*** Keywords ***
Break The Model
    [Documentation]    All IPCCs of this Renode raise when they are read, until the model is mended.
    Execute Command    python "from stm32mp1.ipcc import Ipcc; Ipcc.whole = Ipcc.read"
    Execute Command    python "Ipcc.read = lambda self, offset, width: {}[offset]"

Mend The Model
    [Documentation]    As often as one likes.
    Execute Command    python "Ipcc.read = Ipcc.whole"

Load Signals
    [Documentation]    Into one of several machines.
    [Arguments]    ${machine}
    Execute Command    mach set "${machine}"
    Execute Command    sysbus LoadELF @${IMAGES}/ipcc_signals.elf
