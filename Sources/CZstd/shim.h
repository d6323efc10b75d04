#if !__has_include(<zstd.h>)
#error "zstd.h is missing: apt-get install libzstd-dev (Fedora: libzstd-devel, Homebrew: zstd)"
#endif
#include <zstd.h>
