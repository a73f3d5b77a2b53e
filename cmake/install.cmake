# bin/dpc, lib/libdp_runtime.a, include/, share/dpc/std/*.dp, and how CMake and pkg-config find them.
include(CMakePackageConfigHelpers)

install(TARGETS dpc dp_runtime EXPORT dpcTargets)
install(FILES ${runtime_headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/lang/std DESTINATION ${CMAKE_INSTALL_DATADIR}/dpc
  FILES_MATCHING PATTERN "*.dp")

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/dpc)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/dpcConfig.cmake.in
  ${PROJECT_BINARY_DIR}/dpcConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/dpcConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(EXPORT dpcTargets NAMESPACE dpc:: DESTINATION ${package_dir})
install(FILES ${PROJECT_BINARY_DIR}/dpcConfig.cmake ${PROJECT_BINARY_DIR}/dpcConfigVersion.cmake
  ${PROJECT_SOURCE_DIR}/cmake/dpcAddSolver.cmake DESTINATION ${package_dir})

configure_file(${PROJECT_SOURCE_DIR}/cmake/dp_runtime.pc.in ${PROJECT_BINARY_DIR}/dp_runtime.pc
  @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/dp_runtime.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
