# Where NVIDIA's headers are found, src/raw/proof_*.cpp compares our declarations with them. Nothing else may
# see these folders.
file(GLOB python_wheels
  $ENV{VIRTUAL_ENV}/lib/python3*/site-packages/nvidia
  $ENV{HOME}/.local/lib/python3*/site-packages/nvidia
  /usr/lib/python3/dist-packages/nvidia
  /usr/local/lib/python3*/dist-packages/nvidia)
list(TRANSFORM python_wheels APPEND /cudnn OUTPUT_VARIABLE cudnn_wheels)
file(GLOB cuda_wheels ${python_wheels}/cu1* ${python_wheels}/cuda_runtime)
file(GLOB cuda_installations /usr/local/cuda /usr/local/cuda-*)

find_path(BATCHNORM_CUDA_INCLUDE cuda.h
  HINTS $ENV{CUDA_PATH} $ENV{CUDA_HOME} ${cuda_installations} ${cuda_wheels} /opt/cuda
  PATH_SUFFIXES include NO_DEFAULT_PATH)
find_path(BATCHNORM_CUDNN_INCLUDE cudnn.h
  HINTS $ENV{CUDNN_PATH} $ENV{CUDA_PATH} $ENV{CUDA_HOME} ${cudnn_wheels} ${cuda_installations} /usr
  PATH_SUFFIXES include include/${CMAKE_LIBRARY_ARCHITECTURE} NO_DEFAULT_PATH)
message(STATUS "Declarations compared with cuda.h: ${BATCHNORM_CUDA_INCLUDE}")
message(STATUS "Declarations compared with cudnn.h: ${BATCHNORM_CUDNN_INCLUDE}")

foreach(header CUDA CUDNN)
  if(BATCHNORM_${header}_INCLUDE)
    string(TOLOWER ${header} name)
    set(folders ${BATCHNORM_CUDA_INCLUDE} ${BATCHNORM_${header}_INCLUDE})
    list(REMOVE_DUPLICATES folders)
    list(TRANSFORM folders PREPEND -isystem)
    set_source_files_properties(src/raw/proof_${name}.cpp PROPERTIES COMPILE_OPTIONS "${folders}")
  endif()
endforeach()
