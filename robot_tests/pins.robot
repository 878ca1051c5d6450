*** Settings ***
Documentation    The pins of the chip: what drives them from outside, what the bank makes of it, and what is refused.
...
...              Processor 1 sets the banks up here; a bank does not know who writes it.

Resource         ipcclab.resource

Test Setup       Boot Firmware    ${SIGNALS_IMAGE}    host=none

Test Tags        pins


*** Variables ***
# GPIOA and GPIOH (RM: MODER +0x00, PUPDR +0x0C, IDR +0x10, BSRR +0x18); two bits per pin in MODER and PUPDR.
${GPIOA_MODER}      ${0x50002000}
${GPIOA_PUPDR}      ${0x5000200C}
${GPIOA_IDR}        ${0x50002010}
${GPIOH_MODER}      ${0x50009000}
${GPIOH_BSRR}       ${0x50009018}
${ALL_INPUTS}       ${0}
${PA0_PULLED_UP}    ${1}
${PH7_OUTPUT}       ${0xFFFF7FFF}
${PH7_HIGH}         ${0x00000080}
${PH7_LOW}          ${0x00800000}


*** Test Cases ***
Buttons Should Be High Until They Are Pressed
    Pin Should Be    PA13    high
    Pin Should Be    PA14    high
    Set Pin    PA14    low
    Pin Should Be    PA14    low
    Pin Should Be    PA13    high

Floating Pin Should Be Low And Pulled Up Pin High
    Write Word    ${GPIOA_MODER}    ${ALL_INPUTS}
    Get Pin    PA0    ==    0
    Write Word    ${GPIOA_PUPDR}    ${PA0_PULLED_UP}
    Get Pin    PA0    ==    1

Input Should Show What Drives It From Outside
    Write Word    ${GPIOA_MODER}    ${ALL_INPUTS}
    Set Pin    PA3    high
    ${levels} =    Read Word    ${GPIOA_IDR}
    Should Be Equal As Integers    ${levels}    ${0x6008}    PA3 and the two buttons

Output Should Win Over What Drives It From Outside
    Write Word    ${GPIOH_BSRR}    ${PH7_HIGH}
    Write Word    ${GPIOH_MODER}    ${PH7_OUTPUT}
    Set Pin    PH7    low
    Pin Should Be    PH7    high
    Write Word    ${GPIOH_BSRR}    ${PH7_LOW}
    Pin Should Be    PH7    low

Waiting Should End At Once If The Pin Is As Wanted
    Set Pin    PA14    low
    ${before} =    Get Virtual Time
    Wait For Pin    PA14    low
    ${after} =    Get Virtual Time
    Should Be Equal As Integers    ${before}    ${after}

Waiting For What Does Not Come Should Fail And Say So
    Run Keyword And Expect Error    PA14 is high after 1ms, expected low.*
    ...    Wait For Pin    PA14    low    within=1ms

Wrong Level Should Fail And Say So
    Run Keyword And Expect Error    PA14 is high, expected low.*    Pin Should Be    PA14    low
    Run Keyword And Expect Error    PA14 is high, expected 0.*    Get Pin    PA14    ==    0

Pin That There Is Not Should Be Refused
    Run Keyword And Expect Error
    ...    UsageError: there is no pin called `PQ99`. A pin is P, its bank*
    ...    Set Pin
    ...    PQ99
    ...    low
    Run Keyword And Expect Error    UsageError: there is no pin called `PK8`.*    Get Pin    PK8

Pins Should Be On The Trace
    Set Pin    PA14    low
    Trace Should Contain    PA14 1→0
