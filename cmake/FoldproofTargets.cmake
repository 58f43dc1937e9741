# SPDX-License-Identifier: BSD-3-Clause
include_guard(GLOBAL)

# How every file of ours is compiled. No contraction and no fast math: a float operation is the one
# that is written (docs/numerics.md).
function(foldproof_compile_options target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
    -Wno-sign-conversion
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>  # GCC 12 warns of std::string's own operator+
    -Werror=return-type -Werror=switch -ffp-contract=off -fno-fast-math)
  target_include_directories(${target} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
endfunction()

# Headers that are compiled once for all files that name the same set. Every file still includes what
# it uses: FOLDPROOF_PCH=OFF builds the same program.
set(FOLDPROOF_HEADERS_STD <algorithm> <array> <bit> <charconv> <cmath> <compare> <cstddef> <cstdint>
  <cstring> <deque> <filesystem> <fstream> <functional> <limits> <map> <memory> <numeric> <optional>
  <set> <span> <sstream> <string> <string_view> <unordered_map> <utility> <variant> <vector>)
set(FOLDPROOF_HEADERS_JSON ${FOLDPROOF_HEADERS_STD} <nlohmann/json.hpp> <fmt/format.h>)
set(FOLDPROOF_HEADERS_CLI ${FOLDPROOF_HEADERS_JSON} <CLI/CLI.hpp>)
set(FOLDPROOF_HEADERS_TEST ${FOLDPROOF_HEADERS_STD} <gmock/gmock.h> <gtest/gtest.h>)

# foldproof_precompiled(TARGET SET [LIBRARY...]): compiles SET, one of STD, JSON, CLI and TEST, once and uses
# it for TARGET. LIBRARY are the targets whose include folders the set needs.
function(foldproof_precompiled target set)
  if(NOT FOLDPROOF_PCH)
    return()
  endif()
  string(TOLOWER foldproof_headers_${set} owner)
  if(NOT TARGET ${owner})
    # Written once: whoever configures again must not compile the header again.
    if(NOT EXISTS ${PROJECT_BINARY_DIR}/${owner}.cc)
      file(WRITE ${PROJECT_BINARY_DIR}/${owner}.cc "")
    endif()
    add_library(${owner} OBJECT ${PROJECT_BINARY_DIR}/${owner}.cc)
    foldproof_compile_options(${owner})
    target_link_libraries(${owner} PRIVATE ${ARGN})
    # ccache cannot cache what includes a precompiled header without it.
    target_compile_options(${owner} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
    target_precompile_headers(${owner} PRIVATE ${FOLDPROOF_HEADERS_${set}})
    if(set MATCHES "^(CLI|TEST)$")
      foldproof_cold(${owner})  # as everything that uses them is
    endif()
  endif()
  # An executable would be compiled with -fPIE, and GCC takes no header that was compiled without it.
  get_target_property(type ${target} TYPE)
  if(type STREQUAL EXECUTABLE)
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${target} PRIVATE -fPIC)
  endif()
  target_precompile_headers(${target} REUSE_FROM ${owner})
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
endfunction()

# foldproof_joined(TARGET COUNT): compiles COUNT sources of TARGET as one. Where headers take longer than
# what stands below them, that is most of the time. Each source still includes what it uses, and
# FOLDPROOF_UNITY=OFF compiles it alone.
function(foldproof_joined target count)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${FOLDPROOF_UNITY} UNITY_BUILD_BATCH_SIZE ${count})
endfunction()

# Files that are inner loops over arrays, which -O3 vectorizes; nobody reads floating-point exception
# flags here, so -fno-trapping-math lets comparisons become selects. Neither changes a result.
set(FOLDPROOF_INNER_LOOPS "harness/exec/integer/[a-z_]+|harness/exec/quantized/code_loops|\
harness/prove/(tail/op/[a-z_]+|tail/(tail_evaluator|step_search)|conv/conv_(accumulators|weights)|\
ideal/ideal_tail|joint/(slope_order|zonotope)|judge/(coefficient_gap|side_cells)|reach/(subset_sums|tap_sums))")

