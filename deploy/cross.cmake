# To compile for the other of the two processors with Debian's packages for it:
#   deploy/install-packages --for arm64 build
#   cmake -S . -B build-arm64 -G Ninja -DCMAKE_TOOLCHAIN_FILE=deploy/cross.cmake -DTARGETARCH=arm64
# What makes sources and tables runs here: only what is compiled is for there.
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES TARGETARCH)
set(CMAKE_SYSTEM_NAME Linux)
if(TARGETARCH STREQUAL "arm64")
  set(CMAKE_SYSTEM_PROCESSOR aarch64)
elseif(TARGETARCH STREQUAL "amd64")
  set(CMAKE_SYSTEM_PROCESSOR x86_64)
else()
  message(FATAL_ERROR "TARGETARCH is \"${TARGETARCH}\": it can be arm64 or amd64")
endif()
set(CMAKE_C_COMPILER ${CMAKE_SYSTEM_PROCESSOR}-linux-gnu-gcc)
set(ENV{PKG_CONFIG_LIBDIR}
  /usr/lib/${CMAKE_SYSTEM_PROCESSOR}-linux-gnu/pkgconfig:/usr/share/pkgconfig)
