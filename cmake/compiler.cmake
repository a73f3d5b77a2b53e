# The compiler: lexer and parser from lang/, one library of all phases, and the program dpc.
find_package(FLEX 2.6 REQUIRED)
find_package(BISON 3.7 REQUIRED)

set(generated ${PROJECT_BINARY_DIR}/generated)
file(MAKE_DIRECTORY ${generated})
bison_target(dp_parser ${PROJECT_SOURCE_DIR}/lang/dp.y ${generated}/dp.tab.c
  DEFINES_FILE ${generated}/dp.tab.h COMPILE_FLAGS -Werror)
flex_target(dp_scanner ${PROJECT_SOURCE_DIR}/lang/dp.l ${generated}/dp.lex.c
  DEFINES_FILE ${generated}/dp.lex.h)
add_flex_bison_dependency(dp_scanner dp_parser)

# The library in .dp and the runtime's sources are part of the program, so that dpc is one file.
add_executable(dpc_embed ${PROJECT_SOURCE_DIR}/cmake/embed.c)
set_target_properties(dpc_embed PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${generated})
file(GLOB embedded CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}
  ${PROJECT_SOURCE_DIR}/lang/std/*.dp ${PROJECT_SOURCE_DIR}/compiler/driver/harness/*.h
  ${PROJECT_SOURCE_DIR}/runtime/*.h ${PROJECT_SOURCE_DIR}/runtime/*.c)
list(TRANSFORM embedded PREPEND ${PROJECT_SOURCE_DIR}/ OUTPUT_VARIABLE embedded_paths)
add_custom_command(OUTPUT ${generated}/embedded_files.c
  COMMAND dpc_embed ${generated}/embedded_files.c ${embedded}
  WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
  DEPENDS dpc_embed ${embedded_paths} VERBATIM)

file(GLOB_RECURSE compiler_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/compiler/*.c)
list(FILTER compiler_sources EXCLUDE REGEX "/driver/main\\.c$")

# A library, so that the drivers of tests/ link the same objects.
add_library(dpc_core STATIC ${compiler_sources} ${generated}/embedded_files.c
  ${BISON_dp_parser_OUTPUTS} ${FLEX_dp_scanner_OUTPUTS})
target_include_directories(dpc_core PUBLIC
  ${PROJECT_SOURCE_DIR}/compiler ${PROJECT_SOURCE_DIR}/lang ${PROJECT_SOURCE_DIR}/runtime
  ${generated})
target_compile_definitions(dpc_core PRIVATE DPC_VERSION="${PROJECT_VERSION}"
  $<$<BOOL:${DPC_ARENA_MALLOC}>:DP_ARENA_MALLOC>)
target_link_libraries(dpc_core PRIVATE dpc_warnings)
if(CMAKE_C_COMPILER_ID MATCHES "GNU|Clang")
  set_source_files_properties(${FLEX_dp_scanner_OUTPUTS} ${BISON_dp_parser_OUTPUTS}
    PROPERTIES COMPILE_OPTIONS "-Wno-sign-compare;-Wno-unused-function;-Wno-unused-but-set-variable")
endif()
if(DPC_MATH_LIBRARY)
  target_link_libraries(dpc_core PUBLIC m)
endif()

add_executable(dpc ${PROJECT_SOURCE_DIR}/compiler/driver/main.c)
target_link_libraries(dpc PRIVATE dpc_core dpc_warnings)
add_executable(dpc::dpc ALIAS dpc)
