# SPDX-License-Identifier: BSD-3-Clause
#
# Writes OUTPUT, a C++ source with what tells one prover from another: the hash of all files that LIST
# names (a path a line, under ROOT), in their order, and BUILD, how they are compiled. Run by the
# build: cmake -DOUTPUT=... -P ProverIdentity.cmake
file(STRINGS "${LIST}" files)
set(hashes "")
foreach(path IN LISTS files)
  file(SHA256 "${ROOT}/${path}" hash)
  string(APPEND hashes "${path} ${hash}\n")
endforeach()
string(SHA256 sources "${hashes}")
string(SHA256 build "${BUILD}")
file(WRITE "${OUTPUT}.new" "// Made by cmake/ProverIdentity.cmake.
#include \"harness/prove/question/prover_identity.h\"
namespace foldproof::prove {
const std::string_view kProverSources{\"${sources}\"};
const std::string_view kProverBuild{\"${build}\"};
}
")
file(RENAME "${OUTPUT}.new" "${OUTPUT}")
