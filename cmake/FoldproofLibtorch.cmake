# SPDX-License-Identifier: BSD-3-Clause
#
# Finds exactly one libtorch, in this order:
#   1. FOLDPROOF_LIBTORCH, a cache or environment variable: the folder of include/ATen and lib
#   2. the PyTorch that `python3 -c 'import torch'` finds
#   3. Debian's libtorch-dev, in /usr
# Never by find_package(Torch), which asks for CUDA's toolkit where the wheel was built with it, and
# never by name on the linker's path, where another libtorch may come first.
include_guard(GLOBAL)

set(FOLDPROOF_LIBTORCH "$ENV{FOLDPROOF_LIBTORCH}" CACHE PATH
  "Root folder of the libtorch to use; empty: python3's, else Debian's")

function(foldproof_python_torch_root result)
  execute_process(
    COMMAND python3 -c "import os, torch; print(os.path.dirname(torch.__file__))"
    OUTPUT_VARIABLE root ERROR_QUIET RESULT_VARIABLE status OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(status EQUAL 0)
    set(${result} "${root}" PARENT_SCOPE)
  else()
    set(${result} "" PARENT_SCOPE)
  endif()
endfunction()

# Sets in the caller's scope FOLDPROOF_LIBTORCH_ROOT (empty where there is none), _CPU and _C10 (the
# two libraries, by full path).
function(foldproof_find_libtorch)
  set(roots "${FOLDPROOF_LIBTORCH}")
  if(NOT roots)
    foldproof_python_torch_root(python_root)
    set(roots ${python_root} /usr)
  endif()
  set(FOLDPROOF_LIBTORCH_ROOT "" PARENT_SCOPE)
  foreach(root IN LISTS roots)
    set(folders ${root}/lib ${root}/lib64 ${root}/lib/${CMAKE_LIBRARY_ARCHITECTURE})
    unset(cpu)
    unset(c10)
    find_library(cpu NAMES torch_cpu PATHS ${folders} NO_DEFAULT_PATH NO_CACHE)
    find_library(c10 NAMES c10 PATHS ${folders} NO_DEFAULT_PATH NO_CACHE)
    if(cpu AND c10 AND EXISTS ${root}/include/ATen/core/dispatch/Dispatcher.h)
      set(FOLDPROOF_LIBTORCH_ROOT ${root} PARENT_SCOPE)
      set(FOLDPROOF_LIBTORCH_CPU ${cpu} PARENT_SCOPE)
      set(FOLDPROOF_LIBTORCH_C10 ${c10} PARENT_SCOPE)
      return()
    endif()
  endforeach()
endfunction()

# Links `target` against that libtorch alone. RPATH and not RUNPATH, and both libraries needed by
# name: otherwise the loader mixes in whichever libtorch the system has.
function(foldproof_link_libtorch target)
  target_link_libraries(${target} PRIVATE ${FOLDPROOF_LIBTORCH_CPU} ${FOLDPROOF_LIBTORCH_C10})
  target_link_options(${target} PRIVATE LINKER:--no-as-needed LINKER:--disable-new-dtags)
  set_target_properties(${target} PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
  if(FOLDPROOF_LIBTORCH_ROOT STREQUAL "/usr")
    return()
  endif()
  # The wheel's include folder also holds fmt, google and pybind11 of its own: only these four are
  # shown to the compiler.
  set(headers ${PROJECT_BINARY_DIR}/libtorch_headers)
  file(REMOVE_RECURSE ${headers})
  file(MAKE_DIRECTORY ${headers})
  foreach(folder ATen c10 torch caffe2)
    if(EXISTS ${FOLDPROOF_LIBTORCH_ROOT}/include/${folder})
      file(CREATE_LINK ${FOLDPROOF_LIBTORCH_ROOT}/include/${folder} ${headers}/${folder} SYMBOLIC)
    endif()
  endforeach()
  target_include_directories(${target} SYSTEM PRIVATE ${headers})
endfunction()
