# SPDX-License-Identifier: BSD-3-Clause
#
# The toolchain of the preset `fuzz`: a clang whose libFuzzer is installed. 19 before others: 14 cannot
# compile the <ranges> views of libstdc++ 12.
foreach(version 19 20 18 17 16)
  find_program(FOLDPROOF_CLANGXX NAMES clang++-${version})
  find_program(FOLDPROOF_CLANG NAMES clang-${version})
endforeach()
find_program(FOLDPROOF_CLANGXX NAMES clang++)
find_program(FOLDPROOF_CLANG NAMES clang)
if(NOT FOLDPROOF_CLANGXX OR NOT FOLDPROOF_CLANG)
  message(FATAL_ERROR "no clang++ for libFuzzer; run script/bootstrap --dev")
endif()
set(CMAKE_CXX_COMPILER ${FOLDPROOF_CLANGXX})
set(CMAKE_C_COMPILER ${FOLDPROOF_CLANG})
