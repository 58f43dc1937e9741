# SPDX-License-Identifier: BSD-3-Clause
include_guard(GLOBAL)

# How every file of ours is compiled. No contraction and no fast math: a float operation is the one
# that is written (docs/numerics.md).
function(foldproof_compile_options target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
    -Wno-sign-conversion
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>  # GCC 12 warns of std::string's own operator+
    -Werror=return-type -Werror=switch -ffp-contract=off -fno-fast-math)
  target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR})
endfunction()

# foldproof_library(NAME FOLDER DEPENDENCY...): the static library foldproof_NAME of FOLDER's own
# sources. A dependency with "::" is a target of somebody else's, any other is one of ours.
function(foldproof_library name folder)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.cc)
  if(sources)
    add_library(foldproof_${name} STATIC ${sources})
    foldproof_compile_options(foldproof_${name})
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
endfunction()

# Adds the sources of FOLDER, a part of library NAME's own folder, to it, with more compile options.
function(foldproof_add_folder name folder)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.cc)
  set_source_files_properties(${sources} PROPERTIES COMPILE_OPTIONS "${ARGN}")
  target_sources(foldproof_${name} PRIVATE ${sources})
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