# foldproof_sources(TARGET [ALONE] SOURCE... DEPENDS DEPENDENCY...): how a target of a library compiles; ALONE:
# without a precompiled header.
function(foldproof_sources target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "ALONE" "" "DEPENDS")
  target_sources(${target} PRIVATE ${arg_UNPARSED_ARGUMENTS})
  foldproof_compile_options(${target})
  foldproof_joined(${target} 7)
  if(arg_ALONE)
    return()
  endif()
  if("nlohmann_json::nlohmann_json" IN_LIST arg_DEPENDS)
    foldproof_precompiled(${target} JSON nlohmann_json::nlohmann_json fmt::fmt)
  else()
    foldproof_precompiled(${target} STD)
  endif()
endfunction()

# foldproof_library(NAME FOLDER DEPENDENCY...): the static library foldproof_NAME of the sources of
# FOLDER and of the folders in it, but those that are built apart. A dependency with "::" is a target
# of somebody else's, any other is one of ours.
function(foldproof_library name folder)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.cc)
  if(NOT folder STREQUAL "src/fold/quant_fusion")
    list(FILTER sources EXCLUDE REGEX "harness/exec/torch/|src/fold/quant_fusion/|fuzz/libfuzzer/")
  endif()
  set(loops ${sources})
  list(FILTER loops INCLUDE REGEX "/(${FOLDPROOF_INNER_LOOPS})\\.cc$")
  list(REMOVE_ITEM sources ${loops})
  if(sources)
    add_library(foldproof_${name} STATIC)
    foldproof_sources(foldproof_${name} ${sources} DEPENDS ${ARGN})
    set(scope PUBLIC)
  else()
    add_library(foldproof_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  foreach(dependency IN LISTS ARGN)
    if(dependency MATCHES "::")
      target_link_libraries(foldproof_${name} ${scope} ${dependency})
    else()
      target_link_libraries(foldproof_${name} ${scope} foldproof_${dependency})
    endif()
  endforeach()
  # A target of their own, as sources that are joined share their options. With a precompiled header GCC
  # compiles a function of several targets (FOLDPROOF_VECTOR_CLONES) by the options that the header was
  # compiled with: without -O3, and so without vectors.
  if(loops)
    add_library(foldproof_${name}_loops OBJECT)
    foldproof_sources(foldproof_${name}_loops ALONE ${loops} DEPENDS ${ARGN})
    target_compile_options(foldproof_${name}_loops PRIVATE -fno-trapping-math $<$<CONFIG:Release>:-O3>)
    target_include_directories(foldproof_${name}_loops PRIVATE
      $<TARGET_PROPERTY:foldproof_${name},INCLUDE_DIRECTORIES>)
    target_sources(foldproof_${name} PRIVATE $<TARGET_OBJECTS:foldproof_${name}_loops>)
  endif()
endfunction()

# foldproof_trusted(TARGET...): code that sees what was read and checked, never the bytes of a file, and
# casts no bytes to a wider type. A sanitized build leaves those checks out of it that take half of its
# compilation and that AddressSanitizer backs: it ends a program at the access to a null pointer, and at
# one outside of an object, however the pointer was computed; no pointer can be unaligned. The readers keep
# all checks.
function(foldproof_trusted)
  if(CMAKE_CXX_FLAGS MATCHES "-fsanitize=")
    foreach(target IN LISTS ARGV)
      target_compile_options(${target} PRIVATE -fno-sanitize=null,alignment,pointer-overflow,object-size)
    endforeach()
  endif()
endfunction()

# foldproof_not_computing(TARGET...): code that draws, rewrites and writes. A sanitized build does not optimize
# it: compilers take a quarter to two thirds longer with -O1, and its runs are short. Clang refuses a
# precompiled header of another optimization, so it optimizes what shares one with code that computes.
function(foldproof_not_computing)
  if(NOT CMAKE_CXX_FLAGS MATCHES "-fsanitize=")
    return()
  endif()
  foreach(target IN LISTS ARGV)
    get_target_property(header ${target} PRECOMPILE_HEADERS_REUSE_FROM)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" OR "${target} ${header}" MATCHES "foldproof_headers_(cli|test)")
      target_compile_options(${target} PRIVATE -O0)
    endif()
  endforeach()
endfunction()

# foldproof_cold(TARGET): code that runs once, for which optimizing costs more than it saves.
function(foldproof_cold target)
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
  foldproof_not_computing(${target})
endfunction()

# Embeds the page's script and style, which stand in FOLDER, and d3 (Debian's node-d3), which draws
# its charts, into library NAME. Without d3 the rest is built all the same.
function(foldproof_embed_page name folder)
  find_file(FOLDPROOF_D3 d3.min.js PATHS /usr/share/nodejs/d3/dist /usr/share/javascript/d3
    NO_DEFAULT_PATH DOC "d3.min.js, version 5 or later, for HTML reports")
  set(charts ${FOLDPROOF_D3})
  if(NOT FOLDPROOF_D3)
    message(STATUS "d3.min.js is not there (Debian: node-d3): HTML reports cannot be written")
    set(charts "")
  endif()
  file(GLOB scripts CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.js)
  set(style ${PROJECT_SOURCE_DIR}/${folder}/page.css)
  set(embed ${PROJECT_SOURCE_DIR}/cmake/EmbedPage.cmake)
  set(output ${PROJECT_BINARY_DIR}/page_parts.cc)
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} "-DOUTPUT=${output}" "-DCHARTS=${charts}" "-DSCRIPTS=${scripts}"
      "-DSTYLE=${style}" -P ${embed}
    DEPENDS ${embed} ${scripts} ${style} ${charts} COMMENT "Embedding the page" VERBATIM)
  target_sources(foldproof_${name} PRIVATE ${output})
