# SPDX-License-Identifier: BSD-3-Clause
#
# Writes OUTPUT, a C++ source with VERSION and what was built: a digest of the sources below ROOT, so that
# two programs that are called alike are told apart. Run by the build:
# cmake -DROOT=... -DVERSION=... -DOUTPUT=... -P BuildVersion.cmake
set(listed "")
foreach(folder cli cmake fuzz harness reports src)
  file(GLOB_RECURSE files RELATIVE ${ROOT} ${ROOT}/${folder}/*.cc ${ROOT}/${folder}/*.h ${ROOT}/${folder}/*.js
    ${ROOT}/${folder}/*.css ${ROOT}/${folder}/*.cmake)
  foreach(file IN LISTS files)
    file(SHA256 ${ROOT}/${file} digest)
    string(APPEND listed "${file} ${digest}\n")
  endforeach()
endforeach()
file(SHA256 ${ROOT}/CMakeLists.txt digest)
string(APPEND listed "CMakeLists.txt ${digest}\n")
string(SHA256 digest "${listed}")
string(SUBSTRING "${digest}" 0 12 digest)
file(WRITE ${OUTPUT} "// Made by cmake/BuildVersion.cmake.
#include \"cli/build_version.h\"
namespace foldproof::cli {
const char* BuildVersion() { return \"${VERSION}+${digest}\"; }
}
")
