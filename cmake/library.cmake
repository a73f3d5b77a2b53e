# libdpc_library.a: parts of the library of the language, compiled by dpc for programs in C that have no .dp file
# of their own. Headers: dpc_ct.h, dpc_tv.h.
option(DPC_LIBRARY "Compile the library for programs in C" ON)
if(NOT DPC_LIBRARY)
  return()
endif()

add_library(dpc_library STATIC)
add_library(dpc::library ALIAS dpc_library)
set_target_properties(dpc_library PROPERTIES EXPORT_NAME library POSITION_INDEPENDENT_CODE ON)
set(library_headers)
foreach(part dpc_ct dpc_tv)
  dpc_add_solver(dpc_library ${PROJECT_SOURCE_DIR}/lang/c/${part}.dp)
  list(APPEND library_headers ${CMAKE_CURRENT_BINARY_DIR}/dpc_library.dp/${part}.h)
endforeach()
target_include_directories(dpc_library INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)

install(TARGETS dpc_library EXPORT dpcTargets)
install(FILES ${library_headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/lang/c DESTINATION ${CMAKE_INSTALL_DATADIR}/dpc
  FILES_MATCHING PATTERN "*.dp")
