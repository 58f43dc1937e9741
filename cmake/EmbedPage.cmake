# SPDX-License-Identifier: BSD-3-Clause
#
# Writes OUTPUT, a C++ source with the texts of the page's files: SCRIPTS and STYLE (lists of files),
# and CHARTS, d3.min.js, or nothing. Run by the build: cmake -DOUTPUT=... -P EmbedPage.cmake
function(texts_of files result)
  set(all "")
  foreach(file IN LISTS files)
    file(READ "${file}" text)
    if(text MATCHES "\r|</script|</style|<!--|\\)page\"")
      message(FATAL_ERROR "${file} holds what would end its place in a page")
    endif()
    string(APPEND all "${text}")
  endforeach()
  # A compiler need not take a literal of more than 65,536 bytes; pieces of one are joined.
  string(LENGTH "${all}" length)
  set(pieces "")
  set(at 0)
  while(at LESS length)
    string(SUBSTRING "${all}" ${at} 30000 piece)
    string(APPEND pieces "R\"page(${piece})page\"\n")
    math(EXPR at "${at} + 30000")
  endwhile()
  if(pieces STREQUAL "")
    set(pieces "\"\"")
  endif()
  set(${result} "${pieces}" PARENT_SCOPE)
endfunction()

texts_of("${CHARTS}" charts)
texts_of("${SCRIPTS}" scripts)
texts_of("${STYLE}" style)
file(WRITE "${OUTPUT}.new" "// Made by cmake/EmbedPage.cmake.
#include \"reports/html/page_parts.h\"
namespace foldproof::reports {
const std::string_view kChartLibrary{${charts}};
const std::string_view kPageScript{${scripts}};
const std::string_view kPageStyle{${style}};
}
")
file(RENAME "${OUTPUT}.new" "${OUTPUT}")