endfunction()

# Compiles into TARGET what says which sources it was built from (cli/build_version.h). A file of its own, which
# alone is compiled again when any source changes.
function(foldproof_build_version target)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/cli/* ${PROJECT_SOURCE_DIR}/fuzz/*
    ${PROJECT_SOURCE_DIR}/harness/* ${PROJECT_SOURCE_DIR}/reports/* ${PROJECT_SOURCE_DIR}/src/*
    ${PROJECT_SOURCE_DIR}/cmake/*.cmake)
  list(FILTER sources INCLUDE REGEX "\\.(cc|h|js|css|cmake)$")
  set(script ${PROJECT_SOURCE_DIR}/cmake/BuildVersion.cmake)
  set(output ${PROJECT_BINARY_DIR}/build_version.cc)
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DROOT=${PROJECT_SOURCE_DIR} -DVERSION=${PROJECT_VERSION} -DOUTPUT=${output} -P ${script}
    DEPENDS ${sources} ${PROJECT_SOURCE_DIR}/CMakeLists.txt VERBATIM COMMENT "Naming the build")
  set_source_files_properties(${output} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON SKIP_PRECOMPILE_HEADERS ON)
  target_sources(${target} PRIVATE ${output})
endfunction()

# Embeds into library NAME what tells this prover from any other: a hash of all sources of FOLDER...,
# which are everything that judges, and how they are compiled (docs/cache.md). Whatever is changed in
# them makes another prover.
function(foldproof_identify_prover name)
  set(globs "")
  foreach(folder IN LISTS ARGN)
    list(APPEND globs ${PROJECT_SOURCE_DIR}/${folder}/*.cc ${PROJECT_SOURCE_DIR}/${folder}/*.h)
  endforeach()
  file(GLOB_RECURSE sources RELATIVE ${PROJECT_SOURCE_DIR} CONFIGURE_DEPENDS ${globs})
  list(SORT sources)
  set(list ${PROJECT_BINARY_DIR}/prover_sources.txt)
  # They have the other options by which sources are compiled.
  list(APPEND sources CMakeLists.txt cmake/FoldproofTargets.cmake)
  string(REPLACE ";" "\n" lines "${sources}")
  file(CONFIGURE OUTPUT ${list} CONTENT "${lines}\n" @ONLY)
  string(TOUPPER "${CMAKE_BUILD_TYPE}" type)
  set(build "${PROJECT_VERSION} ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION} \
${CMAKE_SYSTEM_PROCESSOR} ${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${type}} \
libzip ${libzip_VERSION} zlib ${ZLIB_VERSION} simdjson ${simdjson_VERSION} Eigen ${Eigen3_VERSION}")
  set(identify ${PROJECT_SOURCE_DIR}/cmake/ProverIdentity.cmake)
  set(output ${PROJECT_BINARY_DIR}/prover_identity.cc)
  list(TRANSFORM sources PREPEND ${PROJECT_SOURCE_DIR}/ OUTPUT_VARIABLE paths)
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} "-DOUTPUT=${output}" "-DLIST=${list}" "-DROOT=${PROJECT_SOURCE_DIR}"
      "-DBUILD=${build}" -P ${identify}
    DEPENDS ${identify} ${list} ${paths} COMMENT "Identifying the prover" VERBATIM)
  target_sources(foldproof_${name} PRIVATE ${output})
  set_source_files_properties(${output} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()
