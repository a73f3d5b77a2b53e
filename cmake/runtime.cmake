# libdp_runtime.a: what programs link. The part that allocates and does I/O is in runtime/host.
file(GLOB runtime_sources CONFIGURE_DEPENDS
  ${PROJECT_SOURCE_DIR}/runtime/*.c ${PROJECT_SOURCE_DIR}/runtime/host/*.c)
file(GLOB runtime_headers CONFIGURE_DEPENDS
  ${PROJECT_SOURCE_DIR}/runtime/*.h ${PROJECT_SOURCE_DIR}/runtime/host/dp_*.h)

add_library(dp_runtime STATIC ${runtime_sources})
add_library(dpc::runtime ALIAS dp_runtime)
set_target_properties(dp_runtime PROPERTIES EXPORT_NAME runtime POSITION_INDEPENDENT_CODE ON)
target_include_directories(dp_runtime PUBLIC
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/runtime>
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/runtime/host>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(dp_runtime PRIVATE $<BUILD_INTERFACE:dpc_warnings>)

find_library(DPC_MATH_LIBRARY m)
mark_as_advanced(DPC_MATH_LIBRARY)
if(DPC_MATH_LIBRARY)
  target_link_libraries(dp_runtime PUBLIC m)
endif()
