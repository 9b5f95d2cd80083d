# Our own kernels. Where CUDA's compiler is found they are compiled, held to kernels/budget.json, and embedded
# in the addon as data; elsewhere the addon is built without them and says so.
file(GLOB cuda_homes /usr/local/cuda /usr/local/cuda-*)
find_program(BATCHNORM_NVCC nvcc HINTS $ENV{CUDA_PATH} $ENV{CUDA_HOME} ${cuda_homes} /opt/cuda PATH_SUFFIXES bin)
find_program(BATCHNORM_NODE NAMES node nodejs REQUIRED)
option(BATCHNORM_KERNELS "Compile our own kernels where CUDA's compiler is found" ON)

set(without "")
if(NOT BATCHNORM_KERNELS)
  set(without "the addon was built with BATCHNORM_KERNELS=OFF")
elseif(NOT BATCHNORM_NVCC)
  set(without "the addon was built without CUDA's compiler, nvcc")
else()
  execute_process(COMMAND ${BATCHNORM_NVCC} --version OUTPUT_VARIABLE nvcc_version RESULT_VARIABLE nvcc_status)
  string(REGEX MATCH "release ([0-9]+)" nvcc_release "${nvcc_version}")
  if(NOT nvcc_status EQUAL 0 OR CMAKE_MATCH_1 LESS 12)
    set(without "the addon was built with an nvcc older than CUDA 12")
  endif()
endif()

if(without)
  message(STATUS "Our own kernels: none, ${without}")
  set_source_files_properties(src/kernels/images_none.cpp PROPERTIES
    COMPILE_DEFINITIONS "BATCHNORM_WITHOUT_KERNELS=\"${without}\"")
  return()
endif()
message(STATUS "Our own kernels: compiled by ${BATCHNORM_NVCC}")

# Generic kernels run from compute capability 7.5 on: machine code for Hopper, PTX for all others.
set(generic -gencode arch=compute_90,code=sm_90 -gencode arch=compute_75,code=compute_75)
# These use what only Hopper has.
set(hopper -gencode arch=compute_90a,code=sm_90a)

set(kernel_reports "")
function(batchnorm_kernels targets)
  foreach(source ${ARGN})
    string(REGEX REPLACE "[/.]" "_" stem ${source})
    set(made ${CMAKE_BINARY_DIR}/kernels/${stem})
    add_custom_command(
      OUTPUT ${made}.fatbin ${made}.json
      COMMAND ${BATCHNORM_NODE} ${CMAKE_SOURCE_DIR}/scripts/compileKernel.mjs
        --nvcc ${BATCHNORM_NVCC} --source kernels/${source} --out ${made} -- ${${targets}}
      DEPENDS kernels/${source} scripts/compileKernel.mjs kernels/budget.json
      DEPFILE ${made}.d
      WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
      COMMENT "Kernels of ${source}" VERBATIM)
    list(APPEND kernel_reports ${made}.json)
  endforeach()
  set(kernel_reports ${kernel_reports} PARENT_SCOPE)
endfunction()

file(GLOB generic_sources RELATIVE ${CMAKE_SOURCE_DIR}/kernels CONFIGURE_DEPENDS
  ${CMAKE_SOURCE_DIR}/kernels/elementwise/*.cu ${CMAKE_SOURCE_DIR}/kernels/generic/*.cu
  ${CMAKE_SOURCE_DIR}/kernels/mask/*.cu)
batchnorm_kernels(generic ${generic_sources})

set(table ${CMAKE_BINARY_DIR}/kernels/images.cpp)
set(images ${CMAKE_BINARY_DIR}/kernels/images.S)
add_custom_command(
  OUTPUT ${table} ${images}
  COMMAND ${BATCHNORM_NODE} ${CMAKE_SOURCE_DIR}/scripts/embedKernels.mjs
    --table ${table} --images ${images} ${kernel_reports}
  DEPENDS ${kernel_reports} scripts/embedKernels.mjs
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} VERBATIM)
set_source_files_properties(src/kernels/images_none.cpp PROPERTIES HEADER_FILE_ONLY ON)
# .incbin is not seen by dependency scanning: the assembler's output follows the images by their reports.
set_source_files_properties(${images} PROPERTIES OBJECT_DEPENDS "${kernel_reports}")
enable_language(ASM)
target_sources(${PROJECT_NAME} PRIVATE ${table} ${images})
target_include_directories(${PROJECT_NAME} PRIVATE ${CMAKE_SOURCE_DIR}/src/kernels)
