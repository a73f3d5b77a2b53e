# dpc_add_solver(target file.dp [PARALLEL] [ARGS option...])
#
# Compiles file.dp with dpc when it or what it uses has changed, and adds the C file to the target.
# The header is found as "file.h". ARGS go to dpc (--precision float, -D N=128, ...). PARALLEL: loops
# with enough work run on several threads (dpc --parallel), by OpenMP, which CMake must find.
function(dpc_add_solver target source)
  cmake_parse_arguments(PARSE_ARGV 2 solver "PARALLEL" "" "ARGS")
  if(solver_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR
      "dpc_add_solver: '${solver_UNPARSED_ARGUMENTS}' is no option; options of dpc follow ARGS")
  endif()
  cmake_path(ABSOLUTE_PATH source OUTPUT_VARIABLE input)
  cmake_path(GET input STEM stem)
  if(solver_PARALLEL)
    find_package(OpenMP REQUIRED COMPONENTS C)
    list(APPEND solver_ARGS --parallel)
    target_link_libraries(${target} PUBLIC ${OpenMP_C_LIBRARIES})
  endif()
  # A folder per target, so that two targets may compile one file with different options.
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${target}.dp)
  file(MAKE_DIRECTORY ${folder})
  add_custom_command(
    OUTPUT ${folder}/${stem}.c ${folder}/${stem}.h
    COMMAND dpc::dpc ${input} -o ${folder}/${stem}.c --depfile ${folder}/${stem}.d ${solver_ARGS}
    DEPENDS ${input} dpc::dpc
    DEPFILE ${folder}/${stem}.d
    COMMENT "Differentiating ${source}"
    VERBATIM)
  target_sources(${target} PRIVATE ${folder}/${stem}.c ${folder}/${stem}.h)
  target_include_directories(${target} PUBLIC $<BUILD_INTERFACE:${folder}>)
  target_link_libraries(${target} PUBLIC dpc::runtime)
  # docs/EMBEDDING.md says what each is for.
  if(CMAKE_C_COMPILER_ID MATCHES "GNU|Clang")
    set_source_files_properties(${folder}/${stem}.c PROPERTIES
      COMPILE_OPTIONS
      "-O3;-fopenmp-simd;-fno-math-errno;-fno-trapping-math;-ffp-contract=fast"
      COMPILE_DEFINITIONS DP_USE_SIMD)
  endif()
  if(solver_PARALLEL)
    set_property(SOURCE ${folder}/${stem}.c APPEND PROPERTY COMPILE_OPTIONS ${OpenMP_C_FLAGS})
  endif()
endfunction()
