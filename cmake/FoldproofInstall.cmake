# SPDX-License-Identifier: BSD-3-Clause
include_guard(GLOBAL)
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

# The C++ library for others (docs/library.md): one shared library with all of ours inside, of which
# include/foldproof alone is seen.
file(GLOB api_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/api/*.cc)
add_library(foldproof_api SHARED ${api_sources})
foldproof_compile_options(foldproof_api)
foldproof_precompiled(foldproof_api JSON nlohmann_json::nlohmann_json fmt::fmt)
target_compile_features(foldproof_api PUBLIC cxx_std_17)
target_include_directories(foldproof_api PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(foldproof_api PRIVATE foldproof_reports nlohmann_json::nlohmann_json)
target_link_options(foldproof_api PRIVATE LINKER:--version-script=${PROJECT_SOURCE_DIR}/api/foldproof.map)
set_target_properties(foldproof_api PROPERTIES OUTPUT_NAME foldproof EXPORT_NAME foldproof
  LINK_DEPENDS ${PROJECT_SOURCE_DIR}/api/foldproof.map
  VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})

set(foldproof_package ${CMAKE_INSTALL_LIBDIR}/cmake/foldproof)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/foldproof-config.cmake.in
  ${PROJECT_BINARY_DIR}/foldproof-config.cmake INSTALL_DESTINATION ${foldproof_package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/foldproof-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(TARGETS foldproof_api EXPORT foldproof LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/foldproof DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT library)
install(EXPORT foldproof FILE foldproof-targets.cmake NAMESPACE foldproof:: DESTINATION ${foldproof_package}
  COMPONENT library)
install(FILES ${PROJECT_BINARY_DIR}/foldproof-config.cmake ${PROJECT_BINARY_DIR}/foldproof-config-version.cmake
  DESTINATION ${foldproof_package} COMPONENT library)
